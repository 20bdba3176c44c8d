"""/mj, and the buttons under what Midjourney made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import asking, choices, inputs, owned, table
from bots.commands.handlers import media
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.commands.table import MJ_ACTIONS, SHAPE
from bots.format import shortened
from bots.outlet import Button, Field
from core.errors import BadOption, CannotRead, EmptyPrompt, JobGone, NeedsInput, NothingRunning
from core.shapes import REGIONS
from core.values import Job, Part, RemoteButton

PROMPT_CHARS = 1_000
WORDS_MOST = 4_000
"""What a field of a form holds."""
LOOKED_THROUGH = 20
FAMILY = "midjourney"
BLEND = range(2, 6)
"""So many pictures are blended."""
_REGION = "region"


async def command(request: Request) -> None:
    """`/mj [ACTION] WORDS`."""
    options = dict(request.options)
    action = options.pop("action", "")
    first, _, rest = request.text.partition(" ")
    if not action and not request.slash and first.lower() in MJ_ACTIONS:
        action, request.text = first.lower(), rest.strip()
    if action and action not in MJ_ACTIONS:
        raise BadOption(name="action", value=action[:60], allowed=", ".join(MJ_ACTIONS))
    request.options = options
    match action:
        case "blend":
            await _of_pictures(request, "blend", BLEND)
        case "describe":
            await _of_pictures(request, "describe", range(1, 2))
        case "shorten":
            await _shorten(request)
        case "seed":
            await _seed(request, await _replied(request) or await _last(request))
        case _:
            if not request.text:
                raise EmptyPrompt(command="mj")
            await media.order(request)


async def _of_pictures(request: Request, action: str, number: range) -> None:
    files = await inputs.read(request, {"image"})
    if not files:
        raise NeedsInput(command=action)
    if len(files) not in number:
        allowed = str(number[0]) if len(number) == 1 else f"{number[0]}–{number[-1]}"
        raise BadOption(name="files", value=str(len(files)), allowed=allowed)
    options = dict(request.options)
    model = options.pop("model", None) or _model(request)
    if action == "describe":
        options.setdefault("language", request.locale)
    checked, _, _ = request.services.orders.check("image", model, "", options, files, action=action)
    await media.place(request, checked)


def _model(request: Request) -> str | None:
    """The usual one."""
    found = table.suitable(request.command, request.services.catalog) if request.command else []
    return found[0].name if found else None


# --- shorter words --------------------


async def _shorten(request: Request) -> None:
    """Of words, or of what a picture was described as."""
    texts = [request.text] if request.text else []
    if not texts and (job := await _replied(request)):
        texts = _described(job)
    if not texts:
        raise EmptyPrompt(command="shorten")
    await offer_short(request, texts)


async def offer_short(request: Request, texts: Sequence[str]) -> None:
    """Each shorter, with a button that draws it."""
    await request.exchange.open()
    short = await request.services.rewriting.shortened(request.access, texts)
    checked, _, price = request.services.orders.check("image", _model_of(request), short[0], {}, ())
    lines = [request.words("mj-short", price=request.money(price))]
    lines += [f"{number}. {text}" for number, text in enumerate(short, 1)]
    labels = [request.words("button-draw", number=number) for number in range(1, len(short) + 1)]
    await choices.offer(request, checked, short, labels, "\n".join(lines))


def _model_of(request: Request) -> str | None:
    """Of Midjourney, also where it was no command of it."""
    command = table.find("mj")
    found = table.suitable(command, request.services.catalog) if command else []
    return found[0].name if found else None


def _described(job: Job) -> list[str]:
    return [artifact.text for artifact in job.results if artifact.kind == "text"]


async def _replied(request: Request) -> Job | None:
    reply = request.incoming.reply
    if reply is None or not reply.own:
        return None
    async with request.services.store.read() as tx:
        kind, _, job_id = (await tx.conversations.linked(request.place, reply.message_id) or "").partition(":")
    return await owned.pressable(request, job_id) if kind == "job" else None


# --- buttons --------------------


async def press(request: Request, ref: Sequence[str]) -> None:
    """`mj:ID:VERB[:NUMBER[:REGION]]`. Raises JobGone, NotYours, and what orders raise."""
    job_id, verb, number, region = (*ref, "", "", "", "")[:4]
    job = await owned.pressable(request, job_id)
    match verb:
        case "press":
            await _press(request, job, number)
        case "region" if region in (*REGIONS, SHAPE):
            await _ask_words(request, job, number, region)
        case "tiles":
            await _tiles(request, job)
        case "seed":
            await _seed(request, job)
        case "draw":
            await _draw(request, job, number)
        case "short" if texts := _described(job):
            await offer_short(request, texts)
        case _:
            raise JobGone(job_id)


def _button(job: Job, number: str) -> RemoteButton:
    if not number.isdecimal() or int(number) >= len(job.buttons):
        raise JobGone(job.id)
    return job.buttons[int(number)]


async def _press(request: Request, job: Job, number: str) -> None:
    button = _button(job, number)
    if button.asks == "":
        await _place(request, job, number)
    elif button.asks == "words" or request.exchange.outlet.surface.forms:
        await _ask_words(request, job, number)
    else:
        await _ask_region(request, job, number)


async def _ask_region(request: Request, job: Job, number: str) -> None:
    """Which part of the picture: one of the usual ones, or one that is drawn."""
    buttons = [
        Button(request.words(f"region-{region}"), f"mj:{job.id}:region:{number}:{region}")
        for region in (*REGIONS, SHAPE)
    ]
    rows = tuple(tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3))
    await request.tell("mj-which-region", buttons=rows)


async def _ask_words(request: Request, job: Job, number: str, region: str = "") -> None:
    """What shall be there, or how the whole shall be said anew."""
    button = _button(job, number)
    kind = button.asks if region != SHAPE else SHAPE
    where = "private" if request.place.private else "group"
    price = request.money(_price(request, job, button))
    text = request.words(f"mj-ask-{kind}", where=where, price=price, prompt=shortened(job.prompt, PROMPT_CHARS))
    regions = tuple((each, request.words(f"region-{each}")) for each in REGIONS)
    fields = (Field(_REGION, request.words("form-region"), regions),) if button.asks == "region" and not region else ()
    wanted = Wanted("mj", f"{job.id}:{number}:{region}".rstrip(":"))
    value = job.prompt[:WORDS_MOST] if button.asks == "words" else ""
    await asking.ask(request, wanted, text, *fields, price=price, value=value, message=region == SHAPE)


async def wanted(request: Request, asked: Wanted) -> None:
    """The words, and for a drawn region the drawing, came: `JOB:NUMBER[:REGION]`."""
    job_id, number, region = (*asked.ref.split(":"), "", "")[:3]
    job = await owned.pressable(request, job_id)
    button = _button(job, number)
    region = region or request.fields.get(_REGION, "")
    words = request.incoming.text.strip()
    if not words:
        raise EmptyPrompt(command="mj")
    if button.asks == "region" and region not in (*REGIONS, SHAPE):
        raise BadOption(name=_REGION, value=region[:60], allowed=", ".join(REGIONS))
    if region != SHAPE:
        if request.incoming.attachments:
            raise CannotRead(what="image")
        await _place(request, job, number, words=words, region=region)
        return
    files = await inputs.read(replace(request, incoming=replace(request.incoming, reply=None)), {"image"})
    if len(files) != 1:
        raise NeedsInput(command=SHAPE)
    drawn = replace(files[0], role=SHAPE)
    await _place(request, job, number, words=words, region=region, drawn=(drawn,))


async def _place(
    request: Request, job: Job, number: str, *, words: str = "", region: str = "", drawn: tuple[Part, ...] = ()
) -> None:
    """A child of the job, paid by whoever presses."""
    options = {"only": region} if region else {}
    child = await request.services.orders.press(
        request.access,
        job.id,
        int(number),
        words=words,
        options=options,
        inputs=drawn,
        origin_id=request.incoming.message_id,
        event_id=request.incoming.event_id,
        others=request.access.person.is_owner or request.services.rules.groups.press == "anyone",
    )
    request.settled = bool(request.incoming.event_id)
    await media.acknowledge(request, child)


def _price(request: Request, job: Job, button: RemoteButton) -> int:
    spec = request.services.catalog.get(job.model, job.kind)
    return spec.price.actions.get(button.action, spec.price.each)


async def _draw(request: Request, job: Job, number: str) -> None:
    """What a picture was described as becomes a picture."""
    texts = _described(job)
    if not number.isdecimal() or int(number) >= len(texts):
        raise JobGone(job.id)
    checked, _, _ = request.services.orders.check("image", job.model, texts[int(number)], {}, ())
    await media.place(request, checked)


async def _tiles(request: Request, job: Job) -> None:
    """The four pictures of a grid, one by one."""
    grid = next((artifact for artifact in job.results if artifact.kind == "image" and artifact.media), None)
    if grid is None:
        raise JobGone(job.id)
    await request.exchange.open()
    tiles = await request.services.keeping.tiles(grid)
    await request.services.deliverer.bring(
        request.place, tiles, request.words("mj-tiles"), reply_to=request.incoming.message_id
    )


async def _last(request: Request) -> Job | None:
    """The person's newest result of the family in this chat."""
    async with request.services.store.read() as tx:
        jobs = await tx.jobs.made(request.access.person.id, request.place, 0, LOOKED_THROUGH)
    return next((job for job in jobs if job.family == FAMILY and job.task_id), None)


async def _seed(request: Request, job: Job | None) -> None:
    if job is None:
        raise NothingRunning
    spec = request.services.catalog.find(job.model)
    if spec is None or not job.task_id or job.family != FAMILY:
        raise JobGone(job.id)
    await request.exchange.open()
    seed = await request.services.gateway.seed(spec, job.task_id)
    await request.tell("mj-seed", seed=seed)
