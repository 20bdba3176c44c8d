"""The buttons behind each of which an order is put in another way."""

from __future__ import annotations

from collections.abc import Sequence

from bots.commands import choices, parking
from bots.commands.handlers import media
from bots.commands.request import Request
from core.errors import BotError


class OrderedAlready(BotError):
    key = "error-ordered-already"


async def press(request: Request, ref: Sequence[str]) -> None:
    """`way:TURN:NUMBER`. Raises AnswerGone, OrderedAlready, and what orders raise."""
    turn_id, number = (*ref, "", "")[:2]
    turn = await parking.parked(request, turn_id)
    order, origin = choices.chosen(turn, number)
    orders = request.services.orders
    for part in order.inputs:
        await orders.use_again(part, order.kind)
    checked, _, _ = orders.check(
        order.kind, order.model, order.prompt, order.options, order.inputs, order.action, continues=order.continues
    )
    job = await orders.place(request.access, origin, checked, once=f"{choices.VERB}:{turn_id}:{number}")
    if job.ack_id:
        raise OrderedAlready
    await media.acknowledge(request, job)
