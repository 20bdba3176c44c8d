"""/image, /edit, /video, /lyrics: an order becomes a job and an acknowledgement; and a file that comes without words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bots.commands import asking, choices, inputs, parking, roles, table, voicing, written
from bots.commands.handlers import chat
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.commands.table import SHAPE
from bots.fit_told import fit_told
from bots.outlet import Button, Buttons
from bots.wholes import whole
from core import film_modes
from core.errors import BadOption, EmptyPrompt, JobGone, NeedsInput, UnknownOption
from core.flags import check_flags
from core.measuring import expected
from core.mentions import as_inputs, numbered, takes_all
from core.placing import Piece
from core.specs import ModelSpec
from core.typical import spoken_s, takes_s
from core.values import Job, Micros, Order, Part

SAY = "say"
_KINDS = {"describe": "other", "dub": "dub", "clip": "clip", "words": "words"}
"""Of what is done with a result: how it is told."""
_COMMANDS = {"ask": "chat", "edit": "edit", "animate": "video", "reference": "image"}


async def order(request: Request) -> None:
    command = request.command
    if command is None or command.order is None:
        raise ValueError(f"{command} orders nothing")
    options = dict(request.options)
    say = options.pop(SAY, "").strip() if command.order == "video" else ""
    if not request.text and not say:
        raise EmptyPrompt(command=command.name)
    if any(each.option == SHAPE for each in request.incoming.attachments):
        options["only"] = SHAPE
    files = await inputs.read(
        request, command.takes, shape=options.get("only") == SHAPE, beside=command.order == "video"
    )
    if (command.needs_input or say) and not files:
        raise NeedsInput(command=command.name)
    if command.order == "video":
        request.text, files = roles.named(request.text, files)
    voice = await voicing.voice_of(request, say) if say else None
    files = (*files, voice.file) if voice else files
    rewrite = options.pop("rewrite", "off") == "on"
    mode = options.pop("mode", "")
    named = await request.services.library.named(request.access, request.text) if command.order == "video" else ()
    files = (*files, *as_inputs(named))
    model = options.pop("model", None) or usual(request, files, options, mode)
    if model and command.sound:
        model = request.services.catalog.get(model, command.order, command.sound).name
    if named:
        spec = request.services.catalog.get(model, "video") if model else request.services.catalog.default("video")
        request.text = numbered(request.text, named, files, spec)
    checked, _, price = request.services.orders.check(command.order, model, request.text, options, files, mode=mode)
    if voice:
        spec = request.services.catalog.get(checked.model, checked.kind)
        await place(request, expected(spec, checked, say), pieces=(voice.piece,), at_most=True)
    elif rewrite:
        await offer_better(request, checked, price)
    else:
        await place(request, checked)


async def place(
    request: Request, order: Order, origin_id: str = "", *, pieces: Sequence[Piece] = (), at_most: bool = False
) -> None:
    """Order it, and say so. `origin_id`: what it answers, "" = the message itself; `pieces`: what is made for it first;
    `at_most`: it may become cheaper. Raises what orders raise."""
    origin_id, event_id = origin_id or request.incoming.message_id, request.incoming.event_id
    job = await request.services.orders.place(request.access, origin_id, order, event_id=event_id, pieces=pieces)
    request.settled = bool(event_id)
    await acknowledge(request, job, at_most=at_most)


def usual(
    request: Request, files: Sequence[Part], options: Mapping[str, str] | None = None, mode: str = ""
) -> str | None:
    """The default model, or when it does not take these files or does not do that, the first that does; of a family's own
    command, and of sounds, the first that has these options, and the flags in the words."""
    command = request.command
    if command is None or command.order is None or not (files or mode or command.family or command.sound):
        return None
    wanted = {part.kind for part in files}
    suitable = [spec for spec in table.suitable(command, request.services.catalog) if wanted <= spec.inputs]
    suitable = [spec for spec in suitable if takes_all(spec, files)]
    if command.order == "video":
        suitable = [spec for spec in suitable if film_modes.can(spec, files, mode)] or suitable
    if command.family or command.sound:
        suitable = [spec for spec in suitable if _knows(spec, request.text, options or {})] or suitable
    default = request.services.catalog.default(command.order, command.sound)
    if command.sound:
        return default.name if default in suitable or not suitable else suitable[0].name
    return None if default in suitable or not suitable else suitable[0].name


def _knows(spec: ModelSpec, text: str, options: Mapping[str, str]) -> bool:
    try:
        check_flags(spec, text, {})
    except UnknownOption:
        return False
    except BadOption:
        pass  # the row knows it, but not this value
    return options.keys() <= spec.options.keys()


async def acknowledge(request: Request, job: Job, *, at_most: bool = False) -> None:
    """Say at once that it is on its way, what it costs with its pieces, and how to call it off."""
    kind = _KINDS.get(job.action, str(job.kind))
    price = request.money((await whole(request.services.store, job)).price)
    if at_most:
        price = request.words("price-at-most", price=price)
    about = spoken_s(await takes_s(request.services.takes, job))
    text = request.words("job-accepted", kind=kind, model=job.model, price=price, about=about)
    if changes := fit_told(request.words, job.inputs):
        text = f"{text}\n{changes}"
    message_id = await request.delivered(text, buttons=cancel_buttons(request, job))
    if message_id:
        await request.services.orders.acknowledged(job.id, message_id)


def cancel_buttons(request: Request, job: Job) -> Buttons:
    return ((Button(request.words("button-cancel"), f"job:{job.id}:cancel"),),)


# --- better words --------------------


async def offer_better(request: Request, checked: Order, price: Micros) -> None:
    """Show how a model would put it; the person chooses, and only then it is drawn."""
    await request.exchange.open()
    better = await request.services.rewriting.better(
        request.access, request.services.catalog.get(checked.model, checked.kind), checked.prompt, len(checked.inputs)
    )
    if not better.changed:
        await place(request, checked)
        return
    cost = request.money(price)
    text = request.words("better-offer", prompt=better.prompt, price=cost)
    labels = [request.words("button-better"), request.words("button-own-words")]
    await choices.offer(request, checked, [better.prompt, checked.prompt], labels, text)


# --- a file without words, and the words that follow --------------------


async def ask_what_for(request: Request) -> None:
    files = await inputs.asked(request)
    turn = await parking.park(request, files, [request.incoming.event_id] if request.incoming.event_id else [])
    request.settled = True
    if any(part.kind != "image" for part in files):
        await ask_for_words(request, Wanted("ask", f"turn:{turn.id}"))
        return
    deeds = ("ask", "edit", "animate")
    buttons = tuple(Button(request.words(f"button-{deed}"), f"park:{turn.id}:{deed}") for deed in deeds)
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
    price = price or _price(request, wanted.deed)
    text = request.words(f"wanted-{wanted.deed}", where=where, price=price)
    await asking.ask(request, wanted, text, price=price)


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
    parsed = written.read(command, request.text, request.services.catalog)
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
    return request.services.orders.check(command.order, usual(request, files), "?", {}, files)[2]
