"""Who waits for what: a word to a waiting loop that something is due. A word that comes while nobody waits is kept for the
next who does."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from core.ports import Clock


class Wakes:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def wake(self, topic: str) -> None:
        self._events[topic].set()

    def wake_all(self) -> None:
        for event in self._events.values():
            event.set()

    async def woken(self, topic: str, timeout_s: float) -> bool:
        event = self._events[topic]
        if not event.is_set():
            waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(self._clock.sleep(timeout_s))}
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
                await asyncio.gather(*waits, return_exceptions=True)
        woken = event.is_set()
        event.clear()
        return woken
