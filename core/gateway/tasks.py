"""Tasks of the gateway: submitted once, looked at, answered when they wait in a window, asked for their seed.

An order is repeated only when it surely was not taken; reads, and uploads for an order, may be.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from core.errors import (
    BadRequest,
    GatewayError,
    NoResult,
    NotTaken,
    SourceGone,
    TaskExpired,
    UpstreamDown,
)
from core.gateway.calls import AGAIN, RawReply, as_bytes, aside, check_offered, decoded, encoded, json_of
from core.gateway.families import TASKS, TOLD_TOGETHER
from core.gateway.looks import Looks
from core.gateway.orders_stream import Heard
from core.gateway.prefixes import Prefixes
from core.gateway.wire import (
    Accepted,
    Broken,
    Confirms,
    LongCall,
    NamesTasks,
    OrderReader,
    OtherForm,
    Polled,
    PollMany,
    Ready,
    SecondLook,
    Submitted,
    TakesBytes,
    TellsSeed,
    Uploads,
    WireReply,
    WireRequest,
)
from core.limits import Limits
from core.ports import Clock, Media
from core.specs import ModelSpec
from core.values import Order, Part

log = logging.getLogger(__name__)

T = TypeVar("T")
Send = Callable[[WireRequest], Awaitable[Submitted]]

SEED_AGAIN_S = 5.0


class Line(Protocol):
    """What sends a request; `core/gateway/client.py` has it."""

    async def exchange(self, wire: WireRequest, *, order: bool, model: str = "") -> RawReply:
        """One call and its whole body. Raises GatewayError for whatever is no success."""

    async def follow(self, wire: WireRequest, reader: OrderReader, spec: ModelSpec, heard: Heard) -> Submitted:
        """One call that stays open until what was ordered is made."""


class Tasks:
    """All methods raise GatewayError; `submit` and `confirm` also the BadInput that an adapter finds, and SourceGone."""

    def __init__(self, line: Line, media: Media, clock: Clock, limits: Limits, minimax_prefix: str = "") -> None:
        """`minimax_prefix`: where the gateway serves MiniMax, "" = to be found out."""
        self._prefixes = Prefixes(lambda wire: line.exchange(wire, order=False), clock, minimax_prefix)
        self._line = line
        self._media = media
        self._clock = clock
        self._limits = limits
        self._looks = Looks(self._look_at_one, self._look_at_many, clock)

    async def close(self) -> None:
        await self._looks.close()

    async def minimax_prefix(self) -> str:
        return await self._prefixes.prefix()

    # --- orders --------------------

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        """Send an order once; again only when it surely was not taken. `heard` is told how a long call goes."""
        adapter = TASKS[spec.family]
        order = await self._filled(order)
        if isinstance(adapter, Uploads):
            order = await self._uploaded(adapter, order, spec)
        wire = await self._prefixes.placed(await aside(_weight(order), encoded, adapter.to_submit, order, spec))

        async def send(wire: WireRequest) -> Submitted:
            reader = adapter.order_reader(order, spec) if isinstance(adapter, LongCall) else None
            if reader is not None:
                return await self._line.follow(wire, reader, spec, heard)
            raw = await self._line.exchange(wire, order=True, model=spec.upstream)
            check_offered(wire, raw.headers)
            if isinstance(adapter, TakesBytes):
                return await aside(len(raw.body), _submitted_bytes, adapter.parse_submit, raw, spec)
            outcome = await aside(len(raw.body), _submitted, adapter.parse_submit, raw, spec)
            if isinstance(adapter, NamesTasks) and isinstance(outcome, Accepted):
                return Accepted(adapter.task_id_of(order))
            return outcome

        try:
            return _of_press(order, await AGAIN(NotTaken, send, wire))
        except TaskExpired as error:
            if order.press:
                raise SourceGone(str(error), request_id=error.request_id) from None
            raise
        except BadRequest as refusal:
            if not isinstance(adapter, OtherForm):
                raise
            return await self._in_other_form(adapter, order, spec, refusal, send)

    async def _in_other_form(
        self, adapter: OtherForm, order: Order, spec: ModelSpec, refusal: BadRequest, send: Send
    ) -> Submitted:
        """An order that was refused, once more. Raises the first refusal when this form is refused too."""

        def built(order: Order, spec: ModelSpec) -> WireRequest | None:
            wire = adapter.to_other_form(order, spec, str(refusal))
            return as_bytes(wire) if wire else None

        wire = await aside(_weight(order), built, order, spec)
        if wire is None:
            raise refusal
        try:
            outcome = await AGAIN(NotTaken, send, wire)
        except BadRequest:
            raise refusal from None
        log.warning("%s: taken in its other form only, so its row should say so: %s", spec.name, refusal)
        return outcome

    async def _uploaded(self, adapter: Uploads, order: Order, spec: ModelSpec) -> Order:
        """The order with links in place of the files that have to be up there first. Nothing is ordered yet: what goes wrong
        here is a refusal, whatever became of the files."""

        def built(order: Order, spec: ModelSpec) -> WireRequest | None:
            wire = adapter.to_upload(order, spec)
            return as_bytes(wire) if wire else None

        wire = await aside(_weight(order), built, order, spec)
        if wire is None:
            return order

        wire = await self._prefixes.placed(wire)

        def uploaded(raw: RawReply) -> Order:
            return adapter.parse_upload(decoded(raw, order=False), order, spec)

        async def send() -> Order:
            raw = await self._line.exchange(wire, order=False, model=spec.upstream)
            check_offered(wire, raw.headers)
            return await aside(len(raw.body), uploaded, raw)

        return await AGAIN(NotTaken, send)

    async def confirm(self, spec: ModelSpec, order: Order, task_id: str) -> Submitted:
        """Answer the window that a task waits in: an order, and as little repeated."""
        adapter = TASKS[spec.family]
        if not isinstance(adapter, Confirms):
            raise BadRequest(f"{spec.family} has no windows")
        order = await self._filled(order)

        def built(order: Order, spec: ModelSpec) -> WireRequest:
            return adapter.to_confirm(order, task_id, spec)

        wire = await aside(_weight(order), encoded, built, order, spec)

        async def send() -> Submitted:
            raw = await self._line.exchange(wire, order=True, model=spec.upstream)
            return _submitted(adapter.parse_confirm, raw, spec)

        return await AGAIN(NotTaken, send)

    # --- looks --------------------

    async def poll(self, spec: ModelSpec, task_id: str) -> Polled:
        """Looks of one moment are one request where the family has one for many tasks."""
        adapter = TASKS[spec.family]
        if spec.family in TOLD_TOGETHER and isinstance(adapter, PollMany):
            asked = adapter.to_poll_many((), spec)
            return await self._looks.look(spec, task_id, f"{asked.path} {asked.json}")
        return await self._look_at_one(spec, task_id)

    async def _look_at_one(self, spec: ModelSpec, task_id: str) -> Polled:
        adapter = TASKS[spec.family]
        look = self._look_once if spec.poll.tries else self.look
        polled = await look(adapter.to_poll(task_id, spec), lambda reply: adapter.parse_poll(reply, task_id, spec))
        if isinstance(polled, Ready) and isinstance(adapter, SecondLook) and not polled.has_link:
            return await self._second_look(adapter.to_second_look(task_id, spec), polled, spec, task_id)
        return polled

    async def _look_at_many(self, spec: ModelSpec, task_ids: Sequence[str]) -> Mapping[str, Polled]:
        adapter = TASKS[spec.family]
        assert isinstance(adapter, PollMany)  # noqa: S101 - only such families are gathered
        return await self.look(adapter.to_poll_many(task_ids, spec), lambda reply: adapter.parse_poll_many(reply, spec))

    async def _second_look(self, wire: WireRequest | None, first: Ready, spec: ModelSpec, task_id: str) -> Polled:
        """A finished task without a link may show it at the other address; whatever goes wrong there changes nothing."""
        if wire is None:
            return first
        adapter = TASKS[spec.family]
        try:
            second = await self.look(wire, lambda reply: adapter.parse_poll(reply, task_id, spec))
        except GatewayError:
            return first
        return second if isinstance(second, Ready) and second.has_link else first

    async def look(self, wire: WireRequest, parse: Callable[[WireReply], T]) -> T:
        """A read: repeated once or twice when the line or the gateway fails."""
        wire = await self._prefixes.placed(wire)
        limited = as_bytes(replace(wire, timeout_s=min(wire.timeout_s, self._limits.poll_s)))
        return await AGAIN((NotTaken, UpstreamDown), lambda: self._read(limited, parse))

    async def _look_once(self, wire: WireRequest, parse: Callable[[WireReply], T]) -> T:
        """A read that is paid, and takes as long as an order."""
        wire = as_bytes(await self._prefixes.placed(wire))
        return await self._read(wire, parse)

    async def _read(self, wire: WireRequest, parse: Callable[[WireReply], T]) -> T:
        raw = await self._line.exchange(wire, order=False)
        check_offered(wire, raw.headers)
        return await aside(len(raw.body), _read_out, parse, raw)

    async def seed(self, spec: ModelSpec, task_id: str) -> str:
        """Asked twice at most: the gateway may take longer for it than it allows itself. Raises NoResult without one."""
        adapter = TASKS[spec.family]
        if not isinstance(adapter, TellsSeed):
            raise NoResult(f"{spec.family} tells no seeds")
        wire = adapter.to_seed(task_id, spec)
        try:
            return await self._seed(wire, adapter)
        except (NotTaken, UpstreamDown):
            await self._clock.sleep(SEED_AGAIN_S)
            return await self._seed(wire, adapter)

    async def _seed(self, wire: WireRequest, adapter: TellsSeed) -> str:
        try:
            async with asyncio.timeout(wire.timeout_s):
                return await self._read(wire, adapter.parse_seed)
        except TimeoutError:
            raise UpstreamDown(f"no seed in {wire.timeout_s:g} s") from None

    # --- files --------------------

    async def _filled(self, order: Order) -> Order:
        """With the bytes of its inputs. Raises BadRequest for one that the store has swept."""
        return replace(order, inputs=tuple([await self._bytes_of(part) for part in order.inputs]))

    async def _bytes_of(self, part: Part) -> Part:
        if part.data or not part.media:
            return part
        try:
            return replace(part, data=await self._media.read(part.media))
        except KeyError:
            raise BadRequest(f"input {part.media} is gone") from None


def _read_out(parse: Callable[[WireReply], T], raw: RawReply) -> T:
    return parse(decoded(raw, order=False))


def _submitted_bytes(parse: Callable[[WireReply, ModelSpec], Submitted], raw: RawReply, spec: ModelSpec) -> Submitted:
    return parse(_with_bytes(raw), spec)


def _with_bytes(raw: RawReply) -> WireReply:
    """The file itself, or JSON. Raises Unsure for a page of a proxy."""
    kind = raw.headers.get("content-type", "").lower()
    if kind.startswith(("application/json", "text/html")):
        return decoded(raw, order=True)
    return WireReply(raw.status, json_of(raw.body) if raw.body[:1] == b"{" else None, raw.headers, raw.body)


def _weight(order: Order) -> int:
    parts = (*order.inputs, *(part for past in order.past for part in (*past.inputs, *past.results)))
    return sum(len(part.data) for part in parts)


def _of_press(order: Order, outcome: Submitted) -> Submitted:
    """What a button was pressed on may be there no more, which a gateway says in a success too."""
    if order.press and isinstance(outcome, Broken) and isinstance(outcome.error, TaskExpired):
        raise SourceGone(str(outcome.error), request_id=outcome.error.request_id)
    return outcome


def _submitted(parse: Callable[[WireReply, ModelSpec], Submitted], raw: RawReply, spec: ModelSpec) -> Submitted:
    return parse(decoded(raw, order=True), spec)
