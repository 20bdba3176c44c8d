"""From an inbox row to the commands: each event is read and handed on, in a task of its own."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Protocol

from aiogram import Bot
from aiogram.types import CallbackQuery, Message, Update

from bots.commands.dispatch import Press
from bots.outlet import Exchange, Rendered
from bots.telegram import reading
from bots.telegram.exchange import MessageExchange, Pace, PressExchange
from bots.telegram.outlet import TelegramOutlet
from bots.telegram.reading import Me
from bots.telegram.surface import PLATFORM
from bots.texts import Texts
from core.ports import Store
from core.values import InboxEvent, Incoming, Place, Sender

log = logging.getLogger(__name__)

BUSY_MOST = 500
"""So many events at once; more wait at Telegram."""
ATTEMPTS_MOST = 3
"""An event that ended so many processes is given up."""


class Handler(Protocol):
    """The commands, as this front end sees them (bots.commands.dispatch.Dispatcher). Messages, edits and presses are marked
    done in the inbox by it."""

    async def message(self, incoming: Incoming, exchange: Exchange) -> None: ...

    async def edited(self, incoming: Incoming, exchange: Exchange) -> None: ...

    async def press(self, press: Press, exchange: Exchange) -> None: ...

    async def stopped(self, place: Place, draft_id: int) -> None: ...

    async def joined(self, place: Place, sender: Sender) -> None: ...


class Desk:
    """`room` is set while there is room for more work."""

    def __init__(
        self,
        bot: Bot,
        me: Me,
        outlet: TelegramOutlet,
        pace: Pace,
        store: Store,
        owner: str,
        texts: Texts,
        handler: Handler,
    ) -> None:
        self._bot = bot
        self._me = me
        self._outlet = outlet
        self._pace = pace
        self._store = store
        self._owner = owner
        self._texts = texts
        self._handler = handler
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.room = asyncio.Event()
        self.room.set()

    def take(self, event: InboxEvent) -> None:
        """Start on an event, unless it is being done already."""
        if event.id in self._tasks:
            return
        task = asyncio.create_task(self._work(event), name=f"telegram {event.id}")
        self._tasks[event.id] = task
        task.add_done_callback(lambda _: self._left(event.id))
        if len(self._tasks) >= BUSY_MOST:
            self.room.clear()

    def _left(self, event_id: str) -> None:
        del self._tasks[event_id]
        if len(self._tasks) < BUSY_MOST:
            self.room.set()

    async def close(self, seconds: float) -> None:
        """What runs may finish; what does not is handed back with the leases."""
        running = list(self._tasks.values())
        if running:
            _, late = await asyncio.wait(running, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        async with self._store.begin() as tx:
            await tx.inbox.release(self._owner)

    # --- one event --------------------

    async def _work(self, event: InboxEvent) -> None:
        """The boundary of this front end: nothing that one update does ends the others."""
        try:
            if event.attempts > ATTEMPTS_MOST:
                log.error("update %s is given up: it was begun %s times", event.id, event.attempts)
                await self._done(event.id)
                return
            update = Update.model_validate(json.loads(event.payload), context={"bot": self._bot})
            if not await self._handed_on(update, event.id):
                await self._done(event.id)
        except Exception:
            log.exception("update %s", event.id)
            await self._done(event.id)

    async def _done(self, event_id: str) -> None:
        try:
            async with self._store.begin() as tx:
                await tx.inbox.done(PLATFORM, event_id)
        except Exception:
            log.exception("update %s stays open", event_id)

    async def _handed_on(self, update: Update, event_id: str) -> bool:
        """Whether the handler has taken the event, and with it the duty to mark it done."""
        if update.message is not None:
            return await self._message(update.message, event_id)
        if update.edited_message is not None:
            incoming = reading.incoming_of(update.edited_message, self._me, event_id, edited=True)
            if incoming is None:
                return False
            await self._handler.edited(incoming, self._exchange(incoming))
            return True
        if update.callback_query is not None:
            return await self._press(update.callback_query, event_id)
        if update.stopped_message_generation is not None:
            await self._handler.stopped(*reading.stopped_of(update.stopped_message_generation))
        elif update.my_chat_member is not None:
            joined = reading.joined_of(update.my_chat_member)
            if joined is not None:
                await self._handler.joined(*joined)
        return False

    async def _message(self, message: Message, event_id: str) -> bool:
        migrated = reading.migrated_of(message)
        if migrated is not None:
            async with self._store.begin() as tx:
                await tx.people.migrate_group(PLATFORM, *migrated)
            return False
        incoming = reading.incoming_of(message, self._me, event_id)
        if incoming is None:
            return False
        await self._handler.message(incoming, self._exchange(incoming))
        return True

    async def _press(self, query: CallbackQuery, event_id: str) -> bool:
        press = reading.press_of(query, event_id)
        if press is None:
            return False
        exchange = PressExchange(
            self._outlet,
            self._pace,
            press.place,
            press.sender,
            press.message_id,
            self._pointer(press.sender),
            self._bot,
            query.id,
        )
        try:
            await self._handler.press(press, exchange)
        finally:
            await exchange.open()  # no button spins for ever
        return True

    def _exchange(self, incoming: Incoming) -> MessageExchange:
        return MessageExchange(
            self._outlet,
            self._pace,
            incoming.place,
            incoming.sender,
            incoming.message_id,
            self._pointer(incoming.sender),
        )

    def _pointer(self, sender: Sender) -> Rendered:
        locale = self._texts.pick(sender.language)
        return Rendered(self._texts(locale, "telegram-open-private", name=self._me.username))
