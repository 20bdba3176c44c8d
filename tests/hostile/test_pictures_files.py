"""Files that are no pictures, or more of a picture than anybody wants: as models, as drawings of a shape, in albums."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.hostile.pictures import CONFIG
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture

EDITS = "POST /v1/images/edits"
EDIT = "/edit a red hat --only shape"


def bytes_of(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def claimed(width: int, height: int) -> bytes:
    """A PNG that says it is so large, with next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def animated() -> bytes:
    frames = [Image.new("P", (40, 30), colour) for colour in range(200)]
    return bytes_of(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0)


def turned() -> bytes:
    """Lies on its side: upright it is 30 wide and 40 high."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return bytes_of(Image.new("RGB", (40, 30), "red"), "JPEG", exif=exif)


def drawing(width: int = 40, height: int = 30) -> bytes:
    paper = Image.new("L", (width, height))
    ImageDraw.Draw(paper).rectangle((width // 2, 0, width, height), fill=255)
    return bytes_of(paper)


BAD_FILES = {
    "bomb": claimed(60_000, 60_000),
    "largest numbers": claimed(2**31 - 1, 2**31 - 1),
    "no pixels": claimed(0, 10),
    "short": picture()[:60],
    "cut in the middle": bytes_of(Image.effect_noise((200, 200), 99))[:5000],
    "words": b"this is no picture",
    "page": b"<!DOCTYPE html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "playlist": b"#EXTM3U\nfile:///etc/passwd",
    "zip": b"PK\x03\x04" + b"\0" * 500,
    "signature": b"\x89PNG\r\n\x1a\n",
    "empty JPEG": b"\xff\xd8\xff\xe0",
}
EVERY_WAY = {"bomb", "cut in the middle", "words"}
ODD_FILES = {
    "one pixel high": bytes_of(Image.new("1", (100_000, 1))),
    "one pixel wide": bytes_of(Image.new("1", (1, 100_000))),
    "many frames": animated(),
    "turned": turned(),
    "CMYK": bytes_of(Image.new("CMYK", (40, 30)), "JPEG"),
    "I;16": bytes_of(Image.new("I;16", (40, 30))),
    "one pixel": bytes_of(Image.new("RGB", (1, 1))),
    "transparent": bytes_of(Image.new("RGBA", (40, 30))),
    "noise": bytes_of(Image.effect_noise((900, 700), 120)),
    "checks": bytes_of(
        Image.frombytes("L", (512, 512), bytes((x ^ y) % 2 * 255 for y in range(512) for x in range(512)))
    ),
}


def sends(scene: OnTelegram, files: list[bytes], words: str) -> None:
    """As documents in one message each would not be an album: photos, whose sizes the platform does not look at."""
    album = f"album-{id(files)}"
    for number, data in enumerate(files):
        caption = "" if number else words
        media = scene.phone._state.store("photo", data, "", {"width": 40, "height": 30})  # what no app would send
        scene.phone._send(
            scene.ann, scene.ann, None, None, media=media, text=caption, entities=marks(caption), album=album
        )


def marks(text: str) -> list[dict[str, object]]:
    command = text.partition(" ")[0] if text.startswith("/") else ""
    return [{"type": "bot_command", "offset": 0, "length": len(command)}] if command else []


async def said_to(scene: OnTelegram, files: list[bytes], words: str) -> list[str]:
    many = len(scene.phone.from_bot(scene.ann))
    sends(scene, files, words)
    await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) > many)
    await scene.heard()
    told = [shown.text for shown in scene.phone.from_bot(scene.ann)][many:]
    assert told and "on my side" not in str(told), told
    return told


@pytest.mark.parametrize("name", BAD_FILES)
async def test_no_picture_is_told_and_costs_nothing(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    """As the picture, as the drawing, and as one of ten; those that break in a way of their own in every way."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        bad, good = BAD_FILES[name], picture()
        albums = ([bad, drawing()], [good, bad], [good] * 4 + [bad] + [good] * 5)
        for files in albums if name in EVERY_WAY else albums[:1]:
            told = await said_to(scene, files, EDIT if len(files) == 2 else "/edit a red hat")
            assert len(told) == 1
        for words in ("/mj describe", "/mj a fox", "/mj blend")[: 3 if name in EVERY_WAY else 1]:
            await said_to(scene, [bad, good] if "blend" in words else [bad], words)
        assert scene.house.spent() == 0 and scene.house.asked(EDITS) == 0


@pytest.mark.parametrize("name", ODD_FILES)
async def test_odd_pictures_and_drawings(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    """Either a mask of the picture's size is sent, or a sentence says why not, and nothing is paid."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        odd, good = ODD_FILES[name], picture()
        for files in ([odd, drawing()], [good, odd], [odd, odd]):
            before, asked = scene.house.spent(), scene.house.asked(EDITS)
            told = await said_to(scene, files, EDIT)
            paid = scene.house.spent() - before
            assert (paid > 0) == (scene.house.asked(EDITS) > asked and not any("harged" in each for each in told)), told
        if name == "turned":
            told = await said_to(scene, [odd, drawing(30, 40)], EDIT)
            assert scene.house.asked(EDITS) >= 1


async def test_all_the_room_of_an_album(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Ten pictures with a drawing: what the model does not take is said before anything is sent."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        for number in (10, 17):
            await said_to(scene, [picture(40 + each, 30) for each in range(number)], EDIT)
        await said_to(scene, [picture(40 + each, 30) for each in range(10)], "/mj blend")
        await said_to(scene, [picture(40 + each, 30) for each in range(10)], "/mj a fox")
        for seen in scene.house.gateway.requests:
            assert len(str(seen.body)) < 25_000_000
