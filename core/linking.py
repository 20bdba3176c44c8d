"""Public addresses for files that the gateway fetches by itself: some wires take films and sounds by link only, and pictures
rather so.

The first way that holds: where the platform shows the file to the world, a signed link of our own that dies by itself, the
gateway's own upload. What has none of them travels in the order, where the wire takes it so. An address that holds a secret
is never a part's `link`, so it never leaves us.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from core.errors import BadRequest, FileLost, FileTooLarge, GatewayError, NoLink, NoResult
from core.gateway.uploading import UploadPlace, most_bytes
from core.ports import Media
from core.specs import ModelSpec
from core.values import Part

log = logging.getLogger(__name__)

Link = Callable[[str, str], str | None]
"""(key in the media store, file name) -> where the world can fetch it, or None when it cannot reach us."""

Upload = Callable[[Part], Awaitable[str]]
"""Puts a file on the gateway and says where it lies there. Raises GatewayError."""

LINK_LEFT_MS = 10 * 60_000
"""A platform's link is used while it lives so much longer: the gateway may take its time to fetch."""

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


def public_name(part: Part) -> str:
    """A name of our own: what a person called the file is nobody's business."""
    return f"input.{_ENDINGS.get(part.mime, 'bin')}"


def uploading(
    send: Callable[[UploadPlace, str, str, bytes], Awaitable[str]], media: Media, place: UploadPlace
) -> Upload:
    """By the gateway's upload at `place`. Raises FileLost for a file that the store has swept."""

    async def upload(part: Part) -> str:
        try:
            data = await media.read(part.media)
        except KeyError as error:
            raise FileLost(f"{part.media} is swept") from error
        return await send(place, public_name(part), part.mime, data)

    return upload


@dataclass(frozen=True, slots=True)
class Linking:
    """The ways that this process has. `upload`: None = the gateway's is not configured. `missed` is told of every file that
    had no way, for the operator."""

    link: Link = no_link
    upload: Upload | None = None
    missed: Callable[[NoLink], None] = lambda _: None

    def check(self, parts: Iterable[Part], wire: ModelSpec, now_ms: int) -> None:
        """Whether there is a way for each file that the wire takes no other way; nothing leaves us. What is still being made
        is looked at by its kind. Raises NoLink, FileTooLarge."""
        for part in parts:
            if _needs_link(part, wire) and not _shown(part, now_ms) and self._own(part) is None:
                self._check_upload(part, wire)

    async def linked(self, parts: Iterable[Part], wire: ModelSpec, now_ms: int) -> tuple[Part, ...]:
        """The files, with an address for each that travels by link. Raises NoLink and FileTooLarge, and GatewayError when the
        upload failed in a way that may pass."""
        return tuple([await self._linked(part, wire, now_ms) for part in parts])

    async def address(self, part: Part, wire: ModelSpec, now_ms: int) -> str:
        """Where the world can fetch a stored file. Raises as `linked` does."""
        if ready := _shown(part, now_ms) or self._own(part):
            return ready
        upload = self._check_upload(part, wire)
        try:
            return await upload(part)
        except (BadRequest, NoResult) as error:  # it will not have this file, or offers no upload at all
            log.warning("%s: the gateway's upload refused a file of kind %s: %s", wire.name, part.kind, error)
            raise self._no_way(part, wire) from None

    async def _linked(self, part: Part, wire: ModelSpec, now_ms: int) -> Part:
        if _needs_link(part, wire):
            return replace(part, url=await self.address(part, wire, now_ms))
        if not _may_link(part, wire):
            return part
        url = _shown(part, now_ms) or self._own(part) or await self._uploaded(part, wire)
        return replace(part, url=url) if url else part

    async def _uploaded(self, part: Part, wire: ModelSpec) -> str:
        """ "" when it cannot be had: the file travels in the order then."""
        if self.upload is None or part.size > most_bytes(part.kind):
            return ""
        try:
            return await self.upload(part)
        except GatewayError as error:
            log.warning("%s: a file could not be uploaded and goes with the order: %s", wire.name, error)
            return ""

    def _own(self, part: Part) -> str | None:
        return self.link(part.media, public_name(part))

    def _check_upload(self, part: Part, wire: ModelSpec) -> Upload:
        if self.upload is None:
            raise self._no_way(part, wire)
        if part.size > (most := most_bytes(part.kind)):
            raise FileTooLarge(size=part.size, limit=most)
        return self.upload

    def _no_way(self, part: Part, wire: ModelSpec) -> NoLink:
        error = NoLink(f"{wire.name}: no public link for a file of kind {part.kind}", kind=part.kind, model=wire.name)
        self.missed(error)
        return error


NO_LINKS = Linking()
"""Of a process that has no way at all."""


def _shown(part: Part, now_ms: int) -> str:
    """Where the platform shows these very bytes, if it does so for long enough."""
    alive = part.link_until_ms - LINK_LEFT_MS > now_ms
    return part.link if part.link and alive and not part.changed else ""


def _needs_link(part: Part, wire: ModelSpec) -> bool:
    return _is_file(part) and _takes_links(wire) and part.kind in wire.extra["links_only"]


def _may_link(part: Part, wire: ModelSpec) -> bool:
    return _is_file(part) and _takes_links(wire) and bool(wire.extra.get("prefer_links"))


def _is_file(part: Part) -> bool:
    """Ours to give an address to: not one of the vendor's library, nor one that has an address."""
    return bool(part.media) and not part.url and not part.media.startswith("asset:")


def _takes_links(wire: ModelSpec) -> bool:
    """Not of families that send files as files."""
    as_files = wire.extra.get("inputs_as") == "multipart" or wire.extra.get("force_multipart")
    return "links_only" in wire.extra and not as_files
