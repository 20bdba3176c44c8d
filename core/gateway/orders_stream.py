"""Reads the one long answer of an order to its end. The bytes of the order have left: whatever breaks here is at best what
the answer had said by then, else unsure, and never a reason to send again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from core.errors import Unsure
from core.gateway.answer import HEAVY_BYTES
from core.gateway.pump import Pump
from core.gateway.stream import TAIL_S, Lines
from core.gateway.wire import News, OrderReader, Submitted
from core.values import Json

Heard = Callable[[News], Awaitable[None]]
"""Told, after each piece, what the order has told so far. Raises nothing."""


async def unheard(_: News) -> None:
    """For who only waits for the end."""


async def read_order(pump: Pump, lines: Lines, reader: OrderReader, heard: Heard) -> Submitted:
    """Raises Unsure."""
    failure = await _read(pump, lines, reader, heard)
    await heard(reader.news())  # ids that only the last words made whole
    complete = reader.finished or (lines.done and failure is None)
    try:
        # a picture among the words takes a while to decode
        return await asyncio.to_thread(reader.outcome, complete=complete)
    except Unsure as error:
        raise Unsure(f"{error}: {type(failure).__name__}" if failure else str(error)) from None


async def _read(pump: Pump, lines: Lines, reader: OrderReader, heard: Heard) -> Exception | None:
    """To the end, or to what broke it."""
    over = False
    try:
        while not over:
            pieces = await pump.take()
            payloads = lines.feed(b"".join(pieces))
            over = not pieces or lines.done
            if over:
                payloads += lines.flush()
            was_finished = reader.finished
            for payload in payloads:
                reader.feed(await _decoded(payload))
            if reader.finished and not was_finished:
                pump.hurry(TAIL_S)
            if not over:
                await heard(reader.news())
    except Exception as error:  # the line: a transport may raise anything
        return error
    return None


async def _decoded(payload: bytes) -> Json:
    """None when it is no JSON: it is skipped."""
    if len(payload) > HEAVY_BYTES:
        return await asyncio.to_thread(_json, payload)
    return _json(payload)


def _json(payload: bytes) -> Json:
    try:
        return json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
