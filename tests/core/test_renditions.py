from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from core import pictures
from core.errors import BadFile
from core.renditions import FileRenditions
from core.signatures import sniff
from core.values import Artifact
from storage.media import ObjectMedia, open_media


@pytest.fixture
def media(tmp_path: Path) -> ObjectMedia:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def eyes(media: ObjectMedia) -> FileRenditions:
    return FileRenditions(media)


async def look(eyes: FileRenditions, media: ObjectMedia, data: bytes, declared: str = "x") -> Artifact:
    key, _ = await media.put(data, 10**9)
    return await eyes.inspect(key, declared)


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def film(
    seconds: int, size: tuple[int, int] = (320, 240), form: str = "mp4", sound: bool = False, codec: str = "libx264"
) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as out:
        video: Any = out.add_stream(codec, rate=10)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"crf": "10", "preset": "ultrafast"} if codec == "libx264" else {}
        audio: Any = out.add_stream("aac", rate=48_000) if sound else None
        shots: list[Any] = [av.VideoFrame.from_image(noise(*size).rotate(90 * turn)) for turn in range(4)]  # type: ignore[no-untyped-call]
        for number in range(seconds * 10):
            frame = shots[number % 4]
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(video.encode(frame))
        if audio is not None:
            hum(out, audio, seconds)
        for stream in (video, audio):
            if stream is not None:
                out.mux(stream.encode(None))
    return buffer.getvalue()


def hum(out: Any, audio: Any, seconds: int) -> None:
    for number in range(seconds * 48_000 // 1024):
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.rate, frame.pts = 48_000, number * 1024
        out.mux(audio.encode(frame))


def tune(form: str, codec: str, seconds: int = 2) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as out:
        audio: Any = out.add_stream(codec, rate=48_000)
        hum(out, audio, seconds)
        out.mux(audio.encode(None))
    return buffer.getvalue()


# --- light until used --------------------


def test_pillow_and_pyav_are_loaded_at_their_first_use() -> None:
    code = "import sys, core.worker, core.orders, core.renditions; print({'PIL', 'av', 'httpx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- looking --------------------


@pytest.mark.parametrize(
    ("form", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")]
)
async def test_pictures(eyes: FileRenditions, media: ObjectMedia, form: str, mime: str) -> None:
    data = saved(noise(800, 600), form)
    found = await look(eyes, media, data)
    assert (found.kind, found.mime, found.width, found.height, found.size) == ("image", mime, 800, 600, len(data))
    await small(media, found.thumbnail, (320, 240))


async def small(media: ObjectMedia, key: str, size: tuple[int, int]) -> None:
    data = await media.read(key)
    assert len(data) < 200_000
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", size)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "I;16", "L", "CMYK"])
async def test_pictures_of_all_modes_have_a_thumbnail(eyes: FileRenditions, media: ObjectMedia, mode: str) -> None:
    picture = Image.new(mode, (64, 32))
    found = await look(eyes, media, saved(picture, "JPEG" if mode == "CMYK" else "PNG"))
    await small(media, found.thumbnail, (64, 32))


async def test_a_turned_photo_has_the_sides_that_people_see(eyes: FileRenditions, media: ObjectMedia) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = await look(eyes, media, saved(Image.new("RGB", (400, 200)), "JPEG", exif=exif))
    assert (found.width, found.height) == (200, 400)
    await small(media, found.thumbnail, (160, 320))


@pytest.mark.parametrize(
    ("form", "codec", "mime"),
    [("mp4", "libx264", "video/mp4"), ("webm", "libvpx", "video/webm"), ("mov", "libx264", "video/quicktime")],
)
async def test_films(eyes: FileRenditions, media: ObjectMedia, form: str, codec: str, mime: str) -> None:
    found = await look(eyes, media, film(2, form=form, codec=codec))
    assert (found.kind, found.mime, found.width, found.height) == ("video", mime, 320, 240)
    assert found.duration_s == pytest.approx(2.0, abs=0.15)
    await small(media, found.thumbnail, (320, 240))


@pytest.mark.parametrize(
    ("form", "codec", "mime"),
    [
        ("mp3", "libmp3lame", "audio/mpeg"),
        ("ogg", "libopus", "audio/ogg"),
        ("wav", "pcm_s16le", "audio/wav"),
        ("flac", "flac", "audio/flac"),
        ("ipod", "aac", "audio/mp4"),
        ("adts", "aac", "audio/aac"),
    ],
)
async def test_sounds(eyes: FileRenditions, media: ObjectMedia, form: str, codec: str, mime: str) -> None:
    found = await look(eyes, media, tune(form, codec))
    assert (found.kind, found.mime, found.thumbnail) == ("audio", mime, "")
    assert found.duration_s == pytest.approx(2.0, abs=0.2)


# --- not what they seem --------------------


def bomb() -> bytes:
    """A PNG of a few kB that claims 50,000 x 50,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        + chunk(b"IEND", b"")
    )


PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/secret\n"
PICTURE = saved(noise(64, 64), "PNG")
FILM = film(1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just words",
        b"<html>504</html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        PLAYLIST,
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x89PNG\r\n\x1a\n" + b"but only words",
        b"\x00\x00\x00\x18ftypmp42" + b"but only words",
        b"ID3" + b"but only words",
        b"\x1aE\xdf\xa3" + b"but only words",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\xff\xd8\xff" + bytes(100),
        b"\x00\x00\x00\x18ftypheic" + bytes(100),
        PICTURE[: len(PICTURE) // 2],
        FILM[: len(FILM) // 3],
        bomb(),
    ],
)
async def test_what_is_no_media_is_refused_whatever_its_name(
    eyes: FileRenditions, media: ObjectMedia, data: bytes
) -> None:
    with pytest.raises(BadFile) as caught:
        await look(eyes, media, data, "cat.png")
    assert caught.value.params["name"] == "cat.png"
    assert "PNG" in caught.value.params["allowed"]


async def test_a_picture_with_more_pixels_than_we_open(
    eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PIXELS_MAX", 64 * 64 - 1)
    with pytest.raises(BadFile):
        await look(eyes, media, PICTURE)


def test_signatures_need_few_bytes() -> None:
    assert sniff(b"") is None
    assert sniff(b"\xff") is None
    found = sniff(b"\xff\xfb\x90\x00")
    assert found
    assert found.mime == "audio/mpeg"


# --- smaller --------------------


async def test_a_picture_is_made_to_fit(eyes: FileRenditions, media: ObjectMedia) -> None:
    large = await look(eyes, media, saved(noise(1200, 900), "PNG"))
    assert large.size > 3_000_000
    smaller = await eyes.smaller(large, 300_000)
    assert smaller
    assert (smaller.mime, smaller.kind, smaller.thumbnail) == ("image/jpeg", "image", large.thumbnail)
    data = await media.read(smaller.media)
    assert smaller.size == len(data) <= 300_000
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (smaller.width, smaller.height)


async def test_a_film_is_made_to_fit_and_keeps_its_length_and_sound(eyes: FileRenditions, media: ObjectMedia) -> None:
    large = await look(eyes, media, film(4, (640, 480), sound=True))
    assert large.size > 1_000_000
    smaller = await eyes.smaller(large, 400_000)
    assert smaller
    found = await eyes.inspect(smaller.media, "x")
    assert smaller.size == found.size <= 400_000
    assert (found.mime, found.width, found.height) == ("video/mp4", smaller.width, smaller.height)
    assert found.duration_s == pytest.approx(4.0, abs=0.2)
    async with media.as_file(smaller.media) as path:
        with av.open(str(path)) as opened:
            assert len(opened.streams.audio) == 1


@pytest.mark.parametrize("max_bytes", [2_000, 1])
async def test_what_cannot_be_made_to_fit(eyes: FileRenditions, media: ObjectMedia, max_bytes: int) -> None:
    for data in (FILM, tune("mp3", "libmp3lame")):
        assert await eyes.smaller(await look(eyes, media, data), max_bytes) is None
    assert await eyes.smaller(await look(eyes, media, PICTURE), 100) is None


# --- quarters --------------------


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("GIF", "P")]
)
@pytest.mark.parametrize("size", [(64, 48), (65, 47)])
async def test_the_quarters_are_the_picture(
    eyes: FileRenditions, media: ObjectMedia, form: str, mode: str, size: tuple[int, int]
) -> None:
    data = saved(noise(*size).convert(mode), form, **({"lossless": True} if form == "WEBP" else {}))
    tiles = await eyes.tiles(await look(eyes, media, data))
    width, height = size[0] // 2, size[1] // 2
    right, low = size[0] - width, size[1] - height
    sizes = [(width, height), (right, height), (width, low), (right, low)]
    assert [(tile.kind, tile.mime, tile.width, tile.height) for tile in tiles] == [
        ("image", "image/png", *one) for one in sizes
    ]
    whole = Image.new("RGBA", size)
    for tile, corner in zip(tiles, ((0, 0), (width, 0), (0, height), (width, height)), strict=True):
        await small(media, tile.thumbnail, (tile.width, tile.height))
        with Image.open(io.BytesIO(await media.read(tile.media))) as quarter:
            whole.paste(quarter.convert("RGBA"), corner)
    with Image.open(io.BytesIO(data)) as picture:
        assert whole.tobytes() == picture.convert("RGBA").tobytes()


async def test_quarters_of_a_turned_photo_and_of_printers_colours(eyes: FileRenditions, media: ObjectMedia) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("CMYK", (40, 20), (255, 0, 0, 0))
    tiles = await eyes.tiles(await look(eyes, media, saved(picture, "JPEG", exif=exif)))
    assert [(tile.width, tile.height) for tile in tiles] == [(10, 20)] * 4


@pytest.mark.parametrize("data", [b"no", FILM, PICTURE[: len(PICTURE) // 2], saved(noise(1, 9), "PNG"), bomb()])
async def test_what_has_no_quarters(eyes: FileRenditions, media: ObjectMedia, data: bytes) -> None:
    key, _ = await media.put(data, 10**9)
    with pytest.raises(BadFile):
        await eyes.tiles(Artifact("image", media=key))
