"""What a measurement stands on: Telegram and the gateway as stand-ins, and the process under test between them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bots.texts import Texts
from tests.bench.children import Child, child

TOKEN = "4242:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
CONFIG = """
[plans.default]
daily_credits = 100000
turns_per_minute = 1000
open_jobs = 10000
"""


class Remote:
    """A stand-in's control, over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, url: str, process: Child) -> None:
        self._session = session
        self.url = url
        self.process = process

    async def get(self, path: str) -> Any:
        async with self._session.get(self.url + path) as reply:
            return await reply.json()

    async def post(self, path: str, content: Any = None) -> Any:
        async with self._session.post(self.url + path, json=content) as reply:
            return await reply.json()


class Phones(Remote):
    """The people at the Telegram stand-in."""

    async def say(self, messages: Sequence[tuple[int, str]]) -> list[float]:
        """Write (chat, text) all at once; the time of each."""
        times: list[float] = await self.post("/phone/say", [{"chat": chat, "text": text} for chat, text in messages])
        return times

    async def report(self) -> Any:
        return await self.get("/phone/report")

    async def reset(self) -> None:
        await self.post("/phone/reset")

    async def forget_updates(self) -> None:
        """Nobody has said anything; the chats stay open."""
        await self.post(f"/bot{TOKEN}/deleteWebhook", {"drop_pending_updates": True})
        await self.reset()


@asynccontextmanager
async def open_session() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield session


@asynccontextmanager
async def telegram(session: aiohttp.ClientSession, *options: str) -> AsyncIterator[Phones]:
    async with child("-m", "tests.standins.telegram", "--token", TOKEN, *options) as process:
        yield Phones(session, (await process.said())["url"], process)


@asynccontextmanager
async def upstream(session: aiohttp.ClientSession, *options: str) -> AsyncIterator[Remote]:
    async with child("-m", "tests.bench.upstream", *options) as process:
        yield Remote(session, (await process.said())["url"], process)


@asynccontextmanager
async def ours(folder: Path, phones: Remote, gateway: Remote) -> AsyncIterator[Child]:
    """The real process, ready, with everything on. `folder`: its data."""
    env = environment(_furnished(folder), phones.url, gateway.url)
    async with child("-m", "bots", "run", env=env, cwd=folder) as process:
        await process.line(is_ready)
        yield process


def _furnished(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.toml").write_text(CONFIG, "utf-8")
    return folder


def environment(folder: Path, telegram_url: str, gateway_url: str) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": telegram_url,
        "GATEWAY_BASE_URL": gateway_url,
        "GATEWAY_API_KEY": "sk-bench",
        "OWNERS": "telegram:1",
        "ACCESS_MODE": "open",
        "HTTP_PORT": "0",
        "CONFIG_FILE": str(folder / "bench.toml"),
        "STOP_SECONDS": "2",
        "LOG_LEVEL": "warning",
    }


LAST_LINE = Texts()("en", "start-open")


def is_ready(line: str) -> bool:
    """The last line of the start report."""
    return LAST_LINE in line


@asynccontextmanager
async def floor(phones: Remote, gateway: Remote) -> AsyncIterator[Child]:
    async with child("-m", "tests.bench.floor", phones.url, TOKEN, gateway.url) as process:
        await process.line()
        yield process


async def until(true: Callable[[], bool], seconds: float, every_s: float = 0.05) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(every_s)
    return True
