"""A film with another sound: the picture untouched, the sound as long as the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest

from core import film_sound
from core.errors import BadFile
from core.renditions import FileRenditions
from core.values import Artifact
from storage.media import ObjectMedia, open_media
from tests.core.footage import BLUE, GREEN, RED, Camera, Seen, Shot, boxes, near, recording, seen

CAMERA = Camera()
SHOTS = (Shot(RED, 2.0, loud=True), Shot(BLUE, 2.0))


@pytest.fixture
def media(tmp_path: Path) -> ObjectMedia:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def eyes(media: ObjectMedia) -> FileRenditions:
    return FileRenditions(media)


async def dub(eyes: FileRenditions, media: ObjectMedia, film: bytes, sound: bytes) -> tuple[Artifact, Seen]:
    picture = Artifact("video", media=(await media.put(film, 10**9))[0])
    voice, _ = await media.put(sound, 10**9)
    made = await eyes.dubbed(picture, voice)
    names = boxes(await media.read(made.media))
    assert names.index(b"moov") < names.index(b"mdat"), "cannot be played while it loads"
    async with media.as_file(made.media) as path:
        return made, seen(path)


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as source:
        return [bytes(packet) for packet in source.demux(video=0) if packet.dts is not None]


async def test_a_short_sound_is_followed_by_silence(eyes: FileRenditions, media: ObjectMedia) -> None:
    """Where the film was loud by itself there is nothing of it any more."""
    made, found = await dub(eyes, media, CAMERA.film(*SHOTS[::-1]), recording("mp3", "libmp3lame", 1.0))
    assert made.kind == "video" and made.duration_s == pytest.approx(4.0, abs=0.1)
    ((begins, ends),) = found.loud
    assert begins == pytest.approx(0.0, abs=0.1) and ends == pytest.approx(1.0, abs=0.15)
    assert found.codecs == ("h264", "aac")
    assert [near(colour, wanted, 40) for colour, wanted in zip(found.colours(), (BLUE, RED), strict=True)] == [True] * 2


@pytest.mark.parametrize(("form", "codec"), [("ogg", "libopus"), ("wav", "pcm_s16le"), ("ipod", "aac")])
async def test_a_long_sound_is_cut(eyes: FileRenditions, media: ObjectMedia, form: str, codec: str) -> None:
    made, found = await dub(eyes, media, CAMERA.film(*SHOTS), recording(form, codec, 9.0))
    assert made.duration_s == pytest.approx(4.0, abs=0.1)
    ((begins, ends),) = found.loud
    assert begins == pytest.approx(0.0, abs=0.1) and ends == pytest.approx(4.0, abs=0.15)


async def test_the_picture_stays_as_it_is(eyes: FileRenditions, media: ObjectMedia) -> None:
    """Bit for bit, turned as it was; a film without a sound gets one."""
    film = replace(CAMERA, sound="", turn=90).film(*SHOTS)
    made, found = await dub(eyes, media, film, recording("mp3", "libmp3lame", 4.0))
    key, _ = await media.put(film, 10**9)
    async with media.as_file(key) as before, media.as_file(made.media) as after:
        assert packets(before) == packets(after)
    assert (made.width, made.height) == (180, 320)
    assert found.loud


async def test_a_picture_that_no_mp4_holds_is_written_anew(eyes: FileRenditions, media: ObjectMedia) -> None:
    film = replace(CAMERA, form="webm", codec="libvpx", sound="").film(Shot(GREEN, 1.0))
    made, found = await dub(eyes, media, film, recording("mp3", "libmp3lame", 3.0))
    assert found.codecs == ("h264", "aac") and near(found.colours()[0], GREEN, 40)
    assert made.duration_s == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("swapped", [True, False])
async def test_what_is_no_film_or_no_sound_is_refused(
    eyes: FileRenditions, media: ObjectMedia, *, swapped: bool
) -> None:
    film, sound = replace(CAMERA, sound="").film(Shot(RED, 1.0)), recording("mp3", "libmp3lame", 1.0)
    with pytest.raises(BadFile):
        await dub(eyes, media, *((sound, sound) if swapped else (film, film)))


async def test_it_is_bounded(eyes: FileRenditions, media: ObjectMedia, monkeypatch: pytest.MonkeyPatch) -> None:
    film, sound = CAMERA.film(*SHOTS), recording("mp3", "libmp3lame", 1.0)
    monkeypatch.setattr(film_sound, "FILM_MOST_S", 3.0)
    with pytest.raises(BadFile):
        await dub(eyes, media, film, sound)
    monkeypatch.undo()
    monkeypatch.setattr(film_sound, "WORK_S", 0.0)
    with pytest.raises(BadFile):
        await dub(eyes, media, film, sound)
