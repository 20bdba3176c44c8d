"""Orders that are made from the results of others: a picture that is still being made becomes the input of a film, a film is
changed by the next words. Such an order waits until the others have ended; without them it is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.errors import SourceGone, WrongInput
from core.orders import OF_JOB
from core.ports import Store, Tx
from core.specs import ModelSpec
from core.values import Job, JobState, Part

LOOK_EVERY_S = 10.0
"""Between two looks at a job that is waited for; its end makes who waits due at once."""

PAST_MOST = 5
"""So many films are said again when the last of them is changed."""

WAITING_MOST = 50
_COMING = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING, JobState.MODAL})
_MADE = frozenset({JobState.READY, JobState.DONE, JobState.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class Sources:
    """What an order is made from. `past`: (prompt, transcript) of the films it continues, oldest first."""

    inputs: tuple[Part, ...]
    past: tuple[tuple[str, str], ...] = ()


def sources_of(job: Job) -> tuple[str, ...]:
    """The jobs whose ends it needs."""
    named = [part.media.removeprefix(OF_JOB) for part in job.inputs if part.media.startswith(OF_JOB)]
    return (*named, *([job.continues] if job.continues else []))


async def gather(tx: Tx, job: Job, spec: ModelSpec) -> Sources | None:
    """None: one of them is still being made. Raises SourceGone, or WrongInput for a result that the model does not take."""
    found = {source_id: await tx.jobs.get(source_id) for source_id in sources_of(job)}
    if any(source is not None and source.state in _COMING for source in found.values()):
        return None
    inputs = tuple(_filled(job, part, found.get(part.media.removeprefix(OF_JOB)), spec) for part in job.inputs)
    return Sources(inputs, await _past(tx, job, found.get(job.continues)) if job.continues else ())


def _filled(job: Job, part: Part, source: Job | None, spec: ModelSpec) -> Part:
    if not part.media.startswith(OF_JOB):
        return part
    if source is None or source.person_id != job.person_id or source.state not in _MADE or not source.results:
        raise SourceGone(f"{job.id}: no result of {part.media}")
    result = source.results[0]
    if result.kind not in spec.inputs:
        raise WrongInput(f"{job.id}: {part.media}", model=spec.name, kind=result.kind, allowed="none")
    return replace(part, kind=result.kind, media=result.media, mime=result.mime, size=result.size)


async def _past(tx: Tx, job: Job, source: Job | None) -> tuple[tuple[str, str], ...]:
    """Of the last film all must be there; those before it as far as they are."""
    if source is None or not may_continue(job, source):
        raise SourceGone(f"{job.id}: nothing to continue of {job.continues}")
    past: list[tuple[str, str]] = []
    while source is not None and len(past) < PAST_MOST and may_continue(job, source):
        past.append((source.prompt, source.transcript))
        source = await tx.jobs.get(source.continues) if source.continues else None
    return tuple(reversed(past))


def can_be_continued(job: Job, spec: ModelSpec | None) -> bool:
    """Whether words can change what this job makes, now or when it is made."""
    changeable = spec is not None and not spec.hidden and bool(spec.extra.get("continues"))
    return changeable and (job.state in _COMING or (job.state in _MADE and bool(job.transcript)))


def may_continue(job: Job, source: Job) -> bool:
    """A film of the same model with its words, in the same chat: there all have seen it."""
    made = source.state in _MADE and bool(source.transcript)
    return made and source.model == job.model and source.place.chat_key == job.place.chat_key


async def wake_waiting(store: Store, ended: Job, now_ms: int) -> None:
    """Who of the same person waits for this job is due now, in whichever process. One that is being looked at in this very
    moment looks again by itself."""
    async with store.read() as tx:
        open_jobs = await tx.jobs.of_person(ended.person_id, WAITING_MOST, open_only=True)
    waiting = [job for job in open_jobs if job.state is JobState.QUEUED and ended.id in sources_of(job)]
    if not waiting:
        return
    async with store.begin() as tx:
        for job in waiting:
            if not job.owner:
                await tx.jobs.save(replace(job, due_ms=now_ms), job.version)
    store.wake("jobs")
