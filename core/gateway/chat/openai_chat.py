"""OpenAI Chat Completions, which this gateway speaks for every chat model: what goes out (gateway contract, chat 5). Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from core.catalog import ModelSpec
from core.gateway.chat.openai_chat_events import Reader
from core.gateway.chat.openai_parts import (
    arguments_of,
    content_of,
    file_data,
    is_strict,
    plain_name,
    system_text,
    words_of,
)
from core.gateway.options import data_uri, put
from core.gateway.wire import WireRequest
from core.values import ChatMessage, ChatRequest, Json, Part, ToolSpec

REFUSABLE: Mapping[str, str] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
    "stream_options": "",
    "reasoning_effort": "",
    "web_search_options": "",
    "response_format": "",
}
_AUDIO = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}

reader = Reader


def to_request(request: ChatRequest, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    messages = [each for message in request.messages for each in _messages(message, spec)]
    if system := system_text(request, spec):
        messages.insert(0, {"role": extra["system_role"], "content": system})
    body: dict[str, Json] = {
        "model": spec.upstream,
        "messages": messages,
        "stream": True,
        extra["max_tokens_field"]: request.max_tokens,
        **extra["body"],
    }
    if extra["include_usage"]:
        body["stream_options"] = {"include_usage": True}
    if request.effort in extra["effort"]:
        put(body, extra["effort_field"], extra["effort"][request.effort])
    if request.search:
        body |= extra["search_body"]
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    body |= _response_format(request, extra["schema_form"])
    return WireRequest("POST", extra["path"], json=body, timeout_s=spec.idle_s)


def _tool(tool: ToolSpec) -> Json:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _response_format(request: ChatRequest, form: str) -> dict[str, Json]:
    """ "prompt" has none: upstreams that do not know the field ignore it or break (contract 5.6)."""
    schema = request.schema
    if schema is None or form == "prompt":
        return {}
    if form == "json_object":
        return {"response_format": {"type": "json_object"}}
    named = {"name": schema.name, "strict": is_strict(schema.schema), "schema": schema.schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


# --- messages --------------------


def _messages(message: ChatMessage, spec: ModelSpec) -> list[Json]:
    match message.role:
        case "tool":
            return [
                {"role": "tool", "tool_call_id": result.call_id, "content": result.text} for result in message.results
            ]
        case "assistant":
            return [_assistant(message)]
        case _:
            return [{"role": "user", "content": _content(message.parts, spec)}]


def _assistant(message: ChatMessage) -> Json:
    words = words_of(message.parts)
    if not message.calls:
        return {"role": "assistant", "content": words}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": plain_name(call.name), "arguments": arguments_of(call)},
        }
        for call in message.calls
    ]
    return {"role": "assistant", "content": words or None, "tool_calls": calls}


def _content(parts: tuple[Part, ...], spec: ModelSpec) -> Json:
    return content_of(parts, "text", lambda part: _file(part, spec))


def _file(part: Part, spec: ModelSpec) -> Json:
    """None: this wire has no form for it. Links of chat platforms carry secrets or expire, so files travel in the body."""
    match part.kind:
        case "image":
            return {"type": "image_url", "image_url": {"url": data_uri(part), "detail": spec.extra["image_detail"]}}
        case "document":
            return {"type": "file", "file": file_data(part)}
        case "audio" if form := _AUDIO.get(part.mime.partition(";")[0].strip().lower()):
            return {"type": "input_audio", "input_audio": {"data": _base64(part.data), "format": form}}
        case "video" if spec.extra["video_parts"]:
            return {"type": "video_url", "video_url": {"url": data_uri(part)}}
    return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
