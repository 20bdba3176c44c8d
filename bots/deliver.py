"""Brings results of jobs, their ends, and notices to people on the platforms of this process: implements core.ports.Courier.

One try a call: the worker knows when to come again, and what is gone for good."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, TypeVar

from bots import results
from bots.captions import caption_of, harmless, in_full, worded
from bots.fit_told import fit_told
from bots.ladder import Fitted, Ladder, Link, Named, files_of
from bots.notices import Herald, Languages
from bots.outlet import Button, Buttons, Flooded, MediaFile, MessageGone, Outlet, OutletError, Rendered, SentMedia
from bots.pace import Pacer
from bots.post import ONE_TRY, PACED_PATIENCE_S, Post, following, translated
from bots.progress import Progress
from bots.requested import Requested
from bots.wholes import redo_price, whole
from core.errors import (
    BannedWord,
    Declined,
    Moderated,
    PartFailed,
    RealFace,
    ShotFailed,
    SoundWithheld,
    VoiceGone,
    Withheld,
)
from core.film_deeds import Deed
from core.jobs import ASKED, NOTHING, WORDS, asked_until_ms
from core.own_voices import OWN, VOICE
from core.ports import Clock, Media, Renditions, Store
from core.prices import quote
from core.songs import SongDeed
from core.specs import ModelSpec, folded
from core.typical import Takes, unknown
from core.values import Artifact, Job, JobState, Micros, Notice, Place

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ACK_PATIENCE_S = 30.0
_OF_WORDS = frozenset(error.key for error in (Moderated, BannedWord, Declined, RealFace, Withheld, SoundWithheld))
"""Failures of a shot that other words may mend."""
_UPLOADS: dict[str, Literal["photo", "video", "audio"]] = {"image": "photo", "video": "video", "audio": "audio"}


class Deliverer:
    def __init__(
        self,
        outlets: Mapping[str, Outlet],
        pacer: Pacer,
        texts: Languages,
        clock: Clock,
        *,
        store: Store,
        media: Media,
        renditions: Renditions,
        link: Link | None = None,
        find: Callable[[str], ModelSpec | None] = lambda _: None,
        takes: Takes = unknown,
        can: Callable[[Job], Collection[Deed]] = lambda _: (),
        songs: Callable[[Job], Mapping[SongDeed, Micros]] = lambda _: {},
    ) -> None:
        """`link`: makes a signed link to a stored file, None where the world cannot reach us. `find`: the row of a model.
        `takes`: how long its orders take. `can`: what can be ordered of a film; `songs`: of a song or
        its words, and for how much."""
        self._texts, self._store, self._find, self._can, self._songs = texts, store, find, can, songs
        self._post = Post(outlets, pacer, clock, following(store))
        self._ladder = Ladder(store, media, renditions, link)
        self._progress = Progress(self._post, texts, clock, self._ladder, store, takes)
        self._requested = Requested(self._post, texts, self._ladder)
        self._herald = Herald(self._post, texts, store)
        self._afterwards: set[asyncio.Task[None]] = set()

    @property
    def platforms(self) -> frozenset[str]:
        return frozenset(self._post.outlets)

    async def close(self, seconds: float = 1.0) -> None:
        """Let the last acknowledgements be written, so far as they can be: nothing is lost with them."""
        left = set(self._afterwards)
        if left:
            await asyncio.wait(left, timeout=seconds)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def paced(self, place: Place, call: Callable[[Outlet, Place], Awaitable[Result]]) -> Result:
        """A call beside an exchange, when its turn has come; again for a minute where that helps. Raises OutletError."""
        return await self._post.must(place, call, patience_s=PACED_PATIENCE_S)

    # --- results --------------------

    async def deliver(self, job: Job) -> tuple[str, ...]:
        with translated(self._post, job.place):
            try:
                sent = await self._send_results(job)
            except KeyError:
                sent = await self._say(job, self._texts(job.locale, "deliver-gone"), self._retry(job), "end")
        if job.state is JobState.READY:
            self._later(self._wind_up(job))
        return sent

    async def _send_results(self, job: Job) -> tuple[str, ...]:
        files = files_of(job)
        sent = await self._send_files(job, files) if files else ()
        if files and job.action == WORDS:
            return sent  # their beginning stands beside the file
        words = [artifact for artifact in job.results if artifact.kind == "text"]
        return (*sent, *await self._send_words(job, words, alone=not files)) if words else sent

    async def _send_files(self, job: Job, files: Sequence[Named]) -> tuple[str, ...]:
        outlet, place = self._post.outlets[job.place.platform], self._post.here(job.place)
        limit, pressed = await outlet.file_limit(place), await self._pressed(job)
        spec, spoken = self._find(job.model), self._is_speech(job)
        priced = replace(job, quote=(await whole(self._store, job)).price)
        buttons = results.buttons(job, spec, self._texts, outlet.surface, self._can(job), self._songs(job))
        several = len(results.pictures_of(job))
        beside = buttons if several < 2 else ()

        async def send(fitted: Sequence[Fitted], *, reuse: bool, plain: bool) -> tuple[str, ...]:
            caption = caption_of(
                _with_beginning(priced), self._texts, outlet.surface, fitted, pressed=pressed, spoken=spoken
            )
            if not any(each.artifact for each in fitted):
                return await self._say(job, caption, beside, "r")
            ping = await self._ping(job)
            await self._show_upload(job)
            async with self._ladder.opened(fitted, reuse=reuse, as_document=plain, voice=spoken) as opened:
                sent = await self._send_media(job, tuple(opened), Rendered(caption), beside, ping)
            await self._ladder.remember(job.place.platform, fitted, sent.file_ids)
            return sent.message_ids

        sent = await self._ladder.descend(files, place.platform, limit, send)
        return sent if several < 2 else (*sent, *await self._send_below(job, several, buttons))

    async def _send_below(self, job: Job, several: int, buttons: Buttons) -> tuple[str, ...]:
        """The buttons of several pictures, on a message that changes when one is picked. It waits its own turn, as an album
        may have used up the chat's; and the pictures, which are there, are not sent once more for it."""
        try:
            return await self._say(
                job, self._texts(job.locale, "deliver-pick", count=several), buttons, "b", first=False
            )
        except OutletError as error:
            log.warning("job %s: its results have no buttons: %s", job.id, error)
            return ()

    async def _send_media(
        self, job: Job, files: tuple[MediaFile, ...], caption: Rendered, buttons: Buttons, ping: str
    ) -> SentMedia:
        return await self._post.must(
            job.place,
            lambda out, there: out.send_media(
                there,
                files,
                caption,
                reply_to=job.origin_id or job.ack_id,
                buttons=buttons,
                nonce=_nonce(job, "r"),
                ping=ping,
            ),
            calls=len(files) + (len(files) > 1 and bool(buttons)),
            patience_s=ONE_TRY,
        )

    async def _send_words(self, job: Job, found: Sequence[Artifact], *, alone: bool) -> tuple[str, ...]:
        """Results that are words; `alone`: there is nothing else, so what they are and what can be done stands with them."""
        surface = self._post.surface(job.place)
        priced = replace(job, quote=(await whole(self._store, job)).price)
        head = caption_of(priced, self._texts, surface, pressed=await self._pressed(job)) if alone else ""
        spec = self._find(job.model)
        buttons = results.buttons(job, spec, self._texts, surface, songs=self._songs(job)) if alone else ()
        if job.kind == "audio":
            messages = in_full(head, found[0].title, found[0].text, surface)
        else:
            messages = worded(head, [each.text for each in found], surface)
        sent: list[str] = []
        for number, message in enumerate(messages):
            below = buttons if number == len(messages) - 1 else ()
            sent += await self._say(job, message, below, f"w{number}", first=alone and not number)
        return tuple(sent)

    async def _pressed(self, job: Job) -> str:
        """What the button said that ordered it; "" when none did, or nobody knows any more."""
        if not job.press:
            return ""
        async with self._store.read() as tx:
            parent = await tx.jobs.get(job.continues)
        offered = parent.buttons if parent is not None else ()
        return next((results.label_of(remote) for remote in offered if remote.id == job.press), "")

    def _is_speech(self, job: Job) -> bool:
        spec = self._find(job.model) if job.kind == "audio" else None
        return spec is not None and spec.voiced

    async def _show_upload(self, job: Job) -> None:
        place = self._post.here(job.place)
        if self._post.pacer.preview(place):
            try:
                await self._post.outlets[place.platform].typing(place, _UPLOADS.get(job.kind, "typing"))
            except Flooded as error:
                self._post.pacer.flooded(place, error.retry_after_s)
            except OutletError:
                return  # only a sign

    # --- ends --------------------

    async def tell(self, job: Job) -> None:
        """A failure is a new message, because only that notifies; what the person cancelled is said in place."""
        with translated(self._post, job.place):
            if job.state is JobState.CANCELLED:
                sentence = self._texts(job.locale, "job-cancelled")
                if not job.ack_id or not await self._acknowledge(job, sentence, self._retry(job)):
                    await self._say(job, sentence, self._retry(job), "end")
                return
            if job.error_params.get(ASKED) == NOTHING:
                await self._say(job, self._texts(job.locale, "job-still-nothing"), self._retry(job), _looked(job))
                return
            await self._say(job, self._sentence(job), await self._below_failed(job), "end")
        self._later(self._acknowledge(job, self._texts(job.locale, "deliver-failed", kind=_what(job)), ()))

    async def progress(self, job: Job, preview: Artifact | None = None, listen: str = "") -> None:
        await self._progress.show(job, preview, listen)

    async def notify(self, notice: Notice) -> bool:
        return await self._herald.notify(notice)

    # --- on request --------------------

    async def originals(self, job: Job, place: Place, index: int | None, reply_to: str) -> tuple[str, ...]:
        return await self._requested.originals(job, place, index, reply_to)

    async def show(
        self, job: Job, place: Place, message_id: str, index: int, caption: str, buttons: Buttons = ()
    ) -> None:
        await self._requested.show(job, place, message_id, index, caption, buttons)

    async def bring(
        self,
        place: Place,
        artifacts: Sequence[Artifact],
        caption: str,
        buttons: Buttons = (),
        reply_to: str = "",
        *,
        locale: str = "en",
    ) -> tuple[str, ...]:
        return await self._requested.bring(place, artifacts, caption, buttons, reply_to, locale=locale)

    # --- inside --------------------

    async def _say(
        self, job: Job, sentence: str, buttons: Buttons, once: str, *, first: bool = True
    ) -> tuple[str, ...]:
        """A new message. The first answers the person's own, so that it notifies; those after it are tried for longer, as
        the first would be there twice."""
        ping = await self._ping(job) if first else ""
        reply_to = (job.origin_id or job.ack_id) if first else ""
        return (
            await self._post.must(
                job.place,
                lambda out, there: out.send(
                    there, Rendered(sentence), reply_to=reply_to, buttons=buttons, nonce=_nonce(job, once), ping=ping
                ),
                patience_s=ONE_TRY if first else PACED_PATIENCE_S,
            ),
        )

    async def _wind_up(self, job: Job) -> bool:
        """The acknowledgement of what stands below it now. One that would keep its last preview for ever goes."""
        if await self._progress.settle(job.id) and self._post.surface(job.place).media_stays:
            await self._post.must(
                job.place, lambda out, there: out.delete(there, job.ack_id), patience_s=ACK_PATIENCE_S
            )
            return True
        done, changes = self._texts(job.locale, "deliver-done", kind=_what(job)), self._changes(job)
        return await self._acknowledge(job, f"{done}\n{changes}" if changes else done, ())

    def _changes(self, job: Job) -> str:
        """What was changed of its files stays to be read: the acknowledgement said so for a moment only."""
        return fit_told(partial(self._texts, job.locale), job.inputs)

    async def _acknowledge(self, job: Job, sentence: str, buttons: Buttons) -> bool:
        """What the acknowledgement becomes. False: it is not there any more."""
        if not job.ack_id:
            return False
        await self._progress.settle(job.id)
        try:
            await self._post.must(
                job.place,
                lambda out, there: out.edit(there, job.ack_id, Rendered(sentence), buttons=buttons, drop_media=True),
                patience_s=ACK_PATIENCE_S,
            )
        except MessageGone:
            return False
        return True

    def _later(self, work: Awaitable[bool]) -> None:
        """Beside the worker's way: the job's end is written down at once."""

        async def quietly() -> None:
            try:
                await work
            except OutletError as error:
                log.info("an acknowledgement stays as it was: %s", error)

        task = asyncio.create_task(quietly())
        self._afterwards.add(task)
        task.add_done_callback(self._afterwards.discard)

    def _sentence(self, job: Job) -> str:
        """Why there is no result. Of a storyboard the sentence of a shot stands in that of the whole."""
        key = "error-unsure" if job.state is JobState.UNSURE else "error-task-failed"
        params = harmless(job.error_params, self._post.surface(job.place))
        if job.error_key in {ShotFailed.key, PartFailed.key}:
            params["why"] = self._texts(job.locale, str(params.get("why") or key), **params)
        return self._texts(job.locale, job.error_key or key, **params)

    async def _below_failed(self, job: Job) -> Buttons:
        """The shots of a storyboard that failed are filmed anew by themselves, one whose words were refused with others."""
        if VoiceGone.key in {job.error_key, job.error_params.get("why")}:
            return (*await self._voice_again(job), *self._retry(job))
        if job.error_key != ShotFailed.key:
            return self._retry(job)
        numbers, count = str(job.error_params.get("numbers", "")), job.error_params.get("count", 1)
        first = numbers.partition(",")[0]
        other = Button(self._texts(job.locale, "button-redo-words", number=first), f"job:{job.id}:redo:{first}:words")
        reworded: Buttons = ((other,),) if job.error_params.get("why") in _OF_WORDS else ()
        if not job.error_params.get("made"):
            return (*reworded, *self._retry(job))
        price = await redo_price(self._store, job)
        label = self._texts(job.locale, "button-redo-failed", numbers=numbers, count=count, price=price)
        return (*reworded, (Button(label, data=f"job:{job.id}:again"),))

    async def _voice_again(self, job: Job) -> Buttons:
        """A voice of the person's own that the vendor has deleted is cloned once more."""
        name = folded(job.options.get(VOICE, "").removeprefix(OWN))
        async with self._store.read() as tx:
            mine = await tx.voices.of_person(job.person_id)
        voice = next((each for each in mine if folded(each.name) == name and each.gone), None)
        spec = self._find(voice.model) if voice is not None else None
        if voice is None or spec is None:
            return ()
        label = self._texts(job.locale, "button-voice-anew", name=voice.name, price=quote(spec, {}))
        return ((Button(label, data=f"voice:again:{voice.id}:{job.person_id}"),),)

    def _retry(self, job: Job) -> Buttons:
        deeds = [Button(self._texts(job.locale, "button-retry"), data=f"job:{job.id}:again")]
        if asked_until_ms(job):
            deeds.insert(0, Button(self._texts(job.locale, "button-check"), data=f"job:{job.id}:check"))
        return (tuple(deeds),)

    async def _ping(self, job: Job) -> str:
        """The platform's id of the person, to notify them."""
        async with self._store.read() as tx:
            senders = await tx.people.identities(job.person_id)
        return next((sender.id for sender in senders if sender.platform == job.place.platform), "")


def _with_beginning(job: Job) -> Job:
    """What was written down is a file: how it begins stands where others have their prompt."""
    text = next((artifact.text for artifact in job.results if artifact.kind == "text"), "")
    return replace(job, prompt=text) if job.action == WORDS else job


def _nonce(job: Job, once: str) -> str:
    """So that a repeated send is dropped; what is shown once more on request is no repetition."""
    return "" if job.state in (JobState.DONE, JobState.UNDELIVERED) else f"{job.id[:18]}:{once}"


def _looked(job: Job) -> str:
    """Of one look among several. As long as `_nonce` has room."""
    return f"l{int(str(job.error_params.get('at', 0))) % 100_000}"


def _what(job: Job) -> str:
    """What was asked for: a description of a picture is none."""
    return "text" if job.action == "describe" else job.kind
