"""A placed order as a row: its id and its first state. Pure."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from core.jobs import BY_HAND, HANDMADE
from core.specs import ModelSpec
from core.values import Access, Job, JobState, Micros, Order


@dataclass(frozen=True, slots=True)
class Piece:
    """An order that is part of another one, which names its result "job:ID"; both are placed in one commit."""

    id: str
    order: Order


def digest(text: str) -> str:
    """As an id, so that what is handled twice orders once."""
    found = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(found)[:16].decode().lower()


def queued(access: Access, order: Order, spec: ModelSpec, price: Micros, now_ms: int) -> Job:
    """Of this person, in this chat, due now; it has no id yet, and answers no message."""
    return Job(
        id="",
        person_id=access.person.id,
        account_id=access.account_id,
        place=access.place,
        origin_id="",
        kind=order.kind,
        model=spec.name,
        family=BY_HAND if order.action in HANDMADE else spec.family,
        prompt=order.prompt,
        state=JobState.QUEUED,
        quote=price,
        created_ms=now_ms,
        deadline_ms=now_ms + round(spec.deadline_s * 1000),
        due_ms=now_ms,
        options=order.options,
        inputs=order.inputs,
        locale=access.locale,
        continues=order.continues,
        action=order.action,
        press=order.press,
    )
