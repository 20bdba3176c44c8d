"""Fixtures of the Discord tests: the stand-in, a plain discord.py client on it, and our front end on it."""

from collections.abc import AsyncIterator

import pytest

from tests.discord.plain import PlainClient, running  # first: it imports discord.py quietly

# isort: split
from bots.discord.book import Book
from core.catalog import load_catalog
from core.plans import Persona, Rules
from tests.discord.rig import TEXTS, Rig, front_end
from tests.standins.discord import DiscordStandin


@pytest.fixture
async def standin() -> AsyncIterator[DiscordStandin]:
    async with DiscordStandin() as running:
        yield running


@pytest.fixture
async def client(standin: DiscordStandin) -> AsyncIterator[PlainClient]:
    async with running(PlainClient(), standin) as ready:
        yield ready


@pytest.fixture(scope="session")
def book() -> Book:
    return Book(TEXTS, load_catalog(), Rules(personas={"tutor": Persona("tutor", "You explain.")}))


@pytest.fixture
async def rig(standin: DiscordStandin, book: Book) -> AsyncIterator[Rig]:
    async with front_end(standin, book) as running_front:
        yield running_front
    assert standin.phone.violations == []
