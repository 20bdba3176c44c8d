"""A real store for any suite: an SQLite file of its own, or a schema of its own on a real PostgreSQL.

    @pytest.fixture(params=ENGINES)
    async def store(request, tmp_path):
        async with open_test_store(request.param, tmp_path, FakeClock()) as opened:
            yield opened

PostgreSQL is at TEST_POSTGRES_URL, else on loopback; where there is none, its part of a suite is skipped with one line.
"""

from __future__ import annotations

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
    """The address of an empty database, which is gone afterwards."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'starlight.db'}"
        return
    if trouble := postgres_trouble():
        pytest.skip(trouble)
    schema = f"test_{uuid4().hex}"
    name = sql.Identifier(schema)
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        try:
            separator = "&" if "?" in POSTGRES_URL else "?"
            yield f"{POSTGRES_URL}{separator}options=-csearch_path%3D{schema}"
        finally:
            connection.execute("SET client_min_messages = warning")
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(name))


@asynccontextmanager
async def open_test_store(engine: str, tmp_path: Path, clock: Clock) -> AsyncIterator[OpenStore]:
    with store_url(engine, tmp_path) as url:
        async with open_store(url, clock) as store:
            yield store
