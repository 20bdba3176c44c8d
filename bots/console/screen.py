"""What the terminal shows: finished lines, one text that grows, and a line for each thing that is on its way.

On a terminal the lines of things on their way stand below everything else and are redrawn in place, above the prompt. In a
pipe nothing is ever redrawn: a growing text is written when it is whole, progress in a few plain lines. Knows no platform.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
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


def width(text: str) -> int:
    """Columns of a terminal: Chinese characters and most emoji take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def fitted(text: str, columns: int) -> str:
    """As much of it as stands in one line."""
    while width(text) > columns:
        text = text[:-1]
    return text


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
        self._waiting: list[str] = []

    # --- finished text --------------------

    def line(self, text: str) -> None:
        """While a text grows, others wait for its end."""
        if self._grown:
            self._waiting.append(text)
            return
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
        """Another text than before: the lines from the first that differs are replaced; if one of them wraps, all is written
        anew."""
        before, after = self._grown.split("\n"), text.split("\n")
        same = 0
        while same < min(len(before), len(after)) - 1 and before[same] == after[same]:
            same += 1
        columns, rows = shutil.get_terminal_size()
        if len(before) - same < rows and all(width(line) < columns for line in before[same:]):
            self._out.write(ERASE + UP * (len(before) - same - 1) + "\n".join(after[same:]))
        else:
            self._out.write("\n\n" + text)

    def grown(self, text: str) -> None:
        """The end of it: the text as it finally is."""
        text = clean(text)
        if not self._grown:
            self.line(text)
            return
        self.grow(text)
        self._out.write("\n")
        self._grown = ""
        for other in self._waiting:
            self._out.write(clean(other) + "\n")
        self._waiting.clear()
        self._draw()

    # --- things on their way --------------------

    def status(self, key: str, text: str) -> None:
        """Show or change the line of something that is on its way."""
        text = " · ".join(" ".join(line.split()) for line in clean(text).splitlines() if line.strip())
        if self._statuses.get(key) == text:
            return
        self._statuses[key] = text
        if not self._live:
            self._tell(key, text)
        elif not self._grown:
            self._erase()
            self._draw()

    def settle(self, key: str) -> None:
        """It is over: its line goes."""
        self._told.pop(key, None)
        if self._statuses.pop(key, None) is not None and not self._grown:
            self._erase()
            self._draw()

    def _tell(self, key: str, text: str) -> None:
        """In a pipe: when the stage changes, and at each quarter."""
        found = _PERCENT.search(text)
        quarter = int(found[1]) // QUARTER if found else 0
        stage = f"{quarter}:{''.join(_CHANGING.sub('', text).split())}"
        if self._told.get(key) != stage:
            self._told[key] = stage
            self._out.write(text + "\n")
            self._out.flush()

    # --- the lines at the bottom --------------------

    def prompt(self, text: str) -> None:
        """`text`: the prompt that somebody is being asked with, "" when nobody is. Writes nothing itself."""
        self._prompt = text

    def submitted(self, typed: str) -> None:
        """The prompt line was sent: it stays, without the lines of things on their way above it."""
        if self._live and self._prompt and self._drawn:
            lines = self._drawn + 1 + width(self._prompt + typed) // self._columns()
            self._out.write("\r" + UP * lines + self._prompt + clean(typed) + "\n")
            self._out.flush()
        self._prompt = ""
        self._drawn = 0

    def _columns(self) -> int:
        return shutil.get_terminal_size().columns

    def _erase(self) -> None:
        if self._live and (self._drawn or self._prompt):
            wrapped = width(self._prompt + self._typed()) // self._columns() if self._prompt else 0
            self._out.write(ERASE + UP * (self._drawn + wrapped))
        self._drawn = 0

    def _draw(self) -> None:
        if self._live:
            for text in self._statuses.values():
                self._out.write(fitted(text, self._columns() - 1) + "\n")
            self._drawn = len(self._statuses)
            if self._prompt:
                self._out.write(self._prompt + self._typed())
        self._out.flush()
