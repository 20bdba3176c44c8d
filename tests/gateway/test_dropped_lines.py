"""Where a line breaks decides what an order becomes. Raw sockets, so that nothing is polite."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from core.catalog import Catalog
from core.errors import GatewayError, NotTaken, Unsure, UpstreamDown
from core.gateway.client import Gateway
from core.gateway.wire import Accepted
from core.limits import LIMITS
from core.values import Order
from tests.gateway.conftest import Open, question

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ORDER = Order("video", "kling-3.0", "a whale")
TAKEN = b'{"id":"task_1","status":"queued"}'
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(TAKEN), TAKEN)


class RawServer:
    """Counts the requests that arrived whole."""

    def __init__(self, serve: Callable[[RawServer], Serve]) -> None:
        self._serve = serve(self)
        self.requests = 0
        self.url = ""

    async def read_request(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
        self.requests += 1
        return body

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def raw_server(serve: Callable[[RawServer], Serve]) -> AsyncIterator[RawServer]:
    server = RawServer(serve)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server


def drops_after_the_body(server: RawServer) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.transport.abort()

    return serve


def drops_the_second(server: RawServer) -> Serve:
    """Answers the first request of a connection and drops the line after the body of the second."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(REPLY)
        await writer.drain()
        await server.read_request(reader)
        writer.transport.abort()

    return serve


def closes_at_once(server: RawServer) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    return serve


def half_an_answer(server: RawServer) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(REPLY[:-10])
        await writer.drain()

    return serve


def says_nothing(server: RawServer) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        await reader.read()

    return serve


def no_http(server: RawServer) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(b"220 smtp.example ESMTP\r\n")
        await writer.drain()

    return serve


async def submit(gateway: Gateway, catalog: Catalog) -> object:
    return await gateway.submit(catalog.default("video"), ORDER)


@pytest.mark.parametrize("serve", [drops_after_the_body, closes_at_once, half_an_answer, no_http])
async def test_a_line_that_breaks_on_a_fresh_connection(
    opened: Open, catalog: Catalog, serve: Callable[[RawServer], Serve]
) -> None:
    async with raw_server(serve) as server:
        gateway = await opened(server.url)
        with pytest.raises(Unsure):
            await submit(gateway, catalog)
        assert server.requests <= 1


async def test_a_line_that_breaks_on_a_reused_connection(opened: Open, catalog: Catalog) -> None:
    async with raw_server(drops_the_second) as server:
        gateway = await opened(server.url)
        assert await submit(gateway, catalog) == Accepted("task_1")
        with pytest.raises(Unsure):
            await submit(gateway, catalog)
        assert server.requests == 2


async def test_silence_after_the_order(opened: Open, catalog: Catalog) -> None:
    async with raw_server(says_nothing) as server:
        gateway = await opened(server.url, limits=LIMITS._replace(connect_s=1.0))
        spec = catalog.default("video")
        with pytest.raises(Unsure):
            await gateway.submit(replace(spec, submit_s=0.05), ORDER)
        assert server.requests == 1


async def test_nobody_listens(opened: Open, catalog: Catalog) -> None:
    gateway = await opened("http://127.0.0.1:9")
    with pytest.raises(NotTaken):
        await submit(gateway, catalog)


async def test_no_such_host(opened: Open, catalog: Catalog) -> None:
    gateway = await opened("http://nowhere.invalid")
    with pytest.raises(NotTaken):
        await submit(gateway, catalog)


async def test_what_was_not_taken_is_sent_again(opened: Open, catalog: Catalog) -> None:
    """The first attempts find a closed port; then somebody listens there."""
    listening = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()
    gateway = await opened(f"http://127.0.0.1:{port}")
    with pytest.raises(NotTaken):
        await submit(gateway, catalog)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(REPLY)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        assert await submit(gateway, catalog) == Accepted("task_1")


@pytest.mark.parametrize("serve", [drops_after_the_body, closes_at_once, no_http])
async def test_questions_may_be_asked_again(
    opened: Open, catalog: Catalog, serve: Callable[[RawServer], Serve]
) -> None:
    async with raw_server(serve) as server:
        gateway = await opened(server.url)
        with pytest.raises(GatewayError) as caught:
            async for _ in gateway.stream_chat(catalog.default("chat"), question()):
                pass
        assert type(caught.value) is UpstreamDown


async def test_polls_are_asked_again_by_themselves(opened: Open, catalog: Catalog) -> None:
    async with raw_server(drops_after_the_body) as server:
        gateway = await opened(server.url)
        with pytest.raises(UpstreamDown):
            await gateway.poll(catalog.default("video"), "task_1")
        assert server.requests == 6  # three tries, and this transport makes two of each
