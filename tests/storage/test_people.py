"""Who they are, where they may be served, what is kept of them, and what is not kept any longer."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from core.values import Artifact, Cause, Group, JobState, Notice, Part, Place, Role, Sender, SentPart, TurnState
from storage.engine import OpenStore, open_store
from tests.clocks import FakeClock
from tests.storage.examples import CAUSE, PLACE, job, person, sender, turn
from tests.stores import store_url


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


# --- all of it, and the end of it --------------------

SECRET = "tell nobody"
SHARED, OWN, MADE, THUMBNAIL = "a" * 64, "b" * 64, "c" * 64, "d" * 64
DIRECT = Place("telegram", "1", private=True)


async def fill_person(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_person(person(name=SECRET), sender(name=SECRET))
        await tx.people.add_person(person("p2"), sender("2"))
        await tx.people.set_settings("p1", {"note": SECRET})
        await tx.people.set_plan("p1", "gold")
        await tx.people.set_banned("p1", True)
        await tx.ledger.top_up("person:p1", "day 1", 100, 1)
        await tx.ledger.hold("hold", "person:p1", 30, Cause("p1", "chat", "gpt"), 1)
        own = await tx.conversations.conversation(f"{DIRECT.key}|p1", "own")
        shared = await tx.conversations.conversation(PLACE.key, "shared")
        words = (Part("text", SECRET), Part("image", media=SHARED), Part("image", media=OWN))
        say = tx.conversations.add_turn
        state = TurnState.DONE
        await say(turn("t1", conversation_id=own.id, question=words, answer=SECRET, state=state))
        await say(turn("t2", conversation_id=shared.id, question=words, answer=SECRET, state=state))
        await say(turn("waits", conversation_id=own.id, question=words, state=TurnState.QUEUED))
        await say(turn("runs", conversation_id=own.id, question=words, answer=SECRET))
        other = (Part("text", "hello"), Part("image", media=SHARED))
        await say(turn("t3", conversation_id=shared.id, person_id="p2", question=other, lane="2", parent_id="t2"))
        await tx.conversations.set_head(own.id, "t1")
        await tx.conversations.set_head(shared.id, "t2")
        await tx.conversations.save_part("t1", SentPart(0, "100"))
        results = (Artifact("image", media=MADE, thumbnail=THUMBNAIL, text=SECRET),)
        await tx.jobs.add(job("j1", prompt=SECRET, state=JobState.DONE))
        await tx.jobs.save(job("j1", prompt=SECRET, state=JobState.DONE, results=results), 0)
        await tx.jobs.add(job("open", prompt="paid for", state=JobState.WAITING))
        await tx.conversations.link(DIRECT, "200", "job:j1")
        await tx.notices.add([Notice("n1", "key", {"text": SECRET}, person_id="p1")])


async def test_an_export_has_it_all(store: OpenStore) -> None:
    await fill_person(store)
    async with store.read() as tx:
        export = await tx.people.export("p1")
    assert json.loads(json.dumps(export)) == export
    assert export["person"]["plan"] == "gold"
    assert export["identities"] == [{"platform": "telegram", "platform_id": "1", "name": SECRET, "language": "en"}]
    assert [each["id"] for each in export["conversations"]] == ["own", "shared"]
    assert [each["id"] for each in export["turns"]] == ["t1", "t2", "waits", "runs"]
    assert export["turns"][0]["question"][0]["text"] == export["turns"][0]["answer"] == SECRET
    assert [each["id"] for each in export["jobs"]] == ["j1", "open"]
    assert export["jobs"][0]["results"] == [MADE]
    assert [(each["step"], each["daily"]) for each in export["ledger"]] == [("hold", -30), ("allowance", 100)]
    assert "hello" not in json.dumps(export)


async def test_what_is_forgotten_is_gone(store: OpenStore) -> None:
    await fill_person(store)
    async with store.begin() as tx:
        assert await tx.people.forget("p1") == [OWN, MADE, THUMBNAIL]
    async with store.begin() as tx:
        kept = await tx.people.person_of("telegram", "1")
        assert kept == person(name="", plan="gold", banned=True)
        assert (await tx.ledger.account("person:p1")).balance == 70
        assert await tx.ledger.settle("hold", 10, 2) == 10
        assert [each.id for each in await tx.jobs.of_person("p1", 9)] == ["open"]
        assert await tx.conversations.turn("t1") is None
        assert await tx.conversations.parts("t1") == []
        assert await tx.conversations.linked(DIRECT, "200") is None
        assert (await tx.conversations.conversation_by_id("shared")).head == ""
        assert (await tx.conversations.conversation(f"{DIRECT.key}|p1", "fresh")).id == "fresh"
        assert await tx.notices.claim(9, 10, 9) == []
        theirs = await tx.conversations.turn("t3")
        assert theirs
        assert theirs.question[0].text == "hello"
        assert await tx.people.forget("p2") == [SHARED]


async def test_an_answer_that_runs_while_it_is_forgotten_leaves_no_words(store: OpenStore) -> None:
    await fill_person(store)
    async with store.begin() as tx:
        await tx.people.forget("p1")
        stopping = await tx.conversations.checkpoint("me", {"runs": (SECRET, True)}, [], 1_800_000_060_000)
        assert stopping == {"runs"}
        words = (Part("text", SECRET),)
        ended = turn("runs", question=words, state=TurnState.ANSWERED, answer=SECRET, conversation_id="own")
        assert await tx.conversations.save_turn(ended, 0)
        await tx.conversations.finish("runs")
        kept = await tx.conversations.turn("runs")
        assert kept
        assert (kept.question, kept.answer, kept.state) == ((), "", TurnState.DONE)


async def test_no_table_has_the_words_any_more(engine: str, tmp_path: Path) -> None:
    with store_url(engine, tmp_path) as url:
        async with open_store(url, FakeClock()) as store:
            await fill_person(store)
            assert SECRET in everything(engine, url)
            async with store.begin() as tx:
                await tx.people.forget("p1")
            assert SECRET not in everything(engine, url)
        if engine == "sqlite":
            assert SECRET.encode() not in (tmp_path / "starlight.db").read_bytes()


def everything(engine: str, url: str) -> str:
    """All rows of all tables, as text."""
    if engine == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return "".join(repr(file.execute(f"SELECT * FROM {table}").fetchall()) for table in tables)  # noqa: S608
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
        ).fetchall()
        return "".join(repr(connection.execute(f"SELECT * FROM {name}".encode()).fetchall()) for (name,) in names)  # noqa: S608
