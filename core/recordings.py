"""Stored recordings and films made ready to be written down: their sound, measured and cut, in the media store. One thread
works at a time, so that a long recording leaves the machine to others."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.ports import Media

if TYPE_CHECKING:
    from core.sound_cutting import Cut

MIME = "audio/mpeg"


@dataclass(frozen=True, slots=True)
class Recording:
    """A piece of a recording as a stored file, and where it begins and ends in the whole, in seconds."""

    media: str
    size: int
    start_s: float
    end_s: float


class Recordings:
    def __init__(self, media: Media) -> None:
        self._media = media
        self._one = asyncio.Semaphore(1)

    async def of(self, key: str, piece_s: float, most_s: float) -> list[Recording]:
        """The sound of a stored file in pieces of at most `piece_s`, in no index yet. Raises BadFile when there is none,
        SoundTooLong beyond `most_s`, KeyError when the file is gone."""
        async with self._media.as_file(key) as path, self._one:
            folder = await asyncio.to_thread(tempfile.TemporaryDirectory)
            try:
                cuts = await asyncio.to_thread(_cut, path, Path(folder.name), piece_s, most_s)
                return [await self._kept(each) for each in cuts]
            finally:
                await asyncio.to_thread(folder.cleanup)

    async def _kept(self, cut: Cut) -> Recording:
        data = await asyncio.to_thread(cut.path.read_bytes)
        key, size = await self._media.put(data, len(data))
        return Recording(key, size, cut.start_s, cut.end_s)


def _cut(path: Path, folder: Path, piece_s: float, most_s: float) -> Sequence[Cut]:
    from core import sound_cutting

    return sound_cutting.cut(path, folder, piece_s, most_s)
