"""Reads one streamed answer to its end: pieces of bytes in, batches of events out, and a clear word on how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Protocol

from core.errors import GatewayError, NotTaken, Unsure, UpstreamDown
from core.gateway.answer import Answer, is_content, joined
from core.gateway.failures import from_exception
from core.gateway.pump import Pump
from core.values import ChatEvent

TAIL_S = 5.0
"""How long after the finish reason the usage chunk and the end of the stream are waited for."""

END_S = 0.5
"""How long after [DONE] the end of the body is waited for."""


class Lines(Protocol):
    """Takes the body apart: `SseDecoder`, or `WholeBody`."""

    done: bool

    def feed(self, piece: bytes) -> list[bytes]: ...

    def flush(self) -> list[bytes]: ...


class WholeBody:
    """For an upstream that was asked to stream and sent one JSON value: the body is the only payload."""

    def __init__(self) -> None:
        self.done = False
        self._pieces: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        self._pieces.append(piece)
        return []

    def flush(self) -> list[bytes]:
        return [b"".join(self._pieces)]


class AnswerStream:
    def __init__(self, pump: Pump, lines: Lines, answer: Answer) -> None:
        self._pump = pump
        self._lines = lines
        self._answer = answer
        self._over = False
        self._something = False
        self._failure: Exception | None = None

    async def batches(self) -> AsyncGenerator[list[ChatEvent], None]:
        """What came since the last batch; the last event of a complete answer is `Finished`. An incomplete one ends with
        what it had and then raises: the error that was told, Unsure after content, UpstreamDown without any."""
        while not self._over:
            try:
                events = await self._next()
            except Exception as error:  # the line: a transport may raise anything
                self._over, self._failure = True, error
                events = []
            if self._over:
                events += self._answer.flush()
            self._something = self._something or any(map(is_content, events))
            if events:
                yield joined(events)
        if not self._answer.finished:
            raise self._broken(self._failure or EOFError("no finish reason"))
        if self._lines.done:
            await self._read_out()

    async def _read_out(self) -> None:
        """To the very end of the body, which is about to come: only then can the connection be used again."""
        self._pump.hurry(END_S)
        with suppress(Exception):  # the answer is whole, whatever happens now
            while await self._pump.take():
                pass

    async def _next(self) -> list[ChatEvent]:
        was_finished = self._answer.finished
        pieces = await self._pump.take()
        payloads = self._lines.feed(b"".join(pieces))
        if not pieces or self._lines.done:
            self._over = True
            payloads += self._lines.flush()
        events: list[ChatEvent] = []
        for payload in payloads:
            try:
                if self._answer.heavy(payload):
                    await asyncio.to_thread(self._answer.feed, payload, events)
                else:
                    self._answer.feed(payload, events)
            except GatewayError as error:
                self._over, self._failure = True, error
                break
        if self._answer.too_long:
            self._over = True
        elif self._answer.finished and not was_finished:
            self._pump.hurry(TAIL_S)
        return events

    def _broken(self, error: Exception) -> GatewayError:
        if isinstance(error, GatewayError):
            return error
        failure = from_exception(error, order=self._something)
        if isinstance(failure, NotTaken):  # it was: the answer had begun
            return Unsure(str(failure)) if self._something else UpstreamDown(str(failure))
        return failure
