"""Orders that are one long call under the job's lease: what is written down while they run, and what is left of them when the
line, the process or the person ends them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from core.errors import Moderated, NotTaken, TaskFailed, Unsure
from core.gateway.orders_stream import Heard
from core.gateway.wire import Broken, News, Ready, Submitted
from core.limits import LIMITS
from core.plans import Plan, Rules
from core.specs import ModelSpec
from core.values import HOUSE, Access, Artifact, Job, JobState, Order
from tests.clocks import FakeClock
from tests.core.house import House, ScriptedGateway
from tests.core.journeys import LEASE_S

DAILY = 10_000_000
PRICE = 1_000_000
TRANSCRIPT = "> sid: s_68ec0123456789\n\n[⏬](https://files/film.mp4)"
FILM = Ready((Artifact("video", url="https://files/film.mp4"),), transcript=TRANSCRIPT)


class TellingGateway(ScriptedGateway):
    """Lets `tell` have the order's ear before it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.tell: Callable[[Heard], Awaitable[None]] | None = None

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        tell = self.tell
        self.on_submit = lambda: tell(heard) if tell is not None else None
        return await super().submit(spec, order, heard)


@pytest.fixture
def gateway() -> TellingGateway:
    return TellingGateway()


@pytest.fixture
def house(make_house: Callable[..., House], gateway: TellingGateway) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)}), gateway=gateway)


async def film(house: House, ann: Access) -> Job:
    order, _, price = house.orders.check("video", "sora-2", "a cat surfing", {})
    assert price == PRICE
    return await house.orders.place(ann, "question-1", order)


async def test_a_film_goes_all_the_way(house: House, gateway: TellingGateway, ann: Access, clock: FakeClock) -> None:
    job = await film(house, ann)
    seen: list[tuple[int, str, int]] = []

    async def tell(heard: Heard) -> None:
        for seconds, news in [
            (0, News(-1, "task_7")),
            (1, News(10, "task_7")),  # too soon after the last note
            (5, News(20, "task_7")),
            (5, News(20, "task_7")),  # nothing new
            (5, News(15, "task_7")),  # never back
            (5, News(80, "task_7")),
        ]:
            clock.advance(seconds)
            await heard(news)
            row = await house.job(job.id)
            assert (row.state, row.owner) == (JobState.SENDING, "worker-1")
            seen.append((row.progress, row.task_id, row.due_ms - clock.now_ms()))

    gateway.tell = tell
    gateway.submits.append(FILM)
    await house.worker.step()
    lease = LIMITS.job_lease_ms
    assert [(progress, name) for progress, name, _ in seen] == [(p, "task_7") for p in (-1, -1, 20, 20, 20, 80)]
    assert [left for _, _, left in seen] == [lease, lease - 1000, lease, lease - 5000, lease - 10_000, lease]
    done = await house.settled(job, JobState.DONE)
    assert (done.transcript, done.progress, done.task_id) == (TRANSCRIPT, 100, "task_7")
    assert await house.left(ann.account_id) == DAILY - PRICE
    await house.balanced(ann.account_id, HOUSE)


async def test_what_is_told_is_shown_in_the_acknowledgement(
    house: House, gateway: TellingGateway, ann: Access, clock: FakeClock
) -> None:
    job = await film(house, ann)

    async def tell(heard: Heard) -> None:
        await asyncio.sleep(0)
        for progress in (10, 20):
            clock.advance(5)
            await heard(News(progress))
            await asyncio.sleep(0.01)  # a note is a task of its own

    gateway.tell = tell
    gateway.submits.append(FILM)
    await house.worker.step()
    assert [(noted.id, noted.progress) for noted in house.courier.noted] == [(job.id, -1), (job.id, 10), (job.id, 20)]


async def test_leases_last_as_long_as_the_call(
    house: House, gateway: TellingGateway, ann: Access, clock: FakeClock
) -> None:
    """Five minutes, with another worker that would take whatever is due."""
    job = await film(house, ann)
    other = house.another_worker("worker-2")

    async def tell(heard: Heard) -> None:
        for round_ in range(20):
            clock.advance(LIMITS.job_renew_s)
            if round_ % 2:
                await house.worker._leases.renew()
            await heard(News(round_))
            await other.step()

    gateway.tell = tell
    gateway.submits.append(FILM)
    await house.worker.step()
    assert (await house.settled(job, JobState.DONE)).transcript == TRANSCRIPT
    assert len(gateway.submitted) == 1


async def test_a_process_killed_in_mid_stream_leaves_it_unsure(
    house: House, gateway: TellingGateway, ann: Access, clock: FakeClock
) -> None:
    """Refunded once, told once, never sent again; the gateway's name of it stays for the operator."""
    job = await film(house, ann)
    streaming = asyncio.Event()

    async def tell(heard: Heard) -> None:
        await heard(News(36, "task_01k7abcdef"))
        streaming.set()
        await asyncio.Event().wait()

    gateway.tell = tell
    dying = asyncio.create_task(house.worker._sending._guarded((await claimed(house))[0]))
    await streaming.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    gateway.tell = None
    other = house.another_worker("worker-2")
    await other.step()
    await house.settled(job, JobState.SENDING)  # its lease runs
    clock.advance(LEASE_S + 1)
    for _ in range(3):
        await other.step()
        clock.advance(3600)
    unsure = await house.settled(job, JobState.UNSURE)
    assert (unsure.error_key, unsure.task_id, unsure.told) == (Unsure.key, "task_01k7abcdef", True)
    assert [told.id for told in house.courier.told] == [job.id]
    assert len(gateway.submitted) == 1
    assert await house.left(ann.account_id) == DAILY
    await house.balanced(ann.account_id, HOUSE)


async def claimed(house: House) -> list[Job]:
    return await house.worker._leases.claim((JobState.QUEUED,), 10)


@pytest.mark.parametrize("failure", [Unsure("cut"), RuntimeError("after the request left")])
async def test_a_line_that_breaks_is_unsure_and_keeps_the_name(
    house: House, gateway: TellingGateway, ann: Access, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    job = await film(house, ann)

    async def tell(heard: Heard) -> None:
        await heard(News(-1, "https://host/preview/1"))

    gateway.tell = tell
    gateway.submits.append(failure)
    with caplog.at_level(logging.WARNING):
        await house.worker.step()
    unsure = await house.settled(job, JobState.UNSURE)
    assert (unsure.task_id, unsure.told) == ("https://host/preview/1", True)
    assert "the gateway called it https://host/preview/1" in caplog.text
    assert await house.left(ann.account_id) == DAILY


@pytest.mark.parametrize("error", [Moderated("no"), TaskFailed("no")])
async def test_a_failure_in_the_words_is_refunded(
    house: House, gateway: TellingGateway, ann: Access, error: Moderated
) -> None:
    job = await film(house, ann)
    gateway.submits.append(Broken(error))
    await house.worker.step()
    assert (await house.settled(job, JobState.FAILED)).error_key == error.key
    assert await house.left(ann.account_id) == DAILY


async def test_only_what_was_not_taken_is_sent_again(
    house: House, gateway: TellingGateway, ann: Access, clock: FakeClock
) -> None:
    job = await film(house, ann)
    gateway.submits += [NotTaken("refused"), FILM]
    await house.worker.step()
    await house.settled(job, JobState.QUEUED)
    clock.advance(2)
    await house.worker.step()
    await house.settled(job, JobState.DONE)
    assert len(gateway.submitted) == 2


async def test_a_cancel_on_the_way_means_do_not_deliver(
    house: House, gateway: TellingGateway, ann: Access, clock: FakeClock
) -> None:
    job = await film(house, ann)

    async def tell(heard: Heard) -> None:
        assert await house.orders.cancel(ann, job.id) == "muted"
        clock.advance(5)
        await heard(News(50))
        assert (await house.job(job.id)).muted

    gateway.tell = tell
    gateway.submits.append(FILM)
    await house.worker.step()
    await house.settled(job, JobState.CANCELLED)
    assert house.courier.delivered == []
    assert await house.left(ann.account_id) == DAILY - PRICE
    await house.balanced(ann.account_id, HOUSE)


async def test_a_row_that_another_process_has_taken_is_left_alone(
    house: House, gateway: TellingGateway, ann: Access, clock: FakeClock
) -> None:
    job = await film(house, ann)
    other = house.another_worker("worker-2")

    async def tell(heard: Heard) -> None:
        gateway.tell = None
        clock.advance(LEASE_S + 1)
        await other.step()
        await heard(News(50, "task_7"))

    gateway.tell = tell
    gateway.submits.append(FILM)
    await house.worker.step()
    unsure = await house.settled(job, JobState.UNSURE)
    assert (unsure.progress, unsure.transcript) == (-1, "")
    assert await house.left(ann.account_id) == DAILY
    await house.balanced(ann.account_id, HOUSE)
