"""Sound that has the rhythm of speech: a tone for each syllable, a rest for each space. Blocking: run it in a thread."""

import array
import math
import sys

RATE = 24_000  # samples a second, 16 bits, one channel (gateway contract, chat 8.7)
_SYLLABLE_S = 0.14
_REST_S = 0.07
_SYLLABLES_MAX = 2000


def pcm(text: str, pitch_hz: float = 165.0) -> bytes:
    """Signed 16-bit little-endian samples; its length grows with the text."""
    samples = array.array("h")
    rest = [0] * int(RATE * _REST_S)
    tones = {step: _tone(pitch_hz * 2 ** (step / 12)) for step in range(8)}
    for syllable in _syllables(text):
        samples.extend(rest if syllable.isspace() else tones[sum(map(ord, syllable)) % len(tones)])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _syllables(text: str) -> list[str]:
    found: list[str] = []
    for word in text.split():
        wide = not word.isascii()
        found += [word[place : place + (1 if wide else 3)] for place in range(0, len(word), 1 if wide else 3)] + [" "]
    return found[:_SYLLABLES_MAX] or [" "]


def _tone(hertz: float) -> "array.array[int]":
    """A voiced tone, swelling and fading."""
    count = int(RATE * _SYLLABLE_S)
    wave = (
        math.sin(math.pi * n / count) * sum(math.sin(math.tau * hertz * k * n / RATE) / k for k in (1, 2, 3))
        for n in range(count)
    )
    return array.array("h", (int(6000 * value) for value in wave))
