"""One zygote for all crash tests, and a Midjourney that draws as small as the rest of the gateway does here."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from bots.sandbox import mj_plans
from tests.crash.lives import Nursery, open_nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    if sys.platform == "win32":
        pytest.skip("no fork and no SIGKILL on Windows")
    with open_nursery() as opened:
        yield opened


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mj_plans, "TILE_AREA", 64 * 64)
