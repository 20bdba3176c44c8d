"""OpenAI Chat Completions, which this gateway speaks for every chat model (gateway contract, chat 5). Pure."""

from __future__ import annotations

from core.catalog import ModelSpec
from core.errors import UpstreamDown
from core.gateway.failures import from_told, told_error
from core.gateway.options import data_uri
from core.gateway.wire import Refusal, Start, WireEvent, WireRequest
from core.values import (
    ChatMessage,
    ChatRequest,
    Citation,
    Finished,
    Json,
    Part,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)

_REASONS = {
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "max_output_tokens": StopReason.LENGTH,
    "tool_calls": StopReason.TOOLS,
    "tool_use": StopReason.TOOLS,
    "function_call": StopReason.TOOLS,
    "content_filter": StopReason.REFUSED,
    "refusal": StopReason.REFUSED,
    "safety": StopReason.REFUSED,
    "prohibited_content": StopReason.REFUSED,
    "blocklist": StopReason.REFUSED,
    "recitation": StopReason.REFUSED,
}
"""Everything else, and gateways leak much else, means that the model stopped by itself."""


# --- question --------------------


def to_request(request: ChatRequest, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    messages = [_message(message, extra["image_detail"]) for message in request.messages]
    if request.system:
        messages.insert(0, {"role": extra["system_role"], "content": request.system})
    body = {
        "model": spec.upstream,
        "messages": messages,
        "stream": True,
        extra["max_tokens_field"]: request.max_tokens,
        **extra["body"],
    }
    if extra["include_usage"]:
        body["stream_options"] = {"include_usage": True}
    return WireRequest("POST", extra["path"], json=body, timeout_s=spec.idle_s)


def _message(message: ChatMessage, detail: str) -> dict[str, Json]:
    """Words alone are a string, which every upstream understands; pictures make it a list of parts."""
    pictures = [part for part in message.parts if part.kind == "image" and part.data]
    words = "\n".join(part.text for part in message.parts if part.text)
    if not pictures or message.role == "assistant":
        return {"role": message.role, "content": words}
    content: list[Json] = [{"type": "text", "text": words}] if words else []
    content += [_picture(part, detail) for part in pictures]
    return {"role": message.role, "content": content}


def _picture(part: Part, detail: str) -> Json:
    # links of chat platforms carry secrets or expire, so pictures travel in the body
    return {"type": "image_url", "image_url": {"url": data_uri(part), "detail": detail}}


# --- answer --------------------


def parse_event(data: Json) -> tuple[WireEvent, ...]:
    """One chunk, or a whole completion from an upstream that does not stream. Raises GatewayError for a told error."""
    if not isinstance(data, dict):
        return ()
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return _without_choice(data)
    delta = choice.get("delta") or choice.get("message")
    events: list[WireEvent] = []
    if isinstance(delta, dict):
        if "role" in delta:
            events.append(Start(str(data.get("id") or "")))
        content = delta.get("content")
        if content.__class__ is str and content:
            events.append(TextDelta(content))
        elif content:
            events.extend(_text_parts(content))
        if len(delta) > 1 or not content:
            events.extend(_rarities(delta))
    if reason := choice.get("finish_reason"):
        events.append(Finished(_REASONS.get(str(reason).lower(), StopReason.STOP)))
    if usage := data.get("usage"):
        events.extend(_usage(usage))
    return tuple(events)


def _without_choice(data: dict[str, Json]) -> tuple[WireEvent, ...]:
    if told := told_error(data):
        raise from_told(told, UpstreamDown)
    return tuple(_usage(data.get("usage")))


def _text_parts(content: Json) -> list[WireEvent]:
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return [TextDelta(text) for text in texts if isinstance(text, str) and text]


def _rarities(delta: dict[str, Json]) -> list[WireEvent]:
    """What most chunks have none of: thoughts, refusals, tool calls, citations."""
    events: list[WireEvent] = []
    thought = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(thought, str) and thought:
        events.insert(0, ThoughtDelta(thought))
    refusal = delta.get("refusal")
    if isinstance(refusal, str) and refusal:
        events.append(Refusal(refusal))
    calls = delta.get("tool_calls")
    for number, call in enumerate(calls if isinstance(calls, list) else []):
        if isinstance(call, dict):
            events.append(_tool_call(call, number))
    annotations = delta.get("annotations")
    for note in annotations if isinstance(annotations, list) else []:
        cited = note.get("url_citation") if isinstance(note, dict) else None
        if isinstance(cited, dict) and isinstance(cited.get("url"), str):
            events.append(Citation(cited["url"], str(cited.get("title") or "")))
    return events


def _tool_call(call: dict[str, Json], number: int) -> ToolCall:
    """A piece of a call. Where the index is missing, calls of one delta are counted."""
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    index = call.get("index")
    return ToolCall(
        index=index if isinstance(index, int) else number,
        id=str(call.get("id") or ""),
        name=str(function.get("name") or ""),
        arguments=str(function.get("arguments") or ""),
    )


def _usage(usage: Json) -> list[WireEvent]:
    if not isinstance(usage, dict):
        return []
    told = Usage(
        input_tokens=_count(usage.get("prompt_tokens")),
        cached_tokens=_count(_below(usage, "prompt_tokens_details", "cached_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        thought_tokens=_count(_below(usage, "completion_tokens_details", "reasoning_tokens")),
    )
    return [UsageReport(told)] if told != Usage() else []


def _below(usage: dict[str, Json], name: str, field: str) -> Json:
    details = usage.get(name)
    return details.get(field) if isinstance(details, dict) else None


def _count(value: Json) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 < value < 1e9 else 0
