"""The files of a film's or a sound's order as its model takes them: before anything is paid, and, for the results of other
jobs, when they are known. What was changed is written beside each file, for the person to be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import MISSING, fields, replace

from core.errors import BadFile, NeedsInput
from core.film_modes import FIRST
from core.fitting import Change, InputLimits
from core.ports import Renditions
from core.renditions import THUMBNAIL_BYTES
from core.specs import ModelSpec
from core.values import KIND_OF_ROLE, Artifact, Order, Part

Index = Callable[[str, int], Awaitable[None]]
"""(key, bytes): the sweep knows of the file from now on."""

RATIO = "ratio"
_SAID = tuple(each for each in fields(InputLimits) if each.default is not MISSING)


def limits_for(spec: ModelSpec, part: Part, chosen: Mapping[str, str]) -> InputLimits | None:
    """The row's limits of this file: of its kind, over these those of its role, over these those of an option's word
    (`chosen`: the options that hold). A film or a sound that is a reference has those of its kind. None: it has none."""
    found: InputLimits | None = None
    words = (part.kind, part.role) if KIND_OF_ROLE.get(part.role) == part.kind else (part.kind,)
    for word in dict.fromkeys(words):
        for key in (word, *(f"{word} {name} {value}" for name, value in chosen.items())):
            above = spec.limits.get(key)
            if above is not None:
                found = above if found is None else _over(found, above)
    return found


def _over(below: InputLimits, above: InputLimits) -> InputLimits:
    said = {each.name: getattr(above, each.name) for each in _SAID if getattr(above, each.name) != each.default}
    return replace(below, **said)


async def fitted(renditions: Renditions, index: Index, spec: ModelSpec, order: Order) -> Order:
    """With every stored file within the row's limits, and the shape of the picture that the film begins with where the person
    names none. Raises BadFile, UnfitFile, FileTooLarge, and NeedsInput for a file that is swept."""
    if not order.inputs or order.kind not in {"video", "audio"}:
        return order
    if order.kind == "video":
        order = await _shaped(renditions, index, spec, order)
    chosen = spec.chosen(order.options)
    used_s: dict[str, float] = defaultdict(float)
    inputs: list[Part] = []
    for part in order.inputs:
        limits = limits_for(spec, part, chosen)
        if limits is None or not _stored(part):
            inputs.append(part)
            continue
        try:
            made = await renditions.fit(part.media, limits.after(used_s[part.kind]))
        except KeyError as error:
            raise NeedsInput(f"{part.media} is swept", command=order.kind) from error
        used_s[part.kind] += made.artifact.duration_s
        await _known(index, made.artifact, new=made.artifact.media != part.media)
        inputs.append(_refilled(part, made.artifact, made.changed))
    return replace(order, inputs=tuple(inputs))


def _stored(part: Part) -> bool:
    """Not the result of a job that may still be under way, nor a file in the vendor's library."""
    return bool(part.media) and ":" not in part.media


async def _known(index: Index, made: Artifact, *, new: bool) -> None:
    if new:
        await index(made.media, made.size)
    if made.thumbnail:
        await index(made.thumbnail, THUMBNAIL_BYTES)


def _refilled(part: Part, made: Artifact, changed: tuple[Change, ...]) -> Part:
    """With the bytes that fit, which are no longer those that the platform shows."""
    if made.media == part.media:
        return part
    told = tuple(f"{change} {made.duration_s:.0f}" if change == "trimmed" else change for change in changed)
    told = (*(each for each in part.changed if each.startswith("shaped")), *told)
    return replace(part, media=made.media, mime=made.mime, size=made.size, link="", link_until_ms=0, changed=told)


async def _shaped(renditions: Renditions, index: Index, spec: ModelSpec, order: Order) -> Order:
    """A picture that becomes a film keeps its shape, where the row would choose one by itself. Told when it is another."""
    order = replace(order, inputs=tuple(replace(part, changed=()) for part in order.inputs))
    option = spec.options.get(RATIO)
    first = next(
        (at for at, part in enumerate(order.inputs) if part.kind == "image" and part.role in {"", FIRST}), None
    )
    if option is None or not option.default or RATIO in order.options or first is None:
        return order
    part = order.inputs[first]
    if not _stored(part):
        return order
    try:
        found = await renditions.inspect(part.media, part.mime)
    except KeyError as error:
        raise NeedsInput(f"{part.media} is swept", command=order.kind) from error
    except BadFile:  # fitting says what is wrong
        return order
    await _known(index, found, new=False)
    shape = spec.ratio_near(found.width, found.height)
    if not shape or shape == option.default:
        return order
    inputs = (*order.inputs[:first], replace(part, changed=(f"shaped {shape}",)), *order.inputs[first + 1 :])
    return replace(order, inputs=inputs, options={**order.options, RATIO: shape})
