"""A job as the gateway gets it: with what it is made from, its mask, and the wire that serves it. Made anew for each call,
from the row alone, so that a process that comes later asks for the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core import masks, sources
from core.errors import SourceGone
from core.sources import Sources
from core.specs import ModelSpec
from core.values import Job, Order, Part, Past
from core.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Call:
    """`spec`: the row as its wire sees it. `inputs`: as the job's row keeps them."""

    spec: ModelSpec
    order: Order
    inputs: tuple[Part, ...]


async def call_of(shop: Workshop, job: Job, spec: ModelSpec) -> Call | None:
    """None: what it is made from is still being made. Raises BotError when it cannot be sent."""
    found = Sources(job.inputs)
    if sources.sources_of(job):
        async with shop.store.read() as tx:
            gathered = await sources.gather(tx, job, spec)
        if gathered is None:
            return None
        found = gathered
    wire = sources.wire_of(spec, job, found)
    base = found.past[-1].results[:1] if job.press else ()
    files = masks.files_of(found.inputs) + await _mask(shop, job, wire, found.inputs, *base)
    past = found.past
    if job.press:  # the gateway knows what its own button is about
        past = tuple(replace(each, results=()) for each in past)
    elif past:
        past = await _with_bytes(shop, past)
    order = Order(
        job.kind, job.model, job.prompt, job.options, files, job.continues, past, action=job.action, press=job.press
    )
    return Call(wire, order, found.inputs)


async def _mask(
    shop: Workshop, job: Job, wire: ModelSpec, inputs: tuple[Part, ...], base: Part | None = None
) -> tuple[Part, ...]:
    key = await masks.mask_of(shop.renditions, wire, inputs, job.options, base)
    if not key:
        return ()
    size = len(await shop.media.read(key))
    await shop.index(key, size, shop.limits.input_keep_ms)
    return (Part("image", media=key, mime="image/png", name="mask.png", size=size, role="mask"),)


async def _with_bytes(shop: Workshop, past: tuple[Past, ...]) -> tuple[Past, ...]:
    """What was sent in then is kept for a day only, and may be missing; what came is not, or nothing before it can be said
    either. Raises SourceGone when the last result is swept."""
    filled: list[Past] = []
    for each in reversed(past):
        inputs = [await _read(shop, part) for part in each.inputs]
        results = [await _read(shop, part) for part in each.results]
        if None in results:
            break
        here = tuple(part for part in inputs if part is not None)
        filled.append(replace(each, inputs=here, results=tuple(part for part in results if part is not None)))
    if not filled:
        raise SourceGone("the last result is swept")
    return tuple(reversed(filled))


async def _read(shop: Workshop, part: Part) -> Part | None:
    try:
        return replace(part, data=await shop.media.read(part.media))
    except KeyError:
        return None
