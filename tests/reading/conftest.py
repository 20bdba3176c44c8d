from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ports import Store
from storage.media import ObjectMedia, open_media
from tests.clocks import FakeClock
from tests.stores import open_test_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_test_store("sqlite", tmp_path, FakeClock()) as opened:
        yield opened


@pytest.fixture
def media(tmp_path: Path) -> ObjectMedia:
    return open_media(str(tmp_path / "media"))
