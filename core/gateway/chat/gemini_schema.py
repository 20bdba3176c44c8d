"""JSON Schema in, the subset out that Gemini's `parameters` and `responseSchema` take (gateway contract, chat 8.1). Pure.

Everything else is refused with a 400, so it is left out: a tool server's schema must not break the whole question. Schemas
come from tool servers too, so depth and size are bounded.
"""

from __future__ import annotations

from core.values import Json

NODES_MAX = 1000
DEPTH_MAX = 20

_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array"})
_KEPT = frozenset({"title", "description", "minimum", "maximum", "minLength", "maxLength", "pattern"})
_KEPT |= {"minItems", "maxItems", "nullable"}
_FORMATS = {
    "string": {"date-time"},
    "number": {"float", "double"},
    "integer": {"int32", "int64"},
}
_ANY = {"type": "string"}


def subset(schema: Json) -> dict[str, Json]:
    """Never fails: what cannot be said becomes a string."""
    return _Subset(schema).read(schema, DEPTH_MAX)


class _Subset:
    """One schema; references within it are written out."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._left = NODES_MAX

    def read(self, schema: Json, depth: int) -> dict[str, Json]:
        self._left -= 1
        if not isinstance(schema, dict) or depth < 0 or self._left < 0:
            return dict(_ANY)
        if isinstance(schema.get("$ref"), str):
            beside = {name: value for name, value in schema.items() if name != "$ref"}
            return self.read({**self._referred(schema["$ref"]), **beside}, depth - 1)
        for word in ("anyOf", "oneOf", "allOf"):
            choices = schema.get(word)
            if isinstance(choices, list) and choices:
                return self._choice(schema, word, choices, depth)
        return self._plain(schema, depth)

    def _referred(self, reference: str) -> dict[str, Json]:
        """What `#/$defs/name` points to; {} when nothing does."""
        value = self._root
        for name in reference.removeprefix("#").strip("/").split("/"):
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def _choice(self, schema: dict[str, Json], word: str, choices: list[Json], depth: int) -> dict[str, Json]:
        """One of several, each with what stands beside the word; a null among them means that it may be left empty."""
        shared = {name: value for name, value in schema.items() if name not in {"anyOf", "oneOf", "allOf"}}
        if word == "allOf":
            return self.read(_merged([shared, *choices]), depth - 1)
        real = [each for each in choices if not (isinstance(each, dict) and each.get("type") == "null")]
        if not real:
            return self._plain({**shared, "nullable": True}, depth)
        read = [self.read({**shared, **each} if isinstance(each, dict) else each, depth - 1) for each in real]
        if len(real) < len(choices):
            read = [{**each, "nullable": True} for each in read]
        return read[0] if len(read) == 1 else {"anyOf": read}

    def _plain(self, schema: dict[str, Json], depth: int) -> dict[str, Json]:
        kind, nullable = _type_of(schema)
        result: dict[str, Json] = {"type": kind}
        result |= {
            name: value for name, value in schema.items() if name in _KEPT and not isinstance(value, dict | list)
        }
        if nullable:
            result["nullable"] = True
        if schema.get("format") in tuple(_FORMATS.get(kind, ())):
            result["format"] = schema["format"]
        values = schema.get("enum", [schema["const"]] if "const" in schema else None)
        if kind == "string" and isinstance(values, list):
            words = [value for value in values if isinstance(value, str) and value]
            result |= {"enum": words} if words else {}
        if kind == "array":
            result["items"] = self.read(schema.get("items", _ANY), depth - 1)
        if kind == "object":
            result |= self._object(schema, depth)
        return result

    def _object(self, schema: dict[str, Json], depth: int) -> dict[str, Json]:
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not properties:
            return {}
        named = [name for name in _texts(schema.get("required")) if name in properties]
        read = {name: self.read(value, depth - 1) for name, value in properties.items()}
        return {"properties": read, **({"required": named} if named else {})}


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _merged(schemas: list[Json]) -> dict[str, Json]:
    """All of them at once: properties and what is required together, of all else the last word."""
    merged: dict[str, Json] = {}
    for schema in schemas:
        if not isinstance(schema, dict):
            continue
        before, properties = merged.get("properties"), schema.get("properties")
        required = [*_texts(merged.get("required")), *_texts(schema.get("required"))]
        merged |= schema
        if isinstance(before, dict) and isinstance(properties, dict):
            merged["properties"] = {**before, **properties}
        merged["required"] = required
    return merged


def _type_of(schema: dict[str, Json]) -> tuple[str, bool]:
    """The type, guessed where none is told, and whether null is allowed. Of several the first one counts."""
    told = schema.get("type")
    types = [each for each in (told if isinstance(told, list) else [told]) if isinstance(each, str)]
    known = [each.lower() for each in types if each.lower() in _TYPES]
    guess = "object" if isinstance(schema.get("properties"), dict) else "array" if "items" in schema else "string"
    return (known[0] if known else guess), "null" in types
