"""Reads a stream without pauses, however slowly it is consumed: a reader that pauses loses what the transport had
buffered when the line breaks. Silence and total time are bounded here, at no cost for each piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Self


class Silent(Exception):
    """Nothing came for too long, or it took too long altogether."""


class TooMuch(Exception):
    """More bytes than are kept."""


class Pump:
    """`async with Pump(source, ...) as pump`, then `take` until it gives nothing; leaving stops the reading."""

    def __init__(self, source: AsyncIterator[bytes], *, idle_s: float, total_s: float, max_bytes: int) -> None:
        self._source = source
        self._idle_s = idle_s
        self._room = max_bytes
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._end = self._last + total_s
        self._pieces: list[bytes] = []
        self._ended = False
        self._hurried = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._task = self._loop.create_task(self._read())
        self._watch()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def take(self) -> list[bytes]:
        """What came since, waiting for at least one piece; empty at the end. Raises what broke the source, or Silent or
        TooMuch, after everything that came has been taken."""
        if not self._pieces and not self._ended:
            self._waiter = self._loop.create_future()
            await self._waiter
        if not self._pieces and self._error is not None:
            raise self._error
        pieces, self._pieces = self._pieces, []
        return pieces

    def hurry(self, seconds: float) -> None:
        """From now on end, without an error, when nothing comes for so long."""
        self._idle_s = min(self._idle_s, seconds)
        self._last = self._loop.time()
        self._error = None
        self._hurried = True
        if self._timer is not None:
            self._timer.cancel()
        self._watch()

    async def _read(self) -> None:
        try:
            async for piece in self._source:
                self._last = self._loop.time()
                self._pieces.append(piece)
                self._room -= len(piece)
                if self._room < 0:
                    raise TooMuch
                if self._waiter is not None:
                    self._wake(self._waiter)
        except Exception as error:
            self._error = error
        finally:
            self._ended = True
            if self._waiter is not None:
                self._wake(self._waiter)

    def _wake(self, waiter: asyncio.Future[None]) -> None:
        self._waiter = None
        if not waiter.done():
            waiter.set_result(None)

    def _watch(self) -> None:
        """Look again when the silence could be too long; a piece that comes meanwhile only moves the mark."""
        now = self._loop.time()
        left = min(self._last + self._idle_s, self._end) - now
        if left > 0:
            self._timer = self._loop.call_later(left, self._watch)
            return
        self._error = None if self._hurried else Silent(f"nothing for {self._idle_s:g} s")
        self._task.cancel()
