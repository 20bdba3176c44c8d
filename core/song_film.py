"""A song as a film: its cover as the picture, the song as the sound. Blocking, for threads. Imported lazily by
`core/renditions.py`. Bounded in seconds of sound and of work."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageOps

from core.errors import BadFile
from core.film_writing import FASTSTART, HZ, SOUND_BITS, Track
from core.films import BROKEN, Deadline, decoded, opened, sound_of, start_s
from core.pictures import framed
from core.signatures import ALLOWED

SIDE = 720
RATE = 2
"""Frames a second: the picture stands still."""
KEY_EVERY = 20
MOST_S = 600.0
WORK_S = 120.0


def filmed(song: Path, cover: Path | None, target: Path) -> None:
    """The first ten minutes of the song in an MP4 that shows its cover, or a plain picture. Raises BadFile for what is no
    sound, and for what takes too long."""
    picture = _picture(cover)
    deadline = Deadline(WORK_S)
    try:
        with opened(song) as heard, av.open(str(target), "w", format="mp4", options=FASTSTART) as out:
            sound = sound_of(heard)
            if sound is None:
                raise ValueError("no sound in it")
            film, track = _Film(out, picture), Track(out, SOUND_BITS)
            track.begin(start_s(heard))
            for packet in heard.demux(sound):
                deadline.check()
                for frame in decoded(packet):
                    track.hear(frame)
                film.until(min(track.heard, int(MOST_S * HZ)))
                track.until(film.samples)
                if track.heard >= MOST_S * HZ:
                    break
            if not track.heard:
                raise ValueError("not a sound can be decoded")
            film.finish()
            track.fill(film.samples)
            track.finish()
    except BROKEN as error:  # of the container: what it has been given cannot be written
        raise BadFile(f"cannot be written: {error}", name="?", allowed=ALLOWED) from error


class _Film:
    """One picture, again and again."""

    def __init__(self, out: Any, picture: Image.Image) -> None:
        self._out = out
        self._stream: Any = out.add_stream("libx264", rate=RATE)
        self._stream.width = self._stream.height = SIDE
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.thread_count = 1
        self._stream.codec_context.gop_size = KEY_EVERY
        self._stream.options = {"preset": "veryfast", "crf": "20", "tune": "stillimage"}
        still: Any = av.VideoFrame
        self._shown = still.from_image(picture).reformat(format="yuv420p")
        self._frames = 0

    @property
    def samples(self) -> int:
        """Of sound that belong to the frames so far."""
        return self._frames * HZ // RATE

    def until(self, samples: int) -> None:
        """As many frames as so many samples of sound last."""
        while self._frames < math.ceil(samples * RATE / HZ):
            self._shown.pts, self._shown.time_base, self._shown.pict_type = self._frames, Fraction(1, RATE), 0
            self._frames += 1
            self._out.mux(self._stream.encode(self._shown))

    def finish(self) -> None:
        self._out.mux(self._stream.encode(None))


def _picture(cover: Path | None) -> Image.Image:
    """The middle of the cover; a plain one when there is none that can be read."""
    if cover is not None:
        try:
            return Image.open(io.BytesIO(framed(cover, SIDE, SIDE))).convert("RGB")
        except BadFile:
            pass
    shades = Image.linear_gradient("L").resize((SIDE, SIDE))
    return ImageOps.colorize(shades, "#3a2a5e", "#101018")
