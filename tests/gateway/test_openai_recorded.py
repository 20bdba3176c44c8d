"""Recorded streams of the two OpenAI wires, read to our events (gateway contract, chat 5 and 7)."""

from __future__ import annotations

import json

import pytest

from core.errors import GatewayError, Moderated, RateLimited, UpstreamDown
from core.gateway.answer import joined
from core.gateway.chat import openai_responses
from core.values import (
    AnsweredBy,
    Artifact,
    ChatEvent,
    Citation,
    Echo,
    Finished,
    Json,
    MediaOut,
    Restarted,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)
from tests.gateway.player import Player, play, read

STOP, TOOLS = Finished(StopReason.STOP), Finished(StopReason.TOOLS)


def said(events: list[ChatEvent]) -> list[ChatEvent]:
    """Without what every answer has: its model and what the family wants back."""
    return [event for event in events if not isinstance(event, AnsweredBy | Echo)]


CHAT: dict[str, list[ChatEvent]] = {
    "plain": [TextDelta("Santiago. 圣地亚哥 🇨🇱"), UsageReport(Usage(19, 0, 3)), STOP],
    "plain_crlf": [TextDelta("Santiago."), UsageReport(Usage(19, 0, 3)), STOP],
    "thinking": [
        ThoughtDelta("2³¹−1 is a Mersenne number."),
        TextDelta("Yes, it is prime."),
        UsageReport(Usage(14, 0, 230, 192)),
        STOP,
    ],
    "tools": [
        ToolCall(0, "call_7x", "get_delivery_date", ""),
        ToolCall(0, arguments='{"order'),
        ToolCall(0, arguments='_id":"order_12345"}'),
        ToolCall(1, "call_8x", "now", ""),
        ToolCall(1, arguments="{}"),
        UsageReport(Usage(75, 0, 16)),
        TOOLS,
    ],
    "tools_claude": [
        ThoughtDelta("The user wants the weather\n"),
        ToolCall(0, "toolu_01T", "get_weather", ""),
        ToolCall(0, arguments='{"location":"Paris"}'),
        UsageReport(Usage(380, 0, 96)),
        TOOLS,
    ],
    "tools_gemini": [ToolCall(0, "call_a", "random", '{"min":1}'), ToolCall(1, "call_b", "now", "{}"), TOOLS],
    "structured": [
        TextDelta('{"steps":[{"explanation":"subtract 5","output":"3x = 15"}],"final_answer":"x = 5"}'),
        UsageReport(Usage(60, 0, 30)),
        STOP,
    ],
    "search": [
        TextDelta("A rare turtle hatched."),
        Citation("https://example.org/a", "Turtle hatched"),
        UsageReport(Usage(20, 0, 8)),
        STOP,
    ],
    "refusal": [
        TextDelta("I can't help with that."),
        UsageReport(Usage(20, 0, 8)),
        Finished(StopReason.REFUSED),
    ],
    "picture": [
        TextDelta("Here: "),
        MediaOut(Artifact("image", data=b"\x89PNG\r\n\x1a\n", mime="image/png")),
        TextDelta(" done"),
        UsageReport(Usage(20, 0, 8)),
        STOP,
    ],
    "restarted": [TextDelta("old words"), Restarted(), TextDelta("new"), UsageReport(Usage(9, 0, 3)), STOP],
}

PROOF = "**Setting up the contradiction** Let √2 = p/q.\n\n**Concluding** Both are even."
NEWS = "A rare turtle hatched … ([example.org](https://example.org/a))"

RESPONSES: dict[str, list[ChatEvent]] = {
    "stream": [TextDelta("你好！"), UsageReport(Usage(9, 0, 3)), STOP],
    "thinking": [
        ThoughtDelta(PROOF),
        TextDelta("Suppose √2 is rational."),
        UsageReport(Usage(24, 0, 480, 320)),
        STOP,
    ],
    "tools": [
        ToolCall(0, "call_a", "random_generator", ""),
        ToolCall(0, arguments='{"min":1,'),
        ToolCall(0, arguments='"max":10}'),
        ToolCall(1, "call_b", "current_time", ""),
        ToolCall(1, arguments="{}"),
        UsageReport(Usage(80, 0, 40, 20)),
        TOOLS,
    ],
    "search": [
        UsageReport(Usage(searches=1)),
        UsageReport(Usage(searches=1)),
        TextDelta(NEWS),
        Citation("https://example.org/a", "Turtle hatched"),
        UsageReport(Usage(310, 0, 60, searches=1)),
        STOP,
    ],
    "incomplete": [TextDelta("The sea"), UsageReport(Usage(9, 0, 16)), Finished(StopReason.LENGTH)],
    "refusal": [TextDelta("I can't help."), UsageReport(Usage(9, 0, 5)), Finished(StopReason.REFUSED)],
    "lost_delta": [TextDelta("Hello there"), UsageReport(Usage(9, 0, 3)), STOP],
}


@pytest.mark.parametrize("name", sorted(CHAT))
def test_chat(name: str) -> None:
    assert said(play(f"openai_chat/{name}")) == CHAT[name]


@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_responses(name: str) -> None:
    assert said(play(f"openai_responses/{name}")) == RESPONSES[name]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("openai_chat/error_in_stream.broken", "half an ans", UpstreamDown),
        ("openai_chat/error_bare.broken", "half an ans", RateLimited),
        ("openai_responses/failed.broken", "half", UpstreamDown),
        ("openai_responses/error_flat.broken", "half", RateLimited),
        ("openai_responses/error_nested.broken", "", Moderated),
        ("openai_responses/error_bare.broken", "half", UpstreamDown),
    ],
)
def test_errors_told_in_the_stream(name: str, text: str, expected: type[GatewayError]) -> None:
    player = Player(name.partition("/")[0])
    with pytest.raises(GatewayError) as caught:
        player.feed(read(name))
    assert type(caught.value) is expected
    assert "".join(event.text for event in player.events if isinstance(event, TextDelta)) == text
    assert not player.answer.finished


def test_the_model_that_answered_is_told() -> None:
    assert play("openai_chat/plain")[0] == AnsweredBy("gpt-4o-2024-08-06")
    assert play("openai_responses/thinking")[0] == AnsweredBy("gpt-5-2025-08-07")


def test_calls_without_ids_get_some_and_calls_of_one_index_stay_apart() -> None:
    player = Player("openai_chat")
    calls = [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]
    player.feed(chunk({"role": "assistant", "tool_calls": calls}))
    player.feed(chunk({"tool_calls": [{"index": 0, "id": "x", "function": {"name": "g", "arguments": "{}"}}]}))
    player.feed(chunk({"tool_calls": [{"index": 0, "id": "y", "function": {"name": "h", "arguments": "{}"}}]}, "stop"))
    ids = {event.index: event.id for event in player.end() if isinstance(event, ToolCall) and event.id}
    assert ids == {0: "x", 1: "y"}  # of the first two nobody can tell that they are two
    player = Player("openai_chat")
    player.feed(chunk({"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}))
    player.feed(chunk({"tool_calls": [{"function": {"arguments": "}"}}]}))
    player.feed(chunk({"tool_calls": [{"function": {"name": "g"}}]}, "stop"))
    assert said(player.end()) == [
        ToolCall(0, "", "f", "{"),
        ToolCall(0, "", "", "}"),
        ToolCall(1, "", "g", ""),
        ToolCall(0, "call_0_c1"),
        ToolCall(1, "call_1_c1"),
        TOOLS,
    ]


def test_an_error_beside_a_choice_is_an_error() -> None:
    player = Player("openai_chat")
    with pytest.raises(RateLimited):
        player.feed(chunk({"content": ""}, "error", error={"message": "slow down", "code": "rate_limit_exceeded"}))


def test_spoken_words_are_words() -> None:
    player = Player("openai_chat")
    player.feed(chunk({"role": "assistant", "audio": {"id": "a", "data": "AAAA", "transcript": "Hello."}}, "stop"))
    assert player.end() == [TextDelta("Hello."), STOP]


def chunk(delta: Json, finish: str | None = None, **more: Json) -> bytes:
    data = {"id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
    return b"data: " + json.dumps(data).encode() + b"\n\n"


# --- what Responses want back, and their odd forms --------------------


def of_responses(*values: Json) -> list[ChatEvent]:
    player = Player("openai_responses")
    for value in values:
        player.feed(b"data: " + json.dumps(value).encode() + b"\n\n")
    return player.end()


def last_response(name: str) -> Json:
    lines = [line for line in read(f"openai_responses/{name}").splitlines() if line.startswith(b"data:")]
    return json.loads(lines[-1][5:])["response"]


@pytest.mark.parametrize("name", ["thinking", "tools", "search"])
def test_all_items_come_back_as_they_were(name: str) -> None:
    echoes = [event for event in play(f"openai_responses/{name}") if isinstance(event, Echo)]
    assert echoes == [Echo("openai_responses", tuple(last_response(name)["output"]))]


def test_items_are_kept_when_the_end_has_none() -> None:
    player = Player("openai_responses")
    raw = read("openai_responses/tools").replace(b"\r", b"")
    head, _, last = raw.rpartition(b"event: response.completed")
    end = json.loads(last.partition(b"data: ")[2])
    output, end["response"]["output"] = end["response"]["output"], []
    player.feed(head + b"data: " + json.dumps(end).encode() + b"\n\n")
    events = player.end()
    assert Echo("openai_responses", tuple(output)) in events
    assert events[-1] == TOOLS


@pytest.mark.parametrize("name", ["stream", "thinking", "tools", "search", "incomplete", "refusal"])
def test_a_whole_response_in_place_of_a_stream_says_the_same(name: str) -> None:
    events = of_responses(last_response(name))
    expected = [event for event in RESPONSES[name] if event != UsageReport(Usage(searches=1))]
    assert [event for event in said(events) if not isinstance(event, ToolCall | ThoughtDelta)] == [
        event for event in expected if not isinstance(event, ToolCall | ThoughtDelta)
    ]
    calls = [event for event in events if isinstance(event, ToolCall)]
    assert calls == (
        [
            ToolCall(0, "call_a", "random_generator", '{"min":1,"max":10}'),
            ToolCall(1, "call_b", "current_time", "{}"),
        ]
        if name == "tools"
        else []
    )
    thoughts = "".join(event.text for event in events if isinstance(event, ThoughtDelta))
    assert thoughts == (PROOF if name == "thinking" else "")


def test_a_stream_of_nothing_but_its_end_says_all() -> None:
    end = {"type": "response.completed", "response": last_response("search")}
    assert TextDelta(NEWS) in of_responses(end)
    assert Citation("https://example.org/a", "Turtle hatched") in of_responses(end)


def test_whole_texts_alone_are_said_once() -> None:
    done = {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "Hi"}
    part = {"type": "response.content_part.done", "part": {"type": "output_text", "text": "Hi"}}  # counted otherwise
    output = [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}]
    end = {"type": "response.completed", "response": {"status": "completed", "output": output}}
    assert said(of_responses(done, part, end)) == [TextDelta("Hi"), STOP]


def test_a_whole_response_that_is_not_at_its_end_is_not_finished() -> None:
    assert of_responses({"object": "response", "status": "in_progress", "output": []}) == []
    with pytest.raises(UpstreamDown):
        of_responses({"object": "response", "status": "cancelled", "output": []})
    with pytest.raises(RateLimited):
        of_responses({"object": "response", "status": "failed", "output": [], "error": {"code": "rate_limit_exceeded"}})


def test_calls_of_one_place_stay_apart() -> None:
    def call(name: str) -> Json:
        item = {"type": "function_call", "call_id": f"call_{name}", "name": name, "arguments": ""}
        return {"type": "response.output_item.added", "output_index": 0, "item": item}

    piece = {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{}"}
    events = of_responses(call("f"), piece, call("g"), piece)
    assert [(event.index, event.name, event.arguments) for event in events if isinstance(event, ToolCall)] == [
        (0, "f", ""),
        (0, "", "{}"),
        (1, "g", ""),
        (1, "", "{}"),
    ]


def test_too_deep_an_item_is_not_sent_back() -> None:
    deep: Json = "x"
    for _ in range(200):
        deep = [deep]
    item = {"type": "reasoning", "summary": [], "deep": deep}
    response = {"type": "response.completed", "response": {"status": "completed", "output": [item]}}
    assert of_responses(response) == [STOP]


def test_a_second_response_voids_the_first() -> None:
    first, second = ({"type": "response.created", "response": {"id": name}} for name in ("r1", "r2"))
    word = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "a"}
    end = {"type": "response.completed", "response": {"status": "completed", "output": []}}
    assert joined(of_responses(first, word, second, word, end)) == [TextDelta("a"), Restarted(), TextDelta("a"), STOP]
    assert openai_responses.reader().parse_event(first) != ()
