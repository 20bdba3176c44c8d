"""The little picture of a voice message's loudness, read from the sizes of its Opus packets: louder and richer sound takes
more bytes, so nothing needs to be decoded. Pure."""

from __future__ import annotations

import base64
from itertools import pairwise

POINTS = 100
"""Bars that are shown; Discord takes up to 256."""
_PAGE = b"OggS"
_HEAD = 27


def waveform(ogg: bytes) -> str:
    """Base64 of one byte a bar; a flat line for what is no Ogg."""
    sizes = _packets(ogg)[2:]  # the first two are headers
    if not sizes:
        return base64.b64encode(bytes(POINTS)).decode()
    count = min(POINTS, len(sizes))
    edges = [len(sizes) * at // count for at in range(count + 1)]
    means = [sum(sizes[first:last]) / (last - first) for first, last in pairwise(edges)]
    low, high = min(means), max(means)
    return base64.b64encode(bytes(round(255 * (mean - low) / (high - low or 1)) for mean in means)).decode()


def _packets(ogg: bytes) -> list[int]:
    """Sizes of the packets, in order; what is broken ends the list."""
    sizes, at, size = [], 0, 0
    while ogg[at : at + 4] == _PAGE and at + _HEAD <= len(ogg):
        table = ogg[at + _HEAD : at + _HEAD + ogg[at + _HEAD - 1]]
        for lacing in table:
            size += lacing
            if lacing < 255:
                sizes.append(size)
                size = 0
        at += _HEAD + len(table) + sum(table)
    return sizes
