"""Cancelling at every state of an order, from a phone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bots.sandbox.faults import Hang
from core.errors import NotTaken
from tests.hostile.rig import FILM, PICTURES
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown


async def ordered(scene: OnTelegram, words: str = "/image a fox") -> Shown:
    """The acknowledgement of an order, with its Cancel button."""
    scene.phone.say(scene.ann, scene.ann, words)
    found = await scene.phone.until(lambda: next((m for m in scene.phone.from_bot(scene.ann) if m.buttons), None))
    assert found is not None
    return found


async def test_on_the_line_but_never_taken_is_refunded_and_never_sent_again(
    telegram: TelegramStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while the gateway could not be reached: when it is back, nothing is bought that nobody wants."""
    async with on_telegram(telegram, tmp_path) as scene:
        tries, go = [], asyncio.Event()

        async def submit(*_: Any) -> None:
            tries.append(1)
            await go.wait()
            raise NotTaken("nobody listens")

        monkeypatch.setattr(scene.house.bot.core.gateway, "submit", submit)
        acknowledgement = await ordered(scene)
        cancel = acknowledgement.button("Cancel")["callback_data"]
        await scene.phone.until(lambda: bool(tries))
        scene.phone.press(acknowledgement, "Cancel")
        await scene.phone.until(lambda: "already" in acknowledgement.text)
        go.set()
        await scene.hears("Your credits are back")
        assert tries == [1]
        assert scene.house.spent() == 0
        scene.phone.press_data(acknowledgement, cancel, scene.ann)
        await scene.heard()
        assert scene.house.spent() == 0


async def test_while_it_is_being_made_is_paid_and_not_shown(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        hang = Hang()
        scene.house.gateway.behaviour.script(PICTURES, hang)
        acknowledgement = await ordered(scene)
        await hang.arrived.wait()
        for _ in range(3):  # thrice: a nervous finger
            scene.phone.press_data(acknowledgement, acknowledgement.button("Cancel")["callback_data"], scene.ann)
        await scene.phone.until(lambda: "already" in acknowledgement.text)
        hang.release()
        await scene.heard()
        assert not any(shown.media for shown in scene.phone.from_bot(scene.ann))
        assert len(scene.house.books()) == 2


async def test_a_waiting_film_that_fails_after_its_cancel_is_refunded(
    telegram: TelegramStandIn, tmp_path: Path
) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        hang = Hang()
        scene.house.gateway.behaviour.script(FILM, hang)
        acknowledgement = await ordered(scene, "/video a cat [fail]")
        await hang.arrived.wait()
        scene.phone.press(acknowledgement, "Cancel")
        await scene.phone.until(lambda: "already" in acknowledgement.text)
        hang.release()
        await scene.heard()
        assert scene.house.spent() == 0


async def test_after_delivery_there_is_nothing_to_cancel(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        acknowledgement = await ordered(scene)
        data = acknowledgement.button("Cancel")["callback_data"]
        await scene.phone.until(lambda: any(shown.media for shown in scene.phone.from_bot(scene.ann)))
        await scene.house.at_rest()
        books = scene.house.books()
        query = scene.phone.press_data(acknowledgement, data, scene.ann)
        await scene.phone.until(lambda: scene.phone.answer(query))
        assert "do not have that order" in str(scene.phone.answer(query))
        assert scene.house.books() == books


async def test_a_double_press_of_again_is_two_orders_and_never_more_than_allowed(
    telegram: TelegramStandIn, tmp_path: Path
) -> None:
    """Two presses are two wishes; twenty are stopped by the limit of open orders, each with a word."""
    async with on_telegram(telegram, tmp_path) as scene:
        await ordered(scene)
        picture = await scene.phone.until(lambda: next((m for m in scene.phone.from_bot(scene.ann) if m.media), None))
        assert picture is not None
        await scene.house.at_rest()
        scene.house.gateway.behaviour.image_s = 0.3
        again = next(
            b["callback_data"] for row in picture.buttons for b in row if b["callback_data"].endswith(":again")
        )
        queries = [scene.phone.press_data(picture, again, scene.ann) for _ in range(20)]
        await scene.phone.until(lambda: all(scene.phone.answer(query) is not None for query in queries))
        scene.phone.repeat()  # Telegram says the last one again
        await scene.heard()
        assert scene.house.gateway.accepted["/v1/images/generations"] == 1 + 3
        refused = [query for query in queries if "still on their way" in str(scene.phone.answer(query))]
        assert len(refused) == 17
