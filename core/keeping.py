"""Keeps pictures that are no results of an order like such: those that a model puts into its answer, the tiles of a grid."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

from core.errors import BotError
from core.limits import LIMITS, Limits
from core.ports import Clock, Media, Renditions, Store
from core.renditions import THUMBNAIL_BYTES
from core.values import Artifact

log = logging.getLogger(__name__)


class Keeping:
    def __init__(
        self, store: Store, media: Media, renditions: Renditions, clock: Clock, limits: Limits = LIMITS
    ) -> None:
        self._store = store
        self._media = media
        self._renditions = renditions
        self._clock = clock
        self._limits = limits

    async def pictures(self, artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
        """Those that can be kept, now in the media store; what is no picture is left out."""
        kept: list[Artifact] = []
        for artifact in artifacts:
            try:
                kept.append(await self._kept(artifact))
            except BotError as error:
                log.warning("a picture of an answer was lost: %s", error)
            except Exception:  # the words of the answer are worth more than its pictures
                log.exception("a picture of an answer was lost")
        return tuple(kept)

    async def tiles(self, grid: Artifact) -> tuple[Artifact, ...]:
        """The four quarters of a stored picture, for a day: they can be cut again. Raises BadFile, KeyError when it is
        not kept any more."""
        tiles = await self._renditions.tiles(grid)
        for tile in tiles:
            await self._index_all(tile)
        return tiles

    async def still(self, film: Artifact) -> Artifact:
        """The last frame of a stored film, for a day. Raises BadFile, KeyError when it is not kept any more."""
        still = await self._renditions.frame(film, "last")
        await self._index_all(still)
        return still

    async def gif(self, film: Artifact, max_bytes: int) -> Artifact | None:
        """Its beginning as a GIF, for a day; None when there is no way. Raises KeyError as `still`."""
        gif = await self._renditions.gif(film, max_bytes)
        if gif is not None:
            await self._index_all(gif)
        return gif

    async def _index_all(self, made: Artifact) -> None:
        """What can be made again, with its thumbnail."""
        keep_ms = self._limits.input_keep_ms
        await self._index(made.media, made.mime, made.size, keep_ms)
        if made.thumbnail:
            await self._index(made.thumbnail, "image/jpeg", THUMBNAIL_BYTES, keep_ms)

    async def _kept(self, artifact: Artifact) -> Artifact:
        """Raises FileTooLarge, BadFile."""
        key, size = await self._media.put(artifact.data, self._limits.artifact_bytes)
        await self._index(key, artifact.mime, size, self._limits.result_keep_ms)
        found = await self._renditions.inspect(key, artifact.mime)
        if found.thumbnail:
            await self._index(found.thumbnail, "image/jpeg", THUMBNAIL_BYTES, self._limits.result_keep_ms)
        return replace(found, media=key, size=size)

    async def _index(self, key: str, mime: str, size: int, keep_ms: int) -> None:
        now = self._clock.now_ms()
        async with self._store.begin() as tx:
            await tx.media.add(key, mime, size, now, now + keep_ms)
