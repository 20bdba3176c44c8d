"""Every bound of the core in one place, its unit last in its name."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    # what people send
    prompt_chars: int = 32_000
    input_bytes: int = 20 * 1024 * 1024
    inputs_per_order: int = 16
    order_bytes: int = 50 * 1024 * 1024  # of its files together: a request is built in memory
    inputs_per_question: int = 10
    question_bytes: int = 20 * 1024 * 1024
    document_chars: int = 200_000
    spoken_s: float = 900.0
    # what the gateway sends
    reply_bytes: int = 64 * 1024 * 1024
    stream_chars: int = 400_000
    artifact_bytes: int = 512 * 1024 * 1024
    artifacts_per_job: int = 10
    # the gateway's clock
    connect_s: float = 10.0
    idle_s: float = 300.0
    turn_s: float = 900.0
    rewrite_s: float = 20.0
    poll_s: float = 30.0
    # answers
    checkpoint_s: float = 3.0
    turn_lease_ms: int = 60_000
    queue_turns: int = 3
    history_turns: int = 64
    tool_rounds: int = 8
    calls_per_round: int = 8
    proposals_per_turn: int = 5
    tool_s: float = 60.0
    tool_chars: int = 20_000
    page_s: float = 20.0
    page_bytes: int = 2 * 1024 * 1024
    thoughts_chars: int = 20_000
    answer_media: int = 8
    memories: int = 50
    memory_chars: int = 300
    reminders: int = 20
    system_chars: int = 4_000
    joined_chars: int = 32_000
    # jobs
    job_lease_ms: int = 60_000
    job_renew_s: float = 15.0
    claim_jobs: int = 64
    looks_at_once: int = 512  # tasks told of together are due together, and others wait behind them
    blocking_orders: int = 8  # of one family at once, in a process
    blocking_orders_per_person: int = 2
    busy_tries: int = 3
    deliver_attempts: int = 12
    poll_errors: int = 60
    # inbox
    inbox_lease_ms: int = 120_000
    stale_event_ms: int = 600_000
    inbox_keep_ms: int = 48 * 3_600_000
    # retention
    input_keep_ms: int = 24 * 3_600_000
    proposal_keep_ms: int = 7 * 24 * 3_600_000
    result_keep_ms: int = 30 * 24 * 3_600_000


LIMITS = Limits()
