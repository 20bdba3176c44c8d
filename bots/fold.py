"""What a model thought, folded away above its answer: a stretch of plain words that nothing in it can break out of. Pure."""

from __future__ import annotations

import re

from bots.format import inert
from bots.markdown import is_blank, utf16_length
from bots.outlet import Entity, Rendered, Surface

CHARS = 700
SHARE = 4
"""Of a message so much at most (one in so many): the answer itself is what people want to read."""
LINE_CHARS = 160
MARK = "💭 "
_GAP = "\n"
_LINES = re.compile(r"\s*\n\s*")
_HEADING = re.compile(r"^#{1,6}[ \t]+", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)([^\n*]+)(?<=\S)\*\*")


def folded(thoughts: str, surface: Surface) -> Rendered:
    """The beginning of the thoughts as each platform folds it; empty when there are none."""
    most = min(CHARS, surface.text_cut // SHARE)
    words = _unmarked(thoughts[: 2 * CHARS].strip())
    words = " ".join(words.split()) if surface.platform == "discord" else _LINES.sub("\n", words)
    shown = _cut(words, most, surface, more=len(thoughts) > 2 * CHARS)
    if is_blank(shown):
        return Rendered("")
    match surface.platform:
        case "telegram":
            text = MARK + shown
            return Rendered(text, (Entity("expandable_blockquote", 0, utf16_length(text)),))
        case "discord":
            return Rendered(f"-# {MARK}||{shown}||")
        case _:
            return Rendered("\n".join(f"  │ {line}" for line in (MARK + shown).split("\n")))


def _unmarked(thoughts: str) -> str:
    """Without the marks of titles, which many models put above each step of their thinking."""
    return _BOLD.sub(r"\1", _HEADING.sub("", thoughts))


def _cut(words: str, most: int, surface: Surface, *, more: bool) -> str:
    """As much as takes at most so many UTF-16 units when it is written down for the platform."""
    size = min(len(words), most)
    while size:
        dots = "…" if more or size < len(words) else ""
        shown = inert(words[:size].rstrip(), surface) + dots
        if utf16_length(shown) <= most:
            return shown
        size = min(size - 1, size * 9 // 10)
    return ""


def headed(head: Rendered, rendered: Rendered) -> Rendered:
    """A message with the fold above it."""
    if not head.text:
        return rendered
    lead = utf16_length(head.text + _GAP)
    moved = tuple(
        Entity(entity.type, entity.offset + lead, entity.length, entity.extra) for entity in rendered.entities
    )
    return Rendered(head.text + _GAP + rendered.text, (*head.entities, *moved))


def head_length(head: Rendered) -> int:
    """What `headed` adds, in UTF-16 units."""
    return utf16_length(head.text + _GAP) if head.text else 0


def last_line(thoughts: str) -> str:
    """Where the thinking is now, in a few words; plain, for `inert`."""
    lines = [line for line in _unmarked(thoughts[-4 * LINE_CHARS :]).splitlines() if not is_blank(line)]
    line = " ".join(lines[-1].split()) if lines else ""
    if len(line) <= LINE_CHARS:
        return line
    _, _, tail = line[-LINE_CHARS:].partition(" ")
    return f"…{tail or line[-LINE_CHARS:]}"
