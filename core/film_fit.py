"""Files made to fit: films to a size in bytes, and inputs to what a wire takes (`core/fitting.py` decides, this does it).
Blocking, for threads. Imported lazily by `core/renditions.py`."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from core import pictures, sounds
from core.errors import BadFile, FileTooLarge, UnfitFile
from core.film_cuts import rate_of, trimmed
from core.film_strip import even, within
from core.film_writing import SOUND_BITS, Form, write
from core.films import measured
from core.fitting import InputLimits, Plan
from core.signatures import ALLOWED, Looked

WORK_S = 180.0
ANEW_MAX_S = 600.0
"""Longer films are not written anew: it would keep a core busy for minutes."""

SMALL_SOUND_BITS = 64_000
SMALL_FPS = 30.0
VIDEO_BITS_LEAST = 80_000
HEADROOM = 0.85
"""Of the bytes that fit, the share that the encoder is asked for."""

BITS_ENOUGH = Fraction(15, 100)
"""Of a pixel of a frame."""

SHORTER_S = 0.04
SOUND_SHORTER_S = 0.12
"""A sound ends with whole packets, an MP3 begins with some: what is cut to the limit is cut by so much more."""


# --- smaller --------------------


def shrink(path: Path, target: Path, max_bytes: int) -> tuple[bytes, str, int, int] | None:
    """The film again as H.264 and AAC in MP4, at the bits a second that fit: (bytes, MIME, width, height). None when there
    is no way, or it would take too long."""
    try:
        found = measured(path)
        if found.kind != "video" or not 0 < found.duration_s <= ANEW_MAX_S:
            return None
        bits = _bits(max_bytes, found.duration_s, SMALL_SOUND_BITS if found.sound else 0)
        if bits < VIDEO_BITS_LEAST:
            return None
        size = within(found.width, found.height, _side(bits))
        form = Form(*size, rate_of(found.fps, SMALL_FPS), bits, bool(found.sound), SMALL_SOUND_BITS)
        write([path], target, form, ANEW_MAX_S, WORK_S)
    except BadFile:
        return None
    if target.stat().st_size > max_bytes:
        return None
    return target.read_bytes(), "video/mp4", *size


def _bits(max_bytes: int, seconds: float, sound_bits: int) -> int:
    """A second, for the picture."""
    return int(max_bytes * 8 * HEADROOM / seconds) - sound_bits


def _side(bits: int) -> int:
    """The longer side that so many bits a second carry."""
    return next(side for least, side in ((1_500_000, 1280), (500_000, 854), (0, 480)) if bits >= least)


# --- inputs --------------------


def refit(path: Path, target: Path, found: Looked, plan: Plan, limits: InputLimits) -> None:
    """Writes to `target` what the plan says. Raises BadFile for what cannot be decoded in time, FileTooLarge for what
    cannot be made small enough."""
    if limits.kind == "image":
        if limits.width and limits.height:
            target.write_bytes(pictures.framed(path, plan.width, plan.height))
            return
        data = pictures.refit(path, max(plan.width, plan.height), limits.max_bytes, limits.mimes)
        if data is None:
            raise _too_large(path, limits)
        target.write_bytes(data)
    elif limits.kind == "audio":
        target.write_bytes(_sound(path, found, plan, limits))
    else:
        _film(path, target, found, plan, limits)


def _sound(path: Path, found: Looked, plan: Plan, limits: InputLimits) -> bytes:
    most_s = _most_s(limits, SOUND_SHORTER_S) or sounds.CUT_MOST_S
    if found.duration_s > most_s and not limits.max_s:
        raise UnfitFile("too long to encode", kind="audio", why="long", found=found.duration_s, limit=most_s)
    data = sounds.cut(path, min(most_s, found.duration_s or most_s), limits.max_bytes, limits.mimes)
    if data is None:
        raise BadFile("no sound that can be decoded", name=found.mime, allowed=ALLOWED)
    if limits.max_bytes and len(data) > limits.max_bytes:
        raise _too_large(path, limits)
    return data


def _film(path: Path, target: Path, found: Looked, plan: Plan, limits: InputLimits) -> None:
    most_s = _most_s(limits, SHORTER_S) or math.inf
    if not plan.anew and trimmed(path, target, most_s) and _light(target, limits):
        return
    seconds = min(most_s, found.duration_s or ANEW_MAX_S)
    if seconds > ANEW_MAX_S:
        raise UnfitFile("too long to encode", kind="video", why="long", found=found.duration_s, limit=ANEW_MAX_S)
    ends = time.monotonic() + WORK_S
    for form in _forms(found, plan, limits, seconds):
        write([path], target, form, seconds, ends - time.monotonic())
        if _light(target, limits):
            return
    raise _too_large(path, limits)


def _most_s(limits: InputLimits, shorter_s: float) -> float:
    """0: as long as it is."""
    return max(limits.max_s - shorter_s, limits.min_s) if limits.max_s else 0.0


def _forms(found: Looked, plan: Plan, limits: InputLimits, seconds: float) -> Iterator[Form]:
    """The best first: as good as it was, then in the bytes that there are, then in fewer."""
    good = Form(*even(plan.width, plan.height), rate_of(plan.fps or found.fps), sound=bool(found.sound))
    if not limits.max_bytes:
        yield good
        return
    bits = _bits(limits.max_bytes, seconds, SOUND_BITS if found.sound else 0)
    if bits >= _enough(good):
        yield good
    for most in (bits, int(bits * 0.7)):
        if most >= VIDEO_BITS_LEAST:
            width, height = _carried(plan, most, limits)
            form = replace(good, width=width, height=height)
            yield replace(form, bits=min(most, _enough(form)))


def _enough(form: Form) -> int:
    """Bits a second: more are not seen."""
    return int(form.width * form.height * form.rate * BITS_ENOUGH)


def _carried(plan: Plan, bits: int, limits: InputLimits) -> tuple[int, int]:
    """Sides that so many bits a second carry, never below the least."""
    longest = max(plan.width, plan.height) / min(plan.width, plan.height) * limits.min_side
    return within(plan.width, plan.height, max(_side(bits), math.ceil(longest / 2) * 2))


def _light(target: Path, limits: InputLimits) -> bool:
    return not limits.max_bytes or target.stat().st_size <= limits.max_bytes


def _too_large(path: Path, limits: InputLimits) -> FileTooLarge:
    return FileTooLarge(
        "cannot be made to fit", size=path.stat().st_size, limit=limits.max_bytes or path.stat().st_size
    )
