"""Orders that stay on the line until they are made: so many of a family and of a person at once, and nobody else waits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from core.errors import Unsure
from core.gateway.orders_stream import Heard
from core.gateway.wire import Ready, Submitted
from core.limits import LIMITS
from core.plans import Plan, Rules
from core.ports import Store
from core.specs import ModelSpec
from core.values import Access, Artifact, Job, JobState, ModelKind, Order, Sender
from tests.clocks import FakeClock
from tests.core.house import DM, House, ScriptedGateway, build
from tests.core.test_worker_running import real_store, running, until

__all__ = ["real_store"]

FAMILY, PERSON = LIMITS.blocking_orders, LIMITS.blocking_orders_per_person
assert PERSON < FAMILY
RICH = Rules(plans={"default": Plan(open_jobs=1000, daily=10**9)})
DRAWN = Ready((Artifact("image", data=b"one"),))


class Studio(ScriptedGateway):
    """Pictures are ready when `finish` says so; counts who is on the line."""

    def __init__(self) -> None:
        super().__init__()
        self.drawing: list[tuple[str, asyncio.Event]] = []
        self.most: Counter[str] = Counter()
        self.drawn: list[str] = []

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        if not self.blocks(spec.family):
            return await super().submit(spec, order, heard)
        whose, go = order.prompt.split()[0], asyncio.Event()
        self.drawing.append((whose, go))
        now = Counter(name for name, _ in self.drawing)
        for name in now:
            self.most[name] = max(self.most[name], now[name])
        self.most["all"] = max(self.most["all"], now.total())
        await go.wait()
        self.drawing.remove((whose, go))
        self.drawn.append(order.prompt)
        return DRAWN

    def has(self, drawn: int, drawing: int) -> bool:
        return len(self.drawn) >= drawn and len(self.drawing) >= drawing

    def finish(self, most: int = 10**6) -> int:
        waiting = [go for _, go in self.drawing if not go.is_set()][:most]
        for go in waiting:
            go.set()
        return len(waiting)


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def house(make_house: Callable[..., House], studio: Studio) -> House:
    return make_house(RICH, gateway=studio)


async def people(house: House, number: int) -> list[Access]:
    return [
        await house.member(Sender("telegram", f"{900 + at}", f"p{at}", "en"), replace(DM, chat=f"{900 + at}"))
        for at in range(number)
    ]


async def order(house: House, access: Access, words: str, kind: ModelKind = "image") -> Job:
    return await house.orders.place(access, "q", house.orders.check(kind, None, words, {})[0])


async def stirred(rounds: int = 60) -> None:
    """Until what could run has run."""
    for _ in range(rounds):
        await asyncio.sleep(0.001)


async def test_a_person_has_two_and_a_family_eight(house: House, studio: Studio) -> None:
    crowd = await people(house, 6)
    for number in range(10):
        for at, access in enumerate(crowd):
            await order(house, access, f"p{at} {number}")
    line = house.worker._sending
    while await line.fill():
        pass
    await stirred()
    assert len(studio.drawing) == FAMILY
    assert max(Counter(name for name, _ in studio.drawing).values()) == PERSON
    for _ in range(60):
        studio.finish(FAMILY // 2)
        await stirred(5)
        while await line.fill():
            await stirred(5)
    assert studio.most["all"] == FAMILY
    assert all(studio.most[f"p{at}"] == PERSON for at in range(6))
    assert len(set(studio.drawn)) == 60


async def test_what_has_no_place_loses_nothing(house: House, studio: Studio, clock: FakeClock) -> None:
    """Not its attempts, nor its turn: the oldest is next."""
    [ann] = await people(house, 1)
    jobs = []
    for number in range(6):
        jobs.append(await order(house, ann, f"p0 {number}"))
        clock.advance(1)
    line = house.worker._sending
    assert await line.fill() == PERSON
    await stirred()
    for job in jobs[PERSON:]:
        queued = await house.settled(job, JobState.QUEUED)
        assert (queued.attempts, queued.owner, queued.due_ms) == (0, "", job.created_ms)
    assert await line.fill() == 0
    studio.finish(1)
    await stirred()
    assert await line.fill() == 1
    await stirred()
    studio.finish()
    await stirred()
    assert sorted(studio.drawn) == ["p0 0", "p0 1", "p0 2"]
    studio.finish()
    await line.drain()


async def test_films_go_on_while_pictures_wait(house: House, studio: Studio) -> None:
    """However many orders of a full family are older."""
    crowd = await people(house, 5)
    for number in range(40):
        for at, access in enumerate(crowd):
            await order(house, access, f"p{at} {number}")
    line = house.worker._sending
    while await line.fill():
        pass
    films = [await order(house, access, "a film", "video") for access in crowd]
    assert await line.fill() == len(films)
    await stirred()
    for film in films:
        await house.settled(film, JobState.WAITING)
    assert len(studio.drawing) == FAMILY
    for hand in list(line._hands):
        hand.cancel()
    await line.drain()


async def test_places_are_beside_the_seats(make_house: Callable[..., House], studio: Studio) -> None:
    """Blocking orders leave every seat of the line to others."""
    house = make_house(RICH, LIMITS._replace(claim_jobs=3), studio)
    crowd = await people(house, 4)
    for number in range(5):
        for at, access in enumerate(crowd):
            await order(house, access, f"p{at} {number}")
    line = house.worker._sending
    while await line.fill():
        pass
    await stirred()
    assert len(studio.drawing) == FAMILY
    films = [await order(house, crowd[0], "a film", "video") for _ in range(9)]
    while await line.fill():
        await stirred()
    assert {(await house.job(film.id)).state for film in films} == {JobState.WAITING}
    studio.finish()
    for hand in list(line._hands):
        hand.cancel()
    await line.drain()


async def test_a_dead_process_leaves_orders_that_need_no_place(house: House, studio: Studio, clock: FakeClock) -> None:
    """They are told of at once, and are never sent."""
    crowd = await people(house, 5)
    left = await order(house, crowd[4], "p4 left")
    await house.put(left, state=JobState.SENDING, owner="dead", due_ms=clock.now_ms() + 1000, sent_ms=clock.now_ms())
    for at in range(4):
        for number in range(5):
            await order(house, crowd[at], f"p{at} {number}")
    line = house.worker._sending
    while await line.fill():
        pass
    await stirred()
    assert len(studio.drawing) == FAMILY
    clock.advance(2)
    assert await line.fill() == 1
    await stirred()
    assert (await house.settled(left, JobState.UNSURE)).error_key == Unsure.key
    studio.finish()
    await stirred()
    assert "p4 left" not in studio.drawn
    for hand in list(line._hands):
        hand.cancel()
    await line.drain()


async def test_a_place_is_free_again_whatever_ends_the_order(house: House, studio: Studio) -> None:
    [ann] = await people(house, 1)
    job = await order(house, ann, "p0 1")
    house.catalog._rows.pop("pen")
    assert await house.worker._sending.step() == 1
    await house.settled(job, JobState.FAILED)
    assert house.worker._sending._blocking.full == ([], [])
    assert house.worker._sending._blocking.taken == 0


# --- as it runs


async def test_a_free_place_is_taken_at_once(real_store: Store, tmp_path: Path, studio: Studio) -> None:
    """No look by the clock is waited for: the end of one order is the beginning of the next."""
    house = build(real_store, real_store.clock, tmp_path / "media", RICH, gateway=studio)
    crowd = await people(house, 6)
    for number in range(10):
        for at, access in enumerate(crowd):
            await order(house, access, f"p{at} {number}")
    async with running(house.worker):
        await until(lambda: len(studio.drawing) == FAMILY)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for ended in range(1, 37):
            studio.finish(1)
            await until(partial(studio.has, ended, FAMILY))
        assert loop.time() - began < 10  # as many looks by the clock would be twice that
        while len(studio.drawn) < 60:
            studio.finish()
            await stirred(5)
        await until(lambda: len(house.courier.delivered) == 60)
    assert studio.most["all"] == FAMILY


async def test_waiting_for_a_place_keeps_no_core_busy(
    real_store: Store, tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = build(real_store, real_store.clock, tmp_path / "media", RICH, gateway=studio)
    [ann] = await people(house, 1)
    for number in range(5):
        await order(house, ann, f"p0 {number}")
    looks = 0
    claim = house.worker._leases.claim

    async def counting(*args: object, **kwargs: object) -> list[Job]:
        nonlocal looks
        looks += 1
        return await claim(*args, **kwargs)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(house.worker._leases, "claim", counting)
    async with running(house.worker):
        await until(lambda: len(studio.drawing) == PERSON)
        await stirred(100)
        settled = looks
        await stirred(500)  # half a second and more
        assert looks - settled < 20
        studio.finish()
