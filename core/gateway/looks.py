"""Gathers looks at tasks that come in the same moment into one request, where a family's wire has one for many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from core.errors import BadRequest, GatewayError, NoResult, UpstreamDown
from core.gateway.wire import Polled
from core.ports import Clock
from core.specs import ModelSpec

GATHER_S = 0.02
FEW = 2
"""So many tasks are asked for one by one (gateway contract, images 7.5)."""
MANY = 50
"""At most so many ids are in a request."""
FAILED_MOST = 2
"""A request for many that fails so often in a row is taken for one that the gateway does not know, whatever it says."""
NO_LISTS_MS = 3_600_000
"""So long a gateway that has no request for many is not asked for one again."""

One = Callable[[ModelSpec, str], Awaitable[Polled]]
Many = Callable[[ModelSpec, Sequence[str]], Awaitable[Mapping[str, Polled]]]


@dataclass(slots=True)
class _Round:
    """Who waits for which task; nobody can join once it is asked for."""

    spec: ModelSpec
    waiting: dict[str, asyncio.Future[Polled]] = field(default_factory=dict)


class Looks:
    """`one` and `many` ask; `many` may leave tasks out, which then are asked for one by one. An address that refuses to tell
    of many (400, 404, 501), or fails twice in a row, is not asked to again for an hour."""

    def __init__(self, one: One, many: Many, clock: Clock) -> None:
        self._one = one
        self._many = many
        self._clock = clock
        self._open: dict[str, _Round] = {}
        self._no_lists: dict[str, int] = {}  # address -> until when it is believed, in ms
        self._failed: dict[str, int] = {}  # address -> how often in a row
        self._running: set[asyncio.Task[None]] = set()

    async def look(self, spec: ModelSpec, task_id: str, where: str) -> Polled:
        """Looks with the same `where` (the request without its ids) go together. Raises what its own task's look raised, or
        all of its round. Who gives up waiting takes nobody along."""
        current = self._open.get(where)
        if current is None:
            current = self._open[where] = _Round(spec)
            running = asyncio.create_task(self._run(where, current))
            self._running.add(running)
            running.add_done_callback(self._running.discard)
        found = current.waiting.get(task_id)
        if found is None:
            found = current.waiting[task_id] = asyncio.get_running_loop().create_future()
            found.add_done_callback(_seen)
        return await asyncio.shield(found)

    async def close(self) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, where: str, current: _Round) -> None:
        try:
            try:
                await self._clock.sleep(GATHER_S)
            finally:
                del self._open[where]
            await self._ask(where, current)
        finally:
            for future in current.waiting.values():
                if not future.done():
                    future.set_exception(UpstreamDown("the look was broken off"))

    async def _ask(self, where: str, current: _Round) -> None:
        ids = list(current.waiting)
        if len(ids) <= FEW or self._clock.now_ms() < self._no_lists.get(where, 0):
            await self._each(current, ids)
            return
        parts = (ids[at : at + MANY] for at in range(0, len(ids), MANY))
        await asyncio.gather(*(self._together(where, current, part) for part in parts))

    async def _together(self, where: str, current: _Round, ids: Sequence[str]) -> None:
        try:
            found = await self._many(current.spec, ids)
        except (BadRequest, NoResult):  # a gateway that does not know this request
            self._no_lists[where] = self._clock.now_ms() + NO_LISTS_MS
            found = {}
        except Exception as error:
            self._failed[where] = self._failed.get(where, 0) + 1
            if self._failed[where] >= FAILED_MOST:
                self._no_lists[where] = self._clock.now_ms() + NO_LISTS_MS
            for task_id in ids:
                current.waiting[task_id].set_exception(_again(error))
            return
        self._failed.pop(where, None)
        for task_id in ids:
            if task_id in found:
                current.waiting[task_id].set_result(found[task_id])
        await self._each(current, [task_id for task_id in ids if task_id not in found])

    async def _each(self, current: _Round, ids: Sequence[str]) -> None:
        await asyncio.gather(*(self._alone(current, task_id) for task_id in ids))

    async def _alone(self, current: _Round, task_id: str) -> None:
        future = current.waiting[task_id]
        try:
            future.set_result(await self._one(current.spec, task_id))
        except Exception as error:
            future.set_exception(error)


def _again(error: Exception) -> Exception:
    """Who waits raises an error of their own: one that many raise gathers the traces of all."""
    return copy(error).with_traceback(None) if isinstance(error, GatewayError) else error


def _seen(future: asyncio.Future[Polled]) -> None:
    """Nobody may be waiting any more; an error that nobody hears is no news."""
    if not future.cancelled():
        future.exception()
