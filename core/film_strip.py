"""The frames of one film through filters: turned upright, of one size, at a steady rate. Blocking, for threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
from av.error import BlockingIOError as NotYet
from av.error import EOFError as NoMore

from core.films import upright_size

Build = Callable[[Any, Any, Any], Any]
"""(graph, the node that frames come from, the first frame) -> the node that they leave by."""

STRETCH_MOST = 0.02
"""A film whose ratio is as near as this to what is wanted is stretched; any other gets black bars."""

_TURNS: dict[int, tuple[tuple[str, str], ...]] = {
    90: (("transpose", "cclock"),),
    -90: (("transpose", "clock"),),
    180: (("hflip", ""), ("vflip", "")),
    -180: (("hflip", ""), ("vflip", "")),
}


class Strip:
    """`origin_s`: the moment of the film that becomes its beginning."""

    def __init__(self, stream: Any, origin_s: float, build: Build) -> None:
        self._time_base = stream.time_base
        self._origin = round(origin_s / stream.time_base)
        self._build = build
        self._graph: Any = None
        self._first: Any = None

    def through(self, frame: Any) -> Iterator[Any]:
        """What comes out for one frame: nothing, it, or several."""
        if frame.pts is None:
            return
        frame.pts -= self._origin
        if self._graph is None:
            self._open(frame)
        first = self._first
        if (frame.width, frame.height, frame.format.name) != first:  # filters were made for the first one
            frame = frame.reformat(*first)
        yield from self._passed(frame)

    def rest(self) -> Iterator[Any]:
        """What was kept back until the end."""
        if self._graph is not None:
            yield from self._passed(None)

    def _open(self, frame: Any) -> None:
        graph = av.filter.Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=self._time_base
        )
        self._build(graph, source, frame).link_to(graph.add("buffersink"))
        graph.configure()
        self._graph, self._first = graph, (frame.width, frame.height, frame.format.name)

    def _passed(self, frame: Any) -> Iterator[Any]:
        with suppress(NoMore):  # a filter has had enough
            self._graph.push(frame)
        while True:
            try:
                yield self._graph.pull()
            except (NotYet, NoMore):
                return


def in_line(graph: Any, node: Any, filters: list[tuple[str, str]]) -> Any:
    """One filter after the other; returns the last."""
    for name, arguments in filters:
        following = graph.add(name, arguments)
        node.link_to(following)
        node = following
    return node


def turned(frame: Any) -> list[tuple[str, str]]:
    return list(_TURNS.get(frame.rotation, ()))


def sized(frame: Any, width: int, height: int) -> list[tuple[str, str]]:
    """To exactly this size, after `turned`."""
    seen = upright_size(frame.width, frame.height, frame.rotation)
    ratio = seen[0] / seen[1] * height / width
    if abs(ratio - 1) <= STRETCH_MOST:
        return [("scale", f"{width}:{height}"), ("setsar", "1")]
    inner = even(width, width * seen[1] / seen[0]) if ratio > 1 else even(height * seen[0] / seen[1], height)
    return [("scale", f"{inner[0]}:{inner[1]}"), ("pad", f"{width}:{height}:-1:-1"), ("setsar", "1")]


def steady(rate: Fraction | int) -> tuple[str, str]:
    """From 0 on, frames repeated or left out."""
    return "fps", f"fps={rate}:start_time=0"


def even(width: float, height: float) -> tuple[int, int]:
    """What H.264 takes: even sides, at least 2."""
    return max(2, round(width / 2) * 2), max(2, round(height / 2) * 2)


def within(width: int, height: int, longest: int) -> tuple[int, int]:
    """Even sides in the same ratio, none longer than `longest` (an even number)."""
    scale = min(1.0, longest / max(width, height))
    return even(width * scale, height * scale)
