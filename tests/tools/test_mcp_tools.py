"""What a tool server says of itself is made plain or left out; what it answers is text, bounded and fenced."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.servers import McpServer
from core.tools.arguments import read
from core.tools.mcp_schema import NODES_MOST, NotPlain, plain
from core.tools.mcp_tools import TOOLS_PER_SERVER, Answer, Offer, rows, words
from core.tools.table import Effect, Outcome
from core.values import Json
from tests.tools.test_mcp_servers import ACTING

SERVER = McpServer("home", url="http://127.0.0.1/")
ANY: Mapping[str, Json] = {"type": "object"}


async def ask(name: str, arguments: Mapping[str, Json]) -> Outcome:
    return Outcome(f"{name} {dict(arguments)}", untrusted=True)


def offered(*offers: Offer, server: McpServer = SERVER) -> dict[str, Any]:
    return {tool.spec.name: tool for tool in rows(server, offers, ask)}


def test_names_are_what_every_wire_takes() -> None:
    found = offered(Offer("get.the/weather", "", ANY), Offer("天气", "", ANY), Offer("x" * 200, "", ANY))
    assert list(found) == ["home__get_the_weather", "home____", "home__" + "x" * 58]


async def test_names_that_fall_together_are_refused_and_each_calls_its_own(caplog: pytest.LogCaptureFixture) -> None:
    found = offered(Offer("a.b", "first", ANY), Offer("a b", "second", ANY), Offer("a_b", "third", ANY))
    assert [tool.spec.description for tool in found.values()] == ["[home] first"]
    assert (await found["home__a_b"].run(ACTING, {})).text == "a.b {}"
    assert len(caplog.records) == 2


def test_only_what_the_operator_allows() -> None:
    server = McpServer("home", url="http://127.0.0.1/", tools=frozenset({"b"}))
    assert list(offered(Offer("a", "", ANY), Offer("b", "", ANY), server=server)) == ["home__b"]


def test_so_many_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    assert len(offered(*(Offer(f"t{at}", "", ANY) for at in range(500)))) == TOOLS_PER_SERVER
    assert len(caplog.records) == 1


def test_a_long_description_is_cut() -> None:
    (tool,) = offered(Offer("a", "very\n\nlong " * 10_000, ANY)).values()
    assert len(tool.spec.description) <= 1_000 and "\n" not in tool.spec.description


async def test_what_changes_something_leaves_a_deed() -> None:
    server = McpServer("home", url="http://127.0.0.1/", effect="changes")
    (tool,) = offered(Offer("lamp", "", ANY), server=server).values()
    assert tool.effect is Effect.CHANGES and await tool.price(ACTING, {}) == 0
    assert await tool.title(ACTING, {"on": True}) == 'home__lamp {"on": true}'
    outcome = await tool.run(ACTING, {"on": True})
    assert outcome.deed is not None and outcome.deed.text == 'home__lamp {"on": true}'
    (free,) = offered(Offer("lamp", "", ANY, reads_only=True)).values()
    assert (await free.run(ACTING, {})).deed is None


def test_what_does_not_say_that_it_only_reads_may_change_something() -> None:
    silent, reading = Offer("lamp", "", ANY), Offer("look", "", ANY, reads_only=True)
    assert [tool.effect for tool in offered(silent, reading).values()] == [Effect.CHANGES, Effect.FREE]
    trusted = McpServer("home", url="http://127.0.0.1/", effect="free")
    assert [tool.effect for tool in offered(silent, server=trusted).values()] == [Effect.FREE]


# --- schemas --------------------


def test_a_usual_schema() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Arguments",
        "type": "object",
        "$defs": {"unit": {"type": "string", "enum": ["C", "F"], "description": "of temperature"}},
        "properties": {
            "city": {"type": "string", "pattern": "^(a+)+$", "minLength": 1},
            "unit": {"$ref": "#/$defs/unit", "default": "C"},
            "days": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
            "kind": {"const": "now"},
            "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        },
        "required": ["city", "gone"],
        "additionalProperties": False,
    }
    assert plain(schema) == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "minLength": 1},
            "unit": {"type": "string", "enum": ["C", "F"], "description": "of temperature", "default": "C"},
            "days": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
            "kind": {"enum": ["now"]},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["city"],
        "additionalProperties": False,
    }


def nested(depth: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def doubling(levels: int) -> Json:
    """Small, but each level refers to the next one twice."""
    names = {
        f"d{at}": {"properties": {"a": {"$ref": f"#/$defs/d{at + 1}"}, "b": {"$ref": f"#/$defs/d{at + 1}"}}}
        for at in range(levels)
    }
    return {"type": "object", "properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": names | {f"d{levels}": {}}}


@pytest.mark.parametrize(
    "schema",
    [
        nested(50),
        nested(5_000),
        doubling(11),
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "properties": {"a": {"$ref": "#/properties/b"}, "b": {"$ref": "#/properties/a"}}},
        {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1/secret"}}},
        {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}},
        {"type": "object", "properties": {"a": {"$ref": 5}}},
        {"type": "object", "properties": {f"p{at}": {} for at in range(NODES_MOST)}},
        {"type": "object", "properties": {"b" * 65: {}}},
        {"type": "object", "properties": {f"p{at}": {"description": "x" * 900} for at in range(30)}},
        {"type": "object", "properties": {"a b": {}}},
        {"type": "object", "properties": {"a": {"enum": list(range(1_000))}}},
        {"type": "object", "properties": {"a": {"enum": [{"b": 1}]}}},
        {"type": "object", "properties": {"a": {"type": "date"}}},
        {"type": "object", "properties": {"a": 5}},
        {"type": "string"},
        {"$ref": "#"},
    ],
    ids=range(18),
)
def test_schemas_that_are_left_out(schema: Json, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotPlain):
        plain(schema)
    assert list(offered(Offer("bad", "", schema), Offer("good", "", ANY))) == ["home__good"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


KEYWORDS = ["type", "properties", "items", "anyOf", "allOf", "$ref", "enum", "const", "required", "a", "minimum"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["object", "#", "#/properties/a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYWORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(schema=st.dictionaries(st.sampled_from(["type", "properties", "anyOf", "$ref", "items", "enum"]), JSON))
async def test_any_schema_is_plain_or_refused_and_arguments_can_be_checked_by_it(schema: dict[str, Json]) -> None:
    try:
        made = plain(schema)
    except NotPlain:
        return
    assert made["type"] == "object" and "$ref" not in json.dumps(list(_keys(made)))
    try:
        await read('{"a": [1, "b", {}]}', made)
    except Exception as error:
        assert type(error).__name__ == "BadArguments"


def _keys(schema: Json) -> Any:
    if isinstance(schema, dict):
        for name, value in schema.items():
            yield name
            if name not in {"enum", "default", "required"}:
                yield from _keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _keys(value)


# --- answers --------------------


def test_answers_as_words() -> None:
    blocks: list[Mapping[str, Json]] = [
        {"type": "text", "text": "one"},
        {"type": "image", "mimeType": "image/png"},
        {"type": "audio"},
        {"type": "resource_link", "uri": "file:///a", "name": "A"},
        {"type": "resource", "resource": {"uri": "x:y", "text": "inner"}},
        {"type": "resource", "resource": {"uri": "x:y"}},
        {"type": "new-thing"},
        {},
    ]
    assert words(Answer(blocks, {"ignored": 1}, failed=False), 10_000).split("\n") == [
        "one",
        "[image of type image/png, left out]",
        "[audio of type ?, left out]",
        "[link: A file:///a]",
        "inner",
        "[resource, left out]",
        "[new-thing, left out]",
    ]
    assert words(Answer([], {"t": "冷"}, failed=False), 100) == '{"t": "冷"}'
    assert words(Answer([], None, failed=False), 100) == "(the tool answered nothing)"


def test_a_long_answer_is_cut() -> None:
    text = words(Answer([{"type": "text", "text": "x" * 5_000}], None, failed=False), 100)
    assert text.startswith("x" * 100 + "\n[cut") and len(text) < 150
