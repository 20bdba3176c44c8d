"""Markdown as models write it → text with entities, for Telegram. Nothing that was written vanishes: HTML tags, notes and
links that cannot be linked are shown as they stand."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any

from telegramify_markdown import convert
from telegramify_markdown.config import RenderConfig
from telegramify_markdown.latex_escape.helper import LatexToUnicodeHelper

from bots.markdown import Event, boxed_tables, kind, parsed, replaced, started, utf16_length
from bots.outlet import Entity, Rendered

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_BOLD = re.compile(rf"(?<=[{_CJK}])(\*\*)(?=[^\w\s*])|(?<=[^\w\s*])(\*\*)(?=[{_CJK}])")
_TAG = re.compile(r"(\\*)<(?=[A-Za-z/!?])(?!https?:)")
_BARS = re.compile(r"(?<!\\)\|(?=\|)|(?<=\|)\|")
_NOTE = re.compile(r"^([ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*)\[(?=[^\]\n]+\]:)", re.MULTILINE)
_INLINE_MATH = re.compile(r"\\\((.+?)\\\)")
_DISPLAY_MATH = re.compile(r"^([ \t]*)\\[\[\]][ \t]*$", re.MULTILINE)
_DISPLAY_LINE = re.compile(r"(?<!\[)\\\[(.+?)\\\](?!\]\()")  # but no number of a source: [\[1\]](…)
_LINKABLE = re.compile(r"https?://\S+\Z", re.IGNORECASE)
_COMMAND = re.compile(r"\\(?:begin|end)\{[^}]*\}|\\[A-Za-z]+")
_UNLINKED = frozenset(["custom_emoji", "text_mention", "date_time"])
_unicode: Callable[[str], str] = LatexToUnicodeHelper().convert


def _config() -> RenderConfig:
    config = RenderConfig.isolated()
    symbols = config.markdown_symbol
    for level in range(1, 7):
        setattr(symbols, f"heading_level_{level}", "")
    symbols.unordered_list_item = "•"
    symbols.image = "🖼 "
    return config


_CONFIG = _config()


def to_entities(markdown: str) -> Rendered:
    """The text as Telegram shows it. `markdown` is sanitized."""
    text, found = convert(_prepared(markdown), latex_escape=False, config=_CONFIG)
    text = text.rstrip()
    size = utf16_length(text)
    lead = len(text) - len(text.lstrip())  # only ASCII white space and its kind: one unit each
    entities = []
    for each in found:
        if each.type in _UNLINKED or (each.type == "text_link" and not _LINKABLE.match(each.url or "")):
            continue
        first, last = max(each.offset, lead), min(each.offset + each.length, size)
        if first < last:
            extra = {"url": each.url or ""} if each.type == "text_link" else {}
            if each.type == "pre" and each.language:
                extra = {"language": each.language}
            entities.append(Entity(each.type, first - lead, last - first, extra))
    entities.sort(key=lambda entity: (entity.offset, -entity.length))
    return Rendered(text[lead:], tuple(entities))


def _prepared(markdown: str) -> str:
    text = boxed_tables(markdown)
    text = _outside_code(text)
    if not any(mark in text for mark in ("](", "$", "```", "~~~", "<")):
        return text
    source = text.encode()
    return replaced(source, _changes(source, parsed(text))).decode()


def _outside_code(text: str) -> str:
    """The escapes, everywhere but in code."""
    if not any(mark in text for mark in ("<", "||", "]:", "\\(", "\\[", "\\]", "**")):
        return text
    source = text.encode()
    done, at = [], 0
    for first, last in [*_code(parsed(text)), (len(source), len(source))]:
        if first >= at:
            done += [_escaped(source[at:first].decode()), source[first:last].decode()]
            at = last
    return "".join(done)


def _code(events: list[Event]) -> list[tuple[int, int]]:
    return [
        (first, last)
        for payload, first, last in events
        if started(payload, "CodeBlock") is not None or kind(payload, "Code") is not None
    ]


def _escaped(text: str) -> str:
    text = _INLINE_MATH.sub(r"$\1$", text)
    text = _DISPLAY_LINE.sub(r"$$\1$$", text)
    text = _DISPLAY_MATH.sub(r"\1$$", text)
    text = _TAG.sub(lambda found: found[0] if len(found[1]) % 2 else f"{found[1]}\\<", text)
    text = _BARS.sub(r"\\|", text)
    text = _NOTE.sub(r"\1\\[", text)
    return _BOLD.sub(lambda found: "\u200a**" if found[1] else "**\u200a", text)


def _changes(source: bytes, events: list[Event]) -> list[tuple[int, int, bytes]]:
    """What the converter would drop, put so that it shows."""
    changes: list[tuple[int, int, bytes]] = []
    for number, (payload, first, last) in enumerate(events):
        link = started(payload, "Link") or started(payload, "Image")
        block = started(payload, "CodeBlock")
        formula = kind(payload, "InlineMath") or kind(payload, "DisplayMath")
        if link is not None:
            empty = "End" in events[number + 1][0] and started(payload, "Link") is not None
            changes += _link(source, link, first, last, empty)
        elif isinstance(block, dict):
            changes += _header(source, first, last)
        elif formula is not None and _loses_words(formula):
            changes.append((first, last, _verbatim(source[first:last].decode())))
        elif kind(payload, "InlineHtml") is not None or kind(payload, "Html") is not None:
            changes.append((first, last, source[first:last].replace(b"<", b"\\<")))
    return changes


def _link(source: bytes, link: dict[str, Any], first: int, last: int, empty: bool) -> list[tuple[int, int, bytes]]:
    if source[first : first + 1] == b"<":  # an autolink shows its address
        return []
    if empty or not _LINKABLE.match(link["dest_url"]):
        at = first + (source[first : first + 1] == b"!")
        return [(at, at + 1, b"\\[")] if source[at : at + 1] == b"[" else []
    if link["title"]:
        return [(last, last, f" ({link['title']})".encode())]
    return []


def _header(source: bytes, first: int, last: int) -> list[tuple[int, int, bytes]]:
    """A fence's line may hold more than the language, and a fence may be empty: words that would not show."""
    line_end = source.find(b"\n", first, last)
    line = source[first : line_end if line_end >= 0 else last].decode().strip()
    header = re.fullmatch(r"(`{3,}|~{3,})[ \t]*(.*)", line)
    if header is None or not header[2]:
        return []
    body = source[line_end:last].decode() if line_end >= 0 else ""
    if not body.strip(" \t>\n`~"):  # nothing inside
        return [(first, last, ("".join(f"\\{mark}" for mark in header[1]) + header[2] + "\n").encode())]
    language, _, rest = header[2].partition(" ")
    if not rest.strip():
        return []
    start = source.rfind(b"\n", 0, first) + 1
    margin = re.sub(rb"[^>\t]", b" ", source[start:first])
    return [
        (first, first + len(line.encode()), f"{rest.strip()}\n".encode() + margin + f"{header[1]}{language}".encode())
    ]


def _verbatim(text: str) -> bytes:
    marks = "`" * (1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{marks} {' '.join(text.split())} {marks}".encode()


def _loses_words(formula: str) -> bool:
    """Whether the conversion to Unicode would drop letters or digits that are no command's name."""
    if "\\" not in formula:
        return False
    wanted, kept = _letters(_COMMAND.sub(" ", formula)), _letters(_unicode(formula))
    return bool(wanted - kept)


def _letters(text: str) -> Counter[str]:
    return Counter(symbol for symbol in unicodedata.normalize("NFKD", text) if symbol.isalnum())
