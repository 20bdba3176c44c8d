"""The platforms' stand-ins for hostile tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.discord.plain import INTENTS  # first: it imports discord.py quietly

# isort: split
from tests.standins.discord import DiscordStandin
from tests.standins.telegram import TelegramStandIn

TOKEN = "4242:the-token-of-a-bot-under-attack"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn(token=TOKEN) as standin:
        yield standin
    assert standin.violations == []


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandin]:
    assert INTENTS.value
    async with DiscordStandin() as standin:
        yield standin
    assert standin.phone.violations == []
