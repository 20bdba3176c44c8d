"""What kind of file a MIME type means, as the platforms tell it. The bytes decide later."""

from __future__ import annotations

from collections.abc import Mapping

from core.values import Kind

_KINDS: Mapping[str, Kind] = {"image": "image", "video": "video", "audio": "audio"}
_TEXTS = frozenset(
    ("image/svg+xml", "video/mp2t", "video/vnd.dlna.mpeg-tts", "audio/mpegurl", "audio/x-mpegurl", "audio/x-scpls")
)
"""Drawings, sources (a.ts) and lists by their names' endings: text that no decoder of pictures, films or sounds opens."""


def kind_of(mime: str) -> Kind:
    """A type without parameters; "" is a document."""
    return "document" if mime in _TEXTS else _KINDS.get(mime.partition("/")[0], "document")
