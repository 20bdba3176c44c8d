"""A sandbox on a free port of loopback, and a real client with a good key."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox, serve


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": "Bearer sk-good"}
    async with httpx.AsyncClient(base_url=sandbox.base_url, headers=headers, timeout=20) as opened:
        yield opened


async def until(condition: Callable[[], bool]) -> None:
    """Let the server run until it is so."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to be")
