"""OpenAI Responses: thinking in words, the vendor's web search with its sources, and models that live only here (gateway
contract, chat 7.1, 7.2). What goes out; pure."""

from __future__ import annotations

from collections.abc import Mapping

from core.catalog import ModelSpec
from core.gateway.chat.openai_parts import (
    arguments_of,
    content_of,
    file_data,
    is_strict,
    object_text,
    plain_name,
    system_text,
    words_of,
)
from core.gateway.chat.openai_responses_events import FAMILY, Reader
from core.gateway.options import data_uri
from core.gateway.wire import WireRequest
from core.values import ChatMessage, ChatRequest, Json, Part, ToolSpec

REFUSABLE: Mapping[str, str] = {
    "reasoning.effort": "",
    "reasoning.summary": "",
    "reasoning": "",
    "include": "",
    "store": "",
    "text.format": "",
    "max_output_tokens": "",
}
TOKENS_MIN = 16

reader = Reader


def to_request(request: ChatRequest, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    body: dict[str, Json] = {
        "model": spec.upstream,
        "input": [item for message in request.messages for item in _items(message, spec)],
        "stream": True,
        "max_output_tokens": max(request.max_tokens, TOKENS_MIN),
        "store": extra["store"],
        **extra["body"],
    }
    if system := system_text(request, spec):
        body["instructions"] = system
    if extra["encrypted_reasoning"]:
        body["include"] = ["reasoning.encrypted_content"]
    if reasoning := _reasoning(request, extra):
        body["reasoning"] = reasoning
    if tools := _tools(request, extra):
        body["tools"] = tools
    if form := _format(request, extra["schema_form"]):
        told = body.get("text")
        body["text"] = {**(told if isinstance(told, dict) else {}), "format": form}
    return WireRequest("POST", extra["path"], json=body, timeout_s=spec.idle_s)


def _reasoning(request: ChatRequest, extra: Mapping[str, Json]) -> dict[str, Json]:
    """Without `summary` no word of the thinking is sent."""
    wanted: dict[str, Json] = {}
    if request.effort in extra["effort"]:
        wanted["effort"] = extra["effort"][request.effort]
    if request.thoughts and extra["summary"]:
        wanted["summary"] = extra["summary"]
    return wanted


def _tools(request: ChatRequest, extra: Mapping[str, Json]) -> list[Json]:
    search = [{"type": extra["search_tool"], **extra["search_options"]}] if request.search else []
    return search + [_tool(tool) for tool in request.tools]


def _tool(tool: ToolSpec) -> dict[str, Json]:
    """`strict` is always said: upstream takes a missing one as true and refuses loose schemas (contract 7.5)."""
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": is_strict(tool.parameters),
    }


def _format(request: ChatRequest, form: str) -> dict[str, Json]:
    schema = request.schema
    if schema is None or form == "prompt":
        return {}
    if form == "json_object":
        return {"type": "json_object"}
    return {"type": "json_schema", "name": schema.name, "strict": is_strict(schema.schema), "schema": schema.schema}


# --- items --------------------


def _items(message: ChatMessage, spec: ModelSpec) -> list[Json]:
    match message.role:
        case "tool":
            return [
                {"type": "function_call_output", "call_id": result.call_id, "output": result.text}
                for result in message.results
            ]
        case "assistant" if message.echo is not None and message.echo.family == FAMILY:
            return _echoed(message.echo.items, keeps=spec.extra["store"])
        case "assistant":
            words = words_of(message.parts)
            return [*([{"role": "assistant", "content": words}] if words else []), *_calls(message)]
        case _:
            return [{"role": "user", "content": _content(message.parts, spec)}]


def _calls(message: ChatMessage) -> list[Json]:
    return [
        {"type": "function_call", "call_id": call.id, "name": plain_name(call.name), "arguments": arguments_of(call)}
        for call in message.calls
    ]


def _echoed(items: tuple[Json, ...], *, keeps: bool) -> list[Json]:
    """The items as they came. Reasoning that is neither kept upstream nor encrypted is only an id that nobody knows, and the
    ids of the items that followed from it point at it: both are left out."""
    lost = [item for item in items if not keeps and _is_bare_reasoning(item)]
    if not lost:
        return [_mended(item) for item in items]
    return [
        {name: value for name, value in _mended(item).items() if name != "id"} if isinstance(item, dict) else item
        for item in items
        if item not in lost
    ]


def _mended(item: Json) -> Json:
    """A call whose arguments are no JSON, or whose name is none, would make the whole request invalid."""
    if not isinstance(item, dict) or item.get("type") != "function_call":
        return item
    name, arguments = str(item.get("name") or ""), str(item.get("arguments") or "")
    return {**item, "name": plain_name(name), "arguments": object_text(arguments)}


def _is_bare_reasoning(item: Json) -> bool:
    return isinstance(item, dict) and item.get("type") == "reasoning" and not item.get("encrypted_content")


def _content(parts: tuple[Part, ...], spec: ModelSpec) -> Json:
    return content_of(parts, "input_text", lambda part: _file(part, spec))


def _file(part: Part, spec: ModelSpec) -> Json:
    """None: this wire has no form for it."""
    match part.kind:
        case "image":
            return {"type": "input_image", "image_url": data_uri(part), "detail": spec.extra["image_detail"]}
        case "document":
            return {"type": "input_file", **file_data(part)}
    return None
