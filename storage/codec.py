"""Values to rows and back. What has no column of its own is JSON, written field by field; bytes are never stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields

from core.values import (
    Artifact,
    Ending,
    Job,
    JobState,
    Json,
    Part,
    Person,
    Place,
    Role,
    Turn,
    TurnState,
    Usage,
)
from storage.session import Row, Value

PART_FIELDS = ("kind", "text", "media", "mime", "name", "size", "role")
ARTIFACT_FIELDS = (
    "kind",
    "url",
    "content",
    "media",
    "mime",
    "width",
    "height",
    "duration_s",
    "size",
    "thumbnail",
    "text",
)
USAGE_FIELDS = ("input_tokens", "cached_tokens", "output_tokens", "thought_tokens")


def dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Json:
    return json.loads(text)


# --- pieces --------------------


def _defaults(kind: type[Part] | type[Artifact] | type[Usage]) -> dict[str, Json]:
    return {field.name: field.default for field in fields(kind) if field.default is not MISSING}


PART_DEFAULTS = _defaults(Part)
ARTIFACT_DEFAULTS = _defaults(Artifact)
USAGE_DEFAULTS = _defaults(Usage)


def _lean(value: object, names: Iterable[str], defaults: Mapping[str, Json]) -> dict[str, Json]:
    """The fields that say something."""
    found = {name: getattr(value, name) for name in names}
    return {name: each for name, each in found.items() if name not in defaults or each != defaults[name]}


def dump_parts(parts: Iterable[Part]) -> str:
    return dump([_lean(part, PART_FIELDS, PART_DEFAULTS) for part in parts])


def load_parts(text: str) -> tuple[Part, ...]:
    return tuple(Part(**each) for each in load(text))


def dump_artifacts(artifacts: Iterable[Artifact]) -> str:
    return dump([_lean(artifact, ARTIFACT_FIELDS, ARTIFACT_DEFAULTS) for artifact in artifacts])


def load_artifacts(text: str) -> tuple[Artifact, ...]:
    return tuple(Artifact(**each) for each in load(text)) if text != "[]" else ()


def dump_usage(usage: Usage) -> str:
    return dump(_lean(usage, USAGE_FIELDS, USAGE_DEFAULTS))


def load_usage(text: str) -> Usage:
    return Usage(**load(text))


def _place(values: dict[str, Json]) -> Place:
    """Takes its four columns out of `values`."""
    return Place(values.pop("platform"), values.pop("chat"), values.pop("thread"), bool(values.pop("private")))


# --- persons --------------------

PERSON_COLUMNS = ("id", "role", "plan", "locale", "name", "banned", "created_ms", "settings")


def person_values(person: Person) -> dict[str, Value]:
    return {
        "id": person.id,
        "role": person.role.value,
        "plan": person.plan,
        "locale": person.locale,
        "name": person.name,
        "banned": person.banned,
        "created_ms": person.created_ms,
        "settings": dump(dict(person.settings)),
    }


def read_person(row: Row) -> Person:
    id_, role, plan, locale, name, banned, created_ms, settings = row
    return Person(id_, Role(role), plan, locale, name, bool(banned), created_ms, load(settings))


# --- turns --------------------

TURN_COLUMNS = (
    "id",
    "conversation_id",
    "lane",
    "parent_id",
    "person_id",
    "account_id",
    "platform",
    "chat",
    "thread",
    "private",
    "origin_id",
    "model",
    "persona",
    "question",
    "state",
    "created_ms",
    "answer",
    "ending",
    "error_key",
    "error_params",
    "usage",
    "hold",
    "cost",
    "locale",
    "opening_id",
    "owner",
    "lease_ms",
    "version",
    "stopping",
    "shown",
)


def turn_values(turn: Turn) -> dict[str, Value]:
    return {
        "id": turn.id,
        "conversation_id": turn.conversation_id,
        "lane": turn.lane,
        "parent_id": turn.parent_id,
        "person_id": turn.person_id,
        "account_id": turn.account_id,
        "platform": turn.place.platform,
        "chat": turn.place.chat,
        "thread": turn.place.thread,
        "private": turn.place.private,
        "origin_id": turn.origin_id,
        "model": turn.model,
        "persona": turn.persona,
        "question": dump_parts(turn.question),
        "state": turn.state.value,
        "created_ms": turn.created_ms,
        "answer": turn.answer,
        "ending": turn.ending.value if turn.ending else None,
        "error_key": turn.error_key,
        "error_params": dump(dict(turn.error_params)),
        "usage": dump_usage(turn.usage),
        "hold": turn.hold,
        "cost": turn.cost,
        "locale": turn.locale,
        "opening_id": turn.opening_id,
        "owner": turn.owner,
        "lease_ms": turn.lease_ms,
        "version": turn.version,
        "stopping": turn.stopping,
        "shown": turn.shown,
    }


def read_turn(row: Row) -> Turn:
    values = dict(zip(TURN_COLUMNS, row, strict=True))
    return Turn(
        place=_place(values),
        question=load_parts(values.pop("question")),
        state=TurnState(values.pop("state")),
        ending=Ending(ending) if (ending := values.pop("ending")) else None,
        error_params=load(values.pop("error_params")),
        usage=load_usage(values.pop("usage")),
        stopping=bool(values.pop("stopping")),
        shown=bool(values.pop("shown")),
        **values,
    )


# --- jobs --------------------

JOB_COLUMNS = (
    "id",
    "person_id",
    "account_id",
    "platform",
    "chat",
    "thread",
    "private",
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
)


def job_values(job: Job) -> dict[str, Value]:
    return {
        "id": job.id,
        "person_id": job.person_id,
        "account_id": job.account_id,
        "platform": job.place.platform,
        "chat": job.place.chat,
        "thread": job.place.thread,
        "private": job.place.private,
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
    }


def read_job(row: Row) -> Job:
    values = dict(zip(JOB_COLUMNS, row, strict=True))
    return Job(
        place=_place(values),
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
