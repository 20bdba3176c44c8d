"""One job, two lines of work after each other: what the first lets go of is not what the second has in hand."""

from __future__ import annotations

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
