"""What was said before, in few words."""

from __future__ import annotations

from collections.abc import Sequence

from core.assistant import Summary
from storage.session import Session

SAVE = """INSERT INTO summaries (turn_id, text, created_ms)
    SELECT id, :text, :created FROM turns WHERE id = :turn AND NOT forgotten {for_update}
    ON CONFLICT (turn_id) DO UPDATE SET text = excluded.text, created_ms = excluded.created_ms
    WHERE summaries.text <> ''"""
"""Words that come late are not written: neither about a turn that is deleted, nor over a wish that all of it be forgotten."""

FORGET = """DELETE FROM summaries WHERE turn_id IN (
        WITH RECURSIVE below (id) AS (
            SELECT id FROM turns WHERE person_id = :person
            UNION SELECT turns.id FROM below JOIN turns ON turns.parent_id = below.id AND turns.parent_id <> '')
        SELECT id FROM below)
    AND (text <> '' OR turn_id IN (SELECT id FROM turns WHERE person_id = :person))"""


async def latest(session: Session, turn_ids: Sequence[str]) -> Summary | None:
    rows = await session.rows(
        "SELECT turn_id, text, created_ms FROM summaries WHERE turn_id {in turns}", turns=list(turn_ids)
    )
    found = {turn_id: Summary(turn_id, text, created_ms) for turn_id, text, created_ms in rows}
    return next((found[turn_id] for turn_id in reversed(turn_ids) if turn_id in found), None)


async def save(session: Session, summary: Summary) -> None:
    await session.rows(SAVE, turn=summary.turn_id, text=summary.text, created=summary.created_ms)


async def forget(session: Session, person_id: str) -> None:
    """Those of a person's turns, and those of other people's turns after them, which tell of both. To be called while the
    turns are still there."""
    await session.rows(FORGET, person=person_id)
