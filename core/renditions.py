"""Looks into media files and makes others of them (core.ports.Renditions). The bytes decide what a file is, never its name.

Files are hostile: only known signatures are opened, each with its own reader (so that no playlist can point elsewhere),
pictures are bounded in pixels before they are decoded, films in frames and in time. Pillow lives in `core/pictures.py` and
`core/drawn.py`, PyAV in `core/films.py` and `core/sounds.py`, which are imported at the first use, in a thread; at most two
threads work at once.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.errors import BadFile
from core.ports import Media
from core.values import Artifact, Kind

THREADS = 2
THUMBNAIL_BYTES = 20_000
"""What a thumbnail is counted as; at most 200 kB, mostly less than this."""

MASK_MAX_BYTES = 4_000_000
"""What an image API takes of a mask (gateway contract, images 3)."""

HEAD_BYTES = 64
ALLOWED = "PNG, JPEG, WebP, GIF, MP4, WebM, MP3, OGG, WAV, FLAC, M4A"

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Signature:
    """What the first bytes say: `reader` is the name that the decoding library knows the format by."""

    kind: Kind
    mime: str
    reader: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is, with its thumbnail as JPEG bytes (empty: none)."""

    kind: Kind
    mime: str
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    thumbnail: bytes = b""


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


class FileRenditions:
    def __init__(self, media: Media) -> None:
        self._media = media
        self._threads = asyncio.Semaphore(THREADS)

    async def inspect(self, key: str, declared: str) -> Artifact:
        """Real kind, type, size and measures, with a thumbnail in the media store. `declared` (a name or type) is only for
        the sentence. Raises BadFile."""
        async with self._media.as_file(key) as path:
            size = await asyncio.to_thread(lambda: path.stat().st_size)
            looked = await self._in_thread(lambda: _look(path))
        if looked is None:
            raise BadFile(f"{key} is no media", name=declared[:100] or "?", allowed=ALLOWED)
        thumbnail = ""
        if looked.thumbnail:
            thumbnail, _ = await self._media.put(looked.thumbnail, len(looked.thumbnail))
        return Artifact(
            looked.kind,
            media=key,
            mime=looked.mime,
            width=looked.width,
            height=looked.height,
            duration_s=looked.duration_s,
            size=size,
            thumbnail=thumbnail,
        )

    async def smaller(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        """A picture as JPEG, a film as MP4, of at most `max_bytes`; None when there is no way, or it would take too long."""
        async with self._media.as_file(artifact.media) as path:
            made = await self._in_thread(lambda: _shrink(path, artifact, max_bytes))
        if made is None:
            return None
        data, mime, width, height = made
        key, size = await self._media.put(data, max_bytes)
        return replace(artifact, media=key, mime=mime, size=size, width=width, height=height)

    async def mask(self, key: str, region: str, shape: str, *, transparent: bool) -> str:
        """A PNG mask for the stored picture `key`, of the size that people see it in; returns its key, which is in no
        index yet. `region`: one of core.shapes.REGIONS, or "shape": what is drawn in the stored picture `shape`. What is
        to change is transparent (RGBA), or white (L). Raises BadFile or UnclearShape."""
        async with AsyncExitStack() as stack:
            path = await stack.enter_async_context(self._media.as_file(key))
            drawing = await stack.enter_async_context(self._media.as_file(shape)) if region == "shape" else None
            data = await self._in_thread(lambda: _mask(path, region, drawing, transparent))
        made, _ = await self._media.put(data, MASK_MAX_BYTES)
        return made

    async def tiles(self, artifact: Artifact) -> tuple[Artifact, ...]:
        """The four quarters of a stored picture as PNG, left to right and top to bottom, with thumbnails. They lie in the
        media store, but in no index yet: that is the caller's. Raises BadFile."""
        async with self._media.as_file(artifact.media) as path:
            made = await self._in_thread(lambda: _quarters(path))
        tiles = []
        for data in made:
            key, _ = await self._media.put(data, len(data))
            tiles.append(await self.inspect(key, "image/png"))
        return tuple(tiles)

    async def voiced(self, artifact: Artifact) -> Artifact | None:
        """A sound as OGG/Opus in one channel; None when it cannot be decoded, or it would take too long."""
        async with self._media.as_file(artifact.media) as path:
            data = await self._in_thread(lambda: _voice(path))
        if data is None:
            return None
        key, _ = await self._media.put(data, len(data))
        return await self.inspect(key, "audio/ogg")

    async def _in_thread(self, work: Callable[[], Made]) -> Made:
        async with self._threads:
            return await asyncio.to_thread(work)


def _look(path: Path) -> Looked | None:
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if found is None:
        return None
    if found.kind == "image":
        from core import pictures

        return pictures.look(path, found)
    from core import films

    return films.look(path, found)


def _shrink(path: Path, artifact: Artifact, max_bytes: int) -> tuple[bytes, str, int, int] | None:
    """(bytes, MIME, width, height)."""
    if artifact.kind == "image":
        from core import pictures

        return pictures.shrink(path, max_bytes)
    if artifact.kind == "video":
        from core import films

        with tempfile.TemporaryDirectory() as folder:
            return films.shrink(path, Path(folder, "smaller.mp4"), max_bytes)
    return None


def _mask(path: Path, region: str, drawing: Path | None, transparent: bool) -> bytes:
    from core import drawn

    if drawing is None:
        return drawn.of_region(path, region, transparent=transparent)
    return drawn.of_shape(path, drawing, transparent=transparent)


def _quarters(path: Path) -> list[bytes]:
    from core import pictures

    return pictures.quarters(path)


def _voice(path: Path) -> bytes | None:
    from core import sounds

    return sounds.as_voice(path)
