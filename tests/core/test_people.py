from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from core.errors import BadOption, Banned, OwnersOnly
from core.people import Directory
from core.plans import GroupRules, Plan, Rules
from core.ports import Clock, Store, Tx
from core.recent import Buckets, Recent
from core.values import Part, Place, Role, Sender
from tests.clocks import FakeClock
from tests.core.house import ANN, BOB, BOSS, DM, GROUP, House
from tests.core.journeys import verdict

Make = Callable[..., House]
OTHER_GROUP = Place("telegram", "-501")
GHOST = Sender("telegram", "1087968824", "Group", anonymous=True)
CLOSED = Rules(groups=GroupRules(daily=5_000))
OPEN = Rules(access_mode="open")


class CountingStore:
    """A real store that counts its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads = self.writes = 0

    @property
    def clock(self) -> Clock:
        return self._store.clock

    def begin(self) -> AbstractAsyncContextManager[Tx]:
        self.writes += 1
        return self._store.begin()

    def read(self) -> AbstractAsyncContextManager[Tx]:
        self.reads += 1
        return self._store.read()

    def wake(self, topic: str) -> None:
        self._store.wake(topic)

    async def woken(self, topic: str, timeout_s: float) -> bool:
        return await self._store.woken(topic, timeout_s)


# --- who is served where, and who pays --------------------


@pytest.mark.parametrize(
    ("who", "dm", "allowed", "other"),
    [
        ("owner", "house", "house", "house"),
        ("member", "own", "chat", "own"),
        ("stranger", "NotInvited", "chat", "NotInvited"),
        ("banned", "Banned", "Banned", "Banned"),
        ("anonymous", "NotInvited", "Anonymous", "NotInvited"),
    ],
)
async def test_a_closed_house(make_house: Make, who: str, dm: str, allowed: str, other: str) -> None:
    house = make_house(CLOSED)
    await house.directory.allow_chat(GROUP, True)
    sender = await someone(house, who)
    assert [await verdict(house, place, sender) for place in (DM, GROUP, OTHER_GROUP)] == [dm, allowed, other]


@pytest.mark.parametrize(
    ("who", "dm", "allowed", "other"),
    [
        ("owner", "house", "house", "house"),
        ("member", "own", "own", "own"),
        ("stranger", "own", "own", "own"),
        ("banned", "Banned", "Banned", "Banned"),
        ("anonymous", "Anonymous", "Anonymous", "Anonymous"),
    ],
)
async def test_an_open_house(make_house: Make, who: str, dm: str, allowed: str, other: str) -> None:
    house = make_house(OPEN)
    await house.directory.allow_chat(GROUP, True)
    sender = await someone(house, who)
    assert [await verdict(house, place, sender) for place in (DM, GROUP, OTHER_GROUP)] == [dm, allowed, other]


async def someone(house: House, who: str) -> Sender:
    match who:
        case "owner":
            await house.member(BOSS, role=Role.OWNER)
            return BOSS
        case "member":
            await house.member(ANN)
            return ANN
        case "banned":
            ann = await house.member(ANN)
            assert await house.directory.ban(ann.person.id, True)
            return ANN
        case "anonymous":
            return GHOST
    return BOB


async def test_a_chat_that_is_no_longer_allowed_is_not_served(make_house: Make) -> None:
    house = make_house(CLOSED)
    await house.directory.allow_chat(GROUP, True)
    assert await verdict(house, GROUP, BOB) == "chat"
    await house.directory.allow_chat(GROUP, False)
    assert await verdict(house, GROUP, BOB) == "NotInvited"


async def test_other_bots_are_not_served(make_house: Make) -> None:
    house = make_house(OPEN)
    assert await verdict(house, DM, replace(ANN, is_bot=True)) == "NotInvited"


async def test_owners_cannot_be_banned_and_a_ban_can_end(house: House) -> None:
    boss, ann = await house.member(BOSS, role=Role.OWNER), await house.member()
    assert not await house.directory.ban(boss.person.id, True)
    assert not await house.directory.ban("nobody", True)
    await house.directory.ban(ann.person.id, True)
    await house.directory.ban(ann.person.id, False)
    assert await verdict(house, DM, ANN) == "own"


# --- cheap on the path of every message --------------------


async def test_meeting_again_asks_nothing_for_a_while_and_then_reads_once(make_house: Make, clock: FakeClock) -> None:
    house = make_house(CLOSED)
    await house.directory.allow_chat(GROUP, True)
    store = CountingStore(house.store)
    directory = Directory(store, CLOSED, clock, house.new_id)
    first = await directory.meet(GROUP, BOB)
    assert (store.reads, store.writes) == (1, 1)
    for _ in range(5):
        assert (await directory.meet(GROUP, BOB)).person == first.person
    assert (store.reads, store.writes) == (1, 1)
    clock.advance(6)
    await directory.meet(GROUP, BOB)
    assert (store.reads, store.writes) == (2, 1)


async def test_what_another_replica_changed_is_seen_after_seconds(house: House, clock: FakeClock) -> None:
    ann = await house.member()
    replica = Directory(house.store, house.rules, clock, house.new_id)
    await replica.meet(DM, ANN)
    await house.directory.ban(ann.person.id, True)
    clock.advance(6)
    with pytest.raises(Banned):
        await replica.meet(DM, ANN)


async def test_a_changed_name_is_noted_once(house: House) -> None:
    await house.member()
    renamed = replace(ANN, name="Ann Lee" + "!" * 500)
    await house.directory.meet(DM, renamed)
    store = CountingStore(house.store)
    house.directory._store = store
    await house.directory.meet(DM, renamed)
    assert store.writes == 0
    async with house.store.read() as tx:
        [identity] = await tx.people.identities((await house.directory.meet(DM, renamed)).person.id)
    assert identity.name.startswith("Ann Lee!!")
    assert len(identity.name) <= 120


async def test_nothing_is_written_about_strangers_and_they_are_slowed_down(house: House, clock: FakeClock) -> None:
    verdicts = [await verdict(house, DM, BOB) for _ in range(12)]
    assert verdicts == ["NotInvited"] * 8 + ["TooFast"] * 4
    clock.advance(3)
    assert await verdict(house, DM, BOB) == "NotInvited"
    assert await house.directory.find("telegram", BOB.id) is None
    await house.member()
    assert {await verdict(house, DM, ANN) for _ in range(50)} == {"own"}


async def test_guests_of_an_allowed_chat_are_strangers_elsewhere(make_house: Make) -> None:
    house = make_house(CLOSED)
    await house.directory.allow_chat(GROUP, True)
    assert await verdict(house, GROUP, BOB) == "chat"
    assert [await verdict(house, DM, BOB) for _ in range(12)][-1] == "TooFast"
    assert await verdict(house, GROUP, BOB) == "chat"


async def test_a_stranger_is_refused_in_words_once_a_day_and_only_in_a_dm(house: House, clock: FakeClock) -> None:
    assert [await house.directory.refusal_due(DM, BOB) for _ in range(3)] == [True, False, False]
    assert not await house.directory.refusal_due(GROUP, BOB)
    clock.advance(24 * 3600)
    assert await house.directory.refusal_due(DM, BOB)


async def test_the_same_newcomer_twice_at_once_is_one_person(make_house: Make) -> None:
    house = make_house(OPEN)
    first, second = await asyncio.gather(house.directory.meet(DM, BOB), house.directory.meet(GROUP, BOB))
    assert first.person.id == second.person.id


def test_memory_is_bounded_and_ages() -> None:
    clock = FakeClock()
    recent: Recent[int, str] = Recent(clock, most=2)
    recent.put(1, "a")
    recent.put(2, "b")
    recent.get(1)
    recent.put(3, "c")
    clock.advance(4)
    assert (recent.get(1), recent.get(2), len(recent)) == ((4.0, "a"), None, 2)
    recent.drop(1)
    assert recent.get(1) is None


def test_a_bucket_fills_again() -> None:
    clock = FakeClock()
    buckets: Buckets[str] = Buckets(clock, 2, 10.0)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 10]
    assert buckets.take("b") == 0
    clock.advance(5)
    assert buckets.take("a") == 5
    clock.advance(5)
    assert buckets.take("a") == 0


# --- languages --------------------


async def test_the_language_is_the_chosen_one_else_the_platforms_else_the_chats(make_house: Make) -> None:
    house = make_house(OPEN)
    async with house.store.begin() as tx:
        from core.values import Group

        await tx.people.save_group(Group(GROUP, locale="zh"))
    silent = Sender("telegram", "7", "silent")
    assert (await house.directory.meet(DM, replace(ANN, language="zh-hans"))).locale == "zh"
    assert (await house.directory.meet(GROUP, BOB)).locale == "en"
    assert (await house.directory.meet(GROUP, silent)).locale == "zh"
    bob = await house.directory.meet(DM, BOB)
    await house.directory.set_locale(bob.person.id, "zh")
    assert (await house.directory.meet(DM, BOB)).locale == "zh"


# --- chats --------------------


async def test_an_owner_who_adds_the_bot_allows_the_chat(house: House) -> None:
    await house.member(BOSS, role=Role.OWNER)
    assert not await house.directory.group_added(GROUP, BOB)
    assert await verdict(house, GROUP, BOB) == "NotInvited"
    assert await house.directory.group_added(GROUP, BOSS)
    assert await verdict(house, GROUP, BOB) == "chat"
    assert await house.directory.group_added(GROUP, BOB)


async def test_in_an_open_house_every_chat_is_served(make_house: Make) -> None:
    house = make_house(OPEN)
    assert await house.directory.group_added(GROUP, BOB)
    assert await verdict(house, GROUP, BOB) == "own"


async def test_a_chat_that_speaks_again_is_alive(house: House) -> None:
    await house.directory.allow_chat(GROUP, True)
    async with house.store.begin() as tx:
        group = await tx.people.group(GROUP)
        assert group
        await tx.people.save_group(replace(group, active=False))
    house.directory._groups.outdate()
    await house.directory.meet(GROUP, BOB)
    async with house.store.read() as tx:
        group = await tx.people.group(GROUP)
    assert group
    assert group.active


# --- what owners do --------------------


async def test_plans_and_grants(make_house: Make) -> None:
    house = make_house(Rules(plans={"default": Plan(), "gold": Plan("gold", 7)}))
    boss, ann = await house.member(BOSS, role=Role.OWNER), await house.member()
    with pytest.raises(BadOption) as caught:
        await house.directory.set_plan(ann.person.id, "silver")
    assert caught.value.params["allowed"] == "default, gold"
    with pytest.raises(BadOption):
        await house.directory.set_group_plan(GROUP, "silver")
    await house.directory.set_plan(ann.person.id, "gold")
    assert (await house.directory.meet(DM, ANN)).person.plan == "gold"
    with pytest.raises(OwnersOnly):
        await house.directory.grant(ann, ann.person.id, 5, "x")
    assert not await house.directory.grant(boss, ann.person.id, -5, "y")  # never below zero


async def test_a_broadcast_reaches_members_and_owners_once(house: House) -> None:
    boss, ann = await house.member(BOSS, role=Role.OWNER), await house.member()
    bob = await house.member(BOB)
    await house.directory.ban(bob.person.id, True)
    with pytest.raises(OwnersOnly):
        await house.directory.broadcast(ann, "hello")
    assert await house.directory.broadcast(boss, "hello") == 2
    await house.worker.step()
    assert {(notice.person_id, notice.params["text"]) for notice in house.courier.said} == {
        (boss.person.id, "hello"),
        (ann.person.id, "hello"),
    }


async def test_owners_are_told_once_for_each_occasion(house: House) -> None:
    boss = await house.member(BOSS, role=Role.OWNER)
    for _ in range(3):
        await house.directory.tell_owners("notice-key", {}, "key:1")
    await house.worker.step()
    assert [(notice.key, notice.person_id) for notice in house.courier.said] == [("notice-key", boss.person.id)]


# --- what is kept --------------------


async def test_export_and_forget(house: House) -> None:
    ann = await house.member()
    part = await house.orders.keep_input(b"a picture", "cat.png", "image")
    order, _, _ = house.orders.check("video", None, "secret wish", {}, (part,))
    job = await house.orders.place(ann, "1", order)
    await house.orders.cancel(ann, job.id)
    assert "secret wish" in str(await house.directory.export(ann.person.id))
    await house.directory.set_settings(ann.person.id, {"thinking": True})
    assert (await house.directory.meet(DM, ANN)).person.settings == {"thinking": True}
    await house.directory.forget(ann.person.id)
    assert "secret wish" not in str(await house.directory.export(ann.person.id))
    assert part == Part("image", media=part.media, mime="image/png", name="cat.png", size=9)
    with pytest.raises(KeyError):
        await house.media.read(part.media)
    assert (await house.directory.meet(DM, ANN)).person.settings == {}


async def test_who_is_known_may_change_settings_as_often_as_they_like(house: House) -> None:
    ann = await house.member()
    for number in range(40):
        await house.directory.set_settings(ann.person.id, {"ask_above": number})
        assert (await house.directory.meet(DM, ANN)).person.settings == {"ask_above": number}
