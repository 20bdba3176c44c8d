"""Tools run on a real SQLite file; storage has its own suite for both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core.ports import Store
from core.values import Access
from tests.clocks import FakeClock
from tests.stores import open_test_store
from tests.tools.kit import Kit, build


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with open_test_store("sqlite", tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def make_kit(store: Store, clock: FakeClock, tmp_path: Path) -> Callable[..., Kit]:
    def make(**given: object) -> Kit:
        return build(store, clock, tmp_path / "media", **given)  # type: ignore[arg-type] # as build takes them

    return make


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit()


@pytest.fixture
async def ann(kit: Kit) -> Access:
    return await kit.meet()
