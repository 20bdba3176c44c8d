"""Finds where a gateway serves MiniMax's wires: a free call tells, and the answer holds as long as the process lives (gateway
contract, audio 3.1, 3.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from core.errors import BadKey, GatewayError, NotOffered, NotTaken, RateLimited, UpstreamDown
from core.gateway.audio.minimax import CANDIDATES, PREFIX, probe
from core.gateway.calls import RawReply, as_bytes, aside, json_of
from core.gateway.minimax_codes import number_in
from core.gateway.wire import WireRequest
from core.ports import Clock
from core.values import Json

AGAIN_MS = 600_000
"""A gateway that serves none of them is asked again after this."""

Exchange = Callable[[WireRequest], Awaitable[RawReply]]


class Prefixes:
    """`known`: what the operator says, "" = to be found out."""

    def __init__(self, exchange: Exchange, clock: Clock, known: str = "") -> None:
        self._exchange = exchange
        self._clock = clock
        self._known = known
        self._none_until_ms = 0
        self._lock = asyncio.Lock()

    async def placed(self, wire: WireRequest) -> WireRequest:
        """With the prefix in its path, where it has a place for one. Nothing has been ordered yet. Raises NotOffered, and
        what the line raises."""
        if not wire.path.startswith(PREFIX):
            return wire
        return replace(wire, path=await self.prefix() + wire.path.removeprefix(PREFIX))

    async def prefix(self) -> str:
        async with self._lock:
            if self._known:
                return self._known
            if self._clock.now_ms() < self._none_until_ms:
                raise NotOffered("no MiniMax here a moment ago")
            for candidate in CANDIDATES:
                if await self._is_there(candidate):
                    self._known = candidate
                    return candidate
            self._none_until_ms = self._clock.now_ms() + AGAIN_MS
            raise NotOffered("the gateway serves MiniMax under none of the known prefixes")

    async def _is_there(self, prefix: str) -> bool:
        """A page in place of JSON, and a refused path, say no; trouble of the line says nothing, and is raised. An error of
        MiniMax itself says yes, also in a relay's words."""
        wire = probe()
        wire = as_bytes(replace(wire, path=prefix + wire.path.removeprefix(PREFIX)))
        try:
            raw = await self._exchange(wire)
        except (NotTaken, RateLimited, BadKey, UpstreamDown):
            raise
        except GatewayError as error:
            return number_in(str(error)) != 0
        return is_its_own(await aside(len(raw.body), json_of, raw.body))


def is_its_own(body: Json) -> bool:
    """Whether it is MiniMax's reply, be it an error of its own."""
    return isinstance(body, dict) and isinstance(body.get("base_resp"), dict)
