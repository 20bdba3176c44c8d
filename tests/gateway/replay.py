"""Plays recorded streams of a wire family: `recorded/<family>/*.sse`, complete ones and, as `*.broken.sse`, those that end in
an error or without an end. The `.json` beside each says what is to be understood of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

from core.errors import GatewayError
from core.gateway.answer import Answer
from core.gateway.pump import Pump
from core.gateway.sse import SseDecoder
from core.gateway.stream import AnswerStream, Lines
from core.gateway.wire import ChatAdapter
from core.values import (
    AnsweredBy,
    ChatEvent,
    Citation,
    Echo,
    Finished,
    Json,
    MediaOut,
    Restarted,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)

RECORDED = Path(__file__).parent / "recorded"


def recorded(family: str, *, broken: bool = False) -> list[Path]:
    found = sorted((RECORDED / family).glob("*.sse"))
    return [path for path in found if path.name.endswith(".broken.sse") == broken]


def raw(path: Path) -> bytes:
    return path.read_bytes()


def expected(path: Path) -> dict[str, Json]:
    told: dict[str, Json] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return told


async def play(
    adapter: ChatAdapter, *pieces: bytes, restarts: bool = True, lines: Lines | None = None
) -> tuple[list[ChatEvent], GatewayError | None]:
    """All events, and the error at the end if there is one."""
    answer = Answer(adapter, restarts=restarts, max_chars=100_000, picture_chars=100_000)
    events: list[ChatEvent] = []

    async def source() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async with Pump(source(), idle_s=60, total_s=60, max_bytes=10_000_000) as pump:
        try:
            async for batch in AnswerStream(pump, lines or SseDecoder(1_000_000), answer).batches():
                events += batch
        except GatewayError as error:
            return events, error
    return events, None


def understood(events: list[ChatEvent]) -> dict[str, Json]:
    """What somebody who listens has in the end, in the form of the `.json` files."""
    heard = _nothing()
    calls: dict[int, list[str]] = {}
    usage = Usage()
    for event in events:
        match event:
            case TextDelta(text):
                heard["text"] += text
            case ThoughtDelta(text):
                heard["thoughts"] += text
            case ToolCall(index, call_id, name, arguments):
                call = calls.setdefault(index, ["", "", ""])
                calls[index] = [call[0] or call_id, call[1] or name, call[2] + arguments]
            case Citation(url, title):
                heard["citations"].append([url, title])
            case MediaOut(artifact):
                heard["media"].append([artifact.kind, artifact.mime, len(artifact.data)])
            case UsageReport(told):
                usage |= told
            case Echo(_, items):
                heard["echo"] = list(items)
            case AnsweredBy(model):
                heard["model"] = model
            case Finished(reason):
                heard["reason"] = reason.value
            case Restarted():
                heard, calls, usage = {**_nothing(), "model": heard["model"]}, {}, Usage()
    counted = {name: number for name, number in asdict(usage).items() if name != "estimated"}
    return {**heard, "calls": list(calls.values()), "usage": counted}


def _nothing() -> dict[str, Json]:
    return {"text": "", "thoughts": "", "citations": [], "media": [], "echo": [], "model": "", "reason": ""}
