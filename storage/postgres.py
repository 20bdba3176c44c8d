"""PostgreSQL by psycopg: a pool for transactions (READ COMMITTED), a pool for reads, and one connection that listens.

Transactions wait for each other's rows only; nothing is retried behind the caller's back, because guards stand in the SQL
and rows are locked in one order. What is begun on a connection that had died in the pool is begun again on another one.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import lru_cache, partial
from typing import Any, Literal, cast
from uuid import uuid4

from psycopg import AsyncConnection, DataError, OperationalError, pq
from psycopg import Error as PostgresError
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from core.ports import Clock, Contended
from storage.clock import DatabaseClock, SystemClock
from storage.migrations import BadStore, migrate
from storage.session import POSTGRES, POSTGRES_READING, Params, Row, Session, fill, finish, storable_params
from storage.tx import SessionTx
from storage.wakes import Wakes

log = logging.getLogger(__name__)

Wire = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Wire]

CONNECT_S = 10
POOL_WAIT_S = 30.0
WRITERS = 8
READERS = 4
MEASURE_S = 60.0
RELISTEN_S = 5.0
MIGRATION_TIMEOUT = "10min"
MIGRATION_LOCK = 5_274_120_841
"""Any number will do, as long as all processes name the same."""

LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "15s",
    "idle_in_transaction_session_timeout": "120s",
}
KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@lru_cache(maxsize=1024)
def _filled(sql: str, reading: bool) -> bytes:
    text = fill(sql, POSTGRES_READING if reading else POSTGRES)
    return _PARAMETER.sub(r"%(\1)s", text.replace("%", "%%")).encode()


async def _run(connection: Wire, sql: str, params: Params | Sequence[Params], reading: bool) -> list[Row]:
    query = _filled(sql, reading)
    async with connection.cursor() as cursor:
        if isinstance(params, Mapping):
            await cursor.execute(query, params)
            return await cursor.fetchall() if cursor.description else []
        await cursor.executemany(query, params)
        return []


async def _run_storable(
    connection: Wire, sql: str, params: Params | Sequence[Params], reading: bool = False
) -> list[Row]:
    """What cannot be sent as text fails before it is sent, so the statement can be tried again with what can."""
    try:
        return await _run(connection, sql, params, reading)
    except (UnicodeEncodeError, DataError) as error:
        if isinstance(error, DataError) and error.sqlstate is not None:
            raise  # the server's own word
        return await _run(connection, sql, storable_params(params), reading)


class WritingSession(Session):
    def __init__(self, connection: Wire) -> None:
        super().__init__()
        self._connection = connection

    async def _execute(self, sql: str, params: Params | Sequence[Params]) -> list[Row]:
        return await _run_storable(self._connection, sql, params)


class ReadingSession(Session):
    """Each statement sees the newest commit and may run on another connection."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self._pool = pool

    async def _execute(self, sql: str, params: Params | Sequence[Params]) -> list[Row]:
        for _ in range(READERS):
            async with self._pool.connection() as connection:
                try:
                    return await _run_storable(connection, sql, params, reading=True)
                except OperationalError:
                    if not connection.closed:
                        raise
        async with self._pool.connection() as connection:
            return await _run_storable(connection, sql, params, reading=True)


class PostgresStore(Wakes):
    engine: Literal["postgres"] = "postgres"

    def __init__(self, where: str, writers: Pool, readers: Pool, clock: Clock, channel: str) -> None:
        super().__init__(clock)
        self.where = where
        self.schema = 0
        self.clock = clock
        self._writers = writers
        self._readers = readers
        self._channel = channel
        self._me = uuid4().hex
        self._told: set[str] = set()
        self._to_tell = asyncio.Event()
        self.listening = asyncio.Event()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        connection = await self._begun()
        session = WritingSession(connection)
        try:
            yield session
            session.check()
            await finish(connection.execute("COMMIT"))
        except BaseException:
            await finish(_undo(connection))
            raise
        finally:
            session.ended = True
            await finish(self._writers.putconn(connection))

    async def _begun(self) -> Wire:
        for _ in range(WRITERS):
            connection = await self._writers.getconn()
            try:
                await connection.execute("BEGIN")
            except OperationalError:
                await self._writers.putconn(connection)
                if not connection.closed:
                    raise
            except BaseException:
                await finish(_undo(connection))
                await finish(self._writers.putconn(connection))
                raise
            else:
                return connection
        raise OperationalError("the database cannot be reached")

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SessionTx]:
        try:
            async with self.session() as session:
                yield SessionTx(session, self.clock)
        except (DeadlockDetected, SerializationFailure) as error:
            raise Contended(str(error)) from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SessionTx]:
        session = ReadingSession(self._readers)
        try:
            yield SessionTx(session, self.clock)
        finally:
            session.ended = True

    async def check(self) -> None:
        await ReadingSession(self._readers).rows("SELECT MAX(version) FROM schema_version")

    # --- wake-ups --------------------

    def wake(self, topic: str) -> None:
        super().wake(topic)
        self._told.add(topic)
        self._to_tell.set()

    async def tell(self) -> None:
        """Pass on what was woken here, several words at once; forever."""
        while True:
            await self._to_tell.wait()
            self._to_tell.clear()
            topics, self._told = self._told, set()
            try:
                async with self._writers.connection() as connection:
                    for topic in sorted(topics):
                        await connection.execute("SELECT pg_notify(%s, %s)", (self._channel, f"{self._me} {topic}"))
            except (PostgresError, PoolTimeout) as error:
                log.warning("wake-ups were not passed on: %s", type(error).__name__)

    async def listen(self, connect: partial[Any]) -> None:
        """Hear what other processes wake, forever. After a broken line everything may have been missed."""
        while True:
            try:
                async with await connect() as connection:
                    await connection.execute(f'LISTEN "{self._channel}"')
                    self.listening.set()
                    self.wake_all()
                    async for notify in connection.notifies():
                        sender, _, topic = notify.payload.partition(" ")
                        if sender != self._me:
                            super().wake(topic)
            except PostgresError as error:
                log.warning("not listening: %s", type(error).__name__)
            await asyncio.sleep(RELISTEN_S)


async def _undo(connection: Wire) -> None:
    """A connection that cannot even roll back is closed, which is a rollback too."""
    if connection.closed or connection.info.transaction_status == pq.TransactionStatus.IDLE:
        return
    try:
        await connection.execute("ROLLBACK")
    except PostgresError:
        await connection.close()


# --- opening --------------------


async def _configure(connection: Wire, reading: bool = False) -> None:
    connection.adapters.register_dumper(int, Int8Dumper)  # one type for all sizes: one prepared statement for each SQL
    connection.adapters.register_dumper(str, StrDumper)
    settings = {**LIMITS, "default_transaction_read_only": "on" if reading else "off"}
    for name, value in settings.items():
        await connection.execute("SELECT set_config(%s, %s, FALSE)", (name, value))


def _pool(url: str, most: int, reading: bool) -> Pool:
    return cast(
        Pool,
        AsyncConnectionPool(
            url,
            min_size=1,
            max_size=most,
            timeout=POOL_WAIT_S,
            open=False,
            kwargs={"autocommit": True, "connect_timeout": CONNECT_S, **KEEPALIVE},
            configure=cast(Any, partial(_configure, reading=reading)),
        ),
    )


@asynccontextmanager
async def open_postgres(url: str, clock: Clock) -> AsyncIterator[PostgresStore]:
    """Raises BadStore."""
    connect = partial(
        AsyncConnection.connect, url, autocommit=True, connect_timeout=CONNECT_S, **cast(dict[str, Any], KEEPALIVE)
    )
    try:
        channel, where = await _first_look(connect)
    except PostgresError as error:
        raise BadStore(f"cannot use the PostgreSQL database: {_one_line(error)}") from error
    async with AsyncExitStack() as stack:
        writers = await stack.enter_async_context(_pool(url, WRITERS, reading=False))
        readers = await stack.enter_async_context(_pool(url, READERS, reading=True))
        if isinstance(clock, SystemClock):
            clock = DatabaseClock(partial(_server_ms, readers))
            await clock.measure()
            stack.push_async_callback(_stop, asyncio.create_task(_keep_measuring(clock)))
        store = PostgresStore(where, writers, readers, clock, channel)
        await _migrate(store)
        stack.push_async_callback(_stop, asyncio.create_task(store.tell()))
        stack.push_async_callback(_stop, asyncio.create_task(store.listen(connect)))
        with suppress(TimeoutError):  # without wake-ups things only come later
            await asyncio.wait_for(store.listening.wait(), CONNECT_S)
        yield store


async def _first_look(connect: partial[Any]) -> tuple[str, str]:
    """The channel, one for each schema, and where this is in words."""
    async with await connect() as connection:
        cursor = await connection.execute("SELECT current_schema(), current_database()")
        schema, database = await cursor.fetchone()
        if schema is None:
            raise BadStore("the PostgreSQL user has no schema to work in (search_path)")
        return f"starlight_{schema}", f"{connection.info.host}:{connection.info.port}/{database}"


async def _migrate(store: PostgresStore) -> None:
    try:
        async with store.session() as session:
            for name in ("statement_timeout", "lock_timeout"):
                await session.rows("SELECT set_config(:name, :value, TRUE)", name=name, value=MIGRATION_TIMEOUT)
            await session.rows("SELECT pg_advisory_xact_lock(:lock)", lock=MIGRATION_LOCK)
            store.schema = await migrate(session, store.clock.now_ms())
    except PostgresError as error:
        raise BadStore(f"cannot bring the PostgreSQL database up to date: {_one_line(error)}") from error


async def _server_ms(readers: Pool) -> float:
    rows = await ReadingSession(readers).rows(
        "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS DOUBLE PRECISION)"
    )
    return float(rows[0][0])


async def _keep_measuring(clock: DatabaseClock) -> None:
    while True:
        await asyncio.sleep(MEASURE_S)
        try:
            await clock.measure()
        except (PostgresError, PoolTimeout) as error:
            log.warning("the database's clock cannot be read: %s", type(error).__name__)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _one_line(error: PostgresError) -> str:
    return " ".join(str(error).split())[:300]
