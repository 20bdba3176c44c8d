"""What people send along, made once."""

from __future__ import annotations

import base64
import io
from functools import cache

from PIL import Image

from tests.reading import samples
from tests.telegram.bots import picture
from tests.whole.hands import File

BOOK_TOKENS = 26_000
"""A Chinese sign is about one."""


@cache
def photo() -> File:
    return File("photo", "cat.png", "image/png", picture())


@cache
def other_photo() -> File:
    return File("photo", "dog.png", "image/png", picture(48, 36))


@cache
def drawing(*, square: bool = False) -> File:
    """In black and white, as large as the photo: its right third is white."""
    paper = Image.new("L", (40, 40 if square else 30))
    paper.paste(255, (27, 0, *paper.size))
    target = io.BytesIO()
    paper.save(target, "PNG")
    return File("drawing", "drawing.png", "image/png", target.getvalue())


def uri(file: File) -> str:
    return f"data:{file.mime};base64,{base64.b64encode(file.data).decode()}"


def sides(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.size


@cache
def pdf() -> File:
    return File("document", "owls.pdf", "application/pdf", samples.pdf("The owl flies at night."))


@cache
def film() -> File:
    return File("video", "owl.mp4", "video/mp4", samples.film(0.5, sound=False))


@cache
def recording() -> File:
    """Of something else: not what the person says themselves."""
    return File("document", "owl.mp3", "audio/mpeg", samples.tune("mp3", "mp3", 0.5))


@cache
def spoken() -> File:
    """A voice message, as phones record them."""
    return File("voice", "voice-message.ogg", "audio/ogg", samples.tune("ogg", "libopus", 0.5))


def letter(words: str) -> File:
    """What somebody else wrote."""
    return File("document", "letter.txt", "text/plain", words.encode())


def chapters(characters: int) -> list[str]:
    """A book in pieces of so many characters, together more than a conversation is told whole."""
    count = BOOK_TOKENS // characters + 1
    return [
        f"第{number}章：" + "谷仓里的猫头鹰还在睡觉。" * ((characters - 10) // 12) for number in range(1, count + 1)
    ]
