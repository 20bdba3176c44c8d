"""Who is having files made to fit, which may keep the one encoder for minutes: each person one order at a time, so that the
encoder is shared among people and not among orders, and a bounded number of both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from core.errors import FilesBusy

OF_ONE_MOST = 4
"""Orders of one person: one under work, the others behind it."""
PEOPLE_MOST = 12


@dataclass(slots=True)
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    orders: int = 0


class Preparing:
    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, person_id: str) -> AsyncIterator[None]:
        """Held while files of this person are looked into and changed. Raises FilesBusy when too many wait already."""
        line = self._lines.get(person_id)
        if line is None and len(self._lines) >= PEOPLE_MOST:
            raise FilesBusy(whose="all")
        if line is not None and line.orders >= OF_ONE_MOST:
            raise FilesBusy(whose="own")
        line = self._lines.setdefault(person_id, _Line())
        line.orders += 1
        try:
            async with line.lock:
                yield
        finally:
            line.orders -= 1
            if not line.orders:
                del self._lines[person_id]
