"""The rounds of an answer: what the model is asked, what it is offered, and what is done about the tools it calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Protocol

from core import bill, questions
from core.answering import Running
from core.assistant import preferences
from core.catalog import Catalog, ModelSpec
from core.context import load, message_tokens, note
from core.errors import BotError
from core.gateway.client import Gateway
from core.heard import Heard
from core.lanes import Lanes
from core.limits import Limits
from core.listening import Listening
from core.ports import Media, Store
from core.prices import chat_cost
from core.reading import room_of
from core.tools.table import Acting, Outcome
from core.values import (
    Call,
    CallResult,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    Need,
    Part,
    StopReason,
    Usage,
)

log = logging.getLogger(__name__)

LAST_ROUND = note("no more tools can be called for this question; answer with what you have.")
TOO_MANY = "Not done: too many calls at once."


class Tools(Protocol):
    """What is asked of `core.tools.table.Toolbox`."""

    async def run(self, acting: Acting, call: Call) -> Outcome: ...


class Rounds:
    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        catalog: Catalog,
        lanes: Lanes,
        tools: Tools,
        listening: Listening,
        media: Media,
        limits: Limits,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._catalog = catalog
        self._lanes = lanes
        self._tools = tools
        self._listening = listening
        self._media = media
        self._limits = limits

    # --- the first round --------------------

    async def first(self, running: Running) -> ChatRequest:
        """The question with its context. What the model cannot hear is written down first. Raises BotError."""
        spec = self._lanes.spec_of(running.turn)
        known = questions.with_words(running.turn.question, running.written)
        question, cost = await self._listening.write_down(known, spec)
        if cost or question != running.turn.question:
            running.extra += cost
            running.written |= {part.media: part.text for part in question if part.media and part.text}
            running.turn, running.context = replace(running.turn, question=question), None
        context = running.context
        if context is None:
            async with self._store.read() as tx:
                context = await self._lanes.context(tx, running.turn, running.access, running.offered)
        running.context, running.input_tokens = None, context.input_tokens
        running.offered, running.branch, running.tainted = (
            context.tools,
            tuple(context.past.history),
            running.turn.tainted,
        )
        turn = running.turn
        request = replace(
            context.request(self._room(running, spec, context.input_tokens)),
            effort=turn.effort if turn.effort in spec.efforts else "",
            thoughts=self._wants_thoughts(running),
            search=turn.search and "search" in spec.can,
        )
        return await load(request, self._media, room_of(spec, self._limits))

    def _wants_thoughts(self, running: Running) -> bool:
        """Words of the thinking are asked for when the person told the model to think and wants to see it."""
        thinks = running.turn.effort not in {"", "off"}
        return thinks and (running.access is None or preferences(running.access.person).thoughts)

    def ask(self, running: Running, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        spec = self._lanes.spec_of(running.turn).routed(needs_of(request))
        return self._gateway.stream_chat(spec, request)

    def _room(self, running: Running, spec: ModelSpec, input_tokens: int) -> int:
        """The longest answer that is left of the hold."""
        return bill.max_tokens(spec, self._left(running, spec), input_tokens)

    def _left(self, running: Running, spec: ModelSpec) -> int:
        return running.turn.hold - running.extra - chat_cost(spec, running.past)

    # --- the rounds after it --------------------

    async def next(self, running: Running, request: ChatRequest, heard: Heard) -> ChatRequest | None:
        """Carry out what was called for, and ask again with the results. None: this was the last round (`heard.reason` says
        why)."""
        calls = heard.calls
        if not calls and heard.echo is None:
            heard.reason = StopReason.STOP
            return None
        if running.rounds >= self._limits.tool_rounds:  # it was told so, and nobody would read the results
            heard.reason = StopReason.LENGTH
            return None
        results = await asyncio.gather(*(self._carry_out(running, number, call) for number, call in enumerate(calls)))
        heard.usage = bill.filled(heard.usage, running.input_tokens, self._said(heard))
        said = (Part("text", text=heard.text),) if heard.text.strip() else ()
        added = [ChatMessage("assistant", said, calls=calls, echo=heard.echo)]
        if results:
            added.append(ChatMessage("tool", results=tuple(results)))
        running.rounds += 1
        if running.rounds == self._limits.tool_rounds:
            added.append(ChatMessage("user", (LAST_ROUND,)))
        return self._asked_again(running, request, heard, added)

    def _asked_again(
        self, running: Running, request: ChatRequest, heard: Heard, added: list[ChatMessage]
    ) -> ChatRequest | None:
        spec = self._lanes.spec_of(running.turn)
        read = max(running.input_tokens, heard.usage.input_tokens)
        input_tokens = read + sum(message_tokens(message) for message in added)
        left = self._left(running, spec) - chat_cost(spec, heard.usage)
        full = input_tokens > spec.context - min(spec.max_output, spec.context // 2)
        if full or not bill.buys_answer(spec, left, input_tokens):
            heard.reason = StopReason.LENGTH
            return None
        running.input_tokens = input_tokens
        max_tokens = bill.max_tokens(spec, left, input_tokens)
        return replace(request, messages=(*request.messages, *added), max_tokens=max_tokens)

    async def _carry_out(self, running: Running, number: int, call: Call) -> CallResult:
        if number >= self._limits.calls_per_round or running.access is None:
            return CallResult(call.id, call.name, TOO_MANY, failed=True)
        acting = Acting(
            running.access,
            running.turn,
            running.calls,
            running.turn.question,
            running.branch,
            running.tainted,
            seen=(*running.seen, running.text),
        )
        running.calls += 1
        running.do(call.name)
        try:
            outcome = await self._tools.run(acting, call)
        except BotError as error:
            log.warning("a tool broke", extra={"turn": running.turn.id, "tool": call.name, "error": str(error)})
            outcome = Outcome("This tool is out of order now.", failed=True)
        finally:
            running.do("")
        running.seen.append(outcome.text)
        if outcome.untrusted and not running.tainted:
            await self._taint(running)
        if outcome.deed:
            running.deeds.append(outcome.deed)
        return CallResult(call.id, call.name, outcome.text, outcome.failed)

    async def _taint(self, running: Running) -> None:
        """Before the model reads them: who replies to this answer, or finishes it after a crash, must know."""
        running.tainted = True
        try:
            async with self._store.begin() as tx:
                await tx.conversations.taint(running.turn.id)
        except Exception:  # the end of the answer says so as well
            log.exception("a taint could not be written down", extra={"turn": running.turn.id})

    # --- the end --------------------

    def spec_that_answered(self, running: Running) -> ModelSpec:
        """Whose price holds."""
        return self._catalog.answered(self._lanes.spec_of(running.turn), running.heard.answered_by)

    def usage(self, running: Running) -> Usage:
        """Of all rounds; what the gateway did not tell is estimated."""
        heard = running.heard
        if not heard.something:
            return running.past
        return running.past + bill.filled(heard.usage, running.input_tokens, self._said(heard))

    def _said(self, heard: Heard) -> str:
        return "".join((heard.text, heard.thoughts, *(call.arguments for call in heard.calls)))


def needs_of(request: ChatRequest) -> set[Need]:
    """What of a request may want another wire."""
    needs: set[Need] = set()
    if request.search:
        needs.add("search")
    if request.thoughts or request.effort not in {"", "off"}:
        needs.add("thinking")
    if request.tools:
        needs.add("tools")
    if request.schema:
        needs.add("schema")
    for message in request.messages:
        for part in message.parts:
            if part.data and part.kind in {"document", "audio", "video"}:
                needs.add(part.kind)
    return needs
