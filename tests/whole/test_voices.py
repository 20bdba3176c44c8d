"""A text read aloud, a voice that is cloned and speaks, as a person does it on every front end."""

from __future__ import annotations

import pytest

from tests.reading import samples
from tests.whole.hands import File, Hands
from tests.whole.wire import asked

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = """
[defaults.minimax_clone]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""
SPEECH, CLONE = "/minimax/v1/t2a_v2", "/minimax/v1/voice_clone"
SOUNDS = {"voice", "audio"}


async def test_a_text_is_a_voice_message(ann: Hands) -> None:
    await ann.uses("say", "Good <#0.5#> morning", model="speech-2.8-hd", voice="Japanese_Whisper_Belle")
    await ann.until(lambda: any(SOUNDS & {*seen.kinds} for seen in ann.sees()), "a voice message")
    await ann.house.at_rest()
    [body] = asked(ann, SPEECH)
    assert (body["text"], body["voice_setting"]["voice_id"]) == ("Good <#0.5#> morning", "Japanese_Whisper_Belle")
    spoken = next(seen for seen in ann.sees() if SOUNDS & {*seen.kinds})
    assert spoken.files[0][:4] == b"OggS"
    if ann.platform != "console":
        assert "voice" in spoken.kinds


async def test_a_voice_is_cloned_when_its_speaker_agrees_and_then_speaks(ann: Hands) -> None:
    memo = File("document", "mum.mp3", "audio/mpeg", samples.tune("mp3", "libmp3lame", 12))
    await ann.uses("voice", "clone Mum", memo)
    question = await ann.hears("agree")
    assert asked(ann, CLONE) == []
    await ann.press(question, "agreed")
    await ann.until(lambda: any(SOUNDS & {*seen.kinds} for seen in ann.sees()), "its first words")
    await ann.house.at_rest()
    [clone] = asked(ann, CLONE)
    assert clone["voice_id"].startswith("sl") and len(clone["voice_id"]) >= 16
    await ann.uses("say", "I am home.", model="speech-2.8-hd", voice="mum")
    await ann.behind_the_scenes(lambda: len(asked(ann, SPEECH)) == 2)
    await ann.house.at_rest()
    first, second = asked(ann, SPEECH)
    assert first["voice_setting"]["voice_id"] == second["voice_setting"]["voice_id"] == clone["voice_id"]
    assert all(clone["voice_id"] not in seen.text for seen in ann.sees())
