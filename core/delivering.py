"""Brings results, ends and notices to people through the courier, again and again until it is done or hopeless."""

from __future__ import annotations

import logging
from dataclasses import replace

from core.jobs import ASKED, LATE_POLL_S, LOOK, NEVER, backoff_s, late_until_ms, move
from core.leases import Change, Money
from core.ports import DeliverLater, Tx, Undeliverable
from core.sources import LOOK_EVERY_S, wake_waiting
from core.values import OPEN_STATES, Job, JobState, Notice, Place
from core.workshop import Workshop

log = logging.getLogger(__name__)

WAIT_MOST_S = 3600.0
GIVE_UP_MS = 24 * 3_600_000
"""A platform that says "later" for so long is as good as gone."""

NOTICE_TRIES = 40


class Delivering:
    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def work(self, job: Job) -> None:
        """A claimed job that is ready, or that ended and whose person has not been told."""
        if not self._shop.leases.half_left(job):
            self._shop.leases.let_go(job)
            return
        try:
            if job.state is JobState.READY:
                await self._deliver(job)
            else:
                await self._tell(job)
        except DeliverLater as later:
            await self._later(job, later.after_s, job.attempts)
        except Undeliverable as error:
            await self._hopeless(job, str(error), gone=True)
        except Exception:
            log.exception("job %s: could not be brought", job.id)
            await self._later(job, backoff_s(job.attempts + 1, 3.0, WAIT_MOST_S), job.attempts + 1)

    async def _deliver(self, job: Job) -> None:
        """A piece of another job is nothing by itself: only the whole is brought. What is behind another waits until that
        has ended."""
        if await self._is_held_up(job):
            await self._wait(job)
            return
        result_ids = () if job.part_of else await self._shop.courier.deliver(job)

        async def link(tx: Tx, done: Job) -> None:
            for message_id in result_ids:
                await tx.conversations.link(done.place, message_id, f"job:{done.id}")

        def done(current: Job) -> Job:
            return move(current, JobState.DONE, result_ids=result_ids, told=True, due_ms=NEVER)

        await self._end(job, done, link)

    async def _is_held_up(self, job: Job) -> bool:
        if not job.behind:
            return False
        async with self._shop.store.read() as tx:
            before = await tx.jobs.get(job.behind)
        return before is not None and before.state in OPEN_STATES

    async def _wait(self, job: Job) -> None:
        """Due again when the other one ends, which may have happened just now."""
        due_ms = self._shop.clock.now_ms() + round(LOOK_EVERY_S * 1000)
        waiting = await self._shop.leases.put_back(job, JobState.READY, due_ms=due_ms)
        if waiting is None or await self._is_held_up(waiting):
            return
        async with self._shop.store.begin() as tx:
            await tx.jobs.save(replace(waiting, due_ms=self._shop.clock.now_ms()), waiting.version)
        self._shop.store.wake("deliver")

    async def _end(self, job: Job, change: Change, beside: Money | None) -> None:
        """Sentences of one answer may wait for it."""
        ended = await self._shop.leases.keep(job, change, beside)
        if ended is not None and ended.kind == "audio":
            await wake_waiting(self._shop.store, ended, self._shop.clock.now_ms())

    async def _tell(self, job: Job) -> None:
        if not job.part_of:
            await self._shop.courier.tell(job)
        await self._shop.leases.keep(job, self._told)

    def _told(self, job: Job) -> Job:
        """Told; an expired task is looked at from time to time, and at once when its person asks for it."""
        now = self._shop.clock.now_ms()
        due_ms = now + round(LATE_POLL_S * 1000) if now < late_until_ms(job) else NEVER
        if job.error_params.get(ASKED) == LOOK:
            due_ms = now
        return move(job, job.state, told=True, attempts=0, due_ms=due_ms)

    async def _later(self, job: Job, after_s: float, attempts: int) -> None:
        now = self._shop.clock.now_ms()
        if attempts >= self._shop.limits.deliver_attempts or now >= job.deadline_ms + GIVE_UP_MS:
            await self._hopeless(job, f"after {attempts} attempts", gone=False)
            return
        due_ms = now + round(min(max(after_s, 0.5), WAIT_MOST_S) * 1000)
        await self._shop.leases.keep(
            job, lambda current: move(current, current.state, attempts=attempts, due_ms=due_ms)
        )

    async def _hopeless(self, job: Job, why: str, *, gone: bool) -> None:
        """The result stays in /jobs; a chat that is gone is marked."""
        log.warning("job %s: undelivered: %s", job.id, why)

        async def mark(tx: Tx, ended: Job) -> None:
            await mark_inactive(tx, ended.place)

        def given_up(current: Job) -> Job:
            if current.state is not JobState.READY:
                return self._told(current)
            return move(current, JobState.UNDELIVERED, told=True, due_ms=NEVER)

        await self._end(job, given_up, mark if gone else None)

    # --- notices

    async def notice(self, notice: Notice) -> float | None:
        """None: done with. Else the seconds after which it is tried again."""
        try:
            told = await self._shop.courier.notify(notice)
            after_s = None if told else backoff_s(notice.attempts, 5.0, 600.0)
        except DeliverLater as later:
            after_s = min(max(later.after_s, 0.5), WAIT_MOST_S)
        except Undeliverable as error:
            log.info("notice %s: undeliverable: %s", notice.id, error)
            after_s = None
        except Exception:
            log.exception("notice %s: could not be brought", notice.id)
            after_s = backoff_s(notice.attempts, 5.0, 600.0)
        if after_s is not None and notice.attempts >= NOTICE_TRIES:
            log.warning("notice %s: given up", notice.id)
            after_s = None
        async with self._shop.store.begin() as tx:
            if after_s is None:
                await tx.notices.done(notice.id)
            else:
                await tx.notices.retry(notice.id, self._shop.clock.now_ms() + round(after_s * 1000))
        return after_s


async def mark_inactive(tx: Tx, place: Place) -> None:
    group = None if place.private else await tx.people.group(place)
    if group is not None and group.active:
        await tx.people.save_group(replace(group, active=False))
