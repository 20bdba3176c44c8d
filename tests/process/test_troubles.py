"""Trouble with the gateway's key is told to the owners: each kind once a day, however many answers it spoils."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import cast

from bots.texts import Texts
from bots.troubles import DAY_MS, NOTES, Troubles
from core.errors import BadKey, NoFunds, RateLimited
from core.people import Directory
from core.values import Json
from tests.clocks import FakeClock


class Owners:
    """Takes the place of the directory's durable notices."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def tell_owners(self, key: str, params: Mapping[str, Json], ref: str) -> None:
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


def test_every_note_is_a_sentence_in_both_languages() -> None:
    texts = Texts()
    assert all(texts.has(key, locale) for key in NOTES.values() for locale in texts.locales)
