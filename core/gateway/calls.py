"""Steps of a call that know no line: bytes out, JSON in, what is done in a thread, what is repeated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

import stamina

from core.errors import NotOffered, Unsure, UpstreamDown
from core.gateway.answer import HEAVY_BYTES
from core.gateway.failures import REQUEST_ID
from core.gateway.wire import WireReply, WireRequest
from core.specs import ModelSpec
from core.values import Json

P = ParamSpec("P")
T = TypeVar("T")

AGAIN = stamina.AsyncRetryingCaller(attempts=3, timeout=None, wait_initial=0.3, wait_max=2.0, wait_jitter=0.3)
"""For what surely was not taken, and for reads."""


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply of success as it came off the line."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


async def aside(weight: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work`, in a thread when it has more than 256 kB to chew."""
    if weight > HEAVY_BYTES:
        return await asyncio.to_thread(work, *args, **kwargs)
    return work(*args, **kwargs)


def encoded(build: Callable[[T, ModelSpec], WireRequest], request: T, spec: ModelSpec) -> WireRequest:
    return as_bytes(build(request, spec))


def as_bytes(wire: WireRequest) -> WireRequest:
    if wire.json is None:
        return wire
    # plain ASCII: half a surrogate pair, which people can type, would be no UTF-8
    return replace(wire, json=None, content=json.dumps(wire.json, separators=(",", ":")).encode("ascii"))


def check_offered(wire: WireRequest, headers: Mapping[str, str]) -> None:
    """A path that a gateway does not know is answered with its console's page, as a success (gateway contract, audio 1.4).
    Raises NotOffered."""
    kind = headers.get("content-type", "").lower()
    if kind.startswith("text/html") and not wire.path.startswith(("/v1", "/api")):
        raise NotOffered(f"{wire.path}: a page of the console")


def decoded(raw: RawReply, *, order: bool) -> WireReply:
    """Raises Unsure for an order whose reply is no JSON, UpstreamDown for a read."""
    body = json_of(raw.body)
    if body is None:
        kind = Unsure if order else UpstreamDown
        raise kind(f"HTTP {raw.status} without JSON", request_id=raw.headers.get(REQUEST_ID, ""))
    return WireReply(raw.status, body, raw.headers)


def json_of(body: bytes) -> Json:
    """None when it is none."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
