"""Looks into media files and makes others of them (core.ports.Renditions). The bytes decide what a file is, never its name.

Files are hostile: only known signatures are opened (`core/signatures.py`), pictures are bounded in pixels before they are
decoded, films in frames and in time. Pillow lives in `core/pictures.py` and `core/drawn.py`, PyAV in `core/films.py` and the
modules it names and in `core/sounds.py`, which are imported at the first use, in a thread; at most two threads work at once,
and of those that encode films one.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from core.errors import BadFile
from core.fitting import Change, Fitted, InputLimits, Plan, changes, plan_for
from core.ports import End, Media
from core.signatures import ALLOWED, HEAD_BYTES, Looked, sniff
from core.values import Artifact

THREADS = 2
CHUNK = 1_048_576
THUMBNAIL_BYTES = 20_000
"""What a thumbnail is counted as; at most 200 kB, mostly less than this."""

MASK_MAX_BYTES = 4_000_000
"""What an image API takes of a mask (gateway contract, images 3)."""

Made = TypeVar("Made")


class FileRenditions:
    def __init__(self, media: Media) -> None:
        self._media = media
        self._threads = asyncio.Semaphore(THREADS)
        self._encoders = asyncio.Semaphore(1)

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
        async with self._media.as_file(artifact.media) as path, self._encoders:
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

    # --- films --------------------

    async def streamable(self, artifact: Artifact) -> Artifact:
        """A film that can be shown while it loads; itself when it is so already, or there is no way."""
        async with self._media.as_file(artifact.media) as path:
            with tempfile.TemporaryDirectory() as folder:
                target = Path(folder, "film.mp4")
                if not await self._in_thread(lambda: _front_index(path, target)):
                    return artifact
                key, size = await self._put(target)
        return replace(artifact, media=key, size=size, mime="video/mp4")

    async def frame(self, artifact: Artifact, at: End) -> Artifact:
        """The first or the very last frame of a film as PNG, upright. Raises BadFile."""
        async with self._media.as_file(artifact.media) as path:
            data = await self._in_thread(lambda: _still(path, at))
        key, _ = await self._media.put(data, len(data))
        return await self.inspect(key, "image/png")

    async def gif(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        """The first ten seconds of a film as a small GIF of at most `max_bytes`, which plays for ever; None when there is no
        way, or it would take too long."""
        async with self._media.as_file(artifact.media) as path, self._encoders:
            data = await self._in_thread(lambda: _gif(path, max_bytes))
        if data is None:
            return None
        key, _ = await self._media.put(data, len(data))
        return await self.inspect(key, "image/gif")

    async def joined(self, artifacts: Sequence[Artifact]) -> Artifact:
        """Films one after the other in one MP4, of the first one's size and rate; silence where one has no sound. Raises
        BadFile when one is no film, and for what is too long or takes too long."""
        async with AsyncExitStack() as stack:
            paths = [await stack.enter_async_context(self._media.as_file(each.media)) for each in artifacts]
            target = Path(stack.enter_context(tempfile.TemporaryDirectory()), "joined.mp4")
            await stack.enter_async_context(self._encoders)
            await self._in_thread(lambda: _join(paths, target))
            key, _ = await self._put(target)
        return await self.inspect(key, "video/mp4")

    async def dubbed(self, film: Artifact, sound: str) -> Artifact:
        """A film with the stored sound `sound` (a key) in place of its own, as long as the film. Raises BadFile for what is
        no film, no sound, or too long."""
        async with AsyncExitStack() as stack:
            seen = await stack.enter_async_context(self._media.as_file(film.media))
            heard = await stack.enter_async_context(self._media.as_file(sound))
            target = Path(stack.enter_context(tempfile.TemporaryDirectory()), "dubbed.mp4")
            await stack.enter_async_context(self._encoders)
            await self._in_thread(lambda: _dub(seen, heard, target))
            key, _ = await self._put(target)
        return await self.inspect(key, "video/mp4")

    async def clip(self, song: str, cover: str) -> Artifact:
        """The stored sound `song` (a key) as an MP4 that shows the stored picture `cover`, "" = a plain one; of ten minutes
        at most. Raises BadFile for what is no sound, and for what takes too long."""
        async with AsyncExitStack() as stack:
            heard = await stack.enter_async_context(self._media.as_file(song))
            seen = await stack.enter_async_context(self._media.as_file(cover)) if cover else None
            target = Path(stack.enter_context(tempfile.TemporaryDirectory()), "clip.mp4")
            await stack.enter_async_context(self._encoders)
            await self._in_thread(lambda: _clip(heard, seen, target))
            key, _ = await self._put(target)
        return await self.inspect(key, "video/mp4")

    # --- sounds --------------------

    async def spliced(self, sounds: Sequence[str]) -> Artifact:
        """Stored sounds (keys) one after the other as OGG/Opus in one channel. Raises BadFile for what is no sound, and for
        what is too long together."""
        async with AsyncExitStack() as stack:
            paths = [await stack.enter_async_context(self._media.as_file(key)) for key in sounds]
            await stack.enter_async_context(self._encoders)
            data = await self._in_thread(lambda: _splice(paths))
        key, _ = await self._media.put(data, len(data))
        return await self.inspect(key, "audio/ogg")

    # --- inputs --------------------

    async def fit(self, key: str, limits: InputLimits) -> Fitted:
        """A stored file as a wire takes it, changed where it has to be: made smaller, cut at its end, converted. Raises
        BadFile, UnfitFile and FileTooLarge for what no safe change helps."""
        async with AsyncExitStack() as stack:
            path = await stack.enter_async_context(self._media.as_file(key))
            found, plan = await self._in_thread(lambda: _plan(path, limits))
            if not plan.changes:
                return Fitted(await self.inspect(key, ""))
            if limits.kind != "image":
                await stack.enter_async_context(self._encoders)
            target = Path(stack.enter_context(tempfile.TemporaryDirectory()), "fitted")
            changed = await self._in_thread(lambda: _refit(path, target, found, plan, limits))
            made, _ = await self._put(target)
        return Fitted(await self.inspect(made, ""), changed)

    async def _put(self, path: Path) -> tuple[str, int]:
        """(key, size)."""
        size = await asyncio.to_thread(lambda: path.stat().st_size)
        return await self._media.put(_chunks(path), size)

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
        from core import film_fit

        with tempfile.TemporaryDirectory() as folder:
            return film_fit.shrink(path, Path(folder, "smaller.mp4"), max_bytes)
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


def _front_index(path: Path, target: Path) -> bool:
    from core import film_cuts

    return film_cuts.moov_last(path) and film_cuts.streamable(path, target)


def _still(path: Path, at: End) -> bytes:
    from core import film_frames

    return film_frames.still(path, at)


def _gif(path: Path, max_bytes: int) -> bytes | None:
    from core import film_frames

    return film_frames.gif(path, max_bytes)


def _join(paths: Sequence[Path], target: Path) -> None:
    from core import film_cuts

    film_cuts.joined(paths, target)


def _dub(film: Path, sound: Path, target: Path) -> None:
    from core import film_sound

    film_sound.dubbed(film, sound, target)


def _clip(song: Path, cover: Path | None, target: Path) -> None:
    from core import song_film

    song_film.filmed(song, cover, target)


def _splice(paths: Sequence[Path]) -> bytes:
    from core import sound_joining

    return sound_joining.spliced(paths)


def _plan(path: Path, limits: InputLimits) -> tuple[Looked, Plan]:
    found = _look(path)
    if found is None:
        raise BadFile("no media", name="?", allowed=ALLOWED)
    return found, plan_for(found, path.stat().st_size, limits)


def _refit(path: Path, target: Path, found: Looked, plan: Plan, limits: InputLimits) -> tuple[Change, ...]:
    from core import film_fit

    film_fit.refit(path, target, found, plan, limits)
    made = _look(target)
    if made is None or plan_for(made, target.stat().st_size, limits).changes:
        raise BadFile(f"does not fit after all: {made}", name=found.mime, allowed=", ".join(limits.mimes) or ALLOWED)
    return changes(found, made, plan)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
