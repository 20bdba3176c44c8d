"""A text read aloud: cut where one pauses, spoken in parts, and joined so that nobody hears it."""

from __future__ import annotations

import io
from array import array
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog import load_catalog
from core.errors import BadFile, EmptyPrompt, PartFailed, PromptTooLong, UnknownModel
from core.ports import Store
from core.pressing import retry
from core.reading_aloud import PARTS_MOST, TEXT_CHARS, for_model, parts_of
from core.renditions import FileRenditions
from core.values import Access, Artifact, JobState
from storage.media import open_media
from tests.clocks import FakeClock
from tests.core.voicehouse import START, VoiceHouse, recording, voice_house

CATALOG = load_catalog()
MINIMAX, GEMINI, OPENAI = (
    CATALOG.get(name, "audio") for name in ("speech-2.8-hd", "gemini-2.5-flash-preview-tts", "tts-1")
)
SENTENCE = "The fox runs through the snow. "


@pytest.fixture
async def rig(store: Store, clock: FakeClock, tmp_path: Path) -> AsyncIterator[VoiceHouse]:
    async with voice_house(store, clock, tmp_path / "media") as made:
        yield made


@pytest.fixture
async def ann(rig: VoiceHouse) -> Access:
    return await rig.house.member()


# --- cut --------------------


def test_it_is_cut_behind_paragraphs_and_sentences() -> None:
    parts = parts_of(SENTENCE * 200 + "\n\n" + SENTENCE * 50, OPENAI)
    assert len(parts) == 2
    assert all(part.endswith(".") and len(part) <= 4_096 for part in parts)
    both = parts_of(f"{'a' * 3_000}\n\n{'b' * 3_000}", OPENAI)
    assert both == ["a" * 3_000, "b" * 3_000]


def test_a_bound_in_bytes_counts_bytes() -> None:
    parts = parts_of("你好，世界。" * 1_000, GEMINI)
    assert len(parts) > 1
    assert all(len(part.encode()) <= GEMINI.prompt_bytes for part in parts)
    assert all(part.endswith("。") for part in parts)


@given(st.text(st.sampled_from("ab .。\n你😀"), max_size=15_000), st.sampled_from([OPENAI, GEMINI]))
def test_nothing_is_lost_or_said_twice(text: str, spec: object) -> None:
    assert "".join("".join(parts_of(text, OPENAI)).split()) == "".join(text.split())


def test_too_much_is_refused() -> None:
    with pytest.raises(PromptTooLong):
        parts_of("a" * (TEXT_CHARS + 1), MINIMAX)
    with pytest.raises(PromptTooLong):
        parts_of("😀" * TEXT_CHARS, replace(GEMINI, prompt_bytes=4_000))
    assert len(parts_of("a" * TEXT_CHARS, MINIMAX)) <= PARTS_MOST


def test_marks_that_a_model_does_not_know_are_left_out() -> None:
    text = "Well <#1.5#> hello (laughs) there (he2)."
    assert for_model(text, MINIMAX) == text
    assert for_model(text, OPENAI) == "Well hello there (he2)."
    assert for_model(text, CATALOG.get("speech-2.6-hd", "audio")) == "Well <#1.5#> hello there (he2)."


# --- joined --------------------


def heard(data: bytes) -> array[int]:
    """One channel at 48 kHz."""
    samples: array[int] = array("h")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
    with av.open(io.BytesIO(data), "r") as source:
        for frame in source.decode(audio=0):
            for made in resampler.resample(frame):
                samples.frombytes(bytes(made.planes[0])[: made.samples * 2])
    return samples


def loud(samples: array[int], at_s: float) -> bool:
    around = samples[int(at_s * 48_000) - 480 : int(at_s * 48_000) + 480]
    return max(around) > 2_000


async def test_sounds_are_joined_without_a_gap(tmp_path: Path) -> None:
    media = open_media(str(tmp_path))
    eyes = FileRenditions(media)
    keys = []
    for hertz in (220.0, 330.0, 440.0):
        key, _ = await media.put(recording(3.0, hertz, 0.0), 10**7)  # half of it is silence
        voice = await eyes.voiced(Artifact("audio", media=key))
        assert voice is not None
        keys.append(voice.media)
    made = await eyes.spliced(keys)
    assert (made.kind, made.mime) == ("audio", "audio/ogg")
    samples = heard(await media.read(made.media))
    gaps = [at / 100 for at in range(10, 450) if not loud(samples, at / 100)]
    assert len(gaps) <= 40  # two breaths
    jumps = max(abs(samples[at] - samples[at - 1]) for at in range(1, int(4.5 * 48_000)))
    assert jumps < 1_500, "it clicks"
    assert made.duration_s == pytest.approx(6.3, abs=0.3)  # three tones, two breaths and the silence at the end


async def test_what_is_no_sound_is_not_joined(tmp_path: Path) -> None:
    media = open_media(str(tmp_path))
    key, _ = await media.put(b"no sound at all", 100)
    good, _ = await media.put(recording(1), 10**7)
    with pytest.raises(BadFile):
        await FileRenditions(media).spliced([good, key])


# --- said --------------------


async def test_a_long_text_is_one_voice_message(rig: VoiceHouse, ann: Access) -> None:
    text = "你好，世界。" * 700
    whole = await rig.saying.say(ann, "1", text, "gemini-2.5-flash-preview-tts", {"voice": "puck"}, event_id="e1")
    again = await rig.saying.say(ann, "1", text, "gemini-2.5-flash-preview-tts", {"voice": "puck"}, event_id="e1")
    assert again.id == whole.id
    async with rig.house.store.read() as tx:
        pieces = await tx.jobs.pieces(whole.id)
    assert len(pieces) == 2
    assert "".join(piece.prompt for piece in pieces) == text
    assert {piece.options["voice"] for piece in pieces} == {"Puck"}
    done = await rig.done(whole)
    assert (done.state, done.action) == (JobState.DONE, "splice")
    [sound] = done.results
    assert sound.mime == "audio/ogg"
    assert [job.id for job in rig.house.courier.delivered] == [whole.id]
    assert await rig.house.left(ann.account_id) == START - sum(piece.quote for piece in pieces)
    await rig.house.balanced(ann.account_id)


async def test_a_part_that_fails_is_refunded_and_alone_spoken_again(rig: VoiceHouse, ann: Access) -> None:
    text = ("你好，世界。" * 430) + "\n" + ("再见。" * 700) + "[refuse]"
    whole = await rig.done(await rig.saying.say(ann, "1", text, "gemini-2.5-flash-preview-tts", event_id="e1"))
    assert (whole.state, whole.error_key) == (JobState.FAILED, PartFailed.key)
    assert (whole.error_params["numbers"], whole.error_params["made"]) == ("2", 1)
    async with rig.house.store.read() as tx:
        first, second = await tx.jobs.pieces(whole.id)
    assert await rig.house.left(ann.account_id) == START - first.quote
    again = await retry(rig.orders, ann, whole.id, "2", "e2")
    assert again.inputs[0].media == f"job:{first.id}"
    async with rig.house.store.read() as tx:
        [anew] = await tx.jobs.pieces(again.id)
    assert anew.prompt == second.prompt


async def test_only_models_that_speak(rig: VoiceHouse, ann: Access) -> None:
    for model in ("voice-clone", "suno-v4", "whisper-1"):
        with pytest.raises(UnknownModel):
            await rig.saying.say(ann, "1", "Hello.", model)
    with pytest.raises(EmptyPrompt):
        await rig.saying.say(ann, "1", " <#1.5#> ", "tts-1")
