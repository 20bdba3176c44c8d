"""Claude's native Messages: what recorded streams say, whole answers, and what no stream may break."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import GatewayError, UpstreamDown
from core.gateway.chat import claude
from core.gateway.sse import SseDecoder
from core.gateway.stream import WholeBody
from core.gateway.wire import Refusal, Start
from core.values import (
    AnsweredBy,
    ChatEvent,
    Citation,
    Echo,
    Finished,
    Json,
    Restarted,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)
from tests.gateway.replay import RECORDED, expected, play, raw, recorded, understood


@pytest.mark.parametrize("path", recorded("claude"), ids=lambda path: path.stem)
async def test_recorded_streams(path: Path) -> None:
    events, error = await play(claude, raw(path))
    assert error is None
    assert understood(events) == expected(path)


@pytest.mark.parametrize("path", recorded("claude", broken=True), ids=lambda path: path.stem)
async def test_recorded_streams_that_break(path: Path) -> None:
    events, error = await play(claude, raw(path))
    assert understood(events)["text"] == expected(path)["text"]
    assert type(error).__name__ == expected(path)["error"]
    assert not any(isinstance(event, Finished) for event in events)


async def heard(name: str) -> list[ChatEvent]:
    events, error = await play(claude, raw(RECORDED / "claude" / f"{name}.sse"))
    assert error is None
    return events


async def test_citations_stand_behind_the_words_of_their_block() -> None:
    said = [event for event in await heard("search") if isinstance(event, TextDelta | Citation)]
    assert said == [
        TextDelta("I will look. It is 18 °C and cloudy."),
        Citation("https://example.org/paris", "Paris weather"),
        TextDelta(" Take a coat."),
    ]


async def test_the_order_of_one_answer() -> None:
    assert await heard("tool") == [
        AnsweredBy("claude-sonnet-4-5-20250929"),
        UsageReport(Usage(input_tokens=472, output_tokens=2)),
        TextDelta("Let me look."),
        ToolCall(1, "toolu_01T", "get_weather"),
        ToolCall(1, arguments='{"location":'),
        ToolCall(1, arguments=' "San Francisco"}'),
        UsageReport(Usage(input_tokens=472, output_tokens=89)),
        Echo("claude", tuple(expected(RECORDED / "claude" / "tool.sse")["echo"])),
        Finished(StopReason.TOOLS),
    ]


async def test_a_second_start_voids_even_a_single_word() -> None:
    events = await heard("began_again")
    assert events.index(TextDelta("Half an")) < events.index(Restarted()) < events.index(TextDelta("The whole answer."))


def test_a_pause_asks_to_go_on_without_calls() -> None:
    reader = claude.reader()
    reader.parse_event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "So"}})
    reader.parse_event({"type": "message_delta", "delta": {"stop_reason": "pause_turn"}})
    echo = Echo("claude", ({"type": "text", "text": "So"},))
    assert reader.parse_event({"type": "message_stop"}) == (echo, Finished(StopReason.TOOLS))


# --- whole answers --------------------

WHOLE = {
    "id": "msg_01A",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [
        {"type": "thinking", "thinking": "The user greets me …", "signature": "EqQB…"},
        {"type": "text", "text": "Hello! How can I help?", "citations": None},
        {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "天"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 43, "cache_read_input_tokens": 7, "output_tokens": 69},
}


async def test_a_whole_message_in_place_of_a_stream() -> None:
    events, error = await play(claude, json.dumps(WHOLE).encode(), lines=WholeBody())
    assert error is None
    assert events == [
        AnsweredBy("claude-sonnet-4-5-20250929"),
        UsageReport(Usage(input_tokens=50, cached_tokens=7, output_tokens=69)),
        ThoughtDelta("The user greets me …"),
        TextDelta("Hello! How can I help?"),
        ToolCall(2, "toolu_1", "look"),
        ToolCall(2, arguments='{"at": "天"}'),
        Echo(
            "claude",
            (
                {"type": "thinking", "thinking": "The user greets me …", "signature": "EqQB…"},
                {"type": "text", "text": "Hello! How can I help?"},
                {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "天"}},
            ),
        ),
        Finished(StopReason.TOOLS),
    ]


# --- what relays make of it --------------------


def start(block: Json, index: Json = 0) -> Json:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(kind: str, index: Json = 0, **fields: Json) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


STOP = {"type": "message_stop"}


def read(*events: Json) -> list[object]:
    reader = claude.reader()
    return [event for data in events for event in reader.parse_event(data)]


def test_a_block_that_was_never_started() -> None:
    assert read(delta("thinking_delta", thinking="hm"), delta("text_delta", text="Hi"), STOP) == [
        ThoughtDelta("hm"),
        TextDelta("Hi"),
        Echo("claude", ({"type": "text", "text": "Hi"},)),
        Finished(StopReason.STOP),
    ]


def test_thoughts_without_a_signature_and_blank_texts_do_not_go_back() -> None:
    events = read(
        start({"type": "thinking", "thinking": "hm"}),
        start({"type": "text", "text": " \n"}),
        start({"type": "x"}),
        STOP,
    )
    assert Echo("claude", ({"type": "x"},)) in events


def test_every_block_with_the_same_index() -> None:
    calls = [start({"type": "tool_use", "id": f"t{n}", "name": "look", "input": {}}, None) for n in range(2)]
    piece = delta("input_json_delta", None, partial_json='{"a":1}')
    echo = read(calls[0], piece, calls[1], piece, STOP)[-2]
    assert isinstance(echo, Echo)
    assert [(item["id"], item["input"]) for item in echo.items] == [("t0", {"a": 1}), ("t1", {"a": 1})]


@pytest.mark.parametrize("written", ['{"a":', "[1]", "7", '{"a":' * 70 + "1" + "}" * 70])
def test_arguments_that_are_no_object_go_back_empty(written: str) -> None:
    call = start({"type": "tool_use", "id": "t", "name": "look", "input": {}})
    events = read(call, delta("input_json_delta", partial_json=written), STOP)
    assert ToolCall(0, arguments=written) in events  # who carries it out says what is wrong with it
    assert Echo("claude", ({"type": "tool_use", "id": "t", "name": "look", "input": {}},)) in events


def test_a_refusal_with_nothing_before_it() -> None:
    details = {"type": "refusal", "category": None, "explanation": "No."}
    events = read({"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_details": details}}, STOP)
    assert events == [Refusal("No."), Finished(StopReason.REFUSED)]


def test_usage_is_the_last_value_of_each_field() -> None:
    usage = [
        {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 1},
        {"output_tokens": 7, "cache_read_input_tokens": None},
        {"input_tokens": 30, "server_tool_use": {"web_search_requests": 2}},
        {"input_tokens": 0, "output_tokens": "many", "server_tool_use": [7]},
    ]
    told = [event for each in usage for event in read({"type": "message_delta", "usage": each})]
    assert told[0] == UsageReport(Usage(input_tokens=15, cached_tokens=5, output_tokens=1))
    last = read(*({"type": "message_delta", "usage": each} for each in usage))[-1]
    assert last == UsageReport(Usage(input_tokens=35, cached_tokens=5, output_tokens=7, searches=2))


@pytest.mark.parametrize(
    "data",
    [
        {"type": "error"},
        {"type": "error", "error": None},
        {"type": "error", "error": {"type": "<nil>", "message": ""}},
        {"error": {"message": "…", "type": "new_api_error", "code": ""}},
        {"error": "words"},
    ],
)
def test_errors_in_any_shape(data: Json) -> None:
    with pytest.raises(UpstreamDown):
        read(start({"type": "text", "text": "x"}), data)


# --- anything --------------------

NAMES = st.sampled_from(
    """type index delta content_block message usage content id name model text thinking signature partial_json citation
    citations url title stop_reason stop_details explanation input error input_tokens output_tokens
    server_tool_use""".split()  # noqa: SIM905
)
KINDS = st.sampled_from(
    """message_start content_block_start content_block_delta content_block_stop message_delta message_stop message ping
    error text thinking tool_use server_tool_use web_search_tool_result text_delta thinking_delta signature_delta
    input_json_delta citations_delta refusal pause_turn {"a":1} https://e.x""".split()  # noqa: SIM905
)
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | KINDS | st.text(max_size=3)
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=5),
    max_leaves=8,
)
EVENTS = st.builds(lambda kind, data: {**data, "type": kind}, KINDS, st.dictionaries(NAMES, VALUES, max_size=5))


@settings(max_examples=60, deadline=None)
@given(stream=st.lists(EVENTS | VALUES, max_size=8))
def test_no_stream_raises_anything_but_a_gateway_error(stream: list[Json]) -> None:
    reader = claude.reader()
    for data in [*stream, STOP]:
        try:
            events = reader.parse_event(data)
        except GatewayError:
            continue
        assert all(isinstance(event, ChatEvent | Start | Refusal) for event in events)


@pytest.mark.parametrize("path", recorded("claude"), ids=lambda path: path.stem)
def test_nothing_is_finished_before_the_last_event(path: Path) -> None:
    told = [json.loads(payload) for payload in SseDecoder(100_000).feed(raw(path))]
    for end in range(len(told)):
        assert not any(isinstance(event, Finished | Echo) for event in read(*told[:end]))
    assert isinstance(read(*told)[-1], Finished)


@pytest.mark.parametrize("path", recorded("claude"), ids=lambda path: path.stem)
def test_any_event_may_be_missing_or_come_twice(path: Path) -> None:
    told = [json.loads(payload) for payload in SseDecoder(100_000).feed(raw(path))]
    for at in range(len(told) - 1):
        assert isinstance(read(*told[:at], *told[at + 1 :])[-1], Finished)
        assert isinstance(read(*told[: at + 1], *told[at:])[-1], Finished)
