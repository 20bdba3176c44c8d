"""Films by PyAV: opened with care, measured, with a thumbnail. Blocking, for threads. Imported lazily by
`core/renditions.py`. Every loop is bounded in frames and in time.

Beside it: `core/film_frames.py` (still pictures and GIFs), `core/film_writing.py` (encoding), `core/film_cuts.py` (without
encoding: cut, joined), `core/film_sound.py` (another sound), `core/film_fit.py` (made to fit)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError, InvalidDataError
from PIL import Image

from core.errors import BadFile
from core.pictures import THUMBNAIL_MAX_BYTES, THUMBNAIL_SIDE, jpeg
from core.signatures import ALLOWED, HEAD_BYTES, Looked, Signature, sniff

FILM_PIXELS_MAX = 4096 * 2304
"""A decoder keeps up to seventeen frames."""

MICROSECONDS = 1_000_000
LOOK_S = 10.0
PACKETS_TO_FIRST_FRAME = 500
WALKED_BYTES = 32 * 1024 * 1024
"""Of what people send every packet is looked at; results are believed."""

LIES_S = 0.5
LARGE_SIDE = 720
"""From this height on, colours are those of television in HD where the film does not tell (ITU-R BT.709)."""

BROKEN = (FFmpegError, OSError, ValueError, EOFError, IndexError, MemoryError)
"""What PyAV raises for files that are not what they seem."""


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A film or a sound, by the reader of its own format, so that no playlist can point elsewhere; decoders take no more
    pixels than we do, and one core. Raises BadFile, also for what PyAV raises inside."""
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    try:
        if found is None or found.kind == "image":
            raise ValueError("no film")
        with av.open(str(path), format=found.reader, options={"probesize": "5000000"}) as container:
            for stream in filter(codec_of, container.streams.video):
                stream.codec_context.thread_count = 1
                stream.codec_context.options = {"max_pixels": str(FILM_PIXELS_MAX)}
            yield container
    except BROKEN as error:
        raise BadFile(f"no film: {error}", name="?", allowed=ALLOWED) from error


class Deadline:
    """Raises ValueError, which `opened` tells as BadFile, once its seconds of work are over."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def check(self) -> None:
        if time.monotonic() > self._ends:
            raise ValueError("it takes too long")


def look(path: Path, found: Signature) -> Looked | None:
    """None for what is neither film nor sound."""
    try:
        with opened(path) as container:
            looked = _look(container, found)
        if looked is None or not looked.duration_s or path.stat().st_size > WALKED_BYTES:
            return looked
        with opened(path) as container:
            return replace(looked, duration_s=_honest_s(container, looked.duration_s))
    except BadFile:
        return None


def _honest_s(container: Any, told_s: float) -> float:
    """What the file says of its length, unless it goes on for longer than that: its length may be the price."""
    deadline, ends_s = Deadline(LOOK_S), 0.0
    streams = [stream for stream in (picture_of(container), sound_of(container)) if stream is not None]
    with suppress(*BROKEN):  # what comes before the damage counts
        for packet in container.demux(streams):
            deadline.check()
            if packet.pts is not None and not packet.is_discard:
                ends_s = max(ends_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    ends_s -= start_s(container)
    return round(ends_s, 3) if ends_s > told_s + LIES_S else told_s


def measured(path: Path) -> Looked:
    """As `look`. Raises BadFile."""
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    looked = look(path, found) if found is not None and found.kind != "image" else None
    if looked is None:
        raise BadFile("no film", name="?", allowed=ALLOWED)
    return looked


def _look(container: Any, found: Signature) -> Looked | None:
    picture, sound = picture_of(container), sound_of(container)
    length = duration_s(container)
    heard = codec_of(sound) if sound is not None else ""
    if picture is None:
        mime = found.mime.replace("video/", "audio/")
        return Looked("audio", mime, duration_s=length, sound=heard) if heard else None
    if not 0 < picture.width * picture.height <= FILM_PIXELS_MAX:
        return None
    frame = _first(container, picture)
    if frame is None:
        return None  # not one frame can be decoded
    width, height = upright_size(picture.width, picture.height, frame.rotation)
    thumbnail = jpeg(upright(frame), THUMBNAIL_SIDE, THUMBNAIL_MAX_BYTES)
    return Looked(
        "video",
        found.mime,
        width,
        height,
        length,
        thumbnail[0] if thumbnail else b"",
        fps=float(picture.average_rate or 0),
        codec=codec_of(picture),
        sound=heard,
        rotation=-frame.rotation % 360,
    )


def picture_of(container: Any) -> Any:
    """The stream that is seen, or None. A record's picture, in a sound file, is none."""
    return next((stream for stream in filter(codec_of, container.streams.video) if not _is_cover(stream)), None)


def sound_of(container: Any) -> Any:
    """The first stream that is heard, or None."""
    return next(filter(codec_of, container.streams.audio), None)


def codec_of(stream: Any) -> str:
    """The name of the codec, whichever decoder reads it; "" when none does."""
    context = stream.codec_context
    return str(context.codec.canonical_name) if context is not None else ""


def _is_cover(stream: Any) -> bool:
    return codec_of(stream) in {"mjpeg", "png", "bmp"} and (stream.frames or 1) <= 1


def duration_s(container: Any) -> float:
    """0: the file does not tell."""
    if container.duration:
        return float(round(container.duration / MICROSECONDS, 3))
    known = [float(stream.duration * stream.time_base) for stream in container.streams if stream.duration]
    return round(max(known, default=0.0), 3)


def start_s(container: Any) -> float:
    return float((container.start_time or 0) / MICROSECONDS)


def decoded(packet: Any) -> list[Any]:
    """The frames of a packet; none of what is damaged: its neighbours have to do."""
    try:
        return list(packet.decode())
    except InvalidDataError:
        return []


def _first(container: Any, stream: Any) -> Any:
    deadline = Deadline(LOOK_S)
    for number, packet in enumerate(container.demux(stream)):
        if number >= PACKETS_TO_FIRST_FRAME:
            break
        deadline.check()
        for frame in packet.decode():
            return frame
    return None


# --- the right way up --------------------


def upright_size(width: int, height: int, rotation: int) -> tuple[int, int]:
    return (height, width) if rotation % 180 else (width, height)


def upright(frame: Any) -> Image.Image:
    """A frame as people see it: turned as the film says, in its own colours."""
    told = frame.colorspace not in (0, 2)  # RGB and "unspecified"
    colours = None if told or frame.height < LARGE_SIDE else "ITU709"
    picture: Image.Image = frame.to_image(src_colorspace=colours)
    return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture
