"""Trouble with the gateway's key is the owners' to mend: each kind becomes a durable note to them, once a day."""

from __future__ import annotations

import asyncio

from core.errors import BadKey, GatewayError, NoFunds
from core.people import Directory
from core.ports import Clock

DAY_MS = 86_400_000

NOTES: dict[type[GatewayError], str] = {BadKey: "notice-gateway-key", NoFunds: "notice-gateway-funds"}


class Troubles:
    """`note` may be called from anywhere on the loop; it never waits. `run` tells."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, int] = {}
        self._waiting: asyncio.Queue[str] = asyncio.Queue(maxsize=len(NOTES))

    def note(self, error: GatewayError) -> None:
        key = NOTES.get(type(error))
        day = self._clock.now_ms() // DAY_MS
        if key and self._told.get(key) != day:
            self._told[key] = day
            self._waiting.put_nowait(key)

    async def run(self, directory: Directory) -> None:
        while True:
            key = await self._waiting.get()
            day = self._clock.now_ms() // DAY_MS
            await directory.tell_owners(key, {}, f"{key}:{day}")
