"""Results that somebody asks to see again: originals as files, one result in a message that is turned like a page, loose
files of a job. Paced, and repeated for a minute where that helps. Every method raises OutletError."""

from __future__ import annotations

from collections.abc import Sequence

from bots.captions import fitting
from bots.ladder import Fitted, Ladder, Named, file_of, files_of, named, notes_of
from bots.outlet import Buttons, MediaFile, Rejected, Rendered, SentMedia, TooLarge
from bots.post import PACED_PATIENCE_S, Post
from bots.sentences import Sentences
from core.values import Artifact, Job, Place

AS_DOCUMENT = "file"
"""The platform's id of a picture cannot be sent as a document: such ids are kept under "telegram:file"."""


class Requested:
    def __init__(self, post: Post, texts: Sentences, ladder: Ladder) -> None:
        self._post, self._texts, self._ladder = post, texts, ladder

    async def originals(self, job: Job, place: Place, index: int | None, reply_to: str) -> tuple[str, ...]:
        """One file, or all, byte for byte as the model made them: platforms press pictures that they show. What is too large
        comes by link. Raises KeyError when they are kept no more, or there are none."""
        files = files_of(job) if index is None else [file_of(job, index)]
        if not files:
            raise KeyError(job.id)
        here = self._post.here(place)
        known_as, limit = f"{here.platform}:{AS_DOCUMENT}", await self._limit(here)
        fitted = await self._ladder.originals(files, known_as, limit)
        try:
            return await self._documents(place, fitted, known_as, job.locale, reply_to, reuse=True)
        except TooLarge:
            fitted = self._ladder.linked_files(files)
        except Rejected:
            if not any(each.file_id for each in fitted):
                raise
        return await self._documents(place, fitted, known_as, job.locale, reply_to, reuse=False)

    async def show(
        self, job: Job, place: Place, message_id: str, index: int, caption: str, buttons: Buttons = ()
    ) -> None:
        """Let a message of ours carry this result. Raises KeyError when it is words, is kept nowhere, or does not fit."""
        here = self._post.here(place)
        artifact, name = file_of(job, index)
        limit = await self._limit(here)
        if artifact.kind == "image":
            limit = min(limit, self._post.surface(here).photo_max_bytes)  # or it would be no picture any more
        (fitted,) = await self._ladder.fit_files([(artifact, name)], here.platform, limit)
        if fitted.artifact is None:
            raise KeyError(artifact.media)
        try:
            await self._show(place, message_id, fitted, caption, buttons, reuse=True)
        except Rejected:
            if not fitted.file_id:
                raise
            await self._show(place, message_id, fitted, caption, buttons, reuse=False)

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
        """Files in one album, in a form that goes through. `locale`: of the sentence that says why a file is not as it was.
        Raises KeyError when one is kept no more, or is words."""
        if not artifacts or any(artifact.kind == "text" for artifact in artifacts):
            raise KeyError("no files")
        here = self._post.here(place)
        files: list[Named] = [
            (artifact, named(f"{artifact.kind}-{number}", artifact.mime))
            for number, artifact in enumerate(artifacts, 1)
        ]

        async def send(fitted: Sequence[Fitted], *, reuse: bool, plain: bool) -> tuple[str, ...]:
            words = self._with_notes(here, caption, fitted, locale)
            if not any(each.artifact for each in fitted):
                return (await self._say(place, words, buttons, reply_to),)
            async with self._ladder.opened(fitted, reuse=reuse, as_document=plain) as opened:
                sent = await self._send(place, tuple(opened), words, buttons, reply_to)
            await self._ladder.remember(here.platform, fitted, sent.file_ids)
            return sent.message_ids

        return await self._ladder.descend(files, here.platform, await self._limit(here), send)

    # --- inside --------------------

    async def _limit(self, here: Place) -> int:
        return await self._post.outlets[here.platform].file_limit(here)

    async def _documents(
        self, place: Place, fitted: Sequence[Fitted], known_as: str, locale: str, reply_to: str, *, reuse: bool
    ) -> tuple[str, ...]:
        words = self._with_notes(place, "", fitted, locale)
        if not any(each.artifact for each in fitted):
            return (await self._say(place, words, (), reply_to),)
        async with self._ladder.opened(fitted, reuse=reuse, as_document=True) as opened:
            sent = await self._send(place, tuple(opened), words, (), reply_to)
        await self._ladder.remember(known_as, fitted, sent.file_ids)
        return sent.message_ids

    def _with_notes(self, place: Place, caption: str, fitted: Sequence[Fitted], locale: str) -> Rendered:
        notes = notes_of(fitted, self._texts, locale)
        return Rendered(fitting([*([caption] if caption else []), *notes], self._post.surface(place).caption_max))

    async def _say(self, place: Place, words: Rendered, buttons: Buttons, reply_to: str) -> str:
        return await self._post.must(
            place,
            lambda out, there: out.send(there, words, reply_to=reply_to, buttons=buttons),
            patience_s=PACED_PATIENCE_S,
        )

    async def _send(
        self, place: Place, files: tuple[MediaFile, ...], words: Rendered, buttons: Buttons, reply_to: str
    ) -> SentMedia:
        return await self._post.must(
            place,
            lambda out, there: out.send_media(there, files, words, reply_to=reply_to, buttons=buttons),
            calls=len(files) + (len(files) > 1 and bool(buttons)),
            patience_s=PACED_PATIENCE_S,
        )

    async def _show(
        self, place: Place, message_id: str, fitted: Fitted, caption: str, buttons: Buttons, *, reuse: bool
    ) -> None:
        async with self._ladder.opened([fitted], reuse=reuse, as_document=False) as opened:
            (file,) = opened
            file_id = await self._post.must(
                place,
                lambda out, there: out.show_media(there, message_id, file, Rendered(caption), buttons=buttons),
                patience_s=PACED_PATIENCE_S,
            )
        await self._ladder.remember(place.platform, [fitted], [file_id])
