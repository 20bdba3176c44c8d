"""What the terminal shows: finished lines, one text that grows, and a line for each thing that is on its way.

On a terminal the lines of things on their way stand below everything else and are redrawn in place, above the prompt. In a
pipe nothing is ever redrawn: a growing text is written when it is whole, progress in a few plain lines. Knows no platform.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import TextIO

_PERCENT = re.compile(r"(\d{1,3})\s*%")
_CHANGING = re.compile(r"[\d▰▱]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
QUARTER = 25
ERASE = "\r\x1b[K"
UP = "\x1b[1A\x1b[K"


def clean(text: str) -> str:
    """Without control characters: what a model writes must not steer the terminal."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\t", "    "))


class Screen:
    """`live`: the output is a terminal. `typed`: what stands in the prompt line at this moment."""

    def __init__(self, out: TextIO, *, live: bool, typed: Callable[[], str] = str) -> None:
        self._out = out
        self._live = live
        self._typed = typed
        self._prompt = ""
        self._statuses: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._drawn = 0
        self._grown = ""

    # --- finished text --------------------

    def line(self, text: str) -> None:
        self._end_growing()
        self._erase()
        self._out.write(clean(text) + "\n")
        self._draw()

    # --- a text that grows --------------------

    def grow(self, text: str) -> None:
        """The whole text so far; what is new of it is written. Only on a terminal."""
        text = clean(text)
        if not self._live or text == self._grown or not text:
            return
        if not self._grown:
            self._erase()
        if text.startswith(self._grown):
            self._out.write(text[len(self._grown) :])
        else:
            self._rewrite(text)
        self._grown = text
        self._out.flush()

    def _rewrite(self, text: str) -> None:
        """Another text than before: its last line is replaced when all above it is the same, else it is written anew."""
        above, _, last = self._grown.rpartition("\n")
        if text.startswith(above) and len(last) < self._columns():
            self._out.write(ERASE + text[len(above) :].removeprefix("\n"))
        else:
            self._out.write("\n\n" + text)

    def grown(self, text: str) -> None:
        """The end of it: the text as it finally is."""
        text = clean(text)
        if not self._grown:
            self.line(text)
            return
        self.grow(text)
        self._end_growing()
        self._draw()

    def _end_growing(self) -> None:
        if self._grown:
            self._out.write("\n")
            self._grown = ""

    # --- things on their way --------------------

    def status(self, key: str, text: str) -> None:
        """Show or change the line of something that is on its way."""
        text = " ".join(clean(text).split())
        if self._statuses.get(key) == text:
            return
        self._statuses[key] = text
        if not self._live:
            self._tell(key, text)
        elif not self._grown:
            self._erase()
            self._draw()

    def settle(self, key: str, text: str = "") -> None:
        """It is over: its line goes, and `text` is written for good."""
        known = self._statuses.pop(key, None)
        self._told.pop(key, None)
        if text and (self._live or text != known):
            self.line(text)
        elif known is not None and not self._grown:
            self._erase()
            self._draw()

    def _tell(self, key: str, text: str) -> None:
        """In a pipe: when the stage changes, and at each quarter."""
        found = _PERCENT.search(text)
        quarter = int(found[1]) // QUARTER if found else 0
        stage = f"{quarter}:{_CHANGING.sub('', text)}"
        if self._told.get(key) != stage:
            self._told[key] = stage
            self._out.write(text + "\n")
            self._out.flush()

    # --- the lines at the bottom --------------------

    def prompt(self, text: str) -> None:
        """`text`: the prompt that somebody is being asked with, "" when nobody is. Writes nothing itself."""
        self._prompt = text

    def submitted(self) -> None:
        """The prompt line was sent and stands in the history: a new one begins below."""
        self._prompt = ""
        self._drawn = 0

    def _columns(self) -> int:
        return shutil.get_terminal_size().columns

    def _erase(self) -> None:
        if self._live and (self._drawn or self._prompt):
            wrapped = len(self._prompt + self._typed()) // self._columns() if self._prompt else 0
            self._out.write(ERASE + UP * (self._drawn + wrapped))
        self._drawn = 0

    def _draw(self) -> None:
        if self._live:
            width = self._columns() - 1
            for text in self._statuses.values():
                self._out.write(text[:width] + "\n")
            self._drawn = len(self._statuses)
            if self._prompt:
                self._out.write(self._prompt + self._typed())
        self._out.flush()
