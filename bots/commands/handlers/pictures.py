"""The buttons under a picture: choose one of several, vary, upscale, take it as a model, have the original as a file."""

from __future__ import annotations

from dataclasses import replace

from bots import results
from bots.commands import owned, parking
from bots.commands.handlers import follow_up, media
from bots.commands.parking import Wanted
from bots.commands.request import Request
from core.errors import JobGone
from core.values import Job, Order

DEEDS = frozenset({"vary", "upscale", "reference", "file", "pick"})


async def press(request: Request, job_id: str, deed: str, index: str) -> None:
    """`job:ID:DEED[:INDEX]`. Raises JobGone, NotYours, and what orders raise."""
    job = await owned.pressable(request, job_id)
    match deed:
        case "pick":
            if not await owned.carries(request, job_id):
                raise JobGone(job_id)
            await _pick(request, job, index)
        case "file":
            number = int(index) if index.isdecimal() else None
            await request.exchange.open()
            try:
                await request.services.deliverer.originals(job, request.place, number, request.incoming.message_id)
            except KeyError:
                await request.tell("deliver-gone")
        case "reference":
            wanted = Wanted("reference", f"job:{job_id}:{index or '0'}")
            await parking.picture(request, wanted.ref)
            await media.ask_for_words(request, wanted)
        case _:
            changed = _changed(request, job, deed, int(index) if index.isdecimal() else 0)
            await media.place(request, changed, owned.origin_of(request, job))


async def _pick(request: Request, job: Job, index: str) -> None:
    """The same message, with the buttons of one picture or of all."""
    surface, texts = request.exchange.outlet.surface, request.services.texts
    spec = request.services.catalog.find(job.model)
    job = replace(job, locale=request.locale)
    at = int(index) if index.isdecimal() else None
    if at is None:
        await request.revise(
            request.words("deliver-pick", count=len(job.results)),
            buttons=results.buttons(job, spec, texts, surface),
        )
    elif at in results.pictures_of(job):
        await request.revise(
            request.words("picture-picked", number=at + 1, count=len(job.results)),
            buttons=results.picked(job, spec, texts, surface, at),
        )
    else:
        raise JobGone(job.id)


def _changed(request: Request, job: Job, deed: str, index: int) -> Order:
    """What the row says of variations and of larger versions, for one of the results."""
    spec = request.services.catalog.find(job.model)
    if spec is None or index >= len(job.results) or not job.results[index].media:
        raise JobGone(job.id)
    picture = follow_up.as_input(job.results[index])
    wire = spec.for_files((picture,))
    options = {name: value for name, value in job.options.items() if name in spec.options and name != "only"}
    options.pop("count", None)
    if not wire.extra.get("upscale" if deed == "upscale" else "vary_prompt"):
        raise JobGone(job.id)
    if deed == "upscale":
        # a size in pixels needs a shape
        shape = spec.ratio_near(job.results[index].width, job.results[index].height)
        options = ({"ratio": shape} if shape else {}) | options | wire.extra["upscale"]
    checked, _, _ = request.services.orders.check("image", spec.name, job.prompt, options, (picture,), action=deed)
    return checked
