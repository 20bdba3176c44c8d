"""A stranger's JSON Schema made plain: small, without references and patterns, and such that every vendor takes it.

One tool that a vendor refuses would spoil every question that is sent with it, so what cannot be made plain is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from core.values import Json

SCHEMA_CHARS = 16_000
DEPTH_MOST = 12
NODES_MOST = 1_000
ENUM_MOST = 200
WORDS_CHARS = 1_000

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_BOUNDS = frozenset(("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"))
_KINDS = frozenset(("string", "number", "integer", "boolean", "object", "array", "null"))
_CHOICES = ("anyOf", "oneOf", "allOf")


class NotPlain(Exception):
    """Why a schema cannot be used."""


def plain(schema: Mapping[str, Json]) -> dict[str, Json]:
    """Of type object at its top, references put in place. What only narrows (patterns, uniqueness) is dropped: the server
    itself judges what it is sent. Raises NotPlain."""
    try:
        found = _Walk(schema).node(schema, (), 0)
        size = len(json.dumps(found, ensure_ascii=False))
    except (RecursionError, ValueError, TypeError) as error:
        raise NotPlain(f"it is no JSON Schema ({type(error).__name__})") from None
    if size > SCHEMA_CHARS:
        raise NotPlain(f"it has {size} characters")
    if found.get("type", "object") != "object":
        raise NotPlain("it is not of an object")
    for choice in _CHOICES:  # refused at the top by some vendors; the properties stand beside it
        found.pop(choice, None)
    return {**found, "type": "object", "properties": found.get("properties", {})}


class _Walk:
    def __init__(self, root: Mapping[str, Json]) -> None:
        self._root = root
        self._nodes = 0

    def node(self, schema: Json, within: tuple[str, ...], depth: int) -> dict[str, Json]:
        """`within`: the references that led here."""
        self._nodes += 1
        if self._nodes > NODES_MOST or depth > DEPTH_MOST:
            raise NotPlain("it is too large")
        if schema is True or schema is None:
            return {}
        if not isinstance(schema, Mapping):
            raise NotPlain("a part of it is no schema")
        made: dict[str, Json] = {}
        if (reference := schema.get("$ref")) is not None:
            if not isinstance(reference, str) or reference in within:
                raise NotPlain("it refers to itself")
            made = self.node(self._found(reference), (*within, reference), depth + 1)
        return made | self._typed(schema) | self._inner(schema, within, depth)

    def _typed(self, schema: Mapping[str, Json]) -> dict[str, Json]:
        made = {name: value for name, value in schema.items() if name in _BOUNDS and _is_number(value)}
        kind = schema.get("type")
        kinds = kind if isinstance(kind, list) else [kind] if kind is not None else []
        if not all(isinstance(each, str) and each in _KINDS for each in kinds):
            raise NotPlain("it has an unknown type")
        if kind:
            made["type"] = kind
        if isinstance(words := schema.get("description"), str):
            made["description"] = words[:WORDS_CHARS]
        if "default" in schema and _small(schema["default"]):
            made["default"] = schema["default"]
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(values, list) and values:
            if len(values) > ENUM_MOST or not all(_small(value) for value in values):
                raise NotPlain("it has too many values to choose from")
            made["enum"] = values
        return made

    def _inner(self, schema: Mapping[str, Json], within: tuple[str, ...], depth: int) -> dict[str, Json]:
        made: dict[str, Json] = {}
        if isinstance(properties := schema.get("properties"), Mapping):
            if not all(_NAME.fullmatch(name) for name in properties):
                raise NotPlain("a property has a name that not every vendor takes")
            made["properties"] = {name: self.node(each, within, depth + 1) for name, each in properties.items()}
            if isinstance(needed := schema.get("required"), list):
                made["required"] = [name for name in needed if isinstance(name, str) and name in properties]
        items = schema.get("items")
        if isinstance(items, Mapping) or items is True:
            made["items"] = self.node(items, within, depth + 1)
        additional = schema.get("additionalProperties")
        if isinstance(additional, bool):
            made["additionalProperties"] = additional
        elif isinstance(additional, Mapping):
            made["additionalProperties"] = self.node(additional, within, depth + 1)
        for choice in _CHOICES:
            if isinstance(parts := schema.get(choice), list) and parts:
                made[choice] = [self.node(part, within, depth + 1) for part in parts]
        return made

    def _found(self, reference: str) -> Json:
        """Within the same schema only: nothing is fetched."""
        head, *steps = reference.split("/")
        if head != "#":
            raise NotPlain("it refers to another schema")
        found: Json = self._root
        for step in steps:
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                raise NotPlain("it refers to what is not there")
            found = found[name]
        return found


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _small(value: Json) -> bool:
    return len(value) <= WORDS_CHARS if isinstance(value, str) else value is None or isinstance(value, int | float)
