"""Brings results of jobs, their ends, and notices to people on the platforms of this process: implements core.ports.Courier.

One try a call: the worker knows when to come again, and what is gone for good."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol, TypeVar

from bots.format import shortened, shown_as_is
from bots.ladder import Fitted, Ladder, Link, notes_of
from bots.markdown import utf16_length
from bots.outlet import (
    Button,
    Buttons,
    ChatGone,
    ChatMoved,
    Flooded,
    MediaFile,
    MessageGone,
    Outlet,
    OutletError,
    Rejected,
    Rendered,
    SentMedia,
    TooLarge,
    Unavailable,
)
from bots.pace import Pacer
from bots.post import ONE_TRY, Post, following
from bots.progress import Progress
from bots.sentences import Sentences
from core.ports import Clock, DeliverLater, Media, Renditions, Store, Undeliverable
from core.sources import can_be_continued
from core.specs import ModelSpec
from core.values import Action, Job, JobState, Notice, Person, Place, Sender

log = logging.getLogger(__name__)

Result = TypeVar("Result")

PROMPT_CHARS = 200
LOST_S, AWAY_S = 3.0, 10.0
"""When to come again: after a lost answer, and when the platform is not to be reached."""
ACK_PATIENCE_S = 30.0
PACED_PATIENCE_S = 60.0
QUIET_S = 5.0
"""A chat that is closed by flood control for longer is left to the worker."""
_ACTIONS = {
    "image": (Action("edit"), Action("animate"), Action("again"), Action("delete")),
    "video": (Action("again"), Action("delete")),
    "audio": (Action("again"), Action("delete")),
}
_UPLOADS: dict[str, Literal["photo", "video", "audio"]] = {"image": "photo", "video": "video", "audio": "audio"}
_LABELS = {
    "edit": "button-edit",
    "animate": "button-animate",
    "again": "button-again",
    "delete": "button-delete",
}
_OF_ONE = frozenset({"edit", "animate"})
"""Actions on one of a job's pictures; the others are of all."""


class Languages(Sentences, Protocol):
    """What is asked of `bots.texts.Texts`."""

    def pick(self, language: str | None) -> str: ...


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
    ) -> None:
        """`link`: makes a signed link to a stored file, None where the world cannot reach us. `find`: the row of a model."""
        self._texts, self._store, self._find = texts, store, find
        self._post = Post(outlets, pacer, clock, following(store))
        self._ladder = Ladder(store, media, renditions, link)
        self._progress = Progress(self._post, texts, clock)
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
        with self._translated(job.place):
            try:
                sent = await self._send_results(job)
            except KeyError:
                sent = await self._say(job, self._texts(job.locale, "deliver-gone"), self._retry(job))
        self._progress.forget(job.id)
        if job.state is JobState.READY:
            self._later(self._acknowledge(job, self._texts(job.locale, "deliver-done", kind=job.kind), ()))
        return sent

    async def _send_results(self, job: Job) -> tuple[str, ...]:
        """Down the ladder: as they are, then smaller or as plain files, then by link. Each rung once."""
        outlet, place = self._post.outlets[job.place.platform], self._post.here(job.place)
        limit = await outlet.file_limit(place)
        fitted = await self._ladder.fit(job, place.platform, limit)
        plain = False
        try:
            return await self._send_files(job, fitted)
        except TooLarge as error:
            log.info("job %s: too large after all: %s", job.id, error)
            largest = max(each.artifact.size for each in fitted if each.artifact is not None)
            fitted = await self._ladder.fit(job, place.platform, min(limit, largest) // 2)
        except Rejected as error:
            log.warning("job %s: refused in its form: %s", job.id, error)
            plain = True
        try:
            return await self._send_files(job, fitted, reuse=False, as_document=plain)
        except (Rejected, TooLarge) as error:
            log.warning("job %s: refused as a file: %s", job.id, error)
        return await self._send_files(job, self._ladder.linked(job))

    async def _send_files(
        self, job: Job, fitted: Sequence[Fitted], *, reuse: bool = True, as_document: bool = False
    ) -> tuple[str, ...]:
        caption, buttons = self._caption(job, fitted), self._actions(job)
        count = sum(each.artifact is not None for each in fitted)
        if not count:
            return await self._say(job, caption, buttons)
        ping = await self._ping(job)
        await self._show_upload(job)
        async with self._ladder.opened(
            fitted, reuse=reuse, as_document=as_document, voice=self._is_speech(job)
        ) as files:
            sent = await self._send_media(job, tuple(files), Rendered(caption), buttons, ping)
        await self._ladder.remember(job.place.platform, fitted, sent.file_ids)
        return sent.message_ids

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
                nonce=f"{job.id[:18]}:r"
                if job.state is JobState.READY
                else "",  # else it is shown once more on request
                ping=ping,
            ),
            calls=len(files) + (len(files) > 1),
            patience_s=ONE_TRY,
        )

    def _caption(self, job: Job, fitted: Sequence[Fitted]) -> str:
        """Model, price, the words, unless they are to be heard; what is missing, and what happened to a result that is not as
        it was."""
        surface = self._post.surface(job.place)
        notes = notes_of(fitted, self._texts, job.locale)
        if job.error_key:
            notes.insert(0, self._texts(job.locale, job.error_key, **job.error_params))
        for chars in (0,) if self._is_speech(job) else (PROMPT_CHARS, 60, 0):
            prompt = shown_as_is(shortened(job.prompt, chars), surface)
            model = shown_as_is(job.model, surface)
            first = self._texts(job.locale, "deliver-caption", model=model, price=job.quote, prompt=prompt).strip()
            caption = "\n".join([first, *notes])
            if utf16_length(caption) <= surface.caption_max:
                return caption
        return notes[0]

    def _is_speech(self, job: Job) -> bool:
        spec = self._find(job.model) if job.kind == "audio" else None
        return spec is not None and spec.speaks

    def _actions(self, job: Job) -> Buttons:
        several = len(job.results) > 1
        buttons = []
        for action in self._deeds(job):
            for number in range(len(job.results)) if action.name in _OF_ONE else (0,):
                buttons.append(self._action(job, Action(action.name, number), several))
        return tuple(tuple(buttons[at : at + 4]) for at in range(0, min(len(buttons), 20), 4))

    def _deeds(self, job: Job) -> tuple[Action, ...]:
        """A film that words can change says so: not everywhere can one reply to it."""
        usual = _ACTIONS.get(job.kind, ())
        changeable = job.kind == "video" and can_be_continued(job, self._find(job.model))
        return (Action("edit"), *usual) if changeable else usual

    def _action(self, job: Job, action: Action, several: bool) -> Button:
        label, data = self._texts(job.locale, _LABELS[action.name]), f"job:{job.id}:{action.name}"
        if several and action.name in _OF_ONE:
            label, data = f"{label} {action.artifact + 1}", f"{data}:{action.artifact}"
        return Button(label, data=data)

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
        self._progress.forget(job.id)
        with self._translated(job.place):
            if job.state is JobState.CANCELLED:
                sentence = self._texts(job.locale, "job-cancelled")
                if not job.ack_id or not await self._acknowledge(job, sentence, self._retry(job)):
                    await self._say(job, sentence, self._retry(job))
                return
            key = "error-unsure" if job.state is JobState.UNSURE else "error-task-failed"
            await self._say(job, self._texts(job.locale, job.error_key or key, **job.error_params), self._retry(job))
        self._later(self._acknowledge(job, self._texts(job.locale, "deliver-failed", kind=job.kind), ()))

    async def progress(self, job: Job) -> None:
        await self._progress.show(job)

    # --- notices --------------------

    async def notify(self, notice: Notice) -> bool:
        if notice.place is not None and not notice.person_id:
            return await self._notify_place(notice, notice.place)
        async with self._store.read() as tx:
            person = await tx.people.person(notice.person_id)
            senders = await tx.people.identities(notice.person_id)
        if notice.place is not None and person is not None:
            return await self._notify_there(notice, notice.place, person, senders)
        ways = [sender for sender in senders if sender.platform in self._post.outlets]
        if person is None or not ways:
            return False
        return await self._notify_person(notice, person, ways)

    async def _notify_place(self, notice: Notice, place: Place) -> bool:
        if place.platform not in self._post.outlets:
            return False
        async with self._store.read() as tx:
            group = await tx.people.group(place)
        locale = (group.locale if group is not None else None) or "en"
        with self._translated(place):
            await self._send(place, self._texts(locale, notice.key, **notice.params))
        return True

    async def _notify_there(self, notice: Notice, place: Place, person: Person, senders: Sequence[Sender]) -> bool:
        """A sentence for one person in the chat where they asked for it: a reply to their message, which notifies them."""
        if place.platform not in self._post.outlets:
            return False
        if person.banned:
            raise Undeliverable("banned people get nothing")
        sender = next((sender for sender in senders if sender.platform == place.platform), None)
        locale = person.locale or self._texts.pick(sender.language if sender else None)
        sentence = Rendered(self._texts(locale, notice.key, **notice.params))
        reply_to, ping = str(notice.params.get("reply_to", "")), sender.id if sender else ""
        with self._translated(place):
            await self._post.must(
                place,
                lambda out, there: out.send(there, sentence, reply_to=reply_to, nonce=notice.id[:24], ping=ping),
                patience_s=ONE_TRY,
            )
        return True

    async def _notify_person(self, notice: Notice, person: Person, ways: Sequence[Sender]) -> bool:
        """By the first way that is open. Raises Undeliverable when all are closed."""
        for sender in ways:
            locale = person.locale or self._texts.pick(sender.language)
            outlet = self._post.outlets[sender.platform]
            try:
                place = await outlet.private(sender.id)
                with self._translated(place):
                    await self._send(place, self._texts(locale, notice.key, **notice.params))
                return True
            except (ChatGone, Undeliverable) as error:
                log.info("notice %s: %s is closed: %s", notice.id, sender.platform, error)
            except OutletError as error:
                raise DeliverLater(AWAY_S) from error
        raise Undeliverable("no way to this person is open")

    async def _send(self, place: Place, sentence: str) -> str:
        return await self._post.must(place, lambda out, there: out.send(there, Rendered(sentence)), patience_s=ONE_TRY)

    # --- inside --------------------

    async def _say(self, job: Job, sentence: str, buttons: Buttons) -> tuple[str, ...]:
        """A new message that answers the person's own, so that it notifies."""
        ping = await self._ping(job)
        return (
            await self._post.must(
                job.place,
                lambda out, there: out.send(
                    there,
                    Rendered(sentence),
                    reply_to=job.origin_id or job.ack_id,
                    buttons=buttons,
                    nonce=f"{job.id[:18]}:{job.state[:5]}",
                    ping=ping,
                ),
                patience_s=ONE_TRY,
            ),
        )

    async def _acknowledge(self, job: Job, sentence: str, buttons: Buttons) -> bool:
        """What the acknowledgement becomes. False: it is not there any more."""
        if not job.ack_id:
            return False
        try:
            await self._post.must(
                job.place,
                lambda out, there: out.edit(there, job.ack_id, Rendered(sentence), buttons=buttons),
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

    def _retry(self, job: Job) -> Buttons:
        return ((Button(self._texts(job.locale, "button-retry"), data=f"job:{job.id}:again"),),)

    async def _ping(self, job: Job) -> str:
        """The platform's id of the person, to notify them."""
        async with self._store.read() as tx:
            senders = await tx.people.identities(job.person_id)
        return next((sender.id for sender in senders if sender.platform == job.place.platform), "")

    @contextmanager
    def _translated(self, place: Place) -> Iterator[None]:
        """The platform's trouble in the worker's words."""
        quiet_s = self._post.pacer.closed_s(self._post.here(place))
        if quiet_s > QUIET_S:
            raise DeliverLater(quiet_s)
        try:
            yield
        except Flooded as error:
            raise DeliverLater(error.retry_after_s) from error
        except ChatGone as error:
            raise Undeliverable(str(error)) from error
        except Unavailable as error:
            raise DeliverLater(AWAY_S) from error
        except (Rejected, TooLarge, MessageGone, ChatMoved) as error:
            raise Undeliverable(f"refused: {error}") from error
        except OutletError as error:  # the answer was lost
            raise DeliverLater(LOST_S) from error
