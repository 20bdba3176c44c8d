"""Songs on their way to people: both clips or the good one, their covers, what is free, and what can be made of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from core import songs
from core.catalog import load_catalog
from core.errors import BadFile, OptionTooLong, PromptTooLong, SungInstrumental, UpstreamDown
from core.gateway.wire import Again, Ready
from core.renditions import FileRenditions
from core.songs import REWRITE, SING
from core.values import Access, Artifact, Job, JobState, Order, RemoteButton
from core.workshop import PARTLY
from storage.media import open_media
from tests.clocks import FakeClock
from tests.core.house import House
from tests.core.journeys import ALL

WORDS = "[Verse]\nlamps in the rain\n[Chorus]\nopen the door"
COVER = "https://cdn.example/cover.png"


def clip(number: int, cover: str = COVER) -> Artifact:
    return Artifact(
        "audio",
        url=f"song {number}",
        text=WORDS,
        title="Night Road",
        performer="Suno",
        cover=cover,
        remote_id=f"clip{number}",
    )


def ready(*numbers: int, refunded: bool = False, cover: str = COVER) -> Ready:
    buttons = tuple(RemoteButton(f"clip{number} 90", f"⏩ {number}", "extend", "words") for number in numbers)
    return Ready(tuple(clip(number, cover) for number in numbers), buttons=buttons, refunded=refunded)


async def ordered(house: House, ann: Access, text: str = "rain in a city", **more: Any) -> Job:
    model = more.pop("model", "suno-v4")
    order, _, _ = house.orders.check("audio", model, text, more.pop("options", {}), **more)
    return await house.orders.place(ann, "1", order)


async def sung(house: House, ann: Access, clock: FakeClock, *outcomes: Any, **more: Any) -> Job:
    house.gateway.polls += outcomes
    job = await ordered(house, ann, **more)
    for _ in range(2 + len(outcomes)):
        await house.worker.step()
        clock.advance(15)
    return await house.job(job.id)


# --- what comes --------------------


async def test_both_songs_come_with_title_performer_and_cover(house: House, ann: Access, clock: FakeClock) -> None:
    job = await sung(house, ann, clock, ready(1, 2))
    assert job.state is JobState.DONE and [made.duration_s for made in job.results] == [90.0, 90.0]
    assert {(made.title, made.performer) for made in job.results} == {("Night Road", "Suno")}
    assert [made.remote_id for made in job.results] == ["clip1", "clip2"]
    assert [await house.media.read(made.cover) for made in job.results] == [COVER.encode()] * 2
    assert ALL - await house.left(ann.account_id) == job.quote > 0
    assert house.courier.delivered[0].results == job.results
    await house.balanced(ann.account_id)


async def test_the_persons_own_title_stays(house: House, ann: Access, clock: FakeClock) -> None:
    job = await sung(house, ann, clock, ready(1), options={"title": "Mine"})
    assert job.results[0].title == "Mine"


@pytest.mark.parametrize("cover", ["bad picture", "film, not a picture"])
async def test_a_cover_that_is_none_costs_no_song(house: House, ann: Access, clock: FakeClock, cover: str) -> None:
    job = await sung(house, ann, clock, ready(1, cover=cover))
    assert job.state is JobState.DONE and job.results[0].cover == "" and job.error_key == ""


async def test_a_cover_that_cannot_be_had_costs_no_song(house: House, ann: Access, clock: FakeClock) -> None:
    fetch, asked = house.gateway.fetch, []

    async def without_covers(spec: Any, artifact: Artifact, max_bytes: int = 0) -> tuple[str, int]:
        asked.append(max_bytes)
        if artifact.kind == "image":
            raise UpstreamDown("no picture today")
        return await fetch(spec, artifact, max_bytes)

    vars(house.gateway)["fetch"] = without_covers
    job = await sung(house, ann, clock, ready(1))
    assert job.state is JobState.DONE and job.results[0].media and not job.results[0].cover
    assert asked[0] == 0 < asked[1] <= 10_000_000


async def test_one_good_song_of_a_failed_task_is_free(house: House, ann: Access, clock: FakeClock) -> None:
    job = await sung(house, ann, clock, ready(2, refunded=True))
    assert job.state is JobState.DONE and len(job.results) == 1 and job.quote == 0
    assert (job.error_key, job.error_params) == (PARTLY, {"found": 1, "made": 2, "paid": "none"})
    assert await house.left(ann.account_id) == ALL
    await house.balanced(ann.account_id)


async def test_one_may_listen_before_it_is_there(house: House, ann: Access, clock: FakeClock) -> None:
    link = "https://audiopipe.suno.ai/?item_id=1"
    await sung(house, ann, clock, Again(progress=40, listen=link), ready(1))
    assert link in house.courier.heard


# --- what goes on from it --------------------


async def test_a_song_goes_on_from_its_clip(house: House, ann: Access, clock: FakeClock) -> None:
    from core import pressing

    job = await sung(house, ann, clock, ready(1, 2))
    await pressing.press(house.orders, ann, job.id, 1, words="[Verse 2]\nand on")
    await house.worker.step()
    order = house.gateway.submitted[-1]
    assert (order.press, order.action, order.past[-1].task_id) == ("clip2 90", "extend", job.task_id)
    assert order.prompt == "[Verse 2]\nand on"


async def test_lyrics_are_changed_by_whoever_can(house: House, ann: Access, clock: FakeClock) -> None:
    """Those of a model that cannot do it too."""
    told = '{"title": "Cat", "style": "rock"}'
    written = Ready((Artifact("text", text=WORDS, title="Cat"),), transcript=told)
    job = await sung(house, ann, clock, written, model="suno-lyrics", text="a cat")
    assert job.results[0].title == "Cat" and songs.lyrics_of(job) == songs.Lyrics(WORDS, "Cat", "rock")
    assert list(songs.deeds(job, house.catalog)) == ["sing", "rewrite"]
    changed = await ordered(house, ann, "sadder", model="minimax-lyrics", action=REWRITE, continues=job.id)
    await house.worker.step()
    order = house.gateway.submitted[-1]
    assert (order.action, order.past[-1].words) == (REWRITE, WORDS) and changed.continues == job.id


async def test_words_that_are_none_cannot_be_changed(house: House, ann: Access, clock: FakeClock) -> None:
    song = await sung(house, ann, clock, ready(1))
    changed = await ordered(house, ann, "sadder", model="minimax-lyrics", action=REWRITE, continues=song.id)
    await house.worker.step()
    assert (await house.settled(changed, JobState.FAILED)).error_key == "error-source-gone"
    await house.balanced(ann.account_id)


async def test_a_song_becomes_a_film_for_nothing(house: House, ann: Access, clock: FakeClock) -> None:
    job = await sung(house, ann, clock, ready(1, 2))
    order = songs.clip_of(job, 1)
    assert order is not None and songs.clip_of(job, 2) is None
    made = await house.orders.place(ann, "2", order)
    await house.worker.step()
    await house.worker.step()
    made = await house.settled(made, JobState.DONE)
    assert made.quote == 0 and made.results[0].kind == "video"
    assert await house.media.read(made.results[0].media) == b"film of song 2 with " + COVER.encode()
    assert songs.deeds(made, house.catalog) == {}


# --- before anything is paid --------------------


@pytest.mark.parametrize(
    ("text", "options", "action", "error"),
    [
        ("w" * 401, {}, "", PromptTooLong),
        ("w" * 395, {"style": "slow jazz"}, "", PromptTooLong),
        ("w" * 401, {}, SING, None),
        ("[主歌]\n" + "w" * 401, {}, "", None),
        ("w" * 3001, {}, SING, PromptTooLong),
        (WORDS, {"title": "t" * 81}, "", OptionTooLong),
        (WORDS, {"style": "s" * 201}, "", OptionTooLong),
        (WORDS, {"instrumental": "on"}, "", SungInstrumental),
        ("rain", {"instrumental": "on"}, "", None),
    ],
)
def test_what_a_row_does_not_take_is_said_first(
    text: str, options: dict[str, str], action: str, error: type[Exception] | None
) -> None:
    spec = load_catalog({}).get("suno-v4", "audio")
    if error is None:
        songs.check_song(spec, text, options, action)
    else:
        with pytest.raises(error):
            songs.check_song(spec, text, options, action)


async def test_the_order_is_refused_before_a_hold(house: House, ann: Access) -> None:
    before = await house.left(ann.account_id)
    with pytest.raises(PromptTooLong):
        await ordered(house, ann, "w" * 401)
    with pytest.raises(PromptTooLong):
        await house.orders.place(ann, "1", Order("audio", "suno-v4", "w" * 401))
    assert await house.left(ann.account_id) == before


@pytest.mark.parametrize("transcript", ["", "no json", "[1]", '{"title": 5, "style": null}', "[" * 100_000])
def test_what_a_model_told_of_its_words_is_not_believed(transcript: str) -> None:
    job: Any = replace(_lyrics(), transcript=transcript)
    assert songs.lyrics_of(job) == songs.Lyrics(WORDS, "")


def _lyrics() -> Job:
    from core.values import Place

    made = (Artifact("text", text=WORDS),)
    place = Place("telegram", "1")
    return Job("j", "p", "a", place, "1", "audio", "suno-lyrics", "suno", "", JobState.DONE, 0, 0, 0, 0, results=made)


# --- the film of a song --------------------


def _tone(path: Path, seconds: int) -> None:
    with av.open(str(path), "w", format="mp3") as out:
        stream: Any = out.add_stream("libmp3lame", rate=44_100, layout="stereo")
        for at in range(seconds * 10):
            frame: Any = av.AudioFrame(format="s16p", layout="stereo", samples=4_410)
            frame.sample_rate, frame.pts, frame.time_base = 44_100, at * 4_410, Fraction(1, 44_100)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@pytest.mark.parametrize("covered", [True, False])
async def test_a_film_is_as_long_as_its_song(tmp_path: Path, covered: bool) -> None:
    _tone(tmp_path / "song.mp3", 7)
    Image.new("RGB", (900, 600), "red").save(tmp_path / "cover.png")
    media = open_media(str(tmp_path / "media"))
    song, _ = await media.put((tmp_path / "song.mp3").read_bytes(), 10**7)
    cover, _ = await media.put((tmp_path / "cover.png").read_bytes(), 10**7)
    made = await FileRenditions(media).clip(song, cover if covered else "")
    assert (made.kind, made.width, made.height) == ("video", 720, 720) and 6.9 < made.duration_s < 7.7
    async with media.as_file(made.media) as path:
        with av.open(str(path)) as container:
            shown: Any = next(iter(container.decode(video=0)))
            assert container.streams.audio[0].codec_context.name == "aac"
    red, green, _ = shown.to_image().getpixel((300, 300))
    assert (red > 200 and green < 60) is covered


async def test_what_is_no_sound_makes_no_film(tmp_path: Path) -> None:
    media = open_media(str(tmp_path / "media"))
    song, _ = await media.put(b"no song at all", 100)
    with pytest.raises(BadFile):
        await FileRenditions(media).clip(song, "")
