"""The life of a job as a table of moves, and the pace at which it is looked at. Pure: no store, no clock.

    queued ──► sending ──► waiting ◄──► modal            cancelled   before sending: refunded; later: "do not deliver"
       ▲          │  │        │           │              failed      refunded; once told, a task that passed its
       └──────────┘  │        ▼           │                          deadline is still looked at: its result is
     not taken       └────► ready ◄───────┘                          delivered free (failed ──► ready)
                              │                          unsure      nobody knows whether the gateway took it: refunded
                              ▼                          undelivered paid, but the chat is gone; stays in /jobs
                            done
    queued, sending, waiting, modal ──► failed, cancelled       sending, modal ──► unsure
    ready ──► undelivered, cancelled

`due_ms` is "not before"; while a process holds the job, it is the end of its lease. NEVER: nothing is left to do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zlib import crc32

from core.errors import TaskExpired
from core.specs import Poll
from core.values import Job, JobState

NEVER = 2**53
"""A due time that does not come."""

NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.QUEUED, JobState.SENDING, JobState.FAILED, JobState.CANCELLED}),
    JobState.SENDING: frozenset(
        {
            JobState.SENDING,  # muted
            JobState.QUEUED,  # surely not taken
            JobState.WAITING,
            JobState.READY,  # a blocking call
            JobState.FAILED,
            JobState.CANCELLED,
            JobState.UNSURE,
        }
    ),
    JobState.WAITING: frozenset(
        {JobState.WAITING, JobState.MODAL, JobState.READY, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.MODAL: frozenset(
        {
            JobState.MODAL,
            JobState.WAITING,
            JobState.READY,
            JobState.FAILED,
            JobState.CANCELLED,
            JobState.UNSURE,  # whether its window was answered
        }
    ),
    JobState.READY: frozenset({JobState.READY, JobState.DONE, JobState.UNDELIVERED, JobState.CANCELLED}),
    JobState.FAILED: frozenset({JobState.FAILED, JobState.READY}),
    JobState.CANCELLED: frozenset({JobState.CANCELLED}),
    JobState.UNSURE: frozenset({JobState.UNSURE}),
    JobState.DONE: frozenset({JobState.DONE}),
    JobState.UNDELIVERED: frozenset({JobState.UNDELIVERED}),
}
"""From each state, where a job may go. Staying is a move too: a lease, a message id or a flag is written."""

WORDS = "words"
HANDMADE = frozenset({"join", "dub", "clip", "splice", WORDS})
"""What we make of other results by ourselves, without the gateway and for nothing: films one after the other, a film with
another sound, a song as a film of its cover, speech one after the other, the
words of the pieces of a recording."""
BY_HAND = "handmade"
"""Their family, which has no wire."""

SENDABLE = (JobState.QUEUED, JobState.SENDING)
AT_GATEWAY = (JobState.WAITING, JobState.MODAL)


class IllegalMove(Exception):
    pass


def move(job: Job, state: JobState, **changes: Any) -> Job:
    """The job in its next state. Raises IllegalMove for what the table does not list: a bug, never a person's mistake."""
    if state not in NEXT[job.state]:
        raise IllegalMove(f"{job.id}: {job.state} -> {state}")
    return replace(job, state=state, **changes)


def cancelled(job: Job, now_ms: int) -> Job:
    """Its person did not want it any more, and nothing has been made or charged: to be told, and refunded."""
    return move(job, JobState.CANCELLED, muted=False, told=False, attempts=0, error_key="", due_ms=now_ms)


# --- pace --------------------

STEADY_S = 300.0
"""A task older than this is looked at ever less often."""

LATE_POLL_S = 600.0
LATE_FOR_MS = 6 * 3_600_000
"""After its deadline a task is looked at for this long still."""

ASKED_FOR_MS = 7 * 24 * 3_600_000
"""And for this long when its person asks for it: so long gateways know of their tasks."""

ASKED = "asked"
"""In `error_params` of such a job: its person wants it looked at now (LOOK), or it was and there was nothing (NOTHING), "at"
this second."""
LOOK, NOTHING = "look", "nothing"


def late_until_ms(job: Job) -> int:
    """Until when a job is looked at after it failed; 0: not at all."""
    if not _may_come(job):
        return 0
    return job.deadline_ms + (ASKED_FOR_MS if job.error_params.get(ASKED) == LOOK else LATE_FOR_MS)


def asked_until_ms(job: Job) -> int:
    """Until when its person may ask for a job that failed; 0: not at all. Of a piece only the whole is told."""
    return job.deadline_ms + ASKED_FOR_MS if _may_come(job) and not job.part_of else 0


def _may_come(job: Job) -> bool:
    """Of those that failed only one that ran out of time may still have a result."""
    expired = job.state is JobState.FAILED and job.error_key == TaskExpired.key
    return expired and bool(job.task_id) and not job.muted


def poll_wait_s(poll: Poll, age_s: float, asked_s: float = 0.0) -> float:
    """Seconds to the next look at a task sent `age_s` ago; `asked_s` is the gateway's own wish, 0 = none."""
    if asked_s > 0:
        return min(max(asked_s, 1.0), 4 * poll.max_s)
    if age_s < 60:
        return poll.first_s
    return min(poll.max_s, poll.later_s * max(1.0, age_s / STEADY_S))


JITTER = 0.1


def spread_s(wait_s: float, most_s: float, name: str) -> float:
    """The wait made up to a tenth longer or shorter, so that tasks which began together are not looked at together for ever.
    The same `name` gives the same wait: no longer than `most_s` or the wait itself, and no shorter than a second."""
    share = 2 * crc32(name.encode()) / 0xFFFF_FFFF - 1
    spread = wait_s * (1 + JITTER * share)
    return min(max(wait_s, most_s), max(min(wait_s, 1.0), spread))


def on_grid_ms(due_ms: int, now_ms: int, step_s: float) -> int:
    """The multiple of `step_s` nearest to `due_ms` that is still to come: looks that are due at the same moment can be one
    request."""
    step_ms = max(1, round(step_s * 1000))
    nearest = (due_ms + step_ms // 2) // step_ms * step_ms
    return nearest if nearest > now_ms else (now_ms // step_ms + 1) * step_ms


def backoff_s(attempts: int, first_s: float = 2.0, most_s: float = 300.0) -> float:
    """Seconds to wait after the `attempts`-th failure in a row (1 = the first)."""
    return float(min(most_s, first_s * 2 ** min(max(attempts, 1) - 1, 20)))
