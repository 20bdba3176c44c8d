"""Money, people and jobs run on a real SQLite file and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core.limits import LIMITS, Limits
from core.plans import Rules
from core.ports import Store
from core.values import Access
from tests.clocks import FakeClock
from tests.core.house import House, ScriptedGateway, build
from tests.stores import ENGINES, open_test_store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with open_test_store(request.param, tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def make_house(store: Store, clock: FakeClock, tmp_path: Path) -> Callable[..., House]:
    def make(rules: Rules | None = None, limits: Limits = LIMITS, gateway: ScriptedGateway | None = None) -> House:
        return build(store, clock, tmp_path / "media", rules, limits, gateway)

    return make


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house()


@pytest.fixture
async def ann(house: House) -> Access:
    return await house.member()
