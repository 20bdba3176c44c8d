"""An answer as it is read aloud: its words without Markdown, code, formulas, tables, addresses and marks of sources. Pure,
and slow for what is nested deeply (run it in a thread)."""

from __future__ import annotations

import re
from typing import Any

import pyromark

READ_CHARS = 20_000
"""Of a longer answer only the beginning is looked at."""

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_MATH
)
_SILENT = frozenset({"CodeBlock", "Image", "HtmlBlock", "MetadataBlock", "Table"})
_ENDS = frozenset({"Paragraph", "Heading", "Item", "BlockQuote", "List"})
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"')）]+", re.IGNORECASE)
_MARK = re.compile(r" ?\[\d{1,3}\]")
_LINK_LIST = re.compile(r"(?<!\s)(?:[^\S\n]*\n\s*\d{1,3}\. \[[^\]\n]*\]\([^)\s]*\))+\s*\Z")
_UNSAID = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe0f\ufeff\ud800-\udfff]")
_PICTURES = re.compile(r"[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_WIDE = "\u2e80"
"""From here on: Chinese, Japanese, Korean."""
_SPACES = re.compile(r"[ \t]+")
_STOP = re.compile(r"[.!?…][\"'”’)\]]*(?=\s)|[。！？][”’」』）]*|\n")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_CLOSES = re.compile(
    r"\[(?:\\.|[^\[\]\\])*\]\([^()\s]*\)|`[^`\n]+`|\*\*[^*\n]+\*\*|\*[^*\s][^*\n]*\*|^[ \t]*[*] ", re.MULTILINE
)
"""A link, code, emphasis, and the mark of an item, complete."""
_OPENS = re.compile(r"[\[\]|`$<_*~\\]")
_LOOKED_AT = 3
_SHORT = 16
_CLOSED = (".", "!", "?", "…", "。", "！", "？", ":", "：", ";", "；", ",", "，")


def spoken(answer: str, most_chars: int) -> str:
    """At most so many characters, cut behind a sentence where there is one in the second half, else between words. Empty
    when there is nothing to say."""
    return cut(words_of(answer), most_chars)


def words_of(answer: str) -> str:
    """One line for each paragraph, heading or item; what cannot be heard is left out."""
    text = _LINK_LIST.sub("", answer[:READ_CHARS])
    text = _UNSAID.sub("", text.replace("\r", "\n"))
    lines: list[str] = []
    said: list[str] = []
    silent = 0
    for event in pyromark.events(text, options=_OPTIONS):
        name, value = _told(event)
        if name in {"Start", "End"}:
            tag, _ = _told(value)
            silent += (1 if name == "Start" else -1) * (tag in _SILENT)
            if tag in _ENDS:
                lines.append("".join(said))
                said.clear()
        elif silent:
            continue
        elif name in {"Text", "Code"}:
            said.append(value)
        elif name in {"SoftBreak", "HardBreak"}:
            said.append(" ")
    lines.append("".join(said))
    heard = (_ended(_heard(line)) for line in lines)
    return "\n".join(line for line in heard if line)


def lasting(answer: str) -> str:
    """Of an answer that is still being written, what can be spoken because it stays: whole sentences, and none within code, a
    table, a link or anything else that is not closed yet."""
    text = answer[:READ_CHARS]
    whole = words_of(text)
    tried = 0
    for end in _ends_of_sentences(text):
        if tried == _LOOKED_AT:
            break
        if _is_open(text, end):
            continue
        tried += 1
        words = words_of(text[:end])
        if whole.startswith(words):
            return words
    return ""


def _ends_of_sentences(text: str) -> list[int]:
    """The last first; behind each there is something already."""
    found = {stop.end() for stop in _STOP.finditer(text) if stop.group() != "\n"}
    found |= {stop.end() for stop in _BLANK_LINE.finditer(text)}
    return sorted((end for end in found if end < len(text)), reverse=True)


def _is_open(text: str, end: int) -> bool:
    """Whether a mark that changes what is said may be closed, or begin, behind this place of its paragraph."""
    if text[:end].endswith("\n"):
        return False
    block = text[:end].rpartition("\n\n")[2]
    return bool(_OPENS.search(_CLOSES.sub("", block)))


def first_sentence(text: str, most_chars: int) -> str:
    """With those after it while it is very short; cut where it is longer than `most_chars`. "" until it has ended."""
    stops = [found.end() for found in _STOP.finditer(f"{text}\n") if found.end() >= _SHORT]
    if stops and stops[0] <= most_chars:
        return text[: stops[0]].strip()
    return cut(text, most_chars) if len(text) > most_chars else ""


def cut(text: str, most_chars: int) -> str:
    if len(text) <= most_chars:
        return text
    text = text[: most_chars + 1]
    stops = [found.end() for found in _STOP.finditer(text) if most_chars // 2 <= found.end() <= most_chars]
    end = stops[-1] if stops else text.rfind(" ", most_chars // 2)
    return text[: end if end > 0 else most_chars].rstrip()


def _told(event: Any) -> tuple[str, Any]:
    """("Start", {"Paragraph": None}), ("SoftBreak", None)."""
    if isinstance(event, dict):
        return next(iter(event.items()), ("", None))
    return str(event), None


def _heard(line: str) -> str:
    line = _ADDRESS.sub(" ", _PICTURES.sub(" ", _MARK.sub("", line)))
    return _SPACES.sub(" ", line.replace("\n", " ")).strip()


def _ended(line: str) -> str:
    """A line without a stop at its end would run into the next."""
    if not any(character.isalnum() for character in line):
        return ""
    if line.endswith(_CLOSED) or line[-1] in "\"'”’)]」』）":
        return line
    return f"{line}。" if line[-1] >= _WIDE else f"{line}."
