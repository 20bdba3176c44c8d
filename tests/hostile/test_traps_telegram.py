"""Traps that other bots fell into on Telegram, walked into by the whole bot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bots.sandbox.faults import Hang, Speech
from tests.hostile.rig import CHAT, CONFIG, FILM, PICTURES, quick
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown
from tests.standins.telegram_faults import Call, Fault, Hold, TelegramLimiter, bad_request, forbidden, too_many
from tests.telegram.bots import picture

SPEECHES: dict[str, Speech] = {
    "first chunk with text": Speech(("Fi", "rst ", "words.")),
    "a chunk with empty choices": Speech(("One ", "two."), empty_chunk=True),
    "usage in the last chunk": Speech(("One ", "two."), usage="last"),
    "usage with the finish reason": Speech(("One ", "two."), usage="finish"),
    "no usage": Speech(("One ", "two."), usage="none"),
    "no [DONE]": Speech(("One ", "two."), done=False),
    "exactly 4096": Speech(("x" * 4096,)),
    "exactly 4000": Speech(("x" * 4000,)),
    "4096 units of emoji": Speech(("😀" * 2048,)),
    "emoji over the limit": Speech(("😀" * 2049, " end")),
    "family over the limit": Speech(("👨‍👩‍👧‍👦" * 600,)),
    "white space at a split": Speech(("y" * 4000, "\n" * 50, " " * 200, "\n\n", "z" * 10)),
    "only white space after a split": Speech(("y" * 4000, "\n\n \n\n")),
    "zero width only between": Speech(("a\u200b\u200b", "\u2060b\ufeff", "c")),
}


def said(text: str) -> str:
    return "".join(text.split())


async def answers(scene: OnTelegram, speech: Speech, words: str = "go") -> list[Shown]:
    """What the bot says to a question that the model answers so."""
    before = {shown.message_id for shown in scene.phone.from_bot(scene.ann)}
    scene.house.gateway.behaviour.script(CHAT, speech)
    scene.phone.say(scene.ann, scene.ann, words)
    asked = scene.house.asked() + 1
    await scene.phone.until(lambda: scene.house.asked() >= asked or len(scene.phone.from_bot(scene.ann)) > len(before))
    await scene.heard()
    return [shown for shown in scene.phone.from_bot(scene.ann) if shown.message_id not in before]


async def test_streams_of_every_shape_arrive_whole(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        for name, speech in SPEECHES.items():
            shown = await answers(scene, speech, name)
            got = said("".join(each.text for each in shown))
            assert got == said("".join(speech.pieces or ())), name
            assert all(each.text.strip() for each in shown), name
            assert scene.phone.draft(scene.ann) is None, name


async def test_a_fence_that_is_open_at_a_split(telegram: TelegramStandIn, tmp_path: Path) -> None:
    code = "\n".join(f"line_{number:04d} = {number}" for number in range(500))
    async with on_telegram(telegram, tmp_path) as scene:
        shown = await answers(scene, Speech(("Look:\n\n```python\n", code, "\n```\n\nDone.")))
        assert len(shown) >= 2
        assert said("".join(each.text for each in shown)) == said(f"Look:{code}Done.")
        for part in shown:
            assert [mark["type"] for mark in part.entities if mark["type"] == "pre"] == ["pre"]


@pytest.mark.parametrize("method", ["sendMessage", "sendMessageDraft", "sendChatAction"])
@pytest.mark.parametrize("when", ["first", "every other"])
async def test_a_429_costs_no_word(telegram: TelegramStandIn, tmp_path: Path, method: str, when: str) -> None:
    async with on_telegram(telegram, tmp_path, behaviour=quick(2000)) as scene:
        telegram.faults.script(method, *([too_many(1)] if when == "first" else [None, too_many(1), None, too_many(1)]))
        scene.phone.say(scene.ann, scene.ann, "[long 1500]")
        await scene.phone.until(lambda: "w1499" in str([m.text for m in scene.phone.from_bot(scene.ann)]), timeout_s=30)
        await scene.house.at_rest()
        words = " ".join(shown.text for shown in scene.phone.from_bot(scene.ann)).split()
        assert words == [f"w{number:04d}" for number in range(1500)]


async def test_a_429_on_the_last_edit_in_a_group(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, behaviour=quick(60)) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann)
        limited: list[float] = []

        def last_edits(call: Call) -> Fault | None:
            if call.method != "editMessageText" or "w0299" not in call.params.get("text", "") or len(limited) == 2:
                return None
            limited.append(call.at)
            return too_many(1)

        telegram.faults.decide = last_edits
        scene.phone.say(group, scene.ann, "/chat [long 300]")
        await scene.phone.until(lambda: "w0299" in str([m.text for m in scene.phone.from_bot(group)]), timeout_s=30)
        await scene.house.at_rest()
        assert len(limited) == 2
        words = " ".join(shown.text for shown in scene.phone.from_bot(group)).split()
        assert words == [f"w{number:04d}" for number in range(300)]


async def test_stop_between_the_last_draft_and_the_final_message(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, behaviour=quick(100)) as scene:
        hold = Hold()
        telegram.faults.script("sendMessage", hold, chat=scene.ann.id)
        scene.phone.say(scene.ann, scene.ann, "[long 60]")
        await hold.reached.wait()
        scene.phone.stop(scene.ann)
        scene.phone.say(scene.ann, scene.ann, "/stop")
        scene.phone.say(scene.ann, scene.ann, "/stop")
        hold.go.set()
        await scene.heard()
        answer = scene.phone.from_bot(scene.ann)[0].text
        assert answer.split()[:60] == [f"w{number:04d}" for number in range(60)]
        assert scene.phone.draft(scene.ann) is None


async def test_stop_pressed_twice_keeps_what_came_and_charges_once(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, behaviour=quick(50)) as scene:
        scene.phone.say(scene.ann, scene.ann, "[long 3000]")
        await scene.phone.until(lambda: (draft := scene.phone.draft(scene.ann)) and "w0010" in draft.text)
        scene.phone.stop(scene.ann)
        scene.phone.repeat()
        scene.phone.say(scene.ann, scene.ann, "/stop")
        await scene.hears("w0010")
        await scene.heard()
        assert len(scene.house.books()) == 2
        assert scene.house.spent() > 0


async def test_a_preview_that_is_deleted_is_sent_anew(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, behaviour=quick(60)) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann)
        scene.phone.say(group, scene.ann, "/chat [long 250]")
        shown = await scene.phone.until(lambda: scene.phone.last(group), timeout_s=20)
        assert shown is not None
        scene.phone.delete(shown)
        await scene.phone.until(lambda: "w0249" in str([m.text for m in scene.phone.from_bot(group)]), timeout_s=30)
        await scene.house.at_rest()
        words = " ".join(each.text for each in scene.phone.from_bot(group)).split()
        assert words == [f"w{number:04d}" for number in range(250)]


async def test_blocked_in_mid_answer_and_in_mid_film(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """What came is paid; nothing is asked for ever; others are served; it works again when they come back."""
    async with on_telegram(telegram, tmp_path, behaviour=quick(300)) as scene:
        hang = Hang()
        scene.house.gateway.behaviour.script(FILM, hang)
        scene.phone.say(scene.ann, scene.ann, "/video a cat")
        await hang.arrived.wait()
        scene.phone.say(scene.ann, scene.ann, "[long 600]")
        await scene.phone.until(lambda: scene.phone.draft(scene.ann))
        scene.phone.block(scene.ann)
        hang.release()
        await scene.heard()
        states = {state for (state,) in scene.house.rows("SELECT state FROM jobs")}
        assert states == {"undelivered"}
        scene.phone.unblock(scene.ann)
        scene.phone.say(scene.ann, scene.ann, "/jobs")
        listed = await scene.phone.until(
            lambda: next((m for m in scene.phone.from_bot(scene.ann) if ":show" in str(m.buttons)), None)
        )
        assert listed is not None
        scene.phone.press(
            listed, next(b["callback_data"] for row in listed.buttons for b in row if "show" in b["callback_data"])
        )
        await scene.phone.until(lambda: any(shown.media for shown in scene.phone.from_bot(scene.ann)))


async def test_a_topic_that_is_closed_meanwhile(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, behaviour=quick(300)) as scene:
        forum = scene.phone.group("Forum", scene.boss, scene.ann, forum=True)
        thread = scene.phone.topic(forum)
        hang = Hang()
        scene.house.gateway.behaviour.script(PICTURES, hang)
        scene.phone.say(forum, scene.ann, "/image a fox", thread=thread)
        await hang.arrived.wait()
        scene.phone.say(forum, scene.ann, "/chat [long 400]", thread=thread)
        await scene.phone.until(lambda: scene.phone.last(forum))
        forum.topics[thread] = False
        hang.release()
        await scene.heard()
        assert scene.house.rows("SELECT state FROM jobs") == [("undelivered",)]


async def test_two_resets_at_once_and_one_while_it_streams(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, behaviour=quick(100)) as scene:
        scene.phone.say(scene.ann, scene.ann, "[long 60]")
        await scene.phone.until(lambda: scene.phone.draft(scene.ann))
        for person in (scene.ann, scene.bob, scene.ann):
            scene.phone.say(person, person, "/new")
        await scene.hears("w0059")
        assert await scene.told("what is a fox?")
        assert "earlier messages" not in scene.phone.from_bot(scene.ann)[-1].text
        assert sum(len(scene.phone.from_bot(person)) for person in (scene.ann, scene.bob)) == 5


async def test_everything_is_deleted_while_it_streams(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """/privacy delete with an answer under way and a film being made: no words are left, no money is lost."""
    async with on_telegram(telegram, tmp_path, behaviour=quick(100)) as scene:
        hang = Hang()
        scene.house.gateway.behaviour.script(FILM, hang)
        scene.phone.say(scene.ann, scene.ann, "/video a cat with a secret hat")
        await hang.arrived.wait()
        scene.phone.say(scene.ann, scene.ann, "the secret word is xyzzy [long 300]")
        await scene.phone.until(lambda: scene.phone.draft(scene.ann))
        scene.phone.say(scene.ann, scene.ann, "/privacy")
        message = await scene.phone.until(
            lambda: next((m for m in scene.phone.from_bot(scene.ann) if "privacy:erase" in str(m.buttons)), None)
        )
        assert message is not None
        for data in ("privacy:erase", "privacy:sure", "privacy:sure"):
            scene.phone.press_data(message, data, scene.ann)
        await scene.phone.until(lambda: message.edits >= 2)
        hang.release()
        await scene.heard()
        for table in ("turns", "jobs", "conversations", "persons", "identities", "notices"):
            rows = str(scene.house.rows(f"SELECT * FROM {table}"))  # noqa: S608 # a name of ours
            assert "xyzzy" not in rows, table
            assert "w0001" not in rows, table
        assert any(shown.media for shown in scene.phone.from_bot(scene.ann))
        assert "Ann" not in str(scene.house.rows("SELECT name FROM identities WHERE platform_id = '502'"))


async def test_an_album_with_one_caption(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        answer = await scene.after(
            lambda: scene.phone.album(scene.ann, scene.ann, [picture(), picture(50, 20)], "what are these?")
        )
        assert len(answer) == 1 and "what are these?" in answer[0]
        (seen,) = [seen for seen in scene.house.gateway.requests if seen.route == CHAT]
        assert str(seen.body).count("image_url': {") == 2


async def test_edits_and_retries(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        question = scene.phone.say(scene.ann, scene.ann, "what is a fx?")
        await scene.hears("what is a fx?")
        scene.phone.edit(question, "what is a fox?")
        scene.phone.repeat()
        await scene.hears("what is a fox?")
        scene.phone.edit(question, "/image a fox")  # an edit orders nothing
        scene.phone.edit(question, "/admin stats")
        await scene.heard()
        assert scene.house.gateway.submits.total() == 2
        await scene.told("/retry")
        questions = [str(seen.body) for seen in scene.house.gateway.requests if seen.route == CHAT]
        assert "/retry" not in questions[-1] and "what is a fox?" in questions[-1]
        scene.phone.sticker(scene.ann, scene.ann)
        await scene.hears("stickers")
        await scene.told("/retry")
        assert "what is a fox?" in str([seen.body for seen in scene.house.gateway.requests if seen.route == CHAT][-1])


async def test_twenty_at_once_on_the_last_credit(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """One account, twenty orders and twenty questions in one moment: never overdrawn, each is answered."""
    poor = CONFIG.replace("daily_credits = 100", "daily_credits = 10\nopen_jobs = 100")
    async with on_telegram(telegram, tmp_path, config=poor) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann)
        for _ in range(20):
            scene.phone.say(group, scene.ann, "/image a fox --model gpt-image-2")
        await scene.heard()
        quote = scene.house.rows("SELECT quote FROM jobs")[0][0]
        assert scene.house.gateway.accepted["/v1/images/generations"] == 100_000 // quote
        assert scene.house.spent() <= 100_000


async def test_the_same_update_again_and_again(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        scene.phone.say(scene.ann, scene.ann, "/image a fox")
        for _ in range(5):
            scene.phone.repeat()
        await scene.phone.until(lambda: any(shown.media for shown in scene.phone.from_bot(scene.ann)))
        scene.phone.repeat()
        scene.phone.say(scene.ann, scene.ann, "what is a fox?")
        for _ in range(5):
            scene.phone.repeat()
        await scene.hears("what is a fox?")
        await scene.heard()
        assert scene.house.gateway.accepted.total() == 2
        assert len(scene.phone.from_bot(scene.ann)) == 3


async def test_a_burst_under_the_limiter_meets_no_refusal(telegram: TelegramStandIn, tmp_path: Path) -> None:
    telegram.limiter = TelegramLimiter()
    async with on_telegram(telegram, tmp_path, behaviour=quick(500), paced=True) as scene:
        scene.phone.say(scene.ann, scene.ann, "[long 900]")
        scene.phone.say(scene.ann, scene.ann, "/image a fox")
        scene.phone.say(scene.ann, scene.ann, "/help")
        scene.phone.say(scene.bob, scene.bob, "what is a fox?")
        await scene.hears("what is a fox?", scene.bob)
        await asyncio.wait_for(_all(scene, 900), 60)
        assert telegram.refusals == []


async def _all(scene: OnTelegram, many: int) -> None:
    await scene.phone.until(lambda: f"w{many - 1:04d}" in str([m.text for m in scene.phone.from_bot(scene.ann)]), 60)
    await scene.phone.until(lambda: any(shown.media for shown in scene.phone.from_bot(scene.ann)), 60)
    await scene.house.at_rest()


async def test_a_draft_that_telegram_refuses_and_an_entity_it_does_not_like(
    telegram: TelegramStandIn, tmp_path: Path
) -> None:
    async with on_telegram(telegram, tmp_path, behaviour=quick(200)) as scene:
        telegram.faults.script("sendMessageDraft", bad_request("chat not supported"))
        telegram.faults.script("sendMessage", bad_request("can't parse entities: out of bounds"), chat=scene.ann.id)
        scene.phone.say(scene.ann, scene.ann, "**hello** [long 100]")
        await scene.hears("w0099")
        telegram.faults.script("sendMessage", forbidden("user is deactivated"), chat=scene.ann.id)
        scene.phone.say(scene.ann, scene.ann, "and now?")
        await scene.heard()
