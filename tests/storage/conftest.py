"""Every test of this folder that asks for `store` runs on a real SQLite file and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.engine import OpenStore
from tests.clocks import FakeClock
from tests.stores import ENGINES, open_test_store, postgres_trouble


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for all that was skipped, however many suites ask for a store."""
    if postgres_trouble.cache_info().currsize and postgres_trouble():
        terminalreporter.write_line(f"PostgreSQL part skipped: {postgres_trouble()}", yellow=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def store(engine: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[OpenStore]:
    async with open_test_store(engine, tmp_path, clock) as opened:
        yield opened
