"""Films one after the other: in order, in sync, and untouched where they can be."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core import film_cuts, film_writing
from core.errors import BadFile
from core.renditions import FileRenditions
from core.values import Artifact
from storage.media import ObjectMedia, open_media
from tests.core.footage import BLACK, BLUE, GREEN, RED, WHITE, Camera, Seen, Shot, boxes, near, recording, seen

CAMERA = Camera()


@pytest.fixture
def media(tmp_path: Path) -> ObjectMedia:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def eyes(media: ObjectMedia) -> FileRenditions:
    return FileRenditions(media)


async def join(eyes: FileRenditions, media: ObjectMedia, *films: bytes) -> tuple[Artifact, Seen]:
    parts = [Artifact("video", media=(await media.put(film, 10**9))[0]) for film in films]
    made = await eyes.joined(parts)
    names = boxes(await media.read(made.media))
    assert names.index(b"moov") < names.index(b"mdat")
    async with media.as_file(made.media) as path:
        return made, seen(path)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[film_writing.Form]:
    """The forms of films that were encoded anew."""
    forms: list[film_writing.Form] = []

    def write(paths: list[Path], target: Path, form: film_writing.Form, most_s: float, work_s: float) -> None:
        forms.append(form)
        film_writing.write(paths, target, form, most_s, work_s)

    monkeypatch.setattr(film_cuts, "write", write)
    return forms


# --- untouched --------------------


@pytest.mark.parametrize("sound", ["aac", ""])
async def test_films_of_one_kind_stay_as_they_are(
    eyes: FileRenditions, media: ObjectMedia, written: list[film_writing.Form], sound: str
) -> None:
    camera = replace(CAMERA, sound=sound)
    films = [camera.film(Shot(RED, 1)), camera.film(Shot(WHITE, 1, True), Shot(BLUE, 1)), camera.film(Shot(GREEN, 1))]
    made, found = await join(eyes, media, *films)
    assert not written
    assert (made.kind, made.mime, made.width, made.height) == ("video", "video/mp4", 320, 180)
    assert made.thumbnail
    assert len(found.frames) == 4 * 24
    assert found.duration_s == pytest.approx(4, abs=0.15)
    assert [near(*pair) for pair in zip(found.colours(), (RED, WHITE, BLUE, GREEN), strict=True)] == [True] * 4
    if sound:
        assert found.in_sync()


async def test_many_films_stay_in_sync(
    eyes: FileRenditions, media: ObjectMedia, written: list[film_writing.Form]
) -> None:
    """A sound that is a packet longer than its film must not add up."""
    film = CAMERA.film(Shot(WHITE, 0.5, True), Shot(RED, 0.5))
    _, found = await join(eyes, media, *[film] * 12)
    assert not written
    assert len(found.frames) == 12 * 24
    assert found.duration_s == pytest.approx(12, abs=0.4)
    assert found.in_sync()


async def test_one_film_is_itself(eyes: FileRenditions, media: ObjectMedia) -> None:
    _, found = await join(eyes, media, CAMERA.film(Shot(RED, 1)))
    assert len(found.frames) == 24


# --- anew --------------------


@pytest.mark.parametrize(
    "other",
    [
        replace(CAMERA, sound=""),
        replace(CAMERA, fps=30),
        replace(CAMERA, size=(640, 360)),
        replace(CAMERA, form="webm", codec="libvpx", sound="libopus"),
        replace(CAMERA, form="mov", codec="mpeg4", sound="pcm_s16le"),
        replace(CAMERA, size=(180, 320), turn=90),
    ],
    ids=["silent", "rate", "size", "webm", "mov", "turned"],
)
async def test_films_of_other_kinds_take_the_form_of_the_first(
    eyes: FileRenditions, media: ObjectMedia, written: list[film_writing.Form], other: Camera
) -> None:
    loud = bool(other.sound)
    films = [
        CAMERA.film(Shot(RED, 1), Shot(WHITE, 1, True)),
        other.film(Shot(BLUE, 1), Shot(WHITE if loud else GREEN, 1, loud)),
        CAMERA.film(Shot(GREEN, 1), Shot(WHITE, 1, True), Shot(RED, 0.5)),
    ]
    made, found = await join(eyes, media, *films)
    assert [(form.width, form.height, float(form.rate)) for form in written] == [(320, 180, 24.0)]
    assert (made.width, made.height, found.codecs) == (320, 180, ("h264", "aac"))
    assert found.duration_s == pytest.approx(6.5, abs=0.15)
    assert len(found.frames) == pytest.approx(6.5 * 24, abs=2)
    expected = (RED, WHITE, BLUE, WHITE, GREEN, WHITE, RED) if loud else (RED, WHITE, BLUE, GREEN, WHITE, RED)
    assert [near(*pair, 40) for pair in zip(found.colours(), expected, strict=True)] == [True] * len(expected)
    assert found.in_sync()


async def test_the_first_has_no_sound(eyes: FileRenditions, media: ObjectMedia) -> None:
    silent = replace(CAMERA, sound="")
    _, found = await join(eyes, media, silent.film(Shot(RED, 1)), CAMERA.film(Shot(WHITE, 1, True)))
    assert found.codecs == ("h264", "aac")
    assert found.in_sync()


async def test_no_film_has_sound(eyes: FileRenditions, media: ObjectMedia) -> None:
    silent = replace(CAMERA, sound="")
    films = silent.film(Shot(RED, 1)), replace(silent, fps=30).film(Shot(BLUE, 1))
    _, found = await join(eyes, media, *films)
    assert found.codecs == ("h264",)


async def test_a_film_of_another_ratio_is_neither_stretched_nor_cropped(
    eyes: FileRenditions, media: ObjectMedia
) -> None:
    upright = replace(CAMERA, size=(180, 320))
    made, _ = await join(eyes, media, CAMERA.film(Shot(RED, 1)), upright.film(Shot(BLUE, 1)))
    still = await eyes.frame(made, "last")
    async with media.as_file(still.media) as path:
        with Image.open(path) as picture:
            colours = [picture.convert("RGB").getpixel((x, 90)) for x in (10, 160, 310)]
    assert [near(*pair, 40) for pair in zip(colours, (BLACK, BLUE, BLACK), strict=True)] == [True] * 3  # type: ignore[arg-type]


# --- bounds --------------------


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"just words",
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/secret\n",
        b"\x00\x00\x00\x18ftypmp42but only words",
        recording("mp3", "libmp3lame", 1),
        CAMERA.film(Shot(RED, 1))[:2000],
    ],
)
async def test_what_is_no_film_is_not_joined(eyes: FileRenditions, media: ObjectMedia, bad: bytes) -> None:
    with pytest.raises(BadFile):
        await join(eyes, media, CAMERA.film(Shot(RED, 1)), bad)


async def test_nothing_and_too_many(eyes: FileRenditions, media: ObjectMedia) -> None:
    for number in (0, film_cuts.JOINED_MOST + 1):
        with pytest.raises(BadFile):
            await join(eyes, media, *[CAMERA.film(Shot(RED, 1))] * number)


async def test_too_long_together(eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_cuts, "JOINED_MOST_S", 1.5)
    with pytest.raises(BadFile):
        await join(eyes, media, *[CAMERA.film(Shot(RED, 1))] * 2)


async def test_the_work_is_bounded_in_time(
    eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = Camera((1280, 720), noisy=True, sound="")
    films = camera.film(Shot(RED, 10)), replace(camera, fps=30).film(Shot(RED, 10))
    monkeypatch.setattr(film_cuts, "JOIN_S", 0.3)
    began = time.monotonic()
    with pytest.raises(BadFile, match="too long"):
        await join(eyes, media, *films)
    assert time.monotonic() - began < 5


async def test_times_that_jump_do_not_make_a_film_of_hours(
    eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its header tells of two seconds, its packets of ten hours."""
    monkeypatch.setattr(film_cuts, "JOINED_MOST_S", 20.0)
    film = bytearray(replace(CAMERA, sound="").film(Shot(RED, 1), Shot(BLUE, 1)))
    at = film.index(b"stts") + 8
    assert int.from_bytes(film[at : at + 4], "big") == 1
    film[at + 8 : at + 12] = (0x7FFF0000 // 48).to_bytes(4, "big")
    other = replace(CAMERA, fps=30).film(Shot(GREEN, 1))
    try:
        made, _ = await join(eyes, media, other, bytes(film))
    except BadFile:
        return
    assert made.duration_s <= film_cuts.JOINED_MOST_S + 1
