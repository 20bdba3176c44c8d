"""What goes wrong on purpose in the Discord stand-in: scripted faults of single calls, and rate limits in Discord's shape."""

import asyncio
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.standins.discord_rules import Json

FaultKind = Literal["error", "html", "drop_before", "drop_after", "limited", "hold"]
# Edits of one channel share a bucket, sends another, and so on: (method, path) → (bucket, group that is the major parameter).
BUCKETS = (
    ("POST", re.compile(r"/channels/(\d+)/messages"), "send"),
    ("PATCH", re.compile(r"/channels/(\d+)/messages/\d+"), "edit"),
    ("DELETE", re.compile(r"/channels/(\d+)/messages/\d+"), "delete"),
    ("POST", re.compile(r"/channels/(\d+)/typing"), "typing"),
    ("POST", re.compile(r"/channels/(\d+)/(?:messages/\d+/)?threads"), "thread"),
    ("POST", re.compile(r"/webhooks/\d+/([^/]+)"), "followup"),
    ("PATCH", re.compile(r"/webhooks/\d+/([^/]+)/messages/[^/]+"), "webhook-edit"),
)


@dataclass(slots=True, eq=False)
class Fault:
    """`times` matching calls go wrong this way. `hold` waits for `release`, then works; `arrived` tells that it waits."""

    kind: FaultKind
    status: int = 500
    code: int = 0
    retry_after_s: float = 0.05
    via: bool = True
    global_limit: bool = False
    times: int = 1
    when: Callable[[Json], bool] | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)


class Faults:
    def __init__(self) -> None:
        self._script: list[tuple[str, re.Pattern[str], Fault]] = []

    def add(self, method: str, path: str, fault: Fault) -> Fault:
        """`path` is a regular expression for the whole path below /api/v10; method "*" means any."""
        self._script.append((method, re.compile(path), fault))
        return fault

    def clear(self) -> None:
        self._script.clear()

    def take(self, method: str, path: str, body: Json) -> Fault | None:
        for wanted, pattern, fault in self._script:
            fits = wanted in ("*", method) and pattern.fullmatch(path)
            if fits and fault.times > 0 and (fault.when is None or fault.when(body)):
                fault.times -= 1
                return fault
        return None


@dataclass(slots=True)
class Limits:
    """`count` calls per `window_s` and bucket; `global_per_s` over everything that is not an interaction."""

    count: int = 5
    window_s: float = 5.0
    global_per_s: int = 50
    _windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def take(self, now_s: float, method: str, path: str) -> "Allowance":
        """Counts the call. A refused call is not counted."""
        if not path.startswith(("/interactions/", "/webhooks/")):
            whole = self._count("global", now_s, self.global_per_s, 1.0)
            if whole.refused:
                return Allowance("global", whole.limit, 0, whole.reset_after_s, refused=True, is_global=True)
        for wanted, pattern, name in BUCKETS:
            if wanted == method and (match := pattern.fullmatch(path)):
                return self._count(f"{name}:{match[1]}", now_s, self.count, self.window_s)
        return Allowance("", 0, 0, 0.0)

    def _count(self, key: str, now_s: float, count: int, window_s: float) -> "Allowance":
        opened_s, used = self._windows.get(key, (-math.inf, 0))
        if now_s - opened_s >= window_s:
            opened_s, used = now_s, 0
        refused = used >= count
        if not refused:
            used += 1
            self._windows[key] = (opened_s, used)
        return Allowance(key, count, count - used, opened_s + window_s - now_s, refused=refused)


@dataclass(frozen=True, slots=True)
class Allowance:
    key: str
    limit: int
    remaining: int
    reset_after_s: float
    refused: bool = False
    is_global: bool = False

    def headers(self, wall_s: float) -> dict[str, str]:
        if not self.key:
            return {}
        if self.is_global:
            return {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{wall_s + self.reset_after_s:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after_s:.3f}",
            "X-RateLimit-Bucket": f"hash-of-{self.key.split(':')[0]}",
        }
