"""What is heard on Discord: each event is read, written down, and handed to the commands. One task for each request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Protocol
from weakref import WeakValueDictionary

import discord

from bots.commands.request import Invocation, Press
from bots.discord import reading
from bots.discord.api import Api
from bots.discord.book import Book
from bots.discord.exchange import HookExchange, MessageExchange
from bots.discord.hooks import Hooks
from bots.discord.journal import Entry, from_event, to_event
from bots.discord.outlet import DiscordOutlet
from bots.discord.places import PLATFORM, first_channel, place_of
from bots.outlet import Exchange, OutletError, Rendered
from bots.texts import Texts
from core.limits import Limits
from core.ports import Clock, Store
from core.values import Incoming, Place, Sender

log = logging.getLogger(__name__)

DEFER_S = 1.5  # of the 3 s that Discord gives for the first answer
REPLAY_S = 30.0
REPLAY_ROWS = 20
ATTEMPTS_MAX = 3
_CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"
_CHOICES = 8


class Handler(Protocol):
    """The commands, as a front end sees them (bots.commands.dispatch.Dispatcher)."""

    async def message(self, incoming: Incoming, exchange: Exchange) -> None: ...

    async def edited(self, incoming: Incoming, exchange: Exchange) -> None: ...

    async def command(self, invocation: Invocation, exchange: Exchange) -> None: ...

    async def press(self, press: Press, exchange: Exchange) -> None: ...

    async def joined(self, place: Place, sender: Sender) -> None: ...


class Ears:
    """`owner`: of this front end's inbox leases. After `close()` events are still written down, for the next process."""

    def __init__(
        self,
        client: discord.Client,
        outlet: DiscordOutlet,
        api: Api,
        hooks: Hooks,
        store: Store,
        clock: Clock,
        owner: str,
        limits: Limits,
        texts: Texts,
        handler: Handler,
        book: Book,
    ) -> None:
        self._client = client
        self._outlet = outlet
        self._api = api
        self._hooks = hooks
        self._store = store
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._texts = texts
        self._handler = handler
        self._book = book
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def attach(self) -> None:
        """Become the client's event handlers."""
        for handler in (self.on_message, self.on_raw_message_edit, self.on_interaction, self.on_guild_join):
            self._client.event(handler)

    async def close(self, seconds: float) -> None:
        """No new work; what runs may finish. What does not is left to its lease."""
        self._closing = True
        running = list(self._tasks)
        if running:
            _, late = await asyncio.wait(running, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        async with self._store.begin() as tx:
            await tx.inbox.release(self._owner)

    # -- events --------------------------------------------------------------------------------------------------

    async def on_message(self, message: discord.Message) -> None:
        self._hear(message, f"message-{message.id}", edited=False)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Only edits by people: a link preview has no time, or that of an edit which the inbox knows already."""
        message = event.message
        if message.edited_at is None:
            return
        edited_ms = int(message.edited_at.timestamp() * 1000)
        if self._clock.now_ms() - edited_ms < self._limits.stale_event_ms:
            self._hear(message, f"edit-{message.id}-{edited_ms}", edited=True)

    def _hear(self, message: discord.Message, event_id: str, *, edited: bool) -> None:
        bot = self._client.user
        if bot is None or not reading.is_from_a_person(message) or not reading.calls(message, bot.id):
            return
        now_ms = self._clock.now_ms()
        incoming = reading.incoming_of(message, bot.id, event_id, now_ms, edited=edited)
        self._spawn(self._receive(Entry(event_id, incoming, None, now_ms)))

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        now_ms = self._clock.now_ms()
        event_id = f"interaction-{interaction.id}"
        hook = reading.hook_of(interaction, now_ms)
        if interaction.type is discord.InteractionType.autocomplete:
            self._spawn(self._complete(interaction))
        elif interaction.type is discord.InteractionType.application_command:
            invocation = reading.invocation_of(interaction, event_id, now_ms)
            self._spawn(self._receive(Entry(event_id, invocation, hook, now_ms)))
        elif interaction.type is discord.InteractionType.component:
            self._spawn(self._receive(Entry(event_id, reading.press_of(interaction, event_id), hook, now_ms)))
        elif interaction.type is discord.InteractionType.modal_submit:
            self._spawn(self._receive(Entry(event_id, reading.submitted_of(interaction, event_id), hook, now_ms)))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Discord does not say who added the bot."""
        channel = first_channel(guild)
        if channel is not None and not self._closing:
            nobody = Sender(PLATFORM, "", anonymous=True)
            self._spawn(self._guarded(self._handler.joined(place_of(guild.id, channel.id), nobody)))

    async def _complete(self, interaction: discord.Interaction) -> None:
        choices = self._book.choices(*reading.typed_of(interaction))
        body = {"type": _CHOICES, "data": {"choices": choices}}
        with suppress(OutletError):  # the person has typed on, or it took too long: nothing is lost
            await self._api.call(
                "POST", _CALLBACK, body, webhook_id=str(interaction.id), webhook_token=interaction.token
            )

    # -- work ----------------------------------------------------------------------------------------------------

    async def _receive(self, entry: Entry) -> None:
        """Write down, then do. The same event twice (a resumed line) is done once."""
        ours = not self._closing
        exchange = self._exchange(entry)
        watch: asyncio.Task[None] | None = None
        if isinstance(exchange, HookExchange):
            watch = self._spawn(self._defer(exchange, DEFER_S if ours else 0))
        try:
            until_ms = self._clock.now_ms() + (self._limits.inbox_lease_ms if ours else 0)
            async with self._store.begin() as tx:
                new = await tx.inbox.add([to_event(entry)], self._owner, until_ms)
            if new and ours:
                await self._in_order(entry, exchange)
        finally:
            if watch is not None and ours:
                watch.cancel()

    async def _defer(self, exchange: HookExchange, after_s: float) -> None:
        await self._clock.sleep(after_s)
        with suppress(OutletError):
            await exchange.hold()

    async def _in_order(self, entry: Entry, exchange: Exchange) -> None:
        """Messages of one person in one place one after another, interactions at once."""
        if not isinstance(entry.request, Incoming):
            await self._work(entry, exchange)
            return
        key = f"{entry.place.key}:{entry.request.sender.id}"
        lock = self._turns.get(key)
        if lock is None:
            lock = self._turns[key] = asyncio.Lock()
        async with lock:
            await self._work(entry, exchange)

    async def _work(self, entry: Entry, exchange: Exchange) -> None:
        """The commands close the inbox row."""
        await self._guarded(self._dispatch(entry, exchange))
        if isinstance(exchange, HookExchange):
            await self._guarded(exchange.close())

    async def _dispatch(self, entry: Entry, exchange: Exchange) -> None:
        request = entry.request
        if isinstance(request, Invocation):
            await self._handler.command(request, exchange)
        elif isinstance(request, Press):
            await self._handler.press(request, exchange)
        elif request.edited:
            await self._handler.edited(request, exchange)
        else:
            await self._handler.message(request, exchange)

    @staticmethod
    async def _guarded(work: Coroutine[None, None, None]) -> None:
        """The commands have their own boundary; what passes it is logged here."""
        try:
            await work
        except OutletError as error:
            log.warning("an answer was not sent", extra={"why": repr(error)})
        except Exception:
            log.exception("a request failed")

    def _exchange(self, entry: Entry, *, replayed: bool = False) -> HookExchange | MessageExchange:
        request = entry.request
        if entry.hook is None:
            return MessageExchange(self._outlet, entry.place, request.sender, request.message_id, self._pointer(entry))
        return HookExchange(
            self._outlet,
            self._api,
            self._hooks,
            entry.hook,
            entry.place,
            request.sender,
            private=isinstance(request, Invocation) and self._book.private(request.command),
            pressed=request.message_id if isinstance(request, Press) else "",
            replayed=replayed,
        )

    def _pointer(self, entry: Entry) -> Rendered:
        guild = self._client.get_guild(int(entry.place.chat))
        language = guild.preferred_locale.value if guild else entry.request.sender.language
        return Rendered(self._texts(self._texts.pick(language), "discord-dm-closed"))

    # -- the journal ---------------------------------------------------------------------------------------------

    async def replay(self) -> None:
        """Forever: keep the leases of what runs, and do what a dead process left."""
        while True:
            await self.replay_once()
            await self._clock.sleep(REPLAY_S)

    async def replay_once(self) -> None:
        now_ms = self._clock.now_ms()
        until_ms = now_ms + self._limits.inbox_lease_ms
        async with self._store.begin() as tx:
            await tx.inbox.renew(self._owner, until_ms)
            events = await tx.inbox.claim(PLATFORM, self._owner, now_ms, until_ms, REPLAY_ROWS)
        for event in events:
            try:
                entry = from_event(event)
            except ValueError:
                log.exception("an inbox row is unreadable", extra={"event": event.id})
                entry = None
            if entry is None or event.attempts > ATTEMPTS_MAX:
                async with self._store.begin() as tx:
                    await tx.inbox.done(PLATFORM, event.id)
                continue
            self._spawn(self._in_order(entry, self._exchange(entry, replayed=True)))

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
