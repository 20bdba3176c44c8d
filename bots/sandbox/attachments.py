"""Files beside a question: decoded, looked at and described, so that a person sees that they arrived.

Which types each wire takes is the wire's to check (gateway contract, chat 5.2, 5.10, 8.5 and 9.1).
"""

import re
import zlib
from collections.abc import Mapping

from bots.sandbox.question import Attached, Medium
from bots.sandbox.studio import Studio

IMAGES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_KINDS: Mapping[str, Medium] = {"image": "image", "audio": "audio", "video": "video"}
_WORDS_MAX = 200
_STREAMS_MAX = 20
_INFLATED_MAX = 200_000
_MAGIC = {
    "image/png": (b"\x89PNG",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF8",),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF",),
    "audio/wav": (b"RIFF",),
    "audio/ogg": (b"OggS",),
    "audio/mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
}
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.){1,300})\)\s*(?:Tj|'|\")|\[((?:[^\]\\]|\\.){1,2000})\]\s*TJ")
_PIECE = re.compile(rb"\(((?:[^()\\]|\\.)*)\)")


class BadMedia(Exception):
    """What was sent is not what it says it is."""


def kind_of(mime: str) -> Medium:
    return _KINDS.get(mime.partition("/")[0], "document")


async def inline(studio: Studio, mime: str, encoded: object, name: str = "") -> Attached:
    """A file from its base64 text without prefix. Raises `BadMedia`."""
    data = await studio.unpack(encoded) if isinstance(encoded, str) else None
    if not data:
        raise BadMedia("invalid base64 data")
    return await known(studio, mime, data, name)


async def known(studio: Studio, mime: str, data: bytes, name: str = "") -> Attached:
    """A file from its bytes. Raises `BadMedia`."""
    kind, pixels, words = kind_of(mime), None, ""
    starts = _MAGIC.get(mime)
    if starts and not data.startswith(starts):
        raise BadMedia(f"the file does not appear to be {mime}")
    if kind == "image":
        pixels = await studio.measure(data)
        if pixels is None:
            raise BadMedia("could not process image")
    elif kind == "document":
        words = await studio.run(lambda: words_of(mime, data))
    return Attached(kind, mime, len(data), name[:100], pixels, words)


def uri_mime(uri: str) -> str:
    """The type that a base64 `data:` address names; "" when it is none."""
    head, comma, _ = uri[:200].partition(",")
    return head[5:-7].lower() if comma and head.startswith("data:") and head.endswith(";base64") else ""


def words_of(mime: str, data: bytes) -> str:
    """The first words of a text, or of a PDF whose text is not hidden in fonts of its own."""
    plain = mime != "application/pdf"
    text = data[: _WORDS_MAX * 8].decode("utf-8", "ignore") if plain else " ".join(_pdf_words(data))
    return " ".join(text.split())[:_WORDS_MAX]


def _pdf_words(data: bytes) -> list[str]:
    found: list[str] = []
    for number, match in enumerate(_STREAM.finditer(data)):
        if number == _STREAMS_MAX or sum(map(len, found)) > _WORDS_MAX:
            break
        for shown in _SHOWN.finditer(_inflated(match[1])):
            pieces = [shown[1]] if shown[1] is not None else _PIECE.findall(shown[2])
            found.append("".join(piece.decode("latin-1") for piece in pieces))
    return [word for word in found if word.isprintable()]


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _INFLATED_MAX)
    except zlib.error:
        return data[:_INFLATED_MAX]
