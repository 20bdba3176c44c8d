"""/image, /edit, /video: an order becomes a job and an acknowledgement; and a file that comes without words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import grammar, inputs, parking, table
from bots.commands.handlers import chat
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.outlet import Button, Buttons
from core.errors import EmptyPrompt, JobGone, NeedsInput
from core.values import Job, Micros, Part

_COMMANDS = {"ask": "chat", "edit": "edit", "animate": "video"}


async def order(request: Request) -> None:
    command = request.command
    if command is None or command.order is None:
        raise ValueError(f"{command} orders nothing")
    if not request.text:
        raise EmptyPrompt(command=command.name)
    files = await inputs.read(request, command.takes)
    if command.needs_input and not files:
        raise NeedsInput(command=command.name)
    options = dict(request.options)
    model = options.pop("model", None) or _usual(request, files)
    checked, _, _ = request.services.orders.check(command.order, model, request.text, options, files)
    job = await request.services.orders.place(
        request.access, request.incoming.message_id, checked, event_id=request.incoming.event_id
    )
    request.settled = True
    await acknowledge(request, job)


def _usual(request: Request, files: Sequence[Part]) -> str | None:
    """The default model, or when it does not take these files, the first that does."""
    command = request.command
    if command is None or command.order is None or not files:
        return None
    wanted = {part.kind for part in files}
    suitable = [spec for spec in table.suitable(command, request.services.catalog) if wanted <= spec.inputs]
    default = request.services.catalog.default(command.order)
    return None if default in suitable or not suitable else suitable[0].name


async def acknowledge(request: Request, job: Job) -> None:
    """Say at once that it is on its way, what it costs, and how to call it off."""
    text = request.words("job-accepted", kind=str(job.kind), model=job.model, price=request.money(job.quote))
    message_id = await request.delivered(text, buttons=cancel_buttons(request, job))
    if message_id:
        await request.services.orders.acknowledged(job.id, message_id)


def cancel_buttons(request: Request, job: Job) -> Buttons:
    return ((Button(request.words("button-cancel"), f"job:{job.id}:cancel"),),)


# --- a file without words, and the words that follow --------------------


async def ask_what_for(request: Request) -> None:
    files = await inputs.asked(request)
    turn = await parking.park(request, files, [request.incoming.event_id] if request.incoming.event_id else [])
    request.settled = True
    if any(part.kind != "image" for part in files):
        await ask_for_words(request, Wanted("ask", f"turn:{turn.id}"))
        return
    buttons = tuple(Button(request.words(f"button-{deed}"), f"park:{turn.id}:{deed}") for deed in _COMMANDS)
    await request.tell("picture-what-for", buttons=(buttons,))


async def press(request: Request, ref: Sequence[str]) -> None:
    """`park:TURN:DEED` under a picture without words."""
    turn_id, deed = (*ref, "", "")[:2]
    if deed not in _COMMANDS:
        raise JobGone
    await parking.parked(request, turn_id)
    await ask_for_words(request, Wanted(deed, f"turn:{turn_id}"))


async def ask_for_words(request: Request, wanted: Wanted, price: str = "") -> None:
    """ "What shall I change?": the next message, or a reply to this one, is the answer. `price` "": of the usual model."""
    where = "private" if request.place.private else "group"
    message_id = await request.tell(f"wanted-{wanted.deed}", where=where, price=price or _price(request, wanted.deed))
    await parking.want(request, wanted, message_id)


async def answer(request: Request, wanted: Wanted) -> None:
    """The words came."""
    request.inputs = await parking.picture(request, wanted.ref)
    command = table.find(_COMMANDS[wanted.deed])
    if command is None:
        raise ValueError(wanted.deed)
    request.command, request.text = command, request.incoming.text
    request.incoming = replace(request.incoming, reply=None)
    if wanted.deed == "ask":
        await chat.ask(request)
        return
    request.inputs = tuple(replace(part, role="") for part in request.inputs)
    parsed = grammar.parse(request.text, table.spellings(command, request.services.catalog))
    request.text, request.options = parsed.text, parsed.options
    await order(request)


def _price(request: Request, deed: str) -> str:
    """What it costs with the usual model, "" for a question."""
    command = table.find(_COMMANDS[deed])
    if command is None or command.order is None:
        return ""
    return request.money(price_of(replace(request, command=command)))


def price_of(request: Request) -> Micros:
    """Of the request's command with its usual model and options. Raises UnknownModel when there is none."""
    command = request.command
    if command is None or command.order is None:
        raise ValueError(f"{command} orders nothing")
    files = (Part("image", media="0" * 64, mime="image/png"),) if command.needs_input else ()
    return request.services.orders.check(command.order, _usual(request, files), "?", {}, files)[2]
