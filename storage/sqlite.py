"""SQLite by aiosqlite: one writer connection behind one FIFO lock, and readers that never wait for it.

Each connection is a thread, and each call a hop to it and back, so a statement with its rows is one call and a transaction
begins by itself with its first statement. Another process (the CLI) may write beside a running bot: BEGIN IMMEDIATE takes
turns, waiting at most BUSY_S.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

import aiosqlite

from core.ports import Clock
from storage.codec import dump
from storage.migrations import BadStore, migrate
from storage.session import SQLITE, Params, Row, Session, fill, finish, storable_params
from storage.tx import SessionTx
from storage.wakes import Wakes

OLDEST = (3, 35, 0)
"""RETURNING came with this version."""

BUSY_S = 10.0
READERS = 2
STATEMENTS = 512
PRAGMAS = (
    "synchronous = FULL",  # with NORMAL a power cut can undo what was written before an order left
    "foreign_keys = ON",
    "secure_delete = ON",  # what is forgotten leaves the file too
    "journal_size_limit = 67108864",
)


@lru_cache(maxsize=STATEMENTS)
def _filled(sql: str) -> str:
    return fill(sql, SQLITE)


def bound(params: Params) -> dict[str, Any]:
    """Lists go in as JSON, for json_each."""
    return {name: dump(value) if isinstance(value, list) else value for name, value in params.items()}


class Connection(sqlite3.Connection):
    """Lives in its own thread. A list of parameters runs the statement once for each of them."""

    begin = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_wal(self)
        for pragma in PRAGMAS:
            super().execute(f"PRAGMA {pragma}")

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if self.begin and not self.in_transaction:
            super().execute(self.begin)
        if isinstance(parameters, list):
            return super().executemany(sql, parameters)
        return super().execute(sql, parameters)


class Writer(Connection):
    begin = "BEGIN IMMEDIATE"


class Reader(Connection):
    """Each statement sees the newest commit, as on PostgreSQL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        super().execute("PRAGMA query_only = ON")


def _set_wal(connection: sqlite3.Connection) -> None:
    """Two processes that open a new file at once can find it locked without being made to wait."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            sqlite3.Connection.execute(connection, "PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


class SqliteSession(Session):
    def __init__(self, connection: aiosqlite.Connection) -> None:
        super().__init__()
        self._connection = connection

    async def _execute(self, sql: str, params: Params | Sequence[Params]) -> list[Row]:
        try:
            return await self._run(sql, params)
        except UnicodeEncodeError:
            return await self._run(sql, storable_params(params))

    async def _run(self, sql: str, params: Params | Sequence[Params]) -> list[Row]:
        values: Any = bound(params) if isinstance(params, Mapping) else [bound(each) for each in params]
        rows: Any = await self._connection.execute_fetchall(_filled(sql), values)
        return list(rows)


class SqliteStore(Wakes):
    engine: Literal["sqlite"] = "sqlite"

    def __init__(
        self, where: str, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection], clock: Clock
    ) -> None:
        super().__init__(clock)
        self.where = where
        self.schema = 0
        self.clock = clock
        self._writer = writer
        self._readers = cycle(readers)
        self._line = asyncio.Lock()  # first come, first served

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """One transaction. Whatever was asked of the connection before a cancellation has been done when the ROLLBACK comes:
        its thread works in order. After a COMMIT that went through, the ROLLBACK finds nothing to undo."""
        async with self._line:
            session = SqliteSession(self._writer)
            try:
                yield session
                session.check()
                await self._writer.commit()
            except BaseException:
                await finish(self._writer.rollback())
                raise
            finally:
                session.ended = True

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SessionTx]:
        async with self.session() as session:
            yield SessionTx(session, self.clock)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SessionTx]:
        session = SqliteSession(next(self._readers))
        try:
            yield SessionTx(session, self.clock)
        finally:
            session.ended = True

    async def check(self) -> None:
        await SqliteSession(next(self._readers)).rows("SELECT MAX(version) FROM schema_version")


@asynccontextmanager
async def open_sqlite(path: str, clock: Clock) -> AsyncIterator[SqliteStore]:
    """Raises BadStore."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise BadStore(f"Python's SQLite is {sqlite3.sqlite_version}; it must be 3.35 or newer")
    async with AsyncExitStack() as stack:
        try:
            await asyncio.to_thread(_create, Path(path))
            writer = await stack.enter_async_context(_connect(path, Writer))
            readers = [await stack.enter_async_context(_connect(path, Reader)) for _ in range(READERS)]
            store = SqliteStore(path, writer, readers, clock)
            async with store.session() as session:
                store.schema = await migrate(session, clock.now_ms())
        except (sqlite3.Error, OSError) as error:
            raise BadStore(f"cannot use the SQLite file {path}: {error}") from error
        yield store


def _create(path: Path) -> None:
    """For this user's eyes only; the files that SQLite puts beside it take the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _connect(path: str, kind: type[Connection]) -> aiosqlite.Connection:
    return aiosqlite.connect(path, factory=kind, isolation_level=None, timeout=BUSY_S, cached_statements=STATEMENTS)
