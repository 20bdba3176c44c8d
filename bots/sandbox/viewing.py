"""Films and sounds from outside, looked into by PyAV: how long, how large, some frames, what is heard.

Blocking: run it in a thread (see `studio`). Whatever cannot be read is None; nothing is decoded without bounds.
"""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from PIL import Image

from bots.sandbox.sizes import Size

STILLS = 24
SECONDS_MAX = 600.0
_FRAMES_MAX = 2400
_SIDE_MAX = 4096
_STILL_SIDE = 640
_VOICE_RATE = 24_000
_VOICE_BITS = 48_000


@dataclass(frozen=True, slots=True)
class View:
    """A film: its length in seconds, pixels, frames a second (0: not told), and some frames as JPEGs in order, the last of
    all included. `sound`: it has some."""

    seconds: float
    size: Size
    rate: float
    sound: bool
    stills: tuple[bytes, ...] = field(default=(), repr=False)


def view(data: bytes, *, stills: bool) -> View | None:
    """What a film shows; with `stills`, up to 24 of its frames, evenly spaced."""
    with contextlib.suppress(av.FFmpegError, ValueError, IndexError), _open(data) as container:
        stream = container.streams.video[0]
        seconds = _length(container)
        size = (stream.codec_context.width, stream.codec_context.height)
        if not 0 < seconds <= SECONDS_MAX or min(size) < 1 or max(size) > _SIDE_MAX:
            return None
        found = tuple(_stills(container, seconds)) if stills else ()
        if stills and not found:
            return None
        return View(seconds, size, float(stream.average_rate or 0), bool(container.streams.audio), found)
    return None


def heard_s(data: bytes) -> float | None:
    """The length of a sound in seconds."""
    with contextlib.suppress(av.FFmpegError, ValueError, IndexError), _open(data) as container:
        if not container.streams.audio:
            return None
        seconds = _length(container)
        if seconds > 0:
            return min(seconds, SECONDS_MAX)
    played = samples(data, _VOICE_RATE, int(_VOICE_RATE * SECONDS_MAX))
    return len(played) / 2 / _VOICE_RATE if played else None


def compact(data: bytes, seconds: float) -> bytes | None:
    """What is heard in a film or sound, as AAC that is small enough to be kept; None when it is silent."""
    played = samples(data, _VOICE_RATE, int(_VOICE_RATE * min(seconds, SECONDS_MAX)))
    if not played:
        return None
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(played) // 2)
    frame.rate = _VOICE_RATE
    frame.planes[0].update(played)
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream: Any = container.add_stream("aac", rate=_VOICE_RATE, layout="mono")
        stream.bit_rate = _VOICE_BITS
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def samples(data: bytes, rate: int, count: int) -> bytes:
    """Up to `count` samples of 16 bits in one channel; what cannot be decoded is left out."""
    found = bytearray()
    with contextlib.suppress(av.FFmpegError, ValueError, IndexError), _open(data) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        for frame in container.decode(container.streams.audio[0]):
            for piece in resampler.resample(frame):
                found += bytes(piece.planes[0])[: piece.samples * 2]
            if len(found) >= count * 2:
                break
    return bytes(found[: count * 2])


def _open(data: bytes) -> InputContainer:
    return av.open(io.BytesIO(data), "r")


def _length(container: InputContainer) -> float:
    return float(Fraction(container.duration or 0, av.time_base))


def _stills(container: InputContainer, seconds: float) -> Iterator[bytes]:
    """Frames at even distances; the last frame of all closes the row."""
    taken, last = 0, None
    for number, frame in enumerate(container.decode(container.streams.video[0])):
        if number == _FRAMES_MAX:
            break
        if taken < STILLS - 1 and float(frame.time or 0.0) >= taken * seconds / STILLS:
            taken, last = taken + 1, None
            yield _still(frame)
        else:
            last = frame
    if last is not None:
        yield _still(last)


def _still(frame: av.VideoFrame) -> bytes:
    scale = min(1.0, _STILL_SIDE / max(frame.width, frame.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="rgb24")
    plane = small.planes[0]
    image = Image.frombytes("RGB", (width, height), bytes(plane), "raw", "RGB", plane.line_size)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
