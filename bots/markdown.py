"""Reading Markdown as models write it: where code and tables lie, and what a table looks like in fixed width. Pure; the
parser is pyromark, which telegramify-markdown uses as well."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import pyromark

OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_MATH
)
COLUMN_MOST = 40
"""Wider cells are not padded to."""

Event = tuple[Any, int, int]
"""What the parser saw, and its bytes in the UTF-8 source."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_HALF = re.compile("[\ud800-\udfff]")
_UNSEEN = (
    r"\x00-\x20\x7f-\xa0\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufeff\uffa0"
)
_BLANK = re.compile(rf"[\s{_UNSEEN}]*")
_SOURCE = re.compile(r"\[\\\[(\d+)\\\]\]\([^)\s]+\)")
"""The number of a source, whose address is listed at the end of the answer."""
_CLOSING = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*\Z")
_HEADER = re.compile(r"([ \t>]*)(`{3,}|~{3,})([^\n]*)")


def utf16_length(text: str) -> int:
    """Length as the platforms count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def sanitized(text: str) -> str:
    """Without control characters and halves of characters, which no platform takes; halves that meet are joined."""
    if _HALF.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def levelled(text: str) -> str:
    """The same number of characters, none of which would confuse the parser: for finding places in a text."""
    text = _CONTROL.sub(" ", text.replace("\r", " ") if "\n" in text else text.replace("\r", "\n"))
    return _HALF.sub("\ufffd", text)


def blank_until(text: str, start: int) -> int:
    """Where the first symbol that a person can see stands, from `start` on."""
    found = _BLANK.match(text, start)
    return found.end() if found else start


def visible_end(text: str) -> int:
    """Where the last symbol that a person can see ends."""
    at = len(text)
    while at and _BLANK.fullmatch(text, at - 1, at):
        at -= 1
    return at


def is_blank(text: str) -> bool:
    """Nothing that a person could see; the platforms refuse such a message."""
    return _BLANK.fullmatch(text) is not None


def parsed(text: str) -> list[Event]:
    """The events of a sanitized text."""
    events = pyromark.events_with_range(text, options=OPTIONS)
    return [(payload, where["start"], where["end"]) for payload, where in events]


def kind(payload: Any, name: str) -> Any:
    """What an event says of itself if it is of this kind, else None: {"Code": "x"} → "x"."""
    return payload.get(name) if isinstance(payload, dict) else None


def started(payload: Any, name: str) -> Any:
    """The same for the start of a block or span: {"Start": {"Link": {...}}} → {...}."""
    start = kind(payload, "Start")
    return start.get(name) if isinstance(start, dict) else None


# --- code --------------------


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block that runs from `start` to `end` (characters of the source). `opening`: the line that opens it again,
    `indent`: what stands before its lines (as a part of a list or quote)."""

    start: int
    end: int
    opening: str
    indent: str
    closed: bool

    @property
    def closing(self) -> str:
        marks = self.opening[0]
        return marks * (len(self.opening) - len(self.opening.lstrip(marks)))


def fences(text: str) -> list[Fence]:
    """All fenced blocks of a sanitized text, in order."""
    if "```" not in text and "~~~" not in text:
        return []
    offset = Offsets(text)
    found = []
    for payload, first, last in parsed(text):
        block = started(payload, "CodeBlock")
        if isinstance(block, dict) and "Fenced" in block:
            found.append(_fence(text, offset(first), offset(last)))
    return [fence for fence in found if fence is not None]


def _fence(text: str, start: int, end: int) -> Fence | None:
    line = text.rfind("\n", 0, start) + 1
    header = _HEADER.match(text, start)
    if header is None:
        return None
    before = text[line:start] + header[1]
    indent = before if not before.strip(" \t>") else re.sub(r"[^>\t]", " ", before)
    lines = text[start:end].rstrip("\n").split("\n")
    closing = _CLOSING.match(lines[-1]) if len(lines) > 1 else None
    closed = closing is not None and closing[1].startswith(header[2])
    language = header[3].split()[:1]
    return Fence(start, end, header[2] + "".join(language)[:30], indent, closed)


def open_fence(text: str) -> Fence | None:
    """The fenced block that is open at the end of the text."""
    last = fences(text)[-1:]
    return last[0] if last and not last[0].closed and last[0].end >= len(text.rstrip("\n")) else None


def reopened(fence: Fence, text: str) -> str:
    """A text that goes on inside `fence`, as a text of its own: the fence opened again, its lines moved to the margin."""
    lines = text.split("\n")
    width = len(fence.indent)
    for number, line in enumerate(lines):
        closing = _CLOSING.match(line)
        if width and not line[:width].strip(" \t>"):
            lines[number] = line[width:]
        if closing and closing[1].startswith(fence.closing):
            lines[number] = line.strip(" \t>")
            break
    return fence.opening + "\n" + "\n".join(lines)


class Offsets:
    """From bytes of the UTF-8 text to its characters; asked in any order."""

    def __init__(self, text: str) -> None:
        self._ascii = text.isascii()
        self._bytes = b"" if self._ascii else text.encode()

    def __call__(self, byte: int) -> int:
        return byte if self._ascii else len(self._bytes[:byte].decode(errors="ignore"))


# --- tables --------------------


def boxed_tables(text: str) -> str:
    """The text with each table as a code block of fixed width, nothing of its cells lost."""
    if "|" not in text or "-" not in text:
        return text
    source = text.encode()
    changes = []
    for payload, first, last in parsed(text):
        if started(payload, "Table") is not None:
            line = source.rfind(b"\n", 0, first) + 1
            changes.append((first, last, _boxed(source[first:last].decode(), source[line:first].decode()).encode()))
    return replaced(source, changes).decode()


def replaced(source: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """The source with stretches replaced; `changes` do not overlap, a later one inside an earlier one is left out."""
    done, at = [], 0
    for first, last, new in sorted(changes, key=lambda change: (change[0], -change[1])):
        if first >= at:
            done += [source[at:first], new]
            at = last
    return b"".join([*done, source[at:]])


def _boxed(table: str, before: str) -> str:
    lines = table.rstrip("\n").split("\n")
    margin = re.sub(r"[^>\t]", " ", before) if before.strip(" \t>") else before
    rows = [cells(line) for number, line in enumerate(lines) if number != 1]
    drawn = draw_table(rows)
    marks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", drawn)), default=0))
    ending = "\n" if table.endswith("\n") else ""
    return f"\n{margin}".join([marks, *drawn.split("\n"), marks]) + ending


def cells(line: str) -> list[str]:
    """The cells of a row, as plain words."""
    line = line.strip().lstrip("> \t")
    line = line.removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return [_words(cell) for cell in re.split(r"(?<!\\)\|", line)]


def _words(cell: str) -> str:
    cell = _SOURCE.sub(r"[\1]", cell)
    cell = re.sub(r"<br\s*/?>", " ", cell.replace("\\|", "|"), flags=re.IGNORECASE)
    cell = re.sub(r"(`+)(.+?)\1", r"\2", cell)
    cell = re.sub(r"(\*\*|~~)(?=\S)(.+?)(?<=\S)\1", r"\2", cell)
    return re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r"\1 (\2)", cell).strip()


def draw_table(rows: list[list[str]]) -> str:
    """Columns under each other, a line below the first row."""
    columns = max(map(len, rows))
    widths = [
        min(COLUMN_MOST, max((shown_width(row[column]) for row in rows if column < len(row)), default=0))
        for column in range(columns)
    ]
    lines = [
        " | ".join(cell + " " * (width - shown_width(cell)) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]])


def shown_width(text: str) -> int:
    """Columns in a fixed-width font: East-Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_symbol_width(symbol) for symbol in text)


def _symbol_width(symbol: str) -> int:
    if unicodedata.combining(symbol) or symbol in "\u200b\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(symbol) in "WF" else 1
