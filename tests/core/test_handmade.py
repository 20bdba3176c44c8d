"""What we make by ourselves of other results: it waits for them, costs nothing, and is done again after a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from core.boards import Boards
from core.errors import BadFile, NotMade, SourceGone, TaskFailed
from core.gateway.orders_stream import Heard
from core.gateway.wire import Broken, Ready, Submitted
from core.handmade import TRIES
from core.ports import Clock, Store, Tx
from core.specs import ModelSpec
from core.storyboard import Shot
from core.values import HOUSE, OPEN_STATES, Access, Artifact, Job, JobState, Order, Part
from tests.clocks import FakeClock
from tests.core.house import FILM, PEN, House, PlainEyes, ScriptedGateway, build
from tests.core.journeys import ALL
from tests.stores import open_test_store

SHOTS = (Shot("a cat sits", 4), Shot("it jumps", 4))
LEASE_S = 61.0


def made(*names: str) -> list[Ready]:
    return [Ready((Artifact("video", data=f"film {name};".encode()),)) for name in names]


async def steps(house: House, clock: FakeClock, count: int = 6) -> None:
    for _ in range(count):
        await house.worker.step()
        clock.advance(1)


async def content(house: House, job: Job) -> bytes:
    return await house.media.read((await house.settled(job, JobState.DONE)).results[0].media)


async def board(house: House, ann: Access) -> Job:
    return await Boards(house.orders, house.store).film(ann, "1", "film", "A cat.", SHOTS, {}, event_id="e1")


async def left_joining(house: House, ann: Access, clock: FakeClock, attempts: int = 1) -> Job:
    """A board whose shots are all there, as a process left it that died while it joined them."""
    whole = await board(house, ann)
    house.gateway.submits += made("1", "2")
    await steps(house, clock)
    house.courier.delivered.clear()
    whole = await house.settled(whole, JobState.DONE)
    changes: dict[str, Any] = {"state": JobState.SENDING, "results": (), "result_ids": (), "told": False}
    return await house.put(whole, **changes, owner="dead", due_ms=clock.now_ms(), attempts=attempts)


def joining(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """From now on every join ends so."""

    async def joined(eyes: PlainEyes, films: Sequence[Artifact]) -> Artifact:
        raise error

    monkeypatch.setattr(PlainEyes, "joined", joined)


# --- joined --------------------


async def test_what_a_dead_process_was_joining_is_joined_again(house: House, ann: Access, clock: FakeClock) -> None:
    whole = await left_joining(house, ann, clock)
    await steps(house, clock)
    assert await content(house, whole) == b"film 1;film 2;"
    assert [job.id for job in house.courier.delivered] == [whole.id]
    assert len(house.gateway.submitted) == 2


async def test_what_kills_its_process_is_not_tried_for_ever(house: House, ann: Access, clock: FakeClock) -> None:
    whole = await left_joining(house, ann, clock, TRIES)
    await steps(house, clock)
    assert (await house.settled(whole, JobState.FAILED)).error_key == NotMade.key


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (BadFile("too long", name="?", allowed=""), NotMade.key),
        (KeyError("swept"), SourceGone.key),
        (RuntimeError("boom"), NotMade.key),
    ],
)
async def test_a_join_that_fails_is_tried_again_for_nothing(
    house: House, ann: Access, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, error: Exception, key: str
) -> None:
    joining(monkeypatch, error)
    whole = await board(house, ann)
    house.gateway.submits += made("1", "2")
    await steps(house, clock)
    assert (await house.settled(whole, JobState.FAILED)).error_key == key
    monkeypatch.undo()
    again = await Boards(house.orders, house.store).again(ann, whole.id)
    await steps(house, clock)
    assert await content(house, again) == b"film 1;film 2;"
    assert len(house.gateway.submitted) == 2
    assert await house.left(ann.account_id) == ALL - 2 * FILM


async def test_it_is_over_as_soon_as_the_last_shot_is(house: House, ann: Access, clock: FakeClock) -> None:
    """Without waiting for the next look."""
    whole = await board(house, ann)
    await steps(house, clock, 1)
    house.gateway.polls += made("1")
    house.gateway.submits += made("2")
    clock.advance(30)
    for _ in range(4):
        await house.worker.step()
    await house.settled(whole, JobState.DONE)


# --- another sound --------------------


async def dubbed(house: House, ann: Access, voice: str) -> Job:
    """A film that is there, with the result of the job `voice` as its sound."""
    key, size = await house.media.put(b"film of a cat", 100)
    film = Part("video", media=key, mime="video/mp4", size=size, role="video")
    sound = Part("audio", media=f"job:{voice}", role="voice")
    return await house.orders.place(ann, "2", Order("video", "film", "Hello", inputs=(film, sound), action="dub"))


async def test_a_film_gets_the_sound_that_it_waits_for(house: House, ann: Access, clock: FakeClock) -> None:
    voice = await house.place(ann, "image")
    job = await dubbed(house, ann, voice.id)
    house.gateway.submits += [Ready((Artifact("audio", data=b"a voice"),))]
    await steps(house, clock)
    assert await content(house, job) == b"film of a cat with a voice"
    assert await house.left(ann.account_id) == ALL - PEN
    await house.balanced(ann.account_id, HOUSE)


async def test_without_the_sound_there_is_nothing(house: House, ann: Access, clock: FakeClock) -> None:
    voice = await house.place(ann, "image")
    job = await dubbed(house, ann, voice.id)
    house.gateway.submits += [Broken(TaskFailed("no"))]
    await steps(house, clock)
    assert (await house.settled(job, JobState.FAILED)).error_key == SourceGone.key


# --- a death at every commit --------------------


class Dead(Exception):
    """The process is gone."""


class Mortal:
    """A store of a process that dies before or after its commit number `at`, and writes nothing from then on."""

    def __init__(self, store: Store, at: int, *, after: bool) -> None:
        self._store, self._at, self._after = store, at, after
        self.commits = 0
        self.dead = False

    @property
    def clock(self) -> Clock:
        return self._store.clock

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        self._breathe()
        async with self._store.begin() as tx:
            yield tx
            self._breathe()
            self.commits += 1
            dies = self.commits == self._at
            self.dead = dies
            if dies and not self._after:
                raise Dead
        if dies:
            raise Dead

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        self._breathe()
        async with self._store.read() as tx:
            yield tx

    def _breathe(self) -> None:
        if self.dead:
            raise Dead

    def wake(self, topic: str) -> None:
        self._store.wake(topic)

    async def woken(self, topic: str, timeout_s: float) -> bool:
        return await self._store.woken(topic, timeout_s)


class Studio(ScriptedGateway):
    """Films every order in one call; the film says of what."""

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        self.submits.extend(made(order.prompt))
        return await super().submit(spec, order, heard)


async def _life(folder: Path, at: int, *, after: bool) -> bool:
    """One that ends at this commit, and one that finds what it left. False: the first has not come so far."""
    clock = FakeClock()
    async with open_test_store("sqlite", folder, clock) as store:
        studio = Studio()
        well = build(store, clock, folder / "media", gateway=studio)
        ann = await well.member()
        mortal = Mortal(store, at, after=after)
        first = build(mortal, clock, folder / "media", gateway=studio)
        with suppress(Dead):
            await board(first, ann)
            await steps(first, clock)
        with suppress(Dead):
            await first.worker._hand_back(0)
        clock.advance(LEASE_S)
        whole = await board(well, ann)  # its message is read again
        while await _is_open(well, ann):
            await steps(well, clock, 2)
            clock.advance(LEASE_S)
        await _judge(well, ann, whole, brought=len(first.courier.delivered) + len(well.courier.delivered))
        return mortal.dead


async def _is_open(house: House, ann: Access) -> bool:
    async with house.store.read() as tx:
        jobs = await tx.jobs.of_person(ann.person.id, 10, pieces=True)
    return any(job.state in OPEN_STATES or not job.told for job in jobs)


async def _judge(house: House, ann: Access, whole: Job, brought: int) -> None:
    prompts = [order.prompt for order in house.gateway.submitted]
    assert len(prompts) == len(set(prompts)), "sent twice"
    async with house.store.read() as tx:
        pieces = await tx.jobs.pieces(whole.id)
    filmed = [piece for piece in pieces if piece.state is JobState.DONE]
    assert len(pieces) == 2 and len(await house.orders.mine(ann)) == 1
    assert await house.left(ann.account_id) == ALL - FILM * len(filmed)
    await house.balanced(ann.account_id, HOUSE)
    whole = await house.job(whole.id)
    if len(filmed) == 2:
        assert await content(house, whole) == b"film a cat sits;film it jumps;"
        assert brought in {1, 2}  # 2: it died when it had brought it and had not written so
    else:
        assert (whole.state, whole.told) == (JobState.FAILED, True)
        assert brought == 0
        assert {piece.state for piece in pieces} <= {JobState.DONE, JobState.UNSURE, JobState.FAILED}


@pytest.mark.parametrize("after", [False, True])
async def test_a_board_survives_a_death_at_every_commit(tmp_path: Path, *, after: bool) -> None:
    at = 1
    while await _life(tmp_path / str(at), at, after=after):
        at += 1
    assert at > 15, "it has died too seldom"
