"""One bot for all scenes, and a new person for each."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.discord.plain import INTENTS  # first: it imports discord.py quietly

# isort: split
from tests.whole.hands import Hands
from tests.whole.on_console import OnConsole
from tests.whole.on_discord import OnDiscord
from tests.whole.on_telegram import OnTelegram
from tests.whole.rig import Whole, open_whole

_NUMBERS = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    """One for each module, which may name the model that writes its summaries, and add to its configuration. Never two:
    discord.py knows one address."""
    assert INTENTS.value
    summaries, config = getattr(request.module, "SUMMARIES", "gpt-5-mini"), getattr(request.module, "CONFIG", "")
    folder = tmp_path_factory.mktemp("whole")
    async with open_whole(folder, summary_model=summaries, config=config) as opened:
        yield opened


@pytest.fixture(params=["telegram", "discord", "console"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(loop_scope="package")
async def ann(whole: Whole, platform: str) -> AsyncIterator[Hands]:
    """Somebody new on one of the platforms; what the gateway was asked before is forgotten."""
    person = somebody(whole, platform)
    whole.house.gateway.requests.clear()
    yield person
    await person.leave()
    await whole.house.at_rest()


def somebody(whole: Whole, platform: str) -> Hands:
    name = f"ann{next(_NUMBERS)}"
    match platform:
        case "telegram":
            return OnTelegram(whole.house, whole.telegram)
        case "discord":
            return OnDiscord(whole.house, whole.discord, name)
        case _:
            return OnConsole(whole.house, whole.folder, name)
