"""What a button of the gateway asks before it is pressed for good: which part of the picture, and what shall be there. The
answer is a form, a message, or a drawing and then a message.
"""

from __future__ import annotations

from dataclasses import replace

from bots.commands import asking, inputs, owned, parking
from bots.commands.handlers import media
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.commands.table import SHAPE
from bots.format import shortened
from bots.outlet import Button, Field
from core import pressing
from core.errors import BadOption, CannotRead, EmptyPrompt, JobGone, NeedsInput
from core.shapes import REGIONS
from core.values import Job, Part, RemoteButton

PROMPT_CHARS = 1_000
WORDS_MOST = 4_000
"""What a field of a form holds."""
_REGION = "region"


def button_of(job: Job, number: str) -> RemoteButton:
    if not number.isdecimal() or int(number) >= len(job.buttons):
        raise JobGone(job.id)
    return job.buttons[int(number)]


async def ask_region(request: Request, job: Job, number: str) -> None:
    """Which part of the picture: one of the usual ones, or one that is drawn."""
    buttons = [
        Button(request.words(f"region-{region}"), f"mj:{job.id}:region:{number}:{region}")
        for region in (*REGIONS, SHAPE)
    ]
    rows = tuple(tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3))
    await request.tell("mj-which-region", buttons=rows)


async def ask_words(request: Request, job: Job, number: str, region: str = "") -> None:
    """What shall be there, or how the whole shall be said anew."""
    button = button_of(job, number)
    kind = button.asks if region != SHAPE else SHAPE
    where = "private" if request.place.private else "group"
    price = request.money(_price(request, job, button))
    key = "song-ask-words" if job.kind == "audio" else f"mj-ask-{kind}"
    text = request.words(key, where=where, price=price, prompt=shortened(job.prompt, PROMPT_CHARS))
    regions = tuple((each, request.words(f"region-{each}")) for each in REGIONS)
    fields = (Field(_REGION, request.words("form-region"), regions),) if button.asks == "region" and not region else ()
    wanted = Wanted("mj", f"{job.id}:{number}:{region}".rstrip(":"))
    value = job.prompt[:WORDS_MOST] if button.asks == "words" and job.kind == "image" else ""
    await asking.ask(request, wanted, text, *fields, price=price, value=value, message=region == SHAPE)


async def wanted(request: Request, asked: Wanted) -> None:
    """The words, and for a drawn region the drawing, came: `JOB:NUMBER[:REGION[:TURN]]`, where a drawing that came before its
    words is parked."""
    job_id, number, region, turn_id = (*asked.ref.split(":"), "", "", "")[:4]
    job = await owned.pressable(request, job_id)
    button = button_of(job, number)
    region = region or request.fields.get(_REGION, "")
    words = request.incoming.text.strip()
    if not words and wants_drawing(asked) and request.incoming.attachments:
        await _keep_drawing(request, job, number)
        return
    if not words:
        raise EmptyPrompt(command="mj" if job.kind == "image" else "music")
    if button.asks == "region" and region not in (*REGIONS, SHAPE):
        raise BadOption(name=_REGION, value=region[:60], allowed=", ".join(REGIONS))
    if region != SHAPE:
        if request.incoming.attachments:
            raise CannotRead(what="image")
        await place(request, job, number, words=words, region=region)
        return
    if turn_id and not request.incoming.attachments:
        (drawing,) = await parking.picture(request, f"turn:{turn_id}")
    else:
        drawing = await _drawing(request)
    await place(request, job, number, words=words, region=region, drawn=(replace(drawing, role=SHAPE),))


def wants_drawing(asked: Wanted) -> bool:
    return asked.deed == "mj" and SHAPE in asked.ref.split(":")[2:3]


async def _drawing(request: Request) -> Part:
    files = await inputs.read(replace(request, incoming=replace(request.incoming, reply=None)), {"image"})
    if len(files) != 1:
        raise NeedsInput(command=SHAPE)
    return files[0]


async def _keep_drawing(request: Request, job: Job, number: str) -> None:
    """Phones send a picture before one has thought of its caption: the next words are it."""
    event_id = request.incoming.event_id
    turn = await parking.park(request, (await _drawing(request),), [event_id] if event_id else [])
    request.settled = bool(event_id)
    where = "private" if request.place.private else "group"
    price = request.money(_price(request, job, button_of(job, number)))
    text = request.words("mj-ask-drawn", where=where, price=price)
    await asking.ask(request, Wanted("mj", f"{job.id}:{number}:{SHAPE}:{turn.id}"), text, price=price, message=True)


async def place(
    request: Request, job: Job, number: str, *, words: str = "", region: str = "", drawn: tuple[Part, ...] = ()
) -> None:
    """A child of the job, paid by whoever presses."""
    options = {"only": region} if region else {}
    child = await pressing.press(
        request.services.orders,
        request.access,
        job.id,
        int(number),
        words=words,
        options=options,
        inputs=drawn,
        origin_id=owned.origin_of(request, job),
        event_id=request.incoming.event_id,
        others=request.access.person.is_owner or request.services.rules.groups.press == "anyone",
    )
    request.settled = bool(request.incoming.event_id)
    await media.acknowledge(request, child)


def _price(request: Request, job: Job, button: RemoteButton) -> int:
    spec = request.services.catalog.get(job.model, job.kind)
    return spec.price.actions.get(button.action, spec.price.each)
