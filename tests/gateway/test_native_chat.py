"""Both native chat wires over a real socket: the address, the headers, the answer, and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from core.errors import BadRequest, GatewayError, RateLimited, Unsure
from core.gateway.client import Gateway
from core.values import ChatEvent, ChatRequest, Finished, Json, Schema, StopReason, TextDelta
from tests.gateway.conftest import KEY, Scripted
from tests.gateway.replay import RECORDED, raw, understood
from tests.gateway.rows import row, says

QUESTION = ChatRequest((says("Hello"),), max_tokens=500)
MODELS = {"claude": "claude-sonnet-4-5-20250929", "gemini": "tuned/模"}


async def ask(gateway: Gateway, family: str) -> list[ChatEvent]:
    return [event async for event in gateway.stream_chat(row(family, MODELS[family]), QUESTION)]


async def test_claude(gateway: Gateway, scripted: Scripted) -> None:
    scripted.stream(raw(RECORDED / "claude" / "text.sse"))
    assert understood(await ask(gateway, "claude"))["text"] == "Hello! How can I help? 你好"
    seen = scripted.seen[0]
    assert (seen.method, seen.path) == ("POST", "/v1/messages")
    assert (seen.headers["anthropic-version"], seen.headers["authorization"]) == ("2023-06-01", f"Bearer {KEY}")
    assert json.loads(seen.body)["stream"] is True


async def test_gemini(gateway: Gateway, scripted: Scripted) -> None:
    scripted.stream(raw(RECORDED / "gemini" / "text.sse"))
    assert (await ask(gateway, "gemini"))[-1] == Finished(StopReason.STOP)
    assert scripted.seen[0].path == "/v1beta/models/tuned%2F%E6%A8%A1:streamGenerateContent?alt=sse"
    assert scripted.seen[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("family", ["claude", "gemini"])
async def test_a_line_that_breaks_in_mid_answer(gateway: Gateway, scripted: Scripted, family: str) -> None:
    scripted.stream(raw(RECORDED / family / "cut.broken.sse"), cut=True)
    events: list[Any] = []
    with pytest.raises(Unsure) as caught:
        async for event in gateway.stream_chat(row(family, MODELS[family]), QUESTION):
            events.append(event)
    assert [event for event in events if isinstance(event, TextDelta)]
    assert caught.value.request_id == "rid-1"


@pytest.mark.parametrize(
    ("family", "status", "body", "kind"),
    [
        ("claude", 529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, RateLimited),
        (
            "claude",
            400,
            {"type": "error", "error": {"type": "invalid_request_error", "message": "messages: too many"}},
            BadRequest,
        ),
        ("gemini", 400, {"error": {"code": 400, "message": "Bad", "status": "INVALID_ARGUMENT"}}, BadRequest),
        ("gemini", 429, {"error": {"code": 429, "message": "…", "status": "RESOURCE_EXHAUSTED"}}, RateLimited),
    ],
)
async def test_refusals(
    gateway: Gateway, scripted: Scripted, family: str, status: int, body: Json, kind: type[GatewayError]
) -> None:
    scripted.reply(status, body)
    with pytest.raises(GatewayError) as caught:
        await ask(gateway, family)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("family", "words", "field"),
    [
        ("claude", "thinking: Input should be 'adaptive'", "thinking"),
        ("claude", "output_config: Extra inputs are not permitted", "output_config"),
        ("gemini", "Unknown name \"thinkingBudget\" at 'generation_config.thinking_config'", "thinkingConfig"),
    ],
)
async def test_a_field_that_is_refused_by_name_is_left_out(
    gateway: Gateway, scripted: Scripted, family: str, words: str, field: str
) -> None:
    scripted.reply(400, {"type": "error", "error": {"type": "invalid_request_error", "message": words}})
    refuse = scripted.handler
    scripted.stream(raw(RECORDED / family / "text.sse"))
    answer = scripted.handler
    assert refuse and answer

    async def handler(request: web.Request) -> web.StreamResponse:
        return await (refuse if len(scripted.seen) == 1 else answer)(request)

    scripted.handler = handler
    shape = Schema("s", {"type": "object"})
    request = ChatRequest((says("Hello"),), max_tokens=8000, effort="low", schema=shape)
    events = [event async for event in gateway.stream_chat(row(family, MODELS[family]), request)]
    assert events[-1] == Finished(StopReason.STOP)
    assert [field.encode() in seen.body for seen in scripted.seen] == [True, False]
