"""What the tests of the Telegram side share: a real Bot, pictures, and a clock for the stand-in."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from PIL import Image


@asynccontextmanager
async def open_bot(url: str, token: str) -> AsyncIterator[Bot]:
    """The real aiogram's Bot against another server."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    bot = Bot(token, session=session)
    try:
        yield bot
    finally:
        await (await session.create_session()).close()  # at once: AiohttpSession.close() sleeps for TLS


def picture(width: int = 40, height: int = 30, form: str = "PNG") -> bytes:
    """The bytes of a real picture."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(target, form)
    return target.getvalue()


@dataclass
class Seconds:
    """A clock that stands until it is moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now
