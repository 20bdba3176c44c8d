"""Chat Completions: what goes out, what a recorded stream says, and what is cut out of its text."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from core.catalog import Catalog
from core.errors import GatewayError, RateLimited, UpstreamDown
from core.gateway.answer import Answer, joined
from core.gateway.chat import openai_chat
from core.gateway.sse import SseDecoder
from core.values import (
    Artifact,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    Citation,
    Finished,
    Json,
    MediaOut,
    Part,
    Restarted,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)

PNG = b"\x89PNG not really"
PNG_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()


# --- question --------------------


def test_words_only(catalog: Catalog) -> None:
    request = ChatRequest(
        (
            ChatMessage("user", (Part("text", text="Hi"),)),
            ChatMessage("assistant", (Part("text", text="Hello."),)),
            ChatMessage("user", (Part("text", text="Capital of"), Part("text", text="Chile?"))),
        ),
        system="Answer briefly.",
        max_tokens=321,
    )
    wire = openai_chat.to_request(request, catalog.get("gpt-4o", "chat"))
    assert (wire.method, wire.path, wire.timeout_s) == ("POST", "/v1/chat/completions", 300.0)
    assert wire.json == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Answer briefly."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "Capital of\nChile?"},
        ],
        "stream": True,
        "max_tokens": 321,
        "stream_options": {"include_usage": True},
    }


def test_pictures_are_data_uris(catalog: Catalog) -> None:
    parts = (Part("text", text="What is it?"), Part("image", media="k", mime="image/png", data=PNG))
    wire = openai_chat.to_request(ChatRequest((ChatMessage("user", parts),)), catalog.get("gpt-4o", "chat"))
    assert wire.json["messages"][0]["content"] == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": PNG_URI, "detail": "auto"}},
    ]


def test_a_row_says_what_differs(catalog: Catalog) -> None:
    spec = catalog.get("gpt-5-mini", "chat")
    extra = {**spec.extra, "include_usage": False, "system_role": "developer", "body": {"reasoning_effort": "low"}}
    wire = openai_chat.to_request(
        ChatRequest((ChatMessage("user", (Part("text", text="x"),)),), system="s", max_tokens=9),
        replace(spec, extra=extra),
    )
    assert wire.json == {
        "model": "gpt-5-mini",
        "messages": [{"role": "developer", "content": "s"}, {"role": "user", "content": "x"}],
        "stream": True,
        "max_completion_tokens": 9,
        "reasoning_effort": "low",
    }


# --- answer --------------------


def chunk(delta: Json = None, finish: str | None = None, *, name: str = "c1", **more: Json) -> bytes:
    choices = [{"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}]
    data = {"id": name, "object": "chat.completion.chunk", "choices": choices, "usage": None, **more}
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def play(*pieces: bytes, restarts: bool = True, max_chars: int = 10_000) -> list[ChatEvent]:
    """The events of a stream that ends without breaking, neighbouring texts joined."""
    answer = Answer(openai_chat, restarts=restarts, max_chars=max_chars, picture_chars=10_000)
    lines = SseDecoder(100_000)
    events: list[ChatEvent] = []
    for payload in [payload for piece in pieces for payload in lines.feed(piece)] + lines.flush():
        answer.feed(payload, events)
    return joined(events + answer.flush())


START = chunk({"role": "assistant", "content": "", "refusal": None})
STOP = chunk({}, "stop")
DONE = b"data: [DONE]\n\n"
USAGE = (
    b'data: {"id":"c1","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":3,"total_tokens":22,'
    b'"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}\n\n'
)


def test_a_plain_answer() -> None:
    assert play(START, chunk({"content": "San"}), chunk({"content": "tiago."}), STOP, USAGE, DONE) == [
        TextDelta("Santiago."),
        UsageReport(Usage(19, 4, 3, 2)),
        Finished(StopReason.STOP),
    ]


@pytest.mark.parametrize("cut", range(0, 1400, 7))
def test_any_cut_gives_the_same_events(cut: int) -> None:
    raw = b"".join(
        [
            START,
            chunk({"reasoning_content": "想想。"}),
            chunk({"content": f"Da: ![x]({PNG_URI[:30]}"}),
            chunk({"content": PNG_URI[30:] + ") 🦊"}),
            b": PING\n\n",
            chunk({"content": " end"}, "STOP"),
            USAGE,
            DONE,
        ]
    )
    expected = [
        ThoughtDelta("想想。"),
        TextDelta("Da: "),
        MediaOut(Artifact("image", data=PNG, mime="image/png")),
        TextDelta(" 🦊 end"),
        UsageReport(Usage(19, 4, 3, 2)),
        Finished(StopReason.STOP),
    ]
    assert play(raw[:cut], raw[cut:]) == expected


def test_either_name_of_thoughts() -> None:
    assert play(chunk({"reasoning": "a"}), chunk({"reasoning_content": "b", "content": None}), STOP) == [
        ThoughtDelta("ab"),
        Finished(StopReason.STOP),
    ]


def test_tool_calls_with_foreign_indices() -> None:
    first = {"tool_calls": [{"index": 1, "id": "t1", "type": "function", "function": {"name": "f", "arguments": ""}}]}
    second = {"tool_calls": [{"index": 1, "function": {"arguments": '{"a":1}'}}]}
    unnumbered = {"tool_calls": [{"id": "t2", "function": {"name": "g", "arguments": "{}"}}]}
    assert play(START, chunk(first), chunk(second), chunk(unnumbered), STOP) == [
        ToolCall(0, "t1", "f", ""),
        ToolCall(0, "", "", '{"a":1}'),
        ToolCall(1, "t2", "g", "{}"),
        Finished(StopReason.TOOLS),
    ]


def test_a_refusal_is_shown_and_ends_as_one() -> None:
    assert play(START, chunk({"refusal": "I can't "}), chunk({"refusal": "help."}), STOP) == [
        TextDelta("I can't help."),
        Finished(StopReason.REFUSED),
    ]


def test_citations() -> None:
    note = {"type": "url_citation", "url_citation": {"url": "https://e.x/", "title": "T", "start_index": 0}}
    assert play(chunk({"annotations": [note, {"type": "other"}]}), STOP)[0] == Citation("https://e.x/", "T")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", StopReason.STOP),
        ("STOP", StopReason.STOP),
        ("end_turn", StopReason.STOP),
        ("something_new", StopReason.STOP),
        ("length", StopReason.LENGTH),
        ("MAX_TOKENS", StopReason.LENGTH),
        ("content_filter", StopReason.REFUSED),
        ("SAFETY", StopReason.REFUSED),
        ("tool_calls", StopReason.TOOLS),
    ],
)
def test_finish_reasons(reason: str, expected: StopReason) -> None:
    assert play(chunk({"content": "x"}, reason))[-1] == Finished(expected)


def test_without_a_finish_reason_it_is_not_finished() -> None:
    assert play(START, chunk({"content": "half"}), DONE) == [TextDelta("half")]


def test_a_whole_completion_in_place_of_a_stream() -> None:
    body = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Santiago."}, "finish_reason": "stop"}]
    }
    assert play(json.dumps(body).encode()) == [TextDelta("Santiago."), Finished(StopReason.STOP)]


def test_content_as_parts() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]
    assert play(chunk({"content": parts}), STOP)[0] == TextDelta("ab")


@pytest.mark.parametrize(
    "raw", [b"data: 7\n\n", b"data: []\n\n", b'data: {"choices":[7]}\n\n', b"data: {bad\n\n", b'data: "x"\n\n']
)
def test_nonsense_is_skipped(raw: bytes) -> None:
    assert play(raw, chunk({"content": "x"}), STOP) == [TextDelta("x"), Finished(StopReason.STOP)]


@pytest.mark.parametrize("form", [b"data: %s\n\n", b"%s\n"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"error": {"message": "…", "type": "server_error", "param": None, "code": None}}, UpstreamDown),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, RateLimited),
        ({"error": "just words"}, UpstreamDown),
    ],
)
def test_errors_told_in_the_stream(form: bytes, error: Json, expected: type[GatewayError]) -> None:
    with pytest.raises(GatewayError) as caught:
        play(START, chunk({"content": "half"}), form % json.dumps(error).encode())
    assert type(caught.value) is expected


# --- began again --------------------


def test_a_second_start_with_a_new_id_voids_what_came() -> None:
    stream = (START, chunk({"content": "old "}), chunk({"content": "words"}), chunk({"role": "assistant"}, name="c2"))
    rest = (chunk({"content": "new"}, name="c2"), chunk({}, "stop", name="c2"))
    assert play(*stream, *rest) == [TextDelta("old words"), Restarted(), TextDelta("new"), Finished(StopReason.STOP)]
    assert play(*stream, *rest, restarts=False) == [TextDelta("old wordsnew"), Finished(StopReason.STOP)]


def test_a_role_in_every_chunk_is_no_restart() -> None:
    words = [chunk({"role": "assistant", "content": word}) for word in "abc"]
    assert play(*words, STOP) == [TextDelta("abc"), Finished(StopReason.STOP)]


def test_a_role_and_an_id_of_its_own_in_every_chunk_is_no_restart() -> None:
    words = [chunk({"role": "assistant", "content": word}, name=f"id-{word}") for word in "abc"]
    assert play(*words, STOP) == [TextDelta("abc"), Finished(StopReason.STOP)]


def test_a_restart_forgets_the_end_that_came() -> None:
    again = chunk({"role": "assistant", "content": "b"}, name="c2")
    assert play(START, chunk({"content": "a"}), chunk({"content": "a"}, "stop"), again) == [
        TextDelta("aa"),
        Restarted(),
        TextDelta("b"),
    ]


# --- text that is no text --------------------


def texts(*words: str) -> list[ChatEvent]:
    return play(*(chunk({"content": word}) for word in words), STOP)[:-1]


@pytest.mark.parametrize(
    "words",
    [
        ["<think>\nhm\n</think>\n\nHello <think>"],
        list("<think>\nhm\n</think>\n\nHello <think>"),
        ["<thi", "nk>\nhm\n</th", "ink>\n\nHello <think>"],
    ],
)
def test_thoughts_inlined_at_the_beginning(words: list[str]) -> None:
    events = texts(*words)
    assert "".join(event.text for event in events if isinstance(event, ThoughtDelta)) == "hm\n"
    assert "".join(event.text for event in events if isinstance(event, TextDelta)).lstrip("\n") == "Hello <think>"


@pytest.mark.parametrize("cut", range(len(PNG_URI) + 14))
def test_pictures_in_the_text_at_any_cut(cut: int) -> None:
    text = f"see ![image]({PNG_URI}) done"
    assert texts(text[:cut], text[cut:]) == [
        TextDelta("see "),
        MediaOut(Artifact("image", data=PNG, mime="image/png")),
        TextDelta(" done"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "wow! nice!",
        "![alt](https://e.x/a.png)",
        "![never closed",
        "a ![b] c",
        "![x](data:text/html;base64,AAAA)",
        "ends with !",
        "<thinking> is a word",
        "  <think",
        "!" * 50,
    ],
)
@pytest.mark.parametrize("step", [1, 3, 100])
def test_other_text_is_left_as_it_is(text: str, step: int) -> None:
    assert texts(*(text[at : at + step] for at in range(0, len(text), step))) == [TextDelta(text)]


def test_half_a_picture_and_one_too_large_are_dropped() -> None:
    assert texts("a", f"![x]({PNG_URI}") == [TextDelta("a")]
    assert texts("a![x](data:image/png;base64,", "AAAA" * 3000, ")b") == [TextDelta("ab")]


def test_too_long_an_answer_ends_as_too_long() -> None:
    answer = Answer(openai_chat, restarts=True, max_chars=5, picture_chars=100)
    answer.feed(chunk({"content": "123456"})[6:].strip(), [])
    assert answer.too_long
    assert answer.flush() == [Finished(StopReason.LENGTH)]
