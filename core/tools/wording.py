"""Text and shapes for models. Pure."""

from __future__ import annotations

from core.values import Json

DEED_CHARS = 120
"""What is kept of a deed: one short line."""


def bounded(text: str, most: int) -> str:
    """At most about `most` characters; what is cut off is said."""
    return text if len(text) <= most else f"{text[:most]}\n[cut: {len(text) - most} more characters]"


_TURNS = dict.fromkeys([0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Marks that turn the direction of what follows: with them a line reads as something else than what it says."""


def one_line(text: str, most: int) -> str:
    line = " ".join(text.translate(_TURNS).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def shape(*required: str, **properties: Json) -> Json:
    """The JSON Schema of a tool's arguments: these and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def text_of(most: int, description: str = "") -> Json:
    """The JSON Schema of a text of at most so many characters."""
    described = {"description": description} if description else {}
    return {"type": "string", "minLength": 1, "maxLength": most, **described}
