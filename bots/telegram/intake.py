"""How updates come in: long polling or a webhook, both through the inbox, so that none is lost and none is done twice.

An update is written down before Telegram is told that it arrived; the work is done from that row, under a lease that is
renewed as long as this process lives. What a dead process left is claimed here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.exceptions import TelegramConflictError, TelegramUnauthorizedError
from aiogram.methods import DeleteWebhook, SetWebhook, TelegramMethod
from aiohttp import web

from bots.outlet import Flooded, OutletError
from bots.telegram.failures import translated
from bots.telegram.reading import UPDATES, Me, is_for_us
from bots.telegram.surface import PLATFORM
from core.limits import Limits
from core.ports import Clock, Store
from core.values import InboxEvent, Json

T = TypeVar("T")

log = logging.getLogger(__name__)

POLL_S = 30
POLL_MARGIN_S = 15
REST_LEAST_S, REST_MOST_S = 1.0, 30.0
CONFLICTS_MOST = 12
"""So many refusals in a row because somebody else reads: a process that is being replaced has long gone by then."""
CLAIM_S = 15.0
CLAIM_ROWS = 50
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 # the header's name


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates as JSON: the inbox keeps what Telegram sent, and one update that aiogram cannot read spoils no batch."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int = POLL_S
    allowed_updates: list[str] = UPDATES


class Intake:
    """`handle` gets each event that is ours to do; it starts the work and returns at once. While `room` is not set, no more
    is fetched."""

    def __init__(
        self,
        bot: Bot,
        me: Me,
        store: Store,
        clock: Clock,
        owner: str,
        limits: Limits,
        handle: Callable[[InboxEvent], None],
        room: asyncio.Event,
    ) -> None:
        self._bot = bot
        self._me = me
        self._store = store
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._handle = handle
        self._room = room

    # --- from Telegram --------------------

    async def poll(self) -> None:
        """For ever. Raises TelegramUnauthorizedError when the token is withdrawn, TelegramConflictError when another process
        keeps reading this bot's updates."""
        await self._until_done(lambda: self._bot(DeleteWebhook(drop_pending_updates=False)))
        offset: int | None = None
        while True:
            await self._room.wait()
            batch = await self._until_done(lambda: self._batch(offset))  # noqa: B023 # called before the next round
            if batch:
                offset = batch[-1]["update_id"] + 1

    async def _batch(self, offset: int | None) -> list[Json]:
        """The next updates, written down: only then may the offset move on."""
        batch = await self._bot(GetRawUpdates(offset=offset), request_timeout=POLL_S + POLL_MARGIN_S)
        await self._journal(batch)
        return batch

    async def set_webhook(self, url: str, secret: str) -> None:
        """Tell Telegram where to call; repeated until it is done."""
        method = SetWebhook(url=url, secret_token=secret, allowed_updates=UPDATES)
        await self._until_done(lambda: self._bot(method))

    async def receive(self, request: web.Request, secret: str) -> web.Response:
        """A call of Telegram's. Answered with 200 only when the update is written down; anything else comes again."""
        if not secrets.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), secret.encode()):
            raise web.HTTPUnauthorized
        try:
            update = json.loads(await request.read())
            int(update["update_id"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise web.HTTPBadRequest from None
        await self._journal([update])
        return web.Response()

    async def _until_done(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeat a call that may be repeated, with growing pauses."""
        failures = conflicts = 0
        while True:
            least_s = 0.0
            try:
                with translated(but=(TelegramUnauthorizedError, TelegramConflictError)):
                    return await call()
            except TelegramUnauthorizedError:
                raise
            except TelegramConflictError:
                conflicts += 1
                if conflicts >= CONFLICTS_MOST:
                    raise
                log.warning("another process reads this bot's updates")
            except OutletError as error:
                least_s = error.retry_after_s if isinstance(error, Flooded) else 0.0
                log.warning("no updates: %s: %s", type(error).__name__, error)
            except Exception:  # the store: Telegram keeps the batch until it can be written down
                log.exception("updates cannot be written down")
            failures += 1
            pause = min(REST_MOST_S, REST_LEAST_S * 2 ** min(failures - 1, 6)) * random.uniform(0.75, 1.0)
            await self._clock.sleep(max(pause, least_s))

    # --- the inbox --------------------

    async def _journal(self, batch: Sequence[Json]) -> None:
        """Write down what is for us, and hand on what is new."""
        now_ms = self._clock.now_ms()
        events = {str(update["update_id"]): _event(update, now_ms) for update in batch if is_for_us(update, self._me)}
        if not events:
            return
        async with self._store.begin() as tx:
            fresh = await tx.inbox.add(list(events.values()), self._owner, now_ms + self._limits.inbox_lease_ms)
        for event_id in fresh:
            self._handle(events[event_id])

    async def renew(self) -> None:
        """Keep the leases of what is being done, for ever."""
        while True:
            await self._clock.sleep(self._limits.inbox_lease_ms / 1000 / 4)
            async with self._store.begin() as tx:
                await tx.inbox.renew(self._owner, self._clock.now_ms() + self._limits.inbox_lease_ms)

    async def claim(self) -> None:
        """Take over what a dead process had begun, for ever."""
        while True:
            await self._room.wait()
            now_ms = self._clock.now_ms()
            until_ms = now_ms + self._limits.inbox_lease_ms
            async with self._store.begin() as tx:
                events = await tx.inbox.claim(PLATFORM, self._owner, now_ms, until_ms, CLAIM_ROWS)
            for event in events:
                self._handle(event)
            await self._clock.sleep(CLAIM_S)


def _event(update: Json, now_ms: int) -> InboxEvent:
    """The row of an update. `chat` is for people who look into the table."""
    about: Json = next((update[kind] for kind in UPDATES if kind in update), {})
    chat = about.get("chat") or about.get("message", {}).get("chat") or {}
    text = json.dumps(update, ensure_ascii=False, separators=(",", ":"))
    return InboxEvent(PLATFORM, str(update["update_id"]), str(chat.get("id", "")), text, now_ms)
