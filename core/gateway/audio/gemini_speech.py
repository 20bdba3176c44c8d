"""Text to speech by `generateContent`: raw samples within the answer, which leave here as a WAV file (gateway contract,
chat 8.7, audio 5.1). One blocking call, no task. Pure.
"""

from __future__ import annotations

import struct

from core.catalog import ModelSpec
from core.gateway.audio.gemini_sound import Sound, sounds_of, to_submit, why_silent
from core.gateway.wire import Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact

BLOCKS = True

__all__ = ["BLOCKS", "parse_poll", "parse_submit", "to_poll", "to_submit"]

RATE = 24_000
"""Samples a second where the type does not tell; they have 16 bits, and one channel."""

_RATES = range(8_000, 192_001)
_RAW = frozenset({"audio/l16", "audio/pcm", "audio/raw", "audio/x-raw"})


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """Pieces of raw samples are one sound; of whole files the first counts."""
    sounds, words = sounds_of(reply.body)
    if not sounds:
        return Broken(why_silent(reply.body, words, spec))
    first = sounds[0]
    if not _is_raw(first):
        return Ready((Artifact("audio", data=first.data, mime=_bare(first.mime)),))
    samples = b"".join(sound.data for sound in sounds if sound.mime == first.mime)
    return Ready((Artifact("audio", data=_wav(samples, first.mime), mime="audio/wav"),))


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")


def _is_raw(sound: Sound) -> bool:
    """By its type, unless it begins as a WAV file does."""
    return _bare(sound.mime) in _RAW and not sound.data.startswith(b"RIFF")


def _bare(mime: str) -> str:
    return mime.partition(";")[0].strip()


def _wav(samples: bytes, mime: str) -> bytes:
    """The samples behind a header of 44 bytes; half a sample at their end is left out."""
    rate = _rate(mime)
    samples = samples[: len(samples) // 2 * 2]
    size = len(samples)
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size
    )
    return header + samples


def _rate(mime: str) -> int:
    """`audio/l16;codec=pcm;rate=24000`."""
    for parameter in mime.split(";")[1:]:
        name, _, value = parameter.partition("=")
        value = value.strip()
        if name.strip() == "rate" and value.isdecimal() and len(value) <= 6 and int(value) in _RATES:
            return int(value)
    return RATE
