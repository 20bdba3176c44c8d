"""Bringing results, ends and notices to people; sweeping; stopping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.assistant import Proposal
from core.errors import (
    Moderated,
    Unsure,
)
from core.jobs import NEVER
from core.limits import LIMITS
from core.ports import DeliverLater, Undeliverable
from core.retention import Retention
from core.values import Access, Job, JobState, Notice, Role
from tests.clocks import FakeClock
from tests.core.house import BOSS, GROUP, PEN, House, ScriptedCourier
from tests.core.journeys import ALL, LEASE_S, ready, refunded
from tests.core.talk import past

Make = Callable[..., House]


# --- delivering --------------------


async def test_only_who_has_the_platform_delivers(house: House, ann: Access) -> None:
    job = await ready(house, ann)
    blind = house.another_worker("blind", ScriptedCourier(platforms=frozenset({"discord"})))
    await blind.step()
    await house.settled(job, JobState.READY)
    await house.worker.step()
    await house.settled(job, JobState.DONE)


async def test_later_spends_no_attempt_and_an_error_does(house: House, ann: Access, clock: FakeClock) -> None:
    job = await ready(house, ann)
    house.courier.troubles += [DeliverLater(30), ConnectionError("lost"), ConnectionError("lost")]
    seen = []
    for _ in range(3):
        await house.worker.step()
        found = await house.settled(job, JobState.READY)
        seen.append((found.attempts, (found.due_ms - clock.now_ms()) / 1000))
        clock.advance(seen[-1][1])
    assert seen == [(0, 30), (1, 3), (2, 6)]
    await house.worker.step()
    await house.settled(job, JobState.DONE)
    assert len(house.courier.delivered) == 1


@pytest.mark.parametrize("error", [ConnectionError("lost"), DeliverLater(10**9)])
async def test_what_cannot_be_delivered_for_long_stays_in_the_list(
    house: House, ann: Access, clock: FakeClock, error: BaseException
) -> None:
    job = await ready(house, ann)
    house.courier.troubles += [error] * 1000
    rounds = 0
    while (await house.job(job.id)).state in {JobState.QUEUED, JobState.READY}:
        await house.worker.step()
        clock.advance(3600)
        rounds += 1
        assert rounds < 100
    found = await house.settled(job, JobState.UNDELIVERED)
    assert (found.told, len(found.results)) == (True, 1)
    assert (await house.orders.mine(ann))[0].id == job.id
    assert await house.left(ann.account_id) <= ALL - PEN
    house.courier.troubles.clear()
    assert await house.worker.step() == 0


async def test_a_chat_that_is_gone_is_marked(house: House) -> None:
    await house.directory.allow_chat(GROUP, True)
    boss = await house.member(BOSS, place=GROUP, role=Role.OWNER)
    job = await ready(house, boss)
    house.courier.troubles.append(Undeliverable("kicked"))
    await house.worker.step()
    await house.settled(job, JobState.UNDELIVERED)
    async with house.store.read() as tx:
        group = await tx.people.group(GROUP)
    assert group
    assert not group.active


async def test_an_end_that_cannot_be_told_is_let_go(house: House, ann: Access) -> None:
    job = await house.place(ann)
    house.gateway.submits.append(Moderated("no"))
    house.courier.troubles.append(Undeliverable("blocked"))
    await house.worker.step()
    found = await house.settled(job, JobState.FAILED)
    assert (found.told, found.due_ms) == (True, NEVER)
    assert await house.worker.step() == 0


class HangingCourier(ScriptedCourier):
    """The bytes leave, the answer never comes."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = asyncio.Event()

    async def deliver(self, job: Job) -> tuple[str, ...]:
        self.delivered.append(job)
        self.sent.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets this event")


async def test_a_delivery_that_was_cut_off_by_a_crash_is_made_again(
    house: House, ann: Access, clock: FakeClock
) -> None:
    """The one place where a person may see a message twice."""
    job = await ready(house, ann)
    dying = HangingCourier()
    first = house.another_worker("dying", dying)
    await first._sending.fill()
    await first._sending.drain()
    await first._bringing.fill()
    await dying.sent.wait()
    for hand in list(first._bringing._hands):
        hand.cancel()
    await first._bringing.drain()
    clock.advance(LEASE_S)
    await house.worker.step()
    await house.settled(job, JobState.DONE)
    assert (len(dying.delivered), len(house.courier.delivered)) == (1, 1)
    assert await house.left(ann.account_id) == ALL - PEN


# --- notices --------------------


async def say(house: House, notice: Notice) -> None:
    async with house.store.begin() as tx:
        await tx.notices.add([notice])


async def test_a_notice_is_said_once(house: House, clock: FakeClock) -> None:
    await say(house, Notice("n1", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    await say(house, Notice("n1", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    await house.worker.step()
    await house.worker.step()
    assert [notice.id for notice in house.courier.said] == ["n1"]


async def test_a_notice_is_tried_again_until_it_is_hopeless(house: House, clock: FakeClock) -> None:
    await say(house, Notice("n1", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    house.courier.troubles += [DeliverLater(20), ConnectionError("lost")]
    for _ in range(3):
        await house.worker.step()
        assert house.courier.said == []
        clock.advance(19)
    await house.worker.step()
    assert len(house.courier.said) == 1
    await say(house, Notice("n2", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    house.courier.troubles.append(Undeliverable("blocked"))
    assert await house.worker.step() == 1
    clock.advance(3600)
    assert await house.worker.step() == 0


async def test_a_notice_that_nobody_can_bring_is_given_up(house: House, clock: FakeClock) -> None:
    await say(house, Notice("n1", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    house.courier.reaches = False
    tries = 0
    for _ in range(100):
        tries += await house.worker.step()
        clock.advance(600)
    assert tries == 40


# --- sweeping --------------------


async def test_files_are_swept_by_age_and_by_room(make_house: Make, clock: FakeClock) -> None:
    house = make_house()
    keys = []
    for name in (b"a" * 400, b"b" * 400, b"c" * 400, b"d" * 400):
        keys.append((await house.media.put(name, 1000))[0])
        expires_ms = clock.now_ms() + (1_000 if name[:1] == b"d" else 10**9)
        async with house.store.begin() as tx:
            await tx.media.add(keys[-1], "", 400, clock.now_ms(), expires_ms)
        clock.advance(1)
    retention = Retention(house.store, house.media, clock, LIMITS, media_max_bytes=900)
    assert await retention.sweep() == 2
    assert await retention.sweep() == 0  # once an hour, whoever asks
    for key in (keys[0], keys[3]):
        with pytest.raises(KeyError):
            await house.media.read(key)
    assert [len(await house.media.read(key)) for key in keys[1:3]] == [400, 400]
    clock.advance(3600)
    assert await retention.sweep() == 0


async def test_a_question_that_nobody_answered_goes_after_a_week(house: House, ann: Access, clock: FakeClock) -> None:
    turn = replace(past("q", "a"), person_id=ann.person.id, place=ann.place, account_id=ann.account_id)
    asked = Proposal(
        "q-0", turn.id, ann.person.id, ann.account_id, ann.place, "en", "draw_picture", {}, 5, clock.now_ms()
    )
    async with house.store.begin() as tx:
        await tx.conversations.add_turn(turn)
        assert await tx.proposals.add(asked)
    retention = Retention(house.store, house.media, clock, LIMITS, media_max_bytes=900)
    clock.advance(LIMITS.proposal_keep_ms / 1000 - 60)
    await retention.sweep()
    async with house.store.read() as tx:
        assert await tx.proposals.get("q-0") == asked
    clock.advance(3_600)
    await retention.sweep()
    async with house.store.read() as tx:
        assert await tx.proposals.get("q-0") is None


# --- running --------------------


async def test_the_state_in_hand_is_handed_back_by_a_graceful_stop(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.place(ann)
    arrived, release = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        arrived.set()
        await release.wait()

    house.gateway.on_submit = hang
    await house.worker._sending.fill()
    await arrived.wait()
    await house.worker._hand_back(0.0)
    found = await house.settled(job, JobState.SENDING)
    assert (found.owner, found.due_ms) == ("", clock.now_ms())
    await house.another_worker("next").step()
    await refunded(house, ann, job, JobState.UNSURE, Unsure.key)


async def test_a_graceful_stop_lets_what_runs_finish(house: House, ann: Access) -> None:
    job = await house.place(ann)
    arrived, release = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        arrived.set()
        await release.wait()

    house.gateway.on_submit = hang
    await house.worker._sending.fill()
    await arrived.wait()
    stopping = asyncio.create_task(house.worker._hand_back(20.0))
    await asyncio.sleep(0)
    release.set()
    await stopping
    assert (await house.settled(job, JobState.WAITING)).owner == ""
