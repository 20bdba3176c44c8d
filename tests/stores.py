"""A real store for any suite: an SQLite file of its own, or a schema of its own on a real PostgreSQL.

    @pytest.fixture(params=ENGINES)
    async def store(request, tmp_path):
        async with open_test_store(request.param, tmp_path, FakeClock()) as opened:
            yield opened

PostgreSQL is at TEST_POSTGRES_URL, else on loopback; where there is none, its part of a suite is skipped with one line.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from core.ports import Clock
from storage.engine import OpenStore, open_store

ENGINES = ("sqlite", "postgres")
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")


@cache
def postgres_trouble() -> str:
    """Why PostgreSQL cannot be tested here; "" when it can."""
    try:
        with psycopg.connect(POSTGRES_URL, connect_timeout=3):
            return ""
    except psycopg.OperationalError as error:
        return f"no PostgreSQL to test on (set TEST_POSTGRES_URL): {' '.join(str(error).split())[:120]}"


@contextmanager
def store_url(engine: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, without tables, which is gone afterwards."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'starlight.db'}"
        return
    if trouble := postgres_trouble():
        pytest.skip(trouble)
    schema = _make_schema()
    try:
        yield _schema_url(schema)
    finally:
        _drop_schema(schema)


@asynccontextmanager
async def open_test_store(engine: str, tmp_path: Path, clock: Clock) -> AsyncIterator[OpenStore]:
    """An empty store. On PostgreSQL a schema is made once and emptied after each use, which is ten times as fast."""
    if engine == "sqlite" or postgres_trouble():
        with store_url(engine, tmp_path) as url:
            async with open_store(url, clock) as store:
                yield store
        return
    schema = _free.pop() if _free else _make_schema()
    try:
        async with open_store(_schema_url(schema), clock) as store:
            yield store
    finally:
        _empty_schema(schema)
        _free.append(schema)


# --- schemas --------------------

_free: list[str] = []


def _schema_url(schema: str) -> str:
    separator = "&" if "?" in POSTGRES_URL else "?"
    return f"{POSTGRES_URL}{separator}options=-csearch_path%3D{schema}"


def _make_schema() -> str:
    schema = f"test_{uuid4().hex}"
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    return schema


def _drop_schema(schema: str) -> None:
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


def _empty_schema(schema: str) -> None:
    with psycopg.connect(_schema_url(schema)) as connection:
        connection.execute(
            "SET lock_timeout = '5s'"
        )  # a transaction that a failed test left open must not hang the rest
        rows = connection.execute(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = %s", (schema,)
        ).fetchall()
        pointing_first = sorted(
            (name for (name,) in rows), key=lambda name: (name not in {"entries", "identities"}, name)
        )
        for name in pointing_first:
            if name != "schema_version":
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        connection.execute("INSERT INTO accounts (id, daily, kept, day) VALUES ('house', 0, 0, '')")


@atexit.register
def _drop_free() -> None:
    while _free:
        _drop_schema(_free.pop())
