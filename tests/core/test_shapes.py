"""Masks: named regions, and what people draw, black and white or onto a copy, as photo editors and messengers leave it."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from core import drawn, pictures
from core.errors import BadFile, UnclearShape
from core.renditions import FileRenditions
from core.shapes import REGIONS, box, enclosed
from storage.media import ObjectMedia, open_media

Pen = Callable[[ImageDraw.ImageDraw], None]
SIZE = (900, 600)
CIRCLE = (300, 150, 600, 450)
CIRCLE_SHARE = 3.1416 * 150 * 150 / (900 * 600)


@pytest.fixture
def media(tmp_path: Path) -> ObjectMedia:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def eyes(media: ObjectMedia) -> FileRenditions:
    return FileRenditions(media)


def photo(size: tuple[int, int] = SIZE) -> Image.Image:
    """Edges, soft colours and grain, none of them the pens' bright ones."""
    grain = Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3))
    picture = Image.blend(Image.new("RGB", size, (90, 120, 140)), grain, 0.3).filter(ImageFilter.GaussianBlur(1))
    draw = ImageDraw.Draw(picture)
    for step in range(0, size[0], 90):
        draw.rectangle((step, size[1] // 3, step + 40, size[1] // 3 + step // 3), fill=(step % 160, 60, 40))
    return picture


PHOTO = photo()


def copy(pen: Pen, size: tuple[int, int] = (1280, 853), quality: int = 80) -> bytes:
    """Drawn on in an editor, scaled and recompressed by a messenger."""
    picture = PHOTO.copy()
    pen(ImageDraw.Draw(picture))
    return saved(picture.resize(size, Image.Resampling.BICUBIC), "JPEG", quality=quality)


def saved(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


async def stored(media: ObjectMedia, data: bytes) -> str:
    key, _ = await media.put(data, 10**9)
    return key


async def masked(
    eyes: FileRenditions,
    media: ObjectMedia,
    shape: bytes,
    *,
    of: bytes = b"",
    transparent: bool = False,
) -> Image.Image:
    key = await eyes.mask(
        await stored(media, of or saved(PHOTO)), "shape", await stored(media, shape), transparent=transparent
    )
    return await opened(media, key)


async def opened(media: ObjectMedia, key: str) -> Image.Image:
    data = await media.read(key)
    assert len(data) < 4_000_000
    picture = Image.open(io.BytesIO(data))
    picture.load()
    assert picture.format == "PNG"
    return picture


def share(mask: Image.Image) -> float:
    histogram = mask.histogram()
    assert histogram[0] + histogram[255] == mask.width * mask.height, "black and white, nothing between"
    return histogram[255] / (mask.width * mask.height)


def is_circle(mask: Image.Image) -> None:
    assert (mask.mode, mask.size) == ("L", SIZE)
    assert mask.getpixel((450, 300)) == 255
    assert [mask.getpixel(at) for at in ((5, 5), (894, 5), (5, 594), (894, 594), (250, 300), (650, 300))] == [0] * 6
    assert share(mask) == pytest.approx(CIRCLE_SHARE, rel=0.2)


# --- regions --------------------


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("left", (0, 0, 450, 600)),
        ("right", (450, 0, 900, 600)),
        ("top", (0, 0, 900, 300)),
        ("bottom", (0, 300, 900, 600)),
        ("centre", (180, 120, 720, 480)),
    ],
)
async def test_named_regions_in_both_polarities(
    eyes: FileRenditions, media: ObjectMedia, region: str, expected: tuple[int, int, int, int]
) -> None:
    key = await stored(media, saved(PHOTO))
    white = await opened(media, await eyes.mask(key, region, "", transparent=False))
    assert (white.mode, white.size, white.getbbox()) == ("L", SIZE, expected)
    assert share(white) == (expected[2] - expected[0]) * (expected[3] - expected[1]) / (900 * 600)
    clear = await opened(media, await eyes.mask(key, region, "", transparent=True))
    assert (clear.mode, clear.size) == ("RGBA", SIZE)
    alpha = clear.getchannel("A")
    assert alpha.tobytes() == white.point(lambda value: 255 - value).tobytes()


@given(st.sampled_from(REGIONS), st.integers(1, 50), st.integers(1, 50))
def test_every_region_of_every_size_has_pixels_inside(region: str, width: int, height: int) -> None:
    left, top, right, bottom = box(region, width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


def test_both_halves_of_an_odd_side_are_equal() -> None:
    assert box("left", 5, 3) == (0, 0, 3, 3)
    assert box("right", 5, 3) == (2, 0, 5, 3)
    with pytest.raises(ValueError, match="sky"):
        box("sky", 5, 3)


async def test_a_turned_photo_is_masked_as_people_see_it(eyes: FileRenditions, media: ObjectMedia) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    key = await stored(media, saved(Image.new("RGB", (400, 200)), "JPEG", exif=exif))
    mask = await opened(media, await eyes.mask(key, "top", "", transparent=False))
    assert (mask.size, mask.getbbox()) == ((200, 400), (0, 0, 200, 200))


# --- what people draw --------------------


@pytest.mark.parametrize("transparent", [False, True])
async def test_a_black_and_white_picture_is_the_mask(
    eyes: FileRenditions, media: ObjectMedia, transparent: bool
) -> None:
    drawing = Image.new("L", (640, 420))
    ImageDraw.Draw(drawing).ellipse([round(x * 640 / 900) for x in CIRCLE], fill=255)
    mask = await masked(eyes, media, saved(drawing, "JPEG", quality=40), transparent=transparent)
    if transparent:
        assert mask.mode == "RGBA"
        mask = mask.getchannel("A").point(lambda value: 255 - value)
    is_circle(mask)


def outline(width: int, colour: str = "red", gap: int = 0) -> Pen:
    return lambda draw: draw.arc(CIRCLE, gap, 360, fill=colour, width=width)


@pytest.mark.parametrize("pen", [outline(6), outline(14, "yellow"), outline(6, "white"), outline(8, "red", gap=2)])
@pytest.mark.parametrize("quality", [90, 55])
async def test_the_inside_of_an_outline(eyes: FileRenditions, media: ObjectMedia, pen: Pen, quality: int) -> None:
    is_circle(await masked(eyes, media, copy(pen, quality=quality)))


@pytest.mark.parametrize("size", [(450, 300), (1600, 1067), (880, 600)])
async def test_copies_of_any_size(eyes: FileRenditions, media: ObjectMedia, size: tuple[int, int]) -> None:
    is_circle(await masked(eyes, media, copy(outline(10), size)))


async def test_an_editor_that_shifts_the_colours(eyes: FileRenditions, media: ObjectMedia) -> None:
    picture = PHOTO.copy()
    outline(8)(ImageDraw.Draw(picture))
    is_circle(await masked(eyes, media, saved(ImageEnhance.Brightness(picture).enhance(1.1), "WEBP", quality=70)))


async def test_a_painted_area(eyes: FileRenditions, media: ObjectMedia) -> None:
    is_circle(await masked(eyes, media, copy(lambda draw: draw.ellipse(CIRCLE, fill="lime"))))


async def test_a_scribbled_area_has_no_holes(eyes: FileRenditions, media: ObjectMedia) -> None:
    def scribble(draw: ImageDraw.ImageDraw) -> None:
        for y in range(160, 441, 20):
            draw.line((300, y, 600, y), fill="red", width=12)

    mask = await masked(eyes, media, copy(scribble))
    assert share(mask) == pytest.approx(300 * 292 / (900 * 600), rel=0.1)
    assert mask.crop((320, 170, 580, 430)).getextrema() == (255, 255)


async def test_several_outlines(eyes: FileRenditions, media: ObjectMedia) -> None:
    def two(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse((100, 100, 300, 300), outline="red", width=8)
        draw.ellipse((600, 300, 800, 500), outline="red", width=8)

    mask = await masked(eyes, media, copy(two))
    assert [mask.getpixel(at) for at in ((200, 200), (700, 400), (450, 300))] == [255, 255, 0]


async def test_a_line_that_runs_off_the_picture_shuts_off_a_corner(eyes: FileRenditions, media: ObjectMedia) -> None:
    mask = await masked(eyes, media, copy(lambda draw: draw.line((0, 300, 400, 0), fill="red", width=8)))
    assert [mask.getpixel(at) for at in ((20, 20), (880, 20), (20, 580), (880, 580))] == [255, 0, 0, 0]


async def test_a_large_outline_means_its_inside_too(eyes: FileRenditions, media: ObjectMedia) -> None:
    mask = await masked(eyes, media, copy(lambda draw: draw.rectangle((30, 30, 870, 570), outline="red", width=8)))
    assert (mask.getpixel((450, 300)), mask.getpixel((4, 4))) == (255, 0)


async def test_a_transparent_hole_is_what_is_to_change(eyes: FileRenditions, media: ObjectMedia) -> None:
    holed = PHOTO.convert("RGBA")
    ImageDraw.Draw(holed).ellipse(CIRCLE, fill=(0, 0, 0, 0))
    is_circle(await masked(eyes, media, saved(holed)))


async def test_of_line_art_a_copy_is_a_copy_and_a_mask_a_mask(eyes: FileRenditions, media: ObjectMedia) -> None:
    art = Image.new("L", SIZE, 255)
    pen = ImageDraw.Draw(art)
    for x in range(0, 900, 60):
        pen.line((x, 0, x, 600), width=3)
    marked = art.copy()
    ImageDraw.Draw(marked).ellipse(CIRCLE, outline=0, width=10)
    is_circle(await masked(eyes, media, saved(marked), of=saved(art)))
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).ellipse(CIRCLE, fill=255)
    is_circle(await masked(eyes, media, saved(mask), of=saved(art)))


def nothing(_: ImageDraw.ImageDraw) -> None:
    pass


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(copy(nothing), id="an untouched copy"),
        pytest.param(copy(nothing, quality=30), id="a bad copy"),
        pytest.param(copy(outline(6, gap=120)), id="an open line"),
        pytest.param(copy(lambda draw: draw.line((200, 300, 700, 320), fill="red", width=10)), id="a stroke"),
        pytest.param(copy(lambda draw: draw.ellipse((450, 300, 458, 308), fill="red")), id="a dot"),
        pytest.param(copy(lambda draw: draw.rectangle((0, 0, 900, 600), fill="red")), id="all painted over"),
        pytest.param(copy(lambda draw: draw.rectangle((0, 0, 899, 599), outline="red", width=9)), id="a frame"),
        pytest.param(saved(Image.new("L", SIZE)), id="black"),
        pytest.param(saved(Image.new("L", SIZE, 255)), id="white"),
        pytest.param(copy(outline(8), (853, 1280)), id="another shape of picture"),
        pytest.param(saved(ImageOps.invert(PHOTO.rotate(180))), id="something else"),
    ],
)
async def test_what_shows_no_area(eyes: FileRenditions, media: ObjectMedia, shape: bytes) -> None:
    with pytest.raises(UnclearShape):
        await masked(eyes, media, shape)


# --- hostile and heavy --------------------


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"ID3\x04 a song", saved(PHOTO)[:5000]])
async def test_files_that_are_no_pictures(eyes: FileRenditions, media: ObjectMedia, data: bytes) -> None:
    good, bad = await stored(media, saved(PHOTO)), await stored(media, data)
    for key, region, shape in ((bad, "left", ""), (bad, "shape", good), (good, "shape", bad)):
        with pytest.raises(BadFile):
            await eyes.mask(key, region, shape, transparent=True)


async def test_more_pixels_than_we_open(
    eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await stored(media, saved(PHOTO))
    monkeypatch.setattr(pictures, "PIXELS_MAX", 900 * 600 - 1)
    for region in ("left", "shape"):
        with pytest.raises(BadFile):
            await eyes.mask(key, region, key, transparent=True)


async def test_a_picture_of_one_pixel(eyes: FileRenditions, media: ObjectMedia) -> None:
    key = await stored(media, saved(Image.new("RGB", (1, 1))))
    mask = await opened(media, await eyes.mask(key, "left", "", transparent=False))
    assert share(mask) == 1
    with pytest.raises(UnclearShape):
        await eyes.mask(key, "shape", key, transparent=False)


def test_a_large_picture_takes_little_time(tmp_path: Path) -> None:
    path, shape = tmp_path / "large.jpg", tmp_path / "shape.jpg"
    path.write_bytes(saved(PHOTO.resize((6000, 4000)), "JPEG"))
    shape.write_bytes(copy(outline(8)))
    began = time.process_time()
    data = drawn.of_shape(path, shape, transparent=True)
    assert time.process_time() - began < 10
    assert len(data) < 1_000_000


# --- what a line encloses --------------------


def test_enclosed_by_hand() -> None:
    rows = ["........", ".####...", ".#..#..#", ".####.#.", "......#."]
    plane = bytes(255 if mark == "#" else 0 for row in rows for mark in row)
    found = enclosed(plane, 8, 5)
    assert ["".join("#" if found[y * 8 + x] else "." for x in range(8)) for y in range(5)] == [
        "........",
        ".####...",
        ".####..#",
        ".####.##",
        "......##",
    ]
    assert enclosed(b"", 0, 0) == b""
    assert enclosed(b"\xff" * 6, 3, 2) == b"\xff" * 6


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_what_is_drawn_is_inside_and_the_outside_reaches_an_edge(width: int, height: int, data: st.DataObject) -> None:
    plane = bytes(data.draw(st.lists(st.sampled_from([0, 255]), min_size=width * height, max_size=width * height)))
    found = enclosed(plane, width, height)
    assert set(found) <= {0, 255}
    assert all(inside for inside, pixel in zip(found, plane, strict=True) if pixel)
    free_edges = any(
        not plane[y * width + x]
        for y in range(height)
        for x in range(width)
        if x in {0, width - 1} or y in {0, height - 1}
    )
    assert (0 in found) == free_edges
