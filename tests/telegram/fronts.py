"""A running front end for tests: the real store on a file, a handler that notes what it gets, a pace that never waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.commands.dispatch import Press
from bots.outlet import Exchange
from bots.telegram.front import MENU_AGAIN_S, TelegramFront, TelegramOptions, open_telegram
from bots.telegram.intake import CLAIM_S
from bots.texts import Texts
from core.limits import LIMITS
from core.ports import Clock, Store, Tx
from core.values import Incoming, Place, Sender
from storage.clock import SystemClock
from storage.engine import open_store
from tests.standins.telegram import TelegramStandIn


class QuickClock(SystemClock):
    """The real time, but the pauses between two tries (never whole seconds: they are jittered) are over at once."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds if seconds in {CLAIM_S, MENU_AGAIN_S, LIMITS.inbox_lease_ms / 4000} else 0)


@dataclass
class FreePace:
    """Never waits; notes where it was flooded."""

    finals: int = 0
    floods: list[tuple[str, float]] = field(default_factory=list)

    async def final(self, place: Place, calls: int = 1) -> None:
        self.finals += calls

    def flooded(self, place: Place, retry_after_s: float) -> None:
        self.floods.append((place.chat, retry_after_s))


class Notes:
    """A handler that notes what it gets, does `act` with it, and marks events done as the commands do."""

    def __init__(self, telegram: TelegramStandIn, store: Store) -> None:
        self._telegram = telegram
        self._store = store
        self.messages: list[Incoming] = []
        self.edits: list[Incoming] = []
        self.presses: list[Press] = []
        self.stops: list[tuple[Place, int]] = []
        self.joins: list[tuple[Place, Sender]] = []
        self.act: Callable[[Exchange], Awaitable[Any]] | None = None

    async def message(self, incoming: Incoming, exchange: Exchange) -> None:
        self.messages.append(incoming)
        await self._finish(incoming.event_id, exchange)

    async def edited(self, incoming: Incoming, exchange: Exchange) -> None:
        self.edits.append(incoming)
        await self._finish(incoming.event_id, exchange)

    async def press(self, press: Press, exchange: Exchange) -> None:
        self.presses.append(press)
        await self._finish(press.event_id, exchange)

    async def stopped(self, place: Place, draft_id: int) -> None:
        self.stops.append((place, draft_id))
        self._telegram.phone.ring()

    async def joined(self, place: Place, sender: Sender) -> None:
        self.joins.append((place, sender))
        self._telegram.phone.ring()

    async def _finish(self, event_id: str, exchange: Exchange) -> None:
        self._telegram.phone.ring()
        if self.act is not None:
            await self.act(exchange)
        async with self._store.begin() as tx:
            await tx.inbox.done("telegram", event_id)
        self._telegram.phone.ring()


class Fragile:
    """A store whose transactions fail as often as told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.clock: Clock = store.clock
        self.failures = 0
        self.failed = 0

    def begin(self) -> AbstractAsyncContextManager[Tx]:
        if self.failures:
            self.failures -= 1
            self.failed += 1
            raise OSError("the disk is full")
        return self._store.begin()

    def read(self) -> AbstractAsyncContextManager[Tx]:
        return self._store.read()

    def wake(self, topic: str) -> None:
        self._store.wake(topic)

    async def woken(self, topic: str, timeout_s: float) -> bool:
        return await self._store.woken(topic, timeout_s)


class Impatient(Fragile):
    """A store whose clock makes all pauses short."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.clock = _Brief()


class _Brief(SystemClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.005)


@asynccontextmanager
async def opened_store(folder: Path) -> AsyncIterator[Store]:
    """A store on a file of its own."""
    async with open_store(f"sqlite:///{folder / 'test.db'}", QuickClock()) as store:
        yield store


@asynccontextmanager
async def opened_front(
    telegram: TelegramStandIn, store: Store, owner: str = "one", **options: Any
) -> AsyncIterator[TelegramFront]:
    """Logged in."""
    given = TelegramOptions(token=telegram.token, api_url=telegram.url, **options)
    async with open_telegram(given, store=store, clock=store.clock, owner=owner, texts=Texts()) as front:
        yield front


@asynccontextmanager
async def running(front: TelegramFront, notes: Notes, pace: FreePace | None = None) -> AsyncIterator[None]:
    """Listening; stopped in good order at the end."""
    task = asyncio.create_task(front.run(notes, pace or FreePace()))
    try:
        yield
    finally:
        front.stop()
        await task


async def killed(front: TelegramFront, notes: Notes) -> asyncio.Task[None]:
    """Start listening; the caller cancels it without a word."""
    return asyncio.create_task(front.run(notes, FreePace()))


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def open_events(store: Store, owner: str = "looker") -> list[str]:
    """The ids of events that are not done, leases aside; hands them back at once."""
    far = store.clock.now_ms() + 10**9
    async with store.begin() as tx:
        events = await tx.inbox.claim("telegram", owner, far, far, 100)
        await tx.inbox.release(owner)
    return [event.id for event in events]
