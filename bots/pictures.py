"""The pictures that a model put into its answer: sent below its words, in albums, each written down when it is out."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bots.ladder import Fitted, Ladder, Named, named, notes_of
from bots.markdown import utf16_length
from bots.outlet import MediaFile, MessageGone, Rejected, Rendered, SentMedia, TooLarge
from bots.parts import Parts
from bots.post import Post
from bots.sentences import Sentences
from core.values import Turn

log = logging.getLogger(__name__)

ALBUM = 10
NUMBERS = 100
"""So many messages one album may take: its messages are written down under numbers of their own."""


class Pictures:
    def __init__(self, post: Post, texts: Sentences, ladder: Ladder) -> None:
        self._post = post
        self._texts = texts
        self._ladder = ladder

    async def send(self, turn: Turn, parts: Parts) -> None:
        """Those that are not out yet. What cannot be sent as it is goes smaller, as a plain file, by link. Raises
        OutletError when the platform stays away or the chat is gone."""
        files: list[Named] = [
            (artifact, named(f"picture-{turn.id[:8]}-{number}", artifact.mime))
            for number, artifact in enumerate(turn.media, 1)
        ]
        for number, start in enumerate(range(0, len(files), ALBUM)):
            if parts.has_beside(number * NUMBERS):
                continue
            try:
                sent = await self._send(turn, parts, files[start : start + ALBUM], number)
            except KeyError:
                log.error("pictures of an answer are not kept any more", extra={"turn": turn.id})
            except (Rejected, TooLarge) as error:
                log.error("pictures of an answer were refused: %s", error, extra={"turn": turn.id})
            else:
                for at, message_id in enumerate(sent[:NUMBERS]):
                    await parts.beside(number * NUMBERS + at, message_id)

    async def _send(self, turn: Turn, parts: Parts, files: Sequence[Named], number: int) -> tuple[str, ...]:
        """Down the ladder, each rung once."""
        outlet, place = self._post.outlets[turn.place.platform], self._post.here(turn.place)
        limit = await outlet.file_limit(place)
        fitted = await self._ladder.fit_files(files, place.platform, limit)
        plain = False
        try:
            return await self._send_files(turn, parts, fitted, number)
        except TooLarge as error:
            log.info("pictures of an answer are too large after all: %s", error, extra={"turn": turn.id})
            largest = max(each.artifact.size for each in fitted if each.artifact is not None)
            fitted = await self._ladder.fit_files(files, place.platform, min(limit, largest) // 2)
        except Rejected as error:
            log.warning("pictures of an answer were refused in their form: %s", error, extra={"turn": turn.id})
            plain = True
        try:
            return await self._send_files(turn, parts, fitted, number, reuse=False, as_document=plain)
        except (Rejected, TooLarge) as error:
            log.warning("pictures of an answer were refused as files: %s", error, extra={"turn": turn.id})
        return await self._send_files(turn, parts, self._ladder.linked_files(files), number)

    async def _send_files(
        self,
        turn: Turn,
        parts: Parts,
        fitted: Sequence[Fitted],
        number: int,
        *,
        reuse: bool = True,
        as_document: bool = False,
    ) -> tuple[str, ...]:
        words = Rendered(self._notes(turn, fitted))
        nonce = f"{turn.id[:18]}:m{number}"
        if not any(each.artifact for each in fitted):
            return (await self._say(turn, parts, words, nonce),)
        async with self._ladder.opened(fitted, reuse=reuse, as_document=as_document) as files:
            sent = await self._album(turn, parts, tuple(files), words, nonce)
        await self._ladder.remember(turn.place.platform, fitted, sent.file_ids)
        return sent.message_ids

    def _notes(self, turn: Turn, fitted: Sequence[Fitted]) -> str:
        """What became of a picture that is not as it was, so far as a caption takes it."""
        lines = list(dict.fromkeys(notes_of(fitted, self._texts, turn.locale)))
        while utf16_length("\n".join(lines)) > self._post.surface(turn.place).caption_max:
            lines.pop()
        return "\n".join(lines)

    async def _album(
        self, turn: Turn, parts: Parts, files: tuple[MediaFile, ...], words: Rendered, nonce: str
    ) -> SentMedia:
        async def sent(reply_to: str) -> SentMedia:
            return await self._post.must(
                turn.place,
                lambda out, there: out.send_media(there, files, words, reply_to=reply_to, nonce=nonce),
                calls=len(files),
            )

        try:
            return await sent(parts.question)
        except MessageGone:
            return await sent("")

    async def _say(self, turn: Turn, parts: Parts, words: Rendered, nonce: str) -> str:
        return await self._post.must(
            turn.place, lambda out, there: out.send(there, words, reply_to=parts.question, nonce=nonce)
        )
