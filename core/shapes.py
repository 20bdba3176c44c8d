"""Which part of a picture is meant: by name (left, right, top, bottom, centre), or by what a drawn line encloses. Pure
geometry on planes of one byte a pixel; core/drawn.py makes them of pictures."""

from __future__ import annotations

from collections.abc import Iterator

REGIONS = ("left", "right", "top", "bottom", "centre")
MARGIN = 0.2
"""The centre leaves out so much of each side."""

FREE, TAKEN = b"\x00", b"\x01"


def box(region: str, width: int, height: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of one of REGIONS in pixels, the last two outside. The middle row or column of an odd side
    belongs to both halves. Raises ValueError."""
    across, down = round(width * MARGIN), round(height * MARGIN)
    match region:
        case "left":
            return 0, 0, (width + 1) // 2, height
        case "right":
            return width // 2, 0, width, height
        case "top":
            return 0, 0, width, (height + 1) // 2
        case "bottom":
            return 0, height // 2, width, height
        case "centre":
            return across, down, width - across, height - down
    raise ValueError(f"no region {region!r}")


def enclosed(drawn: bytes, width: int, height: int) -> bytes:
    """255 for what is drawn (not 0) and for what it shuts off from the outside, 0 for the outside: of the free areas at the
    edges of the picture the largest. So a line may run off the picture and shut off a corner."""
    taken = bytearray(1 if pixel else 0 for pixel in drawn)
    outside: list[tuple[int, int]] = []
    most = 0
    for at in _edges(width, height):
        runs = _area(taken, width, at)
        size = sum(end - start for start, end in runs)
        if size > most:
            outside, most = runs, size
    inside = bytearray(b"\xff" * len(drawn))
    for start, end in outside:
        inside[start:end] = bytes(end - start)
    return bytes(inside)


def _edges(width: int, height: int) -> Iterator[int]:
    last = (height - 1) * width
    for x in range(width):
        yield from (x, last + x)
    for y in range(height):
        yield from (y * width, y * width + width - 1)


def _area(taken: bytearray, width: int, at: int) -> list[tuple[int, int]]:
    """The free area around a pixel, as runs (start, end) of its rows; takes it."""
    runs: list[tuple[int, int]] = []
    waiting = [at]
    while waiting:
        at = waiting.pop()
        if taken[at]:
            continue
        row = at - at % width
        start = max(taken.rfind(TAKEN, row, at) + 1, row)
        end = taken.find(TAKEN, at, row + width)
        end = row + width if end < 0 else end
        taken[start:end] = TAKEN * (end - start)
        runs.append((start, end))
        if row:
            waiting.extend(_free(taken, start - width, end - width))
        if row + width < len(taken):
            waiting.extend(_free(taken, start + width, end + width))
    return runs


def _free(taken: bytearray, start: int, end: int) -> Iterator[int]:
    """The first pixel of each free run between the two."""
    at = taken.find(FREE, start, end)
    while at >= 0:
        yield at
        after = taken.find(TAKEN, at, end)
        at = taken.find(FREE, after, end) if after >= 0 else -1
