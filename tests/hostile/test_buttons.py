"""Presses of buttons that were never shown to whoever presses them: forged, foreign, oversized, old. Telegram's apps cannot
do that; other programs in a person's hand can."""

from __future__ import annotations

from pathlib import Path

from bots.sandbox.faults import Hang
from tests.hostile.rig import CONFIG, PICTURES, quick
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown
from tests.telegram.bots import picture


def buttons(shown: Shown) -> list[str]:
    return [button["callback_data"] for row in shown.buttons for button in row if "callback_data" in button]


async def answer_to(scene: OnTelegram, message: Shown, data: str, user: object) -> str:
    query = scene.phone.press_data(message, data, user)  # type: ignore[arg-type] # any person
    await scene.phone.until(lambda: scene.phone.answer(query) is not None)
    await scene.heard()
    return str(scene.phone.answer(query))


NONSENSE = [
    "", ":", "::::", "job", "job:", "job:x", "job::cancel", "job:x:again", "job:x:delete", "job:x:edit:²", "job:x:edit:-1",
    "job:../../etc:show", "job:' OR 1=1 --:again", "turn", "turn:", "turn:x", "turn:x:retry", "turn::stop", "turn:x:stop",
    "park:x:edit", "park::ask", "away", "away:", "away:x", "send:", "send:x", "models:-1", "models:99999999999999999999",
    "models:²", "models:٣", "model:", "model:x", "persona:x", "persona:", "lang:", "lang:klingon", "lang:../en", "privacy",
    "privacy:", "privacy:x", "example", "admin:ban:1", "\x00", "🦊" * 15, "\u202ejob:x", "JOB:X:CANCEL", "x" * 64,
]  # fmt: skip


async def test_nonsense_never_breaks_anything(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("/help")
        message = scene.phone.from_bot(scene.ann)[0]
        queries = {data: scene.phone.press_data(message, data, scene.ann) for data in NONSENSE if data != "example"}
        await scene.phone.until(
            lambda: all(scene.phone.answer(query) is not None for data, query in queries.items() if data)
        )
        await scene.heard()
        shown = str([each.text for each in scene.phone.from_bot(scene.ann)])
        told = str([scene.phone.answer(query) for query in queries.values()])
        assert "on my side" not in shown + told
        assert scene.house.books() == ()


async def test_other_peoples_buttons_in_a_group(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Bob presses everything that Ann's order and answer have, at every stage of them."""
    async with on_telegram(telegram, tmp_path, behaviour=quick(60)) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        hang = Hang()
        scene.house.gateway.behaviour.script(PICTURES, hang)
        scene.phone.say(group, scene.ann, "/image a fox")
        await hang.arrived.wait()
        acknowledgement = await scene.phone.until(lambda: scene.phone.last(group))
        assert acknowledgement is not None
        query = scene.phone.press(acknowledgement, "Cancel", scene.bob)
        await scene.phone.until(lambda: scene.phone.answer(query))
        assert "for whoever asked" in str(scene.phone.answer(query))
        hang.release()
        result = await scene.phone.until(lambda: next((m for m in scene.phone.from_bot(group) if m.media), None))
        assert result is not None
        await scene.house.at_rest()
        books = scene.house.books()
        for data in buttons(result):
            told = await answer_to(scene, result, data, scene.bob)
            assert "do not have that order" in told or "for whoever asked" in told, data
        assert scene.phone.from_bot(group)[-1] is result
        assert scene.house.books() == books
        scene.phone.say(group, scene.ann, "/chat [long 300]")
        growing = await scene.phone.until(
            lambda: next((m for m in scene.phone.from_bot(group) if "stop" in str(m.buttons)), None), timeout_s=20
        )
        assert growing is not None
        (stop,) = buttons(growing)
        query = scene.phone.press_data(growing, stop, scene.bob)
        await scene.phone.until(lambda: scene.phone.answer(query))
        scene.phone.say(group, scene.bob, "/stop")
        retry = scene.phone.press_data(growing, stop.replace(":stop", ":retry"), scene.bob)
        await scene.phone.until(lambda: scene.phone.answer(retry))
        assert "do not have that message" in str(scene.phone.answer(retry))
        await scene.phone.until(lambda: "w0299" in str([m.text for m in scene.phone.from_bot(group)]), timeout_s=30)


async def test_only_the_owner_sends_to_all_and_only_what_he_wrote(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("hello")
        (turn,) = scene.house.rows("SELECT id FROM turns")
        message = scene.phone.from_bot(scene.ann)[0]
        assert "Only the owner" in await answer_to(scene, message, f"send:{turn[0]}", scene.ann)
        await scene.told("/admin broadcast hi all", scene.boss)
        sure = next(m for m in scene.phone.from_bot(scene.boss) if "send:" in str(m.buttons))
        (data,) = buttons(sure)
        assert "Only the owner" in await answer_to(scene, sure, data, scene.ann)
        assert scene.house.rows("SELECT * FROM notices") == []
        assert "do not have that message" in await answer_to(scene, sure, f"send:{turn[0]}", scene.boss)


async def test_somebody_elses_parked_picture(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.after(lambda: scene.phone.photo(scene.ann, scene.ann, picture()))
        asks = next(m for m in scene.phone.from_bot(scene.ann) if m.buttons)
        await scene.told("/help", scene.bob)
        elsewhere = scene.phone.from_bot(scene.bob)[0]
        for data in buttons(asks):
            assert "do not have" in await answer_to(scene, elsewhere, data, scene.bob)
        (parked,) = scene.house.rows("SELECT id FROM turns")
        for data in (f"turn:{parked[0]}:retry", f"away:{parked[0]}"):
            assert "do not have" in await answer_to(scene, elsewhere, data, scene.bob)
        assert scene.house.books() == ()


async def test_an_own_parked_thing_pressed_with_the_wrong_verb_is_asked_at_most_once_a_press(
    telegram: TelegramStandIn, tmp_path: Path
) -> None:
    """Whatever a person forges out of own ids, the purse and the rules hold."""
    async with on_telegram(telegram, tmp_path, config=CONFIG.replace("= 1000", "= 3")) as scene:
        await scene.after(lambda: scene.phone.photo(scene.ann, scene.ann, picture()))
        (parked,) = scene.house.rows("SELECT id FROM turns")
        asks = scene.phone.from_bot(scene.ann)[0]
        for verb in ("turn:{}:retry", "away:{}", "turn:{}:stop", "send:{}", "job:{}:again"):
            for _ in range(3):
                await answer_to(scene, asks, verb.format(parked[0]), scene.ann)
        assert scene.house.asked() <= 3
        shown = str([each.text for each in scene.phone.from_bot(scene.ann)])
        assert "on my side" not in shown


async def test_buttons_after_everything_was_deleted(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("/image a fox")
        result = next(m for m in scene.phone.from_bot(scene.ann) if m.media)
        await scene.told("/privacy")
        menu = scene.phone.from_bot(scene.ann)[-1]
        await answer_to(scene, menu, "privacy:sure", scene.ann)
        books = scene.house.books()
        for data in buttons(result):
            assert "do not have that order" in await answer_to(scene, result, data, scene.ann)
        assert scene.house.books() == books
