"""Sound tracks by PyAV: how long they are, the same as MP3, which every listener takes, as OGG/Opus, which platforms play
as voice messages, and cut to what a wire takes. Blocking, for threads. Imported lazily by `core/reading.py` and
`core/renditions.py`. Every loop is bounded
in seconds of sound and of work."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from core.signatures import HEAD_BYTES, sniff

RATE = 16_000
BITS = 48_000
"""Speech at this rate is as clear as it is at any other."""
VOICE_RATE = 48_000
VOICE_BITS = 32_000
VOICE_MOST_S = 3_600.0
VOICE_LEAST_S = 2.0
"""Speech that is shorter has silence behind it: a portrait that speaks needs two seconds of voice (videos 8)."""
_FOR_SPEECH = {"application": "voip", "compression_level": "5"}
WORK_S = 120.0

CUT_MOST_S = 3_600.0
CUT_BITS = (128_000, 96_000, 64_000, 48_000, 32_000)
STEREO_BITS_LEAST = 96_000
HEAD_ROOM = 8_000
"""Bytes that are no sound: headers, and an index."""
_CUT = {"audio/mpeg": ("mp3", "libmp3lame", 44_100), "audio/mp4": ("ipod", "aac", 44_100)}
"""MIME of what is made: (container, codec, samples a second)."""

BROKEN = (FFmpegError, OSError, ValueError, EOFError, IndexError, MemoryError)


def seconds_of(path: Path) -> float | None:
    """How long it sounds, 0 when the file does not tell; None: there is no sound in it."""
    try:
        with opened(path) as container:
            if not container.streams.audio:
                return None
            sound = container.streams.audio[0]
            if sound.duration:
                return float(sound.duration * sound.time_base)
            return float(container.duration / av.time_base) if container.duration else 0.0
    except BROKEN:
        return None


def as_mp3(path: Path, most_s: float) -> bytes | None:
    """The first `most_s` seconds, in one channel. None: there is no sound that can be decoded, or it takes too long."""
    return _again(path, most_s, "mp3", "libmp3lame", RATE, BITS, {})


def as_voice(path: Path) -> bytes | None:
    """OGG/Opus in one channel, of at least `VOICE_LEAST_S`. None: there is no sound that can be decoded, or it takes too
    long."""
    return _again(path, VOICE_MOST_S, "ogg", "libopus", VOICE_RATE, VOICE_BITS, _FOR_SPEECH, least_s=VOICE_LEAST_S)


def cut(path: Path, most_s: float, max_bytes: int, mimes: Collection[str]) -> bytes | None:
    """The first `most_s` seconds as MP3, or as M4A where that is taken and MP3 is not; at the bits that fit into `max_bytes`
    (0: any), or the fewest that we use. None: no form that is taken, no sound that can be decoded, or it takes too long."""
    mime = next((each for each in _CUT if not mimes or each in mimes), "")
    if not mime:
        return None
    fitting = (max_bytes - HEAD_ROOM) * 8 / most_s if max_bytes else math.inf
    bits = next((each for each in CUT_BITS if each <= fitting), CUT_BITS[-1])
    form, codec, rate = _CUT[mime]
    return _again(path, most_s, form, codec, rate, bits, {}, "stereo" if bits >= STEREO_BITS_LEAST else "mono")


def _again(
    path: Path,
    most_s: float,
    form: str,
    codec: str,
    rate: int,
    bits: int,
    options: dict[str, str],
    layout: str = "mono",
    least_s: float = 0.0,
) -> bytes | None:
    ends = time.monotonic() + WORK_S
    target = io.BytesIO()
    try:
        with opened(path) as source, av.open(target, "w", format=form) as out:
            if not source.streams.audio:
                return None
            stream: Any = out.add_stream(codec, rate=rate, layout=layout, options=options)
            stream.bit_rate = bits
            heard = 0
            for frame in frames_of(source, rate, layout):
                if time.monotonic() > ends:
                    return None
                heard += frame.samples
                out.mux(stream.encode(frame))
                if heard >= most_s * rate:
                    break
            if 0 < heard < least_s * rate:
                out.mux(stream.encode(_silence(heard, math.ceil(least_s * rate) - heard, rate, layout)))
            out.mux(stream.encode(None))
    except BROKEN:
        return None
    return target.getvalue() if heard else None


def opened(path: Path) -> Any:
    """With the reader of its own format, so that no playlist can point elsewhere. Raises ValueError for what is no media."""
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if found is None or found.kind == "image":
        raise ValueError("no sound file")
    return av.open(str(path), format=found.reader, options={"probesize": "5000000"})


def frames_of(source: Any, rate: int, layout: str) -> Any:
    """Of one layout and one rate, counted anew; packets that cannot be decoded are left out."""
    sound = source.streams.audio[0]
    resampler: Any = av.AudioResampler(format="s16p", layout=layout, rate=rate)
    samples = 0
    for frame in _decoded(source, sound):
        for made in resampler.resample(frame):
            made.pts, samples = samples, samples + made.samples
            yield made


def _decoded(source: Any, sound: Any) -> Any:
    """Without times; None at the end, for what a resampler still has."""
    heard = False
    for packet in source.demux(sound):
        try:
            frames = packet.decode()
        except FFmpegError:
            continue
        for frame in frames:
            heard, frame.pts = True, None
            yield frame
    if heard:
        yield None


def _silence(start: int, samples: int, rate: int, layout: str) -> Any:
    """A frame that begins at the sample `start`."""
    frame: Any = av.AudioFrame(format="s16p", layout=layout, samples=samples)
    frame.sample_rate, frame.pts = rate, start
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame
