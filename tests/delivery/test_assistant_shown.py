"""What people see of the assistant on both platforms: the real bot and clients, the stand-ins, the sandbox's model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bots.discord.payloads import VOICE_MESSAGE
from bots.sandbox.faults import Hang
from tests.hostile.rig import PICTURES, House
from tests.hostile.scenes import on_discord, on_telegram
from tests.standins.discord import DiscordStandin
from tests.standins.discord_world import Message
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown


async def wanting(house: House, platform: str, person_id: int, **settings: Any) -> None:
    async with house.bot.core.store.read() as tx:
        person = await tx.people.person_of(platform, str(person_id))
    assert person is not None
    await house.bot.services.directory.set_settings(person.id, {**person.settings, **settings})


def kinds(shown: Shown) -> list[str]:
    return [entity["type"] for entity in shown.entities]


# --- Telegram --------------------


async def test_telegram_shows_thinking_folded_and_the_price(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("hello")
        await wanting(scene.house, "telegram", scene.ann.id, cost=True)
        await scene.told("/think high")
        await scene.told("why is it red? [think Let me see @bob `there`]")
        shown = scene.phone.from_bot(scene.ann)[-1]
        assert shown.text.startswith("💭 Let me see @\u2060bob `there`\n")
        assert kinds(shown)[0] == "expandable_blockquote"
        assert "credits" in shown.text.split("\n")[-1] and kinds(shown)[-1] == "italic"


async def test_telegram_shows_sources_as_small_links(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("/search foxes")
        shown = next(each for each in scene.phone.from_bot(scene.ann) if "[1]" in each.text)
        marks = [each for each in shown.entities if each["type"] == "text_link"]
        words = [shown.text[each["offset"] : each["offset"] + each["length"]] for each in marks]
        assert words[0] == "[1]" and all(each["url"].startswith("https://") for each in marks)
        assert "1. " in shown.text.rpartition("\n\n")[2]


async def test_telegram_shows_pictures_of_an_answer(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        scene.phone.say(scene.ann, scene.ann, "a fox please [picture]")
        await scene.phone.until(lambda: any(each.media for each in scene.phone.from_bot(scene.ann)))
        await scene.heard()
        words, picture = scene.phone.from_bot(scene.ann)
        assert words.text and words.media is None
        assert picture.media is not None and picture.media.kind == "photo"


async def test_telegram_shows_what_a_tool_began(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        hang = Hang()
        scene.house.gateway.behaviour.script(PICTURES, hang)
        scene.phone.say(scene.ann, scene.ann, "draw me a fox")
        await hang.arrived.wait()
        await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) == 2)
        _, card = scene.phone.from_bot(scene.ann)
        assert "is drawing" in card.text
        assert [button["callback_data"].split(":")[2] for row in card.buttons for button in row] == ["cancel"]
        hang.release()
        await scene.phone.until(lambda: any(each.media for each in scene.phone.from_bot(scene.ann)))
        await scene.heard()
        assert "ready" in card.text


async def test_telegram_asks_first_and_does_it_after_the_press(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("hello")
        await wanting(scene.house, "telegram", scene.ann.id, ask_above=0)
        scene.phone.say(scene.ann, scene.ann, "draw me a fox")
        card = await scene.hears("May I")
        assert "fox" in card.text and "credits" in card.text
        (yes, no) = [button["callback_data"] for row in card.buttons for button in row]
        assert (yes.rpartition(":")[2], no.rpartition(":")[2]) == ("yes", "no")
        scene.phone.press(card, yes)
        await scene.phone.until(lambda: any(each.media for each in scene.phone.from_bot(scene.ann)))
        await scene.heard()
        assert not card.buttons


async def test_telegram_offers_to_go_on(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("tell me a story [length]")
        shown = scene.phone.from_bot(scene.ann)[-1]
        (retry, go_on) = [button["callback_data"] for row in shown.buttons for button in row]
        assert retry.endswith(":retry") and go_on.endswith(":continue")
        many = len(scene.phone.from_bot(scene.ann))
        scene.phone.press(shown, go_on)
        await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) > many)
        await scene.heard()


async def test_telegram_reads_an_answer_aloud(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("hello")
        await wanting(scene.house, "telegram", scene.ann.id, voice=True)
        scene.phone.say(scene.ann, scene.ann, "why is it red?")
        await scene.phone.until(lambda: any(each.media for each in scene.phone.from_bot(scene.ann)))
        await scene.heard()
        words, voice = scene.phone.from_bot(scene.ann)[-2:]
        assert words.text and words.media is None
        assert voice.media is not None and voice.media.kind == "voice"


# --- Discord --------------------


async def said(scene: Any, words: str) -> list[Message]:
    before = len(scene.phone.from_bot(scene.dm))
    await scene.phone.say(scene.dm, scene.ann, words)
    await scene.phone.until(lambda: len(scene.phone.from_bot(scene.dm)) > before)
    await scene.heard()
    return list(scene.phone.from_bot(scene.dm)[before:])


async def test_discord_shows_thinking_covered_and_sources_as_links(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        await said(scene, "hello")
        await wanting(scene.house, "discord", scene.ann.id, cost=True)
        await said(scene, "/think high")
        (shown,) = await said(scene, "why? [think Well ||so|| <@5>]")
        first, *_, last = shown.text.split("\n")
        assert first == "-# 💭 ||Well \\|\\|so\\|\\| \\<\\@5\\>||"
        assert last.startswith("-# ") and "credits" in last
        found = await said(scene, "/search foxes")
        assert "[\\[1\\]](<https://" in "".join(message.text for message in found)


async def test_discord_shows_pictures_and_asks_first(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        words, picture = await said(scene, "a fox please [picture]")
        assert words.text and not words.files
        assert [file.name.rpartition(".")[2] for file in picture.files] == ["png"]
        await wanting(scene.house, "discord", scene.ann.id, ask_above=0)
        await said(scene, "draw me a fox")
        card = await scene.hears("May I")
        assert card.labels == ["✓ Yes", "✗ No"]
        await scene.phone.press(card, "✗ No", scene.ann)
        await scene.heard()
        assert card.labels == []
        assert scene.house.asked(PICTURES) == 0


async def test_discord_reads_an_answer_aloud(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        await said(scene, "hello")
        await wanting(scene.house, "discord", scene.ann.id, voice=True)
        await scene.phone.say(scene.dm, scene.ann, "why is it red?")
        await scene.phone.until(lambda: any(each.files for each in scene.phone.from_bot(scene.dm)))
        await scene.heard()
        voice = next(each for each in scene.phone.from_bot(scene.dm) if each.files)
        assert voice.flags == VOICE_MESSAGE
