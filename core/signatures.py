"""What a media file is by its first bytes: only these are opened, each with its own reader, so that no playlist can point
elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from core.values import Kind

HEAD_BYTES = 64
ALLOWED = "PNG, JPEG, WebP, GIF, MP4, WebM, MP3, OGG, WAV, FLAC, M4A"


@dataclass(frozen=True, slots=True)
class Signature:
    """What the first bytes say: `reader` is the name that the decoding library knows the format by."""

    kind: Kind
    mime: str
    reader: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is, with its thumbnail as JPEG bytes (empty: none). Sides are those that people see. Of films: `codec`
    and `sound` are the names of the codecs ("h264", "aac"; "" for no sound), `rotation` by how many degrees clockwise
    players turn it."""

    kind: Kind
    mime: str
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    thumbnail: bytes = b""
    fps: float = 0.0
    codec: str = ""
    sound: str = ""
    rotation: int = 0


def sniff(head: bytes) -> Signature | None:
    """The format by its signature; None for what we do not open."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], Signature("video", "video/mp4", "mov"))
    for start, signature in _STARTS:
        if head.startswith(start):
            return signature
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        adts = head[1] & 0x06 == 0
        return Signature("audio", "audio/aac", "aac") if adts else Signature("audio", "audio/mpeg", "mp3")
    return None


_RIFF = {
    b"WEBP": Signature("image", "image/webp", "WEBP"),
    b"WAVE": Signature("audio", "audio/wav", "wav"),
}
_BRANDS: dict[bytes, Signature | None] = {
    b"M4A ": Signature("audio", "audio/mp4", "mov"),
    b"M4B ": Signature("audio", "audio/mp4", "mov"),
    b"qt  ": Signature("video", "video/quicktime", "mov"),
    b"heic": None,
    b"heix": None,
    b"mif1": None,
    b"avif": None,
    b"avis": None,
}
_STARTS = (
    (b"\x89PNG\r\n\x1a\n", Signature("image", "image/png", "PNG")),
    (b"\xff\xd8\xff", Signature("image", "image/jpeg", "JPEG")),
    (b"GIF87a", Signature("image", "image/gif", "GIF")),
    (b"GIF89a", Signature("image", "image/gif", "GIF")),
    (b"\x1aE\xdf\xa3", Signature("video", "video/webm", "matroska")),
    (b"OggS", Signature("audio", "audio/ogg", "ogg")),
    (b"ID3", Signature("audio", "audio/mpeg", "mp3")),
    (b"fLaC", Signature("audio", "audio/flac", "flac")),
)
