"""The gateway of a bot that dies: the sandbox, with a hand on its lines."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import SANDBOX, Sandbox, build_app


class Hold:
    """Answers of one route wait here, worked out and not yet sent. `reached`: one does."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go = asyncio.Event()


class Door:
    """The sandbox gateway and its lines. `held`: answers by route. `lines`: on which line each request came."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.held: dict[str, Hold] = {}
        self.lines: dict[str, list[object]] = defaultdict(list)

    @property
    def behaviour(self) -> Behaviour:
        return self.sandbox.behaviour

    @web.middleware
    async def note(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        assert request.transport is not None
        self.lines[_route(request)].append(request.transport.get_extra_info("peername"))
        response: web.StreamResponse = await handler(request)
        return response

    async def prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        if hold := self.held.get(_route(request)):
            hold.reached.set()
            await hold.go.wait()


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else request.path}"


@asynccontextmanager
async def open_door(behaviour: Behaviour) -> AsyncIterator[Door]:
    app = build_app(behaviour)
    door = Door(app[SANDBOX])
    app.middlewares.insert(0, door.note)
    app.on_response_prepare.append(door.prepare)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        door.sandbox.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield door
    finally:
        await runner.cleanup()
