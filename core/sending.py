"""Sends orders to the gateway. The intent is saved before the request leaves: what is found in `sending` after a crash may
or may not have arrived, so it is refunded and told, and never sent again by itself.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from core import sources
from core.errors import BotError, GatewayError, NoResult, NoSuchModel, NotTaken, Unsure
from core.following import Following
from core.gateway.wire import Accepted, Broken, Ready, Submitted
from core.jobs import backoff_s, move, poll_wait_s
from core.ports import Tx
from core.sources import Sources
from core.specs import ModelSpec
from core.values import Job, JobState, Order
from core.workshop import Workshop

log = logging.getLogger(__name__)


class Sending:
    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def work(self, job: Job) -> None:
        """A claimed job in `queued`, or in `sending` with a lease that ran out."""
        if job.state is JobState.SENDING:
            await self._shop.fail(job, Unsure(f"{job.id}: its process died while sending"), JobState.UNSURE)
            return
        spec = self._shop.catalog.find(job.model)
        if spec is None:
            await self._shop.fail(job, NoSuchModel(f"no row for {job.model}", model=job.model))
        elif sources.sources_of(job):
            await self._send_with_sources(job, spec)
        else:
            await self._send(job, spec, Sources(job.inputs))

    async def _send_with_sources(self, job: Job, spec: ModelSpec) -> None:
        """What it is made from may not be there yet: then it waits, and its own time has not begun."""
        try:
            async with self._shop.store.read() as tx:
                found = await sources.gather(tx, job, spec)
        except BotError as error:
            await self._shop.fail(job, error)
            return
        if found is not None:
            await self._send(job, spec, found)
            return
        due_ms = self._shop.clock.now_ms() + round(sources.LOOK_EVERY_S * 1000)
        deadline_ms = due_ms + round(spec.deadline_s * 1000)
        await self._shop.leases.put_back(
            job, lambda current: move(current, JobState.QUEUED, due_ms=due_ms, deadline_ms=deadline_ms)
        )

    async def _send(self, job: Job, spec: ModelSpec, found: Sources) -> None:
        if self._shop.clock.now_ms() >= job.deadline_ms:
            await self._shop.fail(job, NotTaken(f"{job.id}: could not be sent before its deadline"))
            return
        sending = await self._shop.leases.keep(
            job, lambda current: self._about_to_send(current, found), still_held=True
        )
        if sending is None:
            return
        if not self._shop.leases.half_left(sending):
            await self._wait(sending)  # the commit took so long that another process may soon take over
            return
        self._shop.notes.show(sending)
        order = Order(job.kind, job.model, job.prompt, job.options, found.inputs, job.continues, found.past)
        following = Following(self._shop, sending)
        try:
            outcome = await self._shop.gateway.submit(spec, order, following.heard)
        except NotTaken:
            await self._wait(sending)
        except Unsure as error:
            await self._unsure(following.job, error)
        except BotError as error:
            await self._shop.fail(following.job, error)
        except Exception as error:
            # whatever it was, the request may have left
            log.exception("job %s: sending broke", job.id)
            await self._unsure(following.job, Unsure(f"{job.id}: {type(error).__name__}"))
        else:
            await self._taken(following.job, spec, outcome)

    def _about_to_send(self, job: Job, found: Sources) -> Job:
        now, until_ms = self._shop.clock.now_ms(), self._shop.leases.until_ms()
        return move(job, JobState.SENDING, due_ms=until_ms, sent_ms=now, attempts=job.attempts + 1, inputs=found.inputs)

    async def _unsure(self, job: Job, error: Unsure) -> None:
        if job.task_id:
            log.warning("job %s: nobody knows what became of it; the gateway called it %s", job.id, job.task_id)
        await self._shop.fail(job, error, JobState.UNSURE)

    async def _wait(self, job: Job) -> None:
        """Surely not taken: again after a while, at the latest at the deadline (which ends it). What was cancelled while it
        was on the line is not sent again: it has cost nothing."""
        now = self._shop.clock.now_ms()
        due_ms = now + round(backoff_s(job.attempts) * 1000)

        def again(current: Job) -> Job:
            if current.muted:
                return move(current, JobState.CANCELLED, muted=False, told=False, attempts=0, due_ms=now)
            return move(current, JobState.QUEUED, due_ms=min(due_ms, job.deadline_ms))

        async def refund(tx: Tx, saved: Job) -> None:
            if saved.state is JobState.CANCELLED:
                await self._shop.purse.refund(tx, saved.id)

        saved = await self._shop.leases.keep(job, again, refund)
        if saved is not None and saved.state is JobState.CANCELLED:
            self._shop.store.wake("deliver")

    async def _taken(self, job: Job, spec: ModelSpec, outcome: Submitted) -> None:
        match outcome:
            case Accepted(task_id):
                await self._accepted(job, spec, task_id)
            case Broken(error):
                await self._shop.fail(job, error)
            case Ready():
                await self._made(job, spec, outcome)

    async def _made(self, job: Job, spec: ModelSpec, outcome: Ready) -> None:
        """A blocking call has the result in its answer, and there is no second chance to ask for it."""
        try:
            brought = await self._shop.bring_in(job, spec, outcome.artifacts)
        except GatewayError as error:
            await self._shop.fail(job, error)
        except Exception as error:
            log.exception("job %s: its result could not be kept", job.id)
            await self._shop.fail(job, NoResult(f"{job.id}: {type(error).__name__}"))
        else:
            await self._shop.finish(job, replace(brought, transcript=outcome.transcript))

    async def _accepted(self, job: Job, spec: ModelSpec, task_id: str) -> None:
        due_ms = self._shop.clock.now_ms() + round(poll_wait_s(spec.poll, 0) * 1000)
        waiting = await self._shop.leases.keep(
            job, lambda current: move(current, JobState.WAITING, task_id=task_id, attempts=0, due_ms=due_ms)
        )
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
