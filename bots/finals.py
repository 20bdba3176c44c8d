"""The last messages of an answer: what previews have not sent for good, with quiet lines on how it ended and its buttons."""

from __future__ import annotations

import logging
from itertools import islice

from bots.file_answer import send_as_file
from bots.footer import Footer
from bots.format import line_length, with_line
from bots.outlet import Button, Buttons, Rejected, Rendered, TooLarge
from bots.parts import Parts
from bots.post import Post
from bots.sentences import Sentences
from bots.shows import Show
from bots.splitting import Span, cut
from core.values import Ending, SentPart, Turn

log = logging.getLogger(__name__)

FADES_S = 60.0
"""A draft that lives longer stays until words take its place."""
_GOES_ON = frozenset({Ending.LENGTH, Ending.CUT, Ending.STOPPED, Ending.INTERRUPTED})


class Finals:
    def __init__(self, post: Post, texts: Sentences) -> None:
        self._post, self._texts = post, texts
        self._footer = Footer(texts)

    async def deliver(self, turn: Turn, parts: Parts, show: Show, *, below: bool) -> SentPart | None:
        """Send what has not been sent; the last part comes back unwritten, to be written down with the end of the turn.
        `below`: something follows that is no text, so an answer without a word is not empty."""
        if parts.complete:
            return None
        if not parts.agrees(turn.answer):
            await parts.void()
        surface = self._post.surface(turn.place)
        lines = self._footer.lines(turn, show, surface)
        left = max(1, surface.parts_max - parts.number + 1)
        room = line_length(lines) if lines else 0
        spans = list(islice(cut(turn.answer, surface, parts.start, room, parts.head_room), left + 1))
        if len(spans) > left:
            try:
                return await self._as_file(turn, parts, spans[0], lines)
            except (Rejected, TooLarge) as error:
                log.warning("an answer could not go as a file: %s", error, extra={"turn": turn.id})
                spans = list(cut(turn.answer, surface, parts.start, room, parts.head_room))
        for span in spans[:-1]:
            await parts.final(span, turn.answer)
        return await self._last(turn, parts, spans[-1:], lines, below=below)

    async def _last(self, turn: Turn, parts: Parts, spans: list[Span], lines: str, *, below: bool) -> SentPart | None:
        surface, end, buttons = self._post.surface(turn.place), len(turn.answer), self._buttons(turn)
        if spans:
            rendered = with_line(spans[0].rendered, lines, surface) if lines else spans[0].rendered
            return await parts.put(Span(spans[0].start, end, rendered), buttons)
        if self._footer.mark(turn) or (lines and (below or parts.number > 1)):
            rendered = self._alone(turn, lines)
        elif parts.number > 1:
            return None  # all of it went out in mid-stream
        elif below and not (parts.is_open or (parts.drafted and surface.draft_life_s > FADES_S)):
            return None  # no words, and nothing waits for them
        elif below:
            rendered = Rendered(self._texts(turn.locale, "answer-below"))
        else:
            words = Rendered(self._texts(turn.locale, "answer-empty"))
            rendered, buttons = with_line(words, lines, surface) if lines else words, (self._retry(turn),)
        return await parts.put(Span(parts.start, end, rendered), buttons)

    def _alone(self, turn: Turn, lines: str) -> Rendered:
        """The lines with no words above them; what went wrong is said aloud."""
        mark = self._footer.mark(turn)
        surface = self._post.surface(turn.place)
        if not mark:
            return with_line(Rendered(""), lines, surface)
        rest = lines[len(mark) :].strip("\n")
        return with_line(Rendered(mark), rest, surface) if rest else Rendered(mark)

    async def _as_file(self, turn: Turn, parts: Parts, first: Span, lines: str) -> SentPart:
        """The beginning as text, and the whole as a file."""
        if parts.number == 1 or parts.is_open:
            await parts.final(first, turn.answer)
        await parts.gap()
        caption = self._texts(turn.locale, "answer-as-file")
        words = Rendered(f"{caption}\n{lines}" if lines else caption)
        message_id = await send_as_file(self._post, turn, words, self._buttons(turn), parts.nonce)
        return parts.sent(message_id, len(turn.answer))

    # --- buttons --------------------

    def _buttons(self, turn: Turn) -> Buttons:
        """Below an answer that did not end well; where there are words to go on from, that is offered too."""
        if not self._footer.mark(turn):
            return ()
        row = self._retry(turn)
        if turn.ending in _GOES_ON and turn.answer.strip():
            row = (*row, Button(self._texts(turn.locale, "button-continue"), data=f"turn:{turn.id}:continue"))
        return (row,)

    def _retry(self, turn: Turn) -> tuple[Button, ...]:
        return (Button(self._texts(turn.locale, "button-retry"), data=f"turn:{turn.id}:retry"),)
