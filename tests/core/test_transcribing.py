"""What is said in a recording: measured, cut, paid by the second, joined in order; through the real client and the sandbox,
with files that play."""

from __future__ import annotations

import io
import math
import wave
from array import array
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Reply
from bots.sandbox.server import Sandbox, serve
from core import pressing
from core.catalog import Catalog, load_catalog
from core.errors import (
    BadFile,
    BadOption,
    NoSuchModel,
    NoTimes,
    NoTranscription,
    OverQuota,
    SoundTooLong,
    UnknownModel,
)
from core.gateway.client import Transports, open_gateway
from core.limits import LIMITS
from core.plans import MICROS, Plan, Rules
from core.recordings import Recordings
from core.transcribing import Transcribing
from core.values import Access, Job, JobState, Part
from tests.clocks import FakeClock
from tests.core.house import House, build
from tests.core.test_worker_sandbox import with_gateway
from tests.stores import open_test_store

ROUTE = "POST /v1/audio/transcriptions"
HEARD = "POST /v1beta/models/{model}:generateContent"
START = MICROS
WHISPER = 100
GEMINI = 50
RATE = 8_000


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.fixture
async def house(sandbox: Sandbox, clock: FakeClock, tmp_path: Path) -> AsyncIterator[House]:
    rules = Rules(plans={"default": Plan(daily=START, open_jobs=2)})
    async with open_test_store("sqlite", tmp_path, clock) as store:
        plain = build(store, clock, tmp_path / "media", rules)
        transports = Transports(orders=httpx.AsyncHTTPTransport, streams=httpx.AsyncHTTPTransport)
        async with open_gateway(
            sandbox.base_url, "sk-good", media=plain.media, transports=transports, clock=clock, limits=LIMITS
        ) as gateway:
            yield with_gateway(plain, gateway)


@pytest.fixture
async def ann(house: House) -> Access:
    return await house.member()


def cut_short(house: House, seconds: int, *listed: str, **rows: Any) -> Transcribing:
    """With pieces of so many seconds, behind a gateway that lists these models."""
    families = ("openai_transcription", "gemini_hearing")
    changed = {"defaults": {family: {"extra": {"seconds_most": seconds}} for family in families}, "models": rows}
    catalog = load_catalog(changed)
    catalog.note(listed)
    house.catalog._rows = catalog._rows  # the worker's too
    house.orders.catalog = catalog
    return Transcribing(house.store, catalog, house.orders, Recordings(house.media))


@pytest.fixture
def transcribing(house: House) -> Transcribing:
    return cut_short(house, 600, "whisper-1")


def sound(*stretches: float) -> bytes:
    """WAV of a tone for so many seconds, silence for so many below 0."""
    samples = array("h")
    for seconds in stretches:
        count = int(abs(seconds) * RATE)
        samples.extend(int(9_000 * math.sin(at / 4)) if seconds > 0 else 0 for at in range(count))
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return target.getvalue()


async def kept(house: House, data: bytes) -> Part:
    key, size = await house.media.put(data, len(data))
    return Part("audio", media=key, mime="audio/wav", size=size)


async def worked(house: House, job: Job) -> Job:
    for _ in range(4):
        await house.worker.step()
        house.clock.advance(11)  # type: ignore[attr-defined]
    return await house.job(job.id)


async def pieces(house: House, job: Job) -> list[Job]:
    async with house.store.read() as tx:
        return await tx.jobs.pieces(job.id)


def models(**rows: Any) -> Catalog:
    return load_catalog({"models": rows})


# --- one piece --------------------


async def test_a_short_recording_is_a_text_and_is_paid_by_the_second(
    house: House, transcribing: Transcribing, ann: Access, sandbox: Sandbox
) -> None:
    job = await transcribing.place(ann, "11", await kept(house, sound(4.2)))
    done = await worked(house, job)
    assert (done.state, done.model, done.origin_id) == (JobState.DONE, "whisper-1", "11")
    assert [(made.kind, made.text) for made in done.results] == [("text", "This recording has 4.2 seconds.")]
    assert await house.left(ann.account_id) == START - 5 * WHISPER
    assert [each.id for each in house.courier.delivered] == [job.id]
    [seen] = sandbox.requests.to(ROUTE)
    assert (seen.field("response_format"), seen.field("language")) == ("json", None)
    await house.balanced(ann.account_id)


async def test_with_times_it_is_a_file_of_subtitles(house: House, transcribing: Transcribing, ann: Access) -> None:
    job = await transcribing.place(ann, "11", await kept(house, sound(11.0)), times=True, language="ZH")
    text, file = (await worked(house, job)).results
    assert (text.kind, file.kind, file.mime) == ("text", "document", "application/x-subrip")
    told = (await house.media.read(file.media)).decode()
    assert told.startswith("1\n00:00:00,000 --> 00:00:05,5")
    assert "这段录音" in told


async def test_the_same_event_orders_once(house: House, transcribing: Transcribing, ann: Access) -> None:
    file = await kept(house, sound(2))
    first = await transcribing.place(ann, "11", file, event_id="e1")
    again = await transcribing.place(ann, "11", file, event_id="e1")
    assert first.id == again.id
    assert len(await pieces(house, first)) == 1


# --- several --------------------


async def test_a_long_one_is_cut_where_it_is_silent_and_joined_in_order(
    house: House, ann: Access, sandbox: Sandbox
) -> None:
    transcribing = cut_short(house, 10, "whisper-1")
    job = await transcribing.place(ann, "11", await kept(house, sound(7, -1, 9, -0.5, 4)), times=True)
    found = await pieces(house, job)
    assert [int(piece.options["seconds"]) for piece in found] == [8, 10, 5]
    reach = [tuple(map(float, part.name.split())) for part in job.inputs]
    assert reach[0][0] == 0.0
    assert 7.0 < reach[0][1] < 7.6
    assert [before[1] for before in reach[:-1]] == [after[0] for after in reach[1:]]
    done = await worked(house, job)
    assert done.state is JobState.DONE
    told = (await house.media.read(done.results[1].media)).decode()
    starts = [line.split(" ")[0] for line in told.splitlines() if "-->" in line]
    assert starts == sorted(starts)
    assert len(starts) >= 3 and starts[-1] > "00:00:15"
    assert await house.left(ann.account_id) == START - 23 * WHISPER
    await house.balanced(ann.account_id)


async def test_what_could_not_be_heard_is_marked_and_given_back(house: House, ann: Access, sandbox: Sandbox) -> None:
    transcribing = cut_short(house, 10, "whisper-1")
    sandbox.behaviour.script(ROUTE, Reply(400, {"error": {"message": "no", "code": "invalid_value"}}))
    job = await transcribing.place(ann, "11", await kept(house, sound(30)))
    done = await worked(house, job)
    assert (done.state, done.error_key) == (JobState.DONE, "transcript-gaps")
    assert done.error_params == {"gone": 1, "made": len(await pieces(house, job))}
    assert done.results[0].text.count("[…") == 1
    paid = [piece.quote for piece in await pieces(house, job) if piece.state is JobState.DONE]
    assert await house.left(ann.account_id) == START - sum(paid)


async def test_without_a_word_of_it_the_whole_fails_with_the_reason(
    house: House, transcribing: Transcribing, ann: Access, sandbox: Sandbox
) -> None:
    refusal = {"error": {"message": "rejected", "code": "content_policy_violation", "type": "invalid_request_error"}}
    sandbox.behaviour.script(ROUTE, Reply(400, refusal))
    job = await transcribing.place(ann, "11", await kept(house, sound(3)))
    done = await worked(house, job)
    [piece] = await pieces(house, job)
    assert (done.state, done.error_key) == (JobState.FAILED, piece.error_key)
    assert [each.id for each in house.courier.told] == [job.id]
    assert await house.left(ann.account_id) == START


async def test_once_more_asks_only_for_what_is_missing(house: House, ann: Access, sandbox: Sandbox) -> None:
    transcribing = cut_short(house, 10, "whisper-1")
    sandbox.behaviour.script(ROUTE, Reply(400, {"error": {"message": "no", "code": "invalid_value"}}))
    job = await transcribing.place(ann, "11", await kept(house, sound(30)), times=True)
    first = await worked(house, job)
    before = await pieces(house, first)
    again = await pressing.retry(house.orders, ann, first.id)
    assert len(await pieces(house, again)) == 1 < len(before)
    done = await worked(house, again)
    assert (done.state, done.error_key, len(done.inputs)) == (JobState.DONE, "", len(before))
    told = (await house.media.read(done.results[1].media)).decode()
    assert "[…" not in told
    assert sandbox.accepted["/v1/audio/transcriptions"] == len(before)
    await house.balanced(ann.account_id)


# --- who writes it down --------------------


async def test_a_model_that_is_not_offered_after_all_is_followed_by_the_next(
    house: House, transcribing: Transcribing, ann: Access, sandbox: Sandbox
) -> None:
    for name in ("whisper-1", "gpt-4o-transcribe"):
        del sandbox.behaviour.models[name]
    job = await transcribing.place(ann, "11", await kept(house, sound(3)))
    done = await worked(house, job)
    [piece] = await pieces(house, job)
    assert (done.state, piece.model, piece.family) == (JobState.DONE, "gemini-2.5-flash-hearing", "gemini_hearing")
    assert piece.quote == int(piece.options["seconds"]) * GEMINI
    assert await house.left(ann.account_id) == START - piece.quote
    assert sandbox.accepted.get("/v1/audio/transcriptions", 0) == 0
    await house.balanced(ann.account_id)


async def test_one_that_was_chosen_is_not_replaced(
    house: House, transcribing: Transcribing, ann: Access, sandbox: Sandbox
) -> None:
    del sandbox.behaviour.models["whisper-1"]
    job = await transcribing.place(ann, "11", await kept(house, sound(3)), model="whisper-1")
    done = await worked(house, job)
    assert (done.state, done.error_key) == (JobState.FAILED, NoSuchModel.key)
    assert await house.left(ann.account_id) == START


async def test_the_first_that_the_gateway_lists(house: House, ann: Access) -> None:
    file = await kept(house, sound(2))
    listed = {
        (): "gemini-2.5-flash-hearing",
        ("gpt-4o-transcribe", "whisper-1"): "whisper-1",
        ("gpt-4o-transcribe",): "gpt-4o-transcribe",
        ("gemini-2.5-flash",): "gemini-2.5-flash-hearing",
    }
    for names, model in listed.items():
        assert (cut_short(house, 600, *names)._row("", {})).name == model
    job = await cut_short(house, 600).place(ann, "11", file)
    assert (await worked(house, job)).state is JobState.DONE


async def test_what_a_model_cannot_do(house: House, ann: Access) -> None:
    file, transcribing = await kept(house, sound(2)), cut_short(house, 600)
    with pytest.raises(NoTimes) as refused:
        await transcribing.place(ann, "11", file, model="gpt-4o-transcribe", times=True)
    assert refused.value.params["allowed"] == "whisper-1"
    with pytest.raises(UnknownModel):
        await transcribing.place(ann, "11", file, model="lyria-3-clip-preview")
    with pytest.raises(BadOption):
        await transcribing.place(ann, "11", file, language="Klingon!")
    hidden = {"hidden": True}
    none = cut_short(
        house, 600, **{"whisper-1": hidden, "gpt-4o-transcribe": hidden, "gemini-2.5-flash-hearing": hidden}
    )
    with pytest.raises(NoTranscription):
        await none.place(ann, "11", file)


# --- before anything is paid --------------------


async def test_who_cannot_pay_for_all_of_it_pays_nothing(house: House, ann: Access) -> None:
    dear = cut_short(house, 10, "whisper-1", **{"whisper-1": {"price": {"per_second": 0.05}}})
    with pytest.raises(OverQuota):
        await dear.place(ann, "11", await kept(house, sound(30)))
    async with house.store.read() as tx:
        assert await tx.jobs.of_person(ann.person.id, 10, pieces=True) == []


async def test_what_is_no_sound_or_too_long(
    house: House, transcribing: Transcribing, ann: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadFile):
        await transcribing.place(ann, "11", await kept(house, b"nothing at all"))
    monkeypatch.setattr("core.transcribing.MOST_S", 2.0)
    with pytest.raises(SoundTooLong):
        await transcribing.place(ann, "11", await kept(house, sound(3)))
    async with house.store.read() as tx:
        assert await tx.jobs.of_person(ann.person.id, 10, pieces=True) == []
