"""A recording, or the sound of a film, as pieces of MP3 in one channel that a model can listen to, cut where it is silent.
Blocking, for threads; PyAV is imported with it, so `core/recordings.py` imports it lazily."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from core.errors import BadFile, SoundTooLong
from core.signatures import ALLOWED
from core.sounds import BITS, BROKEN, RATE, frames_of, opened

WORK_S = 300.0
SEARCHED_S = 30.0
"""So long before a piece must end, a silence is looked for."""
QUIET = 0.03
"""Of the loudest in the piece: what is below is silence."""
QUIET_S = 0.25
LEAST_S = 0.1
"""Less than this is nothing to listen to."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece, in a file, and where it begins and ends in the whole, in seconds."""

    path: Path
    start_s: float
    end_s: float


def cut(path: Path, folder: Path, piece_s: float, most_s: float) -> list[Cut]:
    """The pieces, in `folder`. Raises BadFile for what has no sound that can be decoded or takes too long, SoundTooLong
    beyond `most_s`."""
    deadline = time.monotonic() + WORK_S
    try:
        with opened(path) as source:
            if not source.streams.audio:
                raise BadFile(f"{path.name}: no sound in it", name="?", allowed=ALLOWED)
            cuts = _written(_checked(frames_of(source, RATE, "mono"), deadline, most_s), folder, piece_s)
    except BROKEN as error:
        raise BadFile(f"cannot be decoded: {error}", name="?", allowed=ALLOWED) from error
    if not cuts:
        raise BadFile("nothing to hear", name="?", allowed=ALLOWED)
    return cuts


def _checked(sound: Iterator[Any], deadline: float, most_s: float) -> Iterator[Any]:
    samples = 0
    for frame in sound:
        if time.monotonic() > deadline:
            raise BadFile("takes too long", name="?", allowed=ALLOWED)
        samples += frame.samples
        if samples > most_s * RATE:
            raise SoundTooLong(f"more than {most_s} s", length=samples // RATE, limit=round(most_s))
        yield frame


def _written(sound: Iterator[Any], folder: Path, piece_s: float) -> list[Cut]:
    cuts: list[Cut] = []
    piece: _Piece | None = None
    start = 0
    for frame in sound:
        if piece is None:
            piece = _Piece(folder / f"{len(cuts)}.mp3", piece_s)
        if piece.takes(frame):
            continue
        cuts.append(piece.ended(start))
        start, piece = start + piece.samples, None
    if piece is not None:
        last = piece.ended(start)
        if last.end_s - last.start_s >= LEAST_S:
            cuts.append(last)
    return cuts


class _Piece:
    """An MP3 that is being written."""

    def __init__(self, path: Path, piece_s: float) -> None:
        self._path = path
        self._most = int(piece_s * RATE)
        self._search = self._most - int(min(SEARCHED_S, piece_s / 2) * RATE)
        self._out: Any = av.open(str(path), "w", format="mp3")
        self._stream: Any = self._out.add_stream("libmp3lame", rate=RATE, layout="mono")
        self._stream.bit_rate = BITS
        self._loudest = 1
        self._quiet = 0
        self.samples = 0

    def takes(self, frame: Any) -> bool:
        """Written; False: and that was the last of it."""
        loud = max(map(abs, array("h", bytes(frame.planes[0])[: frame.samples * 2])), default=0)
        self._loudest = max(self._loudest, loud)
        self._quiet = self._quiet + frame.samples if loud < QUIET * self._loudest else 0
        frame.pts = self.samples
        self.samples += frame.samples
        self._out.mux(self._stream.encode(frame))
        silent = self.samples >= self._search and self._quiet >= QUIET_S * RATE
        return not silent and self.samples + frame.samples <= self._most

    def ended(self, start: int) -> Cut:
        """`start`: the sample of the whole with which it begins."""
        self._out.mux(self._stream.encode(None))
        self._out.close()
        return Cut(self._path, start / RATE, (start + self.samples) / RATE)
