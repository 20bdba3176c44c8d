"""Speech, voices, songs and transcripts as people have them on every front end: the bodies of every family, texts and
recordings of any length, and voices that belong to one person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from bots.sandbox.faults import Reply
from tests.reading import samples
from tests.standins.discord_faults import Fault
from tests.whole import scenes_sounds
from tests.whole.conftest import somebody
from tests.whole.footage import clip
from tests.whole.hands import File, Hands, text_of
from tests.whole.rig import Whole
from tests.whole.scenes_sounds import CLONE, MINIMAX, SPEECH, SUNO, bubble, said, seconds
from tests.whole.wire import asked, fields, filled, gemini, paths

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = (
    scenes_sounds.CONFIG
    + """
[defaults.openai_transcription.extra]
seconds_most = 2
"""
)
REFUSED = {"error": {"message": "no channel", "type": "new_api_error", "code": "model_not_found"}}
LYRICS = "/minimax/v1/lyrics_generation"
SENDS = r"/channels/\d+/messages"
HEARING = "/v1/audio/transcriptions"
VOICE = {"model": "speech-2.8-hd"}


@pytest.mark.parametrize("scene", scenes_sounds.SCENES)
async def test_family(scene: Callable[[Hands], Awaitable[None]], ann: Hands) -> None:
    await scene(ann)


# --- /say --------------------


async def test_a_long_text_is_one_voice_message(ann: Hands) -> None:
    words = "The owl sleeps in the old barn. It wakes when the moon is up. Then it flies over the fields and hunts for mice."
    before = len(ann.sees())
    heard = await said(ann, words, model="tts-1-hd")
    bubble(ann, heard)
    assert sum("voice" in seen.kinds for seen in ann.sees()[before:]) == 1
    spoken = [body["input"] for body in asked(ann, SPEECH)]
    assert len(spoken) >= 2 and " ".join(sorted(spoken, key=words.index)) == words
    assert seconds(heard.files[0]) > 0.05 * len(words)  # all of it, not only a part


@pytest.mark.parametrize("platform", ["discord"], indirect=True)
async def test_where_voice_messages_are_not_allowed_a_file_comes(ann: Hands, whole: Whole) -> None:
    whole.discord.faults.add("POST", SENDS, Fault("error", status=403, code=50013))
    await ann.use("say", "Good morning", model="tts-1")
    heard = await ann.hears_file("audio")
    assert heard.files[0].startswith(b"OggS") and len(asked(ann, SPEECH)) == 1


async def test_an_answer_is_read_when_it_is_replied_to(ann: Hands) -> None:
    if not ann.can_reply:
        pytest.skip("nobody can reply here")
    [answer] = await ann.says("who are you? [variant A]")
    await ann.write("/say --model tts-1", reply_to=answer)
    bubble(ann, await ann.hears_file("voice"))
    [body] = asked(ann, SPEECH)
    assert body["input"] and body["input"].split()[0] in answer.text


# --- /voice --------------------


async def test_a_vendors_voice_is_tried_and_chosen(ann: Hands) -> None:
    [listed] = await ann.uses("voice", "list Japanese")
    assert "Japanese" in listed.text
    await ann.press(listed, "▶")
    bubble(ann, await ann.hears_file("voice"))
    [sample] = asked(ann, MINIMAX)
    assert sample["voice_setting"]["voice_id"] == "Japanese_Whisper_Belle" and len(sample["text"]) < 60
    await ann.press(listed, "Use ")
    await ann.is_told("from now on")
    await ann.use("say", "I am here.")
    await ann.behind_the_scenes(lambda: len(asked(ann, MINIMAX)) == 2)
    assert asked(ann, MINIMAX)[1]["voice_setting"]["voice_id"] == "Japanese_Whisper_Belle"
    await ann.house.at_rest()


async def test_a_cloned_voice_from_its_first_word_to_its_last(ann: Hands, whole: Whole) -> None:
    """Cloned from a voice message, chosen, lost at the vendor, cloned anew, deleted."""
    await cloned(ann)
    await ann.uses("voice", "use Mum")
    await ann.use("say", "I am home.")
    await ann.behind_the_scenes(lambda: len(asked(ann, MINIMAX)) == 2)
    await ann.house.at_rest()
    [clone] = asked(ann, CLONE)
    assert asked(ann, MINIMAX)[1]["voice_setting"]["voice_id"] == clone["voice_id"]
    with forgotten(whole):
        await ann.use("say", "I am here.")
        gone = await ann.hears("not there any more")
    await ann.press(gone, "Clone Mum again")
    await ann.behind_the_scenes(lambda: len(asked(ann, CLONE)) == 2)
    await ann.house.at_rest()
    anew = asked(ann, CLONE)[1]
    assert anew["voice_id"] != clone["voice_id"]
    await ann.use("say", "I am back.")
    await ann.behind_the_scenes(lambda: asked(ann, MINIMAX)[-1]["text"] == "I am back.")
    assert asked(ann, MINIMAX)[-1]["voice_setting"]["voice_id"] == anew["voice_id"]
    await ann.house.at_rest()
    [sure] = await ann.uses("voice", "delete Mum")
    await ann.press(sure, "Yes, delete")
    await ann.behind_the_scenes(lambda: not own_voices(ann))
    await ann.use("say", "Who speaks now?", **VOICE)
    await ann.behind_the_scenes(lambda: asked(ann, MINIMAX)[-1]["text"] == "Who speaks now?")
    await ann.house.at_rest()
    assert not asked(ann, MINIMAX)[-1]["voice_setting"].get("voice_id", "").startswith("sl")
    assert not [seen for seen in ann.sees() if clone["voice_id"] in seen.text or anew["voice_id"] in seen.text]


async def test_nobody_else_has_it(ann: Hands, whole: Whole, platform: str) -> None:
    bob = somebody(whole, platform)
    try:
        await cloned(ann)
        [clone] = asked(ann, CLONE)
        for name in ("Mum", "own:Mum", clone["voice_id"]):
            refused = text_of(await bob.uses("say", "I am Ann.", **VOICE, voice=name))
            assert "does not fit voice" in refused and "Mum" not in refused.partition("use:")[2]
        assert len(asked(ann, MINIMAX)) == 1  # its first words
        assert "Mum" not in text_of(await bob.uses("voice"))
        assert "no voice of your own" in text_of(await bob.uses("voice", "delete Mum"))
    finally:
        await bob.leave()


async def cloned(ann: Hands) -> None:
    """Of a voice message that is replied to, or of a file where nobody can reply; nothing is made before its speaker has
    agreed."""
    if ann.platform == "telegram":
        memo = await ann.write("", File("voice", "voice-message.ogg", "audio/ogg", samples.tune("ogg", "libopus", 11)))
        await ann.house.at_rest()
        await ann.write("/voice clone Mum", reply_to=memo)
    else:
        await ann.use("voice", "clone Mum", File("document", "m.mp3", "audio/mpeg", samples.tune("mp3", "mp3", 11)))
    question = await ann.hears("agree")
    assert not asked(ann, CLONE)
    await ann.press(question, "agreed")
    await ann.behind_the_scenes(lambda: asked(ann, CLONE))
    await ann.house.at_rest()
    assert [name for name, used in own_voices(ann) if used] == ["Mum"]


def own_voices(ann: Hands) -> list[tuple[object, ...]]:
    """Of whoever was the last to write."""
    newest = "SELECT person_id FROM jobs ORDER BY number DESC LIMIT 1"
    return ann.house.rows(f"SELECT name, used_ms FROM voices WHERE person_id = ({newest})")  # noqa: S608 # ours


@contextmanager
def forgotten(whole: Whole) -> Iterator[None]:
    """By the vendor."""
    sounds = whole.house.gateway.behaviour.sounds
    sounds.clones_lost = True
    try:
        yield
    finally:
        sounds.clones_lost = False


# --- /lyrics --------------------


async def test_words_are_written_changed_and_sung(ann: Hands) -> None:
    await ann.uses("lyrics", "a song for a cat", model="minimax-lyrics")
    words = await ann.hears("[Verse")
    asking = "What shall be different about the words?"
    await ann.tells(words, "Edit", "more rain", asked=asking)
    changed = await ann.hears("[Bridge]")
    first, second = asked(ann, LYRICS)
    assert first == {"mode": "write_full_song", "prompt": "a song for a cat"}
    assert (
        second["mode"] == "edit"
        and second["prompt"] == "more rain"
        and second["lyrics"] in words.text.replace("\\", "")
    )
    await ann.press(changed, "Sing it")
    await ann.hears_file("audio")
    [sung] = asked(ann, SUNO)
    assert sung["prompt"].endswith("more rain") and sung["tags"] == "Mandopop, Summer"


# --- /transcribe --------------------


async def test_a_film_comes_as_subtitles(ann: Hands) -> None:
    await ann.uses("transcribe", "srt", clip())
    found = await ann.gets("This recording has")
    assert found.kinds == ("document",) and found.files[0].startswith(b"1\n00:00:00,000 --> 00:00:0")
    forms = filled(ann, HEARING)
    assert [fields(form)["response_format"] for form in forms] == ["verbose_json"] * len(forms)


async def test_a_voice_message_that_is_longer_than_a_piece(ann: Hands) -> None:
    memo = File("document", "memo.mp3", "audio/mpeg", samples.tune("mp3", "mp3", 5))
    await ann.uses("transcribe", "", memo, language="en")
    found = await ann.hears("This recording has")
    forms = filled(ann, HEARING)
    assert len(forms) >= 3 and found.text.count("This recording has") == len(forms)
    assert fields(forms[0]) == {"model": "whisper-1", "language": "en", "response_format": "json"}
    [sound] = forms[0].files("file")
    assert sound.filename == "voice.mp3" and sound.data


async def test_who_hears_when_the_first_are_not_offered(ann: Hands, whole: Whole) -> None:
    """In the words of this gateway, and of others: the third one does it, for no more than was held."""
    behaviour = whole.house.gateway.behaviour
    behaviour.script(f"POST {HEARING}", Reply(503, REFUSED), Reply(404, REFUSED))
    await ann.uses("transcribe", "", short())
    await ann.hears("Hello, I am trying")
    third = gemini("gemini-2.5-flash", "generateContent")
    assert paths(ann) == [HEARING, HEARING, third]
    assert [fields(form)["model"] for form in filled(ann, HEARING)] == ["whisper-1", "gpt-4o-transcribe"]
    told, sound = asked(ann, third)[0]["contents"][0]["parts"]
    assert "verbatim" in told["text"] and sound["inlineData"]["mimeType"].startswith("audio/")


def short() -> File:
    return File("document", "memo.mp3", "audio/mpeg", samples.tune("mp3", "mp3", 0.5))
