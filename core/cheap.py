"""Small work that a cheap chat model does behind the scenes, at the house's expense: summaries, better words for pictures,
a script cut into shots."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from uuid import uuid4

from core.catalog import Catalog, ModelSpec
from core.errors import BotError, UnknownModel
from core.gateway.client import Gateway
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.plans import Rules
from core.ports import Clock, Store
from core.prices import chat_cost, estimate_tokens
from core.said import Said
from core.structured import structured
from core.values import Access, Cause, ChatMessage, ChatRequest, Json, Micros, Need, Part, Schema, Usage

log = logging.getLogger(__name__)


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


class Desk:
    """Where somebody waits for such an answer: asked in their name, within a bounded time, paid by the house."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        catalog: Catalog,
        purse: Purse,
        rules: Rules,
        clock: Clock,
        limits: Limits = LIMITS,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._catalog = catalog
        self._purse = purse
        self._rules = rules
        self._clock = clock
        self._limits = limits

    async def _asked(self, access: Access, order: str, told: str, shape: Schema, tokens: int) -> Json:
        """None when there is no answer in time, or the day's ceiling is reached. `tokens`: the longest answer. Raises
        TooFast."""
        if await spent_up(self._purse):
            return None
        async with self._store.begin() as tx:
            await self._purse.count_turn(tx, access)
        try:
            errand = Errand(self._gateway, cheap(self._catalog, self._rules.rewrite_model))
        except UnknownModel:
            return None
        asked = ChatMessage("user", (Part("text", text=told),))
        request = ChatRequest((asked,), system=order, max_tokens=min(tokens, errand.spec.max_output))
        try:
            async with asyncio.timeout(self._limits.rewrite_s):
                return await errand.run(request, shape)
        except (BotError, TimeoutError) as error:
            log.info("no %s: %s", shape.name, error or "too slow", extra={"model": errand.spec.name})
            return None
        finally:
            await self._pay(access, errand)

    async def _pay(self, access: Access, errand: Errand) -> None:
        if cost := errand.cost:
            cause = Cause(access.person.id, "chat", errand.spec.name)
            async with self._store.begin() as tx:
                await self._purse.book_house(tx, f"rewrite:{uuid4().hex}", cost, cause)


def shape_of(name: str, value: Json) -> Schema:
    """An object with this one thing in it."""
    properties = {name: value}
    return Schema(name, {"type": "object", "properties": properties, "required": [name], "additionalProperties": False})


def _asked_tokens(request: ChatRequest) -> int:
    told = (part.text for message in request.messages for part in message.parts)
    return estimate_tokens(request.system) + sum(map(estimate_tokens, told))
