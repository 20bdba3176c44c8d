"""The part that each file of a film plays, for wires that know frames, references and films to go on from. Pure.

What an order needs is checked long before (core/film_modes.py); here is what holds for orders that came another way.
"""

from __future__ import annotations

from dataclasses import replace

from core.catalog import ModelSpec
from core.errors import WrongMix
from core.values import Order, Part

FIRST, LAST, REFERENCE, FILM = "first_frame", "last_frame", "reference", "video"
OF_A_FILM = frozenset({"edit", "extend"})


def cast(order: Order, spec: ModelSpec) -> tuple[Part, ...]:
    """The files, each with its role. Without one, a picture alone begins the film, two are its ends where the row knows no
    references, and all else is there to look or sound like. Raises WrongMix for what no such wire films."""
    if order.action and order.action not in spec.modes:
        raise wrong_mix(spec, order.action, able=False)
    files = [part for part in (*own_film(order), *order.inputs) if part.data or part.url]
    plain = [at for at, part in enumerate(files) if not part.role]
    alone = len(plain) == len(files) and all(part.kind == "image" for part in files) and not order.action
    ends = {1: [FIRST], 2: [FIRST, LAST] if "references" not in spec.modes else []}.get(len(plain), [])
    roles = dict(zip(plain, ends if alone else [], strict=False))
    parts = tuple(replace(part, role=part.role or roles.get(at, REFERENCE)) for at, part in enumerate(files))
    _check(parts, spec)
    if order.action in OF_A_FILM and all(part.kind != "video" for part in parts):
        raise wrong_mix(spec, order.action, able=True)
    return parts


def own_film(order: Order) -> tuple[Part, ...]:
    """One of our own that is changed or continued, unless it is among the files."""
    if order.action not in OF_A_FILM or not order.past or any(part.role == FILM for part in order.inputs):
        return ()
    return tuple(replace(part, role=FILM) for part in order.past[-1].results[:1] if part.kind == "video")


def _check(parts: tuple[Part, ...], spec: ModelSpec) -> None:
    """Frames are pictures, a last one needs a first one, there is one of each, and beside them nothing else."""
    frames = [part.role for part in parts if part.role in {FIRST, LAST}]
    if not frames:
        return
    alone = len(frames) == len(parts) and all(part.kind == "image" for part in parts)
    if not alone or len(frames) > len(set(frames)) or FIRST not in frames:
        raise wrong_mix(spec, "frames" if LAST in frames else "image", able=True)


def wrong_mix(spec: ModelSpec, mode: str, *, able: bool) -> WrongMix:
    return WrongMix(f"{spec.name}: {mode}", model=spec.name, mode=mode, able="yes" if able else "no", allowed="none")
