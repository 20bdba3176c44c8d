"""One job, two lines of work after each other: what the first lets go of is not what the second has in hand."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.jobs import move
from core.leases import Leases
from core.values import Access, JobState
from tests.clocks import FakeClock
from tests.core.house import House


async def test_the_next_line_keeps_what_the_last_one_lets_go_of(house: House, ann: Access, clock: FakeClock) -> None:
    await house.place(ann)
    leases = Leases(house.store, clock, "one", house.limits)
    (sending,) = await leases.claim({JobState.QUEUED}, 1)
    now_ms = clock.now_ms()
    ended = await leases.keep(sending, lambda job: move(job, JobState.CANCELLED, told=False, due_ms=now_ms))
    assert ended is not None
    (telling,) = await leases.claim({JobState.READY}, 1, untold=True)
    leases.let_go(sending)  # its hand comes to its end only now
    assert leases.half_left(telling)
    leases.let_go(telling)
    assert not leases.half_left(telling)


async def test_of_those_put_back_together_each_goes_its_own_way(house: House, ann: Access, clock: FakeClock) -> None:
    for _ in range(3):
        await house.place(ann)
    leases = Leases(house.store, clock, "one", house.limits)
    alone, muted, lost = await leases.claim({JobState.QUEUED}, 3)
    async with house.store.begin() as tx:
        await tx.jobs.save(replace(muted, muted=True), muted.version)
        await tx.jobs.save(replace(lost, owner="two"), lost.version)
    due_ms = clock.now_ms() + 5_000
    back = [leases.put_back(job, JobState.QUEUED, due_ms=due_ms, attempts=7) for job in (alone, muted, lost)]
    saved = await asyncio.gather(*back)
    async with house.store.read() as tx:
        found = [await tx.jobs.get(job.id) for job in (alone, muted, lost)]
    assert saved[:2] == found[:2]
    assert saved[2] is None
    assert [(job.muted, job.owner, job.attempts, job.due_ms == due_ms) for job in found if job] == [
        (False, "", 7, True),
        (True, "", 7, True),
        (False, "two", 0, False),
    ]
