"""What a film is to be made of: which mode the files of an order mean, and the part that each of them plays. Pure.

The files decide, as far as the row can do what they mean; a person may say otherwise, by a mode or by a role for each file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from core.errors import BadOption, WrongMix
from core.specs import Mode, ModelSpec
from core.values import Part

OFFERED: tuple[Mode, ...] = tuple(mode for mode in get_args(Mode) if mode not in {"remix", "shots"})
"""What people may choose: a film is made anew by words in reply to it, and shots are no matter of files."""
DOING: frozenset[Mode] = frozenset({"edit", "extend", "remix", "motion", "avatar", "lip_sync", "shots"})
"""Modes that are an action of the order; the others show by the roles of its files."""

FIRST, LAST, REFERENCE, FILM, MOTION, VOICE = "first_frame", "last_frame", "reference", "video", "motion", "voice"

_FITS: dict[Mode, tuple[frozenset[str], frozenset[str]]] = {
    "text": (frozenset(), frozenset()),
    "image": (frozenset({FIRST}), frozenset({FIRST})),
    "frames": (frozenset({FIRST, LAST}), frozenset({FIRST, LAST})),
    "references": (frozenset({REFERENCE}), frozenset({REFERENCE})),
    "omni": (frozenset({REFERENCE}), frozenset({REFERENCE})),
    "edit": (frozenset({FILM}), frozenset({FILM, REFERENCE})),
    "extend": (frozenset({FILM}), frozenset({FILM, REFERENCE})),
    "remix": (frozenset(), frozenset()),
    "motion": (frozenset({FIRST, MOTION}), frozenset({FIRST, MOTION})),
    "avatar": (frozenset({FIRST, VOICE}), frozenset({FIRST, VOICE})),
    "lip_sync": (frozenset({FILM, VOICE}), frozenset({FILM, VOICE})),
    "shots": (frozenset(), frozenset({FIRST, REFERENCE})),
}
"""Of each mode the roles that must be there, and those that may."""

_ONCE = frozenset({FIRST, LAST, FILM, MOTION, VOICE})
"""But several films may be gone on from, one after the other."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """`inputs`: each with its role. `action`: of the order, "" where the roles say it all."""

    mode: Mode
    inputs: tuple[Part, ...]

    @property
    def action(self) -> str:
        return self.mode if self.mode in DOING else ""


def mode_named(word: str) -> Mode | None:
    """As people write it; None for "". Raises BadOption."""
    if not word:
        return None
    found = next((mode for mode in OFFERED if mode == word.lower()), None)
    if found is None:
        raise BadOption(name="mode", value=word[:60], allowed=", ".join(OFFERED))
    return found


def doing(action: str) -> Mode | None:
    """The mode that an order's action is."""
    return next((mode for mode in DOING if mode == action), None)


def modes_of(spec: ModelSpec) -> frozenset[Mode]:
    """What the row says, or what can be told from the files that it takes."""
    if spec.modes:
        return spec.modes
    found: set[Mode] = set() if spec.needs_input else {"text"}
    if "image" in spec.inputs and spec.max_inputs:
        found.add("image")
        if spec.max_inputs > 1:
            found.add("references")
    return frozenset(found)


def arranged(spec: ModelSpec, inputs: Sequence[Part], wanted: Mode | None, others: Iterable[ModelSpec]) -> Arranged:
    """The mode, and every file with its role. `wanted`: what the person says; `others`: models to name when this one cannot.
    Raises WrongMix."""
    able = modes_of(spec)
    tried = [wanted] if wanted else [mode for mode in _meant(inputs) if mode in able] or _meant(inputs)[:1]
    for mode in tried:
        cast = _cast(mode, inputs)
        if mode in able and cast is not None:
            return Arranged(mode, cast)
    mode = tried[0] if tried else "omni"
    allowed = [other.name for other in others if mode in modes_of(other)]
    raise WrongMix(
        f"{spec.name}: {mode}", model=spec.name, mode=mode, able="yes" if mode in able else "no",
        allowed=", ".join(allowed[:8]) or "none",
    )  # fmt: skip


def can(spec: ModelSpec, inputs: Sequence[Part], mode: str) -> bool:
    """Whether the model films that. Raises BadOption for a mode that is none."""
    try:
        arranged(spec, inputs, mode_named(mode), ())
    except WrongMix:
        return False
    return True


def _meant(inputs: Sequence[Part]) -> list[Mode]:
    """The modes that such files may mean, the likeliest first."""
    roles = {part.role for part in inputs}
    pictures = [part for part in inputs if part.kind == "image"]
    films = [part for part in inputs if part.kind == "video"]
    sounds = [part for part in inputs if part.kind == "audio"]
    if not inputs:
        return ["text"]
    if MOTION in roles:
        return ["motion"]
    if VOICE in roles:
        return ["lip_sync"] if films else ["avatar"]
    if films and sounds:
        return ["lip_sync", "omni"] if len(inputs) == 2 and REFERENCE not in roles else ["omni"]
    if films:
        return ["motion", "edit", "omni"] if len(films) == len(pictures) == 1 else ["edit", "extend", "omni"]
    if sounds:
        return ["avatar", "omni"] if len(inputs) == 2 and REFERENCE not in roles else ["omni"]
    if LAST in roles:
        return ["frames"]
    if REFERENCE in roles or len(pictures) > 2:
        return ["references", "omni"]
    return ["image", "references", "omni"] if len(pictures) == 1 else ["frames", "references", "omni"]


def _cast(mode: Mode, inputs: Sequence[Part]) -> tuple[Part, ...] | None:
    """Every file with its role in this mode; None when they do not fit it."""
    must, may = _FITS[mode]
    given = [part.role for part in inputs if part.role]
    free = [role for role in _order(mode) if role not in given]
    parts: list[Part] = []
    for part in inputs:
        role = part.role or (FILM if mode == "extend" and part.kind == "video" else _next(part, free, may))
        if role not in may or not _suits(role, part, mode):
            return None
        if role in free:
            free.remove(role)
        parts.append(replace(part, role=role))
    roles = [part.role for part in parts]
    once = _ONCE - {FILM} if mode == "extend" else _ONCE
    twice = any(roles.count(role) > 1 for role in once)
    return tuple(parts) if must <= set(roles) and not twice else None


def _order(mode: Mode) -> list[str]:
    """Roles that are there once, in the order in which files without a name take them."""
    must, _ = _FITS[mode]
    return [role for role in (FIRST, LAST, FILM, MOTION, VOICE) if role in must]


def _next(part: Part, free: Sequence[str], may: frozenset[str]) -> str:
    """The first role that is still to be had and that such a file can play."""
    for role in free:
        if _kind_of(role) == part.kind:
            return role
    return REFERENCE if REFERENCE in may else ""


def _kind_of(role: str) -> str:
    return {FIRST: "image", LAST: "image", FILM: "video", MOTION: "video", VOICE: "audio"}.get(role, "")


def _suits(role: str, part: Part, mode: Mode) -> bool:
    if role != REFERENCE:
        return _kind_of(role) == part.kind
    return part.kind == "image" or mode == "omni"
