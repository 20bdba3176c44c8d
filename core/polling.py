"""Looks at tasks until they end, at the pace of their family, and for some hours after their deadline."""

from __future__ import annotations

import logging

from core.errors import GatewayError, NoResult, NoSuchModel, TaskExpired, UpstreamDown
from core.gateway.wire import Again, Broken, Ready
from core.jobs import LATE_POLL_S, NEVER, backoff_s, late_until_ms, move, poll_wait_s
from core.specs import ModelSpec
from core.values import Job, JobState
from core.workshop import Brought, Workshop

log = logging.getLogger(__name__)

FETCH_TRIES = 6
UNTOLD_MS = 60_000


class Polling:
    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def work(self, job: Job) -> None:
        """A claimed job that the gateway has, or one that failed at its deadline."""
        spec = self._shop.catalog.find(job.model)
        if job.state is JobState.FAILED:
            await self._look_late(job, spec)
        elif spec is None:
            await self._shop.fail(job, NoSuchModel(f"no row for {job.model}", model=job.model))
        else:
            try:
                await self._look(job, spec)
            except Exception as error:
                log.exception("job %s: looking at it broke", job.id)
                await self._missed(job, UpstreamDown(f"{type(error).__name__}"))

    async def _look(self, job: Job, spec: ModelSpec) -> None:
        try:
            outcome = await self._shop.gateway.poll(spec, job.task_id)
        except GatewayError as missed:
            await self._missed(job, missed)
            return
        match outcome:
            case Again():
                await self._again(job, spec, outcome)
            case Broken(error):
                await self._shop.fail(job, error)
            case Ready():
                await self._ready(job, spec, outcome)

    async def _again(self, job: Job, spec: ModelSpec, outcome: Again) -> None:
        now = self._shop.clock.now_ms()
        if now >= job.deadline_ms:
            await self._shop.fail(job, TaskExpired(f"{job.id}: task {job.task_id} has no end"))
            return
        wait_s = poll_wait_s(spec.poll, (now - job.sent_ms) / 1000, outcome.after_s)
        due_ms = min(now + round(wait_s * 1000), job.deadline_ms)
        progress = -1 if outcome.queued else max(outcome.progress, job.progress)
        saved = await self._shop.leases.put_back(
            job, lambda current: move(current, JobState.WAITING, progress=progress, attempts=0, due_ms=due_ms)
        )
        if saved is not None and progress != job.progress:
            self._shop.notes.show(saved)

    async def _ready(self, job: Job, spec: ModelSpec, outcome: Ready) -> None:
        if job.muted:
            await self._shop.finish(job, Brought((), 0, job.quote))
            return
        try:
            brought = await self._shop.bring_in(job, spec, outcome.artifacts)
        except GatewayError as error:
            if isinstance(error, NoResult) or job.attempts + 1 >= FETCH_TRIES:
                await self._shop.fail(job, NoResult(f"{job.id}: {error}", request_id=error.request_id))
            else:
                await self._missed(job, error)
        else:
            await self._shop.finish(job, brought)

    async def _missed(self, job: Job, error: GatewayError) -> None:
        """A look that failed says nothing about the task."""
        now, attempts = self._shop.clock.now_ms(), job.attempts + 1
        if now >= job.deadline_ms or attempts >= self._shop.limits.poll_errors:
            await self._shop.fail(job, TaskExpired(f"{job.id}: {error}", request_id=error.request_id))
            return
        due_ms = min(now + round(backoff_s(attempts, most_s=60.0) * 1000), job.deadline_ms)
        await self._shop.leases.put_back(
            job, lambda current: move(current, job.state, attempts=attempts, due_ms=due_ms)
        )

    # --- after the deadline

    async def _look_late(self, job: Job, spec: ModelSpec | None) -> None:
        """The hold is refunded and the person told; a result that is found all the same is a present of the house."""
        now = self._shop.clock.now_ms()
        if not job.told:
            ours = job.place.platform in self._shop.courier.platforms
            due_ms = now if ours else now + UNTOLD_MS  # first it is told, here or by a process that has the platform
        elif spec is None or now >= late_until_ms(job):
            due_ms = NEVER
        else:
            due_ms = await self._late(job, spec, now + round(LATE_POLL_S * 1000))
        if due_ms:
            await self._shop.leases.put_back(job, lambda current: move(current, JobState.FAILED, due_ms=due_ms))

    async def _late(self, job: Job, spec: ModelSpec, next_ms: int) -> int:
        """When to look again; 0: it is delivered now."""
        try:
            outcome = await self._shop.gateway.poll(spec, job.task_id)
            if isinstance(outcome, Ready):
                await self._shop.finish(job, await self._shop.bring_in(job, spec, outcome.artifacts))
                return 0
        except GatewayError:
            return next_ms
        return next_ms if isinstance(outcome, Again) else NEVER
