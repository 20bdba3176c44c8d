"""One zygote for all crash tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.crash.lives import Nursery, open_nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    if sys.platform == "win32":
        pytest.skip("no fork and no SIGKILL on Windows")
    with open_nursery() as opened:
        yield opened
