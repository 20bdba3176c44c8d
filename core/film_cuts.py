"""Films cut and joined without encoding them anew, where their packets can stay as they are; else written anew. Blocking, for
threads. Imported lazily by `core/renditions.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from core.errors import BadFile
from core.film_strip import even
from core.film_writing import FASTSTART, Form, write
from core.films import BROKEN, Deadline, codec_of, measured, opened, picture_of, sound_of, start_s
from core.signatures import ALLOWED

COPY_S = 60.0
DIFFERENCE_MOST_S = 0.5
JOIN_S = 300.0
JOINED_MOST = 24
JOINED_MOST_S = 600.0
RATE_MOST = 60.0
RATE_UNKNOWN = 25.0

BOXES_MOST = 1_000
COPIED = {"h264", "hevc", "aac", "mp3"}
"""What every player takes in an MP4."""


def moov_last(path: Path) -> bool:
    """An MP4 whose index is behind its frames, so that nothing can be shown before the last byte has come."""
    size = path.stat().st_size
    at, frames = 0, False
    with path.open("rb") as file:
        for _ in range(BOXES_MOST):
            file.seek(at)
            head = file.read(16)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            if name == b"moov":
                return frames
            frames = frames or name == b"mdat"
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            if length < 8 or at + length >= size:
                return False
            at += length
    return False


def streamable(path: Path, target: Path) -> bool:
    """The same film with its index in front, packets untouched; False when there is no way to have all of it."""
    try:
        return (
            _copied([path], target, math.inf)
            and abs(measured(path).duration_s - measured(target).duration_s) < DIFFERENCE_MOST_S
        )
    except BadFile:
        return False


def trimmed(path: Path, target: Path, most_s: float) -> bool:
    """The beginning of a film, at most so many seconds, packets untouched: it may end a few frames before. False when there
    is no way."""
    return _copied([path], target, most_s)


def joined(paths: Sequence[Path], target: Path) -> None:
    """One after the other, of the first one's size and rate; silence where one has no sound. Packets stay as they are when
    all films are coded alike. Raises BadFile, also when it takes too long."""
    if not 0 < len(paths) <= JOINED_MOST:
        raise BadFile(f"{len(paths)} films to join", name="?", allowed=ALLOWED)
    seen = [measured(path) for path in paths]
    if any(each.kind != "video" for each in seen) or sum(each.duration_s for each in seen) > JOINED_MOST_S:
        raise BadFile("no films, or too long together", name="?", allowed=ALLOWED)
    if len({_coding(path) for path in paths}) == 1 and _copied(paths, target, math.inf):
        return
    first = seen[0]
    form = Form(*even(first.width, first.height), rate_of(first.fps), sound=any(each.sound for each in seen))
    write(paths, target, form, JOINED_MOST_S, JOIN_S)


def rate_of(fps: float, most: float = RATE_MOST) -> Fraction:
    """Frames a second to write a film of `fps` with, at most `most`; of a film that does not tell, 25."""
    return Fraction(min(fps if fps >= 1 else RATE_UNKNOWN, most)).limit_denominator(1001)


def _coding(path: Path) -> tuple[Any, ...]:
    """Films of which this is the same can be read by one decoder, one after the other. Raises BadFile."""
    with opened(path) as source:
        picture, sound = picture_of(source), sound_of(source)
        said: tuple[Any, ...] = ()
        for stream in (picture, sound):
            if stream is not None:
                context = stream.codec_context
                said += (codec_of(stream), context.extradata, stream.time_base)
        if sound is not None:
            said += (sound.rate, sound.layout.name)
        return (*said, picture.width, picture.height, measured(path).rotation)


# --- packets as they are --------------------


def _copied(paths: Sequence[Path], target: Path, most_s: float) -> bool:
    try:
        with av.open(str(target), "w", format="mp4", options=FASTSTART) as out:
            copy = Copy(out, most_s)
            for path in paths:
                copy.add(path)
    except (BadFile, *BROKEN):
        return False
    return copy.frames > 0


class Copy:
    """The packets of the picture and the first sound of films. What cannot be copied raises BadFile or ValueError: cuts
    that a film makes only when it is played, times that are missing or go back."""

    def __init__(self, out: Any, most_s: float) -> None:
        self.frames = 0
        self._out, self._most_s = out, most_s
        self._streams: dict[str, Any] = {}
        self._ends: dict[str, Fraction] = {}
        self._last: dict[str, Fraction] = {}
        self._deadline = Deadline(COPY_S)

    def add(self, path: Path) -> None:
        """Raises BadFile."""
        with opened(path) as source:
            taken = {stream.type: stream for stream in (picture_of(source), sound_of(source)) if stream is not None}
            if not self._streams:
                if "video" not in taken or any(codec_of(each) not in COPIED for each in taken.values()):
                    raise ValueError("not to be copied into an MP4")
                self._streams = {kind: self._out.add_stream_from_template(each) for kind, each in taken.items()}
            begins = max(self._ends.values(), default=Fraction(0)) - Fraction(start_s(source)).limit_denominator(10**6)
            self._append(source, taken, begins)

    def _append(self, source: Any, taken: dict[str, Any], begins: Fraction) -> None:
        over: set[str] = set()
        joins = bool(self._ends)
        for packet in source.demux(list(taken.values())):
            self._deadline.check()
            if packet.dts is None:
                continue  # the end of the stream
            kind = packet.stream.type
            if packet.pts is None or (packet.is_discard and kind == "video"):
                raise ValueError("its packets cannot stay as they are")
            if packet.is_discard and (joins or packet.pts >= 0):
                continue  # an encoder's lead-in or its filling: kept only where the file begins with it
            until = begins + (packet.pts + (packet.duration or 0)) * packet.time_base
            if kind in over or until > self._most_s:
                over.add(kind)  # what comes behind may lean on it
                if len(over) == len(taken):
                    return
                continue
            decoded_at = begins + packet.dts * packet.time_base
            if decoded_at <= self._last.get(kind, decoded_at - 1):
                if joins and kind == "audio":
                    continue  # the encoder's lead-in, over the end of the film before
                raise ValueError("its packets go back in time")
            self.frames += kind == "video"
            self._last[kind] = decoded_at
            self._ends[kind] = max(until, self._ends.get(kind, until))
            shift = round(begins / packet.time_base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = self._streams[kind]
            self._out.mux(packet)
