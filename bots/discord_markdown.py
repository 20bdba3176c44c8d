"""Markdown as models write it → Markdown as Discord reads it: tables and headings that it lacks, links without previews,
marks that it would take for something else. Pure."""

from __future__ import annotations

import re

from bots.markdown import boxed_tables, fences

_HEADING = re.compile(r"^([ \t>]*)#{4,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\(\s*<?(https?://[^\s)>]+)>?(?:\s+\"[^\"\n]*\")?\s*\)")
_LINK = re.compile(  # each character is read in one way only, else a row of brackets takes for ever
    r"(?<!!)\[((?:\\[\[\]]|[^\]\n\\]|\\(?![\[\]]))+)\]\(\s*(https?://[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)(\s+\"[^\"\n]*\")?\s*\)"
)
_ADDRESS = re.compile(r"(?<![<(\w`])(https?://[^\s<>]+[^\s<>.,;:!?'\")\]}*_~|。，；：！？）」』】])(?![^\s]*>)")
_BARS = re.compile(r"(?<!\\)\|(?=\|)|(?<=\|)\|")
_DEEP_QUOTE = re.compile(r"^>>>", re.MULTILINE)
_RUN = re.compile(r"`{3,}")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)


def to_discord(markdown: str) -> str:
    """`markdown` is sanitized."""
    text = boxed_tables(markdown)
    done, at = [], 0
    for fence in fences(text):
        line = text.rfind("\n", 0, fence.start) + 1
        if line >= at:
            done += [_outside_fences(text[at:line]), _fenced(text[line : fence.end], fence.start - line, fence.closing)]
            at = fence.end
    done.append(_outside_fences(text[at:]))
    return "".join(done).strip()


def _fenced(block: str, indent: int, marks: str) -> str:
    """Discord knows fences of three backticks only."""
    if marks == "```" and block.count("```") <= 2:
        return block
    lines = block.split("\n")
    head, body = lines[0], lines[1:]
    closing: list[str] = []
    while body and not body[-1].strip():
        closing.insert(0, body.pop())
    if body and body[-1].strip(" \t>") and not body[-1].strip(" \t>" + marks[0]):
        closing.insert(0, "```")
        body.pop()
    opening = head[:indent] + "```" + head[indent:].lstrip(" \t").lstrip(marks[0]).strip()
    inner = [_apart(line) for line in body]
    return "\n".join([opening, *inner, *closing])


def _apart(text: str) -> str:
    """Backticks that Discord would take for a fence, kept from each other."""
    return _RUN.sub(lambda found: "\u200b".join(found[0]), text)


def _outside_fences(text: str) -> str:
    done, at = [], 0
    for span in _CODE_SPAN.finditer(text):
        done += [_plain(text[at : span.start()]), span[0]]
        at = span.end()
    done.append(_plain(text[at:]))
    return "".join(done)


def _plain(text: str) -> str:
    text = _HEADING.sub(lambda found: f"{found[1]}**{found[2].replace('**', '')}**", text)
    text = _IMAGE.sub(lambda found: f"🖼 [{found[1]}](<{found[2]}>)" if found[1] else f"🖼 <{found[2]}>", text)
    text = _LINK.sub(lambda found: f"[{found[1]}](<{found[2]}>){found[3] or ''}", text)
    text = _ADDRESS.sub(r"<\1>", text)
    text = _apart(_DEEP_QUOTE.sub(r"\>>>", text))
    return _BARS.sub(r"\\|", text)
