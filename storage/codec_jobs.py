"""Jobs to rows and back."""

from __future__ import annotations

from core.values import Job, JobState
from storage.codec import (
    PLACE_COLUMNS,
    dump,
    dump_artifacts,
    dump_parts,
    load,
    load_artifacts,
    load_parts,
    place_values,
    take_place,
)
from storage.session import Row, Value

JOB_COLUMNS = (
    "id",
    "person_id",
    "account_id",
    *PLACE_COLUMNS,
    "origin_id",
    "kind",
    "model",
    "family",
    "prompt",
    "state",
    "quote",
    "created_ms",
    "deadline_ms",
    "due_ms",
    "options",
    "inputs",
    "parent_id",
    "locale",
    "version",
    "owner",
    "attempts",
    "task_id",
    "sent_ms",
    "progress",
    "results",
    "error_key",
    "error_params",
    "ack_id",
    "result_ids",
    "muted",
    "told",
    "turn_id",
    "continues",
    "transcript",
)


def job_values(job: Job) -> dict[str, Value]:
    return {
        "id": job.id,
        "person_id": job.person_id,
        "account_id": job.account_id,
        **place_values(job.place),
        "origin_id": job.origin_id,
        "kind": job.kind,
        "model": job.model,
        "family": job.family,
        "prompt": job.prompt,
        "options": dump(dict(job.options)),
        "inputs": dump_parts(job.inputs),
        "created_ms": job.created_ms,
        "parent_id": job.parent_id,
        "locale": job.locale,
        "version": job.version,
        "state": job.state.value,
        "quote": job.quote,
        "deadline_ms": job.deadline_ms,
        "due_ms": job.due_ms,
        "owner": job.owner,
        "attempts": job.attempts,
        "task_id": job.task_id,
        "sent_ms": job.sent_ms,
        "progress": job.progress,
        "results": dump_artifacts(job.results),
        "error_key": job.error_key,
        "error_params": dump(dict(job.error_params)),
        "ack_id": job.ack_id,
        "result_ids": dump(list(job.result_ids)),
        "muted": job.muted,
        "told": job.told,
        "turn_id": job.turn_id,
        "continues": job.continues,
        "transcript": job.transcript,
    }


def read_job(row: Row) -> Job:
    values = dict(zip(JOB_COLUMNS, row, strict=True))
    return Job(
        place=take_place(values),
        state=JobState(values.pop("state")),
        options=load(values.pop("options")),
        inputs=load_parts(values.pop("inputs")),
        results=load_artifacts(values.pop("results")),
        error_params=load(values.pop("error_params")),
        result_ids=tuple(load(values.pop("result_ids"))),
        muted=bool(values.pop("muted")),
        told=bool(values.pop("told")),
        **values,
    )
