"""What a worker works with, and the work that sending and polling share: bringing results in, and ending a job."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from core.catalog import Catalog, ModelSpec
from core.errors import BadInput, BotError, GatewayError, NoResult
from core.gateway.families import TASKS
from core.gateway.orders_stream import Heard
from core.gateway.wire import Polled, PollMany, Ready, Submitted
from core.jobs import NEVER, move, on_grid_ms
from core.leases import Change, Leases
from core.ledger import Purse
from core.limits import Limits
from core.linking import Link, no_link
from core.notes import Notes
from core.ports import Clock, Courier, Media, Renditions, Store, Tx
from core.prices import asked_for, share
from core.renditions import THUMBNAIL_BYTES
from core.sources import wake_waiting
from core.values import Artifact, Cause, Job, JobState, Json, Micros, Order, RemoteButton

log = logging.getLogger(__name__)

PARTLY = "deliver-partly"
"""The sentence of a job some of whose results could not be had: found, made, paid (less, all)."""

TEXT_CHARS = 4_000
"""Of a result that is words."""

BUTTONS_MOST = 40


class Gateway(Protocol):
    """The tasks of the gateway; `core/gateway/client.py` speaks to the real one."""

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        """Raises NotTaken when it surely did not arrive, Unsure when nobody knows, else what the gateway refused it for.
        `heard` is told how a long call goes."""

    async def poll(self, spec: ModelSpec, task_id: str) -> Polled:
        """Looks at many tasks of a family at the same moment are one request where its wire allows it."""

    async def confirm(self, spec: ModelSpec, order: Order, task_id: str) -> Submitted:
        """Answer the window that a task waits in. Raises as `submit` does, and is as little repeated."""

    def blocks(self, family: str) -> bool:
        """Whether its submits are all of the work and may take minutes."""

    async def fetch(self, spec: ModelSpec, artifact: Artifact, max_bytes: int = 0) -> tuple[str, int]:
        """Brings a result into the media store; returns (key, size). `max_bytes` 0: as large as results may be."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Results that are ours, of `made` that were made or asked for, and what they cost. `transcript`, `buttons`: as in
    Ready."""

    results: tuple[Artifact, ...]
    made: int
    price: Micros
    transcript: str = ""
    buttons: tuple[RemoteButton, ...] = ()

    def told(self, job: Job) -> dict[str, Json]:
        """What the person should know about what is missing; empty when nothing is."""
        if len(self.results) == self.made:
            return {}
        paid = "less" if self.price < job.quote else "all"
        return {"found": len(self.results), "made": self.made, "paid": paid}


def look_at_ms(spec: ModelSpec, now_ms: int, wait_s: float) -> int:
    """When a task is looked at next. Tasks of which one reply tells are due together."""
    due_ms = now_ms + round(wait_s * 1000)
    return on_grid_ms(due_ms, now_ms, spec.poll.first_s) if isinstance(TASKS.get(spec.family), PollMany) else due_ms


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
    link: Link = no_link

    # --- results

    async def bring_in(self, job: Job, spec: ModelSpec, outcome: Ready) -> Brought:
        """Download, look into and index the results: all that can be had, at least one. Raises GatewayError; NoResult when
        there is none that looking again would help."""
        found: list[Artifact] = []
        failure: GatewayError = NoResult(f"{spec.name}: finished without a result")
        artifacts = outcome.artifacts[: self.limits.artifacts_per_job]
        for artifact in artifacts:
            try:
                found.append(await self._bring_in(spec, artifact))
            except GatewayError as error:
                log.warning("%s: a result could not be had: %s", spec.name, error)
                failure = error
        if not found:
            raise failure
        price = share(spec, job.options, job.quote, len(found))
        # a transcript names pictures by their number
        whole = len(found) == len(outcome.artifacts) or spec.kind != "image"
        transcript = outcome.transcript if whole else ""
        made = max(len(artifacts), asked_for(spec, job.options))
        return Brought(tuple(found), made, price, transcript, outcome.buttons[:BUTTONS_MOST])

    async def _bring_in(self, spec: ModelSpec, artifact: Artifact) -> Artifact:
        if artifact.kind == "text":
            return Artifact("text", text=artifact.text[:TEXT_CHARS])
        try:
            key, size = await self.gateway.fetch(spec, artifact)
            await self.index(key, size, self.limits.input_keep_ms if spec.speaks else self.limits.result_keep_ms)
            found = await self.renditions.inspect(key, artifact.mime)
            if spec.speaks:
                found = await self._voiced(found)
            elif found.kind == "video":
                found = await self._streamable(found)
        except BadInput as error:  # too large, or no media at all
            raise NoResult(f"{spec.name}: {error}") from error
        if found.thumbnail:
            await self.index(found.thumbnail, THUMBNAIL_BYTES, self.limits.result_keep_ms)
        return replace(found, text=artifact.text)

    async def _voiced(self, found: Artifact) -> Artifact:
        """Speech in the form of a voice message; as it came when there is no way."""
        voice = await self.renditions.voiced(found) or found
        await self.index(voice.media, voice.size, self.limits.result_keep_ms)
        return voice

    async def _streamable(self, found: Artifact) -> Artifact:
        """A film that can be watched while it comes."""
        made = await self.renditions.streamable(found)
        if made.media != found.media:
            await self.index(made.media, made.size, self.limits.result_keep_ms)
        return made

    async def index(self, key: str, size: int, keep_ms: int) -> None:
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
                buttons=brought.buttons,
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

    async def give_back(self, job: Job, change: Change) -> Job | None:
        """Write a change that may end in a cancel by the person (`cancelled`), which is refunded then."""

        async def refund(tx: Tx, saved: Job) -> None:
            if saved.state is JobState.CANCELLED:
                await self._refund(tx, saved)

        saved = await self.leases.keep(job, change, refund)
        if saved is not None and saved.state is JobState.CANCELLED:
            self.store.wake("deliver")
            await wake_waiting(self.store, saved, self.clock.now_ms())
        return saved

    async def _settle(self, tx: Tx, job: Job) -> None:
        await self.purse.settle(tx, job.id, job.quote)

    async def _refund(self, tx: Tx, job: Job) -> None:
        await self.purse.refund(tx, job.id)

    async def _book_late(self, tx: Tx, job: Job) -> None:
        await self.purse.book_house(tx, f"{job.id}:late", job.quote, Cause(job.person_id, job.kind, job.model))
