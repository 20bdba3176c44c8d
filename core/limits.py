"""Every bound of the core in one place, its unit last in its name."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    # what people send
    prompt_chars: int = 32_000
    input_bytes: int = 20 * 1024 * 1024
    inputs_per_order: int = 4
    # what the gateway sends
    reply_bytes: int = 64 * 1024 * 1024
    stream_chars: int = 400_000
    artifact_bytes: int = 512 * 1024 * 1024
    artifacts_per_job: int = 10
    # the gateway's clock
    connect_s: float = 10.0
    idle_s: float = 300.0
    turn_s: float = 900.0
    poll_s: float = 30.0
    # answers
    checkpoint_s: float = 3.0
    turn_lease_ms: int = 60_000
    queue_turns: int = 3
    history_turns: int = 200
    joined_chars: int = 32_000
    # jobs
    job_lease_ms: int = 60_000
    job_renew_s: float = 15.0
    claim_jobs: int = 64
    deliver_attempts: int = 12
    poll_errors: int = 60
    # inbox
    inbox_lease_ms: int = 120_000
    stale_event_ms: int = 600_000
    inbox_keep_ms: int = 48 * 3_600_000
    # retention
    input_keep_ms: int = 24 * 3_600_000
    result_keep_ms: int = 30 * 24 * 3_600_000


LIMITS = Limits()
