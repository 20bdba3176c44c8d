"""Claude's native Messages, `POST /v1/messages`: what goes out (gateway contract, chat 9). Pure.

The answer is always streamed and read by `claude_events`. A stop with `pause_turn` (the vendor's own search took a break) is
told as `StopReason.TOOLS` with an `Echo` and no calls: asked again with that echo as the last message, the model goes on.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from core.catalog import ModelSpec
from core.gateway.chat.claude_events import Reader
from core.gateway.chat.native import alternating, bare_mime, is_textual, object_of, thinking_budget
from core.gateway.chat.openai_parts import unread
from core.gateway.options import put
from core.gateway.wire import WireRequest
from core.values import Call, CallResult, ChatMessage, ChatRequest, Json, Part, ToolSpec

FAMILY = "claude"

REFUSABLE: Mapping[str, str] = {
    "thinking": "",
    "output_config.effort": "",
    "output_config.format": "",
    "output_format": "",
    "temperature": "",
    "top_p": "",
    "top_k": "",
}
"""The last three only a row's `body` brings."""

BUDGET_MIN = 1024
_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_OPENING = {"type": "text", "text": "…"}  # history may have been cut in front of an answer

reader = Reader


def to_request(request: ChatRequest, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    messages = _messages(request.messages)
    body: dict[str, Json] = {
        "model": spec.upstream,
        "max_tokens": request.max_tokens,
        "messages": messages,
        "stream": True,
        **extra["body"],
    }
    if request.system.strip():
        body["system"] = request.system
    if tools := _tools(request, extra):
        body["tools"] = tools
    _put_thinking(body, request, extra)
    betas = list(extra["betas"])
    if request.schema:
        put(body, extra["schema_field"], {"type": "json_schema", "schema": request.schema.schema})
        betas += [extra["schema_beta"]] if extra["schema_beta"] else []
    headers = {"anthropic-version": extra["version"]}
    if betas:
        headers["anthropic-beta"] = ",".join(betas)
    return WireRequest("POST", extra["path"], json=body, headers=headers, timeout_s=spec.idle_s)


def _tools(request: ChatRequest, extra: Mapping[str, Json]) -> list[Json]:
    tools: list[Json] = [_tool(tool) for tool in request.tools]
    if request.search and extra["search_tool"]:
        search: dict[str, Json] = {"type": extra["search_tool"], "name": "web_search"}
        if extra["search_max_uses"]:
            search["max_uses"] = extra["search_max_uses"]
        tools.append(search)
    return tools


def _tool(tool: ToolSpec) -> Json:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}


# --- thinking (contract 9.7) --------------------


def _put_thinking(body: dict[str, Json], request: ChatRequest, extra: Mapping[str, Json]) -> None:
    wanted = extra["effort"].get(request.effort)
    if wanted is None:
        return
    thinking: dict[str, Json] = {}
    if request.effort == "off":
        thinking["type"] = wanted
    elif extra["thinking_style"] == "adaptive":
        thinking["type"] = "adaptive"
        put(body, "output_config.effort", wanted)
    elif isinstance(wanted, int) and not _unthought(body["messages"]):
        budget = thinking_budget(wanted, request.max_tokens)
        thinking |= {"type": "enabled", "budget_tokens": budget} if budget >= BUDGET_MIN else {}
    if not thinking:
        return
    if request.thoughts and extra["display"]:
        thinking["display"] = extra["display"]
    body["thinking"] = thinking


def _unthought(messages: list[Json]) -> bool:
    """Whether the round that goes on with tool results began without a signed thought: thinking cannot be turned on in the
    middle of it. Happens when the gateway lost the signature."""
    if len(messages) < 2 or messages[-1]["content"][0].get("type") != "tool_result":
        return False
    return messages[-2]["content"][0].get("type") not in {"thinking", "redacted_thinking"}


# --- messages --------------------


def _messages(messages: tuple[ChatMessage, ...]) -> list[Json]:
    turns = alternating((_said(message) for message in messages), _OPENING)
    return [{"role": role, "content": _results_first(blocks)} for role, blocks in turns]


def _said(message: ChatMessage) -> tuple[str, list[Json]]:
    match message.role:
        case "tool":
            return "user", [_result(result) for result in message.results]
        case "assistant":
            return "assistant", _answered(message)
        case _:
            return "user", [block for part in message.parts if (block := _block(part))]


def _results_first(blocks: list[Json]) -> list[Json]:
    return sorted(blocks, key=lambda block: block.get("type") != "tool_result")


def _answered(message: ChatMessage) -> list[Json]:
    if message.echo and message.echo.family == FAMILY:
        return list(message.echo.items)
    words = "\n".join(part.text for part in message.parts if part.text).rstrip()
    blocks: list[Json] = [{"type": "text", "text": words}] if words else []
    return blocks + [_call(call) for call in message.calls]


def _call(call: Call) -> Json:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": object_of(call.arguments)}


def _result(result: CallResult) -> Json:
    block: dict[str, Json] = {"type": "tool_result", "tool_use_id": result.call_id, "content": result.text}
    if result.failed:
        block["is_error"] = True
    return block


def _block(part: Part) -> Json:
    """None for a text of nothing but blanks, which the vendor refuses."""
    mime = bare_mime(part.mime) or {"image": "image/png", "document": "application/pdf"}.get(part.kind, "")
    if part.kind == "text" or not part.data:
        return {"type": "text", "text": part.text} if part.text.strip() else None
    if part.kind == "image" and mime in _IMAGES:
        return {"type": "image", "source": _base64(mime, part.data)}
    if part.kind == "document" and (mime == "application/pdf" or is_textual(mime)):
        return _document(part, mime)
    return {"type": "text", "text": unread(part)}


def _document(part: Part, mime: str) -> Json:
    if mime == "application/pdf":
        source = _base64(mime, part.data)
    else:
        source = {"type": "text", "media_type": "text/plain", "data": part.data.decode("utf-8", "replace")}
    return {"type": "document", "source": source, **({"title": part.name[:200]} if part.name else {})}


def _base64(mime: str, data: bytes) -> dict[str, Json]:
    return {"type": "base64", "media_type": mime, "data": base64.b64encode(data).decode()}
