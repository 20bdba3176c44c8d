"""A person asks once more for a task that ran out of time: it is looked at soon, and they are told what was found."""

from __future__ import annotations

from dataclasses import replace

from core.errors import JobGone, NotYours
from core.jobs import ASKED, LOOK, asked_until_ms
from core.ports import Clock, Store
from core.values import Access, Job

SAVE_TRIES = 5
"""A worker may write the same row at the same moment; each time the row is read again."""


async def check_again(store: Store, clock: Clock, access: Access, job_id: str) -> Job:
    """The job, to be looked at now. Its late result is delivered and costs nothing; a look that finds none is told once.
    Raises JobGone when there is nothing to look for any more, NotYours for another person's."""
    for _ in range(SAVE_TRIES):
        async with store.begin() as tx:
            job, now = await tx.jobs.get(job_id), clock.now_ms()
            if job is None or now >= asked_until_ms(job):
                raise JobGone(job_id)
            if job.person_id != access.person.id:
                raise NotYours(job_id)
            if job.error_params.get(ASKED) == LOOK:
                return job
            # who holds it now looks, or tells, this very moment, and reads the row again
            due_ms = job.due_ms if job.owner and job.due_ms > now else now
            asked = replace(job, error_params={ASKED: LOOK}, due_ms=due_ms)
            saved = await tx.jobs.save(asked, job.version)
        if saved is not None:
            store.wake("jobs")
            return saved
    raise JobGone(job_id)
