"""Sweeps what has had its time: files, finished journal rows, old meters. Any replica may, one does."""

from __future__ import annotations

import logging

from core.limits import Limits
from core.ports import Clock, Media, Store

log = logging.getLogger(__name__)

HOUR_MS = 3_600_000
METERS_KEEP_MS = 40 * 24 * HOUR_MS
PAGE = 200


class Retention:
    def __init__(self, store: Store, media: Media, clock: Clock, limits: Limits, media_max_bytes: int) -> None:
        self._store = store
        self._media = media
        self._clock = clock
        self._limits = limits
        self._media_max_bytes = media_max_bytes

    async def sweep(self) -> int:
        """At most once an hour over all replicas; returns how many files went."""
        now = self._clock.now_ms()
        async with self._store.begin() as tx:
            if await tx.ledger.meter("sweep", str(now // HOUR_MS), 1, 1, now) is None:
                return 0
            await tx.inbox.sweep(now - self._limits.inbox_keep_ms)
            await tx.ledger.sweep_meters(now - METERS_KEEP_MS)
            await tx.proposals.sweep(now - self._limits.proposal_keep_ms)
        return await self._sweep_expired() + await self._sweep_overfull()

    async def _sweep_expired(self) -> int:
        gone = 0
        while True:
            async with self._store.read() as tx:
                keys = await tx.media.expired(self._clock.now_ms(), PAGE)
            if not keys:
                return gone
            await self._drop(keys)
            gone += len(keys)

    async def _sweep_overfull(self) -> int:
        """Oldest first, until the rest fits."""
        gone = 0
        while True:
            async with self._store.read() as tx:
                excess = await tx.media.total_bytes() - self._media_max_bytes
                oldest = await tx.media.oldest(PAGE) if excess > 0 else []
            keys: list[str] = []
            for key, size in oldest:
                if excess <= 0:
                    break
                keys.append(key)
                excess -= size
            if not keys:
                return gone
            await self._drop(keys)
            gone += len(keys)

    async def _drop(self, keys: list[str]) -> None:
        """Files first: a row without its file is swept again, a file without its row never."""
        await self._media.delete(keys)
        async with self._store.begin() as tx:
            await tx.media.drop(keys)
