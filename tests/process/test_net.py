"""Orders over small pools: one warm connection in a quiet house, as many as it takes in a crowd, and the same errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web

from bots.net import POOLS, SHARE, gateway_transports


class Door:
    """A server that knows who came over which line; in a crowd nobody is answered before all are there."""

    def __init__(self) -> None:
        self.url = ""
        self.lines: set[int] = set()
        self.crowd = 1
        self._here = 0
        self._all_here = asyncio.Event()

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        self.lines.add(request.transport.get_extra_info("peername")[1])
        self._here += 1
        if self._here >= self.crowd:
            self._all_here.set()
        await self._all_here.wait()
        return web.Response(text="well")

    @asynccontextmanager
    async def open(self) -> AsyncIterator[httpx.AsyncClient]:
        runner = web.ServerRunner(web.Server(self), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with httpx.AsyncClient(transport=gateway_transports("").orders()) as client:
                yield client
        finally:
            await runner.cleanup()


async def test_a_quiet_house_keeps_one_line() -> None:
    door = Door()
    async with door.open() as client:
        for _ in range(2 * POOLS):
            assert (await client.get(door.url)).text == "well"
    assert len(door.lines) == 1


async def test_a_crowd_is_served_side_by_side_and_then_one_line_is_enough() -> None:
    door = Door()
    door.crowd = POOLS * SHARE + 10  # more than the pools' shares
    async with door.open() as client:
        replies = await asyncio.gather(*(client.get(door.url, timeout=20) for _ in range(door.crowd)))
        assert {reply.text for reply in replies} == {"well"}
        assert len(door.lines) == door.crowd
        door.lines.clear()
        for _ in range(POOLS):
            await client.get(door.url)
        assert len(door.lines) == 1


async def test_a_refused_connection_stays_what_it_is() -> None:
    door = Door()
    async with door.open():
        url = door.url
    async with httpx.AsyncClient(transport=gateway_transports("").orders()) as client:
        for _ in range(SHARE + 1):  # a failure gives its place back
            with pytest.raises(httpx.ConnectError):
                await client.get(url)
