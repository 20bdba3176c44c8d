"""Progress notes of running jobs, with a look at what it is like so far where the gateway gives one."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from core.catalog import Catalog, ModelSpec
from core.ports import Clock, Courier, Renditions, Store
from core.renditions import THUMBNAIL_BYTES
from core.values import Artifact, Job

log = logging.getLogger(__name__)

FETCH_S = 20.0
FETCH_BYTES = 10_000_000
PREVIEW_BYTES = 300_000
PREVIEW_KEEP_MS = 3_600_000


class Fetches(Protocol):
    async def fetch(self, spec: ModelSpec, artifact: Artifact, max_bytes: int = 0) -> tuple[str, int]: ...


class Previews:
    """Small pictures of what is not ready yet, in the media store for an hour."""

    AT_ONCE = 4

    def __init__(self, gateway: Fetches, catalog: Catalog, renditions: Renditions, store: Store, clock: Clock) -> None:
        self._gateway = gateway
        self._catalog = catalog
        self._renditions = renditions
        self._store = store
        self._clock = clock
        self._making = 0

    async def of(self, job: Job, url: str) -> Artifact | None:
        """None: there is none to be had, or too many are being made. Never raises."""
        spec = self._catalog.find(job.model)
        if spec is None or self._making >= self.AT_ONCE:
            return None
        self._making += 1
        try:
            async with asyncio.timeout(FETCH_S):
                return await self._small(spec, url)
        except Exception as error:  # whatever it is: it is only a look
            log.info("job %s: no preview: %s", job.id, type(error).__name__)
            return None
        finally:
            self._making -= 1

    async def _small(self, spec: ModelSpec, url: str) -> Artifact | None:
        key, size = await self._gateway.fetch(spec, Artifact("image", url=url), FETCH_BYTES)
        await self._index(key, size)
        found = await self._renditions.inspect(key, "preview")
        if found.thumbnail:
            await self._index(found.thumbnail, THUMBNAIL_BYTES)
        small = await self._renditions.smaller(found, PREVIEW_BYTES) if found.kind == "image" else None
        if small is not None:
            await self._index(small.media, small.size)
        return small

    async def _index(self, key: str, size: int) -> None:
        """So that the sweep knows of the file."""
        now = self._clock.now_ms()
        async with self._store.begin() as tx:
            await tx.media.add(key, "", size, now, now + PREVIEW_KEEP_MS)


class Notes:
    """Lossy, a few at once, never in the way of the work."""

    AT_ONCE = 64
    REMEMBERED = 4_096

    def __init__(self, courier: Courier, previews: Previews) -> None:
        self._courier = courier
        self._previews = previews
        self._running: dict[str, asyncio.Task[None]] = {}
        self._seen: dict[str, str] = {}  # job -> the last link that was looked at

    def show(self, job: Job, preview_url: str = "", listen: str = "") -> None:
        """`preview_url`: a link of the gateway's, looked at when it is another than before; "" = none. `listen`: one that
        people may follow. A piece of another job has no note: how far it is is told with the whole."""
        if job.muted or job.part_of or job.place.platform not in self._courier.platforms:
            return
        if job.id in self._running or len(self._running) >= self.AT_ONCE:
            return
        task = asyncio.create_task(self._show(job, self._unseen(job, preview_url), listen))
        self._running[job.id] = task
        task.add_done_callback(lambda _: self._running.pop(job.id, None))

    def _unseen(self, job: Job, url: str) -> str:
        if not url or self._seen.get(job.id) == url:
            return ""
        self._seen.pop(job.id, None)
        self._seen[job.id] = url
        if len(self._seen) > self.REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return url

    async def _show(self, job: Job, url: str, listen: str) -> None:
        await self._courier.progress(job, await self._previews.of(job, url) if url else None, listen)

    async def close(self) -> None:
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
