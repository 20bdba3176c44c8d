"""Small work that a cheap chat model does behind the scenes, at the house's expense: summaries, better words for pictures."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.catalog import Catalog, ModelSpec
from core.gateway.client import Gateway
from core.ledger import Purse
from core.prices import chat_cost, estimate_tokens
from core.said import Said
from core.structured import structured
from core.values import ChatRequest, Json, Micros, Need, Schema, Usage


def cheap(catalog: Catalog, chosen: str) -> ModelSpec:
    """The operator's choice, else the chat model that reads for the least."""
    if chosen and (spec := catalog.find(chosen)):
        return spec
    offered = catalog.visible("chat") or [catalog.default("chat")]
    return min(offered, key=lambda row: row.price.input_per_million + row.price.output_per_million // 10)


async def spent_up(purse: Purse) -> bool:
    """Whether the day's ceiling is reached: then the house pays for nothing more."""
    stats = await purse.stats()
    return bool(stats.limit) and stats.spent >= stats.limit


class Errand:
    """One question for JSON of a given shape. `cost` is what has to be paid for it, however it ends."""

    def __init__(self, gateway: Gateway, spec: ModelSpec) -> None:
        self.spec = spec
        self._gateway = gateway
        self._used = Usage()

    async def run(self, request: ChatRequest, shape: Schema) -> Json:
        """Raises what `structured` raises."""
        quick = replace(request, effort="off" if "off" in self.spec.efforts else "")
        found, _ = await structured(self._ask, quick, shape)
        return found

    async def _ask(self, request: ChatRequest) -> Said:
        needs: set[Need] = {"schema"} if "schema" in self.spec.can else set()
        try:
            said = await self._gateway.ask(self.spec.routed(needs), request)
        except asyncio.CancelledError:  # what it has written is not known
            self._used += Usage(_asked_tokens(request), estimated=True)
            raise
        self._used += said.usage
        return said

    @property
    def cost(self) -> Micros:
        return chat_cost(self.spec, self._used)


def _asked_tokens(request: ChatRequest) -> int:
    told = (part.text for message in request.messages for part in message.parts)
    return estimate_tokens(request.system) + sum(map(estimate_tokens, told))
