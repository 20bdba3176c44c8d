"""What both of OpenAI's chat wires put into a body alike: schemas, calls, words for what cannot be shown. Pure.

Gateway contract, chat 5.2, 5.6 and 7.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from core.catalog import ModelSpec
from core.gateway.options import data_uri
from core.values import Call, ChatRequest, Json, Part, Schema

_STRICT_KEYWORDS = frozenset(
    "type properties required additionalProperties items description enum const anyOf title $defs $ref".split()  # noqa: SIM905
)
_DEPTH = 16
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")
NAME_CHARS = 64


def is_strict(schema: Json, depth: int = _DEPTH) -> bool:
    """Whether OpenAI takes this schema as strict: every object names all its properties as required and allows no other, and
    nothing is in it that strict mode may not know."""
    if not isinstance(schema, dict) or depth < 0 or not schema.keys() <= _STRICT_KEYWORDS:
        return False
    properties = schema.get("properties", {})
    if schema.get("type") == "object" or "properties" in schema:
        required = schema.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            return False
        if schema.get("additionalProperties") is not False or {*map(str, required)} != properties.keys():
            return False
    choices = schema.get("anyOf", [])
    named = schema.get("$defs", {})
    if not isinstance(choices, list) or not isinstance(named, dict):
        return False
    below = [*properties.values(), *choices, *named.values(), *([schema["items"]] if "items" in schema else [])]
    return all(is_strict(each, depth - 1) for each in below)


def schema_words(schema: Schema) -> str:
    """The schema in words, for a wire or an upstream that does not know any other form. Says JSON, as `json_object` wants."""
    text = json.dumps(schema.schema, ensure_ascii=False, separators=(",", ":"))
    return f"Answer with one JSON value of this JSON Schema and nothing else, no code fence around it:\n{text}"


def system_text(request: ChatRequest, spec: ModelSpec) -> str:
    """The system text, with the schema where the body has no better place for it."""
    if request.schema is None or spec.extra["schema_form"] == "json_schema":
        return request.system
    return "\n\n".join(text for text in (request.system, schema_words(request.schema)) if text)


def words_of(parts: tuple[Part, ...]) -> str:
    return "\n".join(part.text for part in parts if part.text)


def content_of(parts: tuple[Part, ...], text_type: str, carry: Callable[[Part], Json]) -> Json:
    """Words alone are a string, which every upstream understands; files make it a list of parts. `carry`: a file in the
    wire's own form, None where it has none: then the file is named in words."""
    shown = [(part, carry(part)) for part in parts if part.data and part.kind != "text"]
    words = "\n".join([words_of(parts), *(unread(part) for part, wire in shown if wire is None)]).strip("\n")
    carried = [wire for _, wire in shown if wire is not None]
    if not carried:
        return words
    return ([{"type": text_type, "text": words}] if words else []) + carried


def unread(part: Part) -> str:
    """What a model is told of a file that this wire cannot carry."""
    return f"[a file that you cannot open: {part.kind} {part.name or part.mime or ''}".rstrip() + "]"


def file_data(part: Part) -> dict[str, Json]:
    """A document: its name, with the ending by which some upstreams go, and its bytes."""
    kind = part.mime or "application/pdf"
    name = part.name or ("document.pdf" if kind == "application/pdf" else "document.txt")
    return {"filename": name, "file_data": data_uri(part if part.mime else _as(part, kind))}


def _as(part: Part, mime: str) -> Part:
    return Part(part.kind, mime=mime, name=part.name, data=part.data)


def arguments_of(call: Call) -> str:
    """The arguments of a call that goes back as history."""
    return object_text(call.arguments)


def plain_name(name: str) -> str:
    """The name of a tool, which a model may have made up, in the letters that upstreams take."""
    return _NO_NAME.sub("_", name)[:NAME_CHARS] or "_"


def object_text(written: str) -> str:
    """JSON text of an object, whatever the model wrote: upstreams refuse the whole request for anything else."""
    try:
        return written if isinstance(json.loads(written), dict) else "{}"
    except (ValueError, RecursionError):
        return "{}"


def count(value: Json) -> int:
    """A number of tokens; 0 for whatever is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 < value < 1e9 else 0


def below(table: Json, name: str, field: str) -> Json:
    details = table.get(name) if isinstance(table, dict) else None
    return details.get(field) if isinstance(details, dict) else None


def text(value: Json) -> str:
    """A text of the wire; "" for whatever is none."""
    return value if isinstance(value, str) else ""


def number(value: Json) -> str:
    """A place in a list as a key; "" for whatever is none."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
