"""The stand-in and the real aiogram, joined by a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot

from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import open_bot


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    """A fresh Telegram."""
    async with TelegramStandIn() as standin:
        yield standin


@pytest.fixture
async def bot(telegram: TelegramStandIn) -> AsyncIterator[Bot]:
    """The real aiogram, talking to it."""
    async with open_bot(telegram.url, telegram.token) as opened:
        yield opened
