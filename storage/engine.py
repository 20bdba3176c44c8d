"""Opens the database that a URL names. Each engine's module is loaded only when it is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal, Protocol

from core.ports import Clock, Store
from storage.migrations import BadStore

__all__ = ["BadStore", "OpenStore", "open_store", "sqlite_path"]

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")


class OpenStore(Store, Protocol):
    """A store and what the start report tells of it. `where`: a file, or host and database; never a password."""

    @property
    def engine(self) -> Literal["sqlite", "postgres"]: ...
    @property
    def where(self) -> str: ...
    @property
    def schema(self) -> int: ...

    async def check(self) -> None:
        """Raises when the database does not answer."""


def sqlite_path(url: str) -> str:
    """`sqlite:///data/x.db` is relative to the working directory, `sqlite:////var/x.db` is absolute. Raises BadStore."""
    path = url.removeprefix(SQLITE)
    if not url.startswith(SQLITE) or not path or path.startswith(":"):
        raise BadStore("DATABASE_URL of an SQLite file looks like sqlite:///data/starlight.db")
    return path


@asynccontextmanager
async def open_store(url: str, clock: Clock) -> AsyncIterator[OpenStore]:
    """Open the database and bring its schema up to date. On PostgreSQL a SystemClock gives way to the database's clock; any
    other clock (a test's) stays. Raises BadStore."""
    async with _opener(url, clock) as store:
        yield store


def _opener(url: str, clock: Clock) -> AbstractAsyncContextManager[OpenStore]:
    if url.startswith("sqlite:"):
        from storage.sqlite import open_sqlite

        return open_sqlite(sqlite_path(url), clock)
    if url.startswith(POSTGRES):
        from storage.postgres import open_postgres

        return open_postgres(url, clock)
    raise BadStore("DATABASE_URL must begin with sqlite:/// or postgresql://")
