"""A film of several shots: what each of them shows and how long it lasts, and what a row allows of it. Pure.

Some rows film all shots in one order; all others film one after the other, each from the last frame of the one before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.errors import BadOption
from core.film_modes import modes_of
from core.specs import ModelSpec

SHOTS_MOST = 6
SHOT_CHARS = 512
"""Of the words of a shot."""
SHOT_MOST_S = 3_600
_SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Shot:
    """`seconds` 0: as long as the model films by itself."""

    prompt: str
    seconds: int


def dumped(shots: Sequence[Shot]) -> str:
    """As an order keeps them: JSON of a list of prompt and seconds."""
    listed = [{"prompt": shot.prompt, "seconds": shot.seconds} for shot in shots]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":"))


def loaded(text: str) -> tuple[Shot, ...]:
    """What `dumped` wrote. Raises BadOption for anything else."""
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        raise BadOption(name="shots", value=text[:60], allowed=f"1–{SHOTS_MOST}")
    return tuple(_shot(each) for each in listed)


def _shot(told: object) -> Shot:
    prompt, seconds = (told.get("prompt"), told.get(_SECONDS)) if isinstance(told, dict) else (None, None)
    if not isinstance(prompt, str):
        raise BadOption(name="prompt", value=str(prompt)[:60], allowed=f"1–{SHOT_CHARS}")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= SHOT_MOST_S:
        raise BadOption(name=_SECONDS, value=str(seconds)[:60], allowed=f"1–{SHOT_MOST_S}")
    return Shot(prompt, seconds)


# --- what a row allows --------------------


def together(spec: ModelSpec) -> bool:
    """The row films several shots in one order."""
    return "shots" in spec.modes


def offered(specs: Iterable[ModelSpec]) -> list[ModelSpec]:
    """The rows that can film a storyboard: all at once, or a shot from words alone."""
    return [spec for spec in specs if spec.kind == "video" and (together(spec) or "text" in modes_of(spec))]


def lengths(spec: ModelSpec) -> tuple[int, ...]:
    """Seconds that one shot may last, ascending; empty: its length is the model's own."""
    allowed = _allowed(spec)
    return tuple(range(1, allowed[-1] + 1)) if allowed and together(spec) else allowed


def _allowed(spec: ModelSpec) -> tuple[int, ...]:
    """Whole seconds that one order may be of; empty: the row has nothing to say about it."""
    option = spec.options.get(_SECONDS)
    if option is None:
        return ()
    if option.values:
        return tuple(sorted(int(value) for value in option.values if value.isdecimal()))
    return tuple(each for each in range(int(option.most) + 1) if option.match(str(each)))


def check_shots(spec: ModelSpec, shots: Sequence[Shot]) -> None:
    """Raises BadOption for too many shots or none, words that are too long or missing, lengths that the row does not film."""
    if not 1 <= len(shots) <= SHOTS_MOST:
        raise BadOption(name="shots", value=str(len(shots)), allowed=f"1–{SHOTS_MOST}")
    for shot in shots:
        if not 1 <= len(shot.prompt.strip()) <= SHOT_CHARS:
            raise BadOption(name="prompt", value=shot.prompt[:60], allowed=f"1–{SHOT_CHARS}")
    allowed = lengths(spec)
    for shot in shots:
        if allowed and shot.seconds not in allowed:
            raise BadOption(name=_SECONDS, value=str(shot.seconds), allowed=_said(allowed))
    total = sum(shot.seconds for shot in shots)
    if together(spec) and allowed and total not in _allowed(spec):
        raise BadOption(name=_SECONDS, value=str(total), allowed=_said(_allowed(spec)))


def _said(allowed: Sequence[int]) -> str:
    whole = len(allowed) > 2 and list(allowed) == list(range(allowed[0], allowed[-1] + 1))
    return f"{allowed[0]}–{allowed[-1]}" if whole else ", ".join(map(str, allowed))


# --- lengths that fit --------------------


def fitted_lengths(spec: ModelSpec, shots: Sequence[Shot]) -> tuple[Shot, ...]:
    """With the allowed lengths that are nearest, the shorter of two. Where one order films all, their sum is an allowed one
    and each has its share of it, a second at least. A shot of 0 seconds gets what the row films by itself."""
    allowed = _allowed(spec)
    if not allowed:
        return tuple(replace(shot, seconds=0) for shot in shots)
    usual = _usual(spec, allowed)
    if not together(spec):
        return tuple(replace(shot, seconds=_nearest(shot.seconds or usual, allowed)) for shot in shots)
    wished = [shot.seconds or usual for shot in shots]
    enough = [total for total in allowed if total >= len(shots)] or allowed[-1:]
    found = _shares(wished, _nearest(sum(wished), enough))
    return tuple(replace(shot, seconds=seconds) for shot, seconds in zip(shots, found, strict=True))


def _usual(spec: ModelSpec, allowed: Sequence[int]) -> int:
    default = spec.options[_SECONDS].default
    return int(default) if default.isdecimal() else allowed[0]


def _nearest(seconds: int, allowed: Sequence[int]) -> int:
    return min(allowed, key=lambda each: (abs(each - seconds), each))


def _shares(wished: Sequence[int], total: int) -> list[int]:
    """Whole seconds that sum to `total`, in the proportions of `wished`, 1 at least."""
    scale = total / max(1, sum(wished))
    shares = [max(1, round(each * scale)) for each in wished]
    while (over := sum(shares) - total) and (over < 0 or max(shares) > 1):
        step = -1 if over > 0 else 1
        # where it is furthest from its share, among those that have a second to give
        able = [at for at in range(len(shares)) if step > 0 or shares[at] > 1]
        at = max(able, key=lambda at: step * (wished[at] * scale - shares[at]))
        shares[at] += step
    return shares
