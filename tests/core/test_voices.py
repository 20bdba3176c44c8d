"""People's own voices: made when they have agreed, spoken with by nobody else, and told when they are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bots.sandbox.faults import Reply
from core.errors import BadOption, BadVoiceName, CloneAnew, JobGone, UnfitFile, VoiceGone, VoiceNameTaken
from core.limits import LIMITS
from core.own_voices import OWN
from core.ports import Store
from core.pressing import retry
from core.reordering import same_again
from core.retention import Retention
from core.speakers import CHOSEN
from core.system_voices import AGAIN_MS, KEPT_MS, SystemVoices
from core.tools.making import making_tools
from core.tools.table import Acting
from core.values import Access, Job, JobState, Order
from core.voices import by_language
from tests.clocks import FakeClock
from tests.core.house import ANN, BOB, GROUP
from tests.core.voicehouse import START, VoiceHouse, voice_house

DAY_MS = 24 * 3_600_000
SPEECH = "speech-2.8-hd"


@pytest.fixture
async def rig(store: Store, clock: FakeClock, tmp_path: Path) -> AsyncIterator[VoiceHouse]:
    async with voice_house(store, clock, tmp_path / "media") as made:
        yield made


@pytest.fixture
async def ann(rig: VoiceHouse) -> Access:
    return await rig.house.member()


@pytest.fixture
async def bob(rig: VoiceHouse) -> Access:
    return await rig.house.member(BOB)


async def remote_of(rig: VoiceHouse, access: Access, name: str) -> str:
    return (await rig.voices.own(access, name)).remote_id


# --- made --------------------


async def test_a_voice_is_cloned_and_speaks(rig: VoiceHouse, ann: Access) -> None:
    job = await rig.cloned(ann, "Mum")
    assert (job.state, job.error_key) == (JobState.DONE, "")
    [sample] = job.results
    assert (sample.kind, sample.mime) == ("audio", "audio/ogg")
    [voice] = await rig.voices.mine(ann)
    assert voice.used_ms
    assert voice.remote_id not in str(job.options)
    spoken = await rig.speak(ann, "mum")
    assert (spoken.state, spoken.options["voice"]) == (JobState.DONE, "own:Mum")
    price = rig.orders.check("audio", SPEECH, "Hello there.", {})[2]
    assert await rig.house.left(ann.account_id) == START - (rig.voices.clone_price() or 0) - price
    await rig.house.balanced(ann.account_id)


async def test_the_same_consent_clones_once(rig: VoiceHouse, ann: Access) -> None:
    recording = await rig.recorded(12)
    first = await rig.voices.clone(ann, "1", "Mum", recording, once="turn1")
    again = await rig.voices.clone(ann, "1", "Mum", recording, once="turn1")
    assert again.id == first.id
    assert len(await rig.voices.mine(ann)) == 1


async def test_a_process_that_dies_before_the_order_leaves_a_voice_that_the_next_press_makes(
    rig: VoiceHouse, ann: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await rig.recorded(12)

    async def died(*_: object, **__: object) -> Job:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(rig.orders, "place", died)
        with pytest.raises(RuntimeError):
            await rig.voices.clone(ann, "1", "Mum", recording, once="turn1")
    job = await rig.done(await rig.voices.clone(ann, "1", "Mum", recording, once="turn1"))
    assert job.state is JobState.DONE
    assert (await rig.voices.own(ann, "Mum")).used_ms


@pytest.mark.parametrize(("failures", "state", "looks"), [(2, JobState.DONE, 3), (9, JobState.FAILED, 3)])
async def test_the_first_words_are_paid_and_so_tried_a_few_times_only(
    rig: VoiceHouse, ann: Access, failures: int, state: JobState, looks: int
) -> None:
    path = "/minimax/v1/t2a_v2"
    rig.sandbox.behaviour.script(f"POST {path}", *[Reply(502, {"error": {"message": "away"}})] * failures)
    job = await rig.cloned(ann, "Mum")
    for _ in range(20):
        rig.clock.advance(3_600)
        await rig.house.worker.step()
    assert (await rig.house.job(job.id)).state is state
    assert len(rig.sandbox.requests.to(f"POST {path}")) == looks
    assert len(await rig.voices.mine(ann)) == (state is JobState.DONE)
    await rig.house.balanced(ann.account_id)


async def test_a_recording_that_is_too_short_is_refused_before_it_costs(rig: VoiceHouse, ann: Access) -> None:
    with pytest.raises(UnfitFile):
        await rig.voices.prepared(ann, "Mum", await rig.recorded(9))
    with pytest.raises(UnfitFile):
        await rig.voices.clone(ann, "1", "Mum", await rig.recorded(9), once="turn1")
    assert await rig.voices.mine(ann) == []
    assert await rig.house.left(ann.account_id) in {0, START}


async def test_of_a_long_recording_the_beginning_is_taken(rig: VoiceHouse, ann: Access) -> None:
    _, part, _ = await rig.voices.prepared(ann, "Mum", await rig.recorded(360))
    assert part.changed[0] == "trimmed 300"
    found = await rig.house.worker._shop.renditions.inspect(part.media, "")
    assert found.duration_s == pytest.approx(300, abs=0.5)


@pytest.mark.parametrize("name", ["", "own:Mum", "a:b", "x" * 33, "-", "<b>"])
async def test_names_that_are_none(rig: VoiceHouse, ann: Access, name: str) -> None:
    with pytest.raises(BadVoiceName):
        await rig.voices.prepared(ann, name, await rig.recorded(12))


@pytest.mark.parametrize("name", ["Kore", "female-tianmei", "ＭＵＭ"])
async def test_names_that_are_taken(rig: VoiceHouse, ann: Access, name: str) -> None:
    await rig.cloned(ann, "Mum")
    with pytest.raises((VoiceNameTaken, BadVoiceName)):
        await rig.voices.prepared(ann, name, await rig.recorded(12))


async def test_a_clone_that_is_called_off_leaves_nothing(rig: VoiceHouse, ann: Access) -> None:
    job = await rig.voices.clone(ann, "1", "Mum", await rig.recorded(12), once="turn1")
    with pytest.raises(BadOption):
        await rig.speak(ann, "Mum")  # it is not there yet
    assert await rig.orders.cancel(ann, job.id) == "cancelled"
    assert await rig.voices.mine(ann) == []
    assert await rig.house.left(ann.account_id) == START


# --- nobody else's --------------------


async def test_another_persons_voice_is_not_to_be_had(rig: VoiceHouse, ann: Access, bob: Access) -> None:
    await rig.cloned(ann, "Mum")
    remote = await remote_of(rig, ann, "Mum")
    for name in ("Mum", f"{OWN}Mum", remote, f"{OWN}{remote}", (await rig.voices.own(ann, "Mum")).id):
        for access in (bob,) if "Mum" in name else (ann, bob):
            with pytest.raises(BadOption) as caught:
                await rig.orders.place(access, "1", Order("audio", SPEECH, "Hello.", {"voice": name}))
            assert remote not in str(caught.value.params["allowed"])
    assert await rig.voices.mine(bob) == []
    with pytest.raises(JobGone):
        await rig.voices.again(bob, "1", (await rig.voices.own(ann, "Mum")).id, event_id="e1")
    assert not await rig.voices.drop(bob, (await rig.voices.own(ann, "Mum")).id)


async def test_a_retry_of_somebody_elses_order_has_not_their_voice(rig: VoiceHouse, clock: FakeClock) -> None:
    ann, bob = await rig.house.member(ANN, GROUP), await rig.house.member(BOB, GROUP)
    clone = await rig.cloned(ann, "Mum")
    job = await rig.speak(ann, "Mum")
    with pytest.raises(BadOption):
        await retry(rig.orders, bob, job.id, "2", "e2", others=True)
    with pytest.raises(CloneAnew):
        await retry(rig.orders, bob, clone.id, "2", "e3", others=True)
    with pytest.raises(CloneAnew):
        await retry(rig.orders, ann, clone.id, "2", "e4")
    again = await retry(rig.orders, ann, job.id, "2", "e5")
    assert again.options["voice"] == "own:Mum"


async def test_the_assistants_tool_obeys_the_same_rules(rig: VoiceHouse, ann: Access, bob: Access) -> None:
    await rig.cloned(ann, "Mum")
    [speak] = [
        tool
        for tool in making_tools(rig.catalog, rig.orders, rig.house.rules, rig.house.limits)
        if tool.spec.name == "speak"
    ]
    turn: Any = SimpleNamespace(id="turn1", person_id=bob.person.id, origin_id="1", place=bob.place)
    acting = Acting(bob, turn, 1, (), (), tainted=False)
    for name in ("Mum", f"{OWN}Mum", await remote_of(rig, ann, "Mum")):
        arguments = {"text": "Hello.", "model": SPEECH, "voice": name}
        for asked in (speak.price, speak.run):
            with pytest.raises(BadOption):
                await asked(acting, arguments)
    theirs = Acting(ann, turn, 1, (), (), tainted=False)
    assert await speak.title(theirs, {"text": "Hi (laughs)", "model": SPEECH, "voice": "mum"}) == (
        "speech-2.8-hd, voice own:Mum: Hi (laughs)"
    )


async def test_a_job_that_names_anothers_voice_does_not_speak_with_it(
    rig: VoiceHouse, ann: Access, bob: Access
) -> None:
    """However it came into the row: the call is made in the name of whoever ordered."""
    await rig.cloned(ann, "Mum")
    job = await rig.orders.place(bob, "1", Order("audio", SPEECH, "Hello.", {"voice": "female-tianmei"}))
    forged = replace(job, id="forged", options={"voice": "own:Mum"})
    async with rig.house.store.begin() as tx:
        await tx.jobs.add(forged)
    ended = await rig.done(forged)
    assert (ended.state, ended.error_key) == (JobState.FAILED, VoiceGone.key)


async def test_a_voice_that_is_deleted_while_its_order_waits_speaks_no_more(rig: VoiceHouse, ann: Access) -> None:
    await rig.cloned(ann, "Mum")
    order = Order("audio", SPEECH, "Hello.", {"voice": "Mum"})
    job = await rig.orders.place(ann, "1", order)
    await rig.voices.drop(ann, (await rig.voices.own(ann, "Mum")).id)
    assert (await rig.done(job)).error_key == VoiceGone.key


async def test_other_families_have_no_own_voices(rig: VoiceHouse, ann: Access) -> None:
    await rig.cloned(ann, "Mum")
    for name in ("Mum", "own:Mum"):
        with pytest.raises(BadOption):
            await rig.orders.place(ann, "1", Order("audio", "gemini-2.5-flash-preview-tts", "Hello.", {"voice": name}))


# --- gone --------------------


async def test_a_voice_that_the_vendor_has_deleted_is_cloned_again(rig: VoiceHouse, ann: Access) -> None:
    await rig.cloned(ann, "Mum")
    before = await remote_of(rig, ann, "Mum")
    ended = await rig.speak(ann, "Mum", "Hello [code 2042]")
    assert (ended.state, ended.error_key) == (JobState.FAILED, VoiceGone.key)
    voice = await rig.voices.own(ann, "Mum")
    assert voice.gone
    with pytest.raises(VoiceGone):
        await rig.speak(ann, "Mum")
    ordered = await rig.voices.again(ann, "1", voice.id, event_id="e1")
    assert (
        await rig.voices.again(ann, "1", voice.id, event_id="e1")
    ).id == ordered.id  # we died before it was done with
    job = await rig.done(ordered)
    assert job.state is JobState.DONE
    voice = await rig.voices.own(ann, "Mum")
    assert not voice.gone
    assert voice.remote_id != before
    assert (await rig.speak(ann, "Mum")).state is JobState.DONE
    with pytest.raises(JobGone):  # it is there
        await rig.voices.again(ann, "1", voice.id, event_id="e2")


# --- kept alive --------------------


async def test_a_voice_is_kept_alive_by_words_that_nobody_hears(rig: VoiceHouse, ann: Access, clock: FakeClock) -> None:
    await rig.cloned(ann, "Mum")
    voice = await rig.voices.own(ann, "Mum")
    await rig.voices.keep(ann, voice.id, True)
    brought = len(rig.house.courier.delivered)
    await rig.keeping.round()
    clock.advance(5 * DAY_MS / 1000 + 60)
    before = await rig.house.left(ann.account_id)
    await rig.keeping.round()
    await rig.keeping.round()
    for _ in range(5):
        await rig.house.worker.step()
        clock.advance(3)
    assert (await rig.voices.own(ann, "Mum")).used_ms > voice.used_ms
    assert len(rig.house.courier.delivered) == brought
    async with rig.house.store.read() as tx:
        jobs = await tx.jobs.of_person(ann.person.id, 10, pieces=True)
    [quiet] = [job for job in jobs if job.part_of]
    assert quiet.state is JobState.DONE
    assert (await rig.house.left(ann.account_id)) != before
    await rig.house.balanced(ann.account_id)


async def test_who_cannot_pay_is_told_once(store: Store, clock: FakeClock, tmp_path: Path) -> None:
    async with voice_house(store, clock, tmp_path / "poor") as rig:
        ann = await rig.house.member()
        await rig.cloned(ann, "Mum")
        await rig.voices.keep(ann, (await rig.voices.own(ann, "Mum")).id, True)
        clock.advance(5 * DAY_MS / 1000 + 60)
        rows = vars(rig.catalog)["_rows"]
        rows[SPEECH] = replace(rows[SPEECH], price=replace(rows[SPEECH].price, per_million_chars=10**13))
        await rig.keeping.round()
        await rig.keeping.round()
        assert not (await rig.voices.own(ann, "Mum")).keep
        await rig.house.worker.step()
        assert [notice.key for notice in rig.house.courier.said] == ["notice-voice-unkept"]


# --- chosen, and the vendors' --------------------


async def test_the_chosen_voice_speaks_where_the_model_has_it(rig: VoiceHouse, ann: Access) -> None:
    await rig.cloned(ann, "Mum")
    wanted = await rig.voices.wanted(ann, "mum")
    assert wanted == {"model": SPEECH, "voice": "own:Mum"}
    await rig.house.directory.set_settings(ann.person.id, {CHOSEN: wanted})
    ann = await rig.house.member()
    job = await rig.saying.say(ann, "1", "Hello there.", event_id="e1")
    assert (rig.catalog.get(job.model, "audio").family, job.options["voice"]) == ("minimax_speech", "own:Mum")
    other = await rig.saying.say(ann, "1", "Hello.", "gemini-2.5-flash-preview-tts", event_id="e2")
    assert "voice" not in other.options
    with pytest.raises(BadOption):
        await rig.voices.wanted(ann, "Nobody")
    await rig.voices.drop(ann, (await rig.voices.own(ann, "Mum")).id)
    assert await rig.voices.voice_for(ann, rig.catalog.get(SPEECH, "audio")) == ""


async def test_voices_by_language(rig: VoiceHouse) -> None:
    choices = await rig.voices.choices()
    assert len({choice.mark for choice in choices}) == len(choices)
    assert {each.language for each in by_language(choices, "japan")} == {"Japanese"}
    assert rig.voices.sample(by_language(choices, "japan")[0]).prompt.startswith("こん")
    assert by_language(choices, "klingon") == []


async def test_system_voices_are_asked_for_once_a_day_and_never_told_by_customers(clock: FakeClock) -> None:
    asked: list[int] = []

    async def ask() -> tuple[tuple[str, str], ...]:
        asked.append(clock.now_ms())
        if len(asked) == 1:
            raise VoiceGone("down")
        return (("English_New_Voice", "New"),)

    system = SystemVoices(ask, clock)
    assert await system.told() == {}
    assert await system.told() == {}
    clock.advance(AGAIN_MS / 1000)
    assert await system.told() == {"English_New_Voice": "New"} == await system.told()
    assert len(asked) == 2
    clock.advance(KEPT_MS / 1000)
    await system.told()
    assert len(asked) == 3


async def test_a_voice_that_no_row_lists_may_be_ordered_and_ordered_again(
    rig: VoiceHouse, ann: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told() -> dict[str, str]:
        return {"English_New_Voice": "New"}

    system = rig.orders._voices
    monkeypatch.setattr(system, "told", told)
    monkeypatch.setattr(SystemVoices, "known", {"English_New_Voice": "New"})
    job = await rig.orders.place(ann, "1", Order("audio", SPEECH, "Hi.", {"voice": "english_new_voice"}))
    assert job.options["voice"] == "English_New_Voice"
    assert same_again(job, rig.catalog.find(SPEECH)).options["voice"] == "English_New_Voice"


# --- privacy --------------------


async def test_an_export_tells_no_name_of_the_vendors_and_forgetting_forgets_the_recording(
    rig: VoiceHouse, ann: Access
) -> None:
    await rig.cloned(ann, "Mum")
    voice = await rig.voices.own(ann, "Mum")
    async with rig.house.store.begin() as tx:
        told = await tx.people.export(ann.person.id)
        assert voice.remote_id not in str(told)
        assert [each["name"] for each in told["voices"]] == ["Mum"]
        gone = await tx.people.forget(ann.person.id)
    assert voice.sample in gone
    assert await rig.voices.mine(ann) == []


async def test_a_recording_is_kept_as_long_as_its_voice(
    rig: VoiceHouse, ann: Access, bob: Access, clock: FakeClock
) -> None:
    await rig.cloned(ann, "Mum")
    voice = await rig.voices.own(ann, "Mum")
    store = rig.house.store
    sweep = Retention(store, rig.house.media, clock, LIMITS, media_max_bytes=0)
    clock.advance(8 * 24 * 3600)
    await sweep.sweep()
    assert await rig.house.media.read(voice.sample)
    assert not await rig.voices.drop(bob, voice.id)
    assert await rig.voices.drop(ann, voice.id)
    clock.advance(3600)
    await sweep.sweep()
    with pytest.raises(KeyError):
        await rig.house.media.read(voice.sample)
