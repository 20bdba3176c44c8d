"""A text of ours as several messages, cut between lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bots.markdown import utf16_length


def pages(text: str, limit: int) -> list[str]:
    """Cut between lines, and within a line that alone is longer than `limit` UTF-16 units; at least one page."""
    found, page = [], ""
    for line in _lines(text, limit):
        if page and utf16_length(page) + 1 + utf16_length(line) > limit:
            found.append(page)
            page = line
        else:
            page = f"{page}\n{line}" if page else line
    return [*found, page]


def _lines(text: str, limit: int) -> Iterator[str]:
    most = limit // 2  # characters of two units each
    for line in text.split("\n"):
        if utf16_length(line) <= limit:
            yield line
        else:
            yield from (line[at : at + most] for at in range(0, len(line), most))
