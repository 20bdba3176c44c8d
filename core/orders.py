"""The one use case behind commands, buttons and whatever else orders a picture, a film or a sound: resolve the model, check
the options, quote, then hold and job in one commit. Never talks to the gateway: that is the worker's business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from core import own_voices
from core.catalog import Catalog, ModelSpec
from core.checking import check_bytes, check_options, check_region
from core.documents import sniff_file
from core.errors import (
    BadFile,
    BadOption,
    EmptyPrompt,
    FilesTooLarge,
    FileTooLarge,
    JobGone,
    NeedsInput,
    NoAssetsHere,
    NoLink,
    PromptTooLong,
    WrongInput,
)
from core.film_modes import arranged, doing, mode_named
from core.fitted import fitted
from core.flags import check_flags, parted
from core.gateway.options import check_together
from core.jobs import AT_GATEWAY, HANDMADE, NEVER, move
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.linking import NO_LINKS, Linking
from core.masks import SHAPE, files_of, mask_of
from core.measuring import measured
from core.mentions import takes_all
from core.placing import Piece, digest, queued
from core.ports import Clock, Media, NewId, Renditions, Store, Tx
from core.preparing import Preparing
from core.prices import quote
from core.renditions import THUMBNAIL_BYTES
from core.reordering import is_same
from core.songs import check_song
from core.system_voices import SystemVoices
from core.values import OPEN_STATES, Access, Ending, Job, JobState, Kind, Micros, ModelKind, Order, Part, Turn, Voice

log = logging.getLogger(__name__)

TAKING_MOST = 8
"""So many models are named in a sentence."""
OF_JOB = "job:"
"""An input whose `media` begins so is the first result of that job, which may still be under way."""
SIBLINGS = 30
"""So many of a person's last orders are looked through."""
GIVEN_BACK = frozenset({JobState.FAILED, JobState.UNSURE, JobState.CANCELLED})
BROKEN_OFF = frozenset({Ending.CUT, Ending.INTERRUPTED})
SAVE_TRIES = 5
"""A worker may write the same row at the same moment; each time the row is read again."""


class _Moved(Exception):
    """Another process has written the row meanwhile: nothing is done, and all of it is looked at again."""


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
        linking: Linking = NO_LINKS,
        voices: SystemVoices | None = None,
    ) -> None:
        """`linking`: the ways to a public address of a stored file; `voices`: those of the vendor of speech."""
        self._voices = voices or SystemVoices(None, clock)
        self._linking = linking
        self.preparing = Preparing()
        self._store = store
        self.catalog = catalog
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
        action: str = "",
        mode: str = "",
        continues: str = "",
    ) -> tuple[Order, ModelSpec, Micros]:
        """What the person wants, checked and priced. `action`: a word of the row's `price.actions`, "" = the family's usual
        making. `mode`: of a film, as the person says it; "" = as its files mean it. `continues`: the job whose result it
        changes. Raises BadInput of the kind that says what to write instead."""
        spec = self.catalog.get(model, kind) if model else self.catalog.default(kind)
        prompt = prompt.strip()
        if not prompt and not inputs and not action:
            raise EmptyPrompt(command=kind)
        if len(prompt) > self._limits.prompt_chars:
            raise PromptTooLong(limit=self._limits.prompt_chars, length=len(prompt))
        check_bytes(spec, prompt)
        chosen = check_options(own_voices.admitting(spec, options, self._voices.known), options, action)
        check_flags(spec, prompt, chosen, action)
        check_song(spec, prompt, chosen, action)
        self._check_inputs(spec, kind, inputs, action)
        if kind == "video":
            cast = arranged(spec, inputs, mode_named(mode) or doing(action), self.catalog.visible(kind))
            inputs, action = cast.inputs, cast.action
        order = Order(kind, spec.name, prompt, chosen, inputs, continues, action=action)
        check_region(order)
        check_together(order, spec)
        self._linking.check(inputs, spec.for_files(inputs), self._clock.now_ms())
        with_film = any(part.kind == "video" for part in inputs)
        chosen = {**parted(spec, prompt)[1], **chosen}
        return order, spec, quote(spec, chosen, action, with_film=with_film, text=prompt)

    def sends(self, spec: ModelSpec, file: Part) -> bool:
        """Whether there is a way for such a file to this model's wire: some fetch files from an address of ours."""
        try:
            asked = replace(self._linking, missed=lambda _: None)  # nobody misses a link yet
            asked.check((file,), spec.for_files((file,)), self._clock.now_ms())
        except (NoLink, FileTooLarge):
            return False
        return file.kind in spec.inputs

    def _check_inputs(self, spec: ModelSpec, kind: ModelKind, inputs: tuple[Part, ...], action: str) -> None:
        files = files_of(inputs)
        if spec.needs_input and not files and not action:
            raise NeedsInput(command=kind)
        for part in inputs:
            if part.kind not in spec.inputs:
                raise WrongInput(model=spec.name, kind=part.kind, allowed=self._taking(kind, part.kind))
        if not takes_all(spec, inputs):
            able = [row.name for row in self.catalog.visible(kind) if takes_all(row, inputs)]
            raise NoAssetsHere(model=spec.name, allowed=", ".join(able[:TAKING_MOST]) or "none")
        most = min(spec.max_inputs, self._limits.inputs_per_order)
        if len(files) > most or len(inputs) > len(files) + 1:
            raise BadOption(name="files", value=str(len(inputs)), allowed=str(most))
        if (size := sum(part.size for part in inputs)) > self._limits.order_bytes:
            raise FilesTooLarge(size=size, limit=self._limits.order_bytes)

    def _taking(self, kind: ModelKind, file: Kind) -> str:
        """The models that take such a file."""
        names = [spec.name for spec in self.catalog.visible(kind) if file in spec.inputs and spec.max_inputs]
        return ", ".join(names[:TAKING_MOST]) or "none"

    async def keep_input(self, chunks: AsyncIterator[bytes] | bytes, declared: str, kind: Kind) -> Part:
        """Store a file that a person sent, for a day. `declared` is its name, or its type when it has none, as the person's
        platform tells it: the bytes decide, so a text file called .png is refused. What is no media is a document if it was
        sent as one; whether it can be read is found out by whoever reads it. Raises FileTooLarge, BadFile."""
        key, size = await self._media.put(chunks, self._limits.input_bytes)
        await self._index(key, size)
        name = "" if "/" in declared else declared
        try:
            found = await self._renditions.inspect(key, declared)
        except BadFile:
            if kind != "document":
                raise
            async with self._media.as_file(key) as path:
                mime = await asyncio.to_thread(sniff_file, path, name)
            return Part("document", media=key, mime=mime, name=name, size=size)
        if found.thumbnail:
            await self._index(found.thumbnail, THUMBNAIL_BYTES)
        return Part(found.kind, media=key, mime=found.mime, name=name, size=found.size)

    async def use_again(self, part: Part, command: str) -> None:
        """A file that lies in the store already becomes an input of `command`, and is kept for another day. Raises NeedsInput
        when it is swept. What is no file of the store is the worker's to see to."""
        if ":" in part.media:
            return
        try:
            await self._media.read(part.media)
        except KeyError as error:
            raise NeedsInput(f"{part.media} is swept", command=command) from error
        await self._index(part.media, part.size)

    async def _index(self, key: str, size: int) -> None:
        """Before it is looked into: whatever happens next, the sweep knows of the file."""
        now = self._clock.now_ms()
        async with self._store.begin() as tx:
            await tx.media.add(key, "", size, now, now + self._limits.input_keep_ms)

    # --- placing

    async def place(
        self,
        access: Access,
        origin_id: str,
        order: Order,
        *,
        event_id: str = "",
        parent_id: str = "",
        turn_id: str = "",
        number: int = 0,
        once: str = "",
        behind: str = "",
        pieces: Sequence[Piece] = (),
    ) -> Job:
        """The job and its hold, with those of its `pieces`, and the end of the message's journal row, in one commit. The same
        event, the same call (`number`) of an answer's tools (`turn_id`), and the same name (`once`) never place a second job.
        `behind`: the job that is brought before it, with which it counts as one. Raises OverLimit and BadInput; nothing has
        happened then."""
        job_id = self._id(access, event_id, turn_id, number, once)
        order, spec, price = await self._prepared(access, order, job_id)
        prepared = [(piece.id, *await self._prepared(access, piece.order, piece.id)) for piece in pieces]
        job = replace(
            queued(access, order, spec, price, self._clock.now_ms()),
            id=job_id,
            origin_id=origin_id,
            parent_id=parent_id,
            turn_id=turn_id,
            behind=behind,
        )
        async with self._store.begin() as tx:
            if event_id or turn_id or once or order.press:  # each may come twice at once
                await self._purse.one_at_a_time(tx, access)
            known = await tx.jobs.get(job.id) if event_id or turn_id or once else None
            if known is None:
                if behind:
                    await self._purse.hold_piece(tx, access, price, order.kind, spec.name, job.id, of=price)
                else:
                    await self._purse.hold_order(tx, access, price, order.kind, spec.name, job.id)
                await tx.jobs.add(job)
                await self._add_pieces(tx, access, job, prepared)
            if event_id:
                await tx.inbox.done(access.place.platform, event_id)
        self._store.wake("jobs")
        return known or job

    async def voiced(self, access: Access, order: Order, job_id: str = "") -> Order:
        """With its voice as orders name it: one of the row's or of its vendor's, or the person's own. Raises BadOption with
        some of them, VoiceGone, CloneAnew."""
        spec = self.catalog.get(order.model, order.kind)
        wanted = order.options.get(own_voices.VOICE)
        system = await self._voices.told() if wanted and own_voices.takes_own(spec) else {}
        async with self._store.read() as tx:
            return await own_voices.allowed(tx, access.person.id, spec, order, job_id, system)

    async def _prepared(self, access: Access, order: Order, job_id: str) -> tuple[Order, ModelSpec, Micros]:
        """With its voice and its files as the model takes them, measured, checked and priced. What is made by hand costs
        nothing."""
        spec = self.catalog.get(order.model, order.kind)
        if order.action in HANDMADE:
            return order, spec, 0
        if order.kind == "audio":
            order = await self.voiced(access, order, job_id)
        if order.inputs:
            async with self.preparing.turn(access.person.id):
                order = await fitted(self._renditions, self._index, spec, order)
                if order.kind == "video":
                    order = await measured(self._renditions, spec, order)
        _, spec, price = self.check(
            order.kind, order.model, order.prompt, order.options, order.inputs, order.action, continues=order.continues
        )
        await self._try_shape(order, spec)
        return order, spec, price

    async def keep_voice(self, access: Access, order: Order, voice: Voice, once: str) -> None:
        """Words that nobody hears, so that the vendor does not delete the voice: a piece of no order, so it is neither shown
        nor told. The same name never twice, and nothing when it has spoken since it was read. Raises as `place`."""
        job_id = digest(f"once:{once}")
        order, spec, price = await self._prepared(access, order, job_id)
        job = queued(access, order, spec, price, self._clock.now_ms())
        job = replace(job, id=job_id, part_of=f"{own_voices.KEPT}{voice.id}")
        async with self._store.begin() as tx:
            await self._purse.one_at_a_time(tx, access)
            if await tx.jobs.get(job_id) is None and await own_voices.still_due(tx, voice):
                await self._purse.hold_piece(tx, access, price, order.kind, spec.name, job_id, of=price)
                await tx.jobs.add(job)
        self._store.wake("jobs")

    async def _add_pieces(
        self, tx: Tx, access: Access, whole: Job, prepared: Sequence[tuple[str, Order, ModelSpec, Micros]]
    ) -> None:
        together = whole.quote + sum(price for *_, price in prepared)
        for piece_id, order, spec, price in prepared:
            piece = replace(
                queued(access, order, spec, price, whole.created_ms),
                id=piece_id,
                origin_id=whole.origin_id,
                part_of=whole.id,
            )
            await self._purse.hold_piece(tx, access, price, order.kind, spec.name, piece.id, of=together)
            await tx.jobs.add(piece)

    def piece_ids(self, access: Access, count: int, *, event_id: str = "", once: str = "") -> list[str]:
        """Ids for the pieces of an order that is placed with the same `event_id` or `once`, in its order."""
        named = f"once:{once}" if once else f"{access.place.platform}:{event_id}" if event_id else ""
        return [digest(f"{named}:piece:{at}") if named else self._new_id() for at in range(count)]

    async def _try_shape(self, order: Order, spec: ModelSpec) -> None:
        """What a drawing shows is found out before anything is paid, but for a picture that is still being made. Raises
        BadFile, UnclearShape, NeedsInput."""
        if all(part.role != SHAPE for part in order.inputs):
            return
        base = await self._pressed_picture(order) if order.press else None
        if base is None and any(part.media.startswith(OF_JOB) for part in order.inputs):
            return
        key = await mask_of(self._renditions, spec.for_files(order.inputs), order.inputs, order.options, base)
        if key:
            await self._index(key, len(await self._media.read(key)))

    async def _pressed_picture(self, order: Order) -> Part | None:
        async with self._store.read() as tx:
            source = await tx.jobs.get(order.continues)
        results = source.results if source else ()
        return next((Part("image", media=result.media) for result in results if result.kind == "image"), None)

    def _id(self, access: Access, event_id: str, turn_id: str, number: int, once: str) -> str:
        if turn_id:
            return call_id(turn_id, number)
        if once:
            return id_of(once)
        return digest(f"{access.place.platform}:{event_id}") if event_id else self._new_id()

    # --- afterwards

    async def cancel(self, access: Access, job_id: str) -> Literal["cancelled", "muted"]:
        """Before it was sent: refunded. Later: the gateway charges anyway, so it only is not delivered; if the task fails it
        is refunded. Of a whole each piece by itself, all in one commit: "muted" if anything of it was sent. Raises JobGone
        when there is nothing to cancel."""
        for _ in range(SAVE_TRIES):
            job = await self.get(access, job_id)
            try:
                async with self._store.begin() as tx:
                    saved = [await self._cancel(tx, job), *await self._cancel_pieces(tx, job)]
            except _Moved:
                continue
            self._store.wake("deliver")
            unsent = all(each.state is JobState.CANCELLED and not each.muted for each in saved)
            return "cancelled" if unsent else "muted"
        raise JobGone(job_id)

    async def _cancel_pieces(self, tx: Tx, whole: Job) -> list[Job]:
        """What of them has a result stays as it is. Returns those that were sent or are cancelled. Raises _Moved."""
        pieces = await tx.jobs.pieces(whole.id)
        open_ones = [piece for piece in pieces if piece.state in OPEN_STATES and piece.state is not JobState.READY]
        made = [piece for piece in pieces if piece.results]
        return [*made, *[await self._cancel(tx, piece) for piece in open_ones]]

    async def _cancel(self, tx: Tx, job: Job) -> Job:
        """Raises JobGone for one that has ended, _Moved for one that somebody else has just written."""
        if job.state is JobState.QUEUED:
            saved = await tx.jobs.save(
                move(job, JobState.CANCELLED, told=True, error_key="", due_ms=NEVER), job.version
            )  # fmt: skip
            if saved is not None:
                await self._purse.refund(tx, job.id)
                await own_voices.note_end(tx, saved, self._clock.now_ms())
        elif job.state is JobState.READY:
            ended = move(job, JobState.CANCELLED, muted=True, told=True, due_ms=NEVER)
            saved = await tx.jobs.save(ended, job.version)
        elif job.state is JobState.SENDING or job.state in AT_GATEWAY:
            saved = job if job.muted else await tx.jobs.save(move(job, job.state, muted=True), job.version)
        else:
            raise JobGone(f"{job.id} is {job.state}")
        if saved is None:
            raise _Moved(job.id)
        return saved

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

    async def get(self, access: Access, job_id: str, *, others: bool = False) -> Job:
        """Raises JobGone, for other people's jobs too; with `others` not for those of this chat."""
        async with self._store.read() as tx:
            job = await tx.jobs.get(job_id)
        if job is None:
            raise JobGone(job_id)
        here = others and job.place.chat_key == access.place.chat_key
        if job.person_id != access.person.id and not access.person.is_owner and not here:
            raise JobGone(job_id)
        return job

    async def pieces(self, job_id: str) -> list[Job]:
        """The jobs that are part of this one, oldest first."""
        async with self._store.read() as tx:
            return await tx.jobs.pieces(job_id)

    async def of_turn(self, turn_id: str) -> list[Job]:
        """What the tools of an answer have ordered, oldest first."""
        async with self._store.read() as tx:
            return await tx.jobs.of_turn(turn_id)

    async def of_broken_answer(self, turn: Turn, order: Order) -> Job | None:
        """The same order, placed by an answer to the same message that broke off: asked anew, it is not placed again."""
        async with self._store.read() as tx:
            for job in await tx.jobs.of_person(turn.person_id, SIBLINGS):
                siblings = job.turn_id not in {"", turn.id} and (job.place, job.origin_id) == (
                    turn.place,
                    turn.origin_id,
                )
                if not siblings or job.state in GIVEN_BACK or not is_same(job, order):
                    continue
                before = await tx.conversations.turn(job.turn_id)
                if before is not None and before.ending in BROKEN_OFF:
                    return job
        return None

    async def mine(self, access: Access, limit: int = 10, skip: int = 0) -> list[Job]:
        """Newest first, `skip` of them left out."""
        async with self._store.read() as tx:
            return await tx.jobs.of_person(access.person.id, limit, skip=skip)


def id_of(once: str) -> str:
    """The job of this name."""
    return digest(f"once:{once}")


def call_id(turn_id: str, number: int) -> str:
    """The job that a call of an answer's tools orders: the same call gives the same id."""
    return digest(f"call:{turn_id}:{number}")
