"""Garbage behind the assistant's commands and in the data of its buttons; models that cannot write; messages passed on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bots.discord import reading
from tests.hostile.rig import CONFIG
from tests.hostile.scenes import on_telegram
from tests.hostile.test_buttons import answer_to
from tests.standins.telegram import TelegramStandIn

RICH = CONFIG.replace("daily_credits = 100", "daily_credits = 10000")

COMMANDS = ["think", "search", "system", "forget", "export", "continue", "summary", "settings", "memories", "remember"]
GARBAGE = ["", "\u202e🦊", "—always 开", "--always", "²", "{ $x }", "x" * 3_900]


async def test_garbage_behind_every_command(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Each is answered, none breaks anything."""
    async with on_telegram(telegram, tmp_path, config=RICH) as scene:
        await scene.told("hello")
        for command in COMMANDS:
            for words in GARBAGE:
                scene.phone.say(scene.ann, scene.ann, f"/{command} {words}")
        await scene.heard()
        assert len(scene.phone.from_bot(scene.ann)) >= len(COMMANDS) * len(GARBAGE)
        assert not any("on my side" in shown.text for shown in scene.phone.from_bot(scene.ann))


def forged(person: str) -> list[str]:
    """`person`: whose buttons they claim to be."""
    return [
        "prop", "prop:", "prop:x:yes", "prop:x-1:no", "prop::yes", "prop:x:maybe", f"set:ask_above:999999:{person}",
        f"set:ask_above:-5:{person}", f"set:tools:maybe:{person}", f"set:next:job:{person}", f"set:{person}", "set:",
        f"think:hardest:{person}", f"think:{person}", "think:", f"search:maybe:{person}", f"search:{person}",
        f"system:none:x:{person}", f"system:{person}", f"summary:sure:x:{person}", f"summary:ask:{person}",
        f"memories:-1:{person}", f"memories:99999999999:{person}", f"memories:²:{person}", f"forget:one:x:0:{person}",
        f"forget:one:{person}", f"forget:{person}", "forget:", "turn:x:continue", "turn::continue",
    ]  # fmt: skip


async def test_forged_buttons_of_the_assistant(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("/remember I like tea")
        ((ann, before),) = scene.house.rows(
            "SELECT persons.id, settings FROM persons JOIN identities ON person_id = persons.id WHERE platform_id = ?",
            str(scene.ann.id),
        )
        message = scene.phone.from_bot(scene.ann)[0]
        for data in forged(ann):
            answer = await answer_to(scene, message, data, scene.ann)
            assert "on my side" not in answer, data
        await scene.told("/help", scene.bob)
        elsewhere = scene.phone.from_bot(scene.bob)[0]
        for data in (f"forget:all:{ann}", f"set:tools:off:{ann}", f"search:on:{ann}", f"memories:0:{ann}"):
            await answer_to(scene, elsewhere, data, scene.bob)
        assert "tea" not in str([shown.text for shown in scene.phone.from_bot(scene.bob)])
        assert scene.house.rows("SELECT text FROM memories") == [("I like tea",)]
        ((after,),) = scene.house.rows("SELECT settings FROM persons WHERE id = ?", ann)
        assert after == before
        shown = str([each.text for each in (*scene.phone.from_bot(scene.ann), *scene.phone.from_bot(scene.bob))])
        assert "on my side" not in shown


@pytest.mark.parametrize("model", ["gpt-5-mini", "claude-haiku-4-5-20251001", "gemini-2.5-flash", "o3-pro"])
async def test_a_model_that_cannot_write(telegram: TelegramStandIn, tmp_path: Path, model: str) -> None:
    """Names that are none and arguments that are no JSON go back to it as mistakes; no wire refuses its next round."""
    calls = '[tool func.draw... {"a": 1}] [tool calculate {"expression": ] [tool calculate {"expression": "2+40"}]'
    async with on_telegram(telegram, tmp_path, config=RICH) as scene:
        await scene.told(f"/model {model}")
        scene.phone.say(scene.ann, scene.ann, calls)
        answer = await scene.hears("came of it")
        assert "There is no tool" in answer.text and "42" in answer.text


def test_what_discord_passes_on_is_somebody_elses() -> None:
    def message(content: str, *passed_on: str, **more: Any) -> Any:
        author = SimpleNamespace(id=7, name="ann", bot=False)
        snapshots = [SimpleNamespace(content=text, attachments=[]) for text in passed_on]
        usual: dict[str, Any] = {
            "mentions": [],
            "attachments": [],
            "stickers": [],
            "poll": None,
            "guild": None,
            "reference": None,
        }
        channel = SimpleNamespace(id=5)
        return SimpleNamespace(
            id=9,
            content=content,
            message_snapshots=snapshots,
            author=author,
            channel=channel,
            type=None,
            **usual,
            **more,
        )

    def read(content: str, *passed_on: str) -> Any:
        return reading.incoming_of(cast(Any, message(content, *passed_on)), 1, "e", 0)

    assert (read("mine").text, read("mine").forwarded) == ("mine", False)
    assert (read("", "theirs").text, read("", "theirs").forwarded) == ("theirs", True)
