"""An event loop whose time jumps to the next timer when nothing is left to do: hours of streaming take no time, and the order
of things is the same in each run."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

STUCK_S = 10.0
"""Real seconds that a thread may take before a test counts as stuck."""


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.jump: Callable[[float], None] = lambda seconds: None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            ready = super().select(STUCK_S)
            if not ready:
                raise RuntimeError("nothing will ever happen")
            return ready
        self.jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._now_s = 1_000.0
        selector = _Selector()
        super().__init__(selector)
        selector.jump = self._jump

    def _jump(self, seconds: float) -> None:
        self._now_s += seconds

    def time(self) -> float:
        return self._now_s


class LoopClock:
    """core.ports.Clock by the time of the running loop."""

    def now_ms(self) -> int:
        return 1_800_000_000_000 + round(self.monotonic() * 1000)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run(main: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


async def until(true: Callable[[], bool], every_s: float = 0.05) -> None:
    """Wait until something has become true."""
    clock = LoopClock()
    while not true():
        await clock.sleep(every_s)
