"""Gemini's native chat: what recorded streams say, whole answers, how it may end, and what no stream may break."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import GatewayError, Moderated, RateLimited, UpstreamDown
from core.gateway.chat import gemini
from core.gateway.sse import SseDecoder
from core.gateway.stream import WholeBody
from core.gateway.wire import Refusal, Start
from core.values import (
    AnsweredBy,
    Artifact,
    ChatEvent,
    Citation,
    Echo,
    Finished,
    Json,
    MediaOut,
    StopReason,
    TextDelta,
    ToolCall,
    Usage,
    UsageReport,
)
from tests.gateway.replay import RECORDED, expected, play, raw, recorded, understood


@pytest.mark.parametrize("path", recorded("gemini"), ids=lambda path: path.stem)
async def test_recorded_streams(path: Path) -> None:
    events, error = await play(gemini, raw(path))
    assert error is None
    assert understood(events) == expected(path)


@pytest.mark.parametrize("path", recorded("gemini", broken=True), ids=lambda path: path.stem)
async def test_recorded_streams_that_break(path: Path) -> None:
    events, error = await play(gemini, raw(path))
    assert understood(events)["text"] == expected(path)["text"]
    assert type(error).__name__ == expected(path)["error"]
    assert not any(isinstance(event, Finished) for event in events)


async def heard(name: str) -> list[ChatEvent]:
    events, error = await play(gemini, raw(RECORDED / "gemini" / f"{name}.sse"))
    assert error is None
    return events


async def test_the_order_of_one_answer() -> None:
    parts = expected(RECORDED / "gemini" / "two_tools_without_ids.sse")["echo"]
    assert await heard("two_tools_without_ids") == [
        AnsweredBy("gemini-2.5-pro"),
        TextDelta("One moment. "),
        ToolCall(0, "call_0", "balance", "{}"),
        ToolCall(1, "call_1", "draw", '{"prompt": "狐", "count": 2}'),
        UsageReport(Usage(input_tokens=80, output_tokens=20)),
        Echo("gemini", tuple(parts)),
        Finished(StopReason.TOOLS),
    ]


async def test_pages_are_told_once_and_behind_the_words() -> None:
    said = [event for event in await heard("search") if isinstance(event, TextDelta | Citation)]
    assert said == [
        TextDelta("Spain "),
        TextDelta("won."),
        Citation("https://vertexaisearch.example/a", "uefa.com"),
        Citation("https://vertexaisearch.example/b", "example.org"),
    ]


async def test_pictures_of_the_answer_but_not_of_its_thinking() -> None:
    pictures = [event for event in await heard("picture") if isinstance(event, MediaOut)]
    assert pictures == [MediaOut(Artifact("image", data=b"\x89PNG\r\n\x1a\n", mime="image/png"))]


# --- whole answers --------------------


def chunk(*parts: Json, reason: str = "", **more: Json) -> Json:
    candidate: dict[str, Json] = {"content": {"role": "model", "parts": list(parts)}, "index": 0, **more}
    return {"candidates": [candidate | ({"finishReason": reason} if reason else {})], "responseId": "Xy12"}


@pytest.mark.parametrize("wrap", [lambda answer: answer, lambda answer: [answer]])
async def test_a_whole_answer_in_place_of_a_stream(wrap: type[list[Json]]) -> None:
    answer = chunk({"text": "Hm", "thought": True}, {"text": "Blue.", "thoughtSignature": "Cs"}, reason="STOP")
    events, error = await play(gemini, json.dumps(wrap(answer)).encode(), lines=WholeBody())
    assert error is None
    told = understood(events)
    assert (told["text"], told["thoughts"], told["reason"]) == ("Blue.", "Hm", "stop")
    assert told["echo"] == [{"text": "Hm", "thought": True}, {"text": "Blue.", "thoughtSignature": "Cs"}]


def test_several_chunks_in_one_array() -> None:
    assert read([chunk({"text": "a"}), 7, chunk({"text": "b"}, reason="STOP")]) == [
        Start("Xy12"),
        TextDelta("a"),
        TextDelta("b"),
        Echo("gemini", ({"text": "ab"},)),
        Finished(StopReason.STOP),
    ]


# --- how it ends --------------------


def read(*chunks: Json) -> list[object]:
    reader = gemini.reader()
    return [event for data in chunks for event in reader.parse_event(data)]


@pytest.mark.parametrize(
    ("reason", "with_words", "without"),
    [
        ("STOP", StopReason.STOP, StopReason.STOP),
        ("MAX_TOKENS", StopReason.LENGTH, StopReason.LENGTH),
        ("SAFETY", StopReason.REFUSED, StopReason.REFUSED),
        ("RECITATION", StopReason.REFUSED, StopReason.REFUSED),
        ("IMAGE_SAFETY", StopReason.REFUSED, StopReason.REFUSED),
        ("SPII", StopReason.REFUSED, StopReason.REFUSED),
        ("ESCALATION", StopReason.STOP, StopReason.REFUSED),
        ("OTHER", StopReason.STOP, None),
        ("NO_IMAGE", StopReason.STOP, None),
        ("MALFORMED_FUNCTION_CALL", StopReason.STOP, None),
        ("MISSING_THOUGHT_SIGNATURE", StopReason.STOP, None),
    ],
)
def test_finish_reasons(reason: str, with_words: StopReason, without: StopReason | None) -> None:
    assert read(chunk({"text": "x"}, reason=reason))[-1] == Finished(with_words)
    thought = chunk({"text": "hm", "thought": True}, reason=reason)
    if without is None:
        with pytest.raises(UpstreamDown):
            read(thought)
    else:
        assert read(thought)[-1] == Finished(without)


@pytest.mark.parametrize("reason", ["", "FINISH_REASON_UNSPECIFIED"])
def test_no_reason_is_no_end(reason: str) -> None:
    assert read(chunk({"text": "x"}, reason=reason)) == [Start("Xy12"), TextDelta("x")]


def test_a_block_after_words_ends_as_refused_and_one_before_them_is_an_error() -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}}
    assert read(chunk({"text": "x"}), blocked)[-1] == Finished(StopReason.REFUSED)
    with pytest.raises(Moderated):
        read({**blocked, "candidates": []})
    assert read({"promptFeedback": {"safetyRatings": []}}) == []


def test_a_reason_on_every_chunk() -> None:
    """Some relays do that; the last echo is the whole."""
    events = read(chunk({"text": "a"}, reason="STOP"), chunk({"text": "b"}, reason="STOP"), chunk(reason="STOP"))
    echoes = [event for event in events if isinstance(event, Echo)]
    assert "".join(part["text"] for part in echoes[-1].items) == "ab"
    assert len(echoes) == 2


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (
            {"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}},
            GatewayError,
        ),
        ({"error": {"message": "当前分组上游负载已饱和", "type": "new_api_error", "code": ""}}, RateLimited),
        ({"error": {"message": "x", "code": "prompt_blocked"}}, Moderated),
        ({"error": "gone"}, UpstreamDown),
    ],
)
def test_errors_in_any_shape(data: Json, kind: type[GatewayError]) -> None:
    with pytest.raises(kind):
        read(chunk({"text": "x"}), data)


def test_usage_counts_what_the_search_brought_in() -> None:
    usage = {"promptTokenCount": 10, "toolUsePromptTokenCount": 90, "candidatesTokenCount": 5, "thoughtsTokenCount": 7}
    events = read({"usageMetadata": {**usage, "cachedContentTokenCount": 4}}, {"usageMetadata": usage})
    assert events == [
        UsageReport(Usage(input_tokens=100, cached_tokens=4, output_tokens=12, thought_tokens=7)),
    ]


def test_what_is_no_call() -> None:
    deep: Json = {}
    for _ in range(100):
        deep = {"a": deep}
    calls: list[Json] = [{"name": "f", "args": deep}, {"args": {}}, {"name": 7}]
    for call in calls:
        assert read(chunk({"functionCall": call}), chunk({"text": "x"}, reason="STOP")) == [
            Start("Xy12"),
            TextDelta("x"),
            Echo("gemini", ({"text": "x"},)),
            Finished(StopReason.STOP),
        ]


# --- anything --------------------

NAMES = st.sampled_from(
    """candidates content parts text thought thoughtSignature functionCall id name args inlineData mimeType data
    finishReason groundingMetadata groundingChunks web uri title webSearchQueries usageMetadata promptTokenCount
    promptFeedback blockReason responseId modelVersion error""".split()  # noqa: SIM905
)
WORDS = st.sampled_from(["STOP", "SAFETY", "OTHER", "NEW", "image/png", "iVBORw0KGgo=", "https://e.x", "BLOCKLIST"])
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | WORDS | st.text(max_size=3)
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=5),
    max_leaves=6,
)
PARTS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=3)
CHUNKS = st.builds(
    lambda parts, more, beside: {**beside, "candidates": [{**more, "content": {"parts": parts}}]},
    PARTS,
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.dictionaries(NAMES, VALUES, max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(stream=st.lists(CHUNKS | VALUES, max_size=6))
def test_no_stream_raises_anything_but_a_gateway_error(stream: list[Json]) -> None:
    reader = gemini.reader()
    for data in stream:
        try:
            events = reader.parse_event(data)
        except GatewayError:
            continue
        assert all(isinstance(event, ChatEvent | Start | Refusal) for event in events)


@pytest.mark.parametrize("path", recorded("gemini"), ids=lambda path: path.stem)
def test_nothing_is_finished_before_the_last_chunk(path: Path) -> None:
    told = [json.loads(payload) for payload in SseDecoder(100_000).feed(raw(path))]
    for end in range(len(told)):
        assert not any(isinstance(event, Finished | Echo) for event in read(*told[:end]))
    assert isinstance(read(*told)[-1], Finished)
