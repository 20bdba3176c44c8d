"""A scripted gateway on a real socket, and a client for it with the transports of the real program."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx
import pytest
import stamina
from aiohttp import web
from httpx_aiohttp import AiohttpTransport

from core.catalog import Catalog, load_catalog
from core.errors import FileTooLarge, GatewayError
from core.gateway.client import Gateway, Transports, open_gateway
from core.limits import LIMITS, Limits
from core.values import ChatMessage, ChatRequest, Part
from tests.clocks import FakeClock

KEY = "sk-secretsecretsecret"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class MemoryMedia:
    """The media store's two methods that the gateway uses."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, chunks: AsyncIterator[bytes] | bytes, max_bytes: int) -> tuple[str, int]:
        data = chunks if isinstance(chunks, bytes) else b""
        if not isinstance(chunks, bytes):
            async for piece in chunks:
                data += piece
                if len(data) > max_bytes:
                    raise FileTooLarge(size=f"{len(data)} bytes", limit=f"{max_bytes} bytes")
        key = f"key{len(self.files)}"
        self.files[key] = data
        return key, len(data)

    async def read(self, key: str) -> bytes:
        return self.files[key]


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """Answers with what a test puts into `handler`; every request is kept."""

    url: str = ""
    handler: Handler | None = None
    seen: list[Seen] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.path_qs, headers, await request.read()))
        assert self.handler is not None
        return await self.handler(request)

    def reply(self, status: int = 200, body: object = None, **headers: str) -> None:
        """Answer everything with this JSON."""

        async def handler(_: web.Request) -> web.StreamResponse:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.json_response(body, status=status, headers=named)

        self.handler = handler

    def stream(self, *pieces: bytes, cut: bool = False) -> None:
        """Answer with these pieces of an event stream; `cut` breaks the line after them."""

        async def handler(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Oneapi-Request-Id": "rid-1"})
            await response.prepare(request)
            for piece in pieces:
                await response.write(piece)
            if cut:
                assert request.transport is not None
                request.transport.close()
            return response

        self.handler = handler


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    server = Scripted()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def media() -> MemoryMedia:
    return MemoryMedia()


@pytest.fixture
def troubles() -> list[GatewayError]:
    return []


def real_transports() -> Transports:
    return Transports(
        orders=lambda: httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=None)),
        streams=lambda: AiohttpTransport(limits=httpx.Limits(max_connections=0)),
    )


Open = Callable[..., Awaitable[Gateway]]


@pytest.fixture
async def opened(media: MemoryMedia, troubles: list[GatewayError]) -> AsyncIterator[Open]:
    """Opens gateways that are closed after the test."""
    async with AsyncExitStack() as stack:

        async def open_one(
            url: str, *, key: str = KEY, limits: Limits = LIMITS, transports: Transports | None = None, **more: object
        ) -> Gateway:
            return await stack.enter_async_context(
                open_gateway(
                    url,
                    key,
                    media=media,  # type: ignore[arg-type] # a stand-in of two methods
                    transports=transports or real_transports(),
                    clock=FakeClock(),
                    limits=limits,
                    on_trouble=troubles.append,
                    **more,  # type: ignore[arg-type]
                )
            )

        yield open_one


@pytest.fixture
async def gateway(scripted: Scripted, opened: Open) -> Gateway:
    return await opened(scripted.url)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


def question(text: str = "hello", *parts: Part) -> ChatRequest:
    return ChatRequest((ChatMessage("user", (Part("text", text=text), *parts)),), max_tokens=500)
