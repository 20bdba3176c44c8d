"""Opening: the schema is brought up to date once, whoever comes, and what cannot work is one plain line."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.engine import BadStore, open_store
from storage.migrations import scripts, statements
from tests.clocks import FakeClock
from tests.storage.examples import CAUSE
from tests.stores import store_url

OPEN = """
import asyncio, sys
from storage.clock import SystemClock
from storage.engine import open_store
from core.values import Cause

async def main(url, name):
    async with open_store(url, SystemClock()) as store:
        for number in range(10):
            async with store.begin() as tx:
                await tx.ledger.credit(f"{name}:{number}", "person:p1", 1, Cause("p1", "grant"), 1)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_opening_twice_keeps_what_is_there(engine: str, tmp_path: Path) -> None:
    with store_url(engine, tmp_path) as url:
        for number in range(2):
            async with open_store(url, FakeClock()) as store:
                assert (store.engine, store.schema) == (engine, max(scripts()))
                async with store.begin() as tx:
                    await tx.ledger.credit(f"r{number}", "person:p1", 10, CAUSE, 1)
                    assert (await tx.ledger.account("person:p1")).kept == 10 * (number + 1)


async def test_processes_that_open_a_new_database_at_once(engine: str, tmp_path: Path) -> None:
    with store_url(engine, tmp_path) as url:
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-W", "error", "-c", OPEN, url, str(number), stderr=asyncio.subprocess.PIPE
            )
            for number in range(4)
        ]
        for process in processes:
            _, complaints = await process.communicate()
            assert process.returncode == 0, complaints.decode()
        async with open_store(url, FakeClock()) as store, store.read() as tx:
            assert (await tx.ledger.account("person:p1")).kept == 40
            assert await tx.ledger.entries_sum("person:p1") == 40


async def test_a_newer_database_is_left_alone(engine: str, tmp_path: Path) -> None:
    with store_url(engine, tmp_path) as url:
        async with open_store(url, FakeClock()) as store:
            assert store.schema == max(scripts())
            raise_schema(engine, url)
        with pytest.raises(BadStore, match="newer version"):
            async with open_store(url, FakeClock()):
                pass


def raise_schema(engine: str, url: str) -> None:
    import psycopg

    statement = "INSERT INTO schema_version (version, applied_ms) VALUES (9999, 0)"
    if engine == "postgres":
        with psycopg.connect(url) as connection:
            connection.execute(statement)
    else:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.execute(statement)
            file.commit()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://x", "must begin with sqlite:/// or postgresql://"),
        ("sqlite:data.db", "looks like sqlite:///data/starlight.db"),
        ("sqlite:///", "looks like"),
        ("sqlite:///:memory:", "looks like"),
        ("sqlite:////dev/null/x.db", "cannot use the SQLite file"),
        ("postgresql://bot:hunter2@127.0.0.1:1/x", "cannot use the PostgreSQL database"),
    ],
)
async def test_what_cannot_be_opened(url: str, says: str) -> None:
    with pytest.raises(BadStore) as error:
        async with open_store(url, FakeClock()):
            pass
    assert says in str(error.value)
    assert "hunter2" not in str(error.value)
    assert "\n" not in str(error.value)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to be looked at" * 50)
    with pytest.raises(BadStore, match="not a database"):
        async with open_store(f"sqlite:///{tmp_path}/x.db", FakeClock()):
            pass


async def test_the_file_is_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "starlight.db"
    async with open_store(f"sqlite:///{path}", FakeClock()) as store:
        assert store.where == str(path)
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_scripts_are_cut_into_statements() -> None:
    script = "-- a comment;\nCREATE TABLE a (\n    b TEXT DEFAULT ';'\n);\n\nINSERT INTO a VALUES (1);\n"
    assert statements(script) == ["CREATE TABLE a (\n    b TEXT DEFAULT ';'\n)", "INSERT INTO a VALUES (1)"]
    assert list(scripts()) == list(range(1, len(scripts()) + 1))
