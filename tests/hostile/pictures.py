"""What hostile tests of pictures share: a house whose tasks are looked at quickly, pictures that were made, and presses."""

from __future__ import annotations

from typing import Any

from tests.hostile.rig import CONFIG as PLAIN
from tests.hostile.scenes import OnTelegram
from tests.standins.telegram_chats import Shown

IMAGINE, ACTION, MODAL = (f"POST /mj/submit/{name}" for name in ("imagine", "action", "modal"))
LOOK = "GET /mj/task/{id}/fetch"
GEMINI = "gemini-3.1-flash-image-preview"
CONFIG = (
    PLAIN
    + """
[models.midjourney]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""
)
ANYONE = '\n[groups]\npress = "anyone"\n'


def labels(shown: Shown) -> dict[str, str]:
    """Of each button, its data."""
    return {button["text"]: button.get("callback_data", "") for row in shown.buttons for button in row}


async def made(scene: OnTelegram, words: str, chat: Any = None) -> Shown:
    """The message with the buttons of what Ann ordered."""
    where = chat or scene.ann
    many = len(scene.phone.from_bot(where))
    scene.phone.say(where, scene.ann, words)

    def result() -> Shown | None:
        new = scene.phone.from_bot(where)[many:]
        return next((shown for shown in new if "delete" in str(shown.buttons)), None)

    found = await scene.phone.until(result, timeout_s=20)
    await scene.house.at_rest()
    assert found is not None
    return found


def job_of(shown: Shown) -> str:
    """The id of the job below whose result this is."""
    return next(data.split(":")[1] for data in labels(shown).values() if data.startswith(("job:", "mj:")))


async def pressed(scene: OnTelegram, shown: Shown, data: str, user: Any = None) -> list[str]:
    """All that is said to the press: the notice over the chat, and new messages there."""
    chat = scene.phone.chat(shown.chat)
    many = len(scene.phone.from_bot(chat))
    query = scene.phone.press_data(shown, data, user or scene.ann)
    await scene.phone.until(lambda: scene.phone.answer(query) is not None)
    await scene.heard()
    return [str(scene.phone.answer(query)), *(new.text for new in scene.phone.from_bot(chat)[many:])]
