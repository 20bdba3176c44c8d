"""How people type: a command at the beginning of a text, and options in it. Pure functions of strings.

An option is `--`, an em dash or an en dash (phones turn `--` into one) with a name, and a value behind `=`, `:` or spaces:
`--ratio 9:16`. Values and stretches of text may stand in quotes of any kind. Three modes:
- anywhere: options stand anywhere, an unknown name is an error;
- known: options stand anywhere, an unknown name is text (somebody else reads it further);
- leading: options stand before the first ordinary word, all else is text, unknown names included.
In all, ` -- ` alone ends the options, fenced text is never looked into, and line breaks stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from core.errors import BadOption, UnknownOption

_COMMAND = re.compile(r"\s*/([A-Za-z][A-Za-z0-9_]{0,31})(?:@([A-Za-z0-9_]{1,64}))?(?=\s|$)")
MAX_OPTIONS = 64
_DASHES = ("--", "—", "–")
_DASH = re.compile(r"--|[—–]{1,2}")
_NAME = re.compile(r"[^\s=:：]+")
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_FENCE = re.compile(r"`{3,}|~{3,}")
_BLANK = re.compile(r"[^\S\n]*")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"\S+")

QUOTES: Mapping[str, str] = {
    '"': '"', "'": "'", "`": "`", "＂": "＂",
    "“": "”“", "”": "”", "„": "“”", "‟": "”", "‘": "’", "‚": "‘’",
    "«": "»", "»": "«", "‹": "›", "「": "」", "『": "』", "《": "》",
}  # fmt: skip
"""Opening quote -> what may close it."""


class MissingValue(BadOption):
    key = "error-missing-value"  # name


@dataclass(frozen=True, slots=True)
class CommandLine:
    """`/name@addressee rest`; the name in lower case, addressee "" when none is given."""

    name: str
    addressee: str
    rest: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The text without its options, and the options by their full names; the last of two wins."""

    text: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Found:
    """An option at [start, end) of a text. `name` "": the ` -- ` that ends the options."""

    start: int
    end: int
    name: str = ""
    value: str = ""


def command_line(text: str) -> CommandLine | None:
    """None: this is no command (`/usr/bin` is a path)."""
    match = _COMMAND.match(text)
    if match is None:
        return None
    return CommandLine(match[1].lower(), (match[2] or "").lower(), text[match.end() :].strip())


Mode = Literal["anywhere", "known", "leading"]


def parse(text: str, names: Mapping[str, str], mode: Mode = "anywhere") -> Parsed:
    """`names`: every spelling of an option, lower case -> its full name.

    Raises UnknownOption(name, allowed) in the anywhere mode, and MissingValue(name)."""
    kept, options, begin = "", {}, 0
    for found in islice(_Scanner(text, names, mode).options(), MAX_OPTIONS):
        kept = _join(kept, text[begin : found.start])
        begin = found.end
        if found.name:
            options[found.name] = found.value
    return Parsed(_join(kept, text[begin:]).strip(), options)


def _join(left: str, right: str) -> str:
    """Close the gap that an option leaves: one space within a line, no empty line of its own."""
    if not left.strip():
        return right
    left, right = left.rstrip(" \t"), right.lstrip(" \t")
    if left.endswith("\n") and right.startswith("\n"):
        right = right[1:]
    between = "" if left.endswith("\n") or not right or right.startswith("\n") else " "
    return left + between + right


class _Scanner:
    """Goes over a text once. `_unclosed`: quote marks that nothing closes before this place of the text, so that a text
    full of them is not searched again from each."""

    def __init__(self, text: str, names: Mapping[str, str], mode: Mode) -> None:
        self._text = text
        self._names = names
        self._mode = mode
        self._unclosed: dict[tuple[str, bool], int] = {}

    def options(self) -> Iterator[_Found]:
        at = 0
        while at < len(self._text):
            at = self._end(_SPACE, at)  # a word begins here
            found = self._option(at)
            if found:
                yield found
                if not found.name:
                    return
                at = found.end
            elif self._mode == "leading":
                return
            else:
                at = self._skip(at)

    def _option(self, at: int) -> _Found | None:
        text = self._text
        dash = _DASH.match(text, at)
        if dash is None:
            return None
        spelt = _NAME.match(text, dash.end())
        if spelt is None:
            alone = dash[0] == "--" and (dash.end() == len(text) or text[dash.end()].isspace())
            return _Found(at, dash.end()) if alone else None
        name = self._names.get(spelt[0].lower())
        if name is None:
            if self._mode == "anywhere" and dash[0] in _DASHES and _PLAIN_NAME.match(spelt[0]):
                raise UnknownOption(name=spelt[0], allowed=_allowed(self._names))
            return None
        value, end = self._value(spelt.end())
        if not value:
            raise MissingValue(name=name)
        return _Found(at, end, name, value)

    def _value(self, at: int) -> tuple[str, int]:
        """The value behind a name that ends at `at`, and where it ends; "" when there is none on this line."""
        text = self._text
        if at < len(text) and text[at] in "=:：":
            at += 1
        at = self._end(_BLANK, at)
        quoted = self._quoted(at, value=True)
        if quoted:
            return text[at + 1 : quoted - 1].strip(), quoted
        word = _WORD.match(text, at)
        if word is None or self._is_option(word[0]):
            return "", at
        return word[0].replace("：", ":"), word.end()

    def _is_option(self, word: str) -> bool:
        dash = _DASH.match(word)
        spelt = _NAME.match(word, dash.end()) if dash else None
        return word == "--" or bool(spelt and (spelt[0].lower() in self._names or _PLAIN_NAME.match(spelt[0])))

    def _skip(self, at: int) -> int:
        """The end of the word, quoted stretch or fenced block that begins at `at`."""
        text = self._text
        quoted = None if _FENCE.match(text, at) else self._quoted(at)
        if quoted:
            return quoted
        while at < len(text) and not text[at].isspace():
            fence = _FENCE.match(text, at)
            if fence:
                closing = text.find(fence[0], fence.end())
                return len(text) if closing < 0 else self._end(_FENCE, closing)
            at += 1
        return at

    def _quoted(self, at: int, *, value: bool = False) -> int | None:
        """Where the quoted stretch that opens at `at` ends, on the same line; None when nothing opens or closes."""
        text, opener = self._text, self._text[at : at + 1]
        closers = QUOTES.get(opener)
        if closers is None or at < self._unclosed.get((opener, value), 0):
            return None
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        for end in range(at + 1, line_end):
            if text[end] in closers and _closes(text, end, value=value):
                return end + 1
        self._unclosed[opener, value] = line_end
        return None

    def _end(self, pattern: re.Pattern[str], at: int) -> int:
        match = pattern.match(self._text, at)
        return match.end() if match else at


def _closes(text: str, at: int, *, value: bool) -> bool:
    """A quote mark within a word (don't) or before one ('em) closes nothing."""
    after = text[at + 1 : at + 2]
    if value:
        return not after or after.isspace()
    return not after.isalnum() and not text[at - 1].isspace()


def _allowed(names: Mapping[str, str]) -> str:
    return ", ".join(f"--{name}" for name in dict.fromkeys(names.values()))
