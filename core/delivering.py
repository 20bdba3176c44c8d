"""Brings results, ends and notices to people through the courier, again and again until it is done or hopeless."""

from __future__ import annotations

import logging
from dataclasses import replace

from core.jobs import LATE_POLL_S, NEVER, backoff_s, late_until_ms, move
from core.ports import DeliverLater, Tx, Undeliverable
from core.values import Job, JobState, Notice, Place
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
        result_ids = await self._shop.courier.deliver(job)

        async def link(tx: Tx, done: Job) -> None:
            for message_id in result_ids:
                await tx.conversations.link(done.place, message_id, f"job:{done.id}")

        def done(current: Job) -> Job:
            return move(current, JobState.DONE, result_ids=result_ids, told=True, due_ms=NEVER)

        await self._shop.leases.keep(job, done, link)

    async def _tell(self, job: Job) -> None:
        await self._shop.courier.tell(job)
        await self._shop.leases.keep(job, self._told)

    def _told(self, job: Job) -> Job:
        """Told; an expired task is looked at from time to time."""
        now = self._shop.clock.now_ms()
        late = now < late_until_ms(job)
        return move(job, job.state, told=True, attempts=0, due_ms=now + round(LATE_POLL_S * 1000) if late else NEVER)

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

        await self._shop.leases.keep(job, given_up, mark if gone else None)

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
