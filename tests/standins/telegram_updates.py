"""The updates of the Telegram stand-in: a queue that a long poll or a webhook drains, at least once each."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import aiohttp

from tests.standins.telegram_wire import ApiError, Form, Json

_NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Updates:
    """Updates wait here until a higher offset, or a webhook's 2xx, confirms them."""

    def __init__(self) -> None:
        self.waiting: deque[Json] = deque()
        self.history: list[Json] = []  # all that ever happened, for a test to repeat
        self.allowed: list[str] | None = None
        self.webhook = ""
        self.webhook_secret = ""
        self.webhook_failures: list[str] = []
        self._last_id = 1000
        self._repeats: list[Json] = []
        self._more = asyncio.Event()
        self._poll_number = 0
        self._why_ended = ""
        self._pusher: asyncio.Task[None] | None = None

    def add(self, kind: str, content: Json) -> int:
        """Something happened; its update id."""
        self._last_id += 1
        update = {"update_id": self._last_id, kind: content}
        self.history.append(update)
        self.waiting.append(update)
        self._more.set()
        return self._last_id

    def repeat(self, update_id: int) -> None:
        """Deliver an update once more, under its old id, whatever offset the poller is at."""
        self._repeats.append(next(update for update in self.history if update["update_id"] == update_id))
        self._more.set()

    async def poll(self, form: Form) -> list[Json]:
        """getUpdates: waits up to `timeout` seconds (50 at most). A second poller ends the first with a 409."""
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first",
            )
        if "allowed_updates" in form.fields:
            self.allowed = form.items("allowed_updates") or None
        self._confirm(form.integer("offset") or 0)
        self._end_poll(
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        )
        seconds = min(form.integer("timeout") or 0, 50)
        return await self._wait(self._poll_number, seconds, form.integer("limit") or 100)

    def _end_poll(self, why: str) -> None:
        self._poll_number += 1
        self._why_ended = why
        self._more.set()

    async def _wait(self, number: int, seconds: int, limit: int) -> list[Json]:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not (batch := self._next(limit)) and loop.time() < until:
            self._more = asyncio.Event() if self._more.is_set() else self._more
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._more.wait()
            if number != self._poll_number:
                raise ApiError(409, self._why_ended)
        return batch

    def _next(self, limit: int) -> list[Json]:
        if self._repeats:
            repeats, self._repeats = self._repeats, []
            return repeats
        self.waiting = deque(update for update in self.waiting if self._wanted(update))
        return [self.waiting[at] for at in range(min(limit, 100, len(self.waiting)))]

    def _wanted(self, update: Json) -> bool:
        kind = next(key for key in update if key != "update_id")
        return kind not in _NOT_BY_DEFAULT if self.allowed is None else kind in self.allowed

    def _confirm(self, offset: int) -> None:
        """Forget what a poller has seen."""
        while self.waiting and self.waiting[0]["update_id"] < offset:
            self.waiting.popleft()

    def set_webhook(self, form: Form) -> bool:
        """setWebhook: start pushing; an empty URL stops it."""
        self.webhook, self.webhook_secret = form.text("url"), form.text("secret_token")
        if "allowed_updates" in form.fields:
            self.allowed = form.items("allowed_updates") or None
        if form.flag("drop_pending_updates"):
            self.waiting.clear()
        if self.webhook:
            self._end_poll("Conflict: terminated by setWebhook request")
        if self.webhook and (self._pusher is None or self._pusher.done()):
            self._pusher = asyncio.create_task(self._push())
        self._more.set()
        return True

    def delete_webhook(self, form: Form) -> bool:
        """deleteWebhook."""
        self.webhook = ""
        if form.flag("drop_pending_updates"):
            self.waiting.clear()
        self._more.set()
        return True

    def webhook_info(self, form: Form) -> Json:
        """getWebhookInfo."""
        return {
            "url": self.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(self.waiting),
        }

    async def _push(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            while self.webhook:
                batch = self._next(1)
                if not batch:
                    self._more = asyncio.Event() if self._more.is_set() else self._more
                    await self._more.wait()
                elif not await self._pushed(session, batch[0]):
                    await asyncio.sleep(0.05)
                elif self.waiting and self.waiting[0] is batch[0]:
                    self.waiting.popleft()

    async def _pushed(self, session: aiohttp.ClientSession, update: Json) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook_secret} if self.webhook_secret else {}
        try:
            async with session.post(self.webhook, json=update, headers=headers) as reply:
                if reply.ok:
                    return True
                self.webhook_failures.append(f"HTTP {reply.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self.webhook_failures.append(type(error).__name__)
        return False

    async def close(self) -> None:
        """End the poll and the push in flight."""
        self.webhook = ""
        self._end_poll("Conflict: the server stops")
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
