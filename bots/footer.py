"""The quiet lines below an answer: how it ended, how its files were read, what it cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bots.format import inert, shortened
from bots.markdown import utf16_length
from bots.outlet import Surface
from bots.sentences import Sentences
from bots.shows import Show
from core.questions import VOICE
from core.reading import notes
from core.values import Ending, Part, Turn

HEARD_CHARS = 200
NAMES_CHARS = 150
NOTES_UNITS = 600
"""UTF-16 units of all notes on files together; the last ones give way."""

_MARKS = {
    Ending.LENGTH: "answer-length",
    Ending.REFUSED: "answer-refused",
    Ending.CUT: "answer-cut",
    Ending.STOPPED: "answer-stopped",
    Ending.INTERRUPTED: "answer-interrupted",
}


class Footer:
    def __init__(self, texts: Sentences) -> None:
        self._texts = texts

    def mark(self, turn: Turn) -> str:
        """A short line on how the answer ended, if there is something to say."""
        if turn.ending is Ending.FAILED:
            return self._texts(turn.locale, turn.error_key or "error-internal", **turn.error_params)
        key = _MARKS.get(turn.ending) if turn.ending is not None else None
        return self._texts(turn.locale, key) if key else ""

    def lines(self, turn: Turn, show: Show, surface: Surface) -> str:
        """All of them, "" when there is nothing to say."""
        lines = [self.mark(turn)]
        if turn.ending is not Ending.FAILED:
            lines += self._notes(turn, surface)
            lines.append(self._cost(turn, surface) if show.cost else "")
        return "\n".join(line for line in lines if line)

    def _notes(self, turn: Turn, surface: Surface) -> Iterator[str]:
        left = NOTES_UNITS
        for note in (*self._heard(turn, surface), *self._read(turn, surface)):
            left -= utf16_length(note)
            if left < 0:
                return
            yield note

    def _heard(self, turn: Turn, surface: Surface) -> Iterator[str]:
        """What the person spoke, as it was written down: a wrong word there explains a wrong answer."""
        for part in turn.question:
            if _spoken(part):
                words = inert(shortened(part.text, HEARD_CHARS), surface)
                yield self._texts(turn.locale, "read-voice", words=words)

    def _read(self, turn: Turn, surface: Surface) -> Iterator[str]:
        others = tuple(replace(part, name=shortened(part.name, 60)) for part in turn.question if not _spoken(part))
        for note in notes(others):
            params = {
                name: inert(shortened(value, NAMES_CHARS), surface) if isinstance(value, str) else value
                for name, value in note.params.items()
            }
            yield self._texts(turn.locale, note.key, **params)

    def _cost(self, turn: Turn, surface: Surface) -> str:
        usage = turn.usage
        return self._texts(
            turn.locale,
            "answer-cost",
            model=inert(turn.model, surface),
            input=usage.input_tokens,
            output=usage.output_tokens,
            thoughts=usage.thought_tokens,
            searches=usage.searches,
            price=turn.cost,
            about="yes" if usage.estimated else "no",
        )


def _spoken(part: Part) -> bool:
    return part.kind == "audio" and VOICE in part.role and bool(part.media and part.text.strip())
