"""/music and /lyrics, and the buttons below songs and words."""

from __future__ import annotations

from typing import Any

import pytest

from core.plans import Plan
from core.values import Artifact, Attachment, Job, JobState, Place, RemoteButton, ReplyTo, Sender
from tests.commands.rig import ANN, BOB, DM, GROUP, PHOTO, Rig

RESULT = "result-1"
WORDS = "[Verse]\nlamps in the rain\n[Chorus]\nopen the door"
TOLD = '{"title": "Night Road", "style": "indie folk"}'


@pytest.fixture
def rig(rig: Rig) -> Rig:
    plans: Any = rig.rules.plans
    plans["default"] = Plan(daily=50_000_000, open_jobs=9)
    return rig


async def made(rig: Rig, words: str, *results: Artifact, place: Place = DM, **changes: Any) -> Job:
    """Made and delivered, as the message RESULT."""
    await rig.message(words, place, mentioned=True)
    job = (await rig.jobs())[0]
    await rig.finish(job, state=JobState.SENDING)
    await rig.finish(job, state=JobState.READY, results=results, task_id="task_1", **changes)
    async with rig.store.begin() as tx:
        await tx.conversations.link(job.place, RESULT, f"job:{job.id}")
    return await rig.finish(job, state=JobState.DONE, told=True)


async def sung(rig: Rig, place: Place = DM, text: str = WORDS) -> Job:
    keys = [(await rig.media.put(f"song {number}".encode(), 100))[0] for number in (1, 2)]
    cover, _ = await rig.media.put(b"cover", 100)
    songs = [
        Artifact("audio", media=key, mime="audio/mpeg", size=6, text=text, title="Night Road", cover=cover)
        for key in keys
    ]
    buttons = tuple(RemoteButton(f"clip{number} 90", f"⏩ {number}", "extend", "words") for number in (1, 2))
    return await made(rig, "/music rain in a city", *songs, place=place, buttons=buttons)


async def written(rig: Rig, model: str = "suno-lyrics", words: str = WORDS, place: Place = DM) -> Job:
    return await made(
        rig, f"/lyrics a cat --model {model}", Artifact("text", text=words), place=place, transcript=TOLD
    )  # fmt: skip


def reply(words: str, **more: Any) -> dict[str, Any]:
    return {"text": words, "reply": ReplyTo(RESULT, own=True), **more}


async def last(rig: Rig, sender: Sender = ANN) -> Job:
    return (await rig.jobs(sender))[0]


# --- /music --------------------


async def test_a_wish_and_words_go_to_the_first_model_of_songs(rig: Rig) -> None:
    [said] = await rig.message('/music a calm song --style "slow jazz" --instrumental on')
    job = await last(rig)
    assert (job.kind, job.model, job.prompt) == ("audio", "suno-v4", "a calm song")
    assert job.options == {"style": "slow jazz", "instrumental": "on"}
    assert rig.texts.money(job.quote) in said.text
    await rig.message(f'/music --title "Night Road" {WORDS}')
    job = await last(rig)
    assert job.prompt == WORDS and job.options == {"title": "Night Road"}  # line by line


async def test_the_operators_choice_goes_first(rig: Rig) -> None:
    vars(rig.catalog)["_defaults"]["music"] = "lyria-3-clip-preview"
    await rig.message("/music rain")
    assert (await last(rig)).model == "lyria-3-clip-preview"


async def test_pictures_are_the_mood_of_a_model_that_sees(rig: Rig) -> None:
    await rig.message("/music like this", attachments=(PHOTO,))
    job = await last(rig)
    assert job.model == "lyria-3-clip-preview" and [part.kind for part in job.inputs] == ["image"]
    [said] = await rig.message("/music like this --model suno-v4", attachments=(PHOTO,))
    assert "suno-v4" in said.text and len(await rig.jobs()) == 1


async def test_only_models_of_songs_make_songs(rig: Rig) -> None:
    await rig.message("/music rain --model suno-v5")
    assert (await last(rig)).model == "suno-v5"
    for model in ("suno-lyrics", "tts-1"):
        [said] = await rig.message(f"/music rain --model {model}")
        assert model in said.text and len(await rig.jobs()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/music", "What would you like to hear?"),
        ("/music " + "w" * 401, "401"),
        (f"/music --title {'t' * 81} {WORDS}", "The title is too long"),
        (f"/music --instrumental on {WORDS}", "without a voice"),
        ("/lyrics", "What is the song about?"),
    ],
)
async def test_what_cannot_be_sung_costs_nothing(rig: Rig, text: str, said: str) -> None:
    [answer] = await rig.message(text)
    assert said in answer.text and await rig.jobs() == []


async def test_a_text_that_is_replied_to_is_sung(rig: Rig) -> None:
    theirs = ReplyTo("7", author_id="9", text="lamps in the rain\nopen the door")
    await rig.message("/music", reply=theirs)
    job = await last(rig)
    assert (job.prompt, job.action) == (theirs.text, "sing")
    marked = ReplyTo("8", author_id="9", text=WORDS)
    await rig.message("/music slow jazz", reply=marked)
    job = await last(rig)
    assert (job.prompt, job.action, job.options) == (WORDS, "sing", {"style": "slow jazz"})
    await rig.message("/music slow jazz", reply=theirs)  # nothing says that these are words of a song
    assert (await last(rig)).prompt == "slow jazz"


async def test_words_of_ours_are_sung_with_their_title_and_style(rig: Rig) -> None:
    await written(rig)
    await rig.message(**reply("/music"))
    job = await last(rig)
    assert (job.prompt, job.action) == (WORDS, "sing")
    assert job.options == {"title": "Night Road", "style": "indie folk"}
    await rig.message(**reply("/music slow jazz --model lyria-3-clip-preview"))
    job = await last(rig)
    assert (job.options, job.prompt) == ({}, f"slow jazz\n\n{WORDS}")
    [said] = await rig.message(**reply("/music " + "jazz " * 50))
    assert "The style is too long" in said.text


async def test_the_cover_of_a_song_is_no_mood(rig: Rig) -> None:
    await sung(rig, text="")
    cover = Attachment("image", "photo", mime="image/png", name="cover.jpg", size=3)
    await rig.message("/music more of it", reply=ReplyTo(RESULT, own=True, attachments=(cover,)))
    job = await last(rig)
    assert (job.model, job.prompt, job.inputs) == ("suno-v4", "more of it", ())


# --- below a song --------------------


async def test_a_song_goes_on_with_words_of_ones_own(rig: Rig) -> None:
    song = await sung(rig)
    [asked] = await rig.press(f"mj:{song.id}:press:1")
    assert "How does the song go on?" in asked.text and rig.texts.money(song.quote) in asked.text
    await rig.message("[Verse]\nand on")
    job = await last(rig)
    assert (job.press, job.action, job.prompt, job.continues) == ("clip2 90", "extend", "[Verse]\nand on", song.id)


async def test_the_words_of_a_song_are_shown_once(rig: Rig) -> None:
    song = await sung(rig)
    [said] = await rig.press(f"job:{song.id}:words")
    assert said.text == WORDS
    long = await sung(rig, text="\n".join(f"line {number}" for number in range(1000)))
    said_ = await rig.press(f"job:{long.id}:words")
    assert len(said_) > 1 and said_[-1].text.endswith("line 999")


async def test_a_video_clip_costs_nothing(rig: Rig) -> None:
    song = await sung(rig)
    [said] = await rig.press(f"job:{song.id}:clip:1")
    job = await last(rig)
    assert "video clip" in said.text and (job.action, job.quote, job.family) == ("clip", 0, "handmade")
    assert [part.media for part in job.inputs] == [song.results[1].media, song.results[1].cover]


async def test_a_song_without_its_cover_is_filmed_and_without_itself_not(rig: Rig) -> None:
    song = await sung(rig)
    await rig.media.delete([song.results[0].cover])
    await rig.press(f"job:{song.id}:clip:0")
    assert [part.kind for part in (await last(rig)).inputs] == ["audio"]
    await rig.media.delete([song.results[0].media])
    [said] = await rig.press(f"job:{song.id}:clip:0")
    assert "any more" in said.text and len(await rig.jobs()) == 2


async def test_forged_presses_do_nothing(rig: Rig) -> None:
    song = await sung(rig)
    for data in (f"job:{song.id}:clip:7", f"job:{song.id}:sing", f"job:{song.id}:rewrite", "wanted:rewrite:turn:x"):
        [said] = await rig.press(data, words="x")
        assert "any more" in said.text, data
    await rig.press(f"job:{song.id}:words", sender=BOB, place=Place("telegram", "200", private=True))
    assert len(await rig.jobs()) == 1 and WORDS not in rig.outlet.said[-1].text


# --- below words --------------------


async def test_sing_it(rig: Rig) -> None:
    lyrics = await written(rig)
    await rig.press(f"job:{lyrics.id}:sing")
    job = await last(rig)
    assert (job.model, job.action, job.prompt) == ("suno-v4", "sing", WORDS)
    assert job.options == {"title": "Night Road", "style": "indie folk"}


async def test_what_is_too_long_to_be_sung_says_so(rig: Rig) -> None:
    lyrics = await written(rig, words="[Verse]\n" + "w" * 3_500)
    [said] = await rig.press(f"job:{lyrics.id}:sing")
    assert "3,508" in said.text and "3,000" in said.text and len(await rig.jobs()) == 1


@pytest.mark.parametrize("model", ["suno-lyrics", "minimax-lyrics"])
async def test_words_are_changed_by_button_reply_or_command(rig: Rig, model: str) -> None:
    lyrics = await written(rig, model)
    [asked] = await rig.press(f"job:{lyrics.id}:rewrite")
    assert "What shall be different" in asked.text
    await rig.message("sadder")
    await rig.message(**reply("shorter"))
    await rig.message(**reply("/lyrics without a cat"))
    jobs = (await rig.jobs())[:3]
    assert [job.prompt for job in reversed(jobs)] == ["sadder", "shorter", "without a cat"]
    assert {(job.model, job.action, job.continues) for job in jobs} == {("minimax-lyrics", "rewrite", lyrics.id)}


async def test_where_nobody_changes_words_a_reply_is_a_question(rig: Rig) -> None:
    lyrics = await written(rig)
    rows: Any = vars(rig.catalog)["_rows"]
    del rows["minimax-lyrics"]
    await rig.message(**reply("what do you think of it?"))
    assert len(await rig.jobs()) == 1 and len(rig.answers.started) == 1
    [said] = await rig.press(f"job:{lyrics.id}:rewrite")
    assert "any more" in said.text


async def test_others_change_words_of_a_group_at_their_own_cost(rig: Rig) -> None:
    await rig.owner()
    await rig.directory.allow_chat(GROUP, True)
    lyrics = await written(rig, place=GROUP)
    await rig.message(place=GROUP, sender=BOB, **reply("/music"))
    assert (await last(rig, BOB)).prompt == WORDS
    await rig.message(place=GROUP, sender=BOB, **reply("sadder"))
    job = await last(rig, BOB)
    assert (job.action, job.continues) == ("rewrite", lyrics.id)
    assert job.account_id == f"person:{job.person_id}" != lyrics.account_id


async def test_words_stay_words_when_another_model_sings_them(rig: Rig) -> None:
    theirs = ReplyTo("7", author_id="9", text="lamps in the rain\nopen the door")
    await rig.message("/music", reply=theirs)
    await rig.message("/retry suno-v5")
    job = await last(rig)
    assert (job.model, job.prompt, job.action) == ("suno-v5", theirs.text, "sing")
    [said] = await rig.message("/retry tts-1")
    assert "tts-1" in said.text and len(await rig.jobs()) == 2
