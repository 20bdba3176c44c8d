"""Short pieces of music by PyAV: real MP3 or WAV. Blocking: run it in a thread (see `studio`)."""

import array
import io
import math
import random
import sys
from functools import lru_cache
from typing import Any

import av

RATE = 44_100
PIECES = 4
"""Prompts share these, so that many orders cost a few encodings."""

_NOTE_S = 0.375
_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)  # half-tones of a pentatonic scale, which never sounds wrong
_NOTES = 16  # until the tune starts over
_FORMS = {"mp3": ("libmp3lame", 96_000), "wav": ("pcm_s16le", 0)}


@lru_cache(maxsize=2 * PIECES)
def music(piece: int, seconds: int, form: str) -> bytes:
    """A tune of exactly so long, in two channels. `form`: "mp3" or "wav"."""
    codec, bits = _FORMS[form]
    samples = tune(piece, seconds * RATE)
    frame = av.AudioFrame(format="s16", layout="mono", samples=seconds * RATE)
    frame.rate = RATE
    frame.planes[0].update(samples)
    target = io.BytesIO()
    with av.open(target, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=RATE, layout="stereo")
        if bits:
            stream.bit_rate = bits
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def tune(piece: int, count: int) -> bytes:
    """So many samples of a tune: signed, 16 bits, little-endian, in one channel."""
    once = _tune(piece)
    samples = (once * (count // len(once) + 1))[:count]
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


@lru_cache(maxsize=PIECES)
def _tune(piece: int) -> "array.array[int]":
    chance = random.Random(piece)
    tune = array.array("h")
    for _ in range(_NOTES):
        tune.extend(_note(220.0 * 2 ** (chance.choice(_SCALE) / 12)))
    return tune


@lru_cache(maxsize=len(_SCALE))
def _note(hertz: float) -> "array.array[int]":
    """A string that is plucked and fades."""
    count = int(RATE * _NOTE_S)
    wave = (
        math.exp(-4 * n / count) * sum(math.sin(math.tau * hertz * k * n / RATE) / k for k in (1, 2))
        for n in range(count)
    )
    return array.array("h", (int(7000 * value) for value in wave))
