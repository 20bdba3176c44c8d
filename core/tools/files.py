"""The names by which a model speaks of files: "attached:1" of the question, "job:ID" and "job:ID:2" of the person's own
orders, "last" for the newest picture. Nobody else's file has a name here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from core.errors import BadOption, FileTooLarge, JobGone, NeedsInput
from core.limits import Limits
from core.orders import OF_JOB, Orders, call_id
from core.tools.table import Acting
from core.values import OPEN_STATES, Artifact, Job, JobState, Kind, ModelKind, Part, Turn

REFS = '"attached:1" (first file of the question), "job:ID" or "job:ID:2" (result of an order), "last" (newest picture)'
REF_CHARS = 60

_KINDS: dict[ModelKind, Kind] = {"image": "image", "video": "video", "audio": "audio"}
_MADE = frozenset({JobState.READY, JobState.DONE, JobState.UNDELIVERED})


class Files:
    def __init__(self, orders: Orders, limits: Limits) -> None:
        self._orders = orders
        self._limits = limits

    async def parts(self, acting: Acting, refs: Sequence[str], command: str) -> tuple[Part, ...]:
        """Raises BadOption for no name of a file, JobGone for other people's, NeedsInput for what is not kept any more."""
        return tuple(
            [await self._part(acting, ref.strip(), command) for ref in refs[: self._limits.inputs_per_order + 1]]
        )

    async def _part(self, acting: Acting, ref: str, command: str) -> Part:
        kind, _, rest = ref.partition(":")
        if ref == "last":
            return await self._last(acting, command)
        if kind == "attached":
            attached = _attached(acting.question)
            if rest.isdecimal() and len(rest) < 4 and 0 < int(rest) <= len(attached):
                return await self._kept(attached[int(rest) - 1], command)
        if kind == "job":
            job_id, _, number = rest.partition(":")
            if not number or (number.isdecimal() and len(number) < 4 and int(number) > 0):
                return await self._result(acting, job_id, int(number or 1), command)
        raise self._unknown(acting, ref)

    def _unknown(self, acting: Acting, ref: str) -> BadOption:
        named = [f"attached:{number}" for number in range(1, len(_attached(acting.question)) + 1)]
        return BadOption(name="files", value=ref[:REF_CHARS], allowed=", ".join([*named, "last", "job:ID"]))

    async def _result(self, acting: Acting, job_id: str, number: int, command: str) -> Part:
        job = await self._orders.get(acting.access, job_id[:REF_CHARS])
        if job.person_id != acting.access.person.id:  # owners see every job, but a name here is for one's own
            raise JobGone(job_id)
        if job.state in _MADE and number <= len(job.results):
            return await self._kept(_of_artifact(job.results[number - 1]), command)
        if job.state in OPEN_STATES - _MADE and number == 1 and not job.muted and job.kind in _KINDS:
            return Part(_KINDS[job.kind], media=f"{OF_JOB}{job.id}", name=f"{OF_JOB}{job.id}")
        raise JobGone(f"{job.id} is {job.state}, result {number} of {len(job.results)}")

    async def _kept(self, part: Part, command: str) -> Part:
        if not part.media:
            raise NeedsInput(command=command)
        if part.size > self._limits.input_bytes:
            raise FileTooLarge(size=part.size, limit=self._limits.input_bytes)
        await self._orders.use_again(part, command)
        return part

    # --- the newest picture --------------------

    async def _last(self, acting: Acting, command: str) -> Part:
        """Of what this answer ordered before this call, then of the question, then back along the branch. What failed or is
        swept is passed over."""
        ordered = {job.id: job for job in await self._orders.of_turn(acting.turn.id)}
        for number in range(acting.number - 1, -1, -1):
            if _is_picture(ordered.get(call_id(acting.turn.id, number))):
                with suppress(JobGone, NeedsInput, FileTooLarge):
                    return await self._result(acting, call_id(acting.turn.id, number), 1, command)
        for part in _pictures(acting.question):
            with suppress(NeedsInput, FileTooLarge):
                return await self._kept(part, command)
        for turn in reversed(acting.past):
            if turn.person_id == acting.access.person.id:
                with suppress(NeedsInput):
                    return await self._of_turn(acting, turn, command)
        raise NeedsInput(command=command)

    async def _of_turn(self, acting: Acting, turn: Turn, command: str) -> Part:
        for deed in reversed(turn.deeds):
            job_id = deed.ref.removeprefix(OF_JOB) if deed.ref.startswith(OF_JOB) else ""
            if job_id:
                with suppress(JobGone, NeedsInput, FileTooLarge):
                    if _is_picture(await self._orders.get(acting.access, job_id)):
                        return await self._result(acting, job_id, 1, command)
        shown = tuple(_of_artifact(artifact) for artifact in turn.media)
        for part in (*_pictures(shown), *_pictures(turn.question)):
            with suppress(NeedsInput, FileTooLarge):
                return await self._kept(part, command)
        raise NeedsInput(command=command)


def _attached(question: Sequence[Part]) -> list[Part]:
    """Without their roles, which are the conversation's: an order has others."""
    return [replace(part, role="") for part in question if part.kind != "text" and part.media]


def _pictures(parts: Sequence[Part]) -> Iterator[Part]:
    """The newest first."""
    return (part for part in reversed(parts) if part.kind == "image" and part.media)


def _is_picture(job: Job | None) -> bool:
    return job is not None and job.kind == "image"


def _of_artifact(artifact: Artifact) -> Part:
    return Part(artifact.kind, media=artifact.media, mime=artifact.mime, size=artifact.size)
