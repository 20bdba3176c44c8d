"""Answers read aloud, and sounds that are ordered: through the real client and the sandbox, with files that play."""

from __future__ import annotations

import asyncio
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
from core.speakers import CHOSEN, speaker
from core.speaking import Speaking, price_of
from core.spoken import spoken
from core.values import Access, Draft, Ending, Job, JobState, Json, Place, Turn, TurnState
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
    assert await house.left(ann.account_id) == START - 30_000
    assert sandbox.accepted == {"/v1beta/models/{model}:generateContent": 1}
    await house.balanced(ann.account_id)


async def test_a_long_answer_is_cut_at_a_sentence(house: House, speaking: Speaking, ann: Access) -> None:
    await speaking.answer(turn(ann, answer="These are some words of it. " * 500))
    [job] = await jobs(house, ann)
    assert 1_400 < len(job.prompt) <= 1_500
    assert job.prompt.endswith("of it.")


# --- while it is written --------------------

LONG = "This is the first sentence of it. " + "And here is one more of them, not short. " * 50


class Kept:
    """Counts how often what there is was written down."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


async def until_seen(aloud: Any) -> None:
    """Until what was pushed has been looked at: the loop waits for news again."""
    for _ in range(2_000):
        await asyncio.sleep(0.002)
        if aloud._news._waiters or aloud._task.done():
            return
    raise AssertionError("never looked at")


async def written(speaking: Speaking, ann: Access, *drafts: Draft | str, keep: Kept | None = None) -> None:
    aloud = speaking.begin(turn(ann), keep or Kept())
    assert aloud is not None
    for draft in drafts:
        aloud.push(Draft(draft) if isinstance(draft, str) else draft)
        await until_seen(aloud)
    await aloud.end()


@pytest.fixture
def chatty(house: House) -> Speaking:
    """By a voice that is paid by the character, so that many pieces cost no more than one."""
    catalog = load_catalog(
        {"models": {FLASH: {"price": {"per_million_chars": 10.0}, "prompt_bytes": 20_000}}},
    )
    house.orders.catalog = catalog
    return Speaking(house.store, house.orders, catalog, house.rules)


async def test_the_first_sentence_is_ordered_while_the_rest_is_written(
    house: House, chatty: Speaking, ann: Access
) -> None:
    keep = Kept()
    await written(chatty, ann, "This is the first sentence", LONG[:60], keep=keep)
    [job] = await jobs(house, ann)
    assert (job.prompt, job.behind, keep.times) == ("This is the first sentence of it.", "", 1)


async def test_pieces_grow_and_nothing_is_left_out_or_said_twice(house: House, chatty: Speaking, ann: Access) -> None:
    await written(chatty, ann, *(LONG[:end] for end in range(30, len(LONG), 30)))
    before = await jobs(house, ann)
    await chatty.answer(turn(ann, answer=LONG))
    await chatty.answer(turn(ann, answer=LONG))
    pieces = list(reversed(await jobs(house, ann)))
    assert (len(before), len(pieces)) == (3, 4)
    assert [piece.behind for piece in pieces] == ["", *(piece.id for piece in pieces[:-1])]
    assert 240 < len(pieces[1].prompt) <= 300
    assert 500 < len(pieces[2].prompt) <= 600
    assert " ".join(piece.prompt for piece in pieces) == spoken(LONG, 1_500)
    assert sum(piece.quote for piece in pieces) <= price_of(house.orders.catalog.get(FLASH, "audio")) == 2 * 1_500 * 10
    assert await house.left(ann.account_id) == START - sum(piece.quote for piece in pieces)


async def test_where_each_order_costs_the_same_there_are_two(house: House, speaking: Speaking, ann: Access) -> None:
    await written(speaking, ann, *(LONG[:end] for end in range(30, len(LONG), 30)))
    await speaking.answer(turn(ann, answer=LONG))
    last, first = await jobs(house, ann)
    assert (first.prompt, last.behind) == ("This is the first sentence of it.", first.id)
    assert first.quote + last.quote == price_of(house.catalog.get(FLASH, "audio"))


@pytest.mark.parametrize(
    "text",
    [
        "Look at [this. It is](https://a.b) and more of the same",
        "```\nprint('one sentence. And one more.') and\n\nstill code. More code",
        "| a sentence. | another one. |\n| and so on",
        "**A bold sentence that goes on. And then",
        "No end of a sentence is in sight yet in 3.14",
    ],
)
async def test_what_may_still_change_is_not_spoken(house: House, chatty: Speaking, ann: Access, text: str) -> None:
    await written(chatty, ann, text)
    assert await jobs(house, ann) == []


async def test_code_is_passed_over(house: House, chatty: Speaking, ann: Access) -> None:
    answer = "```\nprint('one. two.')\n```\n\nThat was the code of it. And now"
    await written(chatty, ann, answer)
    [job] = await jobs(house, ann)
    assert job.prompt == "That was the code of it."


async def test_an_answer_that_begins_again_is_spoken_at_its_end_only(
    house: House, chatty: Speaking, ann: Access
) -> None:
    again = "Something else altogether was meant. And so on it goes"
    await written(chatty, ann, LONG[:60], Draft(again, restarted=True), again + " for a while. Yes")
    [void] = await jobs(house, ann)
    assert void.prompt == "This is the first sentence of it."
    for _ in range(2):
        await chatty.answer(turn(ann, answer=f"{again}."))
        rest, _ = await jobs(house, ann)
        assert (rest.prompt, rest.behind) == (f"{again}.", void.id)


async def test_before_anything_was_spoken_it_may_begin_again(house: House, chatty: Speaking, ann: Access) -> None:
    await written(chatty, ann, "A beginning that is void", Draft("", restarted=True), LONG[:60])
    [job] = await jobs(house, ann)
    assert job.prompt == "This is the first sentence of it."


async def test_after_a_stop_nothing_more_is_ordered(house: House, chatty: Speaking, ann: Access) -> None:
    await written(chatty, ann, LONG[:60])
    await chatty.answer(turn(ann, answer=LONG[:400], ending=Ending.STOPPED))
    assert len(await jobs(house, ann)) == 1


async def test_a_process_that_died_between_two_pieces_is_gone_on_for(
    house: House, chatty: Speaking, ann: Access
) -> None:
    await written(chatty, ann, LONG[:60])
    another = Speaking(house.store, house.orders, house.orders.catalog, house.rules)
    await another.answer(turn(ann, answer=LONG))
    last, first = await jobs(house, ann)
    assert f"{first.prompt} {last.prompt}" == spoken(LONG, 1_500)


async def test_the_second_is_brought_behind_the_first(house: House, chatty: Speaking, ann: Access) -> None:
    await written(chatty, ann, LONG[:60])
    await chatty.answer(turn(ann, answer=LONG))
    second, first = await jobs(house, ann)
    await house.put(first, due_ms=house.clock.now_ms() + 60_000)  # on a slow line
    await house.worker.step()
    assert ((await house.job(second.id)).state, house.courier.delivered) == (JobState.READY, [])
    await house.put(await house.job(first.id), due_ms=0)
    await house.worker.step()
    await house.worker.step()
    assert [job.id for job in house.courier.delivered] == [first.id, second.id]


async def test_one_that_failed_holds_nothing_up(house: House, chatty: Speaking, ann: Access, sandbox: Sandbox) -> None:
    await written(chatty, ann, LONG[:60])
    [first] = await jobs(house, ann)
    sandbox.behaviour.script(ROUTE, Reply(200, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}))
    await house.worker.step()
    assert (await house.job(first.id)).state is JobState.FAILED
    await chatty.answer(turn(ann, answer=LONG))
    await house.worker.step()
    assert [job.behind for job in house.courier.delivered] == [first.id]


async def test_pieces_count_as_one_open_job(house: House, chatty: Speaking, ann: Access) -> None:
    await written(chatty, ann, *(LONG[:end] for end in range(30, len(LONG), 30)))
    assert len(await jobs(house, ann)) == 3 > house.rules.plan("default").open_jobs
    async with house.store.read() as tx:
        assert await tx.jobs.count_open(ann.person.id) == 1


# --- for whom --------------------


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


@pytest.mark.parametrize(
    ("chosen", "operator", "model", "options"),
    [
        ({"model": "speech-2.8-hd", "voice": "female-yujie"}, "", "speech-2.8-hd", {"voice": "female-yujie"}),
        ({"model": FLASH, "voice": "Puck"}, "", FLASH, {"voice": "Puck"}),
        ({"model": FLASH, "voice": "Puck"}, "speech-2.8-hd", "speech-2.8-hd", {}),  # which has no such voice
        ({"model": "speech-2.8-hd", "voice": "own:Mum"}, "", "speech-2.8-hd", {}),  # which is not theirs
        ({"model": "gone", "voice": "gone"}, "", FLASH, {}),
    ],
)
async def test_with_the_voice_that_its_person_has_chosen(
    house: House, ann: Access, chosen: Json, operator: str, model: str, options: dict[str, str]
) -> None:
    await listening(house, ann, **{CHOSEN: chosen})
    speaking = Speaking(house.store, house.orders, house.catalog, Rules(speech_model=operator))
    await written(speaking, ann, LONG[:60])
    await speaking.answer(turn(ann, answer=LONG))
    pieces = await jobs(house, ann)
    assert [(piece.model, piece.options) for piece in pieces] == [(model, options)] * 2


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
        (voices(**{row.name: {"hidden": True} for row in voices().visible("audio") if row.speaks}), "", None),
    ],
)
def test_which_model_reads(catalog: Catalog, chosen: str, model: str | None) -> None:
    found = speaker(catalog, Rules(speech_model=chosen))
    assert (found.name if found else None) == model


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
