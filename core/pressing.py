"""Orders that come of former ones at the press of a button: the same once more, and the gateway's own buttons under a result.
What is ordered then says `core/reordering.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.errors import JobGone, NotYours
from core.orders import GIVEN_BACK, OF_JOB, Orders
from core.placing import Piece
from core.reordering import pressed, same_again
from core.values import Access, Job, Part

NOTHING: Mapping[str, str] = {}


async def retry(
    orders: Orders, access: Access, job_id: str, origin_id: str = "", event_id: str = "", *, others: bool = False
) -> Job:
    """A new job for the same order, at today's price and with what the row still has of its options. `others`: anybody's of
    this chat will do, and whoever asks pays. Raises JobGone, also for shots that are joined (`core/boards.py` does it),
    NeedsInput when its files are swept."""
    job = await orders.get(access, job_id, others=others)
    if job.action == "join":
        raise JobGone(f"{job_id}: its shots are ordered anew, not their join")
    for part in job.inputs:
        if not part.media.startswith(OF_JOB):  # the worker sees to that
            await orders.use_again(part, job.kind)
    order = same_again(job, orders.catalog.find(job.model))
    anew = await _pieces_anew(orders, access, job, event_id)
    files = tuple(
        replace(part, media=f"{OF_JOB}{anew[part.media].id}") if part.media in anew else part for part in order.inputs
    )
    order, pieces = replace(order, inputs=files), tuple(anew.values())
    return await orders.place(
        access, origin_id or job.origin_id, order, event_id=event_id, parent_id=job.id, pieces=pieces
    )


async def _pieces_anew(orders: Orders, access: Access, job: Job, event_id: str) -> dict[str, Piece]:
    """The pieces of a job that did not come about (the voice of a portrait), ordered once more, by the inputs that name
    them."""
    named = {part.media.removeprefix(OF_JOB) for part in job.inputs}
    failed = [piece for piece in await orders.pieces(job.id) if piece.id in named and piece.state in GIVEN_BACK]
    ids = orders.piece_ids(access, len(failed), event_id=event_id)
    again = [same_again(piece, orders.catalog.find(piece.model)) for piece in failed]
    return {
        f"{OF_JOB}{piece.id}": Piece(piece_id, order) for piece, piece_id, order in zip(failed, ids, again, strict=True)
    }


async def press(
    orders: Orders,
    access: Access,
    job_id: str,
    number: int,
    *,
    words: str = "",
    options: Mapping[str, str] = NOTHING,
    inputs: tuple[Part, ...] = (),
    origin_id: str = "",
    event_id: str = "",
    others: bool = False,
) -> Job:
    """A job for the gateway's own button `number` under a result, paid by whoever presses. `words`: of the person, "" = those
    of the result; `options`: over those of the result, "only" being the region that is meant; `others`: everybody may press
    in the chat where it was made, not only whose result it is. Raises JobGone, NotYours, and what orders raise."""
    job = await orders.get(access, job_id, others=True)
    if job.person_id != access.person.id:
        if job.place.chat_key != access.place.chat_key:  # which an owner may look at
            raise JobGone(job_id)
        if not others:
            raise NotYours(job_id)
    order = pressed(job, orders.catalog.find(job.model), number, words, options, inputs)
    checked, *_ = orders.check(
        order.kind, order.model, order.prompt, order.options, inputs, order.action, continues=job.id
    )
    order = replace(order, prompt=checked.prompt, options=checked.options)
    return await orders.place(access, origin_id or job.origin_id, order, event_id=event_id, parent_id=job.id)
