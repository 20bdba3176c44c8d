"""A database that an older version made keeps what is in it, and reads as if it had been written today."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from core.values import (
    Artifact,
    Conversation,
    Deed,
    Job,
    JobState,
    Notice,
    Part,
    RemoteButton,
    Turn,
    TurnState,
    Usage,
)
from storage.codec_jobs import job_values
from storage.codec_turns import turn_values
from storage.engine import open_store
from storage.migrations import scripts, statements
from storage.session import POSTGRES, SQLITE, Value, fill
from tests.clocks import FakeClock
from tests.storage.examples import job, turn
from tests.stores import store_url

RELEASED = {
    1: "3be679de6e623a67874c89639a7175323df9359a9eb42f299782df6d9869089f",
    2: "a6bb83eed99ec26586d67d3f5830250aa255ae28ae7ef24d50d2ce63bd480e12",
}
"""SHA-256 of the scripts that people have run: never edited again."""

TURN = turn("t1", question=(Part("text", "为什么?"),), answer="so", state=TurnState.DONE, usage=Usage(1, 2, 3, 4))
RUNNING = turn("t2", parent_id="t1", lane="2")
JOB = job("j1", results=(Artifact("video", media="a" * 64),), state=JobState.DONE, version=3)
WAITING = job("j2", task_id="task", state=JobState.WAITING)
NEW = {
    2: {
        "turns": {"effort", "search", "system", "thoughts", "media", "deeds", "tainted"},
        "jobs": {"turn_id", "continues", "transcript"},
    },
    3: {"jobs": {"action", "press", "buttons", "confirmed_ms"}},
    4: {"jobs": {"part_of", "made_ms", "behind"}},
}
"""The columns that a version added."""

WRITTEN: dict[int, tuple[Turn, Job]] = {
    1: (TURN, JOB),
    2: (
        replace(TURN, effort="high", deeds=(Deed("draw", "a cat", "job:j1"),)),
        replace(JOB, turn_id="t1", transcript="{}"),
    ),
}
"""A turn and a job as each version wrote them."""


def old_rows(version: int) -> list[tuple[str, dict[str, Value]]]:
    done, made = WRITTEN[version]
    conversation: dict[str, Value] = {"id": "c1", "scope": "scope", "head": "t1", "model": "gpt-5", "persona": "tutor"}
    reminder: dict[str, Value] = {
        "id": "n1",
        "key": "reminder",
        "params": '{"text":"tea"}',
        "person_id": "p1",
        "platform": None,
    }
    reminder |= {"chat": None, "thread": None, "private": None, "due_ms": 5, "version": 0, "attempts": 0}
    return [
        ("conversations", conversation),
        ("notices", reminder),
        ("turns", turn_values(done)),
        ("turns", turn_values(RUNNING)),
        ("jobs", job_values(made)),
        ("jobs", job_values(WAITING)),
    ]


def make_old(engine: str, url: str, version: int) -> None:
    """What an older version left: its scripts alone, their numbers, and rows as it wrote them."""
    words, mark = (SQLITE, ":{}") if engine == "sqlite" else (POSTGRES, "%({})s")
    work: list[tuple[str, Mapping[str, Value]]] = []
    work.append(("CREATE TABLE schema_version (version BIGINT PRIMARY KEY, applied_ms BIGINT NOT NULL)", {}))
    for number in range(1, version + 1):
        work += [(fill(each, words), {}) for each in statements(scripts()[number])]
        work.append((f"INSERT INTO schema_version VALUES ({number}, 0)", {}))  # noqa: S608
    for table, row in old_rows(version):
        since = {name for number, new in NEW.items() if number > version for name in new.get(table, ())}
        old = {name: value for name, value in row.items() if name not in since}
        marks = ", ".join(mark.format(name) for name in old)
        work.append((f"INSERT INTO {table} ({', '.join(old)}) VALUES ({marks})", old))  # noqa: S608
    if engine == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            for statement, values in work:
                file.execute(statement, dict(values))
            file.commit()
    else:
        with psycopg.connect(url) as connection:
            for statement, values in work:
                connection.execute(statement.encode(), values or None)


@pytest.mark.parametrize("version", RELEASED)
async def test_an_older_database_is_brought_up_to_date(version: int, engine: str, tmp_path: Path) -> None:
    done, made = WRITTEN[version]
    with store_url(engine, tmp_path) as url:
        make_old(engine, url, version)
        async with open_store(url, FakeClock()) as store:
            assert store.schema == max(scripts())
            async with store.begin() as tx:
                assert await tx.conversations.find("scope") == Conversation("c1", "scope", "t1", "gpt-5", "tutor")
                assert await tx.conversations.history("t2", 9) == [done, RUNNING]
                assert await tx.jobs.made("p1", made.place, 0, 9) == [made]
                assert await tx.jobs.get("j2") == WAITING
                confirmed = replace(WAITING, buttons=(RemoteButton("1", "U1", "upscale"),), confirmed_ms=5)
                assert await tx.jobs.save(confirmed, 0) == replace(confirmed, version=1)
                assert await tx.jobs.of_turn("") == []
                assert [each.text for each in await tx.notices.reminders("p1")] == ["tea"]
                assert [each[0] for each in await tx.conversations.search("p1", "c1", ["为什么"], 9)] == ["t1"]
                assert await tx.conversations.save_turn(RUNNING, 0)
                assert await tx.notices.claim(5, 9, 9) == [
                    Notice("n1", "reminder", {"text": "tea"}, "p1", None, 9, 1, 1)
                ]
                assert await tx.people.forget("p1") == []


def test_released_scripts_are_as_they_were() -> None:
    assert {number: hashlib.sha256(scripts()[number].encode()).hexdigest() for number in RELEASED} == RELEASED
