"""The one use case behind commands, buttons and whatever else orders a picture, a film or a sound: resolve the model, check
the options, quote, then hold and job in one commit. Never talks to the gateway: that is the worker's business.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Literal

from core.catalog import Catalog, ModelSpec
from core.errors import BadFile, BadOption, EmptyPrompt, JobGone, NeedsInput, PromptTooLong, UnknownOption, WrongInput
from core.jobs import AT_GATEWAY, NEVER, move
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.ports import Clock, Media, NewId, Renditions, Store, Tx
from core.prices import quote
from core.renditions import THUMBNAIL_BYTES
from core.values import Access, Job, JobState, Kind, Micros, ModelKind, Order, Part

log = logging.getLogger(__name__)

TAKING_MOST = 8
"""So many models are named in a sentence."""
SAVE_TRIES = 5
"""A worker may write the same row at the same moment; each time the row is read again."""


class Orders:
    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        purse: Purse,
        media: Media,
        renditions: Renditions,
        clock: Clock,
        new_id: NewId,
        limits: Limits = LIMITS,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._purse = purse
        self._media = media
        self._renditions = renditions
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    # --- before anything is paid

    def check(
        self,
        kind: ModelKind,
        model: str | None,
        prompt: str,
        options: Mapping[str, str],
        inputs: tuple[Part, ...] = (),
    ) -> tuple[Order, ModelSpec, Micros]:
        """What the person wants, checked and priced. Raises BadInput of the kind that says what to write instead."""
        spec = self._catalog.get(model, kind) if model else self._catalog.default(kind)
        prompt = prompt.strip()
        if not prompt and not inputs:
            raise EmptyPrompt(command=kind)
        if len(prompt) > self._limits.prompt_chars:
            raise PromptTooLong(limit=self._limits.prompt_chars, length=len(prompt))
        chosen = _check_options(spec, options)
        self._check_inputs(spec, kind, inputs)
        return Order(kind, spec.name, prompt, chosen, inputs), spec, quote(spec, chosen)

    def _check_inputs(self, spec: ModelSpec, kind: ModelKind, inputs: tuple[Part, ...]) -> None:
        if spec.needs_input and not inputs:
            raise NeedsInput(command=kind)
        for part in inputs:
            if part.kind not in spec.inputs:
                raise WrongInput(model=spec.name, kind=part.kind, allowed=self._taking(kind, part.kind))
        most = min(spec.max_inputs, self._limits.inputs_per_order)
        if len(inputs) > most:
            raise BadOption(name="files", value=str(len(inputs)), allowed=str(most))

    def _taking(self, kind: ModelKind, file: Kind) -> str:
        """The models that take such a file."""
        names = [spec.name for spec in self._catalog.visible(kind) if file in spec.inputs and spec.max_inputs]
        return ", ".join(names[:TAKING_MOST]) or "none"

    async def keep_input(self, chunks: AsyncIterator[bytes] | bytes, declared: str, kind: Kind) -> Part:
        """Store a file that a person sent, for a day. `declared` is its name or type as the person's platform tells it: the
        bytes decide, so a text file called .png is refused. Raises FileTooLarge, BadFile."""
        key, size = await self._media.put(chunks, self._limits.input_bytes)
        await self._index(key, size)
        try:
            found = await self._renditions.inspect(key, declared)
        except BadFile:
            if kind != "document":
                raise
            return Part("document", media=key, mime=declared if "/" in declared else "", name=declared, size=size)
        if found.thumbnail:
            await self._index(found.thumbnail, THUMBNAIL_BYTES)
        return Part(found.kind, media=key, mime=found.mime, name=declared, size=found.size)

    async def _index(self, key: str, size: int) -> None:
        """Before it is looked into: whatever happens next, the sweep knows of the file."""
        now = self._clock.now_ms()
        async with self._store.begin() as tx:
            await tx.media.add(key, "", size, now, now + self._limits.input_keep_ms)

    # --- placing

    async def place(
        self, access: Access, origin_id: str, order: Order, *, event_id: str = "", parent_id: str = ""
    ) -> Job:
        """The job and its hold, and the end of the message's journal row, in one commit. The same event never places a
        second job. Raises OverLimit and BadInput; nothing has happened then."""
        _, spec, price = self.check(order.kind, order.model, order.prompt, order.options, order.inputs)
        job = self._new_job(access, origin_id, order, spec, price, event_id, parent_id)
        async with self._store.begin() as tx:
            known = await tx.jobs.get(job.id) if event_id else None
            if known is None:
                await self._purse.hold_order(tx, access, price, order.kind, spec.name, job.id)
                await tx.jobs.add(job)
            if event_id:
                await tx.inbox.done(access.place.platform, event_id)
        self._store.wake("jobs")
        return known or job

    def _new_job(
        self,
        access: Access,
        origin_id: str,
        order: Order,
        spec: ModelSpec,
        price: Micros,
        event_id: str,
        parent_id: str,
    ) -> Job:
        now = self._clock.now_ms()
        return Job(
            id=_id_of_event(access.place.platform, event_id) if event_id else self._new_id(),
            person_id=access.person.id,
            account_id=access.account_id,
            place=access.place,
            origin_id=origin_id,
            kind=order.kind,
            model=spec.name,
            family=spec.family,
            prompt=order.prompt,
            state=JobState.QUEUED,
            quote=price,
            created_ms=now,
            deadline_ms=now + round(spec.deadline_s * 1000),
            due_ms=now,
            options=order.options,
            inputs=order.inputs,
            parent_id=parent_id,
            locale=access.locale,
        )

    async def retry(self, access: Access, job_id: str, origin_id: str = "", event_id: str = "") -> Job:
        """A new job for the same order, at today's price. Raises JobGone, NeedsInput when its files are swept."""
        job = await self.get(access, job_id)
        for part in job.inputs:
            try:
                await self._media.read(part.media)
            except KeyError as error:
                raise NeedsInput(f"{part.media} is swept", command=job.kind) from error
            await self._index(part.media, part.size)
        order = Order(job.kind, job.model, job.prompt, job.options, job.inputs)
        return await self.place(access, origin_id or job.origin_id, order, event_id=event_id, parent_id=job.id)

    # --- afterwards

    async def cancel(self, access: Access, job_id: str) -> Literal["cancelled", "muted"]:
        """Before it was sent: refunded. Later: the gateway charges anyway, so it only is not delivered; if the task fails it
        is refunded. Raises JobGone when there is nothing to cancel."""
        for _ in range(SAVE_TRIES):
            job = await self.get(access, job_id)
            async with self._store.begin() as tx:
                saved = await self._cancel(tx, job)
            if saved is not None:
                self._store.wake("deliver")
                return "cancelled" if saved.state is JobState.CANCELLED and not saved.muted else "muted"
        raise JobGone(job_id)

    async def _cancel(self, tx: Tx, job: Job) -> Job | None:
        if job.state is JobState.QUEUED:
            ended = move(job, JobState.CANCELLED, told=True, due_ms=NEVER)
            saved = await tx.jobs.save(ended, job.version)
            if saved is not None:
                await self._purse.refund(tx, job.id)
            return saved
        if job.state is JobState.READY:
            ended = move(job, JobState.CANCELLED, muted=True, told=True, due_ms=NEVER)
            return await tx.jobs.save(ended, job.version)
        if job.state is JobState.SENDING or job.state in AT_GATEWAY:
            return job if job.muted else await tx.jobs.save(move(job, job.state, muted=True), job.version)
        raise JobGone(f"{job.id} is {job.state}")

    async def acknowledged(self, job_id: str, message_id: str) -> None:
        """The message that says the order was accepted: progress is shown there."""
        if not message_id:
            return
        for _ in range(SAVE_TRIES):
            async with self._store.begin() as tx:
                job = await tx.jobs.get(job_id)
                if job is None:
                    return
                await tx.conversations.link(job.place, message_id, f"job:{job_id}")
                if await tx.jobs.save(replace(job, ack_id=message_id), job.version) is not None:
                    return
        log.warning("job %s: its acknowledgement could not be noted", job_id)

    async def get(self, access: Access, job_id: str) -> Job:
        """Raises JobGone, for other people's jobs too."""
        async with self._store.read() as tx:
            job = await tx.jobs.get(job_id)
        if job is None or (job.person_id != access.person.id and not access.person.is_owner):
            raise JobGone(job_id)
        return job

    async def mine(self, access: Access, limit: int = 10) -> list[Job]:
        """Newest first."""
        async with self._store.read() as tx:
            return await tx.jobs.of_person(access.person.id, limit)


def _check_options(spec: ModelSpec, options: Mapping[str, str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for name, written in options.items():
        option = spec.options.get(name.lower())
        if option is None:
            raise UnknownOption(name=name[:60], allowed=", ".join(("model", *sorted(spec.options))))
        value = option.match(written)
        if value is None:
            raise BadOption(name=option.name, value=written[:60], allowed=", ".join(option.values))
        chosen[name.lower()] = value
    return chosen


def _id_of_event(platform: str, event_id: str) -> str:
    """The same event gives the same id, so that a message that is handled twice orders once."""
    digest = hashlib.sha256(f"{platform}:{event_id}".encode()).digest()
    return base64.b32encode(digest)[:16].decode().lower()
