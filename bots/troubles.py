"""What the owners alone can mend (the gateway's key, addresses that nobody reaches): each kind becomes a durable note to
them, once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from core.errors import BadKey, BotError, NoFunds, NoLink, NotPublic
from core.people import Directory
from core.ports import Clock
from core.values import Json

DAY_MS = 86_400_000

NOTES: dict[type[BotError], str] = {
    BadKey: "notice-gateway-key",
    NoFunds: "notice-gateway-funds",
    NoLink: "notice-no-link",
    NotPublic: "notice-not-public",
}


class Troubles:
    """`note` may be called from anywhere on the loop; it never waits. `run` tells."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, int] = {}
        self._waiting: asyncio.Queue[tuple[str, Mapping[str, Json]]] = asyncio.Queue(maxsize=len(NOTES))

    def note(self, error: BotError) -> None:
        key = NOTES.get(type(error))
        day = self._clock.now_ms() // DAY_MS
        if key and self._told.get(key) != day and not self._waiting.full():
            self._told[key] = day
            self._waiting.put_nowait((key, dict(error.params)))

    async def run(self, directory: Directory) -> None:
        while True:
            key, params = await self._waiting.get()
            day = self._clock.now_ms() // DAY_MS
            await directory.tell_owners(key, params, f"{key}:{day}")
