"""What the tests of the Discord front end stand on: a clock moved by hand, an inbox in memory, and commands as a test scripts
them. Discord itself is the stand-in, over sockets."""

import asyncio
import heapq
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from bots.commands.request import Invocation, Press
from bots.discord.book import Book
from bots.discord.front import DiscordFront, DiscordOptions, open_discord
from bots.outlet import Exchange
from bots.texts import Texts
from core.ports import Store
from core.values import InboxEvent, Incoming, Place, Sender
from tests.standins.discord import DiscordStandin
from tests.standins.discord_world import Channel

Act = Callable[[Exchange], Awaitable[object]]
TEXTS = Texts()


def at(channel: Channel) -> Place:
    if channel.guild is None:
        return Place("discord", str(channel.id), private=True)
    return Place("discord", str(channel.guild.id), str(channel.id))


class HandClock:
    """Time passes only by `advance`, which wakes those whose sleep is over."""

    def __init__(self) -> None:
        self._now_s = time.time()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now_ms(self) -> int:
        return int(self._now_s * 1000)

    def monotonic(self) -> float:
        return self._now_s

    def advance(self, seconds: float) -> None:
        self._now_s += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now_s:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now_s + seconds, self._count, sleeper))
        await sleeper


@dataclass
class Row:
    event: InboxEvent
    owner: str
    until_ms: int
    done: bool = False


class MemoryInbox:
    """The inbox alone, with leases, shared by the processes of a test."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.gate: asyncio.Event | None = None
        self._news = asyncio.Event()

    async def until(self, look: Callable[[], bool]) -> None:
        """Waits until `look` holds; it is looked at again after every commit."""
        async with asyncio.timeout(10):
            while not look():
                self._news.clear()
                await self._news.wait()

    def undone(self) -> list[str]:
        return [row.event.id for row in self.rows.values() if not row.done]

    @property
    def inbox(self) -> "MemoryInbox":
        return self

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["MemoryInbox"]:
        if self.gate is not None:
            await self.gate.wait()
        yield self
        self._news.set()

    async def add(self, events: Sequence[InboxEvent], owner: str, lease_until_ms: int) -> list[str]:
        new = [event for event in events if event.id not in self.rows]
        self.rows |= {event.id: Row(event, owner, lease_until_ms) for event in new}
        return [event.id for event in new]

    async def claim(self, platform: str, owner: str, now_ms: int, lease_until_ms: int, limit: int) -> list[InboxEvent]:
        due = [row for row in self.rows.values() if not row.done and row.until_ms <= now_ms][:limit]
        for row in due:
            row.owner, row.until_ms = owner, lease_until_ms
            row.event = replace(row.event, attempts=row.event.attempts + 1)
        return [row.event for row in due]

    async def done(self, platform: str, event_id: str) -> None:
        if event_id in self.rows:
            self.rows[event_id].done = True
        self._news.set()

    async def renew(self, owner: str, lease_until_ms: int) -> None:
        for row in self.rows.values():
            if row.owner == owner:
                row.until_ms = lease_until_ms

    async def release(self, owner: str) -> None:
        for row in self.rows.values():
            if row.owner == owner:
                row.until_ms = 0


@dataclass
class ScriptedCommands:
    """Keeps what it is handed, closes the inbox row like the real ones, and answers as `act` says."""

    inbox: MemoryInbox
    act: Act | None = None
    incoming: list[Incoming] = field(default_factory=list)
    edits: list[Incoming] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    joins: list[tuple[Place, Sender]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def _do(self, exchange: Exchange, event_id: str) -> None:
        self.news.set()
        if self.act is not None:
            await self.act(exchange)
        await self.inbox.done("discord", event_id)

    async def message(self, incoming: Incoming, exchange: Exchange) -> None:
        self.incoming.append(incoming)
        await self._do(exchange, incoming.event_id)

    async def edited(self, incoming: Incoming, exchange: Exchange) -> None:
        self.edits.append(incoming)
        await self._do(exchange, incoming.event_id)

    async def command(self, invocation: Invocation, exchange: Exchange) -> None:
        self.invocations.append(invocation)
        await self._do(exchange, invocation.event_id)

    async def press(self, press: Press, exchange: Exchange) -> None:
        self.presses.append(press)
        await self._do(exchange, press.event_id)

    async def joined(self, place: Place, sender: Sender) -> None:
        self.joins.append((place, sender))
        self.news.set()

    async def until(self, look: Callable[[], bool]) -> None:
        """Waits until `look` holds; it is looked at again whenever something is handed in."""
        async with asyncio.timeout(10):
            while not look():
                self.news.clear()
                await self.news.wait()


@dataclass
class Rig:
    standin: DiscordStandin
    front: DiscordFront
    clock: HandClock
    inbox: MemoryInbox
    commands: ScriptedCommands
    running: asyncio.Task[None]
    held: list[asyncio.Event] = field(default_factory=list)  # handlers that wait for the test


@asynccontextmanager
async def front_end(
    standin: DiscordStandin,
    book: Book,
    *,
    inbox: MemoryInbox | None = None,
    owner: str = "p1",
    act: Act | None = None,
    shards: tuple[int, tuple[int, ...]] = (0, ()),
    store: Store | None = None,
) -> AsyncIterator[Rig]:
    """A process with the Discord front end, logged in, connected, its commands synced."""
    inbox, clock = inbox or MemoryInbox(), HandClock()
    options = DiscordOptions(
        standin.token, standin.api_url, standin.gateway_url, shard_count=shards[0], shard_ids=shards[1]
    )
    used = store or cast(Store, inbox)  # the front end uses no other port
    async with open_discord(options, store=used, clock=clock, owner=owner, texts=TEXTS) as front:
        commands = ScriptedCommands(inbox, act)
        running = asyncio.create_task(front.run(commands, book))
        rig = Rig(standin, front, clock, inbox, commands, running)
        before = len(standin.gateway.connected)
        await standin.phone.until(lambda: len(standin.gateway.connected) > before and 0 in standin.world.commands)
        try:
            yield rig
        finally:
            for event in rig.held:
                event.set()
            front.stop()
            await running
