"""What a worker works with, and the work that sending and polling share: bringing results in, and ending a job."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from core.catalog import Catalog, ModelSpec
from core.errors import BadInput, BotError, GatewayError, NoResult
from core.gateway.orders_stream import Heard
from core.gateway.wire import Polled, Submitted
from core.jobs import NEVER, move
from core.leases import Leases
from core.ledger import Purse
from core.limits import Limits
from core.ports import Clock, Courier, Media, Renditions, Store, Tx
from core.prices import share
from core.renditions import THUMBNAIL_BYTES
from core.sources import wake_waiting
from core.values import Artifact, Cause, Job, JobState, Json, Micros, Order

log = logging.getLogger(__name__)

PARTLY = "deliver-partly"
"""The sentence of a job some of whose results could not be had: found, made, paid (less, all)."""


class Gateway(Protocol):
    """The tasks of the gateway; `core/gateway/client.py` speaks to the real one."""

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        """Raises NotTaken when it surely did not arrive, Unsure when nobody knows, else what the gateway refused it for.
        `heard` is told how a long call goes."""

    async def poll(self, spec: ModelSpec, task_id: str) -> Polled: ...

    async def fetch(self, spec: ModelSpec, artifact: Artifact) -> tuple[str, int]:
        """Brings a result into the media store; returns (key, size)."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Results that are ours, of so many that the gateway `made`, what they cost, and what the model wrote about them."""

    results: tuple[Artifact, ...]
    made: int
    price: Micros
    transcript: str = ""

    def told(self, job: Job) -> dict[str, Json]:
        """What the person should know about what is missing; empty when nothing is."""
        if len(self.results) == self.made:
            return {}
        paid = "less" if self.price < job.quote else "all"
        return {"found": len(self.results), "made": self.made, "paid": paid}


@dataclass(frozen=True, slots=True)
class Workshop:
    store: Store
    gateway: Gateway
    catalog: Catalog
    purse: Purse
    media: Media
    renditions: Renditions
    courier: Courier
    clock: Clock
    limits: Limits
    leases: Leases
    notes: Notes

    # --- results

    async def bring_in(self, job: Job, spec: ModelSpec, artifacts: tuple[Artifact, ...]) -> Brought:
        """Download, look into and index the results: all that can be had, at least one. Raises GatewayError; NoResult when
        there is none that looking again would help."""
        found: list[Artifact] = []
        failure: GatewayError = NoResult(f"{spec.name}: finished without a result")
        artifacts = artifacts[: self.limits.artifacts_per_job]
        for artifact in artifacts:
            try:
                found.append(await self._bring_in(spec, artifact))
            except GatewayError as error:
                log.warning("%s: a result could not be had: %s", spec.name, error)
                failure = error
        if not found:
            raise failure
        price = share(spec, job.options, job.quote, len(found), len(artifacts))
        return Brought(tuple(found), len(artifacts), price)

    async def _bring_in(self, spec: ModelSpec, artifact: Artifact) -> Artifact:
        try:
            key, size = await self.gateway.fetch(spec, artifact)
            await self._index(key, size, self.limits.input_keep_ms if spec.speaks else self.limits.result_keep_ms)
            found = await self.renditions.inspect(key, artifact.mime)
            if spec.speaks:
                found = await self._voiced(found)
        except BadInput as error:  # too large, or no media at all
            raise NoResult(f"{spec.name}: {error}") from error
        if found.thumbnail:
            await self._index(found.thumbnail, THUMBNAIL_BYTES, self.limits.result_keep_ms)
        return replace(found, text=artifact.text)

    async def _voiced(self, found: Artifact) -> Artifact:
        """Speech in the form of a voice message; as it came when there is no way."""
        voice = await self.renditions.voiced(found) or found
        await self._index(voice.media, voice.size, self.limits.result_keep_ms)
        return voice

    async def _index(self, key: str, size: int, keep_ms: int) -> None:
        """Before it is looked into: whatever happens next, the sweep knows of the file."""
        now = self.clock.now_ms()
        async with self.store.begin() as tx:
            await tx.media.add(key, "", size, now, now + keep_ms)

    # --- ends

    async def finish(self, job: Job, brought: Brought) -> None:
        """The result is ours: paid, and to be delivered, unless the person said not to."""
        late = job.state is JobState.FAILED
        missing = brought.told(job)

        def ready(current: Job) -> Job:
            if current.muted:
                return move(current, JobState.CANCELLED, told=True, due_ms=NEVER)
            return move(
                current,
                JobState.READY,
                results=brought.results,
                transcript=brought.transcript,
                quote=current.quote if late else brought.price,
                error_key=PARTLY if missing else "",
                error_params=missing,
                attempts=0,
                progress=100,
                told=False,
                due_ms=self.clock.now_ms(),
            )

        saved = await self.leases.keep(job, ready, self._book_late if late else self._settle)
        if saved is not None and saved.state is JobState.READY:
            self.store.wake("deliver")
        if saved is not None:
            await wake_waiting(self.store, saved, self.clock.now_ms())

    async def fail(self, job: Job, error: BotError, state: JobState = JobState.FAILED) -> None:
        """It ends without a result: refunded, and due at once for whoever tells the person."""
        log.warning("job %s: %s: %s", job.id, state, error, extra={"request_id": error.request_id})
        params: Mapping[str, Json] = dict(error.params)

        def broken(current: Job) -> Job:
            now = self.clock.now_ms()
            return move(current, state, error_key=error.key, error_params=params, attempts=0, told=False, due_ms=now)

        if await self.leases.keep(job, broken, self._refund) is not None:
            self.store.wake("deliver")
            await wake_waiting(self.store, job, self.clock.now_ms())

    async def _settle(self, tx: Tx, job: Job) -> None:
        await self.purse.settle(tx, job.id, job.quote)

    async def _refund(self, tx: Tx, job: Job) -> None:
        await self.purse.refund(tx, job.id)

    async def _book_late(self, tx: Tx, job: Job) -> None:
        await self.purse.book_house(tx, f"{job.id}:late", job.quote, Cause(job.person_id, job.kind, job.model))


class Notes:
    """Progress notes: lossy, a few at once, never in the way of the work."""

    AT_ONCE = 64

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._running: dict[str, asyncio.Task[None]] = {}

    def show(self, job: Job) -> None:
        if job.muted or job.place.platform not in self._courier.platforms:
            return
        if job.id in self._running or len(self._running) >= self.AT_ONCE:
            return
        task = asyncio.create_task(self._courier.progress(job))
        self._running[job.id] = task
        task.add_done_callback(lambda _: self._running.pop(job.id, None))

    async def close(self) -> None:
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
