"""How a result fits through a platform's door: as it is, else smaller, else by a signed link, always with a word on why."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from bots.format import straight
from bots.markdown import sanitized
from bots.outlet import MediaFile, Rejected, TooLarge
from bots.sentences import Sentences
from core.ports import Media, Renditions, Store
from core.songs import title_of
from core.values import Artifact, Job

log = logging.getLogger(__name__)

Result_co = TypeVar("Result_co", covariant=True)

Link = Callable[[str, str], str | None]
"""A signed link to a stored file under a name, or None when the world cannot reach us."""

Named = tuple[Artifact, str]
"""A file in the media store, and what it is called when it is sent."""

TITLE_CHARS = 60
"""Of a song's title in the name of its file."""

FILLED = 0.95
"""A smaller rendition fills so much of the limit: the rest of the request needs room too."""

_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
    "text/plain": "txt",
    "application/x-subrip": "srt",
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """One result: a file to send (`artifact`), else a `url`, else nothing. `note`: key of the sentence that says why it is
    not the original, "" when it is."""

    original: Artifact
    name: str
    artifact: Artifact | None = None
    url: str = ""
    file_id: str = ""
    note: str = ""


class Send(Protocol[Result_co]):
    """Sends what has been fitted. `reuse`: what the platform has already is sent by its id; `plain`: as documents."""

    async def __call__(self, fitted: Sequence[Fitted], *, reuse: bool, plain: bool) -> Result_co: ...


def notes_of(fitted: Sequence[Fitted], texts: Sentences, locale: str) -> list[str]:
    """A sentence for each result that is not as it was."""
    return [
        texts(
            locale,
            each.note,
            url=each.url,
            name=each.name,
            size=each.original.size,
            smaller=each.artifact.size if each.artifact else 0,
        )
        for each in fitted
        if each.note
    ]


class Ladder:
    def __init__(self, store: Store, media: Media, renditions: Renditions, link: Link | None) -> None:
        self._store, self._media, self._renditions, self._link = store, media, renditions, link

    async def descend(self, files: Sequence[Named], platform: str, limit: int, send: Send[Result_co]) -> Result_co:
        """Down the ladder, each rung once: as they are, then smaller or as plain files, then by link. Raises KeyError when a
        file is not kept any more, and OutletError as `send` does."""
        fitted = await self.fit_files(files, platform, limit)
        plain = False
        try:
            return await send(fitted, reuse=True, plain=False)
        except TooLarge as error:
            log.info("%s: too large after all: %s", files[0][1], error)
            largest = max(each.artifact.size for each in fitted if each.artifact is not None)
            fitted = await self.fit_files(files, platform, min(limit, largest) // 2)
        except Rejected as error:
            log.warning("%s: refused in its form: %s", files[0][1], error)
            plain = not any(each.file_id for each in fitted)  # an id may be good no more
        try:
            return await send(fitted, reuse=False, plain=plain)
        except (Rejected, TooLarge) as error:
            log.warning("%s: refused as a file: %s", files[0][1], error)
        return await send(self.linked_files(files), reuse=False, plain=False)

    async def fit_files(self, files: Sequence[Named], platform: str, limit: int) -> list[Fitted]:
        """Each file, as it goes through a door of `limit` bytes a file."""
        return [await self._fit(original, name, platform, limit) for original, name in files]

    async def originals(self, files: Sequence[Named], platform: str, limit: int) -> list[Fitted]:
        """The same, only that what does not go through as it is goes by link at once."""
        return [
            Fitted(original, name, original, file_id=await self._file_id(original, platform))
            if original.size <= limit
            else self._by_link(original, name)
            for original, name in files
        ]

    def linked_files(self, files: Sequence[Named]) -> list[Fitted]:
        """Each by link only: the last rung."""
        return [self._by_link(original, name) for original, name in files]

    async def _fit(self, original: Artifact, name: str, platform: str, limit: int) -> Fitted:
        file_id = await self._file_id(original, platform)
        if file_id or original.size <= limit:
            return Fitted(original, name, original, file_id=file_id)
        smaller = await self._renditions.smaller(original, int(limit * FILLED))
        if smaller is not None and smaller.size <= limit:
            return Fitted(original, _renamed(name, smaller.mime), smaller, note="deliver-smaller")
        return self._by_link(original, name)

    async def _file_id(self, artifact: Artifact, platform: str) -> str:
        async with self._store.read() as tx:
            return await tx.media.file_id(platform, artifact.media) or ""

    def _by_link(self, original: Artifact, name: str) -> Fitted:
        url = self._link(original.media, name) if self._link is not None else None
        if url is None:
            return Fitted(original, name, note="deliver-unsendable")
        return Fitted(original, name, url=url, note="deliver-link")

    @asynccontextmanager
    async def opened(
        self, fitted: Sequence[Fitted], *, reuse: bool, as_document: bool, voice: bool = False
    ) -> AsyncIterator[list[MediaFile]]:
        """The files as the outlets want them, local while the block runs. `reuse`: send what the platform has already by its
        id. `voice`: they are spoken words. Raises KeyError when a file is not kept any more."""
        async with AsyncExitStack() as stack:
            files = []
            for each in fitted:
                if each.artifact is not None:
                    file_id = each.file_id if reuse else ""
                    file = await self._open(stack, each.artifact, each.name, file_id, as_document)
                    files.append(replace(file, voice=voice))
            yield files

    async def _open(
        self, stack: AsyncExitStack, artifact: Artifact, name: str, file_id: str, as_document: bool
    ) -> MediaFile:
        path = thumbnail = None
        if not file_id:
            path = await stack.enter_async_context(self._media.as_file(artifact.media))
            if artifact.thumbnail:
                thumbnail = await stack.enter_async_context(self._media.as_file(artifact.thumbnail))
        return MediaFile(
            kind=artifact.kind,
            name=name,
            mime=artifact.mime,
            path=path,
            file_id=file_id,
            width=artifact.width,
            height=artifact.height,
            duration_s=artifact.duration_s,
            thumbnail=thumbnail,
            as_document=as_document,
            title=straight(sanitized(title_of(artifact))),
            performer=straight(sanitized(artifact.performer)),
        )

    async def remember(self, platform: str, fitted: Sequence[Fitted], file_ids: Sequence[str]) -> None:
        """What the platform has now, so that it need not be uploaded again."""
        sent = [each.artifact for each in fitted if each.artifact is not None]
        known = [(artifact.media, file_id) for artifact, file_id in zip(sent, file_ids, strict=False) if file_id]
        if known:
            async with self._store.begin() as tx:
                for key, file_id in known:
                    await tx.media.set_file_id(platform, key, file_id)


def files_of(job: Job) -> list[Named]:
    """The results of a job that are files, with names that tell what they are: "video-1a2b3c4d.mp4", "Night Road 2.mp3"."""
    return [file_of(job, index) for index, artifact in enumerate(job.results) if artifact.kind != "text"]


def file_of(job: Job, index: int) -> Named:
    """One result. Raises KeyError when it is none or words."""
    if not 0 <= index < len(job.results) or job.results[index].kind == "text":
        raise KeyError(index)
    several = len(job.results) > 1
    if title := _safe(title_of(job.results[index])):
        return job.results[index], named(f"{title} {index + 1}" if several else title, job.results[index].mime)
    if job.results[index].kind == "document":  # beside its beginning
        return job.results[index], named(f"transcript-{job.id[:8]}", job.results[index].mime)
    tail = f"-{index + 1}" if several else ""
    return job.results[index], named(f"{job.kind}-{job.id[:8]}{tail}", job.results[index].mime)


def _safe(title: str) -> str:
    """Of letters, digits and what no system reads a meaning into; "" when nothing is left."""
    kept = "".join(mark if mark.isalnum() or mark in " -'()" else " " for mark in title)
    return " ".join(kept.split())[:TITLE_CHARS].strip(" -'()")


def named(stem: str, mime: str) -> str:
    """With the ending of its type."""
    return _renamed(f"{stem}.", mime)


def _renamed(name: str, mime: str) -> str:
    return f"{name.rpartition('.')[0]}.{_ENDINGS.get(mime, 'bin')}"
