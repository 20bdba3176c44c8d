"""A placed order as a row: its id and its first state. Pure."""

from __future__ import annotations

import base64
import hashlib

from core.specs import ModelSpec
from core.values import Access, Job, JobState, Micros, Order


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
        family=spec.family,
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
