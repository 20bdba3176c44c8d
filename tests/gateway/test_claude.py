"""Claude's native Messages: what goes out, entry by entry of the contract (chat 9)."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from core.catalog import ModelSpec
from core.gateway.chat import claude
from core.values import Call, CallResult, ChatMessage, ChatRequest, Echo, Json, Part, Schema, ToolSpec
from tests.gateway.replay import RECORDED, expected, play, raw
from tests.gateway.rows import row, said, says

PNG = b"\x89PNG not really"
WEATHER = ToolSpec(
    "get_weather",
    "Current weather",
    {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
)


SONNET = "claude-sonnet-4-5-20250929"


def row_of(**extra: Json) -> ModelSpec:
    return row("claude", SONNET, **extra)


def blocks(*texts: str) -> list[Json]:
    return [{"type": "text", "text": text} for text in texts]


def body(request: ChatRequest, spec: ModelSpec) -> dict[str, Json]:
    sent: dict[str, Json] = claude.to_request(request, spec).json
    return sent


# --- the entries --------------------


def test_chat() -> None:
    request = ChatRequest((says("Hello"),), system="You are helpful.", max_tokens=1024)
    wire = claude.to_request(request, row_of())
    assert (wire.method, wire.path, wire.timeout_s) == ("POST", "/v1/messages", 300.0)
    assert wire.headers == {"anthropic-version": "2023-06-01"}
    assert wire.json == {
        "model": "claude-sonnet-4-5-20250929",
        "max_tokens": 1024,
        "system": "You are helpful.",
        "messages": [{"role": "user", "content": blocks("Hello")}],
        "stream": True,
    }


def test_search() -> None:
    request = ChatRequest((says("Weather in Paris today?"),), max_tokens=2048, search=True)
    assert body(request, row_of())["tools"] == [{"type": "web_search_20250305", "name": "web_search", "max_uses": 5}]
    newer = row_of(search_tool="web_search_20260209", search_max_uses=0)
    assert body(request, newer)["tools"] == [{"type": "web_search_20260209", "name": "web_search"}]
    assert "tools" not in body(request, row_of(search_tool=""))


def test_functions_beside_search() -> None:
    request = ChatRequest((says("Weather?"),), tools=(WEATHER,), search=True)
    assert [tool["name"] for tool in body(request, row_of())["tools"]] == ["get_weather", "web_search"]


def test_functions() -> None:
    request = ChatRequest((says("Weather in San Francisco?"),), tools=(WEATHER,))
    assert body(request, row_of())["tools"] == [
        {
            "name": "get_weather",
            "description": "Current weather",
            "input_schema": {
                "type": "object",
                "properties": {"location": {"type": "string"}},
                "required": ["location"],
            },
        }
    ]


def test_structured_output_in_both_forms() -> None:
    shape = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    request = ChatRequest((says("Ana Ruiz wrote"),), schema=Schema("person", shape))
    wire = claude.to_request(request, row_of())
    assert wire.json["output_config"] == {"format": {"type": "json_schema", "schema": shape}}
    assert "anthropic-beta" not in wire.headers
    older = {"schema_field": "output_format", "schema_beta": "structured-outputs-2025-11-13", "betas": ["x-1"]}
    wire = claude.to_request(request, row_of(**older))
    assert wire.json["output_format"] == {"type": "json_schema", "schema": shape}
    assert wire.headers["anthropic-beta"] == "x-1,structured-outputs-2025-11-13"
    assert "output_config" not in wire.json


def test_pdf_in_base64() -> None:
    pdf = Part("document", mime="application/pdf", name="report.pdf", data=b"%PDF-1.4")
    content = body(ChatRequest((says("Key findings?", pdf),)), row_of())["messages"][0]["content"]
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}
    assert content == [{"type": "document", "source": source, "title": "report.pdf"}, *blocks("Key findings?")]


# --- thinking --------------------


def thinks(spec: ModelSpec, effort: str, max_tokens: int = 8000, *, thoughts: bool = False) -> dict[str, Json]:
    sent = body(ChatRequest((says("27 * 453?"),), max_tokens=max_tokens, effort=effort, thoughts=thoughts), spec)
    assert sent["max_tokens"] == max_tokens
    assert "temperature" not in sent
    return {name: sent[name] for name in ("thinking", "output_config") if name in sent}


@pytest.mark.parametrize(
    ("effort", "max_tokens", "budget"),
    [("low", 8000, 1200), ("high", 8000, 6000), ("high", 64_000, 16_000), ("low", 1366, 1024)],
)
def test_a_budget_stays_below_the_answer(effort: str, max_tokens: int, budget: int) -> None:
    spec = row_of(effort={"low": 1200, "high": 16_000})
    assert thinks(spec, effort, max_tokens) == {"thinking": {"type": "enabled", "budget_tokens": budget}}


@pytest.mark.parametrize(("effort", "max_tokens"), [("", 8000), ("off", 8000), ("medium", 8000), ("high", 1365)])
def test_no_thinking(effort: str, max_tokens: int) -> None:
    assert thinks(row_of(effort={"high": 16_000}), effort, max_tokens) == {}


@pytest.mark.parametrize("word", ["disabled", "between_tools"])
def test_thinking_can_be_turned_off_where_that_is_understood(word: str) -> None:
    assert thinks(row_of(effort={"off": word}, thinking_style="adaptive"), "off") == {"thinking": {"type": word}}


def test_adaptive_thinking() -> None:
    spec = row_of(thinking_style="adaptive", effort={"max": "xhigh"}, display="summarized")
    effort = {"output_config": {"effort": "xhigh"}}
    assert thinks(spec, "max") == {"thinking": {"type": "adaptive"}, **effort}
    shown = {"type": "adaptive", "display": "summarized"}
    assert thinks(spec, "max", 500, thoughts=True) == {"thinking": shown, **effort}
    assert thinks(spec, "low") == {}


def test_effort_and_schema_share_a_table() -> None:
    spec = row_of(thinking_style="adaptive", effort={"low": "low"})
    request = ChatRequest((says("x"),), effort="low", schema=Schema("s", {"type": "object"}))
    shape = {"type": "json_schema", "schema": {"type": "object"}}
    assert body(request, spec)["output_config"] == {"effort": "low", "format": shape}


# --- messages --------------------


def sent_messages(*messages: ChatMessage) -> list[Json]:
    sent: list[Json] = body(ChatRequest(messages), row_of())["messages"]
    return sent


def test_files_by_kind() -> None:
    parts = (
        Part("image", mime="image/webp", data=PNG),
        Part("image", data=PNG),
        Part(
            "document", mime="text/markdown; charset=utf-8", name="a.md", data="# 你好\xff".encode("latin-1", "replace")
        ),
        Part("document", mime="application/json", data=b"{}"),
        Part("document", text="found in it", name="b.docx"),
        Part("document", mime="application/zip", name="c.zip", data=b"PK"),
        Part("image", mime="image/heic", name="d.heic", data=b"x"),
        Part("audio", mime="audio/ogg", data=b"OggS"),
        Part("text", text="  \n"),
    )
    data = base64.b64encode(PNG).decode()
    assert sent_messages(ChatMessage("user", parts))[0]["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": data}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}},
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "# ??�"},
            "title": "a.md",
        },
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "{}"}},
        *blocks(
            "found in it",
            "[a file that you cannot open: document c.zip]",
            "[a file that you cannot open: image d.heic]",
            "[a file that you cannot open: audio audio/ogg]",
        ),
    ]


def test_neighbours_become_one_message_and_the_first_is_a_person() -> None:
    assert sent_messages(said("Hi \n"), says("a"), says("b"), ChatMessage("user"), said(""), says("c")) == [
        {"role": "user", "content": blocks("…")},
        {"role": "assistant", "content": blocks("Hi")},
        {"role": "user", "content": blocks("a", "b", "c")},
    ]


CALLS = (Call("toolu_1", "get_weather", '{"location": "Paris"}'), Call("toolu_2", "balance"))
RESULTS = ChatMessage(
    "tool", results=(CallResult("toolu_1", "get_weather", "18 °C"), CallResult("toolu_2", "balance", "", failed=True))
)


def test_calls_of_another_family_are_put_together() -> None:
    other = Echo("gemini", ({"text": "not Claude's"},))
    asked = ChatMessage("assistant", (Part("text", text="Let me look."),), CALLS, echo=other)
    assert sent_messages(says("Weather?"), asked, RESULTS, says("And now?")) == [
        {"role": "user", "content": blocks("Weather?")},
        {
            "role": "assistant",
            "content": [
                *blocks("Let me look."),
                {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"location": "Paris"}},
                {"type": "tool_use", "id": "toolu_2", "name": "balance", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "18 °C"},
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": "", "is_error": True},
                *blocks("And now?"),
            ],
        },
    ]


@pytest.mark.parametrize("name", ["thinking_and_two_tools", "tool", "search", "search_paused"])
async def test_what_was_said_goes_back_as_it_came(name: str) -> None:
    path = RECORDED / "claude" / f"{name}.sse"
    events, _ = await play(claude, raw(path))
    echo = next(event for event in events if isinstance(event, Echo))
    results = tuple(CallResult(call[0], call[1], "done") for call in expected(path)["calls"])
    answered = ChatMessage("assistant", (Part("text", text="not this"),), CALLS, echo=echo)
    told = (answered, ChatMessage("tool", results=results)) if results else (answered,)
    sent = sent_messages(says("Go."), *told)
    assert sent[1] == {"role": "assistant", "content": expected(path)["echo"]}
    assert [block["tool_use_id"] for block in (sent[2]["content"] if results else [])] == [
        call[0] for call in expected(path)["calls"]
    ]


def test_thinking_is_not_turned_on_in_a_round_that_began_without() -> None:
    spec = row_of(effort={"low": 1200})
    signed = Echo("claude", ({"type": "redacted_thinking", "data": "E"}, {"type": "tool_use", "id": "toolu_1"}))
    unsigned = Echo("claude", ({"type": "tool_use", "id": "toolu_1"},))
    for echo, goes_on in ((signed, True), (unsigned, False)):
        messages = (says("Go."), ChatMessage("assistant", calls=CALLS[:1], echo=echo), RESULTS)
        sent = body(ChatRequest(messages, max_tokens=8000, effort="low"), spec)
        assert ("thinking" in sent) is goes_on
    anew = (
        says("Go."),
        ChatMessage("assistant", calls=CALLS[:1], echo=unsigned),
        RESULTS,
        said("Done."),
        says("More."),
    )
    assert "thinking" in body(ChatRequest(anew, max_tokens=8000, effort="low"), spec)


def test_what_one_question_wants_stays_out_of_the_row() -> None:
    spec = row_of(thinking_style="adaptive", effort={"high": "high"}, body={"output_config": {"more": 1}})
    assert body(ChatRequest((says("x"),), effort="high"), spec)["output_config"] == {"more": 1, "effort": "high"}
    assert body(ChatRequest((says("x"),)), spec)["output_config"] == {"more": 1}


def test_more_of_the_body_comes_from_the_row() -> None:
    spec = replace(row_of(body={"cache_control": {"type": "ephemeral"}}), upstream="other-name")
    sent = body(ChatRequest((says("x"),), system=" "), spec)
    assert sent["cache_control"] == {"type": "ephemeral"}
    assert sent["model"] == "other-name"
    assert "system" not in sent


def test_every_recorded_echo_can_be_sent_as_it_is() -> None:
    for path in sorted(Path(RECORDED / "claude").glob("*.json")):
        for block in expected(path.with_suffix(".sse")).get("echo", []):
            assert block["type"] != "thinking" or block["signature"]
            assert block["type"] != "text" or block["text"].strip()
