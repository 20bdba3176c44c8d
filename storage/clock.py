"""Clocks: this machine's, and the database's, which all replicas share so that a lease means the same on each of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

SAMPLES = 3


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class DatabaseClock(SystemClock):
    """The database's time, carried on by this machine's monotonic clock between two looks. `ask` tells the database's Unix
    time in ms; of some looks the quickest is believed, and its answer belongs to the middle of it."""

    def __init__(self, ask: Callable[[], Awaitable[float]], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._local = monotonic
        self._base_ms = 0.0

    async def measure(self) -> None:
        quickest = float("inf")
        base_ms = self._base_ms
        for _ in range(SAMPLES):
            began = self._local()
            told_ms = await self._ask()
            ended = self._local()
            if ended - began < quickest:
                quickest = ended - began
                base_ms = told_ms - (began + ended) / 2 * 1000
        self._base_ms = base_ms

    def now_ms(self) -> int:
        return int(self._base_ms + self._local() * 1000)

    def monotonic(self) -> float:
        return self._local()
