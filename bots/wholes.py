"""An order that is made of others, as a person sees it: one price, one state, and which of its shots is being filmed."""

from __future__ import annotations

from dataclasses import dataclass

from core.boards import JOIN
from core.errors import ShotFailed
from core.jobs import HANDMADE
from core.orders import GIVEN_BACK, OF_JOB
from core.ports import Store
from core.sources import coming
from core.values import Job, JobState, Micros

SPOKEN = frozenset({"avatar", "lip_sync"})
"""Films whose voice may be a piece of the order."""


@dataclass(frozen=True, slots=True)
class Whole:
    """`price`: what all of it costs, without what was given back unless all was. `state`: what waits for its pieces is being
    made. `shot`: of a storyboard, the first of `shots` that is still being filmed, from 1; 0 = none is. `partly`: some shots
    are there, others failed."""

    price: Micros
    state: JobState
    shot: int = 0
    shots: int = 0
    partly: bool = False


async def whole(store: Store, job: Job) -> Whole:
    """An order of its own is as it is."""
    if job.action not in HANDMADE | SPOKEN:
        return Whole(job.quote, job.state)
    async with store.read() as tx:
        pieces = await tx.jobs.pieces(job.id)
    kept = [piece for piece in pieces if piece.state not in GIVEN_BACK] or pieces
    price = job.quote + sum(piece.quote for piece in kept)
    under_way = {piece.id for piece in pieces if coming(piece)}
    waits = job.state is JobState.QUEUED and bool(pieces or job.action in HANDMADE)
    state = JobState.WAITING if waits else job.state
    if job.action != JOIN:
        return Whole(price, state)
    filmed = [part.media.removeprefix(OF_JOB) for part in job.inputs]
    shot = next((number for number, job_id in enumerate(filmed, 1) if job_id in under_way), 0)
    partly = job.error_key == ShotFailed.key and bool(job.error_params.get("made"))
    return Whole(price, state, shot, len(filmed), partly)


async def redo_price(store: Store, job: Job) -> Micros:
    """What the pieces cost that did not come about: once more the same."""
    async with store.read() as tx:
        return sum(piece.quote for piece in await tx.jobs.pieces(job.id) if piece.state in GIVEN_BACK)
