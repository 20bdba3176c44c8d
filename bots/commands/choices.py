"""Several ways to put an order, each behind a button: nothing is paid before one is pressed.

The order and its ways wait as a parked turn (`parking.py`), so the buttons survive restarts; each way is ordered once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bots.commands import parking
from bots.commands.request import Request
from bots.outlet import Button
from core.errors import AnswerGone
from core.values import Json, ModelKind, Order, Part, Turn

VERB = "way"
_ORDER, _WAY = "order", "way"
ROW = 4


async def offer(
    request: Request, order: Order, ways: Sequence[str], labels: Sequence[str], text: str, *more: Button
) -> None:
    """`ways`: prompts in place of the order's; `more`: buttons beside theirs."""
    fields = {
        "kind": order.kind,
        "model": order.model,
        "options": dict(order.options),
        "action": order.action,
        "continues": order.continues,
        "origin": request.incoming.message_id,
    }
    parts = [Part("text", text=json.dumps(fields), role=_ORDER)]
    parts += [Part("text", text=way, role=_WAY) for way in ways]
    event_id = request.incoming.event_id
    turn = await parking.park(request, (*parts, *order.inputs), [event_id] if event_id else [])
    request.settled = bool(event_id)
    buttons = [Button(label, f"{VERB}:{turn.id}:{number}") for number, label in enumerate(labels)]
    rows = [tuple(buttons[at : at + ROW]) for at in range(0, len(buttons), ROW)]
    await request.say(text, buttons=(*rows, *([more] if more else [])))


def chosen(turn: Turn, number: str) -> tuple[Order, str]:
    """The order, put this way, and the message it answers. Raises AnswerGone when the turn holds no such thing."""
    ways = [part.text for part in turn.question if part.role == _WAY]
    if not number.isdecimal() or int(number) >= len(ways):
        raise AnswerGone
    told = next((part.text for part in turn.question if part.role == _ORDER), "")
    try:
        fields: Json = json.loads(told)
        kind: ModelKind = fields["kind"]
        inputs = tuple(part for part in turn.question if part.role not in {_ORDER, _WAY})
        order = Order(
            kind, fields["model"], ways[int(number)], fields["options"], inputs, fields.get("continues", ""),
            action=fields.get("action", ""),
        )  # fmt: skip
        return order, str(fields["origin"])
    except (ValueError, KeyError, TypeError):
        raise AnswerGone(f"{turn.id} holds no order") from None
