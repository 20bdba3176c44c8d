"""What was said and when, as SubRip subtitles (.srt): blocks of at most two lines of about 42 characters. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LINE_WIDTH = 42
"""A Chinese, Japanese or Korean character is as wide as two others."""
LINES = 2
LEAST_S = 0.05
_WIDE = "WF"
_BETWEEN = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])(?![。！？])")
"""Sentences."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words, and from when to when they are said, in seconds."""

    start_s: float
    end_s: float
    text: str


def srt(cues: Iterable[Cue]) -> str:
    blocks = [shown for cue in sorted(cues, key=lambda cue: cue.start_s) for shown in _blocks(cue)]
    lines = [
        f"{number}\n{_time(block.start_s)} --> {_time(block.end_s)}\n{block.text}\n"
        for number, block in enumerate(blocks, 1)
    ]
    return "\n".join(lines)


def spread(text: str, start_s: float, end_s: float) -> list[Cue]:
    """The sentences of a text over the time in which it was said, each as long as its share of it: for who told no times."""
    sentences = [found.strip() for found in _BETWEEN.split(text) if found.strip()]
    return _shared(sentences, start_s, end_s)


def _blocks(cue: Cue) -> list[Cue]:
    lines = list(_lines(cue.text))
    shown = ["\n".join(lines[at : at + LINES]) for at in range(0, len(lines), LINES)]
    return _shared(shown, cue.start_s, cue.end_s)


def _shared(texts: Sequence[str], start_s: float, end_s: float) -> list[Cue]:
    whole, cues, said = sum(map(_width, texts)) or 1, [], 0
    length_s = max(end_s - start_s, LEAST_S * len(texts))
    for text in texts:
        begins = start_s + length_s * said / whole
        said += _width(text)
        cues.append(Cue(begins, start_s + length_s * said / whole, text))
    return cues


def _lines(text: str) -> Iterator[str]:
    """Broken between words, and between characters where there are no words; none of it may look like a time."""
    line = ""
    for word in _words(text.replace("-->", "→")):
        if line and _width(line + word.rstrip()) > LINE_WIDTH:
            yield line.strip()
            line = ""
        line += word
    if line.strip():
        yield line.strip()


def _words(text: str) -> Iterator[str]:
    """With the space behind them; a wide character, or a piece of what fits on no line, is a word of its own."""
    for word in text.split():
        held = ""
        for mark in word:
            wide = unicodedata.east_asian_width(mark) in _WIDE
            full = wide or len(held) >= LINE_WIDTH or unicodedata.east_asian_width(held[-1:] or " ") in _WIDE
            if held and full and unicodedata.category(mark)[0] != "P":
                yield held
                held = ""
            held += mark
        yield f"{held} "


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in _WIDE else 1 for mark in text)


def _time(seconds: float) -> str:
    whole = round(max(seconds, 0.0) * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"
