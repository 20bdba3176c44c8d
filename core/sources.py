"""Orders that are made from the results of others: a picture that is still being made becomes the input of a film, a film or
a picture is changed by the next words, a button under a result is pressed. Such an order waits until the others have ended;
without them it is not sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.errors import SourceFailed, SourceGone, WrongInput
from core.jobs import HANDMADE
from core.masks import files_of
from core.orders import OF_JOB
from core.ports import Store, Tx
from core.songs import REWRITE
from core.specs import ModelSpec
from core.values import Artifact, Job, JobState, Part, Past

LOOK_EVERY_S = 10.0
"""Between two looks at a job that is waited for; its end makes who waits due at once."""

PAST_MOST = 5
"""So many results are said again when the last of them is changed."""

PAST_BYTES = 13_500_000
"""What a request may carry of pictures when something is said again, the new ones included: 18 MB as base64 (gateway
contract, images 1.5)."""

WAITING_MOST = 50
_COMING = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING, JobState.MODAL})
_MADE = frozenset({JobState.READY, JobState.DONE, JobState.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class Sources:
    """What an order is made from. `past`: as in Order, its files without their bytes."""

    inputs: tuple[Part, ...]
    past: tuple[Past, ...] = ()


def sources_of(job: Job) -> tuple[str, ...]:
    """The jobs whose ends it needs."""
    named = [part.media.removeprefix(OF_JOB) for part in job.inputs if part.media.startswith(OF_JOB)]
    return (*named, *([job.continues] if job.continues else []))


async def gather(tx: Tx, job: Job, spec: ModelSpec) -> Sources | None:
    """None: one of them is still being made. Raises SourceGone, or WrongInput for a result that the model does not take."""
    found = {source_id: await tx.jobs.get(source_id) for source_id in sources_of(job)}
    if any(coming(source) for source in found.values()):
        return None
    inputs = tuple(_filled(job, part, found.get(part.media.removeprefix(OF_JOB)), spec) for part in job.inputs)
    if not job.continues:
        return Sources(inputs)
    source = found[job.continues]
    if source is None or source.state not in _MADE or not _is_shown(job, source):
        raise SourceGone(f"{job.id}: nothing to continue of {job.continues}")
    if job.press:
        return Sources(inputs, (_pressed(job, source),))
    if past := await _past(tx, job, source, inputs):
        return Sources(inputs, past)
    return Sources(_with_result(job, source, inputs, spec))


def _filled(job: Job, part: Part, source: Job | None, spec: ModelSpec) -> Part:
    if not part.media.startswith(OF_JOB):
        return part
    result = result_of(job, part, source)
    kind = part.kind if is_last_frame(replace(part, mime=result.mime)) else result.kind
    if kind not in spec.inputs:
        raise WrongInput(f"{job.id}: {part.media}", model=spec.name, kind=kind, allowed="none")
    return replace(part, kind=kind, media=result.media, mime=result.mime, size=result.size)


def result_of(job: Job, part: Part, source: Job | None) -> Artifact:
    """The first result of `source`, which an input of `job` names. Raises SourceGone, or why it failed if both are pieces of
    the same whole."""
    theirs = source is not None and source.state in _MADE and _is_shown(job, source)
    result = next((made for made in source.results if made.media), None) if source and theirs else None
    if result is not None:
        return result
    said = f"{job.id}: no result of {part.media}"
    if source is not None and source.error_key and source.part_of and source.part_of in {job.part_of, job.id}:
        raise SourceFailed(said, key=source.error_key, told=source.error_params)
    raise SourceGone(said)


def is_last_frame(part: Part) -> bool:
    """Whether the file is a film, of which its last frame is meant: that is still to be taken from it."""
    return part.kind == "image" and part.mime.startswith("video/")


def coming(source: Job | None) -> bool:
    """Whether it is still being made."""
    return source is not None and source.state in _COMING


def _pressed(job: Job, source: Job) -> Past:
    offered = any(button.id == job.press for button in source.buttons)
    if not offered or not source.task_id or source.model != job.model:
        raise SourceGone(f"{job.id}: {source.id} has no such button")
    return Past(source.prompt, task_id=source.task_id, results=_files(source.results))


async def _past(tx: Tx, job: Job, source: Job | None, inputs: tuple[Part, ...]) -> tuple[Past, ...]:
    """The last of them must fit; those before it as far as they are there and fit. Empty: nothing can be said again."""
    past: list[Past] = []
    room = PAST_BYTES - _bytes(inputs)
    while source is not None and len(past) < PAST_MOST and _may_be_said(job, source):
        said = _said(source)
        room -= _bytes(said.inputs) + _bytes(said.results)
        if room < 0:
            break
        past.append(said)
        source = await tx.jobs.get(source.continues) if source.continues else None
    return tuple(reversed(past))


def _may_be_said(job: Job, source: Job) -> bool:
    """A result of the same model with its words, or, for who makes it anew, with the gateway's own name of it. Words of a
    song are changed by whichever model does that."""
    if job.action == REWRITE:
        return source.state in _MADE and any(made.kind == "text" for made in source.results) and _is_shown(job, source)
    made = source.state in _MADE and bool(source.task_id if job.action == "remix" else source.transcript)
    return made and source.model == job.model and _is_shown(job, source)


def _is_shown(job: Job, source: Job) -> bool:
    """One's own result, wherever it was made, or one of the same chat: there all have seen it."""
    return source.person_id == job.person_id or source.place.chat_key == job.place.chat_key


def _said(source: Job) -> Past:
    """The words of films name what was made; those of pictures need the pictures themselves."""
    if source.kind != "image":
        words = next((made.text for made in source.results if made.kind == "text"), "")
        return Past(source.prompt, source.transcript, source.task_id, words=words)
    files, results = files_of(source.inputs), _files(source.results)
    return Past(source.prompt, source.transcript, source.task_id, files, results, source.action, source.options)


def _with_result(job: Job, source: Job, inputs: tuple[Part, ...], spec: ModelSpec) -> tuple[Part, ...]:
    """The result as an ordinary file, the first. The row may have it already: this is asked whenever it is tried again."""
    result = next(iter(_files(source.results)), None)
    if result is None or result.kind not in spec.inputs:
        raise SourceGone(f"{job.id}: nothing to continue of {source.id}")
    return inputs if any(part.media == result.media for part in inputs) else (result, *inputs)


def _files(results: Iterable[Artifact]) -> tuple[Part, ...]:
    return tuple(Part(made.kind, media=made.media, mime=made.mime, size=made.size) for made in results if made.media)


def _bytes(parts: Iterable[Part]) -> int:
    return sum(part.size for part in parts)


def can_be_continued(job: Job, spec: ModelSpec | None) -> bool:
    """Whether words can change what this job makes, now or when it is made, because its model remembers what it made."""
    if spec is None or spec.hidden or job.action in HANDMADE:
        return False
    if remembers(spec):
        return coming(job) or (is_made(job) and bool(job.transcript))
    return knows_its_films(spec) and (coming(job) or (is_made(job) and bool(job.task_id)))


def remembers(spec: ModelSpec) -> bool:
    """One of its wires can be told again what was said."""
    return any(wire.extra.get("continues") for wire in (spec, spec.routed({"edit"})))


def knows_its_films(spec: ModelSpec) -> bool:
    """It makes a film anew that it is told by the gateway's own name of it."""
    return "remix" in spec.modes and not remembers(spec)


def is_made(job: Job) -> bool:
    return job.state in _MADE


def wire_of(spec: ModelSpec, job: Job, found: Sources) -> ModelSpec:
    """The row as the wire of this order sees it: that for its files, but what is said again goes by one that remembers."""
    wire = spec.for_files(found.inputs)
    if not found.past or job.press or wire.extra.get("continues"):
        return wire
    return spec if spec.extra.get("continues") else spec.routed({"edit"})


async def wake_if_over(store: Store, waiting: Job | None, now_ms: int) -> None:
    """What was just put back to wait is due now if all that it waits for has ended meanwhile: `wake_waiting` leaves out who
    is being looked at."""
    if waiting is None:
        return
    async with store.read() as tx:
        found = [await tx.jobs.get(source_id) for source_id in sources_of(waiting)]
    if any(coming(source) for source in found):
        return
    async with store.begin() as tx:
        await tx.jobs.save(replace(waiting, due_ms=now_ms), waiting.version)
    store.wake("jobs")


async def wake_waiting(store: Store, ended: Job, now_ms: int) -> None:
    """Who of the same person waits for this job is due now, in whichever process: what is made from it, and what is brought
    behind it. One that is being looked at in this very moment sees to it by itself (`wake_if_over`)."""
    async with store.read() as tx:
        open_jobs = await tx.jobs.of_person(ended.person_id, WAITING_MOST, open_only=True, pieces=True)
    waiting = [job for job in open_jobs if _waits_for(job, ended)]
    if not waiting:
        return
    async with store.begin() as tx:
        for job in waiting:
            if not job.owner:
                await tx.jobs.save(replace(job, due_ms=now_ms), job.version)
    store.wake("jobs")
    if any(job.behind for job in waiting):
        store.wake("deliver")


def _waits_for(job: Job, ended: Job) -> bool:
    if job.state is JobState.QUEUED:
        return ended.id in sources_of(job)
    return job.state is JobState.READY and job.behind == ended.id
