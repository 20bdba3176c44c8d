"""A job as the gateway gets it: with what it is made from, its mask, and the wire that serves it. Made anew for each call,
from the row alone, so that a process that comes later asks for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core import masks, sources
from core.errors import BadFile, FilesTooLarge, FileTooLarge, SourceGone
from core.linking import linked
from core.sources import Sources
from core.specs import ModelSpec
from core.values import Artifact, Job, Order, Part, Past
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
    files = await _fitting(shop, wire, masks.files_of(found.inputs))
    files += await _mask(shop, job, wire, found.inputs, *base)
    past = found.past
    if job.press:  # the gateway knows what its own button is about
        past = tuple(replace(each, results=()) for each in past)
    elif past:
        past = await _with_bytes(shop, past)
    options = await _options(shop, job, wire, files)
    files = linked(files, wire, shop.link)
    past = tuple(replace(each, results=linked(each.results, wire, shop.link)) for each in past)
    order = Order(
        job.kind, job.model, job.prompt, options, files, job.continues, past, action=job.action, press=job.press
    )
    return Call(wire, order, found.inputs)


async def _fitting(shop: Workshop, wire: ModelSpec, files: tuple[Part, ...]) -> tuple[Part, ...]:
    """As many bytes as the wire takes in one request: the largest pictures are made smaller, those below their share stay.
    Raises FilesTooLarge when that does not help."""
    most = int(wire.extra.get("request_bytes", 0)) * 3 // 4  # they go as base64
    whole = sum(part.size for part in files)
    if not most or whole <= most:
        return files
    room, fitting = most, list(files)
    for left, at in zip(
        range(len(files), 0, -1), sorted(range(len(files)), key=lambda at: files[at].size), strict=True
    ):
        fitting[at] = await _smaller(shop, files[at], room // left)
        room -= fitting[at].size
    if room < 0:
        raise FilesTooLarge(f"{wire.name}: {whole - most} bytes too many", size=whole, limit=most)
    return tuple(fitting)


async def _smaller(shop: Workshop, part: Part, most: int) -> Part:
    """The picture in at most so many bytes; itself when it is no larger, or there is no way."""
    if part.size <= most or part.kind != "image":
        return part
    try:
        made = await shop.renditions.smaller(Artifact("image", media=part.media, mime=part.mime, size=part.size), most)
    except (BadFile, FileTooLarge, KeyError):  # sending it says what is wrong
        return part
    if made is None:
        return part
    await shop.index(made.media, made.size, shop.limits.input_keep_ms)
    return replace(part, media=made.media, mime=made.mime, size=made.size)


async def _options(shop: Workshop, job: Job, wire: ModelSpec, files: tuple[Part, ...]) -> Mapping[str, str]:
    """A picture that is changed keeps its shape, where the row would choose one by itself, or a size is said in pixels."""
    ratio = wire.options.get("ratio")
    chooses = ratio is not None and (ratio.default or ("resolution" in job.options and wire.extra.get("sizes")))
    first = next((part for part in files if part.kind == "image" and not part.role), None)
    if job.kind != "image" or job.press or first is None or "ratio" in job.options or not chooses:
        return job.options
    try:
        found = await shop.renditions.inspect(first.media, first.mime)
    except (BadFile, KeyError):  # sending it says what is wrong
        return job.options
    shape = wire.ratio_near(found.width, found.height)
    return {**job.options, "ratio": shape} if shape else job.options


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
