"""What came from Discord, written down on receipt and done from there: our own values as JSON, with the interaction's token.

Discord does not repeat an event, so what a crash interrupts is found here again when its lease has run out.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bots.commands.request import Invocation, Press
from bots.discord.hooks import Hook
from bots.discord.places import PLATFORM
from core.values import Attachment, InboxEvent, Incoming, Json, Place, ReplyTo, Sender


@dataclass(frozen=True, slots=True)
class Entry:
    """One request of a person. `hook`: the interaction it came by; messages have none."""

    event_id: str
    request: Incoming | Invocation | Press
    hook: Hook | None
    received_ms: int

    @property
    def place(self) -> Place:
        return self.request.place


def to_event(entry: Entry) -> InboxEvent:
    payload = {
        "kind": type(entry.request).__name__,
        "request": asdict(entry.request),
        "hook": None if entry.hook is None else asdict(entry.hook),
    }
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return InboxEvent(PLATFORM, entry.event_id, entry.place.chat, text, entry.received_ms)


def from_event(event: InboxEvent) -> Entry:
    """Raises ValueError for a row that this version cannot read."""
    try:
        payload = json.loads(event.payload)
        request = _request(payload["kind"], payload["request"])
        hook = Hook(**payload["hook"]) if payload["hook"] else None
    except (KeyError, TypeError) as error:
        raise ValueError(f"inbox row {event.id}: {error!r}") from error
    return Entry(event.id, request, hook, event.received_ms)


def _request(kind: str, data: Json) -> Incoming | Invocation | Press:
    data = data | {"place": Place(**data["place"]), "sender": Sender(**data["sender"])}
    if "attachments" in data:
        data["attachments"] = _attachments(data["attachments"])
    if kind == "Incoming":
        return Incoming(**data | {"reply": _reply(data["reply"])})
    if kind == "Invocation":
        return Invocation(**data)
    if kind == "Press":
        return Press(**data)
    raise KeyError(kind)


def _reply(data: Json) -> ReplyTo | None:
    return None if data is None else ReplyTo(**data | {"attachments": _attachments(data["attachments"])})


def _attachments(items: list[Json]) -> tuple[Attachment, ...]:
    return tuple(Attachment(**item) for item in items)
