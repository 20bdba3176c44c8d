"""/voice: choosing one, and one's own, which are made when their speaker has agreed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import VoiceGone
from core.people import REMEMBER_S
from core.values import Attachment, Job, JobState, Place, ReplyTo, Voice
from core.voices import VOICES_MOST
from tests.commands.rig import ANN, BOB, DM, GROUP, Rig, Said

VOICE = Attachment("audio", "memo", mime="audio/ogg", what="voice", size=5)


@pytest.fixture(autouse=True)
def memo(rig: Rig) -> None:
    rig.outlet.files["memo"] = b"voice of somebody"
    rig.outlet.files["memo2"] = b"voice of somebody else"


async def voices(rig: Rig) -> list[Voice]:
    async with rig.store.read() as tx:
        return await tx.voices.of_person((await rig.person(ANN)).id)


async def asked(rig: Rig, name: str = "Mum", place: Place = DM) -> Said:
    (said,) = await rig.message(f"/voice clone {name}", place, attachments=(VOICE,))
    await rich(rig)
    return said


async def rich(rig: Rig, plan: str = "big") -> None:
    async with rig.store.begin() as tx:
        await tx.people.set_plan((await rig.person(ANN)).id, plan)
    rig.clock.advance(REMEMBER_S + 1)


async def cloned(rig: Rig, name: str = "Mum") -> Voice:
    """As it is when its order is done."""
    said = await asked(rig, name)
    await rig.press(said.data[0])
    voice = next(each for each in await voices(rig) if each.name == name)
    async with rig.store.begin() as tx:
        await tx.voices.made(voice.id, voice.job_id, rig.clock.now_ms())
    job = next(job for job in await rig.jobs() if job.id == voice.job_id)
    await rig.finish(job, state=JobState.CANCELLED, told=True)
    return next(each for each in await voices(rig) if each.name == name)


# --- cloning --------------------


async def test_nothing_is_ordered_before_the_speaker_has_agreed(rig: Rig) -> None:
    incoming = rig.incoming("/voice clone Mum", attachments=(VOICE,))
    await rig.journal(incoming)
    (said,) = await rig.handle(incoming)
    await rich(rig)
    assert "agree" in said.text
    assert rig.texts.money(rig.voices.clone_price() or 0) in said.text
    assert await rig.jobs() == [] and await voices(rig) == []
    assert await rig.open_events() == []
    revised, accepted = await rig.press(said.data[0])
    assert "Mum" in revised.text
    [job] = await rig.jobs()
    [voice] = await voices(rig)
    assert (voice.name, voice.job_id, voice.used_ms) == ("Mum", job.id, 0)
    assert voice.remote_id not in f"{job}{accepted.text}"
    await rig.press(said.data[0])
    assert len(await rig.jobs()) == 1


async def test_who_has_not_agreed_is_not_cloned(rig: Rig) -> None:
    said = await asked(rig)
    await rig.press(said.data[1])
    assert await rig.jobs() == [] and await voices(rig) == []


async def test_consent_is_not_given_by_others_nor_for_other_things(rig: Rig) -> None:
    said = await asked(rig, place=GROUP)
    assert said.private
    for data in (said.data[0], said.data[0].replace(ANN.id, BOB.id)):
        await rig.press(data, GROUP, BOB)
    bob = await rig.person(BOB)
    await rig.press(":".join((*said.data[0].split(":")[:-1], bob.id)), GROUP, BOB)
    await rig.message("", attachments=(Attachment("image", "photo", mime="image/png", name="photo.png", size=3),))
    ann = await rig.person(ANN)
    parked = rig.outlet.said[-1].data[0].split(":")[1]
    await rig.press(f"voice:yes:{parked}:{ann.id}")
    await rig.press(f"voice:yes:nothing:{ann.id}")
    await rig.press(f"voice:nonsense:{ann.id}")
    assert await rig.jobs() == [] and await rig.jobs(BOB) == [] and await voices(rig) == []


async def test_a_reply_to_a_voice_message_and_what_is_missing(rig: Rig) -> None:
    (said,) = await rig.message("/voice clone Mum", reply=ReplyTo("9", author_id=BOB.id, attachments=(VOICE,)))
    assert "agree" in said.text
    (missing,) = await rig.message("/voice clone Mum")
    assert "recording" in missing.text
    (unnamed,) = await rig.message("/voice clone", attachments=(VOICE,))
    assert "/voice clone Mum" in unnamed.text
    (slashed,) = await rig.slash("voice", attachments=(VOICE,), action="clone", name="Dad")
    assert "Dad" in slashed.text and "agree" in slashed.text


async def test_who_cannot_pay_has_no_voice(rig: Rig) -> None:
    said = await asked(rig)
    await rich(rig, "default")
    (refused,) = await rig.press(said.data[0])
    assert "credits" in refused.text
    assert await voices(rig) == [] and await rig.jobs() == []


async def test_only_so_many(rig: Rig) -> None:
    first = await cloned(rig)
    async with rig.store.begin() as tx:
        for number in range(1, VOICES_MOST):
            more = replace(first, id=f"v{number}", name=f"V{number}", remote_id=f"r{number}")
            assert await tx.voices.add(more, VOICES_MOST)
    said = await asked(rig, "One more")
    assert str(VOICES_MOST) in said.text and not said.buttons


# --- one's own --------------------


async def test_ones_own_are_shown_to_nobody_else(rig: Rig) -> None:
    voice = await cloned(rig)
    (mine,) = await rig.message("/voice", GROUP)
    assert "Mum" in mine.text and mine.private
    (theirs,) = await rig.message("/voice", GROUP, BOB)
    assert "Mum" not in theirs.text
    bob = await rig.person(BOB)
    for deed in ("use", "ask", "drop", "keep", "again"):
        said = await rig.press(f"voice:{deed}:{voice.id}:{bob.id}", DM, BOB)
        assert all("Mum" not in each.text for each in said)
    for words in ("use Mum", "delete Mum", "keep Mum on", f"use {voice.remote_id}", f"use own:{voice.id}"):
        (said_,) = await rig.message(f"/voice {words}", DM, BOB)
        assert voice.remote_id not in said_.text.replace(f"“{voice.remote_id}”", "")
    (listed,) = await rig.message("/voice list", DM, BOB)
    assert "Mum" not in listed.text
    (refused,) = await rig.message(f"/say Hello --model speech-2.8-hd --voice {voice.remote_id}", DM, BOB)
    assert not refused.buttons
    assert await rig.jobs(BOB) == []
    assert [each.id for each in await voices(rig)] == [voice.id]
    assert not (await voices(rig))[0].keep


async def test_used_from_then_on(rig: Rig) -> None:
    await cloned(rig)
    (said,) = await rig.message("/voice use mum")
    assert "Mum" in said.text
    await rig.message("/say Hello")
    job: Job = (await rig.jobs())[0]
    assert (job.model, job.options["voice"]) == ("speech-2.8-hd", "own:Mum")
    await rig.message("/voice use none")
    await rig.message("/say Hello")
    assert "voice" not in (await rig.jobs())[0].options


async def test_deleting_asks_first(rig: Rig) -> None:
    await cloned(rig)
    (said,) = await rig.message("/voice delete MUM")
    assert len(await voices(rig)) == 1
    await rig.press(said.data[0])
    assert await voices(rig) == []


async def test_keeping_tells_its_price(rig: Rig) -> None:
    await cloned(rig)
    (said,) = await rig.message("/voice keep Mum on")
    assert "credit" in said.text
    assert (await voices(rig))[0].keep
    (shown,) = await rig.message("/voice")
    await rig.press(next(data for data in shown.data if data.startswith("voice:keep")))
    assert not (await voices(rig))[0].keep
    (odd,) = await rig.message("/voice keep Mum")
    assert "on, off" in odd.text


async def test_one_that_is_gone_is_cloned_again_by_a_button(rig: Rig) -> None:
    voice = await cloned(rig)
    async with rig.store.begin() as tx:
        await tx.voices.set_gone(voice.id)
    (refused,) = await rig.message("/say Hello --model speech-2.8-hd --voice Mum")
    assert refused.text == rig.texts("en", VoiceGone.key)
    (shown,) = await rig.message("/voice")
    again = rig.button(shown, "again")
    await rig.press(again.data)
    await rig.press(again.data)
    open_jobs = [job for job in await rig.jobs() if job.state is JobState.QUEUED]
    assert [job.model for job in open_jobs] == ["voice-clone"]
    assert (await voices(rig))[0].job_id == open_jobs[0].id


# --- those of the models --------------------


async def test_the_list_by_language_with_samples(rig: Rig) -> None:
    (said,) = await rig.message("/voice list japanese")
    assert "Japanese" in said.text and "Chinese" not in said.text
    assert "credit" in said.labels[0]
    await rig.press(said.data[0])
    [job] = await rig.jobs()
    assert job.options["voice"] == "Japanese_Whisper_Belle"
    assert job.prompt.startswith("こん")
    (used,) = await rig.press(said.data[1])
    assert "Japanese_Whisper_Belle" in used.text
    (odd,) = await rig.message("/voice list klingon")
    assert "Japanese" in odd.text


async def test_pages(rig: Rig) -> None:
    (first,) = await rig.message("/voice list")
    assert all(len(data.encode()) <= 64 for data in first.data)
    assert len(first.buttons) <= 5
    onward = first.buttons[-1][-1]
    (second,) = await rig.press(onward.data)
    assert second.text != first.text and second.edited
    (last,) = await rig.press(onward.data.replace(":1:", ":999:"))
    assert len(last.buttons[-1]) == 1


async def test_odd_words(rig: Rig) -> None:
    (said,) = await rig.message("/voice sing")
    assert "clone" in said.text
