"""Brings results of tasks into the media store: what came inline, by link, or as the gateway's own copy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from core.errors import GatewayError, NoResult, NotPublic, NotTaken, RateLimited, TaskExpired, UpstreamDown
from core.gateway.calls import AGAIN
from core.gateway.download import Downloads
from core.limits import Limits
from core.ports import Media
from core.specs import ModelSpec
from core.values import Artifact


class Results:
    """`noted` is shown every error of the gateway before it is raised."""

    def __init__(
        self,
        base: str,
        downloads: Downloads,
        media: Media,
        limits: Limits,
        noted: Callable[[GatewayError], GatewayError],
    ) -> None:
        self._base = base
        self._downloads = downloads
        self._media = media
        self._limits = limits
        self._noted = noted

    async def fetch(self, spec: ModelSpec, artifact: Artifact, max_bytes: int = 0) -> tuple[str, int]:
        """Returns the result's key and size. `max_bytes` 0: as large as results may be. Raises GatewayError, FileTooLarge."""
        max_bytes = max_bytes or self._limits.artifact_bytes
        if artifact.data:
            return await self._media.put(artifact.data, max_bytes)
        own = self._base + artifact.content if artifact.content else ""
        if not artifact.url and not own:
            raise NoResult(f"{spec.name}: a result without an address")
        if not artifact.url or artifact.url == own:
            return await self._download(own, max_bytes)
        try:
            return await self._download(artifact.url, max_bytes)
        except NotPublic as error:
            return await self._copy(own, max_bytes, error)
        except (TaskExpired, NoResult, UpstreamDown, NotTaken):
            if not own:
                raise
            return await self._download(own, max_bytes)

    async def _copy(self, own: str, max_bytes: int, link: NotPublic) -> tuple[str, int]:
        """The gateway's own copy of what has a link that is not followed. Raises `link` where there is none, and what may
        pass as it is."""
        if own:
            try:
                return await self._download(own, max_bytes)
            except (UpstreamDown, NotTaken, RateLimited):
                raise
            except GatewayError as error:
                raise self._noted(link) from error
        raise self._noted(link)

    async def _download(self, url: str, max_bytes: int) -> tuple[str, int]:
        limits = self._limits

        async def once() -> tuple[str, int]:
            try:
                async with (
                    asyncio.timeout(limits.turn_s),
                    aclosing(self._downloads.chunks(url, max_bytes)) as chunks,
                ):
                    return await self._media.put(chunks, max_bytes)
            except TimeoutError:
                raise UpstreamDown(f"a download of more than {limits.turn_s:g} s") from None

        try:
            return await AGAIN((NotTaken, UpstreamDown), once)
        except NotPublic:
            raise  # no trouble yet: there may be a copy
        except GatewayError as error:
            raise self._noted(error) from None
