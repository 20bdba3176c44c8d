"""Inputs as a wire takes them: what is left alone, what is changed and said so, what is refused and why."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from core import film_fit, film_writing
from core.errors import BadFile, FileTooLarge, UnfitFile
from core.fitting import Fitted, InputLimits
from core.renditions import FileRenditions
from storage.media import ObjectMedia, open_media
from tests.core.footage import BLUE, RED, WHITE, Camera, Seen, Shot, boxes, near, recording, seen

FILMS = InputLimits(
    "video",
    mimes=("video/mp4", "video/quicktime"),
    max_bytes=50_000_000,
    min_s=2,
    max_s=5,
    min_side=100,
    max_side=640,
    min_ratio=0.4,
    max_ratio=2.5,
    min_fps=20,
    max_fps=30,
)
PICTURES = InputLimits(
    "image", ("image/jpeg", "image/png"), max_bytes=1_000_000, min_side=100, max_side=800, min_ratio=0.4, max_ratio=2.5
)
SOUNDS = InputLimits("audio", ("audio/wav", "audio/mpeg"), max_bytes=1_000_000, min_s=2, max_s=5)

CAMERA = Camera()
SHORT = CAMERA.film(Shot(RED, 1.5), Shot(WHITE, 1.5, True))
LONG = CAMERA.film(Shot(RED, 1.5), Shot(WHITE, 2.5, True), Shot(BLUE, 4))


@pytest.fixture
def media(tmp_path: Path) -> ObjectMedia:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def eyes(media: ObjectMedia) -> FileRenditions:
    return FileRenditions(media)


async def fit(eyes: FileRenditions, media: ObjectMedia, data: bytes, limits: InputLimits) -> Fitted:
    key, _ = await media.put(data, 10**9)
    made = await eyes.fit(key, limits)
    if made.changed:
        assert made.artifact.media != key
        assert await eyes.fit(made.artifact.media, limits) == Fitted(made.artifact)  # once is enough
    else:
        assert made.artifact.media == key
    assert made.artifact.size == len(await media.read(made.artifact.media))
    return made


async def shown(media: ObjectMedia, made: Fitted) -> Seen:
    async with media.as_file(made.artifact.media) as path:
        return seen(path)


def png(size: tuple[int, int], mode: str = "RGB", form: str = "PNG", *, noisy: bool = False) -> bytes:
    buffer = io.BytesIO()
    picture = Image.effect_noise(size, 90).convert(mode) if noisy else Image.new(mode, size, 128)
    picture.save(buffer, form)
    return buffer.getvalue()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Films that were encoded anew."""
    forms: list[Any] = []

    def write(paths: Any, target: Path, form: Any, most_s: float, work_s: float) -> None:
        forms.append(form)
        film_writing.write(paths, target, form, most_s, work_s)

    monkeypatch.setattr(film_fit, "write", write)
    return forms


# --- films --------------------


async def test_what_is_taken_as_it_is(eyes: FileRenditions, media: ObjectMedia) -> None:
    for data, limits in ((SHORT, FILMS), (png((300, 200)), PICTURES), (recording("wav", "pcm_s16le", 3), SOUNDS)):
        assert (await fit(eyes, media, data, limits)).changed == ()
    assert (await fit(eyes, media, LONG, InputLimits("video"))).changed == ()


async def test_a_long_film_is_cut_without_encoding(
    eyes: FileRenditions, media: ObjectMedia, written: list[Any]
) -> None:
    made = await fit(eyes, media, LONG, FILMS)
    assert made.changed == ("trimmed",)
    assert not written
    found = await shown(media, made)
    assert 4.5 < found.duration_s <= 5
    assert found.in_sync()
    assert near(found.frames[-1][1], BLUE)
    names = boxes(await media.read(made.artifact.media))
    assert names.index(b"moov") < names.index(b"mdat")


async def test_a_large_film_is_scaled(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, replace(CAMERA, size=(1000, 562)).film(Shot(RED, 1.5), Shot(WHITE, 1.5, True)), FILMS)
    assert made.changed == ("scaled",)
    assert made.artifact.width == 640
    assert made.artifact.height in (358, 360)
    found = await shown(media, made)
    assert found.duration_s == pytest.approx(3, abs=0.1)
    assert found.in_sync()


async def test_a_small_film_is_enlarged(eyes: FileRenditions, media: ObjectMedia) -> None:
    """Up to twice its size; a picture is not."""
    made = await fit(eyes, media, replace(CAMERA, size=(160, 90)).film(Shot(RED, 1.5), Shot(WHITE, 1.5, True)), FILMS)
    assert made.changed == ("enlarged",)
    assert (made.artifact.width, made.artifact.height) == (178, 100)
    assert (await shown(media, made)).in_sync()


async def test_a_turned_film_is_scaled_upright(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, replace(CAMERA, size=(1280, 720), turn=90).film(Shot(RED, 3)), FILMS)
    assert (made.artifact.width, made.artifact.height) == (360, 640)


@pytest.mark.parametrize(
    "camera",
    [
        Camera(form="webm", codec="libvpx", sound="libopus"),
        Camera(codec="mpeg4"),
        Camera(form="mov", sound="pcm_s16le"),
        Camera(fps=60),
        Camera(fps=10),
    ],
    ids=["webm", "mpeg4", "pcm", "fast", "slow"],
)
async def test_a_film_of_another_form_is_converted(eyes: FileRenditions, media: ObjectMedia, camera: Camera) -> None:
    made = await fit(eyes, media, camera.film(Shot(RED, 1.5), Shot(WHITE, 1.5, True)), FILMS)
    assert made.changed == ("converted",)
    found = await shown(media, made)
    assert found.codecs == ("h264", "aac")
    assert found.duration_s == pytest.approx(3, abs=0.15)
    assert len(found.frames) / found.duration_s == pytest.approx(min(30, max(20, camera.fps)), abs=1)
    assert found.in_sync()


async def test_a_quicktime_film_keeps_its_frames(eyes: FileRenditions, media: ObjectMedia, written: list[Any]) -> None:
    made = await fit(eyes, media, replace(CAMERA, form="mov").film(Shot(RED, 3)), replace(FILMS, mimes=("video/mp4",)))
    assert (made.changed, made.artifact.mime) == (("converted",), "video/mp4")
    assert not written


async def test_all_at_once(eyes: FileRenditions, media: ObjectMedia) -> None:
    camera = Camera((960, 540), fps=60, form="webm", codec="libvpx", sound="libopus")
    made = await fit(eyes, media, camera.film(Shot(RED, 3), Shot(WHITE, 4, True)), FILMS)
    assert made.changed == ("scaled", "trimmed", "converted")
    assert made.artifact.duration_s <= 5
    assert (await shown(media, made)).in_sync()


async def test_a_film_of_unknown_length(eyes: FileRenditions, media: ObjectMedia) -> None:
    """As a browser records it."""
    data = replace(CAMERA, form="webm", codec="libvpx", sound="libopus").film(Shot(RED, 1), Shot(WHITE, 7, True))
    at = data.index(b"\x44\x89\x88")
    data = data[:at] + b"\xec\x89" + data[at + 2 :]  # the duration becomes nothing
    data = data.replace(b"DURATION", b"XURATION")
    made = await fit(eyes, media, data, FILMS)
    assert made.changed == ("trimmed", "converted")
    assert 4.5 < made.artifact.duration_s <= 5


async def test_a_heavy_film_gets_fewer_bytes(eyes: FileRenditions, media: ObjectMedia) -> None:
    data = replace(CAMERA, size=(640, 360), noisy=True).film(Shot(RED, 3))
    made = await fit(eyes, media, data, replace(FILMS, max_bytes=len(data) // 4))
    assert "converted" in made.changed
    assert made.artifact.size <= len(data) // 4
    assert made.artifact.duration_s == pytest.approx(3, abs=0.1)


async def test_a_heavy_film_is_not_scaled_below_what_is_taken(eyes: FileRenditions, media: ObjectMedia) -> None:
    data = replace(CAMERA, size=(640, 360), noisy=True).film(Shot(RED, 3))
    made = await fit(eyes, media, data, replace(FILMS, min_side=340, max_bytes=len(data) // 6))
    assert min(made.artifact.width, made.artifact.height) >= 340


async def test_what_cannot_have_so_few_bytes(eyes: FileRenditions, media: ObjectMedia) -> None:
    for data, limits in (
        (SHORT, FILMS),
        (png((800, 800), noisy=True), PICTURES),
        (recording("wav", "pcm_s16le", 3), SOUNDS),
    ):
        with pytest.raises(FileTooLarge) as caught:
            await fit(eyes, media, data, replace(limits, max_bytes=900))
        assert caught.value.params == {"size": len(data), "limit": 900}


@pytest.mark.parametrize(
    ("data", "limits", "why", "found", "limit"),
    [
        (CAMERA.film(Shot(RED, 1)), FILMS, "short", 1.0, 2),
        (replace(CAMERA, size=(80, 48)).film(Shot(RED, 3)), FILMS, "small", 48, 100),
        (replace(CAMERA, size=(600, 200)).film(Shot(RED, 3)), FILMS, "ratio", 3.0, 2.5),
        (replace(CAMERA, size=(200, 600)).film(Shot(RED, 3)), FILMS, "ratio", 0.33, 0.4),
        (replace(CAMERA, size=(1280, 640)).film(Shot(RED, 3)), replace(FILMS, min_side=360), "ratio", 2.0, 1.78),
        (png((300, 99)), replace(PICTURES, max_ratio=0), "small", 99, 100),
        (png((900, 300)), PICTURES, "ratio", 3.0, 2.5),
        (recording("mp3", "libmp3lame", 1), SOUNDS, "short", 1.0, 2),
    ],
)
async def test_what_no_safe_change_helps(
    eyes: FileRenditions, media: ObjectMedia, data: bytes, limits: InputLimits, why: str, found: float, limit: float
) -> None:
    with pytest.raises(UnfitFile) as caught:
        await fit(eyes, media, data, limits)
    params = caught.value.params
    assert (params["kind"], params["why"], params["limit"]) == (limits.kind, why, limit)
    assert params["found"] == pytest.approx(found, abs=0.1)


@pytest.mark.parametrize("limits", [FILMS, PICTURES, SOUNDS, InputLimits("video"), InputLimits("audio")])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just words",
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/secret\n",
        b"\x00\x00\x00\x18ftypmp42but only words",
        b"\x89PNG\r\n\x1a\nbut only words",
        b"ID3but only words",
        SHORT[:2000],
    ],
)
async def test_what_is_no_media(eyes: FileRenditions, media: ObjectMedia, data: bytes, limits: InputLimits) -> None:
    with pytest.raises(BadFile):
        await fit(eyes, media, data, limits)


async def test_another_kind_of_file(eyes: FileRenditions, media: ObjectMedia) -> None:
    silent = replace(CAMERA, sound="").film(Shot(RED, 3))
    for data, limits in ((png((300, 300)), FILMS), (SHORT, PICTURES), (silent, SOUNDS), (png((300, 300)), SOUNDS)):
        with pytest.raises(BadFile):
            await fit(eyes, media, data, limits)


async def test_the_work_is_bounded_in_time(
    eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Camera((1280, 720), noisy=True, sound="").film(Shot(RED, 12))
    monkeypatch.setattr(film_fit, "WORK_S", 0.3)
    began = time.monotonic()
    with pytest.raises(BadFile, match="too long"):
        await fit(eyes, media, data, replace(FILMS, max_s=60))
    assert time.monotonic() - began < 5
    monkeypatch.setattr(film_fit, "ANEW_MAX_S", 10.0)
    with pytest.raises(UnfitFile) as caught:
        await fit(eyes, media, data, replace(FILMS, max_s=60))
    assert (caught.value.params["why"], caught.value.params["limit"]) == ("long", 10.0)


async def test_fifteen_seconds_of_hd_are_ready_soon(eyes: FileRenditions, media: ObjectMedia) -> None:
    """Encoded anew by one thread, on a busy machine of two cores."""
    data = Camera((1280, 720), fps=30, form="mov", codec="mpeg4").film(Shot(RED, 8), Shot(WHITE, 7, True))
    began = time.monotonic()
    made = await fit(eyes, media, data, replace(FILMS, max_s=15, max_side=1280))
    assert time.monotonic() - began < 30
    assert made.artifact.duration_s == pytest.approx(15, abs=0.1)


# --- pictures and sounds --------------------


async def test_a_large_picture_is_scaled(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, png((1600, 1000)), PICTURES)
    assert (made.changed, made.artifact.mime) == (("scaled",), "image/jpeg")
    assert (made.artifact.width, made.artifact.height) == (800, 500)


async def test_a_picture_of_another_form_is_converted(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, png((300, 200), form="GIF", mode="L"), PICTURES)
    assert (made.changed, made.artifact.mime) == (("converted",), "image/jpeg")
    made = await fit(eyes, media, png((300, 200), form="WEBP"), replace(PICTURES, mimes=("image/png",)))
    assert (made.changed, made.artifact.mime) == (("converted",), "image/png")


async def test_a_transparent_picture_stays_so(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, png((1600, 1000), "RGBA"), PICTURES)
    assert (made.changed, made.artifact.mime, made.artifact.width) == (("scaled",), "image/png", 800)
    with Image.open(io.BytesIO(await media.read(made.artifact.media))) as picture:
        assert picture.mode == "RGBA"


async def test_a_heavy_picture_gets_fewer_bytes(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, png((800, 800), noisy=True), replace(PICTURES, max_bytes=200_000))
    assert "converted" in made.changed
    assert made.artifact.size <= 200_000


@pytest.mark.parametrize(
    ("form", "codec"),
    [("ogg", "libopus"), ("ipod", "aac"), ("flac", "flac"), ("mp3", "libmp3lame"), ("wav", "pcm_s16le")],
)
async def test_sounds_are_cut_and_converted(eyes: FileRenditions, media: ObjectMedia, form: str, codec: str) -> None:
    made = await fit(eyes, media, recording(form, codec, 8), SOUNDS)
    taken = form in ("mp3", "wav")
    assert made.changed == (("trimmed",) if taken else ("trimmed", "converted"))
    assert made.artifact.mime == "audio/mpeg"
    assert 4.7 < made.artifact.duration_s <= 5
    async with media.as_file(made.artifact.media) as path:
        with av.open(str(path)) as source:
            assert sum(frame.samples for frame in source.decode(audio=0)) / 44_100 == pytest.approx(4.9, abs=0.1)


async def test_a_sound_as_m4a(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, recording("ogg", "libopus", 3), replace(SOUNDS, mimes=("audio/mp4",)))
    assert (made.changed, made.artifact.kind, made.artifact.mime) == (("converted",), "audio", "audio/mp4")


async def test_a_sound_gets_fewer_bits(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, recording("wav", "pcm_s16le", 4.5), replace(SOUNDS, max_bytes=40_000))
    assert made.changed == ("converted",)
    assert made.artifact.size <= 40_000
    assert made.artifact.duration_s == pytest.approx(4.5, abs=0.1)


async def test_the_sound_of_a_film(eyes: FileRenditions, media: ObjectMedia) -> None:
    made = await fit(eyes, media, SHORT, SOUNDS)
    assert (made.changed, made.artifact.mime) == (("converted",), "audio/mpeg")
    assert made.artifact.duration_s == pytest.approx(3, abs=0.1)
