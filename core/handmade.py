"""What we make of other results by ourselves, for nothing: films one after the other, a film with another sound, a song as
a film of its cover, speech one after the other, the words of a recording. Such a job waits until what it is made from is
there. It asks nobody outside for anything, so what is found half done after a crash is done again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from core.errors import BadFile, BotError, NotMade, PartFailed, ShotFailed, SourceGone
from core.film_modes import VOICE
from core.jobs import WORDS, move
from core.orders import OF_JOB
from core.renditions import THUMBNAIL_BYTES
from core.sources import LOOK_EVERY_S, coming, result_of, sources_of, wake_if_over
from core.transcripts import GAPS, Transcript, joined
from core.values import Artifact, Job, JobState
from core.workshop import Brought, Workshop

log = logging.getLogger(__name__)

DEADLINE_MS = 3_600_000
"""From when all it is made from is there."""
TRIES = 3
"""Work that its process does not survive is not begun more often."""

Found = Mapping[str, Job | None]


class Handmade:
    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def work(self, job: Job) -> None:
        """A claimed job in `queued`, or in `sending` with a lease that ran out."""
        found = await self._sources(job)
        if job.state is JobState.QUEUED and any(coming(source) for source in found.values()):
            await self._wait(job, list(found.values()))
            return
        try:
            needed = await asyncio.to_thread(joined, job, found) if job.action == WORDS else _needed(job, found)
        except BotError as error:
            await self._shop.fail(job, error)
            return
        if job.attempts >= TRIES:
            await self._give_up(job, f"tried {job.attempts} times")
            return
        working = await self._shop.leases.keep(job, self._begun, still_held=True)
        if working is not None:
            await self._make(working, needed)

    async def _sources(self, job: Job) -> Found:
        async with self._shop.store.read() as tx:
            return {source_id: await tx.jobs.get(source_id) for source_id in sources_of(job)}

    async def _wait(self, job: Job, sources: Sequence[Job | None]) -> None:
        """How far they all are is told with the whole."""
        due_ms = self._shop.clock.now_ms() + round(LOOK_EVERY_S * 1000)
        progress = _progress(sources)
        waiting = await self._shop.leases.put_back(
            job, JobState.QUEUED, due_ms=due_ms, deadline_ms=due_ms + DEADLINE_MS, progress=progress
        )
        if waiting is not None:
            self._shop.notes.show(waiting)
        await wake_if_over(self._shop.store, waiting, self._shop.clock.now_ms())

    def _begun(self, job: Job) -> Job:
        now, until_ms = self._shop.clock.now_ms(), self._shop.leases.until_ms()
        return move(
            job, JobState.SENDING, due_ms=until_ms, sent_ms=now, deadline_ms=now + DEADLINE_MS, attempts=job.attempts + 1
        )  # fmt: skip

    async def _make(self, job: Job, needed: Transcript | Sequence[Artifact]) -> None:
        try:
            if isinstance(needed, Transcript):
                brought = await self._written(needed)
            else:
                brought = Brought((await self._made(job, needed),), 1, 0)
        except KeyError as error:
            await self._shop.fail(job, SourceGone(f"{job.id}: {error} is swept"))
        except BadFile as error:
            await self._give_up(job, str(error))
        except Exception as error:
            log.exception("job %s: could not be made", job.id)
            await self._give_up(job, type(error).__name__)
        else:
            await self._shop.finish(job, brought)

    async def _give_up(self, job: Job, why: str) -> None:
        """Its pieces are there and stay paid, and the person is told so."""
        async with self._shop.store.read() as tx:
            paid = any(piece.results for piece in await tx.jobs.pieces(job.id))
        await self._shop.fail(job, NotMade(f"{job.id}: {why}", paid="yes" if paid else "no"))

    async def _written(self, said: Transcript) -> Brought:
        """The words, and a file of them where a message is no place for them."""
        results = [Artifact("text", text=said.text)]
        if said.file:
            data = said.file.encode("utf-8", "replace")
            key, size = await self._shop.media.put(data, len(data))
            results.append(await self._indexed(Artifact("document", media=key, mime=said.mime, size=size)))
        return Brought(tuple(results), len(results), 0, note=GAPS, gaps=said.gaps)

    async def _made(self, job: Job, files: Sequence[Artifact]) -> Artifact:
        match job.action:
            case "join":
                return await self._joined(files)
            case "clip":
                return await self._filmed(files)
            case "splice":
                return await self._indexed(await self._shop.renditions.spliced([file.media for file in files]))
            case _:
                return await self._dubbed(job, files)

    async def _filmed(self, files: Sequence[Artifact]) -> Artifact:
        """A song, and its cover where it has one."""
        song = next(file for file in files if file.kind == "audio")
        cover = next((file.media for file in files if file.kind == "image"), "")
        return await self._indexed(await self._shop.renditions.clip(song.media, cover))

    async def _joined(self, films: Sequence[Artifact]) -> Artifact:
        return films[0] if len(films) == 1 else await self._indexed(await self._shop.renditions.joined(films))

    async def _dubbed(self, job: Job, files: Sequence[Artifact]) -> Artifact:
        by_role = dict(zip((part.role for part in job.inputs), files, strict=True))
        film = next(file for role, file in by_role.items() if role != VOICE)
        return await self._indexed(await self._shop.renditions.dubbed(film, by_role[VOICE].media))

    async def _indexed(self, made: Artifact) -> Artifact:
        await self._shop.index(made.media, made.size, self._shop.limits.result_keep_ms)
        if made.thumbnail:
            await self._shop.index(made.thumbnail, THUMBNAIL_BYTES, self._shop.limits.result_keep_ms)
        return made


def _progress(sources: Sequence[Job | None]) -> int:
    """Per cent of all of them, -1 when none has told anything yet."""
    told = [-1 if source is None else source.progress if coming(source) else 100 for source in sources]
    return sum(max(0, each) for each in told) // len(told) if any(each >= 0 for each in told) else -1


def _files(job: Job, found: Found) -> list[Artifact]:
    """Of each input. Raises SourceGone, or why it failed."""
    files = []
    for part in job.inputs:
        if part.media.startswith(OF_JOB):
            files.append(result_of(job, part, found.get(part.media.removeprefix(OF_JOB))))
        else:
            files.append(Artifact(part.kind, media=part.media, mime=part.mime, size=part.size))
    return files


def _needed(job: Job, found: Found) -> list[Artifact]:
    """Raises BotError when something of it is missing."""
    if job.action == "join":
        return _parts(job, found, ShotFailed)
    return _parts(job, found, PartFailed) if job.action == "splice" else _files(job, found)


def _parts(job: Job, found: Found, failed: type[ShotFailed | PartFailed]) -> list[Artifact]:
    """Of each shot, or each part of a text. Raises `failed`, with what the first that is missing has to say."""
    files: list[Artifact] = []
    failures: list[tuple[int, SourceGone]] = []
    for number, part in enumerate(job.inputs, 1):
        try:
            files.append(result_of(job, part, found.get(part.media.removeprefix(OF_JOB))))
        except SourceGone as error:
            failures.append((number, error))
    if not failures:
        return files
    first = failures[0][1]
    raise failed(
        f"{job.id}: {first}",
        **{
            **first.params,
            "numbers": ", ".join(str(number) for number, _ in failures),
            "count": len(failures),
            "made": len(files),
            "total": len(job.inputs),
            "why": first.key,
        },
    )
