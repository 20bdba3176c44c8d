"""/retry: the last answer or the last order once more, perhaps with another model."""

from __future__ import annotations

from bots.commands import owned
from bots.commands.handlers import chat, media
from bots.commands.request import Request
from core import pressing
from core.boards import shots_of
from core.errors import EmptyPrompt, NothingRunning
from core.songs import SING
from core.specs import folded
from core.values import Job, Turn


async def retry(request: Request) -> None:
    model = request.options.get("model") or request.text
    target = await _replied(request) or await _last(request)
    if target is None:
        raise NothingRunning
    if isinstance(target, Turn):
        await _turn(request, target.id, model)
    else:
        await _job(request, target, model)


async def _turn(request: Request, turn_id: str, model: str) -> None:
    event_id = request.incoming.event_id
    asked = await request.services.chat.again(request.access, turn_id, model=model, event_id=event_id)
    request.settled = bool(event_id)
    await chat.begin(request, asked)


async def _job(request: Request, job: Job, model: str) -> None:
    orders, incoming = request.services.orders, request.incoming
    if shots_of(job):
        again = await request.services.boards.again(
            request.access, job.id, model=model, origin_id=incoming.message_id, event_id=incoming.event_id
        )
    elif model and folded(model) != folded(job.model):
        if not job.prompt:  # two pictures that were blended, one that was described
            raise EmptyPrompt(command=job.kind)
        action = job.action if job.action == SING else ""
        order, _, _ = orders.check(job.kind, model, job.prompt, _known(request, job, model), job.inputs, action)
        again = await orders.place(
            request.access, incoming.message_id, order, event_id=incoming.event_id, parent_id=job.id
        )
    else:
        again = await pressing.retry(orders, request.access, job.id, incoming.message_id, incoming.event_id)
    request.settled = bool(incoming.event_id)
    await media.acknowledge(request, again)


def _known(request: Request, job: Job, model: str) -> dict[str, str]:
    """The order's options, as far as the other model has them."""
    former = request.services.catalog.find(job.model)
    spec = request.services.catalog.get(model, job.kind, former.sound if former else None)
    return {name: value for name, value in job.options.items() if name in spec.options}


async def _replied(request: Request) -> Turn | Job | None:
    kind, found_id = await owned.replied(request)
    if kind == "turn":
        async with request.services.store.read() as tx:
            return await tx.conversations.turn(found_id)
    return await request.services.orders.get(request.access, found_id) if kind == "job" else None


async def _last(request: Request) -> Turn | Job | None:
    turn = await request.services.chat.last_turn(request.access)
    jobs = [job for job in await request.services.orders.mine(request.access) if job.place.key == request.place.key]
    if turn and (not jobs or turn.created_ms >= jobs[0].created_ms):
        return turn
    return jobs[0] if jobs else None
