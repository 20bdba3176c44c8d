"""Both native chat wires against the sandbox, which knows the contract by itself: whole rounds, with what was said going
back as the vendors want it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import serve
from core.catalog import ModelSpec
from core.errors import GatewayError, RateLimited, Unsure, UpstreamDown
from core.gateway.client import Gateway
from core.values import (
    Call,
    CallResult,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    Echo,
    Json,
    Part,
    Schema,
    TextDelta,
    ToolSpec,
)
from tests.gateway.conftest import Open
from tests.gateway.replay import understood
from tests.gateway.rows import row, says

WEATHER = ToolSpec(
    "get_weather", "The weather of a place", {"type": "object", "properties": {"place": {"type": "string"}}}
)
BALANCE = ToolSpec("balance", "Credits left", {"type": "object", "properties": {}, "additionalProperties": False})
ROWS: dict[str, ModelSpec] = {
    "claude": row("claude", "claude-sonnet-4-5-20250929"),
    "claude adaptive": row("claude", "sandbox-new", thinking_style="adaptive", effort={"low": "low"}),
    "gemini": row("gemini", "gemini-2.5-flash"),
    "gemini level": row("gemini", "sandbox-new", thinking_style="level", effort={"low": "LOW"}, together=True),
}


@pytest.fixture
async def gateway(opened: Open) -> AsyncIterator[Gateway]:
    async with serve(behaviour=Behaviour.instant()) as sandbox:
        yield await opened(sandbox.base_url)


async def heard(gateway: Gateway, spec: ModelSpec, request: ChatRequest) -> tuple[dict[str, Json], Echo | None]:
    events: list[ChatEvent] = [event async for event in gateway.stream_chat(spec, request)]
    echoes = [event for event in events if isinstance(event, Echo)]
    assert len(echoes) <= 1
    return understood(events), echoes[0] if echoes else None


def went_on(request: ChatRequest, told: dict[str, Json], echo: Echo | None) -> ChatRequest:
    calls = tuple(Call(*call) for call in told["calls"])
    answered = ChatMessage("assistant", (Part("text", text=told["text"]),), calls, echo=echo)
    results = tuple(CallResult(call.id, call.name, f"done: {call.arguments}") for call in calls)
    messages = (*request.messages, answered, *([ChatMessage("tool", results=results)] if results else []))
    return replace(request, messages=messages)


@pytest.mark.parametrize("name", ROWS)
async def test_two_rounds_of_tools_while_thinking(gateway: Gateway, name: str) -> None:
    spec, words = ROWS[name], '[thinking] [tool get_weather {"place": "巴黎"}] [tool balance {}]'
    request = ChatRequest((says(words),), "Be brief.", 8000, "low", thoughts=True, tools=(WEATHER, BALANCE))
    told, echo = await heard(gateway, spec, request)
    assert [call[1] for call in told["calls"]] == ["get_weather", "balance"]
    assert told["reason"] == "tools"
    assert told["thoughts"]
    again, _ = await heard(gateway, spec, went_on(request, told, echo))
    assert (again["calls"], again["reason"]) == ([], "stop")
    assert again["text"]
    assert again["usage"]["input_tokens"] > told["usage"]["input_tokens"] > 0


@pytest.mark.parametrize("name", ROWS)
async def test_search(gateway: Gateway, name: str) -> None:
    request = ChatRequest((says("What is the news today?"),), max_tokens=4000, search=True)
    told, _ = await heard(gateway, ROWS[name], request)
    assert told["citations"]
    assert told["usage"]["searches"] > 0


async def test_a_pause_is_gone_on_with(gateway: Gateway) -> None:
    request = ChatRequest((says("[pause] What is the news today?"),), max_tokens=4000, search=True)
    told, echo = await heard(gateway, ROWS["claude"], request)
    assert (told["reason"], told["calls"]) == ("tools", [])
    assert echo is not None
    again, _ = await heard(gateway, ROWS["claude"], went_on(request, told, echo))
    assert again["reason"] == "stop"
    assert again["text"]


@pytest.mark.parametrize("name", ROWS)
async def test_files_and_a_schema(gateway: Gateway, name: str) -> None:
    pdf = Part("document", mime="application/pdf", name="a.pdf", data=b"%PDF-1.4 not really")
    text = Part("document", mime="text/csv", name="b.csv", data=b"a,b")
    shape = {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    }
    request = ChatRequest((says("Name them.", pdf, text),), max_tokens=4000, schema=Schema("named", shape))
    told, _ = await heard(gateway, ROWS[name], request)
    assert told["text"].startswith('{"title"')


@pytest.mark.parametrize(("name", "told"), [("claude", RateLimited), ("gemini", UpstreamDown)])
@pytest.mark.parametrize("words", ["[error]", "[jsonerror]", "[cut]"])
async def test_a_bad_day(gateway: Gateway, name: str, told: type[GatewayError], words: str) -> None:
    events: list[ChatEvent] = []
    with pytest.raises(Unsure if words == "[cut]" else told):
        async for event in gateway.stream_chat(ROWS[name], ChatRequest((says(f"{words} a long story"),))):
            events.append(event)
    assert any(isinstance(event, TextDelta) for event in events)


@pytest.mark.parametrize(("words", "reason"), [("[refuse]", "refused"), ("[length] a long story", "length")])
@pytest.mark.parametrize("name", ROWS)
async def test_how_it_ends(gateway: Gateway, name: str, words: str, reason: str) -> None:
    told, _ = await heard(gateway, ROWS[name], ChatRequest((says(words),)))
    assert told["reason"] == reason
