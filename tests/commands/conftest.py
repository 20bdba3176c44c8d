from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core.ports import Store
from tests.commands.rig import HeldClock, Rig
from tests.stores import open_test_store


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def store(tmp_path: Path, clock: HeldClock) -> AsyncIterator[Store]:
    async with open_test_store("sqlite", tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def make_rig(store: Store, clock: HeldClock, tmp_path: Path) -> Callable[..., Rig]:
    def make(access_mode: str = "open") -> Rig:
        return Rig(store, clock, tmp_path / "media", access_mode=access_mode)

    return make


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    return make_rig()
