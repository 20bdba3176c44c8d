"""Gemini's native chat: what goes out, entry by entry of the contract (chat 8.1-8.6)."""

from __future__ import annotations

import base64

import pytest

from core.catalog import ModelSpec
from core.gateway.chat import gemini
from core.values import Call, CallResult, ChatMessage, ChatRequest, Echo, Json, Part, Schema, ToolSpec
from tests.gateway.replay import RECORDED, expected, play, raw
from tests.gateway.rows import row, said, says

WEATHER = ToolSpec(
    "get_weather",
    "Current weather",
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)
BALANCE = ToolSpec("balance", "Credits left", {"type": "object", "properties": {}})


def row_of(upstream: str = "gemini-2.5-pro", **extra: Json) -> ModelSpec:
    return row("gemini", upstream, **extra)


def body(request: ChatRequest, spec: ModelSpec) -> dict[str, Json]:
    sent: dict[str, Json] = gemini.to_request(request, spec).json
    return sent


# --- the entries --------------------


def test_chat() -> None:
    request = ChatRequest((says("Why is the sky blue?"),), system="Be brief.", max_tokens=900)
    wire = gemini.to_request(request, row_of())
    assert (wire.method, wire.timeout_s) == ("POST", 300.0)
    assert wire.path == "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
    assert wire.json == {
        "contents": [{"role": "user", "parts": [{"text": "Why is the sky blue?"}]}],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {"maxOutputTokens": 900},
    }


def test_the_name_of_a_model_cannot_leave_its_place() -> None:
    wire = gemini.to_request(ChatRequest((says("x"),)), row_of("a/../b?c#模"))
    assert wire.path == "/v1beta/models/a%2F..%2Fb%3Fc%23%E6%A8%A1:streamGenerateContent?alt=sse"


def test_pictures_out() -> None:
    generation = {"responseModalities": ["TEXT", "IMAGE"], "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"}}
    spec = row_of("gemini-3-pro-image", generation=generation, thinking_style="none")
    sent = body(ChatRequest((says("a red fox in snow"),), max_tokens=500, effort="low", thoughts=True), spec)
    assert sent["generationConfig"] == {"maxOutputTokens": 500, **generation}


@pytest.mark.parametrize(
    ("part", "mime"),
    [
        (Part("document", mime="application/pdf", data=b"%PDF"), "application/pdf"),
        (Part("document", data=b"%PDF"), "application/pdf"),
        (Part("document", mime="text/csv; charset=utf-8", data=b"a,b"), "text/csv"),
        (Part("document", mime="application/json", data=b"{}"), "text/plain"),
        (Part("video", mime="video/mp4", data=b"ftyp"), "video/mp4"),
        (Part("video", mime="video/quicktime", data=b"ftyp"), "video/quicktime"),
        (Part("video", mime="video/x-msvideo", data=b"RIFF"), "video/avi"),
        (Part("audio", mime="audio/mpeg", data=b"ID3"), "audio/mp3"),
        (Part("audio", mime="audio/ogg; codecs=opus", data=b"OggS"), "audio/ogg"),
        (Part("audio", mime="audio/x-wav", data=b"RIFF"), "audio/wav"),
        (Part("audio", data=b"OggS"), "audio/ogg"),
        (Part("image", mime="image/jpg", data=b"x"), "image/jpeg"),
        (Part("image", mime="image/heic", data=b"x"), "image/heic"),
    ],
)
def test_documents_films_sound_and_pictures_in(part: Part, mime: str) -> None:
    sent = body(ChatRequest((says("What is it?", part),)), row_of())
    inline = {"inlineData": {"mimeType": mime, "data": base64.b64encode(part.data).decode()}}
    assert sent["contents"] == [{"role": "user", "parts": [inline, {"text": "What is it?"}]}]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Part("image", mime="image/gif", name="a.gif", data=b"GIF"), "[a file that you cannot open: image a.gif]"),
        (
            Part("document", mime="application/zip", data=b"PK"),
            "[a file that you cannot open: document application/zip]",
        ),
        (Part("document", text="found in it", name="b.docx"), "found in it"),
    ],
)
def test_what_it_cannot_read_is_named(part: Part, words: str) -> None:
    sent = body(ChatRequest((says("?", part),)), row_of())
    assert sent["contents"][0]["parts"] == [{"text": words}, {"text": "?"}]


def test_functions() -> None:
    sent = body(ChatRequest((says("Weather?"),), tools=(WEATHER, BALANCE)), row_of())
    weather = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    declared = [
        {"name": "get_weather", "description": "Current weather", "parameters": weather},
        {"name": "balance", "description": "Credits left"},
    ]
    assert sent["tools"] == [{"functionDeclarations": declared}]
    whole = body(ChatRequest((says("Weather?"),), tools=(WEATHER,)), row_of(function_field="parametersJsonSchema"))
    assert whole["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"] == WEATHER.parameters


@pytest.mark.parametrize(
    ("together", "schema", "search", "expected"),
    [
        (False, False, False, ["functionDeclarations"]),
        (False, False, True, ["googleSearch"]),
        (False, True, True, []),
        (True, True, True, ["functionDeclarations", "googleSearch"]),
    ],
)
def test_what_older_models_refuse_together(together: bool, schema: bool, search: bool, expected: list[str]) -> None:
    shape = Schema("s", {"type": "object"}) if schema else None
    request = ChatRequest((says("?"),), tools=(WEATHER,), search=search, schema=shape)
    sent = body(request, row_of(together=together))
    assert [name for tool in sent.get("tools", []) for name in tool] == expected


def test_a_model_that_cannot_search() -> None:
    assert "tools" not in body(ChatRequest((says("?"),), search=True), row_of(search_tool=""))


def test_structured_output() -> None:
    shape = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    request = ChatRequest((says("?"),), max_tokens=99, schema=Schema("s", shape))
    kept = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    json_mime = {"maxOutputTokens": 99, "responseMimeType": "application/json"}
    assert body(request, row_of())["generationConfig"] == {**json_mime, "responseSchema": kept}
    newer = row_of(schema_field="responseJsonSchema")
    assert body(request, newer)["generationConfig"] == {**json_mime, "responseJsonSchema": shape}


def test_what_the_row_adds() -> None:
    safety = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}]
    choice = {"toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}}
    sent = body(ChatRequest((says("?"),), system=" "), row_of(safety=safety, body=choice))
    assert (sent["safetySettings"], sent["toolConfig"]) == (safety, choice["toolConfig"])
    assert "systemInstruction" not in sent


# --- thinking --------------------


@pytest.mark.parametrize(
    ("extra", "effort", "thoughts", "expected"),
    [
        ({}, "", False, None),
        ({}, "", True, {"includeThoughts": True}),
        ({}, "low", True, {"thinkingBudget": 1024, "includeThoughts": True}),
        ({}, "max", False, {"thinkingBudget": 6000}),  # three quarters of all
        ({}, "off", True, {"thinkingBudget": 0}),
        ({"effort": {"high": -1}}, "high", False, {"thinkingBudget": -1}),
        ({"effort": {"high": -1}}, "low", False, None),
        ({"thinking_style": "level", "effort": {"high": "HIGH"}}, "high", False, {"thinkingLevel": "HIGH"}),
        ({"thinking_style": "level", "effort": {"high": "HIGH"}}, "off", True, None),
        ({"thinking_style": "none"}, "high", True, None),
    ],
)
def test_thinking(extra: dict[str, Json], effort: str, thoughts: bool, expected: Json) -> None:
    request = ChatRequest((says("?"),), max_tokens=8000, effort=effort, thoughts=thoughts)
    assert body(request, row_of(**extra))["generationConfig"].get("thinkingConfig") == expected


# --- messages --------------------

CALLS = (Call("call_0", "get_weather", '{"city": "Paris"}'), Call("call_1", "balance"))
RESULTS = ChatMessage(
    "tool", results=(CallResult("call_0", "get_weather", "18 °C"), CallResult("call_1", "balance", "no", failed=True))
)


def contents(*messages: ChatMessage, **extra: Json) -> list[Json]:
    sent: list[Json] = body(ChatRequest(messages), row_of(**extra))["contents"]
    return sent


def test_calls_of_another_family_are_put_together() -> None:
    other = Echo("claude", ({"type": "text", "text": "not Gemini's"},))
    asked = ChatMessage("assistant", (Part("text", text="Let me look."),), CALLS, echo=other)
    assert contents(said("Hi"), says("Weather?"), asked, RESULTS, says("And now?")) == [
        {"role": "user", "parts": [{"text": "…"}]},
        {"role": "model", "parts": [{"text": "Hi"}]},
        {"role": "user", "parts": [{"text": "Weather?"}]},
        {
            "role": "model",
            "parts": [
                {"text": "Let me look."},
                {"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}},
                {"functionCall": {"name": "balance", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "get_weather", "response": {"result": "18 °C"}}},
                {"functionResponse": {"name": "balance", "response": {"error": "no"}}},
                {"text": "And now?"},
            ],
        },
    ]


@pytest.mark.parametrize("result_ids", [True, False])
@pytest.mark.parametrize("name", ["tool", "two_tools_without_ids", "picture"])
async def test_what_was_said_goes_back_as_it_came(name: str, result_ids: bool) -> None:
    path = RECORDED / "gemini" / f"{name}.sse"
    events, _ = await play(gemini, raw(path))
    echo = next(event for event in events if isinstance(event, Echo))
    calls = expected(path)["calls"]
    results = ChatMessage("tool", results=tuple(CallResult(call[0], call[1], "done") for call in calls))
    answered = ChatMessage("assistant", (Part("text", text="not this"),), CALLS, echo=echo)
    sent = contents(says("Go."), answered, results, result_ids=result_ids)
    assert sent[1] == {"role": "model", "parts": expected(path)["echo"]}
    told = [part["functionResponse"].get("id", "") for part in (sent[2]["parts"] if calls else [])]
    assert told == ["fc1" if result_ids and name == "tool" else "" for _ in calls]
