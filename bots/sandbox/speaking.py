"""Files of speech by PyAV, in the formats that vendors offer. Blocking: run it in a thread (see `studio`)."""

import io
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import av

from bots.sandbox import tones

FORMS: Mapping[str, tuple[str, str]] = {
    "mp3": ("mp3", "libmp3lame"),
    "wav": ("wav", "pcm_s16le"),
    "flac": ("flac", "flac"),
    "opus": ("ogg", "libopus"),
    "aac": ("adts", "aac"),
    "pcm": ("s16le", "pcm_s16le"),
}
"""Container and codec."""
_OPUS_RATE = 48_000


@lru_cache(maxsize=32)
def spoken(text: str, pitch_hz: float, form: str, rate: int) -> tuple[bytes, int]:
    """The file in one channel, and how many milliseconds it is long. `form`: one of FORMS; `rate`: samples a second."""
    samples = tones.pcm(text, pitch_hz)
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.rate = tones.RATE
    frame.planes[0].update(samples)
    container_format, codec = FORMS[form]
    target = io.BytesIO()
    with av.open(target, "w", format=container_format) as container:
        stream: Any = container.add_stream(codec, rate=_OPUS_RATE if form == "opus" else rate, layout="mono")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue(), len(samples) * 1000 // (2 * tones.RATE)
