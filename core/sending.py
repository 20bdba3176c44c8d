"""Sends orders to the gateway. The intent is saved before the request leaves: what is found in `sending` after a crash may
or may not have arrived, so it is refunded and told, and never sent again by itself. Only what was surely not taken is,
because the gateway could not be reached or was busy.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from core.calling import Call, call_of
from core.errors import (
    BotError,
    GatewayError,
    NoResult,
    NoSuchModel,
    NotOffered,
    NotTaken,
    RateLimited,
    Unsure,
    UpstreamDown,
)
from core.following import Following
from core.gateway.wire import Accepted, Broken, Ready, Submitted
from core.handmade import Handmade
from core.jobs import HANDMADE, backoff_s, cancelled, move, poll_wait_s
from core.prices import quote
from core.sources import LOOK_EVERY_S, wake_if_over
from core.specs import ModelSpec
from core.transcribing import next_row
from core.values import Job, JobState
from core.workshop import Workshop, look_at_ms

log = logging.getLogger(__name__)


class Sending:
    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._handmade = Handmade(shop)

    async def work(self, job: Job) -> None:
        """A claimed job in `queued`, or in `sending` with a lease that ran out."""
        if job.action in HANDMADE:
            await self._handmade.work(job)
            return
        if job.state is JobState.SENDING:
            await self._shop.fail(job, Unsure(f"{job.id}: its process died while sending"), JobState.UNSURE)
            return
        spec = self._shop.catalog.find(job.model)
        if spec is None:
            await self._shop.fail(job, NoSuchModel(f"no row for {job.model}", model=job.model))
            return
        try:
            call = await call_of(self._shop, job, spec)
        except (NotTaken, RateLimited, UpstreamDown) as error:
            await self._not_ready(job, error)
            return
        except BotError as error:
            await self._shop.fail(job, error)
            return
        if call is None:
            await self._wait_for_sources(job, spec)
        else:
            await self._send(job, call)

    async def _wait_for_sources(self, job: Job, spec: ModelSpec) -> None:
        """What it is made from is not there yet, and its own time has not begun."""
        due_ms = self._shop.clock.now_ms() + round(LOOK_EVERY_S * 1000)
        deadline_ms = due_ms + round(spec.deadline_s * 1000)
        waiting = await self._shop.leases.put_back(job, JobState.QUEUED, due_ms=due_ms, deadline_ms=deadline_ms)
        await wake_if_over(self._shop.store, waiting, self._shop.clock.now_ms())

    async def _not_ready(self, job: Job, error: GatewayError) -> None:
        """A file could not be put where the gateway fetches it. Nothing is ordered yet, so it is tried again for as long as
        the order may wait."""
        now, attempts = self._shop.clock.now_ms(), job.attempts + 1
        if now >= job.deadline_ms:
            await self._shop.fail(job, error)
            return
        due_ms = min(now + round(backoff_s(attempts) * 1000), job.deadline_ms)
        await self._shop.leases.put_back(job, JobState.QUEUED, due_ms=due_ms, attempts=attempts)

    async def _send(self, job: Job, call: Call) -> None:
        if self._shop.clock.now_ms() >= job.deadline_ms:
            reason = RateLimited if job.error_key == RateLimited.key else NotTaken
            await self._shop.fail(job, reason(f"{job.id}: could not be sent before its deadline"))
            return
        sending = await self._shop.leases.keep(job, lambda current: self._about_to_send(current, call), still_held=True)
        if sending is None:
            return
        if not self._shop.leases.half_left(sending):
            await self._wait(sending)  # the commit took so long that another process may soon take over
            return
        self._shop.notes.show(sending)
        following = Following(self._shop, sending)
        try:
            outcome = await self._shop.gateway.submit(call.spec, call.order, following.heard)
        except NotTaken:
            await self._wait(sending)
        except RateLimited as error:
            await self._busy(following.job, error)
        except Unsure as error:
            await self._unsure(following.job, error)
        except (NoSuchModel, NotOffered) as error:
            await self._elsewhere(following.job, error)
        except BotError as error:
            await self._shop.fail(following.job, error)
        except Exception as error:
            # whatever it was, the request may have left
            log.exception("job %s: sending broke", job.id)
            await self._unsure(following.job, Unsure(f"{job.id}: {type(error).__name__}"))
        else:
            await self._taken(following.job, call.spec, outcome)

    def _about_to_send(self, job: Job, call: Call) -> Job:
        now, until_ms = self._shop.clock.now_ms(), self._shop.leases.until_ms()
        return move(
            job,
            JobState.SENDING,
            due_ms=until_ms,
            sent_ms=now,
            attempts=job.attempts + 1,
            inputs=call.inputs,
            quote=call.price,
        )

    async def _unsure(self, job: Job, error: Unsure) -> None:
        if job.task_id:
            log.warning("job %s: nobody knows what became of it; the gateway called it %s", job.id, job.task_id)
        await self._shop.fail(job, error, JobState.UNSURE)

    async def _busy(self, job: Job, error: RateLimited) -> None:
        """Refused because too much is going on: again after the time that the gateway asks for, a few times in a row."""
        tries = job.attempts if job.error_key == error.key else 1
        if tries >= self._shop.limits.busy_tries or job.task_id:  # it was begun, then
            await self._shop.fail(job, error)
        else:
            await self._wait(job, tries, error.retry_after_s, error.key)

    async def _wait(self, job: Job, attempts: int = 0, after_s: float = 0.0, error_key: str = "") -> None:
        """Surely not taken: again after a while, at the latest at the deadline (which ends it). What was cancelled while it
        was on the line is not sent again: it has cost nothing. `error_key`: what kind of failures `attempts` counts."""
        now, attempts = self._shop.clock.now_ms(), attempts or job.attempts
        due_ms = now + round(max(after_s, backoff_s(attempts)) * 1000)

        def again(current: Job) -> Job:
            if current.muted:
                return cancelled(current, now)
            due = min(due_ms, job.deadline_ms)
            return move(current, JobState.QUEUED, due_ms=due, attempts=attempts, error_key=error_key)

        await self._shop.give_back(job, again)

    async def _elsewhere(self, job: Job, error: BotError) -> None:
        """The gateway does not have this model, so nothing was taken: what is to be written down goes to the next that does
        it, for no more."""
        async with self._shop.store.read() as tx:
            whole = await tx.jobs.get(job.part_of) if job.part_of else None
        spec = next_row(self._shop.catalog, job, whole)
        if spec is None or job.task_id:
            unserved = isinstance(error, NotOffered)
            await self._shop.fail(job, NoSuchModel(str(error), model=job.model) if unserved else error)
            return
        now, price = self._shop.clock.now_ms(), quote(spec, job.options)

        def again(current: Job) -> Job:
            if current.muted:
                return cancelled(current, now)
            there = replace(current, model=spec.name, family=spec.family, quote=price)
            return move(there, JobState.QUEUED, due_ms=now, attempts=0, error_key="")

        await self._shop.give_back(job, again)
        self._shop.store.wake("jobs")

    async def _taken(self, job: Job, spec: ModelSpec, outcome: Submitted) -> None:
        match outcome:
            case Accepted(task_id):
                await self._accepted(job, spec, task_id)
            case Broken(RateLimited() as error):
                await self._busy(job, error)
            case Broken((NoSuchModel() | NotOffered()) as error):
                await self._elsewhere(job, error)
            case Broken(error):
                await self._shop.fail(job, error)
            case Ready():
                await self._made(job, spec, outcome)

    async def _made(self, job: Job, spec: ModelSpec, outcome: Ready) -> None:
        """A blocking call has the result in its answer, and there is no second chance to ask for it."""
        try:
            brought = await self._shop.bring_in(job, spec, outcome)
        except GatewayError as error:
            await self._shop.fail(job, error)
        except Exception as error:
            log.exception("job %s: its result could not be kept", job.id)
            await self._shop.fail(job, NoResult(f"{job.id}: {type(error).__name__}"))
        else:
            await self._shop.finish(job, brought)

    async def _accepted(self, job: Job, spec: ModelSpec, task_id: str) -> None:
        due_ms = look_at_ms(spec, self._shop.clock.now_ms(), poll_wait_s(spec.poll, 0), job)

        def taken(current: Job) -> Job:
            return move(current, JobState.WAITING, task_id=task_id, attempts=0, error_key="", due_ms=due_ms)

        waiting = await self._shop.leases.keep(job, taken)
        if waiting is not None:
            self._shop.notes.show(waiting)
            self._shop.store.wake("jobs")
            return
        await self._late_task_id(job, task_id)

    async def _late_task_id(self, job: Job, task_id: str) -> None:
        """Another process has called it unsure meanwhile: the id stays in the row, for the operator."""
        log.warning("job %s: task %s came too late", job.id, task_id)
        async with self._shop.store.begin() as tx:
            current = await tx.jobs.get(job.id)
            if current is not None and not current.task_id:
                await tx.jobs.save(replace(current, task_id=task_id), current.version)
