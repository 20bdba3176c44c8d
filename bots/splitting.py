"""A long answer as several messages. A part is a stretch of the answer's source, so what has been sent can be written down
as two numbers, and what is left begins where they end. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bots.format import fits, render
from bots.markdown import (
    Fence,
    blank_until,
    fences,
    is_blank,
    levelled,
    open_fence,
    reopened,
    utf16_length,
    visible_end,
)
from bots.outlet import Rendered, Surface

_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"[.!?…][\"')\]*_]*\s+|[。！？；]")
_SPACE = re.compile(r"\s+")
_UNFINISHED = re.compile(
    r"!?\[(?:\\[\[\]]|[^\[\]\n])*(?:\](?:\([^)\s]*)?)?\Z"  # a link
    r"|(?:(?<=\n)|(?<!.))[ \t]*(?:#{1,6}|[-+>]|\d{1,3}[.)]|`{1,3}|~{1,3}|[*_]{1,3})[ \t]*\Z",  # a line without a word yet
    re.DOTALL,
)
_DEEP_FENCE = re.compile(r"[ \t]{4,}(?:`{3,}|~{3,})[^\n]*\n")
_TAIL = 300
"""How far back an unfinished link is looked for."""
_INDENT_MOST = 40
"""More white space than this before the first word is no indent."""


@dataclass(frozen=True, slots=True)
class Span:
    """`source[start:end]`, rendered as a message. The spans of an answer follow each other without a gap."""

    start: int
    end: int
    rendered: Rendered


def split(source: str, surface: Surface) -> list[Span]:
    """All parts of an answer; none is blank, joined they have all its visible words in order."""
    return list(cut(source, surface))


def cut(source: str, surface: Surface, start: int = 0, room: int = 0, head: int = 0) -> Iterator[Span]:
    """The parts from `start` on, each made when it is asked for. `room`: UTF-16 units to be left free in the last one,
    `head`: in the first that comes.

    What a part holds does not depend on what comes after it, so a growing answer is cut as it fills up."""
    fence = open_fence(levelled(source[:start])) if start else None
    while not is_blank(source[start:]):
        begin, fence = _begin(source, start, fence)
        span = _whole(source, start, begin, fence, surface, room + head)
        span = span or _first(source, start, begin, fence, surface, head)
        yield span
        head = 0
        fence = _fence_after(source[begin : span.end], fence)
        start = span.end


def settled(source: str) -> str:
    """A growing text without a link, a heading or another mark that has only begun, for previews."""
    tail = source[-_TAIL:]
    found = _UNFINISHED.search(tail)
    return source if found is None else source[: len(source) - len(tail) + found.start()]


def _begin(source: str, start: int, fence: Fence | None) -> tuple[int, Fence | None]:
    """Where the text of a part begins: after blank lines, but with the indent of its first line; and the fence it is in.

    A fence deep in a list, whose list is in the part before, would not be read as one: the part begins inside it."""
    word = blank_until(source, start)
    begin = max(start, source.rfind("\n", start, word) + 1)
    if word - begin > _INDENT_MOST:
        begin = word
    header = _DEEP_FENCE.match(source, begin)
    if fence is None and start and header is not None:
        deep = open_fence(levelled(source[: header.end()]))
        if deep is not None and deep.start >= begin:
            return header.end(), deep
    return begin, fence


def _part(text: str, fence: Fence | None) -> str:
    return text if fence is None else reopened(fence, text)


def _fence_after(text: str, fence: Fence | None) -> Fence | None:
    still = open_fence(levelled(_part(text, fence)))
    return fence if fence is not None and still is not None and still.start == 0 else still


def _rendered(text: str, fence: Fence | None, surface: Surface) -> Rendered:
    text = _part(text, fence)
    still = open_fence(levelled(text))
    if still is not None:
        text = f"{text.rstrip()}\n{still.indent}{still.closing}"
    return render(text, surface)


def _whole(source: str, start: int, begin: int, fence: Fence | None, surface: Surface, room: int) -> Span | None:
    rest = source[begin : visible_end(source)]
    if len(rest) > surface.text_max or utf16_length(rest) > surface.text_max:
        return None
    rendered = _rendered(rest, fence, surface)
    return Span(start, len(source), rendered) if fits(rendered, surface, surface.text_max - room) else None


def _first(source: str, start: int, begin: int, fence: Fence | None, surface: Surface, head: int) -> Span:
    most = surface.text_cut - head
    size = _characters(source, begin, most)
    while True:
        after = source[begin + size : begin + size + 1]
        end = begin + _best_break(source[begin : begin + size], after, fence)
        rendered = _rendered(source[begin:end], fence, surface)
        if fits(rendered, surface, most) or size == 1:
            return Span(start, len(source) if is_blank(source[end:]) else end, rendered)
        size = max(1, (end - begin) * 3 // 4)


def _characters(source: str, begin: int, units: int) -> int:
    """How many characters from `begin` on take at most so many UTF-16 units."""
    text = source[begin : begin + units]
    while (over := utf16_length(text) - units) > 0:
        text = text[: -max(1, over // 2)]
    return len(text)


def _best_break(window: str, after: str, fence: Fence | None) -> int:
    """Where to end a part that may hold all of `window`: after a paragraph, else a line, a sentence, a word."""
    prose, code = _regions(window, fence)
    lead = blank_until(window, 0)
    half, third = lead + (len(window) - lead) // 2, lead + (len(window) - lead) // 3

    def last(pattern: re.Pattern[str], least: int, allowed: list[tuple[int, int]]) -> int:
        ends = [match.end() for match in pattern.finditer(window, lead)]
        good = (at for at in reversed(ends) if at > least and any(first <= at <= final for first, final in allowed))
        return next(good, 0)

    return (
        last(_PARAGRAPH, half, prose)
        or last(_LINE, half, prose)
        or last(_LINE, third, code)
        or last(_SENTENCE, half, prose)
        or last(_SPACE, third, prose)
        or last(_SPACE, third, code)
        or _between_symbols(window, after)
    )


def _regions(window: str, fence: Fence | None) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where a cut may fall: in prose; and in code, but neither right after its first fence nor right before its last."""
    opened = "" if fence is None else f"{fence.opening}\n"
    text = opened + levelled(window)
    prose, code, at = [], [], 0
    for block in fences(text):
        prose.append((at - len(opened), block.start - len(opened)))
        first = text.find("\n", block.start, block.end) + 2
        final = text.rfind("\n", 0, text.rfind("\n", 0, block.end) + 1) if block.closed else block.end
        code.append((first - len(opened), final - len(opened)))
        at = block.end + 1 if block.closed else len(text) + 1
    prose.append((at - len(opened), len(window)))
    return prose, code


def _between_symbols(window: str, after: str) -> int:
    """The end of the window, but not inside a symbol that is made of several characters."""
    text = window + after
    for at in range(len(window), max(0, len(window) - 16), -1):
        joins = at < len(text) and (unicodedata.combining(text[at]) or text[at] in "\u200d\ufe0f")
        if not joins and text[at - 1] != "\u200d":
            return at
    return len(window)
