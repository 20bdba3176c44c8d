"""What a worker works with, and the work that sending and polling share: bringing results in, and ending a job."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from core import own_voices
from core.catalog import Catalog, ModelSpec
from core.errors import BadInput, BotError, GatewayError, NoResult
from core.gateway.families import TOLD_TOGETHER
from core.gateway.orders_stream import Heard
from core.gateway.wire import Polled, Ready, Submitted
from core.jobs import NEVER, move, on_grid_ms, spread_s
from core.leases import Change, Leases
from core.ledger import Purse
from core.limits import Limits
from core.linking import NO_LINKS, Linking
from core.notes import Notes
from core.ports import Clock, Courier, Media, Renditions, Store, Tx
from core.prices import asked_for, share
from core.renditions import THUMBNAIL_BYTES
from core.sources import wake_waiting
from core.values import Artifact, Cause, Job, JobState, Json, Micros, Order, RemoteButton

log = logging.getLogger(__name__)

PARTLY = "deliver-partly"
"""The sentence of a job some of whose results could not be had: found, made, paid (less, all, none)."""

TEXT_CHARS = 4_000
"""Of a result that is words."""
HEARD_CHARS = 60_000
"""Of what was said in a piece of a recording."""

BUTTONS_MOST = 40

COVER_S, COVER_BYTES = 20.0, 10_000_000


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
    """Results that are ours, of `made` that were made or asked for, and what they cost. `transcript`, `buttons`,
    `refunded`: as in Ready. `note`, `gaps`: the sentence of what is missing within them, and its parameters."""

    results: tuple[Artifact, ...]
    made: int
    price: Micros
    transcript: str = ""
    buttons: tuple[RemoteButton, ...] = ()
    refunded: bool = False
    note: str = PARTLY
    gaps: Mapping[str, Json] = field(default_factory=dict)

    def told(self, job: Job) -> dict[str, Json]:
        """What the person should know about what is missing; empty when nothing is."""
        if self.note != PARTLY:
            return dict(self.gaps)
        if self.refunded:
            return {"found": len(self.results), "made": max(self.made, len(self.results) + 1), "paid": "none"}
        if len(self.results) == self.made:
            return {}
        paid = "less" if self.price < job.quote else "all"
        return {"found": len(self.results), "made": self.made, "paid": paid}


def look_at_ms(spec: ModelSpec, now_ms: int, wait_s: float, job: Job) -> int:
    """When its task is looked at next. Tasks of which one reply tells are due together, all others apart."""
    if spec.family in TOLD_TOGETHER:
        return on_grid_ms(now_ms + round(wait_s * 1000), now_ms, spec.poll.first_s)
    return now_ms + round(spread_s(wait_s, spec.poll.max_s, f"{job.id}:{job.version}") * 1000)


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
    linking: Linking = NO_LINKS

    # --- results

    async def bring_in(self, job: Job, spec: ModelSpec, outcome: Ready) -> Brought:
        """Download, look into and index the results: all that can be had, at least one. Raises GatewayError; NoResult when
        there is none that looking again would help."""
        found: list[Artifact] = []
        failure: GatewayError = NoResult(f"{spec.name}: finished without a result")
        artifacts = outcome.artifacts[: self.limits.artifacts_per_job]
        for artifact in artifacts:
            try:
                found.append(await self._bring_in(spec, artifact, job.options.get("title", "")))
            except GatewayError as error:
                log.warning("%s: a result could not be had: %s", spec.name, error)
                failure = error
        if not found:
            raise failure
        price = 0 if outcome.refunded else share(spec, job.options, job.quote, len(found))
        # a transcript names pictures by their number
        whole = len(found) == len(outcome.artifacts) or spec.kind != "image"
        transcript = outcome.transcript if whole else ""
        made = max(len(artifacts), asked_for(spec, job.options))
        return Brought(tuple(found), made, price, transcript, outcome.buttons[:BUTTONS_MOST], outcome.refunded)

    async def _bring_in(self, spec: ModelSpec, artifact: Artifact, title: str) -> Artifact:
        """`title`: as the person wants it called, "" = as it comes."""
        if artifact.kind == "text":
            most = HEARD_CHARS if spec.sound == "transcript" else TEXT_CHARS
            return Artifact("text", text=artifact.text[:most], title=artifact.title)
        try:
            key, size = await self.gateway.fetch(spec, artifact)
            await self.index(key, size, self.limits.input_keep_ms if spec.voiced else self.limits.result_keep_ms)
            found = await self.renditions.inspect(key, artifact.mime)
            if spec.kind == "audio" and found.kind not in {"audio", "video"}:
                raise NoResult(f"{spec.name}: sent {found.mime} in place of a sound")
            if spec.voiced:
                found = await self._voiced(found)
            elif found.kind == "video":
                found = await self._streamable(found)
            elif spec.kind == "video":
                raise NoResult(f"{spec.name}: sent {found.mime} in place of a film")
        except BadInput as error:  # too large, or no media at all
            raise NoResult(f"{spec.name}: {error}") from error
        if found.thumbnail:
            await self.index(found.thumbnail, THUMBNAIL_BYTES, self.limits.result_keep_ms)
        found = replace(
            found,
            text=artifact.text,
            duration_s=found.duration_s or artifact.duration_s,
            title=title or artifact.title,
            performer=artifact.performer,
            remote_id=artifact.remote_id,
        )
        return await self._covered(spec, found, artifact.cover) if artifact.cover else found

    async def _covered(self, spec: ModelSpec, song: Artifact, url: str) -> Artifact:
        """The song with its picture; without it when that cannot be had, for whatever reason: the song is what was paid."""
        try:
            async with asyncio.timeout(COVER_S):
                key, size = await self.gateway.fetch(spec, Artifact("image", url=url), COVER_BYTES)
                await self.index(key, size, self.limits.result_keep_ms)
                picture = await self.renditions.inspect(key, "cover")
        except (BotError, TimeoutError) as error:
            log.info("%s: a song without its cover: %s", spec.name, error)
            return song
        if picture.kind != "image":
            return song
        if picture.thumbnail:
            await self.index(picture.thumbnail, THUMBNAIL_BYTES, self.limits.result_keep_ms)
        return replace(song, cover=key, thumbnail=picture.thumbnail or song.thumbnail)

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
            price = current.quote if late else brought.price
            if current.muted:
                return move(current, JobState.CANCELLED, quote=price, told=True, due_ms=NEVER)
            return move(
                current,
                JobState.READY,
                results=brought.results,
                transcript=brought.transcript,
                buttons=brought.buttons,
                quote=price,
                error_key=brought.note if missing else "",
                error_params=missing,
                attempts=0,
                progress=100,
                told=False,
                made_ms=self.clock.now_ms(),
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
        await own_voices.note_end(tx, job, self.clock.now_ms())

    async def _refund(self, tx: Tx, job: Job) -> None:
        await self.purse.refund(tx, job.id)
        await own_voices.note_end(tx, job, self.clock.now_ms())

    async def _book_late(self, tx: Tx, job: Job) -> None:
        await self.purse.book_house(tx, f"{job.id}:late", job.quote, Cause(job.person_id, job.kind, job.model))
