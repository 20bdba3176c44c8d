"""What the two native wires, Claude's and Gemini's, have alike: turns that alternate, files told apart by their type, JSON
from outside that is bounded. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from core.values import Json

LEVELS = 60
"""How deep a JSON value that goes back to the gateway may be nested: encoders give up at some hundreds."""

_TEXTUAL = ("+json", "+xml", "/json", "/xml", "/javascript", "/x-yaml", "/yaml", "/toml")
_BUDGET_SHARE = 0.75


def alternating(said: Iterable[tuple[str, list[Json]]], opening: Json) -> list[tuple[str, list[Json]]]:
    """Neighbours of one role as one message, the first one a person's (`opening` in its place if it is not), none empty."""
    turns: list[tuple[str, list[Json]]] = []
    for role, items in said:
        if not items:
            continue
        if not turns and role != "user":
            turns.append(("user", [opening]))
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(items)
        else:
            turns.append((role, list(items)))
    return turns


def thinking_budget(wanted: int, max_tokens: int) -> int:
    """Tokens to think with: what the row says, and at most three quarters of all, which pay for the answer as well."""
    return min(wanted, int(max_tokens * _BUDGET_SHARE))


def bare_mime(mime: str) -> str:
    """`Audio/OGG; codecs=opus` is `audio/ogg`."""
    return mime.partition(";")[0].strip().lower()


def is_textual(mime: str) -> bool:
    return mime.startswith("text/") or mime.endswith(_TEXTUAL)


def is_shallow(value: Json) -> bool:
    """Whether it is nested at most LEVELS deep."""
    layer = [value]
    for _ in range(LEVELS):
        layer = [below for each in layer for below in _below(each)]
        if not layer:
            return True
    return False


def _below(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def object_of(written: str) -> dict[str, Json]:
    """The arguments that a model wrote as JSON text; {} when they are no object, or none that could be sent again."""
    try:
        value = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and is_shallow(value) else {}
