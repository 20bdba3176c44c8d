"""Opens the stream of an answer. A field that the model refuses by name is left out: once more, and from then on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Generic, TypeVar

from core.errors import GatewayError, NotTaken
from core.gateway.calls import AGAIN, aside, encoded
from core.gateway.families import CHAT
from core.gateway.refused_fields import Refused, RefusedFields, named_in, without
from core.gateway.wire import ChatAdapter, WireRequest
from core.specs import ModelSpec
from core.values import ChatRequest, Json

Stream = TypeVar("Stream")


class RefusedQuestion(Exception):
    """A bad request, with the reply that says why; never leaves the gateway."""

    def __init__(self, error: GatewayError, reply: Json) -> None:
        super().__init__(str(error))
        self.error = error
        self.reply = reply


class Asking(Generic[Stream]):
    """`opened` makes a request's stream, whose status is success. Raises RefusedQuestion for a bad request."""

    def __init__(self, opened: Callable[[WireRequest, str], Awaitable[Stream]]) -> None:
        self._opened = opened
        self._refused_fields = RefusedFields()

    async def asked(self, spec: ModelSpec, request: ChatRequest) -> Stream:
        """Questions cost nothing until they are answered, so what surely was not taken is asked again."""
        adapter, upstream = CHAT[spec.family], spec.upstream
        weight = sum(len(part.data) for message in request.messages for part in message.parts)
        known = self._refused_fields.of(spec.family, upstream)
        wire, left_out = await aside(weight, _question, adapter, request, spec, known)
        try:
            return await AGAIN(NotTaken, lambda: self._opened(wire, upstream))
        except RefusedQuestion as refusal:
            named = {(field, "") for field in named_in(refusal.reply, adapter.REFUSABLE)}
            shorter, refused = await aside(weight, _question, adapter, request, spec, known | named)
            if refused == left_out:
                raise refusal.error from None
        try:
            stream = await AGAIN(NotTaken, lambda: self._opened(shorter, upstream))
        except RefusedQuestion as refusal:
            raise refusal.error from None
        self._refused_fields.remember(spec.family, upstream, refused)
        return stream


def _question(
    adapter: ChatAdapter, request: ChatRequest, spec: ModelSpec, refused: Refused
) -> tuple[WireRequest, Refused]:
    """A question without the fields that were refused before, and those that it would have had."""
    left_out: Refused = frozenset()

    def build(request: ChatRequest, spec: ModelSpec) -> WireRequest:
        nonlocal left_out
        wire = adapter.to_request(request, spec)
        body, left_out = without(wire.json, refused, adapter.REFUSABLE)
        return replace(wire, json=body)

    return encoded(build, request, spec), left_out
