"""What the little model makes of sentences, schemas and files: pure functions."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.sandbox import directives, wording
from bots.sandbox.arguments import fill
from bots.sandbox.attachments import words_of
from bots.sandbox.instances import closed_problem, instance, strict_problem
from bots.sandbox.intents import steps
from bots.sandbox.question import Offer
from tests.sandbox.wires import pdf


def offer(name: str, required: str = "", **properties: dict[str, Any]) -> Offer:
    return Offer(name, "", {"type": "object", "properties": properties, "required": required.split()})


TEXT: dict[str, Any] = {"type": "string"}
OFFERS = (
    offer("draw_picture", "prompt", prompt=TEXT, model={"type": "string", "enum": ["a", "b"]}),
    offer("edit_picture", "prompt pictures", prompt=TEXT, pictures={"type": "array", "items": TEXT}),
    offer("make_video", "prompt", prompt=TEXT, picture=TEXT),
    offer("make_music", "prompt", prompt=TEXT),
    offer("speak", "text", text=TEXT),
    offer("list_jobs"),
    offer("balance"),
    offer("remember", "fact", fact=TEXT),
    offer("set_reminder", "text", text=TEXT, in_minutes={"type": "integer"}, at=TEXT),
    offer("search_history", "words", words=TEXT),
    offer("fetch_page", "url", url=TEXT),
    offer("calculate", "expression", expression=TEXT),
    offer("weather__get_forecast", "city", city=TEXT),
)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("draw me a fox", "draw_picture", {"prompt": "a fox"}),
        ("请画一只狐狸", "draw_picture", {"prompt": "狐狸"}),
        ("what is 12*7?", "calculate", {"expression": "12*7"}),
        ("12*7等于多少", "calculate", {"expression": "12*7"}),
        ("(3 + 4) ** 2", "calculate", {"expression": "(3 + 4) ** 2"}),
        ("remember that I like tea", "remember", {"fact": "I like tea"}),
        ("请记住我喜欢喝茶", "remember", {"fact": "我喜欢喝茶"}),
        ("what is my balance?", "balance", {}),
        ("我的余额是多少？", "balance", {}),
        ("film a cat on the moon", "make_video", {"prompt": "a cat on the moon"}),
        ("拍一段猫的视频", "make_video", {"prompt": "猫的视频"}),
        ("make a song about rain", "make_music", {"prompt": "rain"}),
        ("写一首关于雨的歌", "make_music", {"prompt": "写一首关于雨的歌"}),
        ("read good night aloud", "speak", {"text": "good night"}),
        ("show my jobs", "list_jobs", {}),
        ("what did I say about tea?", "search_history", {"words": "tea"}),
        ("fetch https://example.org/a, please", "fetch_page", {"url": "https://example.org/a"}),
        ("总结一下 https://example.org/x。", "fetch_page", {"url": "https://example.org/x"}),
        ("get forecast Paris", "weather__get_forecast", {"city": "Paris"}),
        ("edit it to be blue", "edit_picture", {"prompt": "be blue", "pictures": ["attached:1"]}),
        ("animate it", "make_video", {"prompt": "animate it", "picture": "attached:1"}),
    ],
)
def test_sentences(text: str, name: str, expected: dict[str, Any]) -> None:
    reference = "attached:1" if name in ("edit_picture", "make_video") and " it" in text else ""
    [step] = steps(text, OFFERS, reference)
    assert (step.offer.name, fill(step.offer, step.facts)) == (name, expected)


@pytest.mark.parametrize(
    "text", ["remind me in 10 minutes to stretch", "10分钟后提醒我 stretch", "十分钟后提醒我 stretch"]
)
def test_reminders(text: str) -> None:
    [step] = steps(text, OFFERS, "")
    filled = fill(step.offer, step.facts)
    assert (filled["text"], filled["in_minutes"]) == ("stretch", 10)


@pytest.mark.parametrize("text", ["hello", "你好", "see you on 2026-11-23", "https://example.org/1-2/3"])
def test_nothing_is_called_for_small_talk(text: str) -> None:
    assert steps(text, OFFERS, "") == []


@given(st.text())
def test_any_sentence_is_fine(text: str) -> None:
    for step in steps(text + " draw 1+1= in 3 days", OFFERS, "job:a"):
        fill(step.offer, step.facts)
    directives.calls(text)
    directives.worded(text)


def test_directives_with_words() -> None:
    text = '[think so be it] [as other] [tool a {"x": "]"}] [tool b]'
    assert directives.worded(text) == {"think": "so be it", "as": "other"}
    assert directives.calls(text) == [("a", '{"x": "]"}'), ("b", "")]
    assert directives.calls("[tool a {broken]") == [("a", "{broken")]


def test_an_instance_satisfies_its_schema() -> None:
    schema = {
        "type": "object",
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
        "properties": {
            "kind": {"enum": ["b", "a"]},
            "count": {"type": "integer", "minimum": 5, "multipleOf": 4},
            "part": {"type": "number", "maximum": 0.5},
            "when": {"type": "string", "format": "date"},
            "name": {"type": ["null", "string"], "minLength": 20, "maxLength": 22},
            "many": {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
            "either": {"anyOf": [{"type": "null"}, TEXT]},
            "fixed": {"const": 7},
        },
    }
    found = instance(schema)
    assert found == {
        "kind": "b",
        "count": 8,
        "part": 0.5,
        "when": "2026-01-31",
        "name": "sandbox namexxxxxxxx",
        "many": [True, True],
        "either": None,
        "fixed": 7,
    }
    assert instance({"$ref": "#/$defs/node", "$defs": schema["$defs"]}) is not None


def test_strict_schemas() -> None:
    inner = {"type": "object", "properties": {"a": TEXT}, "required": ["a"], "additionalProperties": False}
    outer = {**inner, "properties": {"a": {"type": "array", "items": inner}}}
    assert (strict_problem(outer), closed_problem(outer)) == (None, None)
    loose = {**outer, "properties": {"a": {"type": "array", "items": {**inner, "required": []}}}}
    assert "/a/items" in str(strict_problem(loose))
    assert closed_problem(loose) is None
    assert "additionalProperties" in str(closed_problem({"type": "object"}))


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_schema_is_fine(schema: object) -> None:
    instance(schema)
    strict_problem(schema)


def test_words_of_documents() -> None:
    assert words_of("application/pdf", base64.b64decode(pdf("Some words"))) == "Some words"
    assert words_of("text/plain", b"  a\n b " + b"x" * 9999)[:5] == "a b x"
    assert words_of("application/pdf", b"%PDF stream\nrubbish endstream") == ""


def test_a_script_is_cut_where_its_sentences_end() -> None:
    shape = {"type": "object", "properties": {"shots": {"type": "array"}}}
    mark = "0123456789abcdef"
    found = wording.worded(shape, f"{mark}\n[the script]\nA cat sits. It jumps!\nIt sleeps.\n{mark}")
    assert found == {"shots": [{"prompt": words, "seconds": 4} for words in ("A cat sits.", "It jumps!", "It sleeps.")]}
    many = wording.worded(shape, f"{mark}\n[the script]\n{'So. ' * 9}\n{mark}")
    assert many is not None and len(list(many["shots"])) == 6  # type: ignore[call-overload]
