"""Still pictures and GIFs of films, by PyAV. Blocking, for threads. Imported lazily by `core/renditions.py`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from core.errors import BadFile
from core.film_strip import Strip, in_line, sized, steady, turned, within
from core.films import (
    BROKEN,
    MICROSECONDS,
    Deadline,
    decoded,
    duration_s,
    opened,
    picture_of,
    start_s,
    upright,
    upright_size,
)
from core.ports import End

FRAME_S = 30.0
BEFORE_END_S = 1.0
"""Where the search for the last frame begins: at the key frame before this."""

GIF_S = 10.0
REORDERED_S = 1.0
"""Packets come in another order than frames, by less than this."""

GIF_WORK_S = 60.0
GIF_TRIES = ((480, 12), (360, 10), (240, 8), (160, 6))
"""(longer side in pixels, frames a second)"""


def still(path: Path, at: End) -> bytes:
    """The first or the very last frame, upright, as PNG. Raises BadFile, also when it takes too long."""
    deadline = Deadline(FRAME_S)
    with opened(path) as container:
        stream = picture_of(container)
        if stream is None:
            raise ValueError("no picture in it")
        frame = None
        if at == "last":
            _seek_end(container, stream)
            frame = _frame(container, stream, at, deadline)
            if frame is None:
                container.seek(0)
        if frame is None:
            frame = _frame(container, stream, at, deadline)
        if frame is None:
            raise ValueError("no frame in it")
        buffer = io.BytesIO()
        upright(frame).save(buffer, "PNG", compress_level=4)
        return buffer.getvalue()


def _seek_end(container: Any, stream: Any) -> None:
    """To the key frame before the end; what does not know its length is read from the start."""
    if (length := duration_s(container)) > BEFORE_END_S:
        container.seek(int((start_s(container) + length - BEFORE_END_S) * MICROSECONDS))


def _frame(container: Any, stream: Any, at: End, deadline: Deadline) -> Any:
    found = None
    for packet in container.demux(stream):
        deadline.check()
        for frame in decoded(packet):
            found = frame
            if at == "first":
                return found
    return found


# --- GIF --------------------


def gif(path: Path, max_bytes: int) -> bytes | None:
    """The first ten seconds as a GIF that plays for ever, of at most `max_bytes`; None when there is no way, or it would take
    too long."""
    deadline = Deadline(GIF_WORK_S)
    try:
        for longest, fps in GIF_TRIES:
            data = _gif(path, longest, fps, deadline)
            if len(data) <= max_bytes:
                return data
    except (BadFile, *BROKEN):
        return None
    return None


def _gif(path: Path, longest: int, fps: int, deadline: Deadline) -> bytes:
    target = io.BytesIO()
    with opened(path) as source, av.open(target, "w", format="gif", options={"loop": "0"}) as out:
        stream: Any = None
        for number, frame in enumerate(_with_palette(source, longest, fps, deadline)):
            deadline.check()
            if stream is None:
                stream = out.add_stream("gif", rate=fps)
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, frame.format.name
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, fps), 0
            out.mux(stream.encode(frame))
        if stream is None:
            raise ValueError("no frame in it")
        out.mux(stream.encode(None))
    return target.getvalue()


def _with_palette(source: Any, longest: int, fps: int, deadline: Deadline) -> Iterator[Any]:
    """Small frames of the 256 colours that suit them all; they are kept until the last is known."""

    def build(graph: Any, node: Any, frame: Any) -> Any:
        seen = upright_size(frame.width, frame.height, frame.rotation)
        small = sized(frame, *within(*seen, longest))
        split = in_line(
            graph, node, [*turned(frame), *small, steady(fps), ("trim", f"duration={GIF_S}"), ("split", "2")]
        )
        palette, used = (
            graph.add("palettegen", "stats_mode=full"),
            graph.add("paletteuse", "dither=bayer:bayer_scale=4"),
        )
        split.link_to(palette, 0, 0)
        split.link_to(used, 1, 0)
        palette.link_to(used, 0, 1)
        return used

    picture = picture_of(source)
    if picture is None:
        raise ValueError("no picture in it")
    begins = start_s(source)
    strip = Strip(picture, begins, build)
    for packet in source.demux(picture):
        deadline.check()
        if packet.pts is not None and float(packet.pts * packet.time_base) - begins > GIF_S + REORDERED_S:
            break
        for frame in decoded(packet):
            yield from strip.through(frame)
    yield from strip.rest()
