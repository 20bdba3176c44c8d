"""Films, portraits and voices as their makers take them, made once; and what a film that arrived is like."""

from __future__ import annotations

import io
from functools import cache
from typing import NamedTuple

import av

from tests.core.footage import BLUE, RED, Camera, Shot
from tests.reading import samples
from tests.telegram.bots import picture
from tests.whole.hands import File


@cache
def portrait() -> File:
    return File("photo", "face.png", "image/png", picture(320, 320))


@cache
def scenery() -> File:
    return File("photo", "hill.png", "image/png", picture(400, 320))


@cache
def clip(seconds: float = 3.2) -> File:
    """Of the size and the rate that every maker takes."""
    shots = (Shot(RED, seconds / 2, loud=True), Shot(BLUE, seconds / 2))
    return File("video", "dance.mp4", "video/mp4", Camera((1280, 720)).film(*shots))


@cache
def song() -> File:
    return File("document", "song.mp3", "audio/mpeg", samples.tune("mp3", "mp3", 2.5))


@cache
def voice() -> File:
    """A voice message that says a little more than hello."""
    return File("voice", "voice-message.ogg", "audio/ogg", samples.tune("ogg", "libopus", 2.5))


class Measures(NamedTuple):
    """Pixels, seconds, and whether anything is heard."""

    width: int
    height: int
    seconds: float
    sound: bool


def measures(data: bytes) -> Measures:
    with av.open(io.BytesIO(data)) as film:
        video = film.streams.video[0]
        assert video.duration is not None and video.time_base is not None
        seconds = float(video.duration * video.time_base)
        return Measures(video.width, video.height, round(seconds, 2), bool(film.streams.audio))
