"""Five thousand films in one process: all are looked at on time, and what is ready meanwhile is delivered once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from core.gateway.wire import Again, Polled, Ready
from core.plans import Rules
from core.ports import Store
from core.specs import ModelSpec
from core.values import HOUSE, Artifact, Cause, Job, JobState, Role
from tests.clocks import FakeClock
from tests.core.house import BOSS, FILM, House, ScriptedGateway
from tests.stores import open_test_store

JOBS = 5_000
TICK_S = 0.5
MAKING_MS = 25_000
SHORT = 20
"""Every so-manieth film is a short one, ready after MAKING_MS; the others take longer than the test."""


class Studio(ScriptedGateway):
    """Notes when each task was looked at."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.looks: dict[str, list[int]] = defaultdict(list)

    async def poll(self, spec: ModelSpec, task_id: str) -> Polled:
        looks = self.looks[task_id]
        looks.append(self._clock.now_ms())
        if int(task_id) % SHORT or looks[-1] - looks[0] < MAKING_MS:
            return Again(progress=50)
        return Ready((Artifact("video", data=b"film " + task_id.encode()),))

    def worst_lateness_ms(self, pace_ms: int) -> int:
        return max(after - before - pace_ms for looks in self.looks.values() for before, after in pairwise(looks))


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """The embedded engine only: one process is what this is about."""
    async with open_test_store("sqlite", tmp_path, clock) as opened:
        yield opened


async def open_films(house: House, template: Job) -> None:
    """As they are ten seconds after they were sent, spread over the pace."""
    now = house.clock.now_ms()
    async with house.store.begin() as tx:
        for number in range(JOBS):
            film = replace(
                template,
                id=f"film{number:05}",
                state=JobState.WAITING,
                task_id=f"{number:05}",
                sent_ms=now,
                due_ms=now + number * 10_000 // JOBS,
            )
            await tx.ledger.hold(film.id, HOUSE, FILM, Cause(film.person_id, "video", "film"), now)
            await tx.jobs.add(film)


async def test_five_thousand_films_are_looked_at_on_time(make_house: Callable[..., House], clock: FakeClock) -> None:
    studio = Studio(clock)
    house = make_house(Rules(), gateway=studio)
    boss = await house.member(BOSS, role=Role.OWNER)
    template = await house.place(boss)
    await house.orders.cancel(boss, template.id)
    await open_films(house, template)
    for _ in range(round((MAKING_MS / 1000 + 21) / TICK_S)):
        await house.worker.step()
        clock.advance(TICK_S)
    assert sorted(job.task_id for job in house.courier.delivered) == [f"{film:05}" for film in range(0, JOBS, SHORT)]
    assert 0 <= studio.worst_lateness_ms(10_000) <= 2_000
    assert {len(looks) for looks in studio.looks.values()} == {4, 5}
    async with house.store.read() as tx:
        assert len(await tx.ledger.open_holds()) == JOBS - JOBS // SHORT
