"""How fast we may speak: limits per chat, per group-minute and per bot, shared by everything that goes out.

Previews ask "may I now?" and are dropped if not; finals wait, and are let through fairly over the chats. Room is kept so
that a final seldom waits for what a preview took. Touches no platform: the numbers are data (`surfaces.py`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from bots.outlet import Pace
from core.ports import Clock
from core.values import Place

QUIET_CHATS = 2_000
"""Above this many remembered chats, those that have been quiet long enough to be as good as new are forgotten."""
FLOOD_MARGIN_S = 0.1
URGENT_SHARE = 3
"""First words may take all of what the whole bot keeps for finals but this part."""
EASE = 0.5
EASE_MOST = 2.5
EASE_STOP_S = 2.0
"""Each preview of a message comes a little later than the one before it: the first seconds look lively, and a short answer
still takes few calls."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`size` at once, then `per_s` a second."""

    size: float
    per_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """At most `count` in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits of one platform. A preview leaves so many calls of each limit to the finals as its `_reserve` says.
    `previews_per_s`: what all previews of the process together aim at. `per_thread`: a thread is limited by itself, not
    with its chat (a place of Discord: the chat is a server, the thread a channel)."""

    chat: Bucket | Window
    bot: Bucket | Window
    group: Bucket | Window | None = None
    chat_reserve: int = 1
    group_reserve: int = 0
    bot_reserve: int = 0
    previews_per_s: float = 8.0
    per_thread: bool = False

    def key(self, place: Place) -> str:
        return place.key if self.per_thread else place.chat_key


class BucketGauge:
    """What is left of a bucket."""

    __slots__ = ("_at", "_left", "_rule")

    def __init__(self, rule: Bucket, now: float) -> None:
        self._rule, self._left, self._at = rule, rule.size, now

    def missing_s(self, calls: int, reserve: int, now: float) -> float:
        """Seconds until `calls` may go and leave `reserve`; a call for more than the bucket holds waits until it is full."""
        self._left = min(self._rule.size, self._left + (now - self._at) * self._rule.per_s)
        self._at = now
        lack = min(calls + reserve, self._rule.size) - self._left
        return max(0.0, lack) / self._rule.per_s if lack > 1e-9 else 0.0

    def take(self, calls: int, now: float) -> None:
        self._left -= calls

    def quiet(self, now: float) -> bool:
        return self.missing_s(1, 0, now) <= 0 and self._left >= self._rule.size


class WindowGauge:
    """When the calls of a window went."""

    __slots__ = ("_rule", "_times")

    def __init__(self, rule: Window, now: float) -> None:
        self._rule = rule
        self._times: deque[float] = deque()

    def missing_s(self, calls: int, reserve: int, now: float) -> float:
        self._forget(now)
        over = len(self._times) + min(calls + reserve, self._rule.count) - self._rule.count
        return max(1e-6, self._times[over - 1] + self._rule.seconds - now) if over > 0 else 0.0

    def take(self, calls: int, now: float) -> None:
        self._times.extend([now] * calls)

    def quiet(self, now: float) -> bool:
        self._forget(now)
        return not self._times

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] + self._rule.seconds <= now:
            self._times.popleft()


Gauge = BucketGauge | WindowGauge


def gauge(rule: Bucket | Window, now: float) -> Gauge:
    return BucketGauge(rule, now) if isinstance(rule, Bucket) else WindowGauge(rule, now)


@dataclass(slots=True)
class _Chat:
    gauges: list[tuple[Gauge, int]]  # with the reserve for finals
    closed_until: float = 0.0
    streams: int = 0

    def missing_s(self, calls: int, now: float, *, keep: bool = False) -> float:
        """`keep`: leave the reserve for finals."""
        wait = self.closed_until - now
        for each, reserve in self.gauges:
            wait = max(wait, each.missing_s(calls, reserve if keep else 0, now))
        return max(0.0, wait)

    def quiet(self, now: float) -> bool:
        return not self.streams and self.closed_until <= now and all(each.quiet(now) for each, _ in self.gauges)


@dataclass(slots=True)
class _Platform:
    rates: Rates
    bot: Gauge
    chats: dict[str, _Chat] = field(default_factory=dict)
    waiting: OrderedDict[str, deque[tuple[asyncio.Future[None], int]]] = field(default_factory=OrderedDict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Task[None] | None = None
    streams: int = 0
    sweep_at: int = QUIET_CHATS


class Pacer:
    """The pace of one process. All methods are cheap; only `final` waits."""

    def __init__(
        self, clock: Clock, rates: Mapping[str, Rates], noted: Callable[[str], None] = lambda _platform: None
    ) -> None:
        """`noted`: told of each refusal by a platform."""
        self._noted = noted
        self._clock = clock
        now = clock.monotonic()
        self._platforms = {name: _Platform(each, gauge(each.bot, now)) for name, each in rates.items()}

    def preview(self, place: Place) -> bool:
        """May a preview (a draft, an edit, typing, a progress note) go now? If so it is booked; else it is dropped."""
        free = self.preview_wait_s(place) <= 0
        if free:
            self.book(place)
        return free

    def preview_wait_s(self, place: Place, *, urgent: bool = False) -> float:
        """Seconds until a preview may go, 0.0 = now; nothing is booked. `urgent`: the first words of an answer, which may
        take what is otherwise kept for finals."""
        platform = self._platforms.get(place.platform)
        if platform is None:
            return 0.0
        now = self._clock.monotonic()
        chat = self._chat(platform, place, now)
        wait = chat.missing_s(1, now, keep=not urgent)
        reserve = platform.rates.bot_reserve // (URGENT_SHARE if urgent else 1)
        wait = max(wait, platform.bot.missing_s(1, reserve, now))
        return max(wait, 1.0) if platform.rates.key(place) in platform.waiting else wait

    def book(self, place: Place) -> None:
        """A preview goes out."""
        platform = self._platforms.get(place.platform)
        if platform is not None:
            now = self._clock.monotonic()
            self._take(platform, self._chat(platform, place, now), 1, now)

    def closed_s(self, place: Place) -> float:
        """How long the platform has told us to be quiet in this chat."""
        platform = self._platforms.get(place.platform)
        chat = platform.chats.get(platform.rates.key(place)) if platform is not None else None
        return max(0.0, chat.closed_until - self._clock.monotonic()) if chat is not None else 0.0

    async def final(self, place: Place, calls: int = 1) -> None:
        """Wait until a call that must be made (an album counts `calls`) may go; it is booked then."""
        platform = self._platforms.get(place.platform)
        if platform is None:
            return
        key = platform.rates.key(place)
        self._chat(platform, place, self._clock.monotonic())
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        platform.waiting.setdefault(key, deque()).append((turn, calls))
        self._serve_now(platform)
        if turn.done():
            return
        if platform.server is None or platform.server.done():
            platform.server = asyncio.create_task(self._serve(platform))
        platform.news.set()
        try:
            await turn
        finally:
            platform.news.set()  # a cancelled caller frees its place at once

    def flooded(self, place: Place, retry_after_s: float) -> None:
        """The platform refused a call: this chat is quiet for so long."""
        self._noted(place.platform)
        platform = self._platforms.get(place.platform)
        if platform is not None:
            now = self._clock.monotonic()
            chat = self._chat(platform, place, now)
            chat.closed_until = max(chat.closed_until, now + max(0.0, retry_after_s) + FLOOD_MARGIN_S)

    @contextmanager
    def stream(self, place: Place) -> Iterator[None]:
        """An answer streams here: counted, so that the steps widen."""
        platform = self._platforms.get(place.platform)
        if platform is None:
            yield
            return
        chat = self._chat(platform, place, self._clock.monotonic())
        platform.streams += 1
        chat.streams += 1
        try:
            yield
        finally:
            platform.streams -= 1
            chat.streams -= 1

    def step_s(self, place: Place, pace: Pace, age_s: float, shown: int, share: bool) -> float:
        """Seconds between two previews of one answer: `shown` went out already, `share`: the streams of a chat take turns
        (edits do, a native draft is alone in its chat)."""
        base = pace[0] if age_s < 30 else pace[1] if age_s < 120 else pace[2]
        step = max(base, min(base * min(1 + EASE * max(0, shown - 1), EASE_MOST), EASE_STOP_S))
        platform = self._platforms.get(place.platform)
        if platform is None:
            return step
        chat = platform.chats.get(platform.rates.key(place))
        if share and chat is not None:
            step *= max(1, chat.streams)
        return max(step, platform.streams / platform.rates.previews_per_s)

    # --- inside --------------------

    async def _serve(self, platform: _Platform) -> None:
        """Lets waiting finals through, one chat after the other, as long as any wait."""
        while True:
            platform.news.clear()
            wait = self._serve_now(platform)
            if wait is None:
                return
            await woken(platform.news, self._clock, wait)

    def _serve_now(self, platform: _Platform) -> float | None:
        """Let through all that may go now; the seconds until the next may, None when nobody waits."""
        while True:
            now = self._clock.monotonic()
            soonest: float | None = None
            for key, turns in list(platform.waiting.items()):
                while turns and turns[0][0].done():  # its caller was cancelled
                    turns.popleft()
                if not turns:
                    del platform.waiting[key]
                    continue
                chat = platform.chats[key]
                calls = turns[0][1]
                wait = max(chat.missing_s(calls, now), platform.bot.missing_s(calls, 0, now))
                if wait <= 0:
                    turns.popleft()[0].set_result(None)
                    self._take(platform, chat, calls, now)
                    if turns:
                        platform.waiting.move_to_end(key)  # the other chats first
                    else:
                        del platform.waiting[key]
                    wait = 0.0
                soonest = wait if soonest is None else min(soonest, wait)
            if soonest is None or soonest > 0:
                return soonest

    @staticmethod
    def _take(platform: _Platform, chat: _Chat, calls: int, now: float) -> None:
        platform.bot.take(calls, now)
        for each, _ in chat.gauges:
            each.take(calls, now)

    def _chat(self, platform: _Platform, place: Place, now: float) -> _Chat:
        key = platform.rates.key(place)
        chat = platform.chats.get(key)
        if chat is None:
            if len(platform.chats) >= platform.sweep_at:
                self._forget_quiet(platform, now)
            rates = platform.rates
            gauges = [(gauge(rates.chat, now), rates.chat_reserve)]
            if rates.group is not None and not place.private:
                gauges.append((gauge(rates.group, now), rates.group_reserve))
            chat = platform.chats[key] = _Chat(gauges)
        return chat

    @staticmethod
    def _forget_quiet(platform: _Platform, now: float) -> None:
        for key in [key for key, chat in platform.chats.items() if key not in platform.waiting and chat.quiet(now)]:
            del platform.chats[key]
        platform.sweep_at = max(QUIET_CHATS, 2 * len(platform.chats))


async def woken(event: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """Wait until the event is set, at most so long; True if it is set."""
    if event.is_set():
        return True
    waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(seconds))]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return event.is_set()
