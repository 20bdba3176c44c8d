"""/mj, and the buttons that the gateway offers under what it made."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bots.commands import choices, inputs, owned, table
from bots.commands.handlers import media
from bots.commands.handlers import midjourney_questions as questions
from bots.commands.request import Request
from bots.commands.table import MJ_ACTIONS, SHAPE
from core.errors import (
    BadOption,
    BadRequest,
    EmptyPrompt,
    JobGone,
    NeedsInput,
    NoResult,
    TaskExpired,
)
from core.flags import described
from core.shapes import REGIONS
from core.values import Job

log = logging.getLogger(__name__)

LOOKED_THROUGH = 20
FAMILY = "midjourney"
BLEND = range(2, 6)
"""So many pictures are blended."""


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
    model = options.pop("model", None) or _model_of(request)
    if action == "describe":
        options.setdefault("language", request.locale)
    checked, _, _ = request.services.orders.check("image", model, "", options, files, action=action)
    await media.place(request, checked)


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
    model = _model_of(request)
    short = [_drawable(request, model, text) for text in short]
    checked, _, price = request.services.orders.check("image", model, short[0], {}, ())
    lines = [request.words("mj-short", price=request.money(price))]
    lines += [f"{number}. {text}" for number, text in enumerate(short, 1)]
    labels = [request.words("button-draw", number=number) for number in range(1, len(short) + 1)]
    await choices.offer(request, checked, short, labels, "\n".join(lines))


def _model_of(request: Request) -> str | None:
    """Of Midjourney, also where it was no command of it."""
    command = table.find("mj")
    found = table.suitable(command, request.services.catalog) if command else []
    return found[0].name if found else None


def _drawable(request: Request, model: str | None, text: str) -> str:
    """What a model wrote, without flags that another would not take."""
    spec = request.services.catalog.find(model or "")
    return described(spec, text) if spec else text


def _described(job: Job) -> list[str]:
    return [artifact.text for artifact in job.results if artifact.kind == "text"]


async def _replied(request: Request) -> Job | None:
    kind, job_id = await owned.replied(request)
    return await owned.pressable(request, job_id) if kind == "job" else None


# --- buttons --------------------


async def press(request: Request, ref: Sequence[str]) -> None:
    """`mj:ID:VERB[:NUMBER[:REGION]]`. Raises JobGone, NotYours, and what orders raise."""
    job_id, verb, number, region = (*ref, "", "", "", "")[:4]
    job = await owned.pressable(request, job_id)
    match verb:
        case "press":
            await _press(request, job, number)
        case "region" if region in (*REGIONS, SHAPE) and questions.button_of(job, number).asks == "region":
            await questions.ask_words(request, job, number, region)
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


async def _press(request: Request, job: Job, number: str) -> None:
    button = questions.button_of(job, number)
    if button.asks == "":
        await questions.place(request, job, number)
    elif button.asks == "words" or request.exchange.outlet.surface.forms:
        await questions.ask_words(request, job, number)
    else:
        await questions.ask_region(request, job, number)


async def _draw(request: Request, job: Job, number: str) -> None:
    """What a picture was described as becomes a picture."""
    texts = _described(job)
    if not number.isdecimal() or int(number) >= len(texts):
        raise JobGone(job.id)
    words = _drawable(request, job.model, texts[int(number)])
    checked, _, _ = request.services.orders.check("image", job.model, words, {}, ())
    await media.place(request, checked, owned.origin_of(request, job))


async def _tiles(request: Request, job: Job) -> None:
    """The four pictures of a grid, one by one."""
    grid = next((artifact for artifact in job.results if artifact.kind == "image" and artifact.media), None)
    if grid is None:
        raise JobGone(job.id)
    await request.exchange.open()
    try:
        tiles = await request.services.keeping.tiles(grid)
    except KeyError:
        await request.tell("deliver-gone")
        return
    await request.services.deliverer.bring(
        request.place,
        tiles,
        request.words("mj-tiles"),
        reply_to=request.incoming.message_id,
        locale=request.locale,
    )


async def _last(request: Request) -> Job | None:
    """The person's newest result of the family in this chat."""
    async with request.services.store.read() as tx:
        jobs = await tx.jobs.made(request.access.person.id, request.place, 0, LOOKED_THROUGH)
    return next((job for job in jobs if job.family == FAMILY and job.task_id), None)


async def _seed(request: Request, job: Job | None) -> None:
    if job is None:
        await request.tell("mj-seed-which")
        return
    spec = request.services.catalog.find(job.model)
    if spec is None or not job.task_id or job.family != FAMILY:
        raise JobGone(job.id)
    await request.exchange.open()
    try:
        seed = await request.services.gateway.seed(spec, job.task_id)
    except (BadRequest, NoResult, TaskExpired) as error:
        log.info("job %s: no seed: %s", job.id, error, extra={"request_id": error.request_id})
        await request.tell("mj-seed-none")
        return
    await request.tell("mj-seed", seed=seed)
