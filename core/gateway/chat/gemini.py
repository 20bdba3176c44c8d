"""Gemini's native `streamGenerateContent`: what goes out (gateway contract, chat 8.1-8.6). Pure.

camelCase throughout: the gateway drops some fields in the other spelling. `gemini_events` reads the answer.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from core.catalog import ModelSpec
from core.gateway.chat.gemini_events import Reader
from core.gateway.chat.gemini_schema import subset
from core.gateway.chat.native import alternating, bare_mime, is_textual, object_of, thinking_budget
from core.gateway.chat.openai_parts import unread
from core.gateway.wire import WireRequest
from core.values import Call, CallResult, ChatMessage, ChatRequest, Json, Part, ToolSpec

FAMILY = "gemini"

REFUSABLE: Mapping[str, str] = {
    "generationConfig.thinkingConfig.includeThoughts": "",
    "generationConfig.thinkingConfig": "",
    "generationConfig.responseSchema": "",
    "generationConfig.responseJsonSchema": "",
    "safetySettings": "",
}

_MIMES = {
    "audio/mpeg": "audio/mp3",
    "audio/mpga": "audio/mp3",
    "audio/x-mp3": "audio/mp3",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/opus": "audio/ogg",
    "audio/x-opus+ogg": "audio/ogg",
    "application/ogg": "audio/ogg",
    "audio/x-flac": "audio/flac",
    "audio/x-aiff": "audio/aiff",
    "audio/x-aac": "audio/aac",
    "video/x-msvideo": "video/avi",
    "video/x-ms-wmv": "video/wmv",
    "image/jpg": "image/jpeg",
}
"""Other names of what the contract lists (8.5)."""

_UNTOLD = {
    "image": "image/png",
    "document": "application/pdf",
    "audio": "audio/ogg",  # voice messages
    "video": "video/mp4",
}
_IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})
_OPENING = {"text": "…"}  # history may have been cut in front of an answer

reader = Reader


def to_request(request: ChatRequest, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    config: dict[str, Json] = {"maxOutputTokens": request.max_tokens, **extra["generation"]}
    if thinking := _thinking(request, extra):
        config["thinkingConfig"] = thinking
    if request.schema:
        config["responseMimeType"] = "application/json"
        field = extra["schema_field"]
        config[field] = request.schema.schema if field == "responseJsonSchema" else subset(request.schema.schema)
    body: dict[str, Json] = {"contents": _contents(request.messages, extra), "generationConfig": config}
    if request.system.strip():
        body["systemInstruction"] = {"parts": [{"text": request.system}]}
    if tools := _tools(request, extra):
        body["tools"] = tools
    if extra["safety"]:
        body["safetySettings"] = extra["safety"]
    path = extra["path"].replace("{model}", quote(spec.upstream, safe=""))
    return WireRequest("POST", path, json=body | extra["body"], timeout_s=spec.idle_s)


def _thinking(request: ChatRequest, extra: Mapping[str, Json]) -> dict[str, Json]:
    """Budgets for 2.5, levels for 3 and later, never both."""
    style, wanted = extra["thinking_style"], extra["effort"].get(request.effort)
    thinking: dict[str, Json] = {}
    if style == "none":
        return thinking
    if style == "level" and isinstance(wanted, str):
        thinking["thinkingLevel"] = wanted
    elif style == "budget" and isinstance(wanted, int):
        thinking["thinkingBudget"] = thinking_budget(wanted, request.max_tokens)
    if request.thoughts and request.effort != "off":
        thinking["includeThoughts"] = True
    return thinking


# --- tools --------------------


def _tools(request: ChatRequest, extra: Mapping[str, Json]) -> list[Json]:
    """Where the model refuses them together, a schema goes before a search, and a search before functions."""
    functions: list[Json] = []
    if request.tools:
        functions = [{"functionDeclarations": [_function(tool, extra["function_field"]) for tool in request.tools]}]
    search: list[Json] = [{extra["search_tool"]: {}}] if request.search and extra["search_tool"] else []
    if extra["together"]:
        return functions + search
    return [] if request.schema else search or functions


def _function(tool: ToolSpec, field: str) -> Json:
    declared: dict[str, Json] = {"name": tool.name, "description": tool.description}
    if isinstance(tool.parameters, dict) and tool.parameters.get("properties"):  # an object without any is refused
        declared[field] = tool.parameters if field == "parametersJsonSchema" else subset(tool.parameters)
    return declared


# --- messages --------------------


def _contents(messages: tuple[ChatMessage, ...], extra: Mapping[str, Json]) -> list[Json]:
    ids = _ids(messages) if extra["result_ids"] else frozenset()
    turns = alternating((_said(message, ids) for message in messages), _OPENING)
    return [{"role": role, "parts": parts} for role, parts in turns]


def _ids(messages: tuple[ChatMessage, ...]) -> frozenset[str]:
    """Of calls that the model itself gave one; the others have names of ours, which it does not know."""
    echoes = [message.echo.items for message in messages if message.echo and message.echo.family == FAMILY]
    calls = [part.get("functionCall") for items in echoes for part in items if isinstance(part, dict)]
    return frozenset(str(call["id"]) for call in calls if isinstance(call, dict) and call.get("id"))


def _said(message: ChatMessage, ids: frozenset[str]) -> tuple[str, list[Json]]:
    match message.role:
        case "tool":
            return "user", [_result(result, ids) for result in message.results]
        case "assistant":
            return "model", _answered(message)
        case _:
            return "user", [wire for part in message.parts if (wire := _part(part))]


def _answered(message: ChatMessage) -> list[Json]:
    if message.echo and message.echo.family == FAMILY:
        return list(message.echo.items)
    words = "\n".join(part.text for part in message.parts if part.text).strip()
    said: list[Json] = [{"text": words}] if words else []
    return said + [_call(call) for call in message.calls]


def _call(call: Call) -> Json:
    return {"functionCall": {"name": call.name, "args": object_of(call.arguments)}}


def _result(result: CallResult, ids: frozenset[str]) -> Json:
    response: dict[str, Json] = {"name": result.name, "response": {"error" if result.failed else "result": result.text}}
    if result.call_id in ids:
        response["id"] = result.call_id
    return {"functionResponse": response}


def _part(part: Part) -> Json:
    """None for a text of nothing but blanks."""
    if part.kind == "text" or not part.data:
        return {"text": part.text} if part.text.strip() else None
    told = bare_mime(part.mime) or _UNTOLD[part.kind]
    mime = _MIMES.get(told, told)
    if part.kind == "document" and is_textual(mime) and not mime.startswith("text/"):
        mime = "text/plain"
    if not _is_read(part.kind, mime):
        return {"text": unread(part)}
    return {"inlineData": {"mimeType": mime, "data": base64.b64encode(part.data).decode()}}


def _is_read(kind: str, mime: str) -> bool:
    match kind:
        case "image":
            return mime in _IMAGES
        case "document":
            return mime == "application/pdf" or mime.startswith("text/")
        case _:
            return mime.startswith(f"{kind}/")
