"""The worker: claims what is due, keeps so many in hand at once, renews the leases, and hands all back when it stops.

Four lines of work run side by side (core/lines.py), each with its own seats: sending, polling, bringing to people, and
notices. A claim is never larger than the free seats, so that nothing waits in here while its lease runs. Every line sleeps
until the next job is due or until somebody wakes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from core.catalog import Catalog
from core.delivering import Delivering
from core.jobs import AT_GATEWAY, SENDABLE
from core.leases import Leases
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.lines import GATHER_S, IDLE_S, Blocking, Line
from core.linking import NO_LINKS, Linking
from core.notes import Notes, Previews
from core.polling import Polling
from core.ports import Clock, Courier, Media, Renditions, Store
from core.retention import Retention
from core.sending import Sending
from core.values import JobState, Notice
from core.workshop import Gateway, Workshop

log = logging.getLogger(__name__)

DELIVER_AT_ONCE = 32
LATE_EVERY_S = 60.0
SWEEP_EVERY_S = 600.0
NOTICES_AT_ONCE = 16
ROUNDS_THAT_MAY_FAIL = 8
"""A line whose rounds fail so often in a row (the database is gone) ends, and with it the process."""

MEDIA_MAX_BYTES = 5 * 1024**3


class Worker:
    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        catalog: Catalog,
        purse: Purse,
        media: Media,
        renditions: Renditions,
        courier: Courier,
        clock: Clock,
        owner: str,
        limits: Limits = LIMITS,
        media_max_bytes: int = MEDIA_MAX_BYTES,
        linking: Linking = NO_LINKS,
    ) -> None:
        self._leases = Leases(store, clock, owner, limits)
        self._notes = Notes(courier, Previews(gateway, catalog, renditions, store, clock))
        self._shop = Workshop(
            store,
            gateway,
            catalog,
            purse,
            media,
            renditions,
            courier,
            clock,
            limits,
            self._leases,
            self._notes,
            linking,
        )
        self._delivering = Delivering(self._shop)
        self._retention = Retention(store, media, clock, limits, media_max_bytes)
        polling = Polling(self._shop)
        seats = limits.claim_jobs
        self._sending = Line(
            self._shop, "jobs", SENDABLE, Sending(self._shop).work, seats, blocking=Blocking(gateway.blocks, limits)
        )
        self._polling = Line(self._shop, "jobs", AT_GATEWAY, polling.work, limits.looks_at_once, gather_s=GATHER_S)
        self._late = Line(self._shop, "jobs", (JobState.FAILED,), polling.work, seats)
        self._bringing = Line(
            self._shop, "deliver", (JobState.READY,), self._delivering.work, DELIVER_AT_ONCE, bringing=True
        )
        self._lines = (self._sending, self._polling, self._late, self._bringing)
        self._stopping = asyncio.Event()
        self._running = False
        self._ended = asyncio.Event()
        self._grace_s = 0.0

    async def step(self) -> int:
        """One round of everything, to its end; returns how many jobs and notices were worked on."""
        worked = await self._sending.step() + await self._polling.step() + await self._late.fill()
        await self._late.drain()
        return worked + await self._bringing.step() + await self._bring_notices()

    async def run(self) -> None:
        """Until `stop` or a cancellation; then hands back what it holds. A line that dies for good is raised."""
        self._running = True
        try:
            async with asyncio.TaskGroup() as group:
                steady = (self._sending, self._polling, self._bringing)
                loops = [group.create_task(self._loop(line.topic, line.round)) for line in steady]
                loops.append(group.create_task(self._loop("notices", self._notices_round)))
                loops.append(group.create_task(self._every(LATE_EVERY_S, self._late.fill)))
                loops.append(group.create_task(self._every(self._shop.limits.job_renew_s, self._leases.renew)))
                loops.append(group.create_task(self._every(SWEEP_EVERY_S, self._retention.sweep)))
                await self._stopping.wait()
                for loop in loops:
                    loop.cancel()
        finally:
            await asyncio.shield(self._hand_back(self._grace_s))
            self._ended.set()

    async def stop(self, seconds: float = 0.0) -> None:
        """No new work; what runs may finish for so long; then all leases are handed back and `run` returns."""
        self._grace_s = seconds
        self._stopping.set()
        if self._running:
            await self._ended.wait()

    async def _hand_back(self, seconds: float) -> None:
        await asyncio.gather(*(line.close(seconds) for line in self._lines))
        await self._notes.close()
        await self._leases.release()

    # --- loops

    async def _loop(self, topic: str, work: Callable[[], Awaitable[float]]) -> None:
        """Rounds, with sleep between them. It listens before it looks, so that no wake-up falls between."""
        failed = 0
        woken = asyncio.create_task(self._shop.store.woken(topic, IDLE_S))
        try:
            while True:
                try:
                    wait_s = await work()
                    failed = 0
                except Exception:
                    failed += 1
                    log.exception("a round of %s failed", topic)
                    if failed >= ROUNDS_THAT_MAY_FAIL:
                        raise
                    wait_s = float(failed)
                if wait_s > 0:
                    await asyncio.wait({woken}, timeout=wait_s)
                if woken.done():
                    woken.exception()  # a listener that broke is replaced like any other
                    woken = asyncio.create_task(self._shop.store.woken(topic, IDLE_S))
        finally:
            woken.cancel()
            await asyncio.gather(woken, return_exceptions=True)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        failed = 0
        while True:
            try:
                await work()
                failed = 0
            except Exception:
                failed += 1
                log.exception("housekeeping failed")
                if failed >= ROUNDS_THAT_MAY_FAIL:
                    raise
            await self._shop.clock.sleep(seconds)

    async def _notices_round(self) -> float:
        waits = [IDLE_S]
        while notices := await self._claim_notices():
            found = await asyncio.gather(*(self._delivering.notice(notice) for notice in notices))
            waits += [wait_s for wait_s in found if wait_s is not None]
        return min(waits)

    async def _bring_notices(self) -> int:
        worked = 0
        while notices := await self._claim_notices():
            await asyncio.gather(*(self._delivering.notice(notice) for notice in notices))
            worked += len(notices)
        return worked

    async def _claim_notices(self) -> list[Notice]:
        now = self._shop.clock.now_ms()
        async with self._shop.store.begin() as tx:
            return await tx.notices.claim(now, self._leases.until_ms(), NOTICES_AT_ONCE)
