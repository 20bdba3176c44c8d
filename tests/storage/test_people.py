"""Who they are, where they may be served, and by whose invitation."""

from __future__ import annotations

import asyncio

from core.values import Group, Notice, Place, Role, Sender, SentPart
from storage.engine import OpenStore
from tests.storage.examples import CAUSE, PLACE, job, person, proposal, sender, turn


async def test_a_sender_is_one_person(store: OpenStore) -> None:
    async def meet(number: int) -> str:
        async with store.begin() as tx:
            return (await tx.people.add_person(person(f"p{number}"), sender())).id

    (known,) = set(await asyncio.gather(*(meet(number) for number in range(6))))
    async with store.read() as tx:
        assert await tx.people.person_of("telegram", "1") == person(known)
        assert await tx.people.person(known) == person(known)
        assert await tx.people.person_of("discord", "1") is None
        assert sum((await tx.people.count()).values()) == 1


async def test_a_person_with_two_identities(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_person(person(), sender())
        await tx.people.add_person(person(), sender("77", "ada", "discord"))
        await tx.people.note_sender(Sender("telegram", "1", "@Countess", "de"))
        assert await tx.people.identities("p1") == [
            Sender("discord", "77", "ada", "en"),
            Sender("telegram", "1", "@Countess", "de"),
        ]


async def test_people_are_found_by_id_and_by_name(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_person(person("p1"), sender("1", "@Ada"))
        await tx.people.add_person(person("p2"), sender("2", "Straße"))
        await tx.people.add_person(person("p3"), sender("3", "twin"))
        await tx.people.add_person(person("p4"), sender("4", "Twin"))
        find = tx.people.find
        for text, expected in (("1", "p1"), ("@ADA", "p1"), ("ada", "p1"), ("@STRASSE", "p2"), (" 2 ", "p2")):
            found = await find("telegram", text)
            assert found
            assert found.id == expected
        for text in ("twin", "nobody", "@", ""):
            assert await find("telegram", text) is None
        assert await find("discord", "ada") is None


async def test_roles_plans_bans_and_settings(store: OpenStore) -> None:
    async with store.begin() as tx:
        people = tx.people
        for number in range(1, 5):
            await people.add_person(person(f"p{number}"), sender(str(number)))
        await people.set_role("p1", Role.OWNER)
        await people.set_role("p2", Role.MEMBER)
        await people.set_role("p3", Role.MEMBER)
        await people.set_banned("p3", True)
        await people.set_plan("p2", "gold")
        await people.set_locale("p2", "zh")
        await people.set_settings("p2", {"voice": {"speed": 2}})
        assert await people.person("p2") == person(
            "p2", role=Role.MEMBER, plan="gold", locale="zh", settings={"voice": {"speed": 2}}
        )
        assert [each.id for each in await people.owners()] == ["p1"]
        assert await people.count() == {"owner": 1, "member": 2, "stranger": 1, "banned": 1}
        assert [each.id for each in await people.everyone("", 9)] == ["p1", "p2"]
        assert [each.id for each in await people.everyone("p1", 9)] == ["p2"]
        assert [each.id for each in await people.everyone("", 1)] == ["p1"]


async def test_groups(store: OpenStore) -> None:
    group = Group(Place("telegram", "-100"), allowed=True, plan="gold", locale="zh")
    async with store.begin() as tx:
        assert await tx.people.group(PLACE) is None
        await tx.people.save_group(Group(PLACE))
        await tx.people.save_group(Group(PLACE, allowed=True, plan="gold", locale="zh"))
        assert await tx.people.group(PLACE) == group


async def test_invites_are_spent(store: OpenStore) -> None:
    async with store.begin() as tx:
        people = tx.people
        await people.add_invite("hash", "member", 2, 100, "p1")
        await people.add_invite("claim", "owner", 1, 100, "")
        assert not await people.use_invite("hash", "owner", 1)
        assert not await people.use_invite("hash", "member", 100)
        assert not await people.use_invite("other", "member", 1)
        assert [await people.use_invite("hash", "member", 99) for _ in range(3)] == [True, True, False]
        await people.drop_invites("owner")
        assert not await people.use_invite("claim", "owner", 1)


async def test_an_invite_is_spent_once_by_many(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_invite("hash", "member", 3, 100, "p1")

    async def use() -> bool:
        async with store.begin() as tx:
            return await tx.people.use_invite("hash", "member", 1)

    assert sum(await asyncio.gather(*(use() for _ in range(10)))) == 3


# --- a group that became a supergroup --------------------

OLD, NEW = Place("telegram", "-5", "7"), Place("telegram", "-1005", "7")


async def fill_group(store: OpenStore, place: Place, mark: str) -> None:
    async with store.begin() as tx:
        await tx.people.save_group(Group(place, allowed=True, plan=mark))
        await tx.ledger.top_up(f"place:{place.chat_key}", "day 1", 100, 1)
        await tx.ledger.hold(f"hold {mark}", f"place:{place.chat_key}", 30, CAUSE, 1)
        for scope in (place.key, f"{place.key}|p1"):
            id_ = (await tx.conversations.conversation(scope, mark + scope)).id
            await tx.conversations.set_head(id_, f"t {mark}")
        await tx.conversations.add_turn(
            turn(f"t {mark}", place=place, lane=mark, account_id=f"place:{place.chat_key}", origin_id=mark)
        )
        await tx.conversations.save_part(f"t {mark}", SentPart(0, "100"))
        await tx.conversations.link(place, mark, "job:j")
        await tx.jobs.add(job(f"j {mark}", place=place, account_id=f"place:{place.chat_key}"))
        await tx.notices.add([Notice(f"n {mark}", "key", {}, place=place)])
        await tx.proposals.add(proposal(f"o {mark}", place=place, account_id=f"place:{place.chat_key}"))


async def test_all_of_a_group_moves_with_it(store: OpenStore) -> None:
    await fill_group(store, OLD, "old")
    async with store.begin() as tx:
        await tx.people.migrate_group("telegram", "-5", "-1005")
        await tx.people.migrate_group("telegram", "-1005", "-1005")
    async with store.begin() as tx:
        assert await tx.people.group(OLD) is None
        assert await tx.people.group(NEW) == Group(Place("telegram", "-1005"), allowed=True, plan="old")
        assert (await tx.conversations.conversation(NEW.key, "x")).head == "t old"
        assert (await tx.conversations.conversation(f"{NEW.key}|p1", "x")).head == "t old"
        assert await tx.conversations.linked(NEW, "100") == "turn:t old"
        assert await tx.conversations.linked(OLD, "100") is None
        found = await tx.conversations.turn_of_question(NEW, "old")
        assert found
        assert (found.place, found.account_id) == (NEW, "place:telegram:-1005")
        moved = await tx.jobs.get("j old")
        assert moved
        assert (moved.place, moved.account_id) == (NEW, "place:telegram:-1005")
        waits = await tx.proposals.get("o old")
        assert waits
        assert (waits.place, waits.account_id) == (NEW, "place:telegram:-1005")
        assert [notice.place for notice in await tx.notices.claim(9, 10, 9)] == [NEW]
        assert await tx.ledger.settle("hold old", 10, 2) == 10
        account = await tx.ledger.account("place:telegram:-1005")
        assert account.balance == 90
        assert await tx.ledger.entries_sum(account.id) == 90
        assert (await tx.ledger.account("place:telegram:-5")).balance == 0


async def test_a_new_chat_that_has_begun_already_keeps_its_own(store: OpenStore) -> None:
    await fill_group(store, OLD, "old")
    await fill_group(store, NEW, "new")
    async with store.begin() as tx:
        await tx.people.migrate_group("telegram", "-5", "-1005")
    async with store.begin() as tx:
        assert await tx.people.group(OLD) is None
        group = await tx.people.group(NEW)
        assert group
        assert group.plan == "new"
        assert (await tx.conversations.conversation(NEW.key, "x")).head == "t new"
        assert await tx.conversations.linked(NEW, "100") == "turn:t new"
        assert await tx.conversations.linked(NEW, "old") == "job:j"
        account = await tx.ledger.account("place:telegram:-1005")
        assert account.balance == 140
        assert await tx.ledger.entries_sum(account.id) == 140
        assert await tx.ledger.settle("hold old", 0, 2) == 0
        assert (await tx.ledger.account(account.id)).balance == 170
