"""Speech in a storm: long texts in parts, answers read aloud piece behind piece, called off and ordered again by two people
on two replicas, while the gateway loses and refuses. And recordings that are longer than they look."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from core.errors import BotError, Moderated, NotTaken, RateLimited, SoundTooLong, TaskFailed, Unsure
from core.gateway.wire import Accepted, Broken, Ready
from core.orders import id_of
from core.plans import Plan, Rules
from core.ports import DeliverLater, Undeliverable
from core.pressing import retry
from core.recordings import Recordings
from core.saying import Saying
from core.speaking import Speaking
from core.system_voices import SystemVoices
from core.values import OPEN_STATES, Access, Artifact, Ending, Job, JobState, Turn, TurnState
from core.voices import Voices
from storage.media import open_media
from tests.clocks import FakeClock
from tests.core.house import ANN, BOB, DM, House, build
from tests.hostile.test_films_money import check_money, every_job
from tests.hostile.test_sounds_gateway import watched
from tests.stores import ENGINES, open_test_store

DAILY = 20 * 200_000
RULES = Rules(plans={"default": Plan(open_jobs=6, daily=DAILY)})
FLASH, CHARS = "gemini-2.5-flash-preview-tts", "tts-1"
TEXT = "The fox runs through the snow. " * 300


def sound() -> Ready:
    return Ready((Artifact("audio", data=b"song;"),))


OUTCOMES: tuple[Callable[[], Any], ...] = (
    *(sound, sound, sound, sound),
    lambda: Unsure("x"),
    lambda: NotTaken("x"),
    lambda: RateLimited("x"),
    lambda: Moderated("x"),
    lambda: RuntimeError("x"),
    lambda: Broken(TaskFailed("x")),
    lambda: Accepted("task"),
    lambda: Ready(()),
    lambda: replace(sound(), refunded=True),
)


def turn(access: Access, number: int, answer: str) -> Turn:
    return Turn(
        id=f"{access.person.id}-{number}",
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
        answer=answer,
        ending=Ending.COMPLETE,
    )


async def settled(house: House, clock: FakeClock, *people: Access) -> list[Job]:
    """All jobs, when nothing is open any more."""
    for _ in range(80):
        house.gateway.submits.append(sound())
        house.gateway.polls.append(sound())
        await house.worker.step()
        clock.advance(61)
        if not any(job.state in OPEN_STATES for job in await every_job(house, *people)):
            break
    jobs = await every_job(house, *people)
    assert [job for job in jobs if job.state in OPEN_STATES] == []
    return jobs


async def listening(house: House, access: Access) -> Access:
    async with house.store.begin() as tx:
        await tx.people.set_settings(access.person.id, {"voice": True})
    return access


def saying(house: House) -> Saying:
    voices = Voices(
        *(house.store, house.orders, house.catalog, house.rules, house.orders._renditions),
        *(SystemVoices(None, house.clock), house.clock, house.new_id),
    )
    return Saying(house.orders, voices)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(5))
async def test_a_storm(tmp_path: Path, engine: str, seed: int) -> None:
    chance, clock = random.Random(seed), FakeClock()
    async with open_test_store(engine, tmp_path, clock) as store:
        house = build(store, clock, tmp_path / "media", RULES)
        ann, bob = await house.member(ANN, DM), await house.member(BOB, replace(DM, chat="200"))
        for person in (ann, bob):
            await listening(house, person)
        read, speaking = saying(house), Speaking(house.store, house.orders, house.catalog, house.rules)
        workers = [house.worker, house.another_worker("worker-2")]

        async def deed() -> None:
            person, number = chance.choice((ann, bob)), chance.randrange(8)
            jobs = await every_job(house, ann, bob)
            job, what = (chance.choice(jobs) if jobs else None), chance.randrange(7)
            with suppress(BotError):
                if job is None or what == 0:
                    await read.say(
                        person, "1", TEXT, chance.choice((FLASH, CHARS)), event_id=f"{person.person.id}s{number}"
                    )
                elif what in {1, 2}:
                    await speaking.order(turn(person, number, ""), chance.randrange(4), "Some words of it.")
                elif what == 3:
                    await speaking.answer(turn(person, number, "It is sunny. " * chance.randrange(1, 300)))
                elif what == 4:
                    await retry(house.orders, person, job.id, "1", f"{person.person.id}t{number}")
                elif what == 5:
                    await house.orders.cancel(person, job.id)
                else:
                    settings = {"voice": chance.random() < 0.8}
                    await house.directory.set_settings(person.person.id, settings)

        for _ in range(25):
            house.gateway.submits.extend(chance.choice(OUTCOMES)() for _ in range(3))
            if chance.random() < 0.3:
                house.courier.troubles.append(chance.choice((Undeliverable("blocked"), DeliverLater(1.0))))
            doing: list[Coroutine[Any, Any, Any]] = [deed() for _ in range(chance.randrange(1, 5))]
            doing += [worker.step() for worker in chance.sample(workers, chance.randrange(1, 3))]
            await asyncio.gather(*doing)
            clock.advance(chance.choice((0.1, 1, 15, 70)))
        await check_money(house, ann, bob)
        house.gateway.submits.clear()
        house.courier.troubles.clear()
        jobs = await settled(house, clock, ann, bob)
        await check_money(house, ann, bob)
        assert len({job.id for job in house.courier.delivered}) == len(house.courier.delivered), (
            "nothing is brought twice"
        )
        whole_of = {job.id: job for job in jobs}
        for piece in (job for job in jobs if job.part_of):
            assert piece.id not in {job.id for job in house.courier.delivered}
            assert whole_of[piece.part_of].state not in OPEN_STATES


def chained(access: Access, number: int) -> str:
    return id_of(f"voice:{turn(access, 1, '').id}:{number}")


@pytest.mark.parametrize("how", ["fails", "cancelled", "undeliverable", "never was"])
async def test_a_piece_whose_predecessor_does_not_come(tmp_path: Path, how: str) -> None:
    """The one behind it is brought all the same, after it, and paid once."""
    clock = FakeClock()
    async with open_test_store("sqlite", tmp_path, clock) as store:
        house = build(store, clock, tmp_path / "media", RULES)
        ann = await listening(house, await house.member())
        speaking = Speaking(house.store, house.orders, house.catalog, house.rules)
        if how != "never was":
            await speaking.order(turn(ann, 1, ""), 0, "One.")
        if how == "fails":
            house.gateway.submits.append(Moderated("x"))
        if how == "cancelled":
            await house.orders.cancel(ann, chained(ann, 0))
        if how == "undeliverable":
            house.courier.troubles.append(Undeliverable("blocked"))
        await speaking.order(turn(ann, 1, ""), 1, "Two.")
        await settled(house, clock, ann)
        second = await house.job(chained(ann, 1))
        assert second.state is JobState.DONE
        assert [job.id for job in house.courier.delivered][-1] == second.id
        await check_money(house, ann)


async def test_credits_that_reach_for_one_piece(tmp_path: Path) -> None:
    """What cannot be paid is not spoken; what was, stays; the answer itself is no matter of it."""
    clock = FakeClock()
    async with open_test_store("sqlite", tmp_path, clock) as store:
        house = build(store, clock, tmp_path / "media", Rules(plans={"default": Plan(open_jobs=9, daily=40_000)}))
        ann = await listening(house, await house.member())
        speaking = Speaking(house.store, house.orders, house.catalog, house.rules)
        await speaking.order(turn(ann, 1, ""), 0, "One.")
        with pytest.raises(BotError):
            await speaking.order(turn(ann, 1, ""), 1, "Two.")
        await speaking.answer(turn(ann, 1, "One. Two."))
        jobs = await settled(house, clock, ann)
        assert [job.prompt for job in jobs] == ["One."]
        assert await house.left(ann.account_id) == 10_000


async def test_switched_off_while_it_is_written(tmp_path: Path) -> None:
    clock = FakeClock()
    async with open_test_store("sqlite", tmp_path, clock) as store:
        house = build(store, clock, tmp_path / "media", RULES)
        ann = await listening(house, await house.member())
        speaking = Speaking(house.store, house.orders, house.catalog, house.rules)
        await speaking.order(turn(ann, 1, ""), 0, "One.")
        await house.directory.set_settings(ann.person.id, {"voice": False})
        with pytest.raises(BotError):
            await speaking.order(turn(ann, 1, ""), 1, "Two.")
        await speaking.answer(turn(ann, 1, "One. Two. Three."))
        assert len(await settled(house, clock, ann)) == 1


@pytest.mark.parametrize("answer", ["```\ncode\n```", "", "| a |\n|---|\n| b |", "<#99#>", "\u202e\u200b", "…"])
async def test_answers_with_nothing_to_say(tmp_path: Path, answer: str) -> None:
    clock = FakeClock()
    async with open_test_store("sqlite", tmp_path, clock) as store:
        house = build(store, clock, tmp_path / "media", RULES)
        ann = await listening(house, await house.member())
        await Speaking(house.store, house.orders, house.catalog, house.rules).answer(turn(ann, 1, answer))
        assert [job.prompt for job in await every_job(house, ann) if not any(map(str.isalnum, job.prompt))] == []


@pytest.mark.parametrize("text", ["🙂" * 20_000, "a" * 20_001, "🙂" * 5_000, "<#99#>" * 3_000, " \n\t", "-->" * 3_000])
async def test_texts_to_be_read_aloud(tmp_path: Path, text: str) -> None:
    """Refused with nothing ordered, or in at most ten parts that are all paid, and nothing else."""
    clock = FakeClock()
    async with open_test_store("sqlite", tmp_path, clock) as store, watched() as longest:
        house = build(store, clock, tmp_path / "media", RULES)
        ann = await house.member()
        for model in (FLASH, CHARS, "speech-2.8-hd"):
            with suppress(BotError):
                await saying(house).say(ann, "1", text, model, event_id=model)
        for job in await every_job(house, ann):
            assert len(job.inputs) <= 10
        await settled(house, clock, ann)
        if await every_job(house, ann):
            await check_money(house, ann)
    assert longest[0] < 0.5


# --- recordings --------------------


def silence(hours: float) -> bytes:
    """FLAC, which needs next to nothing for it."""
    target, rate, block = io.BytesIO(), 8_000, 65_535
    with av.open(target, "w", format="flac") as out:
        stream: Any = out.add_stream("flac", rate=rate, layout="mono", options={"frame_size": str(block)})
        frame: Any = av.AudioFrame(format="s16", layout="mono", samples=block)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate = rate
        for at in range(int(hours * 3_600 * rate / block)):
            frame.pts = at * block
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target.getvalue()


async def test_hours_of_silence_in_a_small_file(tmp_path: Path) -> None:
    media = open_media(str(tmp_path / "media"))
    data = await asyncio.to_thread(silence, 2)
    assert len(data) < 1_000_000
    key, _ = await media.put(data, 1_000_000)
    async with watched() as longest:
        with pytest.raises(SoundTooLong) as refused:
            await Recordings(media).of(key, 600, 1_200)
    assert refused.value.params["limit"] == 1_200
    assert longest[0] < 0.5


async def test_two_who_have_long_recordings_written_down_share_one_thread(tmp_path: Path) -> None:
    media = open_media(str(tmp_path / "media"))
    key, _ = await media.put(await asyncio.to_thread(silence, 0.1), 1_000_000)
    recordings = Recordings(media)
    async with watched() as longest:
        found = await asyncio.gather(*[recordings.of(key, 120, 3_600) for _ in range(3)])
    assert [len(each) for each in found] == [len(found[0])] * 3
    assert longest[0] < 0.5
