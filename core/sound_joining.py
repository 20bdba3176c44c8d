"""Sounds one after the other as one voice message: what is silent at the ends of each is left out but for a breath, and each
begins and ends softly, so that nothing clicks. Blocking, for threads; imported lazily by `core/renditions.py`."""

from __future__ import annotations

import io
import time
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av

from core import sounds
from core.errors import BadFile

RATE = sounds.VOICE_RATE
BLOCK = RATE // 100
"""Ten milliseconds."""
QUIET = 200
"""Of 32,767: below this nothing is heard."""
BREATH = RATE * 3 // 20
"""So much silence stays at an end."""
SOFT = RATE // 200
MOST_S = 3_600.0
WORK_S = 300.0


def spliced(paths: Sequence[Path]) -> bytes:
    """OGG/Opus in one channel. Raises BadFile for what is no sound, or too long."""
    ends = time.monotonic() + WORK_S
    target = io.BytesIO()
    try:
        with av.open(target, "w", format="ogg") as out:
            stream: Any = out.add_stream(
                "libopus", rate=RATE, layout="mono", options={"application": "voip", "compression_level": "5"}
            )
            stream.bit_rate = sounds.VOICE_BITS
            heard = 0
            for at, path in enumerate(paths):
                samples = _soft(_trimmed(_samples(path, ends), first=at == 0, last=at == len(paths) - 1))
                if heard + len(samples) > MOST_S * RATE:
                    raise _bad(path, "too long")
                for begin in range(0, len(samples), RATE):
                    out.mux(stream.encode(_frame(samples[begin : begin + RATE], heard + begin)))
                heard += len(samples)
            out.mux(stream.encode(None))
    except sounds.BROKEN as error:
        raise BadFile(f"could not be joined: {error}", name="?", allowed="audio") from error
    return target.getvalue()


def _samples(path: Path, ends: float) -> array[int]:
    found: array[int] = array("h")
    with sounds.opened(path) as source:
        if not source.streams.audio:
            raise _bad(path, "no sound")
        for frame in sounds.frames_of(source, RATE, "mono"):
            if time.monotonic() > ends or len(found) > MOST_S * RATE:
                raise _bad(path, "too long")
            found.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
    if not found:
        raise _bad(path, "no sound")
    return found


def _trimmed(samples: array[int], *, first: bool, last: bool) -> array[int]:
    """The beginning of the first and the end of the last stay as they are. What is all silent stays too."""
    begin, end = 0, len(samples)
    while begin < end and _is_quiet(samples[begin : begin + BLOCK]):
        begin += BLOCK
    if begin >= end:
        return samples
    while end > begin and _is_quiet(samples[max(begin, end - BLOCK) : end]):
        end -= BLOCK
    begin = 0 if first else max(0, begin - BREATH)
    end = len(samples) if last else min(len(samples), end + BREATH)
    return samples[begin:end]


def _is_quiet(block: array[int]) -> bool:
    return max(block) < QUIET and min(block) > -QUIET


def _soft(samples: array[int]) -> array[int]:
    many = min(SOFT, len(samples) // 2)
    for at in range(many):
        samples[at] = samples[at] * at // many
        samples[-1 - at] = samples[-1 - at] * at // many
    return samples


def _frame(samples: array[int], start: int) -> Any:
    frame: Any = av.AudioFrame(format="s16p", layout="mono", samples=len(samples))
    frame.sample_rate, frame.pts = RATE, start
    data = samples.tobytes()
    plane = frame.planes[0]
    plane.update(data + bytes(plane.buffer_size - len(data)))
    return frame


def _bad(path: Path, why: str) -> BadFile:
    return BadFile(f"{path.name}: {why}", name="?", allowed="audio")
