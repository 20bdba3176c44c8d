"""A film with another sound: its picture stays as it is where an MP4 can hold it, the sound is written anew. Blocking, for
threads. Imported lazily by `core/renditions.py`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from core.errors import BadFile
from core.film_cuts import rate_of
from core.film_strip import even
from core.film_writing import FASTSTART, HZ, SOUND_BITS, Form, Track, write
from core.films import BROKEN, Deadline, codec_of, decoded, measured, opened, picture_of, sound_of, start_s
from core.signatures import ALLOWED

FILM_MOST_S = 600.0
WORK_S = 120.0
COPIED = {"h264", "hevc"}


class _Unfit(Exception):
    """The picture's packets cannot stay as they are."""


def dubbed(film: Path, sound: Path, target: Path) -> None:
    """The film with this sound alone, as long as the film. Raises BadFile, also for what is too long or takes too long."""
    found = measured(film)
    if found.kind != "video" or not 0 < found.duration_s <= FILM_MOST_S:
        raise BadFile(f"no film, or one of {found.duration_s} s", name="?", allowed=ALLOWED)
    try:
        _laid_over(film, sound, target)
    except _Unfit:
        plain = target.with_name("picture.mp4")
        form = Form(*even(found.width, found.height), rate_of(found.fps), sound=False)
        write([film], plain, form, FILM_MOST_S, WORK_S)
        try:
            _laid_over(plain, sound, target)
        except _Unfit as error:
            raise BadFile(f"its picture stays nowhere: {error}", name="?", allowed=ALLOWED) from error


def _laid_over(film: Path, sound: Path, target: Path) -> None:
    deadline = Deadline(WORK_S)
    try:
        with (
            opened(film) as seen,
            opened(sound) as heard,
            av.open(str(target), "w", format="mp4", options=FASTSTART) as out,
        ):
            picture = picture_of(seen)
            if codec_of(picture) not in COPIED:
                raise _Unfit("not to be copied into an MP4")
            stream = out.add_stream_from_template(picture)
            track, frames = Track(out, SOUND_BITS), _frames(heard, deadline)
            track.begin(start_s(heard))
            ends = Fraction(0)
            for packet in _packets(seen, picture, deadline):
                ends = max(ends, (packet.pts + (packet.duration or 0)) * packet.time_base)
                packet.stream = stream
                out.mux(packet)
                _fill(track, frames, int(ends * HZ))
            track.fill(int(ends * HZ))
            track.finish()
    except BROKEN as error:  # of the container: what it has been given cannot be written
        raise BadFile(f"cannot be written: {error}", name="?", allowed=ALLOWED) from error


def _fill(track: Track, frames: Iterator[Any], samples: int) -> None:
    """With what is heard up to there."""
    while track.heard < samples and (frame := next(frames, None)) is not None:
        track.hear(frame)
    track.until(samples)


def _packets(source: Any, picture: Any, deadline: Deadline) -> Iterator[Any]:
    """Of the picture, from time 0 on. Raises _Unfit."""
    shift = round(Fraction(start_s(source)).limit_denominator(10**6) / picture.time_base)
    last = None
    for packet in source.demux(picture):
        deadline.check()
        if packet.dts is None:
            continue  # the end of the stream
        if packet.pts is None or packet.is_discard or (last is not None and packet.dts <= last):
            raise _Unfit("cuts that are made only when it is played, or times that go back")
        last = packet.dts
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        yield packet


def _frames(source: Any, deadline: Deadline) -> Iterator[Any]:
    sound = sound_of(source)
    if sound is None:
        raise ValueError("no sound in it")
    for packet in source.demux(sound):
        deadline.check()
        yield from decoded(packet)
