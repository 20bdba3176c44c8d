"""Films looked into, made streamable, and stills and GIFs of them."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageSequence

from core import film_frames, films
from core.errors import BadFile
from core.film_strip import even, within
from core.renditions import FileRenditions
from core.values import Artifact
from storage.media import ObjectMedia, open_media
from tests.core.footage import BLUE, GREEN, RED, WHITE, Camera, Shot, alike, boxes, near, recording, seen

HOSTILE = (
    b"",
    b"just words",
    b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/secret\n",
    b"ffconcat version 1.0\nfile /etc/passwd\n",
    b"\x00\x00\x00\x18ftypmp42but only words",
    b"\x1aE\xdf\xa3but only words",
)


@pytest.fixture
def media(tmp_path: Path) -> ObjectMedia:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def eyes(media: ObjectMedia) -> FileRenditions:
    return FileRenditions(media)


async def kept(eyes: FileRenditions, media: ObjectMedia, data: bytes) -> Artifact:
    key, _ = await media.put(data, 10**9)
    return await eyes.inspect(key, "x")


async def picture(media: ObjectMedia, key: str) -> Image.Image:
    return Image.open(io.BytesIO(await media.read(key)))


def middle(image: Image.Image) -> tuple[int, int, int]:
    found = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


# --- looking --------------------


async def test_what_a_film_is(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(Camera((320, 180), fps=30).film(Shot(RED, 1)))
    found = films.measured(path)
    assert (found.kind, found.mime, found.width, found.height) == ("video", "video/mp4", 320, 180)
    assert (found.codec, found.sound, found.rotation) == ("h264", "aac", 0)
    assert found.fps == pytest.approx(30, abs=0.1)
    path.write_bytes(Camera(form="webm", codec="libvpx", sound="").film(Shot(RED, 1)))
    found = films.measured(path)
    assert (found.mime, found.codec, found.sound) == ("video/webm", "vp8", "")


@pytest.mark.parametrize("turn", [90, 180, 270])
async def test_a_turned_film_is_as_people_see_it(eyes: FileRenditions, media: ObjectMedia, turn: int) -> None:
    found = await kept(eyes, media, Camera((320, 180), turn=turn).film(Shot(RED, 1)))
    sides = (320, 180) if turn == 180 else (180, 320)
    assert (found.width, found.height) == sides
    assert (await picture(media, found.thumbnail)).size == sides
    async with media.as_file(found.media) as path:
        assert films.measured(path).rotation == turn


async def test_a_turned_film_that_is_made_smaller_stands_upright(eyes: FileRenditions, media: ObjectMedia) -> None:
    found = await kept(eyes, media, Camera((640, 360), turn=90, noisy=True).film(Shot(RED, 3)))
    smaller = await eyes.smaller(found, found.size // 3)
    assert smaller
    again = await eyes.inspect(smaller.media, "")
    assert again.height > again.width
    assert (again.width, again.height) == (smaller.width, smaller.height)


async def test_a_film_of_sixty_frames_is_made_smaller(eyes: FileRenditions, media: ObjectMedia) -> None:
    found = await kept(eyes, media, Camera((640, 360), fps=60, noisy=True).film(Shot(WHITE, 1, True), Shot(RED, 2)))
    smaller = await eyes.smaller(found, found.size // 3)
    assert smaller
    async with media.as_file(smaller.media) as path:
        again = seen(path)
    assert len(again.frames) == pytest.approx(90, abs=2)
    assert again.duration_s == pytest.approx(3, abs=0.1)
    assert alike(again.loud, [(0, 1)])


def test_sides_for_an_encoder() -> None:
    assert even(853.4, 479.6) == (854, 480)
    assert even(0, 1) == (2, 2)
    assert within(1920, 1080, 480) == (480, 270)
    assert within(320, 180, 480) == (320, 180)


# --- shown while it loads --------------------


async def test_the_index_comes_to_the_front(eyes: FileRenditions, media: ObjectMedia) -> None:
    found = await kept(eyes, media, Camera((320, 180), turn=90).film(Shot(RED, 1, True), Shot(BLUE, 1)))
    assert boxes(await media.read(found.media))[-1] == b"moov"
    front = await eyes.streamable(found)
    names = boxes(await media.read(front.media))
    assert names.index(b"moov") < names.index(b"mdat")
    assert front.media != found.media
    assert front.size == len(await media.read(front.media))
    async with media.as_file(found.media) as before, media.as_file(front.media) as after:
        assert seen(before).frames == seen(after).frames  # nothing was encoded anew
        assert seen(before).loud == seen(after).loud
    again = await eyes.inspect(front.media, "")
    assert (again.width, again.height, again.duration_s) == (180, 320, found.duration_s)
    assert await eyes.streamable(front) == front


@pytest.mark.parametrize(
    "data",
    [recording("mp3", "libmp3lame", 1), Camera(form="webm", codec="libvpx", sound="").film(Shot(RED, 1)), *HOSTILE],
)
async def test_what_needs_no_index_in_front_stays(eyes: FileRenditions, media: ObjectMedia, data: bytes) -> None:
    key, size = await media.put(data, 10**9)
    artifact = Artifact("video", media=key, size=size)
    assert await eyes.streamable(artifact) == artifact


async def test_a_film_that_breaks_off_stays(eyes: FileRenditions, media: ObjectMedia) -> None:
    whole = Camera().film(Shot(RED, 1))
    moov = whole.index(b"moov")
    key, _ = await media.put(whole[: moov + 40] + bytes(len(whole) - moov - 40), 10**9)
    artifact = Artifact("video", media=key)
    assert await eyes.streamable(artifact) == artifact


# --- stills --------------------


@pytest.mark.parametrize(
    "camera",
    [
        Camera(),
        Camera(key_frames=1000),
        Camera(sound=""),
        Camera(form="webm", codec="libvpx", sound="libopus"),
        Camera(form="mov"),
    ],
)
async def test_the_first_and_the_very_last_frame(eyes: FileRenditions, media: ObjectMedia, camera: Camera) -> None:
    frame = 1 / camera.fps
    found = await kept(eyes, media, camera.film(Shot(RED, frame), Shot(GREEN, 3), Shot(BLUE, frame)))
    first, last = await eyes.frame(found, "first"), await eyes.frame(found, "last")
    for still, colour in ((first, RED), (last, BLUE)):
        assert (still.kind, still.mime, still.width, still.height) == ("image", "image/png", 320, 180)
        assert still.thumbnail
        assert near(middle(await picture(media, still.media)), colour)


async def test_the_last_frame_of_a_film_whose_sound_goes_on(eyes: FileRenditions, media: ObjectMedia) -> None:
    camera = Camera()
    film, long = camera.film(Shot(RED, 1), Shot(BLUE, 1 / 24)), camera.film(Shot(WHITE, 4, True))
    data = await longer_sound(media, film, long)
    still = await eyes.frame(await kept(eyes, media, data), "last")
    assert near(middle(await picture(media, still.media)), BLUE)


async def longer_sound(media: ObjectMedia, film: bytes, sound: bytes) -> bytes:
    buffer = io.BytesIO()
    with (
        av.open(io.BytesIO(film)) as one,
        av.open(io.BytesIO(sound)) as other,
        av.open(buffer, "w", format="mp4") as out,
    ):
        taken: list[tuple[Any, Any]] = [(one, one.streams.video[0]), (other, other.streams.audio[0])]
        outs = [out.add_stream_from_template(stream) for _, stream in taken]
        for (source, stream), target in zip(taken, outs, strict=True):
            for packet in source.demux(stream):
                if packet.dts is not None:
                    packet.stream = target
                    out.mux(packet)
    return buffer.getvalue()


@pytest.mark.parametrize("turn", [90, 180, 270])
async def test_a_still_stands_upright(eyes: FileRenditions, media: ObjectMedia, turn: int) -> None:
    shot = Image.new("RGB", (320, 180), RED)
    shot.paste(BLUE, (0, 0, 160, 90))  # the corner from which the film was turned
    found = await kept(eyes, media, filmed(shot, turn))
    still = (await picture(media, (await eyes.frame(found, "last")).media)).convert("RGB")
    expected = shot.rotate(-turn, expand=True)
    assert still.size == expected.size
    for corner in ((20, 20), (still.width - 20, 20), (20, still.height - 20), (still.width - 20, still.height - 20)):
        one, other = still.getpixel(corner), expected.getpixel(corner)
        assert isinstance(one, tuple)
        assert isinstance(other, tuple)
        assert near((one[0], one[1], one[2]), (other[0], other[1], other[2]))


def filmed(shot: Image.Image, turn: int) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *shot.size, "yuv420p"
        stream.set_display_rotation(-turn)
        for number in range(5):
            frame = av.VideoFrame.from_image(shot)  # type: ignore[no-untyped-call]
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize("data", [*HOSTILE, recording("mp3", "libmp3lame", 1)])
async def test_what_has_no_frames(eyes: FileRenditions, media: ObjectMedia, data: bytes) -> None:
    key, _ = await media.put(data, 10**9)
    for at in ("first", "last"):
        with pytest.raises(BadFile):
            await eyes.frame(Artifact("video", media=key), at)
    assert await eyes.gif(Artifact("video", media=key), 10**7) is None


async def test_a_film_of_more_pixels_than_we_decode(
    eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await kept(eyes, media, Camera().film(Shot(RED, 1)))
    monkeypatch.setattr(films, "FILM_PIXELS_MAX", 320 * 180 - 1)
    with pytest.raises(BadFile):
        await eyes.inspect(found.media, "x")
    with pytest.raises(BadFile):
        await eyes.frame(found, "last")
    assert await eyes.gif(found, 10**7) is None


async def test_a_film_that_takes_too_long(
    eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await kept(eyes, media, Camera((1280, 720), noisy=True).film(Shot(RED, 12)))
    for module, name in ((film_frames, "FRAME_S"), (film_frames, "GIF_WORK_S")):
        monkeypatch.setattr(module, name, 0.05)
    monkeypatch.setattr(film_frames, "BEFORE_END_S", 100.0)  # from the start
    began = time.monotonic()
    with pytest.raises(BadFile, match="too long"):
        await eyes.frame(found, "last")
    assert await eyes.gif(found, 10**7) is None
    assert time.monotonic() - began < 5


async def test_the_last_frame_needs_the_end_of_the_film_only(
    eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await kept(eyes, media, Camera(key_frames=24).film(Shot(RED, 20), Shot(BLUE, 0.5)))
    counted = 0

    def count(packet: object) -> list[object]:
        nonlocal counted
        frames = films.decoded(packet)
        counted += len(frames)
        return frames

    monkeypatch.setattr(film_frames, "decoded", count)
    still = await eyes.frame(found, "last")
    assert near(middle(await picture(media, still.media)), BLUE)
    assert 0 < counted <= 3 * 24


# --- GIF --------------------


async def test_a_gif_is_small_and_plays_for_ever(eyes: FileRenditions, media: ObjectMedia) -> None:
    found = await kept(eyes, media, Camera((640, 360), turn=90).film(Shot(RED, 1), Shot(BLUE, 1)))
    made = await eyes.gif(found, 10_000_000)
    assert made
    assert (made.kind, made.mime, made.width, made.height) == ("image", "image/gif", 270, 480)
    image = await picture(media, made.media)
    assert image.info["loop"] == 0
    frames = [(frame.info["duration"], middle(frame)) for frame in ImageSequence.Iterator(image)]
    assert sum(length for length, _ in frames) == pytest.approx(2000, abs=150)
    assert near(frames[0][1], RED)
    assert near(frames[-1][1], BLUE)


async def test_a_gif_ends_after_ten_seconds(eyes: FileRenditions, media: ObjectMedia) -> None:
    found = await kept(eyes, media, Camera((160, 90), fps=10).film(Shot(RED, 10), Shot(BLUE, 5)))
    made = await eyes.gif(found, 10_000_000)
    assert made
    frames = [frame.copy() for frame in ImageSequence.Iterator(await picture(media, made.media))]
    assert sum(frame.info["duration"] for frame in frames) == pytest.approx(10_000, abs=200)
    assert all(near(middle(frame), RED) for frame in frames)


async def test_a_gif_is_made_to_fit(eyes: FileRenditions, media: ObjectMedia) -> None:
    found = await kept(eyes, media, Camera((640, 360), noisy=True).film(Shot(RED, 2)))
    large = await eyes.gif(found, 100_000_000)
    assert large
    assert (large.width, large.height) == (480, 270)
    small = await eyes.gif(found, large.size // 2)
    assert small
    assert small.size <= large.size // 2
    assert small.width < 480
    assert await eyes.gif(found, 1_000) is None
