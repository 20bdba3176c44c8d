"""The backup is the money: whole at one moment, beside a bot that goes on writing."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from storage.backup import backup
from storage.engine import BadStore, open_store
from tests.clocks import FakeClock
from tests.storage.examples import CAUSE, job

MODE = 0o600


async def test_a_backup_beside_a_writer_opens_and_balances(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/starlight.db"
    target = tmp_path / "copy.db"
    async with open_store(url, FakeClock()) as store:
        async with store.begin() as tx:
            await tx.ledger.credit("first", "person:p1", 1_000_000, CAUSE, 1)
        writing = asyncio.Event()

        async def write() -> None:
            for number in range(200):
                async with store.begin() as tx:
                    await tx.ledger.hold(f"r{number}", "person:p1", 10, CAUSE, 1)
                    await tx.jobs.add(job(f"r{number}", prompt="x" * 2_000))
                if number == 20:
                    writing.set()

        async def copy() -> None:
            await writing.wait()
            await backup(url, target)

        await asyncio.gather(write(), copy())
    assert stat.S_IMODE(target.stat().st_mode) == MODE
    assert not (tmp_path / "copy.db-wal").exists()
    async with open_store(f"sqlite:///{target}", FakeClock()) as store, store.read() as tx:
        account = await tx.ledger.account("person:p1")
        held = await tx.ledger.open_holds()
        assert await tx.ledger.entries_sum(account.id) == account.balance == 1_000_000 - 10 * len(held)
        assert (await tx.jobs.counts())["queued"] == len(held) >= 20


async def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/starlight.db"
    async with open_store(url, FakeClock()):
        (tmp_path / "copy.db").write_text("mine")
        with pytest.raises(BadStore, match="exists already"):
            await backup(url, tmp_path / "copy.db")
        assert (tmp_path / "copy.db").read_text() == "mine"
        with pytest.raises(BadStore, match="cannot write"):
            await backup(url, tmp_path / "none" / "copy.db")


async def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(BadStore, match="the backup failed"):
        await backup(f"sqlite:///{tmp_path}/x.db", tmp_path / "copy.db")
    with pytest.raises(BadStore, match="there is no database"):
        await backup(f"sqlite:///{tmp_path}/y.db", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


async def test_postgresql_has_its_own_tool(tmp_path: Path) -> None:
    with pytest.raises(BadStore, match="pg_dump"):
        await backup("postgresql://bot:hunter2@db/x", tmp_path / "copy.db")
