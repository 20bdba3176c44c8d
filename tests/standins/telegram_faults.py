"""What can go wrong between a bot and Telegram: a limiter, and faults that a test writes down in advance."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tests.standins.telegram_wire import ApiError


@dataclass(slots=True)
class Call:
    """One call as it came in. Times are monotonic seconds of the stand-in's clock; status 0 = no answer was given."""

    method: str
    params: dict[str, str]
    file_sizes: dict[str, int]
    chat: int | None
    at: float
    status: int = 0
    description: str = ""
    done_at: float = 0.0


@dataclass(slots=True, frozen=True)
class Refuse:
    """Answer with this error instead of doing the call."""

    error: ApiError


@dataclass(slots=True, frozen=True)
class Page:
    """Answer with a proxy's HTML page."""

    status: int = 502
    text: str = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(slots=True, frozen=True)
class Drop:
    """Cut the line. `applied`: after the call was done, so that only the answer is lost."""

    applied: bool


@dataclass(slots=True, frozen=True)
class Hold:
    """Do the call only when the test says so: `reached` is set when it waits, set `go` to let it pass."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, frozen=True)
class Slow:
    """Wait this long, then do the call."""

    seconds: float


Fault = Refuse | Page | Drop | Hold | Slow


def too_many(retry_after: int) -> Refuse:
    """A 429."""
    return Refuse(ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after))


def bad_request(text: str) -> Refuse:
    """A 400 with this text."""
    return Refuse(ApiError(400, f"Bad Request: {text}"))


def forbidden(text: str = "bot was blocked by the user") -> Refuse:
    """A 403 with this text."""
    return Refuse(ApiError(403, f"Forbidden: {text}"))


def server_error(status: int = 500) -> Refuse:
    """A 5xx in Telegram's JSON."""
    return Refuse(ApiError(status, "Internal Server Error"))


LOST_REQUEST = Drop(applied=False)
LOST_ANSWER = Drop(applied=True)


class Faults:
    """Faults by method, each used up by the next call that fits; None in a script lets one call pass."""

    def __init__(self) -> None:
        self._scripts: dict[tuple[str, int | None], deque[Fault | None]] = defaultdict(deque)
        self.decide: Callable[[Call], Fault | None] | None = None  # asked when no script fits

    def script(self, method: str, *faults: Fault | None, chat: int | None = None) -> None:
        """The next calls of this method ("*" = any but getUpdates), in this chat if given, meet these in order."""
        self._scripts[method, chat].extend(faults)

    def next_for(self, call: Call) -> Fault | None:
        """The fault this call meets."""
        names = (call.method,) if call.method == "getUpdates" else (call.method, "*")
        for name in names:
            for chat in (call.chat, None):
                script = self._scripts.get((name, chat))
                if script:
                    return script.popleft()
        return self.decide(call) if self.decide else None


class Limiter(Protocol):
    """Says how long a call must wait, in whole seconds; 0 lets it pass. Never called for reads."""

    def refuse(self, chat: int, is_group: bool, messages: int, now: float) -> int: ...


LIMITED = frozenset(
    [
        "sendMessage",
        "sendMessageDraft",
        "sendPhoto",
        "sendVideo",
        "sendDocument",
        "sendAudio",
        "sendVoice",
        "sendAnimation",
        "sendMediaGroup",
        "sendChatAction",
        "editMessageText",
        "editMessageCaption",
        "editMessageMedia",
        "editMessageReplyMarkup",
    ]
)


class _Bucket:
    """A token bucket: `size` at once, then one each `1 / rate` seconds."""

    __slots__ = ("at", "left", "rate", "size")

    def __init__(self, size: float, rate: float, now: float) -> None:
        self.size, self.rate, self.left, self.at = size, rate, size, now

    def missing_s(self, amount: float, now: float) -> float:
        """Seconds until `amount` may be taken (never more than the bucket holds)."""
        self.left = min(self.size, self.left + (now - self.at) * self.rate)
        self.at = now
        lack = min(amount, self.size) - self.left
        return max(0.0, lack - 1e-6) / self.rate

    def take(self, amount: float) -> None:
        """Take it; an album may leave the bucket in debt."""
        self.left -= amount


class TelegramLimiter:
    """Shaped like Telegram's: 3 at once and then 1/s in a chat, 20 a minute in a group, 30/s over all.

    A refused chat stays refused until its `retry_after` has passed, as there. `penalty_s` is the least `retry_after`.
    """

    def __init__(
        self,
        burst: int = 3,
        chat_per_s: float = 1.0,
        group_per_minute: int = 20,
        total_per_s: float = 30.0,
        penalty_s: int = 1,
    ) -> None:
        self._burst, self._chat_per_s = burst, chat_per_s
        self._group_per_minute, self._total_per_s = group_per_minute, total_per_s
        self._penalty_s = penalty_s
        self._chats: dict[int, _Bucket] = {}
        self._minutes: dict[int, deque[float]] = {}
        self._total: _Bucket | None = None
        self._closed_until: dict[int, float] = {}

    def refuse(self, chat: int, is_group: bool, messages: int, now: float) -> int:
        """Whole seconds to wait, 0 to pass; a passing call is booked."""
        wait = self._closed_until.get(chat, now) - now
        if wait <= 0:
            wait = self._missing_s(chat, is_group, messages, now)
            if wait <= 0:
                return 0
            wait = max(wait, self._penalty_s)
            self._closed_until[chat] = now + math.ceil(wait)
        return math.ceil(wait)

    def _missing_s(self, chat: int, is_group: bool, messages: int, now: float) -> float:
        bucket = self._chats.setdefault(chat, _Bucket(self._burst, self._chat_per_s, now))
        if self._total is None:
            self._total = _Bucket(self._total_per_s, self._total_per_s, now)
        minute = self._minutes.setdefault(chat, deque()) if is_group else deque()
        while minute and minute[0] <= now - 60:
            minute.popleft()
        wait = max(bucket.missing_s(messages, now), self._total.missing_s(messages, now))
        if len(minute) + messages > self._group_per_minute and minute:
            wait = max(wait, minute[0] + 60 - now)
        if wait <= 0:
            bucket.take(messages)
            self._total.take(messages)
            minute.extend([now] * messages)
        return wait
