"""Every chat row against the sandbox, by every wire its needs choose: what we send is taken, and what comes is understood.

The sandbox refuses what the vendors refuse, so a row that promises what its wire cannot do fails here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox, serve
from core.catalog import ModelSpec, load_catalog
from core.gateway.client import Gateway
from core.gateway.families import CHAT
from core.heard import Heard, Sources
from core.limits import LIMITS
from core.rounds import needs_of
from core.specs import NEEDS
from core.structured import structured
from core.values import CallResult, ChatMessage, ChatRequest, Part, Schema, StopReason, ToolSpec
from tests.gateway.conftest import Open

ROWS = load_catalog().visible("chat")
DICE = ToolSpec(
    "roll_dice",
    "Roll dice",
    {"type": "object", "properties": {"sides": {"type": "integer", "minimum": 2}}, "required": ["sides"]},
)
PERSON = Schema(
    "person",
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["name", "tags"],
        "additionalProperties": False,
    },
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.fixture
async def gateway(sandbox: Sandbox, opened: Open) -> Gateway:
    return await opened(sandbox.base_url)


def asked(text: str, *parts: Part, **more: object) -> ChatRequest:
    message = ChatMessage("user", (Part("text", text=text), *parts))
    return ChatRequest((message,), system="Be brief.", max_tokens=4096, **more)  # type: ignore[arg-type]


async def hear(gateway: Gateway, spec: ModelSpec, request: ChatRequest) -> Heard:
    heard = Heard(LIMITS, Sources())
    async for event in gateway.stream_chat(spec.routed(needs_of(request)), request):
        heard.take(event)
    return heard


async def test_words(gateway: Gateway) -> None:
    for spec in ROWS:
        heard = await hear(gateway, spec, asked("Hello there"))
        assert heard.text, spec.name
        assert heard.reason is StopReason.STOP, spec.name
        assert heard.answered_by, spec.name
        assert heard.usage.input_tokens, spec.name


async def test_every_effort(gateway: Gateway) -> None:
    for spec, effort in [(row, effort) for row in ROWS for effort in row.efforts]:
        thoughts = effort != "off"
        heard = await hear(gateway, spec, asked("Is 7 prime? [think Let me see.]", effort=effort, thoughts=thoughts))
        assert heard.reason is StopReason.STOP, (spec.name, effort)
        assert not thoughts or "Let me see." in heard.thoughts, (spec.name, effort)


@pytest.mark.parametrize("effort", ["", "low"])
async def test_a_round_with_tools(gateway: Gateway, effort: str) -> None:
    for spec in [spec for spec in ROWS if "tools" in spec.can and effort in {"", *spec.efforts}]:
        text = 'Play. [think I roll.][tool roll_dice {"sides": 6}][tool roll_dice {"sides": 8}]'
        request = asked(text, tools=(DICE,), effort=effort, thoughts=bool(effort))
        heard = await hear(gateway, spec, request)
        assert heard.reason is StopReason.TOOLS, spec.name
        assert [(call.name, call.arguments.replace(" ", "")) for call in heard.calls] == [
            ("roll_dice", '{"sides":6}'),
            ("roll_dice", '{"sides":8}'),
        ]
        assert len({call.id for call in heard.calls}) == 2, spec.name
        said = (Part("text", text=heard.text),) if heard.text else ()
        results = tuple(CallResult(call.id, call.name, f"rolled {at}") for at, call in enumerate(heard.calls))
        following = (
            ChatMessage("assistant", said, calls=heard.calls, echo=heard.echo),
            ChatMessage("tool", results=results),
        )
        ended = await hear(gateway, spec, replace(request, messages=(*request.messages, *following)))
        assert ended.reason is StopReason.STOP, spec.name
        assert ended.text, spec.name


async def test_search(gateway: Gateway) -> None:
    for spec in [spec for spec in ROWS if "search" in spec.can]:
        heard = await hear(gateway, spec, asked("What is the news today?", search=True))
        assert heard.reason is StopReason.STOP, spec.name
        assert heard.usage.searches >= 1, spec.name
        assert "http" in heard.sources.listed(), spec.name


async def test_a_shape(gateway: Gateway) -> None:
    for spec in [spec.routed({"schema"}) for spec in ROWS if "schema" in spec.can]:
        value, usage = await structured(partial(gateway.ask, spec), asked("Who is Ana?"), PERSON)
        assert value.keys() == {"name", "tags"}, spec.name
        assert usage.output_tokens, spec.name


async def test_files(gateway: Gateway) -> None:
    files = {
        "document": Part("document", name="a.pdf", mime="application/pdf", data=pdf()),
        "audio": Part("audio", mime="audio/mpeg", data=b"ID3\x04\x00\x00" + bytes(100)),
        "video": Part("video", mime="video/mp4", data=b"\x00\x00\x00\x18ftypmp42" + bytes(100)),
    }
    for spec, kind in [(row, kind) for row in ROWS for kind in sorted(files.keys() & row.inputs)]:
        heard = await hear(gateway, spec, asked("What is in it?", files[kind]))
        assert heard.reason is StopReason.STOP, (spec.name, kind)


def pdf() -> bytes:
    """The smallest that has a page."""
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    return body + b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def test_the_rows_use_all_wires() -> None:
    assert {row.routed({need}).family for row in ROWS for need in NEEDS} == CHAT.keys()
