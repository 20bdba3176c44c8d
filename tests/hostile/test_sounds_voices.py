"""Somebody else's voice, by every name and through every door; consent that is pressed in a storm; recordings that are none;
and voices that are kept alive by many at once. A voice speaks for its person alone, and each order is paid once."""

from __future__ import annotations

import asyncio
import json
import logging
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import BadInput, BadOption, BadVoiceName, BotError, CloneAnew, JobGone, VoiceNameTaken
from core.own_voices import KEPT, OWN, VOICE, VOICE_ID
from core.pressing import retry
from core.speakers import CHOSEN
from core.values import HOUSE, OPEN_STATES, Access, Job, JobState, Order
from core.voice_keeping import AT_ONCE, VoiceKeeping
from tests.clocks import FakeClock
from tests.core.house import ANN, BOB, GROUP
from tests.core.voicehouse import START, VoiceHouse, recording, voice_house
from tests.stores import ENGINES, open_test_store

SPEECH = "speech-2.8-hd"
DAY_S = 86_400


@pytest.fixture(params=ENGINES)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VoiceHouse]:
    clock = FakeClock()
    async with (
        open_test_store(request.param, tmp_path, clock) as store,
        voice_house(store, clock, tmp_path / "media") as made,
    ):
        yield made


@pytest.fixture
async def ann(rig: VoiceHouse) -> Access:
    return await rig.house.member(ANN, GROUP)


@pytest.fixture
async def bob(rig: VoiceHouse) -> Access:
    return await rig.house.member(BOB, GROUP)


async def jobs_of(rig: VoiceHouse, *people: Access) -> list[Job]:
    async with rig.house.store.read() as tx:
        return [job for each in people for job in await tx.jobs.of_person(each.person.id, 1_000, pieces=True)]


async def check_money(rig: VoiceHouse, *people: Access) -> None:
    """No hold without an open job; entries are balances."""
    open_ids = {job.id for job in await jobs_of(rig, *people) if job.state in OPEN_STATES}
    async with rig.house.store.read() as tx:
        assert set(await tx.ledger.open_holds()) <= open_ids
        for account_id in (*(each.account_id for each in people), HOUSE):
            account = await tx.ledger.account(account_id)
            assert await tx.ledger.entries_sum(account_id) == account.balance


# --- somebody else's --------------------


async def test_no_name_of_it_speaks_for_others(
    rig: VoiceHouse, ann: Access, bob: Access, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await rig.cloned(ann, "Mum")
    voice = await rig.voices.own(ann, "Mum")
    names = {"Mum", "mum", voice.remote_id, voice.id}
    names |= {f"{OWN}{name}" for name in names} | {f"OWN: {name}" for name in names} | {f"{OWN}{OWN}Mum", OWN, "own"}
    for name in sorted(names):
        for row in (SPEECH, "tts-1", "gemini-2.5-flash-preview-tts"):
            order = Order("audio", row, "Give me the money.", {VOICE: name})
            with pytest.raises(BadOption) as refused:
                await rig.orders.place(bob, "1", order)
            assert voice.remote_id == name.removeprefix(OWN).removeprefix("OWN: ") or (
                voice.remote_id not in str(refused.value.params)
            )
            assert "Mum" not in str(refused.value.params["allowed"])
        with pytest.raises(BadOption):
            await rig.saying.say(bob, "1", "Give me the money.", options={VOICE: name})
        with pytest.raises(BadOption):
            await rig.voices.wanted(bob, name)
    assert await jobs_of(rig, bob) == []
    told = json.dumps([await rig.house.directory.export(each.person.id) for each in (ann, bob)], default=str)
    assert voice.remote_id not in told
    assert voice.remote_id not in caplog.text


async def test_a_stolen_setting_speaks_with_the_usual_voice(rig: VoiceHouse, ann: Access, bob: Access) -> None:
    """Settings are data: what somebody got into theirs is looked up as theirs."""
    await rig.cloned(ann, "Mum")
    voice = await rig.voices.own(ann, "Mum")
    for name in (f"{OWN}Mum", voice.remote_id, f"{OWN}{voice.remote_id}"):
        await rig.house.directory.set_settings(bob.person.id, {CHOSEN: {"model": SPEECH, "voice": name}})
        bob = await rig.house.member(BOB, GROUP)
        job = await rig.done(await rig.saying.say(bob, "1", "Hello.", event_id=f"e{name}"))
        assert job.state is JobState.DONE
        assert VOICE not in job.options


async def test_orders_of_others_in_a_group(rig: VoiceHouse, ann: Access, bob: Access) -> None:
    """Where anybody may press, whoever presses speaks with voices of their own; a clone is nobody's to repeat."""
    clone = await rig.cloned(ann, "Mum")
    spoken = await rig.speak(ann, "Mum", "Hello there.")
    with pytest.raises(BadOption):
        await retry(rig.orders, bob, spoken.id, "1", "e2", others=True)
    for person in (ann, bob):
        with pytest.raises(CloneAnew):
            await retry(rig.orders, person, clone.id, "1", "e3", others=True)
    assert await jobs_of(rig, bob) == []
    await check_money(rig, ann, bob)


async def test_a_clone_is_ordered_by_its_consent_alone(rig: VoiceHouse, ann: Access, bob: Access) -> None:
    """The row of the making is a row like any: its option is no way to make, or to take over, a voice."""
    await rig.cloned(ann, "Mum")
    voice = await rig.voices.own(ann, "Mum")
    sample = await rig.recorded(12)
    for person in (ann, bob):
        for name in (voice.id, voice.remote_id, "", "x", voice.job_id):
            with pytest.raises(BadInput):
                await rig.orders.place(person, "1", Order("audio", "voice-clone", "", {VOICE_ID: name}, (sample,)))
        assert not (person is bob and await rig.voices.drop(person, voice.id))
        assert not (person is bob and await rig.voices.keep(person, voice.id, True))
    with pytest.raises(JobGone):
        await rig.voices.again(bob, "1", voice.id, event_id="e")
    assert (await rig.voices.own(ann, "Mum")) == voice


# --- names --------------------

NAMES = (
    *(
        "",
        " ",
        "own:",
        "own:Mum",
        ":",
        "a:b",
        "@everyone",
        "<@1>",
        "/say",
        "-x",
        "_",
        "\u202eevil",
        "a\u202eb",
        "a\u2066b",
    ),
    *("x" * 33, "x" * 10_000, "a\nb\x00", "<b>x</b>", "[x](https://evil.example)", "a*b", "`a`", "\u200b", "a\u200db"),
    *("female-tianmei", "FEMALE-TIANMEI", "English_Graceful_Lady", "alloy", "Kore", "None", "auto"),
)


@pytest.mark.parametrize("name", NAMES, ids=[repr(name[:20]) for name in NAMES])
async def test_names_that_are_none(rig: VoiceHouse, ann: Access, name: str) -> None:
    with pytest.raises((BadVoiceName, VoiceNameTaken)) as refused:
        await rig.voices.clone(ann, "1", name, await rig.recorded(12), once="turn1")
    assert len(str(refused.value.params)) < 200
    assert await rig.voices.mine(ann) == []
    assert await jobs_of(rig, ann) == []


# --- consent --------------------


async def test_consent_in_a_storm(rig: VoiceHouse, ann: Access) -> None:
    """The same press many times, and other recordings under the same name: one voice, one price."""
    sample, other = await rig.recorded(12), await rig.recorded(13)
    pressed = await asyncio.gather(
        *[rig.voices.clone(ann, "1", "Mum", sample, once="turn1") for _ in range(5)],
        *[rig.voices.clone(ann, "1", "mum", other, once=f"turn{number}") for number in range(2, 6)],
        return_exceptions=True,
    )
    ordered = {job.id for job in pressed if isinstance(job, Job)}
    assert len(ordered) == 1
    assert all(isinstance(each, Job | VoiceNameTaken | BotError) for each in pressed)
    await rig.done(*[job for job in pressed if isinstance(job, Job)])
    assert len(await rig.voices.mine(ann)) == 1
    assert await rig.house.left(ann.account_id) == START - (rig.voices.clone_price() or 0)
    await check_money(rig, ann)


async def test_consent_after_the_sample_was_swept(rig: VoiceHouse, ann: Access) -> None:
    sample = await rig.recorded(12)
    await rig.house.media.delete([sample.media])
    with pytest.raises(BadInput):
        await rig.voices.clone(ann, "1", "Mum", sample, once="turn1")
    assert await rig.voices.mine(ann) == []
    assert await jobs_of(rig, ann) == []


async def test_consent_when_the_name_went_to_another_voice(rig: VoiceHouse, ann: Access) -> None:
    """Pressed again when its voice was deleted and another is called so: nothing more is made or paid."""
    sample = await rig.recorded(12)
    first = await rig.done(await rig.voices.clone(ann, "1", "Mum", sample, once="turn1"))
    await rig.voices.drop(ann, (await rig.voices.own(ann, "Mum")).id)
    await rig.cloned(ann, "Mum", once="turn2")
    left = await rig.house.left(ann.account_id)
    assert (await rig.voices.clone(ann, "1", "Mum", sample, once="turn1")).id == first.id
    assert len(await rig.voices.mine(ann)) == 1
    assert await rig.house.left(ann.account_id) == left


async def test_cloned_again_by_many_presses(rig: VoiceHouse, ann: Access) -> None:
    """A voice that is gone is made once more, and paid once, however many buttons say so."""
    await rig.cloned(ann, "Mum")
    voice = await rig.voices.own(ann, "Mum")
    async with rig.house.store.begin() as tx:
        await tx.voices.set_gone(voice.id)
    left = await rig.house.left(ann.account_id)
    pressed = await asyncio.gather(
        *[rig.voices.again(ann, "1", voice.id, event_id=f"e{number}") for number in range(6)], return_exceptions=True
    )
    made = [job for job in pressed if isinstance(job, Job)]
    assert made, pressed
    assert all(isinstance(each, Job | BotError) for each in pressed), pressed
    await rig.done(*made)
    assert await rig.house.left(ann.account_id) == left - (rig.voices.clone_price() or 0)
    assert not (await rig.voices.own(ann, "Mum")).gone
    assert (await rig.speak(ann, "Mum")).state is JobState.DONE
    await check_money(rig, ann)


# --- recordings --------------------


def lying(seconds: float) -> bytes:
    """A WAV of a second that says it is longer."""
    data = bytearray(recording(1))
    struct.pack_into("<I", data, data.find(b"data") + 4, int(seconds * 16_000))
    return bytes(data)


RECORDINGS = {
    "nine seconds": recording(9),
    "a header that says 60 s": lying(60),
    "a header that says 10 h": lying(36_000),
    "nothing": b"",
    "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    "a playlist": b"#EXTM3U\nfile:///etc/passwd\n",
    "a list of files": b"ffconcat version 1.0\nfile /etc/passwd\n",
}


@pytest.mark.parametrize("name", RECORDINGS)
async def test_recordings_that_are_none(rig: VoiceHouse, ann: Access, name: str) -> None:
    with pytest.raises(BadInput):
        sample = await rig.orders.keep_input(RECORDINGS[name], "mum.wav", "audio")
        await rig.voices.clone(ann, "1", "Mum", sample, once="turn1")
    assert await rig.voices.mine(ann) == []
    assert await jobs_of(rig, ann) == []


async def test_six_minutes_are_cut_before_anything_is_paid(rig: VoiceHouse, ann: Access) -> None:
    name, file, price = await rig.voices.prepared(ann, "Mum", await rig.recorded(360))
    assert file.changed, "and the person is told"
    job = await rig.done(await rig.voices.clone(ann, "1", name, file, once="turn1"))
    assert (job.state, await rig.house.left(ann.account_id)) == (JobState.DONE, START - price)


# --- kept alive --------------------


async def kept(rig: VoiceHouse, access: Access, name: str = "Mum") -> str:
    await rig.cloned(access, name, once=f"{access.person.id}{name}")
    voice = await rig.voices.own(access, name)
    await rig.voices.keep(access, voice.id, True)
    return voice.id


async def words_said(rig: VoiceHouse, voice_id: str) -> list[Job]:
    async with rig.house.store.read() as tx:
        return await tx.jobs.pieces(f"{KEPT}{voice_id}")


async def test_kept_by_two_replicas_over_midnight(rig: VoiceHouse, ann: Access) -> None:
    voice_id = await kept(rig, ann)
    rig.clock.advance(6 * DAY_S - rig.clock.now_ms() / 1000 % DAY_S - 1)
    others = [VoiceKeeping(rig.house.store, rig.orders, rig.catalog, rig.clock) for _ in range(3)]
    await asyncio.gather(*[each.round() for each in others])
    rig.clock.advance(2)
    await asyncio.gather(*[each.round() for each in others])
    assert len(await words_said(rig, voice_id)) == 1
    await rig.done(*await words_said(rig, voice_id))
    await others[0].round()
    assert len(await words_said(rig, voice_id)) == 1
    await check_money(rig, ann)


async def test_a_list_that_was_read_before_it_spoke(rig: VoiceHouse, ann: Access) -> None:
    """Another replica has read of it a day ago."""
    voice_id = await kept(rig, ann)
    rig.clock.advance(6 * DAY_S)
    async with rig.house.store.read() as tx:
        [stale] = await tx.voices.unused(rig.clock.now_ms() - 5 * DAY_S * 1000, 5)
    await rig.keeping.round()
    await rig.done(*await words_said(rig, voice_id))
    order = Order("audio", SPEECH, "Hi.", {VOICE: f"{OWN}Mum"})
    await rig.orders.keep_voice(ann, order, stale, "keep:tomorrow")
    assert len(await words_said(rig, voice_id)) == 1


async def test_who_is_banned_holds_up_nobody(rig: VoiceHouse, ann: Access, bob: Access) -> None:
    """More voices of banned people than are looked at in a go, and all of them are the oldest."""
    await kept(rig, ann)
    voice = await rig.voices.own(ann, "Mum")
    async with rig.house.store.begin() as tx:
        for number in range(AT_ONCE):
            more = replace(voice, id=f"v{number}", name=f"n{number}", remote_id=f"sl{number}", used_ms=1)
            assert await tx.voices.add(more, 1_000)
        await tx.people.set_banned(ann.person.id, True)
    voice_id = await kept(rig, bob)
    left = await rig.house.left(ann.account_id)
    rig.clock.advance(6 * DAY_S)
    await rig.keeping.round()
    assert len(await words_said(rig, voice_id)) == 1
    assert await words_said(rig, voice.id) == []
    assert await rig.house.left(ann.account_id) >= left


# --- erased --------------------


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_erased_while_a_clone_is_under_way(rig: VoiceHouse, ann: Access, steps: int) -> None:
    await kept(rig, ann, "Dad")
    job = await rig.voices.clone(ann, "1", "Mum", await rig.recorded(12), once="turn1")
    for _ in range(steps):
        await rig.house.worker.step()
    await rig.house.directory.forget(ann.person.id)
    for _ in range(10):
        await rig.house.worker.step()
        rig.clock.advance(31)
    async with rig.house.store.read() as tx:
        ended = await tx.jobs.get(job.id)
        assert await tx.voices.of_person(ann.person.id) == []
    assert ended is None or ended.state not in OPEN_STATES
    rig.clock.advance(6 * DAY_S)
    await rig.keeping.round()
    assert [each for each in await jobs_of(rig, ann) if each.part_of.startswith(KEPT)] == []
    await check_money(rig, ann)
