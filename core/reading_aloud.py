"""A text as a model of speech takes it: cut where one pauses anyway, and without the marks that only some models understand.
Pure."""

from __future__ import annotations

import re

from core.errors import PromptTooLong
from core.specs import ModelSpec
from core.spoken import cut

TEXT_CHARS = 20_000
"""Of one text that is read aloud."""
PARTS_MOST = 10
PAUSES_S = 120.0
"""Of all pauses of a text together: silence costs a few characters, and is as long to bring as speech."""

_PAUSE = re.compile(r"(?<![ \t])[ \t]*<#(\d{1,2}(?:\.\d{1,2})?)#>")
_SOUNDS = re.compile(
    r"(?<![ \t])[ \t]*\((?:laughs|chuckle|coughs|clear-throat|groans|breath|pant|inhale|exhale|gasps|sniffs|sighs|snorts"
    r"|burps|lip-smacking|humming|hissing|emm|sneezes)\)",
    re.IGNORECASE,
)


def for_model(text: str, spec: ModelSpec) -> str:
    """Without pauses (`<#1.5#>`) and sounds (`(laughs)`) that the model would read out (`marks` of its row: "pauses",
    "sounds"), and without pauses beyond PAUSES_S. Empty when nothing but pauses is left."""
    marks = spec.extra.get("marks", ())
    text = _paused(text, PAUSES_S if "pauses" in marks else 0.0)
    if "sounds" not in marks:
        text = _SOUNDS.sub("", text)
    return text.strip() if _PAUSE.sub("", text).strip() else ""


def _paused(text: str, most_s: float) -> str:
    left_s = most_s

    def kept(pause: re.Match[str]) -> str:
        nonlocal left_s
        if float(pause[1]) > left_s:
            return ""
        left_s -= float(pause[1])
        return pause[0] if most_s else ""

    return _PAUSE.sub(kept, text)


def parts_of(text: str, spec: ModelSpec) -> list[str]:
    """In the order in which they are spoken, each no longer than one call takes: cut behind a paragraph or a sentence where
    there is one, else between words. Raises PromptTooLong."""
    if len(text) > TEXT_CHARS:
        raise PromptTooLong(limit=TEXT_CHARS, length=len(text))
    left = text.strip()
    parts: list[str] = []
    while left:
        if len(parts) == PARTS_MOST:
            said = len(text) - len(left)
            raise PromptTooLong(limit=said, length=len(text))
        part = _cut(left, _room(left, spec))
        parts.append(part)
        left = left[len(part) :].lstrip()
    return parts


def _room(text: str, spec: ModelSpec) -> int:
    """How many characters of this text one call takes."""
    most = int(spec.extra.get("text_chars", 0)) or TEXT_CHARS
    if spec.prompt_bytes:
        fitting = text[:most].encode("utf-8", "replace")[: spec.prompt_bytes]
        most = min(most, len(fitting.decode("utf-8", "ignore")))
    return most


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    paragraph = text.rfind("\n", most // 2, most)
    found = text[:paragraph].rstrip() if paragraph > 0 else cut(text, most)
    return found or text[:most]
