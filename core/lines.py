"""The lines of work of a worker: jobs of some states, so many in hand at once.

Orders of blocking families stay on the line for minutes, so they have a bound of their own: so many of a family, and so many
of one person in it, in this process. What is beyond it is not claimed, and takes no seat from others.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection

from core.limits import Limits
from core.values import Job, JobState
from core.workshop import Workshop

log = logging.getLogger(__name__)

IDLE_S = 30.0
"""A line that knows of nothing to come looks again after this; a wake-up comes sooner."""

GATHER_S = 0.25
"""A line whose jobs are in no hurry takes what comes due in such a time together: a claim is a commit."""

BUSY_S = 1.0
"""While jobs are open, a line looks at least this often: another line may have made one due sooner than it knew."""


class Blocking:
    """Which blocking orders are on the line. Only what is yet to be sent needs a place, not what a dead process left."""

    def __init__(self, blocks: Callable[[str], bool], limits: Limits) -> None:
        self._blocks = blocks
        self._most, self._most_of_person = limits.blocking_orders, limits.blocking_orders_per_person
        self._families: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()

    def take(self, job: Job) -> bool:
        """For a claimed job that is begun now. False: it needs a place, and there is none."""
        if not self._needs_place(job):
            return True
        pair = (job.family, job.person_id)
        if self._families[job.family] >= self._most or self._pairs[pair] >= self._most_of_person:
            return False
        self._families[job.family] += 1
        self._pairs[pair] += 1
        return True

    def leave(self, job: Job) -> bool:
        """`job`: as it was claimed. True: its place is free now."""
        if not self._needs_place(job):
            return False
        self._families[job.family] -= 1
        self._pairs[job.family, job.person_id] -= 1
        self._families, self._pairs = +self._families, +self._pairs  # without those at 0
        return True

    def _needs_place(self, job: Job) -> bool:
        return job.state is JobState.QUEUED and self._blocks(job.family)

    @property
    def taken(self) -> int:
        return self._families.total()

    @property
    def full(self) -> tuple[list[str], list[tuple[str, str]]]:
        """The families of which nothing can be taken, and the (family, person) of whom nothing can."""
        families = [family for family, taken in self._families.items() if taken >= self._most]
        return families, [pair for pair, taken in self._pairs.items() if taken >= self._most_of_person]


class Line:
    """Jobs of some states, worked on by so many hands at once, besides those that have a place in `blocking`."""

    def __init__(
        self,
        shop: Workshop,
        topic: str,
        states: Collection[JobState],
        work: Callable[[Job], Awaitable[None]],
        seats: int,
        *,
        bringing: bool = False,
        gather_s: float = 0.0,
        blocking: Blocking | None = None,
    ) -> None:
        self.topic = topic
        self._shop = shop
        self._states = states
        self._work = work
        self._seats = seats
        self._bringing = bringing
        self._gather_s = gather_s
        self._blocking = blocking or Blocking(lambda family: False, shop.limits)
        self._holding_back = False  # at the last look something blocking was full
        self._hands: set[asyncio.Task[None]] = set()

    # --- claiming

    async def fill(self) -> int:
        """Claim into the free seats; returns how many jobs were begun."""
        free = self._free
        if free <= 0:
            return 0
        begun, beyond = 0, []
        for job in await self._claim(free):
            if self._begin(job):
                begun += 1
            else:
                beyond.append(job)
        await asyncio.gather(*(_in_its_turn(self._shop, job) for job in beyond))
        return begun

    @property
    def _free(self) -> int:
        return self._seats - len(self._hands) + self._blocking.taken

    @property
    def _platforms(self) -> frozenset[str] | None:
        return self._shop.courier.platforms if self._bringing else None

    async def _claim(self, most: int) -> list[Job]:
        claim = self._shop.leases.claim
        families, pairs = self._blocking.full
        self._holding_back = bool(families or pairs)
        if not self._holding_back:
            return await claim(self._states, most, platforms=self._platforms, untold=self._bringing)
        # what is not to be sent needs no place, and does not wait for one
        jobs = await claim([state for state in self._states if state is not JobState.QUEUED], most)
        if len(jobs) == most:
            return jobs
        return jobs + await claim((JobState.QUEUED,), most - len(jobs), not_families=families, not_pairs=pairs)

    def _begin(self, job: Job) -> bool:
        """False: it has to wait for a place."""
        if not self._blocking.take(job):
            return False
        hand = asyncio.create_task(self._guarded(job))
        self._hands.add(hand)
        hand.add_done_callback(lambda hand: self._ended(hand, job))
        return True

    def _ended(self, hand: asyncio.Task[None], job: Job) -> None:
        self._hands.discard(hand)
        if self._blocking.leave(job) and self._holding_back:
            self._shop.store.wake(self.topic)

    async def _guarded(self, job: Job) -> None:
        """A job whose work breaks unforeseen becomes due again when its lease ends."""
        try:
            await self._work(job)
        except Exception:
            log.exception("job %s: work on it broke", job.id)
        finally:
            self._shop.leases.let_go(job)

    # --- rounds

    async def round(self) -> float:
        """Claim until nothing more is due or all seats are taken; returns the seconds until the next look."""
        claimed = 1
        while claimed:
            claimed = await self.fill()
        if self._free <= 0:
            await asyncio.wait(self._hands, return_when=asyncio.FIRST_COMPLETED)
            return self._gather_s
        async with self._shop.store.read() as tx:
            due_ms = await tx.jobs.next_due_ms(self._states, platforms=self._platforms)
        if due_ms is None:
            return IDLE_S
        wait_s = (due_ms - self._shop.clock.now_ms()) / 1000
        if wait_s <= 0 and self._holding_back:
            return BUSY_S  # it waits for a place, and a place that gets free wakes this line
        return min(BUSY_S, max(self._gather_s, wait_s))

    async def step(self) -> int:
        """Work off all that is due; returns how many."""
        worked = 0
        while claimed := await self.fill():
            worked += claimed
            await self.drain()
        return worked

    async def drain(self) -> None:
        while self._hands:
            await asyncio.wait(self._hands)

    async def close(self, seconds: float) -> None:
        """Let running work finish for so long, then break it off."""
        if self._hands:
            await asyncio.wait(self._hands, timeout=seconds)
        for hand in list(self._hands):
            hand.cancel()
        await asyncio.gather(*self._hands, return_exceptions=True)


async def _in_its_turn(shop: Workshop, job: Job) -> None:
    """Due at once, before what was ordered after it."""
    await shop.leases.put_back(job, JobState.QUEUED, due_ms=job.created_ms)
