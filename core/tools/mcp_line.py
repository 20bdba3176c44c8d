"""The lines to tool servers: the official SDK's client over HTTP or over a process, with bounds that it does not have.

Imports the SDK, which takes a second and 30 MB: imported in a thread, and only when there is a server to talk to.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, TypeVar

import anyio
import httpx2
from mcp import Client, MCPError
from mcp.client.session import ClientSession
from mcp.client.stdio import get_default_environment
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp.types import (
    CONNECTION_CLOSED,
    INVALID_REQUEST,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
    PaginatedRequestParams,
    ToolListChangedNotification,
    jsonrpc_message_adapter,
)

from core.servers import McpServer
from core.tools.mcp_tools import Answer, Declined, Forgotten, Lost, Offer
from core.values import Json

T = TypeVar("T")

REPLY_BYTES = 2 * 1024 * 1024
"""The longest reply, event of a stream and line of a process: more would hold up the loop while it is decoded."""
LISTED_PAGES = 8
CONNECT_S = 10.0
SILENCE_S = 300.0
GRACE_S = 2.0

for _name in ("mcp", "client"):
    # they quote what servers write; what matters is told by who talks to them
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Line:
    """An open session."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def tools(self, most: int) -> list[Offer]:
        """What the server offers, in its order. Raises Lost or Declined."""
        found: list[Offer] = []
        cursor: str | None = None
        for _ in range(LISTED_PAGES):
            try:
                page = await self._session.list_tools(params=PaginatedRequestParams(cursor=cursor))
            except Exception as error:
                raise _meant(error) from None
            found += [
                Offer(tool.name, tool.description or tool.title or "", tool.input_schema, _reads_only(tool))
                for tool in page.tools
            ]
            cursor = page.next_cursor
            if not cursor or len(found) >= most:
                break
        return found[:most]

    async def call(self, name: str, arguments: Mapping[str, Json]) -> Answer:
        """Raises Lost, Forgotten or Declined. The answer is not held against the schema the server gave for it: a stranger's
        patterns would be run here."""
        request = CallToolRequest(params=CallToolRequestParams(name=name, arguments=dict(arguments)))
        try:
            result = await self._session.send_request(request, CallToolResult)
        except Exception as error:
            raise _meant(error) from None
        if result.result_type != "complete":
            raise Declined("the tool asks for more input, which cannot be given here")
        blocks = [block.model_dump(by_alias=True, exclude={"data": True}) for block in result.content]
        return Answer(blocks, result.structured_content, result.is_error)


def _meant(error: Exception) -> Exception:
    """What a failure of the SDK means."""
    if not isinstance(error, MCPError):
        return Lost(f"{type(error).__name__}")
    if error.code == INVALID_REQUEST and error.message == "Session terminated":
        return Forgotten(error.message)
    return Lost(error.message) if error.code == CONNECTION_CLOSED else Declined(error.message)


@asynccontextmanager
async def connected(
    server: McpServer, on_change: Callable[[], None], on_end: Callable[[], None]
) -> AsyncIterator[Line]:
    """A session with a resolved server, to be opened and closed by one task. Told: `on_change`, its tools are others now;
    `on_end`, its process ended. Raises anything, in groups too, also in mid-use when the line breaks."""

    async def heard(message: object) -> None:
        if isinstance(message, ToolListChangedNotification):
            on_change()

    async with AsyncExitStack() as stack:
        if server.url:
            http = await stack.enter_async_context(_http(server.headers, await asyncio.to_thread(_certificates)))
            transport = streamable_http_client(server.url, http_client=http, max_sse_event_size=REPLY_BYTES)
        else:
            transport = _process(server, on_end)
        me = Implementation(name="starlight-bot", version="1")
        client = Client(transport, message_handler=heard, client_info=me, cache=None)
        await stack.enter_async_context(client)
        yield Line(client.session)


# --- over HTTP --------------------


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Read once: that takes 50 ms and more."""
    return ssl.create_default_context()


def _http(headers: Mapping[str, str], certificates: ssl.SSLContext) -> httpx2.AsyncClient:
    """The SDK follows redirects within the server's own origin only, so the headers go nowhere else."""
    return httpx2.AsyncClient(
        transport=_Bounded(verify=certificates),
        headers={**headers, "User-Agent": "starlight-bot", "Accept-Encoding": "identity"},
        timeout=httpx2.Timeout(CONNECT_S, read=SILENCE_S),
        trust_env=False,
    )


class TooLong(httpx2.StreamError):
    """A kind that the SDK answers the one call with, and not the whole session."""


class _Bounded(httpx2.AsyncHTTPTransport):
    """Ends replies that are too long, and those that are packed although nobody asked for it."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise httpx2.DecodingError("a packed reply, which was not asked for", request=request)
        stream = response.stream
        if request.method == "POST" and isinstance(stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(stream)  # what stays open is a GET, whose events are bounded one by one
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = REPLY_BYTES
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise TooLong(f"a reply of more than {REPLY_BYTES} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


# --- over a process --------------------

_Heard = SessionMessage | Exception


@asynccontextmanager
async def _process(
    server: McpServer, on_end: Callable[[], None]
) -> AsyncIterator[tuple[anyio.abc.ObjectReceiveStream[_Heard], anyio.abc.ObjectSendStream[SessionMessage]]]:
    """A process of this machine that reads and writes a JSON message a line. It has the SDK's choice of our environment and
    no secret of ours; what it complains about is not read, since that may hold secrets of its own."""
    process = await asyncio.create_subprocess_exec(
        server.command,
        *server.args,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=get_default_environment() | dict(server.env),
        limit=REPLY_BYTES,
        start_new_session=True,
    )
    heard, incoming = anyio.create_memory_object_stream[_Heard](0)
    outgoing, said = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_listen, process, heard, on_end)
            tasks.start_soon(_speak, process, said, heard)
            yield incoming, outgoing
            tasks.cancel_scope.cancel()
    finally:
        for stream in (heard, incoming, outgoing, said):
            stream.close()
        with anyio.CancelScope(shield=True):
            await _end(process)


async def _listen(process: Process, heard: anyio.abc.ObjectSendStream[_Heard], on_end: Callable[[], None]) -> None:
    """Its lines, until it ends or writes one that is too long."""
    lines = _pipe(process.stdout)
    try:
        async with heard:
            while line := await lines.readline():
                try:
                    message: _Heard = SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
                except ValueError as error:
                    message = error  # a line of chatter among the messages
                await heard.send(message)
    except (ValueError, OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass  # readline says ValueError of a line beyond its limit
    finally:
        on_end()


async def _speak(
    process: Process, said: anyio.abc.ObjectReceiveStream[SessionMessage], heard: anyio.abc.ObjectSendStream[_Heard]
) -> None:
    pipe = _pipe(process.stdin)
    try:
        async with said:
            async for each in said:
                text = each.message.model_dump_json(by_alias=True, exclude_unset=True)
                pipe.write(text.encode() + b"\n")
                await pipe.drain()
    except (OSError, RuntimeError):
        await heard.aclose()  # who waits for an answer hears at once that none will come


def _pipe(pipe: T | None) -> T:
    if pipe is None:
        raise OSError("a process without its pipe")
    return pipe


async def _end(process: Process) -> None:
    """Ask by closing its input, then by signals, to it and to what it started."""
    drain = asyncio.create_task(_drain(process))  # it may hang in a write
    try:
        with suppress(OSError, RuntimeError):
            _pipe(process.stdin).close()
        if not await _ended(process):
            _signal(process, signal.SIGTERM)
            await _ended(process)
    finally:
        _signal(process, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)  # and what it left behind
        await asyncio.wait([drain], timeout=GRACE_S)
        drain.cancel()


async def _ended(process: Process) -> bool:
    try:
        await asyncio.wait_for(process.wait(), GRACE_S)
    except TimeoutError:
        return False
    return True


async def _drain(process: Process) -> None:
    lines = _pipe(process.stdout)
    while await lines.read(65_536):
        pass


def _signal(process: Process, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, number)
        elif process.returncode is None:
            process.terminate()


def _reads_only(tool: Any) -> bool:
    return tool.annotations is not None and tool.annotations.read_only_hint is True
