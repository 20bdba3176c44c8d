"""What the database of a bot says, looked at from beside it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

SETTLED_NS = 500_000_000
"""The clock of a file system is coarse: what was written a moment ago may be written again at the same time, and on a busy
machine it is some time until a commit that is in the file is seen."""


class Books:
    """What the bot's database says, seen from beside it. An SQLite file is opened for each look: whoever holds one open
    has a part in how it is mended after a crash."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._path = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""
        self._looked_at_ns: int | None = None
        self._open: list[str] = []
        self._server: psycopg.Connection[tuple[Any, ...]] | None = None

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if not self._path:
            self._server = self._server or psycopg.connect(self.url, autocommit=True)
            return self._server.execute(sql.encode()).fetchall()
        with closing(sqlite3.connect(f"file:{self._path}?mode=rw", uri=True, timeout=10)) as file:
            return file.execute(sql).fetchall()

    def row(self, sql: str) -> tuple[Any, ...]:
        (row,) = self.rows(sql)
        return row

    def open_work(self) -> list[str]:
        """What somebody still has to do: empty when the bot may rest."""
        if (written := self._written_ns()) is None or written != self._looked_at_ns:
            self._looked_at_ns = written
            try:
                self._open = [f"{what} {state}" for what, state in self.rows(_OPEN)]
            except (sqlite3.OperationalError, psycopg.errors.UndefinedTable) as error:
                self._open = [f"no tables yet: {error}"]
        return self._open

    def _written_ns(self) -> int | None:
        """When the database's files changed: asking the system is cheap. None: just now, or nobody can tell."""
        paths = [Path(f"{self._path}{tail}") for tail in ("", "-wal")] if self._path else []
        changed_ns = max((path.stat().st_mtime_ns for path in paths if path.exists()), default=None)
        return None if changed_ns is None or time.time_ns() - changed_ns < SETTLED_NS else changed_ns

    def balance(self) -> None:
        """Entries and balances agree, and no hold is left open."""
        sums = self.rows(
            "SELECT account_id, SUM(daily), SUM(kept) FROM entries GROUP BY account_id ORDER BY account_id"
        )
        accounts = self.rows("SELECT id, daily, kept FROM accounts ORDER BY id")
        moved = {name: (int(daily), int(kept)) for name, daily, kept in sums}
        assert {
            name: (daily, kept) for name, daily, kept in accounts if (daily, kept) != (0, 0) or name in moved
        } == moved
        assert all(daily >= 0 and kept >= 0 for name, daily, kept in accounts if name != "house")
        holds = "SELECT ref FROM entries WHERE step = 'hold' EXCEPT SELECT ref FROM entries WHERE step = 'settle'"
        assert self.rows(holds) == []

    def charged(self, ref: str) -> int:
        """Micros that stayed taken for a job or a turn."""
        entries = self.rows("SELECT ref, daily + kept FROM entries")
        return -sum(int(amount) for of, amount in entries if of == ref)

    def leased(self) -> list[tuple[str]]:
        """What is in the hands of a process."""
        return self.rows(_LEASED)


_LEASED = """SELECT 'inbox' FROM inbox WHERE NOT done AND owner <> ''
    UNION ALL SELECT 'turns' FROM turns WHERE state IN ('running', 'answered') AND owner <> ''
    UNION ALL SELECT 'jobs' FROM jobs WHERE owner <> ''"""
_OPEN = """SELECT 'event', id FROM inbox WHERE NOT done
    UNION ALL SELECT 'turn', state FROM turns WHERE state NOT IN ('done', 'dropped')
    UNION ALL SELECT 'job', state FROM jobs
        WHERE NOT (state = 'done' OR (state IN ('failed', 'unsure', 'cancelled') AND told))
    UNION ALL SELECT 'asset', state FROM assets WHERE state NOT IN ('active', 'failed')
    UNION ALL SELECT 'notice', key FROM notices WHERE NOT done"""
