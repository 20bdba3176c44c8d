"""Words for a song, the song, and its video clip, as a person makes them on every front end."""

from __future__ import annotations

import pytest

from tests.whole.hands import Hands, Seen
from tests.whole.wire import asked

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = """
[defaults.suno]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""
SONGS, WORDS = "/suno/submit/music", "/suno/submit/lyrics"


async def test_words_are_written_sung_and_filmed(ann: Hands) -> None:
    await ann.uses("lyrics", "a song for a cat", model="suno-lyrics")
    words = await ann.hears("[Verse")
    assert [body["prompt"] for body in asked(ann, WORDS)] == ["a song for a cat"]
    await ann.press(words, "Sing it")
    song = await ann.gets("[Verse")
    (body,) = asked(ann, SONGS)
    assert body["prompt"].startswith("[Verse") and body["title"] and body["tags"] and body["mv"] == "chirp-v4"
    assert song.kinds.count("audio") >= 1


async def test_a_song_goes_on_shows_its_words_and_becomes_a_film(ann: Hands) -> None:
    await ann.uses("music", "a calm song about the sea")
    await ann.hears_file("audio")
    await ann.until(lambda: _with(ann, "Lyrics"), "the buttons")
    below = _with(ann, "Lyrics")[-1]
    await ann.presses(below, "Lyrics", "[Verse")
    asking = "How does the song go on?"
    await ann.tells(below, "⏩ 2", "and on and on it goes", asked=asking)
    await ann.behind_the_scenes(lambda: len(asked(ann, SONGS)) == 2)
    first, second = asked(ann, SONGS)
    assert first["gpt_description_prompt"] == "a calm song about the sea"
    assert second["prompt"] == "and on and on it goes" and second["continue_at"] > 0
    assert second["task_id"] and second["continue_clip_id"]
    await ann.press(below, "Video clip 1")
    film = await ann.hears_file("video")
    assert film.files and len(asked(ann, SONGS)) == 2


def _with(ann: Hands, label: str) -> list[Seen]:
    return [seen for seen in ann.sees() if label in seen.buttons]
