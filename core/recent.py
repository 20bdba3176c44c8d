"""Bounded memory of what was seen lately, and a bucket for each stranger. In memory only: losing it costs a look-up."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

from core.ports import Clock

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The last so many things seen, with their age; the longest unseen go first."""

    def __init__(self, clock: Clock, most: int = 10_000) -> None:
        self._clock = clock
        self._most = most
        self._seen: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def get(self, key: Key) -> tuple[float, Value] | None:
        """(seconds since it was put, value)."""
        found = self._seen.get(key)
        if found is None:
            return None
        self._seen.move_to_end(key)
        return self._clock.monotonic() - found[0], found[1]

    def put(self, key: Key, value: Value) -> None:
        self._seen[key] = (self._clock.monotonic(), value)
        self._seen.move_to_end(key)
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def drop(self, key: Key) -> None:
        self._seen.pop(key, None)

    def outdate(self) -> None:
        """Everything is as old as can be: still known, to be looked up again."""
        for key, (_, value) in self._seen.items():
            self._seen[key] = (float("-inf"), value)


class Buckets(Generic[Key]):
    """So many at once, and then one every so many seconds, for each key."""

    def __init__(self, clock: Clock, burst: int, every_s: float) -> None:
        self._burst = burst
        self._every_s = every_s
        self._left: Recent[Key, float] = Recent(clock)

    def take(self, key: Key) -> float:
        """0 = taken; else the seconds until there is one again."""
        age_s, left = self._left.get(key) or (0.0, float(self._burst))
        left = min(float(self._burst), left + age_s / self._every_s)
        if left < 1:
            return (1 - left) * self._every_s
        self._left.put(key, left - 1)
        return 0.0
