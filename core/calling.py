"""A job as the gateway gets it: with what it is made from, its mask, and the wire that serves it. Made anew for each call,
from the row alone, so that a process that comes later asks for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core import masks, own_voices, sources
from core.errors import BadFile, FilesTooLarge, FileTooLarge, SourceGone
from core.fitted import fitted
from core.measuring import SECONDS, measured
from core.orders import OF_JOB
from core.prices import quote
from core.renditions import THUMBNAIL_BYTES
from core.shelved import shelved
from core.sources import Sources
from core.specs import ModelSpec
from core.values import Artifact, Job, Micros, Order, Part, Past
from core.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Call:
    """`spec`: the row as its wire sees it. `inputs`, `price`: as the job's row keeps them; what is known of the files now
    may make it cheaper than was held, never dearer."""

    spec: ModelSpec
    order: Order
    inputs: tuple[Part, ...]
    price: Micros


async def call_of(shop: Workshop, job: Job, spec: ModelSpec) -> Call | None:
    """None: what it is made from is still being made. Raises BotError when it cannot be sent."""
    found = Sources(job.inputs)
    if sources.sources_of(job):
        async with shop.store.read() as tx:
            gathered = await sources.gather(tx, job, spec)
        if gathered is None:
            return None
        found = gathered
        found = replace(found, inputs=tuple([await _still(shop, part) for part in found.inputs]))
    wire = sources.wire_of(spec, job, found)
    base = found.past[-1].results[:1] if job.press else ()
    made = await _within_limits(shop, job, wire, masks.files_of(found.inputs))
    made = await measured(shop.renditions, wire, made)
    files = await _fitting(shop, wire, made.inputs)
    files += await _mask(shop, job, wire, found.inputs, *base)
    past = found.past
    if job.press:  # the gateway knows what its own button is about
        past = tuple(replace(each, results=()) for each in past)
    elif past:
        past = await _with_bytes(shop, past)
    options = made.options if job.kind == "video" else await _options(shop, job, wire, files)
    if job.kind == "audio":
        async with shop.store.read() as tx:
            options = await own_voices.at_vendor(tx, job, wire, options)
    now = shop.clock.now_ms()
    files = await shelved(shop.store, job, wire, files)
    files = await shop.linking.linked(files, wire, now)
    past = tuple([replace(each, results=await shop.linking.linked(each.results, wire, now)) for each in past])
    order = Order(
        job.kind, job.model, job.prompt, options, files, job.continues, past, action=job.action, press=job.press
    )
    return Call(wire, order, _told(job, found.inputs, made.inputs), _price(job, spec, made))


def _told(job: Job, inputs: tuple[Part, ...], fit: tuple[Part, ...]) -> tuple[Part, ...]:
    """With what was changed of results of other jobs, which nobody knew when it was ordered; but not of a voice that was made
    for this film."""
    if job.kind != "video":
        return inputs
    spoken = {at for at, part in enumerate(job.inputs) if part.kind == "audio" and part.media.startswith(OF_JOB)}
    return tuple(
        part if at in spoken else replace(part, changed=tuple(dict.fromkeys((*part.changed, *made.changed))))
        for at, (part, made) in enumerate(zip(inputs, fit, strict=True))
    )


def _price(job: Job, spec: ModelSpec, made: Order) -> Micros:
    """Less than was held where the voice or the film that decides its length was not there yet when it was ordered, and has
    come out shorter than was guessed."""
    seconds = made.options.get(SECONDS, "")
    if job.kind != "video" or seconds == job.options.get(SECONDS, ""):
        return job.quote
    with_film = any(part.kind == "video" for part in made.inputs)
    return min(job.quote, quote(spec, {**job.options, SECONDS: seconds}, job.action, with_film=with_film))


async def _within_limits(shop: Workshop, job: Job, wire: ModelSpec, files: tuple[Part, ...]) -> Order:
    """A film's files as the wire takes them, the results of other jobs too. What a person sent was fitted when it was ordered
    and stays as it is. Raises BadFile, UnfitFile, FileTooLarge, NeedsInput."""

    async def index(key: str, size: int) -> None:
        await shop.index(key, size, shop.limits.input_keep_ms)

    order = Order(job.kind, job.model, job.prompt, job.options, files, action=job.action)
    return await fitted(shop.renditions, index, wire, order)


async def _still(shop: Workshop, part: Part) -> Part:
    """The last frame of the film that the order goes on from, as a picture like any other. Raises SourceGone."""
    if not sources.is_last_frame(part):
        return part
    try:
        frame = await shop.renditions.frame(Artifact("video", media=part.media, mime=part.mime, size=part.size), "last")
    except (BadFile, KeyError) as error:
        raise SourceGone(f"no last frame of {part.media}: {error}") from error
    await shop.index(frame.media, frame.size, shop.limits.input_keep_ms)
    if frame.thumbnail:
        await shop.index(frame.thumbnail, THUMBNAIL_BYTES, shop.limits.input_keep_ms)
    return replace(part, media=frame.media, mime=frame.mime, size=frame.size)


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
    return replace(part, media=made.media, mime=made.mime, size=made.size, link="")


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
