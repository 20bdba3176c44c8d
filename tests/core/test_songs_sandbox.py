"""Songs and their words through the real gateway client over real sockets: the whole way, and what goes on from them."""

from __future__ import annotations

from typing import Any

import pytest

from bots.sandbox.server import Sandbox
from core import pressing, songs
from core.songs import REWRITE, SING
from core.values import Access, Job, JobState
from tests.clocks import FakeClock
from tests.core.house import House
from tests.core.test_worker_sandbox import START, real, rounds, sandbox

__all__ = ["real", "sandbox"]


@pytest.fixture
async def ann(real: House) -> Access:
    return await real.member()


async def ordered(real: House, ann: Access, text: str, model: str = "suno-v4", **more: Any) -> Job:
    order, _, _ = real.orders.check("audio", model, text, more.pop("options", {}), **more)
    return await real.orders.place(ann, "1", order)


@pytest.mark.parametrize("text", ["a song about rain", "[Verse]\nlamps in the rain\n[Chorus]\nopen the door"])
async def test_a_song_of_suno(real: House, ann: Access, clock: FakeClock, text: str) -> None:
    job = await rounds(real, clock, await ordered(real, ann, text))
    assert job.state is JobState.DONE and len(job.results) == 2 and job.error_key == ""
    for song in job.results:
        assert (song.kind, song.mime, song.performer) == ("audio", "audio/mpeg", "Suno")
        assert song.title and song.text and song.remote_id and song.duration_s > 1
        assert (await real.media.read(song.cover)).startswith(b"\xff\xd8\xff")
        assert (await real.media.read(song.thumbnail)).startswith(b"\xff\xd8\xff")
    assert [button.label for button in job.buttons] == ["⏩ 1", "⏩ 2"]
    assert await real.left(ann.account_id) == START - job.quote
    await real.balanced(ann.account_id)


async def test_a_song_goes_on_and_is_filmed(real: House, ann: Access, clock: FakeClock) -> None:
    job = await rounds(real, clock, await ordered(real, ann, "a song about rain"))
    more = await pressing.press(real.orders, ann, job.id, 1, words="[Verse]\nand on")
    more = await rounds(real, clock, more)
    assert more.state is JobState.DONE and len(more.results) == 2
    order = songs.clip_of(more, 0)
    assert order is not None
    clip = await rounds(real, clock, await real.orders.place(ann, "2", order))
    assert clip.state is JobState.DONE and clip.results[0].kind == "video"
    assert clip.results[0].duration_s == pytest.approx(more.results[0].duration_s, abs=1)
    await real.balanced(ann.account_id)


async def test_one_good_song_of_a_failed_task(real: House, ann: Access, clock: FakeClock) -> None:
    job = await rounds(real, clock, await ordered(real, ann, "a song [partial]"))
    assert job.state is JobState.DONE and len(job.results) == 1
    assert job.error_params == {"found": 1, "made": 2, "paid": "none"}
    assert await real.left(ann.account_id) == START
    await real.balanced(ann.account_id)


async def test_songs_are_looked_at_together(real: House, ann: Access, clock: FakeClock, sandbox: Sandbox) -> None:
    """One request a tick, however many are open."""
    jobs = [await ordered(real, ann, f"song {number} [slow]") for number in range(6)]
    for _ in range(40):
        await real.worker.step()
        if all([(await real.job(job.id)).told for job in jobs]):
            break
        clock.advance(15)
    assert {(await real.job(job.id)).state for job in jobs} == {JobState.DONE}
    looks = [seen for seen in sandbox.requests if seen.path.startswith("/suno/fetch")]
    assert looks and all(seen.method == "POST" and str(seen.json["ids"]).count("task_") == 6 for seen in looks)


@pytest.mark.parametrize("model", ["suno-lyrics", "minimax-lyrics"])
async def test_words_are_written_changed_and_sung(real: House, ann: Access, clock: FakeClock, model: str) -> None:
    job = await rounds(real, clock, await ordered(real, ann, "a cat", model))
    words = songs.lyrics_of(job)
    assert words is not None and words.title and words.style and "[" in words.text
    assert list(songs.deeds(job, real.catalog)) == ["sing", "rewrite"]
    changed = await rounds(
        real, clock, await ordered(real, ann, "sadder", "minimax-lyrics", action=REWRITE, continues=job.id)
    )
    anew = songs.lyrics_of(changed)
    assert anew is not None and anew.text != words.text
    spec = real.catalog.default("audio", "music")
    sung = await rounds(
        real, clock, await ordered(real, ann, anew.text, spec.name, action=SING, options=songs.sung_by(spec, anew))
    )
    assert sung.state is JobState.DONE and sung.results[0].title == anew.title
    await real.balanced(ann.account_id)


@pytest.mark.parametrize("model", ["music-2.6", "lyria-3-clip-preview", "lyria-3-pro-preview"])
async def test_songs_of_others(real: House, ann: Access, clock: FakeClock, model: str) -> None:
    job = await rounds(real, clock, await ordered(real, ann, "rain in a city", model))
    assert job.state is JobState.DONE and job.results[0].kind == "audio" and job.results[0].duration_s > 0
    await real.balanced(ann.account_id)


@pytest.mark.parametrize("model", ["music-2.6", "lyria-3-clip-preview", "suno-v4"])
async def test_what_is_refused_is_paid_back(real: House, ann: Access, clock: FakeClock, model: str) -> None:
    job = await rounds(real, clock, await ordered(real, ann, "rain [refuse]", model))
    assert job.state is JobState.FAILED and job.error_key == "error-moderated"
    assert await real.left(ann.account_id) == START
    await real.balanced(ann.account_id)
