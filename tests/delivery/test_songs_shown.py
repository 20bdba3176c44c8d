"""Songs and their words as people see them: names of files, captions, buttons, words in full, and a link to listen early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots import results
from bots.captions import caption_of, in_full
from bots.ladder import Fitted, files_of
from bots.outlet import Buttons, Surface
from bots.surfaces import DISCORD, TELEGRAM
from bots.texts import Texts
from core import songs
from core.catalog import load_catalog
from core.jobs import HANDMADE
from core.values import Artifact, Job, JobState, RemoteButton
from tests.delivery.bench import Bench
from tests.delivery.test_results import deeds, job_of, labels

TEXTS = Texts()
CATALOG = load_catalog({})
SONG = Artifact("audio", media="s", mime="audio/mpeg", duration_s=90, title="Night Road", text="[Verse]\nrain", size=4)
WORDS = Artifact("text", text="[Verse]\nrain", title="Night Road")
LINK = "https://audiopipe.suno.ai/?item_id=e9893d04-1f2e"


def song(*made: Artifact, **changes: object) -> Job:
    offers = tuple(
        RemoteButton(f"c{number} 90", f"⏩ {number}", "extend", "words") for number in range(1, len(made) + 1)
    )
    return job_of(*made, **{"kind": "audio", "model": "suno-v4", "buttons": offers, **changes})  # type: ignore[arg-type]


def lyrics(model: str = "suno-lyrics") -> Job:
    return job_of(WORDS, kind="audio", model=model)


def below(job: Job) -> Buttons:
    return results.buttons(job, CATALOG.find(job.model), TEXTS, TELEGRAM, songs=songs.deeds(job, CATALOG))


# --- names --------------------


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Night Road", "Night Road.mp3"),
        ("夜路", "夜路.mp3"),
        ("../../etc/passwd", "etc passwd.mp3"),
        ("a\u202egnp.\nexe/b: <c>", "a gnp exe b c.mp3"),
        ("x" * 500, "x" * 60 + ".mp3"),
        ("...", "audio-job00000.mp3"),
    ],
)
def test_a_song_is_called_by_its_title(title: str, name: str) -> None:
    assert [each for _, each in files_of(song(replace(SONG, title=title)))] == [name]


def test_two_songs_have_two_names() -> None:
    assert [name for _, name in files_of(song(SONG, SONG))] == ["Night Road 1.mp3", "Night Road 2.mp3"]


# --- captions --------------------


def test_the_caption_says_the_title_once() -> None:
    job = song(SONG, SONG)
    caption = caption_of(job, TEXTS, TELEGRAM, [Fitted(each, "n", each) for each in job.results])
    assert caption.splitlines()[0].startswith("Night Road · suno-v4 · ")


def test_one_of_two_that_is_free_says_so() -> None:
    told = {"found": 1, "made": 2, "paid": "none"}
    job = song(SONG, error_key="deliver-partly", error_params=told, quote=0)
    assert "Only 1 of 2 came. You do not pay for any of it." in caption_of(job, TEXTS, TELEGRAM)
    assert "全部不收费" in caption_of(replace(job, locale="zh"), TEXTS, TELEGRAM)


def test_the_title_of_a_stranger_calls_nobody() -> None:
    made = replace(SONG, title="@everyone **[x](http://e.org)**")
    caption = caption_of(song(made), TEXTS, DISCORD, [Fitted(made, "n", made)])
    assert "@everyone" not in caption.replace("\\@", "") and "](http" not in caption


# --- buttons --------------------


def test_a_song_goes_on_becomes_a_clip_and_shows_its_words() -> None:
    assert deeds(below(song(SONG))) == ["mj press:0", "job clip:0", "job words", "job again", "job file", "job delete"]
    two = below(song(SONG, SONG))
    assert labels(two)[1][:2] == ["🎬 Video clip 1", "🎬 Video clip 2"] and "job clip:1" in deeds(two)
    assert "job words" not in deeds(below(song(replace(SONG, text=""))))


def test_speech_has_neither() -> None:
    spoken = job_of(replace(SONG, mime="audio/ogg"), kind="audio", model="tts-1")
    assert deeds(below(spoken)) == ["job again", "job file", "job delete"]


def test_words_are_sung_and_changed_for_a_price() -> None:
    buttons = below(lyrics())
    assert deeds(buttons) == ["job sing", "job rewrite", "job again", "job delete"]
    assert [label.split(" · ")[1] for row in labels(buttons)[:2] for label in row] == ["10 credits", "1 credit"]


def test_a_transcript_is_no_song() -> None:
    assert deeds(below(job_of(WORDS, kind="audio", model="whisper-1"))) == ["job again", "job delete"]


def test_a_clip_is_a_film_of_ours() -> None:
    assert "clip" in HANDMADE
    clip = job_of(Artifact("video", media="v", mime="video/mp4"), kind="audio", model="suno-v4", action="clip")
    assert deeds(below(clip)) == ["job again", "job still", "job gif", "job file", "job delete"]


# --- words in full --------------------


@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD])
def test_no_line_of_a_long_song_is_lost(surface: Surface) -> None:
    lines = [f"line number {number} of it" for number in range(400)]
    messages = in_full("suno-lyrics", "Night Road", "\n".join(lines), surface)
    assert len(messages) > 1 and max(map(len, messages)) <= surface.text_cut
    assert [line for line in "\n".join(messages).splitlines() if line.startswith("line")] == lines
    assert "Night Road" in messages[0]


async def test_words_come_as_text_with_their_buttons_below(bench: Bench) -> None:
    job = bench.job(WORDS, kind="audio", model="suno-lyrics", ack_id="")
    await bench.deliverer.deliver(job)
    shown = bench.last.text
    assert "Night Road" in shown and "[Verse]\nrain" in shown


# --- early listening --------------------


def running(bench: Bench) -> Job:
    return bench.job(kind="audio", model="suno-v4", state=JobState.WAITING, sent_ms=bench.clock.now_ms(), progress=40)


async def test_a_link_to_listen_comes_at_once_and_stays(bench: Bench) -> None:
    ack, job = bench.see_ack(), running(bench)
    await bench.deliverer.progress(job)
    assert LINK not in ack.text
    bench.clock.advance(3)
    await bench.deliverer.progress(job, None, LINK)
    assert LINK in ack.text
    bench.clock.advance(60)
    await bench.deliverer.progress(replace(job, progress=80))
    assert LINK in ack.text and "percent=80" in ack.text


@pytest.mark.parametrize(
    "link", ["http://audiopipe.suno.ai/x", "https://a.b/](x) @everyone", "https://a.b/x\nlook", "javascript:x"]
)
async def test_no_other_link_is_shown(bench: Bench, link: str) -> None:
    ack, job = bench.see_ack(), running(bench)
    await bench.deliverer.progress(job, None, link)
    assert link not in ack.text and "listen" not in ack.text
