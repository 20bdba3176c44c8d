"""Films and sounds by PyAV: measures, thumbnails, smaller films. Blocking, for threads. Imported lazily by
`core/renditions.py`. Every loop is bounded in frames and in time."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError
from PIL import Image

from core.pictures import PIXELS_MAX, THUMBNAIL_MAX_BYTES, THUMBNAIL_SIDE, jpeg
from core.renditions import Looked, Signature

MICROSECONDS = 1_000_000
LOOK_S = 10.0
PACKETS_TO_FIRST_FRAME = 500
SHRINK_S = 180.0
SHRINK_MAX_S = 600.0
"""Longer films are not made smaller: it would keep a core busy for minutes."""

SOUND_BITS = 64_000
VIDEO_BITS_LEAST = 80_000
HEADROOM = 0.85
"""Of the bytes that fit, the share that the encoder is asked for."""

BROKEN = (FFmpegError, OSError, ValueError, EOFError, IndexError, MemoryError)


def look(path: Path, found: Signature) -> Looked | None:
    try:
        with av.open(str(path), format=found.reader, options={"probesize": "5000000"}) as container:
            return _look(container, found)
    except BROKEN:
        return None


def _look(container: Any, found: Signature) -> Looked | None:
    picture = next((stream for stream in container.streams.video if not _is_cover(stream)), None)
    duration_s = _duration_s(container)
    if picture is None:
        if not container.streams.audio:
            return None
        mime = found.mime.replace("video/", "audio/")
        return Looked("audio", mime, duration_s=duration_s)
    if not 0 < picture.width * picture.height <= PIXELS_MAX:
        return None
    thumbnail = _thumbnail(container, picture)
    if not thumbnail:
        return None  # not one frame can be decoded
    return Looked("video", found.mime, picture.width, picture.height, duration_s, thumbnail)


def _is_cover(stream: Any) -> bool:
    """A record's picture, in a sound file."""
    return stream.codec_context.name in {"mjpeg", "png", "bmp"} and (stream.frames or 1) <= 1


def _duration_s(container: Any) -> float:
    """0: the file does not tell."""
    if container.duration:
        return float(round(container.duration / MICROSECONDS, 3))
    known = [float(stream.duration * stream.time_base) for stream in container.streams if stream.duration]
    return round(max(known, default=0.0), 3)


def _thumbnail(container: Any, stream: Any) -> bytes:
    stream.codec_context.thread_count = 1
    ends = time.monotonic() + LOOK_S
    for number, packet in enumerate(container.demux(stream)):
        if number >= PACKETS_TO_FIRST_FRAME or time.monotonic() > ends:
            break
        for frame in packet.decode():
            picture: Image.Image = frame.to_image()
            made = jpeg(picture, THUMBNAIL_SIDE, THUMBNAIL_MAX_BYTES)
            return made[0] if made else b""
    return b""


# --- smaller --------------------


def shrink(path: Path, target: Path, max_bytes: int) -> tuple[bytes, str, int, int] | None:
    """The film again as H.264 and AAC in MP4, at the bits a second that fit."""
    try:
        with av.open(str(path)) as source:
            duration_s = _duration_s(source)
            if not source.streams.video or not 0 < duration_s <= SHRINK_MAX_S:
                return None
            bits = int(max_bytes * 8 * HEADROOM / duration_s) - (SOUND_BITS if source.streams.audio else 0)
            if bits < VIDEO_BITS_LEAST:
                return None
            size = _encode(source, target, bits)
    except BROKEN:
        return None
    if size is None or target.stat().st_size > max_bytes:
        return None
    return target.read_bytes(), "video/mp4", *size


def _side(bits: int) -> int:
    """The longer side that so many bits a second carry."""
    return next(side for least, side in ((1_500_000, 1280), (500_000, 854), (0, 480)) if bits >= least)


def _fit(width: int, height: int, longest: int) -> tuple[int, int]:
    """Even sides, none longer than `longest`."""
    scale = min(1.0, longest / max(width, height))
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


def _encode(source: Any, target: Path, bits: int) -> tuple[int, int] | None:
    """(width, height); None when it takes too long."""
    picture = source.streams.video[0]
    sound = source.streams.audio[0] if source.streams.audio else None
    size = _fit(picture.width, picture.height, _side(bits))
    ends = time.monotonic() + SHRINK_S
    with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as out:
        video: Any = out.add_stream("libx264", rate=min(picture.average_rate or Fraction(25), Fraction(30)))
        video.width, video.height, video.pix_fmt, video.bit_rate = *size, "yuv420p", bits
        video.codec_context.thread_count = 1
        video.options = {"preset": "veryfast", "maxrate": str(bits), "bufsize": str(bits * 2)}
        audio: Any = out.add_stream("aac", rate=48_000) if sound is not None else None
        if audio is not None:
            audio.bit_rate = SOUND_BITS
        for packet in source.demux([stream for stream in (picture, sound) if stream is not None]):
            if time.monotonic() > ends:
                return None
            for frame in packet.decode():
                if packet.stream is picture:
                    out.mux(video.encode(frame.reformat(*size, format="yuv420p")))
                else:
                    frame.pts = None  # counted anew by the encoder
                    out.mux(audio.encode(frame))
        for stream in (video, audio):
            if stream is not None:
                out.mux(stream.encode(None))
    return size
