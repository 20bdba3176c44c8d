"""The vendor's own voices, as its free call tells them: asked at most once a day, never for the voices of its customers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from core.errors import BotError
from core.ports import Clock

log = logging.getLogger(__name__)

KEPT_MS = 24 * 3_600_000
AGAIN_MS = 600_000
"""After this a gateway that told none is asked again."""

Ask = Callable[[], Awaitable[Sequence[tuple[str, str]]]]
"""(id, name) of each. Raises BotError."""


class SystemVoices:
    """`ask` None: there is nobody to be asked."""

    def __init__(self, ask: Ask | None, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._found: Mapping[str, str] = {}
        self._due_ms = 0
        self._lock = asyncio.Lock()

    @property
    def known(self) -> Mapping[str, str]:
        """Id -> name, as far as they have been told."""
        return self._found

    async def told(self) -> Mapping[str, str]:
        """Id -> name. What cannot be asked for is as it was told last."""
        if self._ask is None or self._clock.now_ms() < self._due_ms:
            return self._found
        async with self._lock:
            if self._clock.now_ms() >= self._due_ms:
                await self._learn(self._ask)
        return self._found

    async def _learn(self, ask: Ask) -> None:
        try:
            found = dict(await ask())
        except BotError as error:
            log.info("the gateway tells no voices: %s", error)
            self._due_ms = self._clock.now_ms() + AGAIN_MS
            return
        self._found = found
        self._due_ms = self._clock.now_ms() + KEPT_MS
