"""The pictures that a model put into its answer: sent below its words, in albums, each written down when it is out."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bots.captions import fitting
from bots.ladder import Fitted, Ladder, Named, named, notes_of
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
        outlet, place = self._post.outlets[turn.place.platform], self._post.here(turn.place)
        nonce = f"{turn.id[:18]}:m{number}"

        async def send(fitted: Sequence[Fitted], *, reuse: bool, plain: bool) -> tuple[str, ...]:
            words = Rendered(fitting(notes_of(fitted, self._texts, turn.locale), outlet.surface.caption_max))
            if not any(each.artifact for each in fitted):
                return (await self._say(turn, parts, words, nonce),)
            async with self._ladder.opened(fitted, reuse=reuse, as_document=plain) as opened:
                sent = await self._album(turn, parts, tuple(opened), words, nonce)
            await self._ladder.remember(turn.place.platform, fitted, sent.file_ids)
            return sent.message_ids

        return await self._ladder.descend(files, place.platform, await outlet.file_limit(place), send)

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
