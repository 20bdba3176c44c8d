"""Trouble with the gateway's key is told to the owners: each kind once a day, however many answers it spoils."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import cast

from bots.texts import Texts
from bots.troubles import DAY_MS, NOTES, Troubles
from core.errors import BadKey, NoFunds, NoLink, NotPublic, RateLimited
from core.people import Directory
from core.values import Json
from tests.clocks import FakeClock


class Owners:
    """Takes the place of the directory's durable notices."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.params: list[Mapping[str, Json]] = []

    async def tell_owners(self, key: str, params: Mapping[str, Json], ref: str) -> None:
        self.params.append(params)
        self.told.put_nowait((key, ref))


async def test_each_kind_once_a_day() -> None:
    clock, owners = FakeClock(), Owners()
    troubles = Troubles(clock)
    telling = asyncio.create_task(troubles.run(cast(Directory, owners)))
    for error in (*[BadKey("401")] * 50, RateLimited("429"), NoFunds("403"), BadKey("401")):
        troubles.note(error)
    first, second = await owners.told.get(), await owners.told.get()
    assert [first[0], second[0]] == ["notice-gateway-key", "notice-gateway-funds"]
    clock.advance(DAY_MS / 1000)
    troubles.note(NoFunds("403"))
    key, ref = await owners.told.get()
    assert key == "notice-gateway-funds" and ref != second[1]
    assert owners.told.empty()
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling


async def test_what_a_note_names() -> None:
    clock, owners, texts = FakeClock(), Owners(), Texts()
    troubles = Troubles(clock)
    troubles.note(NoLink(kind="video", model="kling-2.6"))
    troubles.note(NotPublic(host="localhost:8000"))
    troubles.note(NotPublic(host="10.0.0.1"))
    telling = asyncio.create_task(troubles.run(cast(Directory, owners)))
    keys = [(await owners.told.get())[0] for _ in range(2)]
    telling.cancel()
    for locale in texts.locales:
        link, local = [texts(locale, key, **params) for key, params in zip(keys, owners.params, strict=True)]
        assert "kling-2.6" in link and "PUBLIC_URL" in link and "starlight.toml" in link
        assert "localhost:8000" in local and "DOWNLOAD_ALLOW_HOSTS" in local


def test_more_trouble_than_anybody_listens_to_is_no_error() -> None:
    clock = FakeClock()
    troubles = Troubles(clock)
    for _ in range(50):
        troubles.note(BadKey("401"))
        clock.advance(DAY_MS / 1000)


def test_every_note_is_a_sentence_in_both_languages() -> None:
    texts = Texts()
    assert all(texts.has(key, locale) for key in NOTES.values() for locale in texts.locales)
