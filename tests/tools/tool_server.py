"""Tool servers on real sockets: one of the official SDK, and one by hand that misbehaves."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from core.values import Json

BOMB = gzip.compress(b" " * 5_000_000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class SdkServer:
    """The official one, in this process; `seen`: the headers of each request."""

    tools: Sequence[Any]
    port: int = field(default_factory=free_port)
    seen: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[SdkServer]:
        import uvicorn
        from mcp.server.mcpserver import MCPServer

        server = MCPServer("sdk")
        for tool in self.tools:
            server.tool()(tool)
        app = server.streamable_http_app()

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.seen.append({name.decode(): value.decode() for name, value in scope["headers"]})
            await app(scope, receive, send)

        config = uvicorn.Config(noting, host="127.0.0.1", port=self.port, log_level="critical", ws="none")
        running = uvicorn.Server(config)
        task = asyncio.create_task(running.serve())
        while not running.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        try:
            yield self
        finally:
            running.should_exit = running.force_exit = True
            await task


@dataclass
class HandServer:
    """Speaks the older revision with sessions. `tools`: as it lists them; `mode`: how it answers calls."""

    tools: list[dict[str, Json]] = field(default_factory=list)
    mode: str = ""
    answer: Json = field(default_factory=lambda: {"content": [{"type": "text", "text": "fine"}]})
    calls: list[Json] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)
    refusing: bool = False
    url: str = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[HandServer]:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/mcp?key=inaddress1"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            return web.Response(status=401)
        if request.method != "POST":
            return web.Response(status=405)
        message = await request.json()
        method, number = message["method"], message.get("id")
        if method == "initialize":
            session = f"session-{len(self.sessions)}"
            self.sessions.add(session)
            told = {
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "hand", "version": "1"},
            }
            return self._reply(number, told, {"Mcp-Session-Id": session})
        if method == "server/discover":
            return web.json_response(
                {"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": "no such method"}}
            )
        if request.headers.get("Mcp-Session-Id") not in self.sessions:
            return web.Response(status=404)
        if number is None:
            return web.Response(status=202)
        if method == "tools/list":
            return self._reply(number, {"tools": self.tools})
        self.calls.append(message["params"])
        return await self._call(request, number)

    async def _call(self, request: web.Request, number: int) -> web.StreamResponse:
        match self.mode:
            case "gzip":
                headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
                return web.Response(body=BOMB, headers=headers)
            case "huge":
                return self._reply(number, {"content": [{"type": "text", "text": "x" * 5_000_000}]})
            case "html":
                return web.Response(text="<h1>500</h1>", content_type="text/html")
            case "hang":
                await asyncio.Event().wait()
            case "events":
                response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
                await response.prepare(request)
                while True:
                    await response.write(b"data: " + b"y" * 65_536)
        return self._reply(number, self.answer)

    @staticmethod
    def _reply(number: int, result: Json, headers: dict[str, str] | None = None) -> web.Response:
        body = json.dumps({"jsonrpc": "2.0", "id": number, "result": result})
        return web.Response(text=body, content_type="application/json", headers=headers)
