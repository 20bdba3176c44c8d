"""What a wire takes of one file, and what has to be changed so that it does: pure decisions. `core/film_fit.py` carries them
out; the limits are those of a model's row (gateway contract, videos 5.1, 6, 7, 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from core.errors import BadFile, UnfitFile
from core.signatures import ALLOWED, Looked
from core.values import Artifact, Kind

Change = Literal["scaled", "trimmed", "converted", "cropped", "enlarged"]

WITHIN = 0.01
"""Of a second, a ratio or a rate: less than this beyond a limit is rounding."""

TOLD_S = 0.5

ENLARGED_MOST = 2.0
"""So many times longer sides do a film no harm; beyond that it is refused."""

REWRAPPED = ("video/mp4", "video/quicktime")
"""From one of these to the other a film goes without being encoded again."""

SOUNDS = ("", "aac", "mp3")
"""Codecs of a film's sound that everybody takes."""


@dataclass(frozen=True, slots=True)
class InputLimits:
    """What is taken of one input of this kind. 0 or () is no limit. `mimes` as the bytes tell them (`audio/mpeg`,
    `video/quicktime`); sides in pixels, ratios width / height, `codecs` of films. `total_s`: of all of the kind together.
    `width` and `height`: of a picture that is taken in exactly this size."""

    kind: Kind
    mimes: tuple[str, ...] = ()
    max_bytes: int = 0
    min_s: float = 0.0
    max_s: float = 0.0
    total_s: float = 0.0
    min_side: int = 0
    max_side: int = 0
    min_ratio: float = 0.0
    max_ratio: float = 0.0
    min_fps: float = 0.0
    max_fps: float = 0.0
    width: int = 0
    height: int = 0
    codecs: tuple[str, ...] = ("h264",)

    def after(self, used_s: float) -> InputLimits:
        """For the next one, when those before it last `used_s` seconds together. Raises UnfitFile when nothing is left."""
        if not self.total_s:
            return self
        left = round(self.total_s - used_s, 3)
        if left <= max(self.min_s, WITHIN):
            raise UnfitFile("no seconds left", kind=self.kind, why="total", found=round(used_s, 1), limit=self.total_s)
        return replace(self, max_s=min(left, self.max_s or left))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A file that is taken, and what was changed so that it is, for the person to be told."""

    artifact: Artifact
    changed: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Sides in pixels as people see them, 0 of a sound; `seconds` 0: all of it; `fps` 0: as it is. `convert`: into another
    form, or to fewer bytes; `anew`: and for that, or for the sides, it has to be encoded again. `crop`: a picture loses some
    of its edges."""

    width: int = 0
    height: int = 0
    seconds: float = 0.0
    fps: float = 0.0
    convert: bool = False
    anew: bool = False
    crop: bool = False

    @property
    def changes(self) -> bool:
        return self.anew or self.convert or bool(self.seconds)


def plan_for(found: Looked, size: int, limits: InputLimits) -> Plan:
    """What to change. `size` in bytes. Raises BadFile for another kind of file (but a film is taken for its sound), and
    UnfitFile for what no safe change helps."""
    kind = limits.kind
    if kind != found.kind and not (kind == "audio" and found.sound):
        raise BadFile(f"{found.kind}, not {kind}", name=found.mime, allowed=", ".join(limits.mimes) or ALLOWED)
    seconds = 0.0 if kind == "image" else _seconds(found, limits)
    kept = size * seconds / found.duration_s if seconds and found.duration_s else size
    heavy = bool(limits.max_bytes and kept > limits.max_bytes)
    other = kind != found.kind or bool(limits.mimes and found.mime not in limits.mimes)
    if kind == "audio":
        return Plan(seconds=seconds, convert=other or heavy, anew=other or heavy or bool(seconds))
    width, height = _sides(found, limits)
    scaled = (width, height) != (found.width, found.height)
    if kind == "image":
        crop = abs(width * found.height / (height * found.width) - 1) > WITHIN if limits.width else False
        return Plan(width, height, convert=other or heavy, anew=other or heavy or scaled, crop=crop)
    fps = _fps(found, limits)
    coded = bool(limits.codecs and found.codec not in limits.codecs) or found.sound not in SOUNDS
    coded = coded or (other and found.mime not in REWRAPPED)
    anew = coded or heavy or bool(fps)
    return Plan(width, height, seconds, fps, convert=other or anew, anew=anew or scaled)


def changes(found: Looked, made: Looked, plan: Plan) -> tuple[Change, ...]:
    """What a person is told of: not the fraction of a second that is left out."""
    scaled = 0 < made.width * made.height < found.width * found.height * (1 - WITHIN)
    trimmed = bool(plan.seconds) and not 0 < found.duration_s < made.duration_s + TOLD_S
    said: tuple[tuple[bool, Change], ...] = (
        (plan.crop, "cropped"),
        (scaled and not plan.crop, "scaled"),
        (found.kind == "video" and made.height > found.height * (1 + WITHIN), "enlarged"),
        (trimmed, "trimmed"),
        (plan.convert, "converted"),
    )
    return tuple(change for is_so, change in said if is_so)


def _seconds(found: Looked, limits: InputLimits) -> float:
    """0: all of it."""
    if found.duration_s and found.duration_s < limits.min_s - WITHIN:
        raise _unfit(limits, "short", found.duration_s, limits.min_s)
    long = not found.duration_s or found.duration_s > limits.max_s + WITHIN
    return limits.max_s if limits.max_s and long else 0.0


def _fps(found: Looked, limits: InputLimits) -> float:
    """0: as it is."""
    if found.fps and limits.min_fps and found.fps < limits.min_fps - WITHIN:
        return limits.min_fps
    return limits.max_fps if limits.max_fps and found.fps > limits.max_fps + WITHIN else 0.0


def _sides(found: Looked, limits: InputLimits) -> tuple[int, int]:
    width, height = found.width, found.height
    ratio = width / height
    if ratio < limits.min_ratio - WITHIN:
        raise _unfit(limits, "ratio", ratio, limits.min_ratio)
    if limits.max_ratio and ratio > limits.max_ratio + WITHIN:
        raise _unfit(limits, "ratio", ratio, limits.max_ratio)
    if min(width, height) < limits.min_side:
        width, height = _enlarged(width, height, limits)
    if limits.width and limits.height:
        return limits.width, limits.height
    if not limits.max_side or max(width, height) <= limits.max_side:
        return width, height
    scale = limits.max_side / max(width, height)
    step = 2 if limits.kind == "video" else 1
    width, height = (max(step, int(side * scale + WITHIN) // step * step) for side in (width, height))
    if min(width, height) < limits.min_side:  # and longer than it may be: there is no size for it
        raise _unfit(limits, "ratio", ratio, limits.max_side / limits.min_side)
    return width, height


def _enlarged(width: int, height: int, limits: InputLimits) -> tuple[int, int]:
    """Of a film: people send what a chat has made small."""
    scale = limits.min_side / min(width, height)
    if limits.kind != "video" or scale > ENLARGED_MOST:
        raise _unfit(limits, "small", min(width, height), limits.min_side)
    return ceil(width * scale / 2 - WITHIN) * 2, ceil(height * scale / 2 - WITHIN) * 2


def _unfit(limits: InputLimits, why: str, found: float, limit: float) -> UnfitFile:
    return UnfitFile(
        f"{why}: {found} against {limit}", kind=limits.kind, why=why, found=round(found, 2), limit=round(limit, 2)
    )
