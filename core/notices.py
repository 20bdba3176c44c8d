"""Sentences for people who are not asking at the moment, made durable so that any process can bring them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.values import Json, Notice, Person


def to_persons(persons: Iterable[Person], key: str, params: Mapping[str, Json], ref: str, now_ms: int) -> list[Notice]:
    """One notice for each; `ref` names the occasion, so that nobody is told twice."""
    return [Notice(f"{ref}:{person.id}", key, params, person_id=person.id, due_ms=now_ms) for person in persons]
