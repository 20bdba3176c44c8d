"""The subset of JSON Schema that Gemini takes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gateway.chat.gemini_schema import NODES_MAX, subset
from core.values import Json

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "format": "uri", "default": "x", "examples": ["y"], "description": "d"},
         {"type": "string", "description": "d"}),
        ({**TEXT, "format": "date-time", "maxLength": 9}, {**TEXT, "format": "date-time", "maxLength": 9}),
        ({"type": "integer", "exclusiveMinimum": 0, "maximum": 5}, {"type": "integer", "maximum": 5}),
        ({"enum": ["a", "b", ""]}, {"type": "string", "enum": ["a", "b"]}),
        ({"type": "integer", "enum": [1, 2]}, {"type": "integer"}),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"anyOf": [TEXT, {"type": "null"}]}, {"type": "string", "nullable": True}),
        ({"oneOf": [TEXT, {"type": "number"}], "title": "t"},
         {"anyOf": [{"type": "string", "title": "t"}, {"type": "number", "title": "t"}]}),
        ({"type": "array"}, {"type": "array", "items": TEXT}),
        ({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True}},
         {"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}),
        ({"type": "object", "additionalProperties": TEXT, "required": ["a"]}, {"type": "object"}),
        ({"type": "string", "properties": {"a": TEXT}, "required": ["a"]}, TEXT),
        ({"properties": {"title": TEXT, "$schema": TEXT}, "required": ["title", "gone", 7], "propertyNames": {}},
         {"type": "object", "properties": {"title": TEXT, "$schema": TEXT}, "required": ["title"]}),
        ({"allOf": [{"properties": {"a": TEXT}, "required": ["a"]}, {"properties": {"b": TEXT}, "required": ["b"]}]},
         {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["a", "b"]}),
        ({"$defs": {"P": {"type": "integer"}}, "properties": {"x": {"$ref": "#/$defs/P", "description": "d"}}},
         {"type": "object", "properties": {"x": {"type": "integer", "description": "d"}}}),
        ({"properties": {"x": {"$ref": "#/$defs/gone"}}}, {"type": "object", "properties": {"x": TEXT}}),
        (True, TEXT),
        ({"anyOf": [{"type": "null"}]}, {"type": "string", "nullable": True}),
    ],
)  # fmt: skip
def test_what_is_kept(schema: Json, expected: Json) -> None:
    assert subset(schema) == expected


def nodes(schema: Json) -> int:
    if isinstance(schema, dict):
        return 1 + sum(nodes(value) for value in schema.values())
    return sum(nodes(value) for value in schema) if isinstance(schema, list) else 0


def test_a_schema_that_names_itself_ends() -> None:
    tree = {"type": "object", "properties": {name: {"$ref": "#"} for name in "abcdefgh"}}
    assert nodes(subset(tree)) < 20 * NODES_MAX


WORDS = st.sampled_from(
    """type properties items anyOf oneOf allOf $ref required enum const format nullable string object array null #
    #/properties/items description""".split()  # noqa: SIM905
)
SCHEMAS: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | WORDS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(WORDS, below, max_size=5),
    max_leaves=20,
)
ALLOWED = {"type", "properties", "items", "anyOf", "required", "enum", "format", "nullable", "title", "description"}
ALLOWED |= {"minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems"}


def only_allowed(schema: Json) -> bool:
    below = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    below += [schema["items"]] if "items" in schema else []
    return schema.keys() <= ALLOWED and all(map(only_allowed, below))


@settings(max_examples=100, deadline=None)
@given(schema=SCHEMAS)
def test_whatever_comes_only_the_subset_goes_out(schema: Json) -> None:
    read = subset(schema)
    assert only_allowed(read)
    json.dumps(read)
