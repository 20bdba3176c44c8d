"""Values to rows and back: the pieces that all rows are made of, and persons. What has no column of its own is JSON, written
field by field; bytes are never stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields

from core.values import Artifact, Deed, Json, Part, Person, Place, RemoteButton, Role, Usage
from storage.session import Row, Value

PART_FIELDS = ("kind", "text", "media", "mime", "name", "size", "role", "link", "link_until_ms", "changed")
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
    "title",
    "performer",
    "cover",
    "remote_id",
)
USAGE_FIELDS = ("input_tokens", "cached_tokens", "output_tokens", "thought_tokens", "searches", "estimated")
DEED_FIELDS = ("tool", "text", "ref")
BUTTON_FIELDS = ("id", "label", "action", "asks")
PLACE_COLUMNS = ("platform", "chat", "thread", "private")


def dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Json:
    if text == "{}":  # most of what is read says nothing
        return {}
    return [] if text == "[]" else json.loads(text)


# --- pieces --------------------


def _defaults(
    kind: type[Part] | type[Artifact] | type[Usage] | type[Deed] | type[RemoteButton],
) -> dict[str, Json]:
    return {field.name: field.default for field in fields(kind) if field.default is not MISSING}


PART_DEFAULTS = _defaults(Part)
ARTIFACT_DEFAULTS = _defaults(Artifact)
USAGE_DEFAULTS = _defaults(Usage)
DEED_DEFAULTS = _defaults(Deed)
BUTTON_DEFAULTS = _defaults(RemoteButton)


def _lean(value: object, names: Iterable[str], defaults: Mapping[str, Json]) -> dict[str, Json]:
    """The fields that say something."""
    found = {name: getattr(value, name) for name in names}
    return {name: each for name, each in found.items() if name not in defaults or each != defaults[name]}


def dump_parts(parts: Iterable[Part]) -> str:
    return dump([_lean(part, PART_FIELDS, PART_DEFAULTS) for part in parts])


def load_parts(text: str) -> tuple[Part, ...]:
    return tuple(Part(**{**each, "changed": tuple(each.get("changed", ()))}) for each in load(text))


def dump_artifacts(artifacts: Iterable[Artifact]) -> str:
    return dump([_lean(artifact, ARTIFACT_FIELDS, ARTIFACT_DEFAULTS) for artifact in artifacts])


def load_artifacts(text: str) -> tuple[Artifact, ...]:
    return tuple(Artifact(**each) for each in load(text)) if text != "[]" else ()


def dump_usage(usage: Usage) -> str:
    return dump(_lean(usage, USAGE_FIELDS, USAGE_DEFAULTS))


def load_usage(text: str) -> Usage:
    return Usage(**load(text))


def dump_deeds(deeds: Iterable[Deed]) -> str:
    return dump([_lean(deed, DEED_FIELDS, DEED_DEFAULTS) for deed in deeds])


def load_deeds(text: str) -> tuple[Deed, ...]:
    return tuple(Deed(**each) for each in load(text)) if text != "[]" else ()


def dump_buttons(buttons: Iterable[RemoteButton]) -> str:
    return dump([_lean(button, BUTTON_FIELDS, BUTTON_DEFAULTS) for button in buttons])


def load_buttons(text: str) -> tuple[RemoteButton, ...]:
    return tuple(RemoteButton(**each) for each in load(text)) if text != "[]" else ()


def place_values(place: Place) -> dict[str, Value]:
    return {"platform": place.platform, "chat": place.chat, "thread": place.thread, "private": place.private}


def take_place(values: dict[str, Json]) -> Place:
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
