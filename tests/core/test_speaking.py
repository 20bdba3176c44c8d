"""Answers read aloud, and sounds that are ordered: through the real client and the sandbox, with files that play."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Reply
from bots.sandbox.server import Sandbox, serve
from core.catalog import Catalog, load_catalog
from core.errors import Moderated, NoResult, PromptTooLong
from core.gateway.client import Transports, open_gateway
from core.limits import LIMITS
from core.orders import Orders
from core.plans import MICROS, Plan, Rules
from core.renditions import FileRenditions
from core.speaking import Speaking
from core.values import Access, Ending, Job, JobState, Json, Place, Turn, TurnState
from tests.clocks import FakeClock
from tests.core.house import House, build
from tests.core.test_worker_sandbox import with_gateway
from tests.stores import open_test_store

ROUTE = "POST /v1beta/models/{model}:generateContent"
START = 10 * MICROS
FLASH = "gemini-2.5-flash-preview-tts"


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
    return await listening(house, await house.member())


async def listening(house: House, access: Access, **settings: object) -> Access:
    async with house.store.begin() as tx:
        await tx.people.set_settings(access.person.id, {"voice": True, **settings})
    return access


@pytest.fixture
def speaking(house: House) -> Speaking:
    return Speaking(house.store, house.orders, house.catalog, house.rules)


def turn(access: Access, **changes: Any) -> Turn:
    made = Turn(
        id="turn-1",
        conversation_id="c",
        lane="l",
        parent_id="",
        person_id=access.person.id,
        account_id=access.account_id,
        place=access.place,
        origin_id="11",
        model="gpt-5-mini",
        persona="",
        question=(),
        state=TurnState.ANSWERED,
        created_ms=0,
        answer="It is **sunny** in `Paris`. [\\[1\\]](https://a.b)",
        ending=Ending.COMPLETE,
    )
    return replace(made, **changes)


async def jobs(house: House, access: Access) -> list[Job]:
    async with house.store.read() as tx:
        return await tx.jobs.of_person(access.person.id, 10)


async def heard(house: House, job: Job) -> tuple[str, int, int, float]:
    """What a player finds in the stored file: codec, channels, rate, and seconds that it can decode."""
    async with house.media.as_file(job.results[0].media) as path:
        with av.open(str(path)) as container:
            sound = container.streams.audio[0]
            seconds = sum(frame.samples for frame in container.decode(sound)) / sound.rate
            return sound.codec_context.name, sound.channels, sound.rate, seconds


# --- answers --------------------


async def test_an_answer_becomes_a_voice_message_once(
    house: House, speaking: Speaking, ann: Access, sandbox: Sandbox
) -> None:
    await speaking.answer(turn(ann))
    await speaking.answer(turn(ann))
    [job] = await jobs(house, ann)
    assert (job.kind, job.model, job.prompt, job.origin_id) == ("audio", FLASH, "It is sunny in Paris.", "11")
    assert (job.turn_id, await house.orders.of_turn("turn-1")) == ("", [])
    await house.worker.step()
    await speaking.answer(turn(ann))
    [done] = await jobs(house, ann)
    assert done.state is JobState.DONE
    [voice] = done.results
    assert (voice.kind, voice.mime) == ("audio", "audio/ogg")
    codec, channels, rate, seconds = await heard(house, done)
    assert (codec, channels, rate) == ("opus", 1, 48_000)
    assert seconds == pytest.approx(voice.duration_s, abs=0.05)
    assert seconds > 1
    assert await house.left(ann.account_id) == START - (speaking.price() or 0) == START - 30_000
    assert sandbox.accepted == {"/v1beta/models/{model}:generateContent": 1}
    await house.balanced(ann.account_id)


async def test_a_long_answer_is_cut_at_a_sentence(house: House, speaking: Speaking, ann: Access) -> None:
    await speaking.answer(turn(ann, answer="These are some words of it. " * 500))
    [job] = await jobs(house, ann)
    assert 1_400 < len(job.prompt) <= 1_500
    assert job.prompt.endswith("of it.")


@pytest.mark.parametrize(
    "changes",
    [
        {"ending": Ending.STOPPED},
        {"ending": Ending.FAILED},
        {"ending": Ending.REFUSED},
        {"answer": "```\ncode alone\n```"},
        {"place": Place("telegram", "-500")},
        {"person_id": "nobody"},
    ],
)
async def test_what_is_not_read_aloud(house: House, speaking: Speaking, ann: Access, changes: dict[str, Any]) -> None:
    await speaking.answer(turn(ann, **changes))
    assert await jobs(house, ann) == []


async def test_only_who_wants_it(house: House, speaking: Speaking, ann: Access) -> None:
    await listening(house, ann, voice=False)
    await speaking.answer(turn(ann))
    assert await jobs(house, ann) == []


async def test_who_has_too_many_jobs_just_reads(house: House, speaking: Speaking, ann: Access) -> None:
    for number in range(3):
        await speaking.answer(turn(ann, id=f"turn-{number}"))
    assert len(await jobs(house, ann)) == 2


async def test_who_cannot_pay_just_reads(house: House, clock: FakeClock, tmp_path: Path, ann: Access) -> None:
    rules = Rules(plans={"default": Plan(daily=100)})
    poor = replace(build(house.store, clock, tmp_path / "media", rules), catalog=house.catalog)
    orders = Orders(
        house.store, house.catalog, poor.purse, house.media, FileRenditions(house.media), clock, poor.new_id
    )
    await Speaking(house.store, orders, house.catalog, rules).answer(turn(ann))
    assert await jobs(house, ann) == []


async def test_a_store_that_is_away_is_no_trouble_of_the_answer(
    speaking: Speaking, ann: Access, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(speaking._store, "read", away)
    await speaking.answer(turn(ann))
    assert "could not be read aloud" in caplog.text


def voices(**rows: Json) -> Catalog:
    return load_catalog({"models": rows})


@pytest.mark.parametrize(
    ("catalog", "chosen", "model"),
    [
        (voices(), "", FLASH),
        (voices(), "gemini-2.5-pro-preview-tts", "gemini-2.5-pro-preview-tts"),
        (voices(), "lyria-3-pro-preview", FLASH),
        (voices(), "nothing", FLASH),
        (voices(**{FLASH: {"hidden": True}}), FLASH, "gemini-2.5-pro-preview-tts"),
        (voices(**{FLASH: {"hidden": True}, "gemini-2.5-pro-preview-tts": {"hidden": True}}), "", None),
    ],
)
def test_which_model_reads(house: House, catalog: Catalog, chosen: str, model: str | None) -> None:
    speaking = Speaking(house.store, house.orders, catalog, Rules(speech_model=chosen))
    found = speaking.model()
    assert (found.name if found else None) == model
    assert (speaking.price() is None) is (model is None)


# --- orders --------------------


async def made(house: House, ann: Access, model: str, prompt: str, **options: str) -> Job:
    order, _, _ = house.orders.check("audio", model, prompt, options)
    job = await house.orders.place(ann, "1", order)
    await house.worker.step()
    return await house.job(job.id)


async def test_speech_in_another_voice(house: House, ann: Access, sandbox: Sandbox) -> None:
    job = await made(house, ann, FLASH, "Good morning", voice="puck")
    assert (job.state, job.results[0].mime, job.options) == (JobState.DONE, "audio/ogg", {"voice": "Puck"})
    body: Any = sandbox.requests.to(ROUTE)[-1].json
    voice = body["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]
    assert voice == {"voiceName": "Puck"}


async def test_the_samples_themselves_are_kept_for_a_day_only(house: House, ann: Access, clock: FakeClock) -> None:
    job = await made(house, ann, FLASH, "Good morning")
    clock.advance(LIMITS.input_keep_ms / 1000 + 1)
    async with house.store.read() as tx:
        expired = await tx.media.expired(clock.now_ms(), 10)
    assert len(expired) == 1
    assert expired != [job.results[0].media]
    assert (await house.media.read(expired[0])).startswith(b"RIFF")


async def test_music_stays_as_it_came(house: House, ann: Access) -> None:
    clip = await made(house, ann, "lyria-3-clip-preview", "a lofi beat")
    assert (clip.results[0].mime, clip.results[0].text) == ("audio/mpeg", "[Intro] A tune of 30 seconds")
    assert clip.results[0].duration_s == pytest.approx(30, abs=0.1)
    assert (await heard(house, clip))[:3] == ("mp3float", 2, 44_100)
    song = await made(house, ann, "lyria-3-pro-preview", "a 5-second song", format="wav")
    assert song.results[0].mime == "audio/wav"
    assert song.results[0].duration_s == pytest.approx(5, abs=0.1)
    assert await house.left(ann.account_id) == START - 40_000 - 80_000


@pytest.mark.parametrize(
    ("model", "prompt", "error"),
    [
        (FLASH, "bad [refuse]", Moderated),
        ("lyria-3-clip-preview", "bad [refuse]", Moderated),
        ("lyria-3-clip-preview", "[noimage]", NoResult),
    ],
)
async def test_what_has_no_sound_costs_nothing(
    house: House, ann: Access, model: str, prompt: str, error: type[Moderated]
) -> None:
    job = await made(house, ann, model, prompt)
    assert (job.state, job.error_key) == (JobState.FAILED, error.key)
    assert await house.left(ann.account_id) == START


async def test_samples_that_are_none_are_no_result(house: House, ann: Access, sandbox: Sandbox) -> None:
    part = {"inlineData": {"mimeType": "audio/mpeg", "data": base64.b64encode(b"nothing at all").decode()}}
    sandbox.behaviour.script(ROUTE, Reply(200, {"candidates": [{"content": {"parts": [part]}}]}))
    job = await made(house, ann, FLASH, "hi")
    assert (job.state, job.error_key) == (JobState.FAILED, NoResult.key)
    assert await house.left(ann.account_id) == START


@pytest.mark.parametrize("text", ["x" * 8_001, "好" * 2_667])
async def test_too_long_to_be_spoken_is_said_before_money_moves(house: House, text: str) -> None:
    with pytest.raises(PromptTooLong) as caught:
        house.orders.check("audio", FLASH, text, {})
    fits = text[: caught.value.params["limit"]]
    assert len(fits) == len(text) - 1
    assert house.orders.check("audio", FLASH, fits, {})[0].prompt == fits
