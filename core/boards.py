"""Storyboards: a film of several shots, each paid and refunded by itself. Rows that film several shots at once get one order;
of all others each shot is an order of its own that begins with the last frame of the shot before, and the films are joined
by ourselves (`core/handmade.py`). A shot that failed, or that somebody wants otherwise, is filmed anew and joined with the
old ones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from core.checking import SHOTS, check_options
from core.errors import BadOption, JobGone
from core.film_modes import FILM, FIRST, modes_of
from core.flags import parted
from core.limits import LIMITS
from core.orders import OF_JOB, Orders
from core.placing import Piece
from core.ports import Store
from core.pressing import retry
from core.prices import quote
from core.reordering import MADE, still_known
from core.specs import ModelSpec
from core.storyboard import Shot, check_shots, dumped, fitted_lengths, loaded, together
from core.values import OPEN_STATES, Access, Job, JobState, Micros, Order, Part

JOIN = "join"
SECONDS = "seconds"
SCRIPT_CHARS = 8_000
"""Of the script, which is only shown."""
WORDS_CHARS = 500
"""Of the script, where one order films all shots: it only has to be there."""

NO_WORDS: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class _Plan:
    """A storyboard of which some shots are filmed anew. `kept`: as in `_chain`."""

    job: Job
    spec: ModelSpec
    shots: Sequence[Shot]
    options: Mapping[str, str]
    kept: Mapping[int, str]


class Boards:
    def __init__(self, orders: Orders, store: Store) -> None:
        self._orders = orders
        self._store = store

    def price(self, spec: ModelSpec, shots: Sequence[Shot], options: Mapping[str, str]) -> Micros:
        """Of all shots."""
        if together(spec):
            return quote(spec, {**options, SECONDS: str(sum(shot.seconds for shot in shots))}, SHOTS)
        return _one_by_one(spec, shots, options)

    async def film(
        self,
        access: Access,
        origin_id: str,
        model: str,
        script: str,
        shots: Sequence[Shot],
        options: Mapping[str, str],
        *,
        event_id: str = "",
        once: str = "",
    ) -> Job:
        """Order them all, with all holds, in one commit: the same event or name never twice. `script`: what it is shown by.
        Raises what `Orders.place` raises; nothing has happened then."""
        spec = self._orders.catalog.get(model, "video")
        check_shots(spec, shots)
        chosen = check_options(spec, {name: word for name, word in options.items() if name.lower() != SECONDS})
        if together(spec):
            total = str(sum(shot.seconds for shot in shots))
            told = {**chosen, SHOTS: dumped(shots), SECONDS: total}
            order = Order("video", spec.name, script[:WORDS_CHARS], told, action=SHOTS)
            return await self._orders.place(access, origin_id, order, event_id=event_id, once=once)
        return await self._chain(access, origin_id, spec, script, shots, chosen, {}, event_id=event_id, once=once)

    async def redo(
        self,
        access: Access,
        job_id: str,
        numbers: Collection[int],
        words: Mapping[int, str] = NO_WORDS,
        *,
        origin_id: str = "",
        event_id: str = "",
        others: bool = False,
    ) -> Job:
        """The same with these shots filmed anew (1 = the first), and those whose films are missing; the others stay. No
        numbers: what is missing, or all of it when it was made. `words`: by its number, what a shot shows from now on.
        `others`: anybody's of this chat will do, and whoever asks pays. Raises JobGone, BadOption for numbers that are none
        and words that are too many, and what `Orders.place` raises."""
        plan = await self._planned(access, job_id, numbers, words, others)
        job = plan.job
        return await self._chain(
            access, origin_id or job.origin_id, plan.spec, job.prompt, plan.shots, plan.options, plan.kept,
            event_id=event_id, parent_id=job.id,
        )  # fmt: skip

    async def redo_price(
        self, access: Access, job_id: str, numbers: Collection[int], *, others: bool = False
    ) -> Micros:
        """What `redo` would cost. Raises as it does."""
        plan = await self._planned(access, job_id, numbers, NO_WORDS, others)
        anew = [shot for at, shot in enumerate(plan.shots) if at not in plan.kept]
        return _one_by_one(plan.spec, anew, plan.options)

    async def _planned(
        self, access: Access, job_id: str, numbers: Collection[int], words: Mapping[int, str], others: bool
    ) -> _Plan:
        job = await self._orders.get(access, job_id, others=others)
        if not can_redo(job):
            raise JobGone(f"{job_id}: no shots to film anew")
        shots = [replace(shot, prompt=words.get(number, shot.prompt)) for number, shot in enumerate(shots_of(job), 1)]
        numbers = {*numbers, *words}
        if wrong := [number for number in numbers if not 1 <= number <= len(shots)]:
            raise BadOption(name=SHOTS, value=str(wrong[0]), allowed=f"1–{len(shots)}")
        spec = self._orders.catalog.get(job.model, "video")
        check_shots(spec, shots)
        films = await self._films(access, job)
        anew = numbers or (range(1, len(shots) + 1) if job.state in MADE and len(films) == len(shots) else ())
        kept = {at: source for at, source in films.items() if at + 1 not in anew}
        options = still_known(spec, {name: word for name, word in job.options.items() if name != SHOTS})
        return _Plan(job, spec, shots, options, kept)

    async def again(
        self,
        access: Access,
        job_id: str,
        *,
        model: str = "",
        origin_id: str = "",
        event_id: str = "",
        others: bool = False,
    ) -> Job:
        """A storyboard once more: what is missing of it, else all of it; by another `model` all of it. Raises as `redo`."""
        job = await self._orders.get(access, job_id, others=others)
        spec = self._orders.catalog.get(model or job.model, "video")
        if spec.name != job.model:
            options = still_known(spec, {name: word for name, word in job.options.items() if name != SHOTS})
            shots = fitted_lengths(spec, shots_of(job))
            return await self.film(
                access, origin_id or job.origin_id, spec.name, job.prompt, shots, options, event_id=event_id
            )
        if job.action == JOIN:
            return await self.redo(access, job_id, (), origin_id=origin_id, event_id=event_id, others=others)
        return await retry(self._orders, access, job_id, origin_id, event_id, others=others)

    async def _films(self, access: Access, job: Job) -> dict[int, str]:
        """Number of a shot, from 0, -> the job that filmed it, if its film is there; then it is kept for as long as one that
        is made now."""
        found: dict[int, str] = {}
        until_ms = self._store.clock.now_ms() + LIMITS.result_keep_ms
        async with self._store.begin() as tx:
            for at, part in enumerate(job.inputs):
                source = await tx.jobs.get(part.media.removeprefix(OF_JOB))
                if source is None or source.state not in MADE or not _is_shown(access, source):
                    continue
                films = {made.media for made in source.results if made.kind == "video"}
                if films and await tx.media.prolong(films, until_ms) == films:
                    found[at] = source.id
        return found

    async def _chain(
        self,
        access: Access,
        origin_id: str,
        spec: ModelSpec,
        script: str,
        shots: Sequence[Shot],
        options: Mapping[str, str],
        kept: Mapping[int, str],
        *,
        event_id: str = "",
        once: str = "",
        parent_id: str = "",
    ) -> Job:
        """`kept`: shots that are filmed already, and the jobs that did."""
        new = [at for at in range(len(shots)) if at not in kept]
        ids = self._orders.piece_ids(access, len(new), event_id=event_id, once=once)
        source = {**kept, **dict(zip(new, ids, strict=True))}
        follows = "image" in modes_of(spec)
        pieces = [
            Piece(source[at], _shot_order(spec, shots[at], options, source[at - 1] if at and follows else ""))
            for at in new
        ]
        films = tuple(Part("video", media=f"{OF_JOB}{source[at]}", role=FILM) for at in range(len(shots)))
        whole = Order("video", spec.name, script[:SCRIPT_CHARS], {**options, SHOTS: dumped(shots)}, films, action=JOIN)
        return await self._orders.place(
            access, origin_id, whole, event_id=event_id, once=once, parent_id=parent_id, pieces=pieces
        )


def shots_of(job: Job) -> tuple[Shot, ...]:
    """Of a storyboard's job, whichever way it is filmed; empty for any other."""
    try:
        return loaded(job.options.get(SHOTS, "[]"))
    except BadOption:
        return ()


def can_redo(job: Job) -> bool:
    """Whether single shots of it can be filmed anew: it has ended, and each shot is a film of its own."""
    ended = job.state not in OPEN_STATES or job.state is JobState.READY
    return ended and job.action == JOIN and 0 < len(shots_of(job)) == len(job.inputs)


def _one_by_one(spec: ModelSpec, shots: Sequence[Shot], options: Mapping[str, str]) -> Micros:
    """The price of shots that are an order each."""
    return sum(quote(spec, {**parted(spec, shot.prompt)[1], **_with_length(options, shot)}) for shot in shots)


def _is_shown(access: Access, job: Job) -> bool:
    """One's own, or of the same chat: there all have seen it."""
    return job.person_id == access.person.id or job.place.chat_key == access.place.chat_key


def _shot_order(spec: ModelSpec, shot: Shot, options: Mapping[str, str], before: str) -> Order:
    """`before`: the job whose film it goes on from, "" = none."""
    frame = (Part("image", media=f"{OF_JOB}{before}", role=FIRST),) if before else ()
    return Order("video", spec.name, shot.prompt, _with_length(options, shot), frame)


def _with_length(options: Mapping[str, str], shot: Shot) -> dict[str, str]:
    return {**options, SECONDS: str(shot.seconds)} if shot.seconds else dict(options)
