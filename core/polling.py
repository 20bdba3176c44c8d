"""Looks at tasks until they end, at the pace of their family, and for some hours after their deadline. A task that waits in a
window of its own is answered once: the intent is saved before the answer leaves, and after that it is only looked at.
"""

from __future__ import annotations

import logging

from core.calling import call_of
from core.errors import (
    BotError,
    GatewayError,
    NoResult,
    NoSuchModel,
    NotPublic,
    NotTaken,
    RateLimited,
    SourceGone,
    TaskExpired,
    Unsure,
    UpstreamDown,
    Withheld,
)
from core.gateway.wire import Accepted, Again, Broken, Parked, Ready, Submitted
from core.jobs import (
    ASKED,
    LATE_POLL_S,
    LOOK,
    NEVER,
    NOTHING,
    backoff_s,
    cancelled,
    late_until_ms,
    move,
    poll_wait_s,
)
from core.specs import ModelSpec
from core.values import Job, JobState
from core.workshop import Brought, Workshop, look_at_ms

log = logging.getLogger(__name__)

FETCH_TRIES = 6
UNTOLD_MS = 60_000
FRESH_MS, UNKNOWN_TRIES = 30_000, 3
"""A gateway may not know a fresh task yet; later, so many looks in a row settle it."""
CONFIRMED_MS = 120_000
"""A window that is still open so long after it was answered has not got the answer."""


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
            wire = spec.for_files(job.inputs)
            try:
                await self._look(job, spec, wire)
            except Exception as error:
                log.exception("job %s: looking at it broke", job.id)
                await self._missed(job, wire, UpstreamDown(f"{type(error).__name__}"))

    async def _look(self, job: Job, spec: ModelSpec, wire: ModelSpec) -> None:
        try:
            outcome = await self._shop.gateway.poll(wire, job.task_id)
        except GatewayError as missed:
            await self._missed(job, wire, missed)
            return
        match outcome:
            case Again():
                await self._again(job, wire, outcome)
            case Parked():
                await self._parked(job, spec, wire)
            case Broken(error):
                await self._shop.fail(job, error)
            case Ready():
                await self._ready(job, wire, outcome)

    async def _again(self, job: Job, wire: ModelSpec, outcome: Again) -> None:
        now = self._shop.clock.now_ms()
        if now >= job.deadline_ms:
            await self._shop.fail(job, TaskExpired(f"{job.id}: task {job.task_id} has no end"))
            return
        due_ms = self._next_ms(job, wire, outcome.after_s)
        progress = -1 if outcome.queued else max(outcome.progress, job.progress)
        saved = await self._shop.leases.put_back(job, JobState.WAITING, due_ms=due_ms, attempts=0, progress=progress)
        if saved is not None:  # the bar moves with the time too
            self._shop.notes.show(saved, outcome.preview if progress != job.progress else "", outcome.listen)

    def _next_ms(self, job: Job, wire: ModelSpec, asked_s: float = 0.0) -> int:
        now = self._shop.clock.now_ms()
        wait_s = poll_wait_s(wire.poll, (now - job.sent_ms) / 1000, asked_s)
        return min(look_at_ms(wire, now, wait_s, job), job.deadline_ms)

    async def _ready(self, job: Job, wire: ModelSpec, outcome: Ready) -> None:
        if job.muted:
            await self._shop.finish(job, Brought((), 0, 0 if outcome.refunded else job.quote))
            return
        try:
            brought = await self._shop.bring_in(job, wire, outcome)
        except GatewayError as error:
            if isinstance(error, NoResult) or job.attempts + 1 >= FETCH_TRIES:
                await self._shop.fail(job, _lost(job, wire, error))
            else:
                await self._missed(job, wire, error)
        else:
            await self._shop.finish(job, brought)

    async def _missed(self, job: Job, wire: ModelSpec, error: GatewayError) -> None:
        """A look that failed says nothing about the task, unless the gateway says again and again that it has none. After
        looks that were paid nobody looks any more."""
        now, attempts = self._shop.clock.now_ms(), job.attempts + 1
        unknown = isinstance(error, TaskExpired) and attempts >= UNKNOWN_TRIES and now >= job.sent_ms + FRESH_MS
        if unknown or now >= job.deadline_ms or attempts >= (wire.poll.tries or self._shop.limits.poll_errors):
            expired = TaskExpired(f"{job.id}: {error}", request_id=error.request_id)
            await self._shop.fail(job, error if wire.poll.tries else expired)
            return
        due_ms = min(look_at_ms(wire, now, backoff_s(attempts, most_s=60.0), job), job.deadline_ms)
        await self._shop.leases.put_back(job, job.state, due_ms=due_ms, attempts=attempts)

    # --- a window of the gateway's

    async def _parked(self, job: Job, spec: ModelSpec, wire: ModelSpec) -> None:
        now = self._shop.clock.now_ms()
        if not job.confirmed_ms:
            if now >= job.deadline_ms:
                await self._shop.fail(job, NotTaken(f"{job.id}: could not be answered before its deadline"))
            else:
                await self._confirm(job, spec)
        elif now >= min(job.confirmed_ms + CONFIRMED_MS, job.deadline_ms):
            await self._shop.fail(job, Unsure(f"{job.id}: {job.task_id} still waits for an answer"), JobState.UNSURE)
        else:
            due_ms = min(self._next_ms(job, wire), job.confirmed_ms + CONFIRMED_MS)
            await self._shop.leases.put_back(job, JobState.MODAL, due_ms=due_ms, attempts=0)

    async def _confirm(self, job: Job, spec: ModelSpec) -> None:
        """The order is made anew from the row: whoever has sent it may be another process."""
        try:
            call = await call_of(self._shop, job, spec)
            if call is None:
                raise SourceGone(f"{job.id}: what it was made from is not there any more")
        except BotError as error:
            await self._shop.fail(job, error)
            return
        confirming = await self._intend(job)
        if confirming is None:
            return
        if not self._shop.leases.half_left(confirming):
            await self._not_confirmed(confirming, 0.0)  # another process may soon take over
            return
        try:
            outcome = await self._shop.gateway.confirm(call.spec, call.order, job.task_id)
        except (NotTaken, RateLimited) as error:
            await self._refused(confirming, error)
        except Unsure as error:
            log.warning("job %s: nobody knows whether its answer came: %s", job.id, error)
            await self._await_news(confirming, call.spec)
        except BotError as error:
            await self._shop.fail(confirming, error)
        except Exception:
            log.exception("job %s: answering its window broke", job.id)
            await self._await_news(confirming, call.spec)
        else:
            await self._confirmed(confirming, call.spec, outcome)

    async def _intend(self, job: Job) -> Job | None:
        """The intent, before the answer leaves. What its person does not want any more is not answered: it cost nothing."""
        now, until_ms = self._shop.clock.now_ms(), self._shop.leases.until_ms()

        def intent(current: Job) -> Job:
            return move(current, JobState.MODAL, confirmed_ms=0 if current.muted else now, due_ms=until_ms)

        intending = await self._shop.leases.keep(job, intent, still_held=True)
        if intending is None or not intending.muted:
            return intending
        await self._shop.give_back(intending, lambda current: cancelled(current, now))
        return None

    async def _confirmed(self, job: Job, wire: ModelSpec, outcome: Submitted) -> None:
        match outcome:
            case Accepted(task_id):
                await self._await_news(job, wire, task_id)
            case Broken(RateLimited() as error):
                await self._refused(job, error)
            case Broken(error):
                await self._shop.fail(job, error)
            case Ready():
                await self._ready(job, wire, outcome)

    async def _await_news(self, job: Job, wire: ModelSpec, task_id: str = "") -> None:
        """`task_id`: what the gateway calls it from now on; "" = it did not say."""
        due_ms = self._next_ms(job, wire)
        named = task_id or job.task_id

        def answered(current: Job) -> Job:
            state = JobState.WAITING if task_id else JobState.MODAL
            return move(current, state, task_id=named, attempts=0, due_ms=due_ms)

        await self._shop.leases.keep(job, answered)

    async def _refused(self, job: Job, error: NotTaken | RateLimited) -> None:
        """Surely not taken: again a little later, as often as a look may fail; a gateway that is busy not as often."""
        most, asked_s = self._shop.limits.poll_errors, 0.0
        if isinstance(error, RateLimited):
            most, asked_s = self._shop.limits.busy_tries, error.retry_after_s
        if job.attempts + 1 >= most:
            await self._shop.fail(job, error)
        else:
            await self._not_confirmed(job, max(asked_s, backoff_s(job.attempts + 1, most_s=60.0)))

    async def _not_confirmed(self, job: Job, wait_s: float) -> None:
        due_ms = min(self._shop.clock.now_ms() + round(wait_s * 1000), job.deadline_ms)
        attempts = job.attempts + 1
        await self._shop.leases.keep(
            job, lambda current: move(current, JobState.MODAL, confirmed_ms=0, attempts=attempts, due_ms=due_ms)
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
            due_ms = await self._late(job, spec.for_files(job.inputs), now + round(LATE_POLL_S * 1000))
        if due_ms:
            saved = await self._shop.leases.keep(job, lambda current: _nothing_found(current, now, due_ms))
            if saved is not None and not saved.told:
                self._shop.store.wake("deliver")

    async def _late(self, job: Job, wire: ModelSpec, next_ms: int) -> int:
        """When to look again; 0: it is delivered now."""
        try:
            outcome = await self._shop.gateway.poll(wire, job.task_id)
            if isinstance(outcome, Ready):
                await self._shop.finish(job, await self._shop.bring_in(job, wire, outcome))
                return 0
        except GatewayError:
            return next_ms
        return next_ms if isinstance(outcome, Again) else NEVER  # a window that nobody answers stays open


def _nothing_found(job: Job, now_ms: int, due_ms: int) -> Job:
    """Looked at late, in vain: whoever asked for the look is told, once."""
    if not job.told or job.error_params.get(ASKED) != LOOK:
        return move(job, JobState.FAILED, due_ms=due_ms)
    return move(
        job, JobState.FAILED, error_params={ASKED: NOTHING, "at": now_ms // 1000}, told=False, attempts=0, due_ms=now_ms
    )


def _lost(job: Job, wire: ModelSpec, error: GatewayError) -> GatewayError:
    """Of a finished task whose result cannot be had. A link that is not public is the operator's to mend. Some vendors filter
    what they made without a word (gateway contract, videos 6.5): then the gateway has nothing to hand out, and says that it
    is down."""
    if isinstance(error, NotPublic):
        return error
    filtered = wire.extra.get("filters_silently") and isinstance(error, UpstreamDown)
    return (Withheld if filtered else NoResult)(f"{job.id}: {error}", request_id=error.request_id)
