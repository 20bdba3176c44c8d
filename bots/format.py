"""What people wrote and models said, in the form each platform shows. Pure, never raises, never drops a word."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace

from bots.discord_markdown import to_discord
from bots.entities import to_entities
from bots.markdown import is_blank, sanitized, utf16_length
from bots.outlet import Entity, Rendered, Surface

log = logging.getLogger(__name__)

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$=:@])")
_CALLS = re.compile(r"@(?=\w)|:(?=//)|(?<=\w)\.(?=[^\W\d_])|(?<![\w/])/(?=[A-Za-z])")
"""What Telegram would make a mention, a link or a command of, without being told to."""
_SOURCE = re.compile(r"\[\\\[(\d+)\\\]\]\(https?://[^\s()]+\)")
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def render(markdown: str, surface: Surface) -> Rendered:
    """Markdown for one message. What cannot be rendered is shown as it stands; blank only if the source is."""
    text = sanitized(markdown)
    if is_blank(text):
        return Rendered("")
    try:
        rendered = _RENDERERS.get(surface.platform, _as_it_stands)(text)
    except Exception:  # a parser's bug must not cost a person the answer
        log.exception("could not render an answer")
        return _as_it_stands(text)
    return _as_it_stands(text) if is_blank(rendered.text) else rendered


def shown_as_is(text: str, surface: Surface) -> str:
    """Words of a person or a program as a part of a sentence of ours, which is sent as it stands."""
    text = sanitized(text)
    return _MARKS.sub(r"\\\1", text) if surface.platform == "discord" else text


def inert(text: str, surface: Surface) -> str:
    """Words of a model or a stranger as they stand: nothing in them calls somebody, is a link, or is a command to press."""
    text = shown_as_is(straight(text), surface)
    return _CALLS.sub("\\g<0>\u2060", text) if surface.platform == "telegram" else text


def straight(text: str) -> str:
    """Without what turns the direction of what follows."""
    return _TURNING.sub("", text)


def shortened(text: str, chars: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= chars else line[:chars].rstrip() + "…" if chars else ""


def fits(rendered: Rendered, surface: Surface, length: int) -> bool:
    """Whether it is at most `length` UTF-16 units, and not more entities than the platform keeps."""
    if surface.entities_max and len(rendered.entities) > surface.entities_max:
        return False
    return utf16_length(rendered.text) <= length


def with_line(rendered: Rendered, line: str, surface: Surface) -> Rendered:
    """The message with quiet words below it, one line or several: how the answer ended, what it cost."""
    gap = "\n\n" if rendered.text else ""
    if not surface.entities_max:
        quiet = _subtext(line) if surface.platform == "discord" else line
        return Rendered(rendered.text + gap + quiet, rendered.entities)
    offset = utf16_length(rendered.text + gap)
    italic = Entity("italic", offset, utf16_length(line))
    return replace(rendered, text=rendered.text + gap + line, entities=(*rendered.entities, italic))


def line_length(line: str) -> int:
    """What `with_line` adds at most, in UTF-16 units."""
    return utf16_length(line) + 5 + 3 * line.count("\n")


def _subtext(lines: str) -> str:
    return "\n".join(f"-# {line}" if line.strip() else line for line in lines.split("\n"))


def _as_it_stands(text: str) -> Rendered:
    return Rendered(text.strip())


def _on_a_console(text: str) -> Rendered:
    """The sources of an answer are listed at its end with their addresses: a mark in the text is a number."""
    return _as_it_stands(_SOURCE.sub(r"[\1]", text))


def _with_discord_markdown(text: str) -> Rendered:
    return Rendered(to_discord(text))


_RENDERERS: dict[str, Callable[[str], Rendered]] = {
    "telegram": to_entities,
    "discord": _with_discord_markdown,
    "console": _on_a_console,
}
