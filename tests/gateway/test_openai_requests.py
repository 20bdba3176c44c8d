"""What the two OpenAI wires send, entry by entry of the contract (chat 5.5-5.7, 5.9, 7.5)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from core.catalog import Catalog, ModelSpec
from core.gateway.chat import openai_chat, openai_responses
from core.gateway.chat.openai_parts import is_strict
from core.values import Call, CallResult, ChatMessage, ChatRequest, Echo, Json, Part, Schema, ToolSpec

ORDER: Json = {
    "type": "object",
    "properties": {"order_id": {"type": "string", "description": "order id"}},
    "required": ["order_id"],
    "additionalProperties": False,
}
LOOSE: Json = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = (ToolSpec("get_delivery_date", "Delivery date of an order", ORDER), ToolSpec("weather", "Weather", LOOSE))
ANSWER = Schema("answer", {**ORDER, "properties": {"order_id": {"type": "string"}}})
PDF, WAV, OGG, MP4 = b"%PDF-1.7", b"RIFF", b"OggS", b"ftyp"


def words(text: str, *parts: Part) -> ChatMessage:
    return ChatMessage("user", (Part("text", text=text), *parts))


def uri(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{encoded(data)}"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def gpt(catalog: Catalog) -> ModelSpec:
    return catalog.get("gpt-5", "chat")


@pytest.fixture
def thinking(gpt: ModelSpec) -> ModelSpec:
    return gpt.routed({"thinking"})


CALLED = (
    words("When does my parcel arrive?"),
    ChatMessage(
        "assistant",
        (Part("text", text="I look."),),
        calls=(Call("call_7x", "get_delivery_date", '{"order_id":"1"}'), Call("call_8x", "now", "")),
    ),
    ChatMessage(
        "tool",
        results=(
            CallResult("call_7x", "get_delivery_date", '{"date":"2026-03-02"}'),
            CallResult("call_8x", "now", "12"),
        ),
    ),
)


# --- chat completions --------------------


def chat(request: ChatRequest, spec: ModelSpec, **extra: Json) -> Json:
    return openai_chat.to_request(request, replace(spec, extra={**spec.extra, **extra})).json


def test_chat_function_calling(catalog: Catalog) -> None:
    """创建聊天函数调用"""
    spec = catalog.get("gpt-4o", "chat")
    body = chat(ChatRequest(CALLED, system="Use the tools.", tools=TOOLS, max_tokens=100), spec)
    assert body == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Use the tools."},
            {"role": "user", "content": "When does my parcel arrive?"},
            {
                "role": "assistant",
                "content": "I look.",
                "tool_calls": [
                    {
                        "id": "call_7x",
                        "type": "function",
                        "function": {"name": "get_delivery_date", "arguments": '{"order_id":"1"}'},
                    },
                    {"id": "call_8x", "type": "function", "function": {"name": "now", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "tool_call_id": "call_7x", "content": '{"date":"2026-03-02"}'},
            {"role": "tool", "tool_call_id": "call_8x", "content": "12"},
        ],
        "stream": True,
        "max_tokens": 100,
        "stream_options": {"include_usage": True},
        "tools": [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
            }
            for tool in TOOLS
        ],
    }


def test_calls_without_words_and_a_foreign_echo(catalog: Catalog) -> None:
    message = ChatMessage("assistant", calls=(Call("c", "f", "{}"),), echo=Echo("claude", ({"type": "thinking"},)))
    sent = chat(ChatRequest((message,)), catalog.get("gpt-4o", "chat"))["messages"][0]
    assert sent["content"] is None
    assert sent["tool_calls"][0]["id"] == "c"
    assert "thinking" not in str(sent)


def test_chat_structured_output(catalog: Catalog) -> None:
    """创建结构化输出"""
    spec = catalog.get("gpt-4.1", "chat")
    request = ChatRequest((words("Which order?"),), system="Solve step by step.", schema=ANSWER)
    body = chat(request, spec)
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": ANSWER.schema},
    }
    assert body["messages"][0]["content"] == "Solve step by step."
    body = chat(request, spec, schema_form="json_object")
    assert body["response_format"] == {"type": "json_object"}
    assert "JSON Schema" in body["messages"][0]["content"]


def test_claude_by_chat_gets_the_schema_in_words(catalog: Catalog) -> None:
    """Claude / Chat兼容格式"""
    spec = catalog.get("claude-sonnet-4-5-20250929", "chat")
    body = chat(ChatRequest((words("Hello"),), schema=ANSWER, max_tokens=16_000), spec)
    assert "response_format" not in body
    assert (body["model"], body["max_tokens"], body["stream"]) == ("claude-sonnet-4-5-20250929", 16_000, True)
    assert '"order_id"' in body["messages"][0]["content"]
    assert body["messages"][1] == {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    ("model", "effort", "sent"),
    [("gpt-5", "off", "minimal"), ("gpt-5.1", "off", "none"), ("gpt-5", "high", "high"), ("gpt-5", "", None)],
)
def test_chat_effort(catalog: Catalog, model: str, effort: str, sent: str | None) -> None:
    """控制推理模型努力程度"""
    body = chat(ChatRequest((words("Is 2^31-1 prime?"),), effort=effort), catalog.get(model, "chat"))
    assert body.get("reasoning_effort") == sent
    assert "temperature" not in body


def test_an_effort_may_lie_deep_in_the_body(catalog: Catalog) -> None:
    spec = catalog.get("gemini-2.5-flash", "chat")
    own = {"extra_body": {"google": {"image_config": {"image_size": "1K"}}}}
    spec = replace(spec, extra={**spec.extra, "body": own})
    body = chat(ChatRequest((words("x"),), effort="off"), spec)
    google = {"image_config": {"image_size": "1K"}, "thinking_config": {"thinking_budget": 0}}
    assert body["extra_body"] == {"google": google}
    assert "thinking_config" not in str(own)  # the row is as it was
    assert "thinking_config" not in str(chat(ChatRequest((words("x"),), effort="high"), spec))


def test_chat_search_is_what_the_row_says(catalog: Catalog) -> None:
    spec, request = catalog.get("gpt-4o", "chat"), ChatRequest((words("news?"),), search=True)
    assert "web_search_options" not in chat(request, spec)
    options = {"web_search_options": {"search_context_size": "low"}}
    assert chat(request, spec, search_body=options)["web_search_options"] == {"search_context_size": "low"}


def test_chat_files(catalog: Catalog) -> None:
    parts = (
        Part("document", name="a.pdf", mime="application/pdf", data=PDF),
        Part("audio", mime="audio/x-wav", data=WAV),
        Part("audio", name="voice.ogg", mime="audio/ogg", data=OGG),
        Part("video", mime="video/mp4", data=MP4),
    )
    spec = catalog.get("gpt-4o", "chat")
    request = ChatRequest((words("What is it?", *parts),))
    content = chat(request, spec)["messages"][0]["content"]
    assert content[0]["text"] == (
        "What is it?\n[a file that you cannot open: audio voice.ogg]\n[a file that you cannot open: video video/mp4]"
    )
    assert content[1:] == [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": uri("application/pdf", PDF)}},
        {"type": "input_audio", "input_audio": {"data": encoded(WAV), "format": "wav"}},
    ]
    content = chat(request, spec, video_parts=True)["messages"][0]["content"]
    assert content[-1] == {"type": "video_url", "video_url": {"url": uri("video/mp4", MP4)}}
    only = ChatRequest((ChatMessage("user", (Part("audio", mime="audio/mpeg", data=WAV),)),))
    assert chat(only, spec)["messages"][0]["content"] == [
        {"type": "input_audio", "input_audio": {"data": encoded(WAV), "format": "mp3"}}
    ]


# --- responses --------------------


def responses(request: ChatRequest, spec: ModelSpec, **extra: Json) -> Json:
    wire = openai_responses.to_request(request, replace(spec, extra={**spec.extra, **extra}))
    assert (wire.method, wire.path) == ("POST", "/v1/responses")
    return wire.json


def test_a_response(thinking: ModelSpec) -> None:
    """创建模型响应, 流式返回"""
    history = (words("Hi"), ChatMessage("assistant", (Part("text", text="Hello."),)), words("A haiku."))
    body = responses(ChatRequest(history, system="Be brief.", max_tokens=5), thinking)
    assert body == {
        "model": "gpt-5",
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "A haiku."},
        ],
        "stream": True,
        "max_output_tokens": 16,
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }


def test_a_response_with_thinking(thinking: ModelSpec) -> None:
    """控制思考长度, gpt-5启用思考"""
    request = ChatRequest((words("Prove it."),), effort="high")
    assert responses(request, thinking)["reasoning"] == {"effort": "high"}
    request = replace(request, thoughts=True)
    assert responses(request, thinking)["reasoning"] == {"effort": "high", "summary": "auto"}
    assert responses(replace(request, effort=""), thinking)["reasoning"] == {"summary": "auto"}
    assert "reasoning" not in responses(replace(request, effort="max"), thinking, summary="")


def test_a_response_with_functions(thinking: ModelSpec) -> None:
    """创建函数调用"""
    body = responses(ChatRequest(CALLED, tools=TOOLS), thinking)
    assert body["input"][1:] == [
        {"role": "assistant", "content": "I look."},
        {
            "type": "function_call",
            "call_id": "call_7x",
            "name": "get_delivery_date",
            "arguments": '{"order_id":"1"}',
        },
        {"type": "function_call", "call_id": "call_8x", "name": "now", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_7x", "output": '{"date":"2026-03-02"}'},
        {"type": "function_call_output", "call_id": "call_8x", "output": "12"},
    ]
    assert [(tool["type"], tool["name"], tool["strict"]) for tool in body["tools"]] == [
        ("function", "get_delivery_date", True),
        ("function", "weather", False),
    ]
    assert body["tools"][0]["parameters"] == ORDER


def test_items_go_back_as_they_came_unless_nobody_knows_them(thinking: ModelSpec) -> None:
    sealed = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gA"}
    bare = {"id": "rs_2", "type": "reasoning", "summary": []}
    call = {
        "id": "fc_1",
        "type": "function_call",
        "call_id": "c",
        "name": "f",
        "arguments": "{}",
        "status": "completed",
    }

    def sent(*items: Json, **extra: Json) -> Json:
        echo = Echo("openai_responses", items)
        message = ChatMessage("assistant", (Part("text", text="x"),), calls=(Call("c", "f", "{}"),), echo=echo)
        return responses(ChatRequest((message,)), thinking, **extra)["input"]

    assert sent(sealed, call) == [sealed, call]
    assert sent(bare, call) == [{name: value for name, value in call.items() if name != "id"}]
    assert sent(bare, call, store=True) == [bare, call]


def test_a_response_with_search(catalog: Catalog) -> None:
    """创建网络搜索"""
    request = ChatRequest((words("What good news is there today?"),), search=True, tools=TOOLS[:1])
    body = responses(request, catalog.get("gpt-4.1", "chat").routed({"search"}), search_options={"filters": {}})
    assert body["tools"][0] == {"type": "web_search_preview", "filters": {}}
    assert body["tools"][1]["name"] == "get_delivery_date"
    assert "include" not in body
    assert "reasoning" not in body


def test_a_response_of_a_given_shape(thinking: ModelSpec) -> None:
    request = ChatRequest((words("Which order?"),), system="s", schema=ANSWER)
    body = responses(request, thinking, body={"text": {"verbosity": "low"}})
    schema = {"type": "json_schema", "name": "answer", "strict": True, "schema": ANSWER.schema}
    assert body["text"] == {"verbosity": "low", "format": schema}
    assert body["instructions"] == "s"
    body = responses(request, thinking, schema_form="prompt")
    assert "text" not in body
    assert '"order_id"' in body["instructions"]
    body = responses(request, thinking, schema_form="json_object")
    assert body["text"] == {"format": {"type": "json_object"}}
    assert "JSON" in body["instructions"]


def test_response_files(thinking: ModelSpec) -> None:
    parts = (
        Part("image", mime="image/png", data=b"p"),
        Part("document", mime="application/pdf", data=PDF),
        Part("audio", name="v.ogg", mime="audio/ogg", data=OGG),
    )
    assert responses(ChatRequest((words("?", *parts),)), thinking)["input"][0]["content"] == [
        {"type": "input_text", "text": "?\n[a file that you cannot open: audio v.ogg]"},
        {"type": "input_image", "image_url": uri("image/png", b"p"), "detail": "auto"},
        {"type": "input_file", "filename": "document.pdf", "file_data": uri("application/pdf", PDF)},
    ]


# --- schemas --------------------


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (ORDER, True),
        (LOOSE, False),
        ({**ORDER, "required": []}, False),
        ({**ORDER, "required": 3}, False),
        ({"type": "object", "properties": {}, "required": [], "additionalProperties": False}, True),
        ({**ORDER, "properties": {"order_id": {"type": "string", "format": "date"}}}, False),
        ({**ORDER, "properties": {"order_id": LOOSE}}, False),
        ({**ORDER, "properties": {"order_id": {"type": "array", "items": LOOSE}}}, False),
        ({**ORDER, "properties": {"order_id": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}, True),
        (7, False),
    ],
)
def test_strict_schemas(schema: Json, strict: bool) -> None:
    assert is_strict(schema) is strict
