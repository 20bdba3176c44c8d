"""Public addresses for files that the gateway wants to fetch by itself: some wires take films and sounds by link only.

The link is signed, names one file and dies by itself; a platform's own address, which may hold a secret, never leaves us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from core.errors import NoLink
from core.specs import ModelSpec
from core.values import Part

Link = Callable[[str, str], str | None]
"""(key in the media store, file name) -> where the world can fetch it, or None when it cannot reach us."""

_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
}


def no_link(key: str, name: str) -> None:
    """Of a process that the world cannot reach."""


def linked(parts: Iterable[Part], wire: ModelSpec, link: Link) -> tuple[Part, ...]:
    """The files, with a link for each kind that the wire takes no other way. Raises NoLink."""
    only = wire.extra.get("links_only", ())
    return tuple(_linked(part, link) if part.kind in only and part.media and not part.url else part for part in parts)


def _linked(part: Part, link: Link) -> Part:
    """By a name of our own: what a person called the file is nobody's business."""
    url = link(part.media, f"input.{_ENDINGS.get(part.mime, 'bin')}")
    if url is None:
        raise NoLink(f"no public link for a file of kind {part.kind}", kind=part.kind)
    return replace(part, url=url)
