"""A model of the test's own: it says and calls what the test wants, round after round, on the plainest of the wires."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Uses:
    """A round of calls: (name, arguments as text), with an id each."""

    calls: Sequence[tuple[str, str]]
    ids: Sequence[str] = ()
    words: str = ""


@dataclass(slots=True)
class Mind:
    """`rounds`: what it does next; after the last it says "done". `asked`: the bodies it was sent."""

    rounds: list[Uses | str]
    asked: list[Any] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        now = self.rounds.pop(0) if self.rounds else "done"
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in pieces(now):
            await response.write(b"data: " + json.dumps({"id": f"c{len(self.asked)}", **piece}).encode() + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response


def pieces(now: Uses | str) -> list[dict[str, Any]]:
    if isinstance(now, str):
        return [choice({"content": now}, "stop")]
    ids = now.ids or [f"call-{number}" for number in range(len(now.calls))]
    calls = [
        {"index": number, "id": each, "type": "function", "function": {"name": name, "arguments": arguments}}
        for number, (each, (name, arguments)) in enumerate(zip(ids, now.calls, strict=True))
    ]
    return [
        *([choice({"content": now.words})] if now.words else []),
        choice({"tool_calls": calls}),
        choice({}, "tool_calls"),
    ]


def choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


@asynccontextmanager
async def minded(*rounds: Uses | str) -> AsyncIterator[Mind]:
    mind = Mind(list(rounds))
    app = web.Application(client_max_size=1 << 28)
    app.router.add_post("/v1/chat/completions", mind.answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        mind.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield mind
    finally:
        await runner.cleanup()
