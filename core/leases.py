"""Jobs in the hands of this process: claimed, renewed, saved behind the fence, handed back.

A lease is 60 s and is pushed every 15 s; a dead process's jobs become due again by themselves. Others than the holder may
write a row too (a cancel, the id of an acknowledgement), so a refused save is decided by looking again: as long as the row
is still ours and has not moved, the change is made on the newer version; else it is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

from core.jobs import move
from core.limits import Limits
from core.ports import Clock, Store, Tx
from core.values import Job, JobState

log = logging.getLogger(__name__)

SAVE_TRIES = 5
BATCH = 256
GATHER_S = 0.05
"""So long what is put back waits for others, when there are others in hand."""

Change = Callable[[Job], Job]
Money = Callable[[Tx, Job], Awaitable[None]]


class Leases:
    def __init__(self, store: Store, clock: Clock, owner: str, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._limits = limits
        # job as claimed or last saved, end of its lease, its version when the hand that has it got it
        self._held: dict[str, tuple[Job, int, int]] = {}
        self._unchanged = _Batch(store, more_may_come=lambda: bool(self._held))

    def until_ms(self) -> int:
        """Where the lease of a job saved now ends."""
        return self._clock.now_ms() + self._limits.job_lease_ms

    async def claim(
        self,
        states: Collection[JobState],
        limit: int,
        platforms: Collection[str] | None = None,
        untold: bool = False,
        not_families: Collection[str] = (),
        not_pairs: Collection[tuple[str, str]] = (),
    ) -> list[Job]:
        """Due jobs, now ours. One that is in our hands already is left to the hands that have it."""
        until_ms = self.until_ms()
        async with self._store.begin() as tx:
            jobs = await tx.jobs.claim(
                self._owner,
                states,
                self._clock.now_ms(),
                until_ms,
                limit,
                platforms=platforms,
                untold=untold,
                not_families=not_families,
                not_pairs=not_pairs,
            )
        fresh = [job for job in jobs if job.id not in self._held]
        for job in jobs:
            self._held[job.id] = (job, until_ms, self._since(job))
        return fresh

    def _since(self, job: Job) -> int:
        held = self._held.get(job.id)
        return job.version if held is None else held[2]

    def half_left(self, job: Job) -> bool:
        """Whether there is lease enough for something that the world outside will see."""
        held = self._held.get(job.id)
        return held is not None and held[1] - self._clock.now_ms() >= self._limits.job_lease_ms // 2

    def let_go(self, job: Job) -> None:
        """`job`: as it was claimed. Does nothing when another line has claimed it since: that hand goes on."""
        held = self._held.get(job.id)
        if held is not None and held[2] == job.version:
            del self._held[job.id]

    async def keep(
        self, job: Job, change: Change, money: Money | None = None, *, still_held: bool = False
    ) -> Job | None:
        """Write `change` of the job, with the money of it in the same commit, and let go of it unless `still_held`. None: it
        is no longer ours, nothing was written. `change` is asked again for a row that somebody else has touched."""
        self._loosen(job, still_held)
        current: Job | None = job
        for _ in range(SAVE_TRIES):
            if current is None or not self._ours(current, job):
                break
            changed = change(current) if still_held else replace(change(current), owner="")
            async with self._store.begin() as tx:
                saved = await tx.jobs.save(changed, current.version)
                if saved is not None and money is not None:
                    await money(tx, saved)
                if saved is None:
                    current = await tx.jobs.get(job.id)
            if saved is not None:
                if still_held:
                    self._held[job.id] = (saved, saved.due_ms, self._since(job))
                return saved
        log.info("job %s: lost to another process", job.id)
        return None

    async def put_back(
        self,
        job: Job,
        state: JobState,
        *,
        due_ms: int,
        deadline_ms: int | None = None,
        attempts: int | None = None,
        progress: int | None = None,
    ) -> Job | None:
        """As `keep`, for the looks that found nothing new: many of them in one commit, which writes no other fields."""

        def change(current: Job) -> Job:
            return move(
                current,
                state,
                due_ms=due_ms,
                deadline_ms=current.deadline_ms if deadline_ms is None else deadline_ms,
                attempts=current.attempts if attempts is None else attempts,
                progress=current.progress if progress is None else progress,
            )

        self._loosen(job, False)
        changed = replace(change(job), owner="", version=job.version + 1)
        if await self._unchanged.save(changed):
            return changed
        async with self._store.read() as tx:
            current = await tx.jobs.get(job.id)
        return await self.keep(current, change) if current is not None and self._ours(current, job) else None

    def _loosen(self, job: Job, still_held: bool) -> None:
        """Before the save that gives it a due time: a renewal after it would push that away."""
        if not still_held:
            self._held.pop(job.id, None)

    def _ours(self, current: Job, before: Job) -> bool:
        return current is before or (current.owner == self._owner and current.state is before.state)

    async def renew(self) -> None:
        """Push the leases of all that is in our hands; a row that others have touched keeps its lease too."""
        if not self._held:
            return
        until_ms = self.until_ms()
        async with self._store.begin() as tx:
            ours: list[Job] = []
            for job, *_ in list(self._held.values()):
                current = await tx.jobs.get(job.id)
                if current is not None and self._ours(current, job):
                    ours.append(current)
            await tx.jobs.renew(self._owner, [(job.id, job.version) for job in ours], until_ms)
        for job in ours:
            held = self._held.get(job.id)
            if held is not None and held[0].state is job.state:
                self._held[job.id] = (job, until_ms, held[2])

    async def release(self) -> None:
        """A graceful stop: all that is ours is due now."""
        await self._unchanged.close()
        self._held.clear()
        async with self._store.begin() as tx:
            await tx.jobs.release(self._owner, self._clock.now_ms())


class _Batch:
    """Jobs that are put back in one commit: they gather for a moment, when others are in hand, and while some are written."""

    def __init__(self, store: Store, more_may_come: Callable[[], bool]) -> None:
        self._store = store
        self._more_may_come = more_may_come
        self._waiting: list[tuple[Job, asyncio.Future[bool]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def save(self, job: Job) -> bool:
        """False: its row is not the one it was made of."""
        result: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, result))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await result

    async def close(self) -> None:
        """What is not written yet is not written any more."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def _write(self) -> None:
        while self._waiting:
            if self._more_may_come():
                await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                async with self._store.begin() as tx:
                    saved = await tx.jobs.put_back([job for job, _ in batch])
            except Exception as error:  # handed to each of those who wait for it
                for _, result in batch:
                    if not result.done():
                        result.set_exception(error)
                continue
            for job, result in batch:
                if not result.done():
                    result.set_result(job.id in saved)
