"""All that is kept of a person in one value, and the end of it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from core.assistant import Memory, Summary
from core.values import Artifact, Cause, Deed, JobState, Notice, Part, Place, RemoteButton, SentPart, TurnState
from storage.engine import OpenStore, open_store
from tests.clocks import FakeClock
from tests.storage.examples import PLACE, job, person, proposal, sender, turn
from tests.stores import store_url

SECRET = "tell nobody"
SHARED, OWN, MADE, THUMBNAIL, DRAWN = "a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64
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
        inner: dict[str, Any] = {
            "system": SECRET,
            "thoughts": SECRET,
            "media": (Artifact("image", media=DRAWN, text=SECRET),),
            "deeds": (Deed("draw", SECRET, "job:j1"),),
        }
        await say(turn("t1", conversation_id=own.id, question=words, answer=SECRET, state=state, **inner))
        await say(turn("t2", conversation_id=shared.id, question=words, answer=SECRET, state=state))
        await say(turn("waits", conversation_id=own.id, question=words, state=TurnState.QUEUED))
        await say(turn("runs", conversation_id=own.id, question=words, answer=SECRET, **inner))
        other = (Part("text", "hello"), Part("image", media=SHARED))
        await say(turn("t3", conversation_id=shared.id, person_id="p2", question=other, lane="2", parent_id="t2"))
        then = turn("t4", conversation_id=shared.id, person_id="p2", question=other, lane="3", parent_id="t3")
        await say(then)
        await say(replace(then, id="t5", lane="4", parent_id=""))
        await tx.conversations.set_system(own.id, SECRET)
        for id_, text in {
            "t1": SECRET,
            "runs": SECRET,
            "t3": f"{SECRET}, hello",
            "t4": "",
            "t5": "theirs alone",
        }.items():
            await tx.conversations.save_summary(Summary(id_, text, 5))
        await tx.conversations.set_head(own.id, "t1")
        await tx.conversations.set_head(shared.id, "t2")
        await tx.conversations.save_part("t1", SentPart(0, "100"))
        results = (Artifact("image", media=MADE, thumbnail=THUMBNAIL), Artifact("text", text=SECRET))
        await tx.jobs.add(job("j1", prompt=SECRET, state=JobState.DONE, action="describe"))
        buttons = (RemoteButton("1", SECRET, "upscale"),)
        done = job("j1", prompt=SECRET, state=JobState.DONE, results=results, transcript=SECRET, buttons=buttons)
        await tx.jobs.save(done, 0)
        await tx.jobs.add(job("open", prompt="paid for", state=JobState.WAITING))
        await tx.conversations.link(DIRECT, "200", "job:j1")
        await tx.notices.add([Notice("n1", "key", {"text": SECRET}, person_id="p1")])
        await tx.notices.add([Notice("n2", "reminder", {"text": SECRET}, person_id="p1", place=DIRECT, due_ms=70)])
        await tx.memories.add(Memory("m1", "p1", SECRET, 1), 9)
        await tx.memories.add(Memory("m2", "p2", "likes tea", 1), 9)
        await tx.proposals.add(proposal("o1", arguments={"prompt": SECRET}, title=SECRET))
        await tx.proposals.add(proposal("o2", person_id="p2"))


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
    assert export["turns"][0]["thoughts"] == export["turns"][0]["system"] == SECRET
    assert export["turns"][0]["media"] == [DRAWN]
    assert export["turns"][0]["deeds"] == [{"tool": "draw", "text": SECRET, "ref": "job:j1"}]
    assert export["conversations"][0]["system"] == SECRET
    assert export["conversations"][0]["search"] is False
    assert export["jobs"][0]["results"] == [MADE]
    assert export["jobs"][0]["words"] == [SECRET]
    assert [each["action"] for each in export["jobs"]] == ["describe", ""]
    assert export["jobs"][0]["transcript"] == SECRET
    assert [each["turn_id"] for each in export["summaries"]] == ["runs", "t1"]
    assert [(each["id"], each["arguments"]) for each in export["proposals"]] == [("o1", {"prompt": SECRET})]
    assert [each["text"] for each in export["memories"]] == [SECRET]
    assert [(each["id"], each["due_ms"], each["text"]) for each in export["reminders"]] == [("n2", 70, SECRET)]
    assert [(each["step"], each["daily"]) for each in export["ledger"]] == [("hold", -30), ("allowance", 100)]
    for theirs in ("hello", "likes tea", "o2"):
        assert theirs not in json.dumps(export)


async def test_what_is_forgotten_is_gone(store: OpenStore) -> None:
    await fill_person(store)
    async with store.begin() as tx:
        assert await tx.people.forget("p1") == [OWN, MADE, THUMBNAIL, DRAWN]
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
        assert await tx.notices.claim(99, 100, 9) == []
        assert await tx.notices.reminders("p1") == []
        assert await tx.memories.of_person("p1") == []
        assert [each.id for each in await tx.memories.of_person("p2")] == ["m2"]
        assert await tx.proposals.get("o1") is None
        assert await tx.proposals.get("o2") == proposal("o2", person_id="p2")
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
        ended = turn(
            "runs",
            question=(*words, Part("image", media=SHARED)),
            state=TurnState.ANSWERED,
            answer=SECRET,
            conversation_id="own",
            system=SECRET,
            thoughts=SECRET,
            media=(Artifact("image", media=DRAWN, text=SECRET),),
            deeds=(Deed("draw", SECRET),),
        )
        assert await tx.conversations.save_turn(ended, 0)
        assert not await tx.proposals.add(proposal("late", turn_id="runs", title=SECRET))
        await tx.conversations.save_summary(Summary("runs", SECRET, 9))
        await tx.conversations.save_summary(Summary("t1", SECRET, 9))
        await tx.conversations.finish("runs")
        kept = await tx.conversations.turn("runs")
        assert kept
        assert (kept.question, kept.answer, kept.state) == ((), "", TurnState.DONE)
        assert (kept.system, kept.thoughts, kept.media, kept.deeds) == ("", "", (), ())
        assert await tx.proposals.get("late") is None
        assert await tx.conversations.summary(["t1", "runs"]) is None
        assert await tx.conversations.search("p1", "own", [], 9) == []
        assert await tx.people.forget("p2") == [SHARED]


async def test_a_summary_of_others_that_tells_of_the_forgotten_goes_too(store: OpenStore) -> None:
    """What was written about turns after theirs may have their words; that somebody wants all forgotten stays."""
    await fill_person(store)
    async with store.begin() as tx:
        summary = tx.conversations.summary
        assert await summary(["t3"]) == Summary("t3", f"{SECRET}, hello", 5)
        await tx.people.forget("p1")
        assert await summary(["t3"]) is None
        assert await summary(["t4"]) == Summary("t4", "", 5)
        assert await summary(["t5"]) == Summary("t5", "theirs alone", 5)


async def test_what_is_written_while_it_is_forgotten_is_gone_too(store: OpenStore) -> None:
    async def write(number: int) -> None:
        async with store.begin() as tx:
            await tx.proposals.add(proposal(f"o{number}", turn_id=f"t{number}", person_id=f"p{number}"))
            await tx.conversations.save_summary(Summary(f"t{number}", SECRET, 1))

    async def forget(number: int) -> None:
        async with store.begin() as tx:
            await tx.people.forget(f"p{number}")

    async with store.begin() as tx:
        for number in range(12):
            await tx.conversations.add_turn(turn(f"t{number}", person_id=f"p{number}", lane=str(number)))
    await asyncio.gather(*(deed(number) for number in range(12) for deed in (write, forget)))
    async with store.read() as tx:
        assert await tx.conversations.summary([f"t{number}" for number in range(12)]) is None
        assert [await tx.proposals.get(f"o{number}") for number in range(12)] == [None] * 12


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
