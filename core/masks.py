"""Which part of a picture an order is about: a region by its name, or a shape that a person has drawn. Where the wire takes a
mask, one is made just before the order is sent; where it takes none, the row's words say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.errors import NeedsInput
from core.ports import Renditions
from core.shapes import REGIONS
from core.specs import ModelSpec, OptionSpec
from core.values import Part

ONLY = "only"
"""The option that names it."""
SHAPE = "shape"
"""Said of the option, and the role of the picture that has the shape."""

REGION = OptionSpec(ONLY, (*REGIONS, SHAPE))
"""What a mask can say. Rows may also have "background", which is for words alone: nobody knows where the subject is."""

NOT_CHANGED = frozenset({SHAPE, "mask"})
"""Roles of pictures that say where, not what."""


def region_of(options: Mapping[str, str], inputs: Iterable[Part]) -> str:
    """ "" = nothing that a mask could say. A drawn shape needs no word beside it."""
    region = options.get(ONLY, "") or (SHAPE if any(part.role == SHAPE for part in inputs) else "")
    return REGION.match(region) or ""


def files_of(inputs: Iterable[Part]) -> tuple[Part, ...]:
    """Without those that say where."""
    return tuple(part for part in inputs if part.role not in NOT_CHANGED)


async def mask_of(
    renditions: Renditions, wire: ModelSpec, inputs: tuple[Part, ...], options: Mapping[str, str], base: Part | None
) -> str:
    """The key of the mask that the wire wants, not in the index yet; "" = it wants none. `base`: the picture that is changed,
    None = the first of the inputs. Raises BadFile, UnclearShape, NeedsInput."""
    region = region_of(options, inputs)
    kind = str(wire.extra.get("mask", ""))
    if not region or not kind:
        return ""
    base = base or next((part for part in inputs if part.kind == "image" and not part.role), None)
    shape = next((part.media for part in inputs if part.role == SHAPE), "")
    if base is None or (region == SHAPE and not shape):
        raise NeedsInput(f"{wire.name}: no picture for {region}", command=SHAPE if base else "edit")
    try:
        return await renditions.mask(base.media, region, shape, transparent=kind == "transparent")
    except KeyError as error:
        raise NeedsInput(f"{wire.name}: a picture is swept", command="edit") from error
