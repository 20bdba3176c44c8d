"""Traps that other bots fell into on Discord, walked into by the whole bot."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from bots.sandbox.faults import Hang, Speech
from tests.hostile.rig import CHAT, CONFIG, FILM, PICTURES, quick
from tests.hostile.scenes import OnDiscord, on_discord
from tests.standins.discord import DiscordStandin
from tests.standins.discord_faults import Fault
from tests.standins.discord_world import Message

MESSAGES, MESSAGE = r"/channels/\d+/messages", r"/channels/\d+/messages/\d+"


def said(text: str) -> str:
    return "".join(text.split())


async def answers(scene: OnDiscord, speech: Speech, words: str = "go") -> list[Message]:
    before = set(scene.phone.from_bot(scene.dm))
    scene.house.gateway.behaviour.script(CHAT, speech)
    asked = scene.house.asked() + 1
    await scene.phone.say(scene.dm, scene.ann, words)
    await scene.phone.until(lambda: len(scene.phone.from_bot(scene.dm)) > len(before), cap_s=30)
    assert scene.house.asked() == asked
    await scene.heard()
    return [message for message in scene.phone.from_bot(scene.dm) if message not in before]


SPEECHES: dict[str, Speech] = {
    "first chunk with text": Speech(("Fi", "rst ", "words.")),
    "a chunk with empty choices": Speech(("One ", "two."), empty_chunk=True),
    "usage with the finish reason": Speech(("One ", "two."), usage="finish"),
    "no [DONE]": Speech(("One ", "two."), done=False),
    "exactly 2000": Speech(("x" * 2000,)),
    "exactly 1950": Speech(("x" * 1950,)),
    "2000 units of emoji": Speech(("😀" * 1000,)),
    "emoji over the limit": Speech(("😀" * 1001, " end")),
    "white space at a split": Speech(("y" * 1950, "\n" * 50, " " * 200, "\n\n", "z" * 10)),
    "only white space after a split": Speech(("y" * 1950, "\n\n \n\n")),
}


async def test_streams_of_every_shape_arrive_whole(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        for name, speech in SPEECHES.items():
            shown = await answers(scene, speech, name)
            assert said("".join(m.text for m in shown)) == said("".join(speech.pieces or ())), name
            assert all(m.text.strip() for m in shown), name


async def test_nobody_is_pinged_by_what_a_model_or_a_prompt_says(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        bait = f"@everyone @here <@{scene.bob.id}> <@!{scene.bob.id}> <@&1> <#{scene.room.id}> fox"
        scene.house.gateway.behaviour.script(CHAT, Speech((bait,)))
        await scene.phone.say(scene.room, scene.ann, "hello", mention=True)
        answer = await scene.hears("fox", scene.room)
        used = await scene.phone.slash(scene.room, scene.ann, "image", {"prompt": bait})
        await scene.phone.answered(used)
        await scene.phone.until(lambda: any(m.files for m in scene.phone.from_bot(scene.room)))
        await scene.phone.slash(scene.room, scene.ann, "jobs")
        await scene.phone.slash(scene.room, scene.ann, "model", {"model": "@everyone"})
        await scene.phone.slash(scene.room, scene.ann, "video", {"prompt": f"{bait} [fail]"})
        await scene.heard()
        for message in [answer, *scene.phone.from_bot(scene.room, scene.ann)]:
            assert message.pings <= {scene.ann.id}, message.text
        sent = [
            call.body for call in scene.phone.calls if call.method in {"POST", "PATCH"} and call.body.get("content")
        ]
        assert sent and all(body["allowed_mentions"]["parse"] == [] for body in sent)


@pytest.mark.parametrize("status", ["limited", "error", "html"])
async def test_trouble_on_the_first_send_and_the_last_edit(
    discord: DiscordStandin, tmp_path: Path, status: str
) -> None:
    async with on_discord(discord, tmp_path, behaviour=quick(300)) as scene:
        discord.faults.add("POST", MESSAGES, Fault(status, times=1, retry_after_s=0.05))  # type: ignore[arg-type] # a kind
        last = Fault(status, times=2, retry_after_s=0.05, when=lambda body: "w0399" in str(body.get("content")))  # type: ignore[arg-type] # a kind
        discord.faults.add("PATCH", MESSAGE, last)
        await scene.phone.say(scene.dm, scene.ann, "[long 400]")
        await scene.phone.until(lambda: "w0399" in str([m.text for m in scene.phone.from_bot(scene.dm)]), cap_s=60)
        await scene.house.at_rest()
        words = " ".join(m.text for m in scene.phone.from_bot(scene.dm)).split()
        assert words == [f"w{number:04d}" for number in range(400)]


async def test_a_preview_that_is_deleted_and_a_channel_that_goes(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path, behaviour=quick(100)) as scene:
        await scene.phone.say(scene.room, scene.ann, "[long 300]", mention=True)
        preview = await scene.phone.until(lambda: next(iter(scene.phone.from_bot(scene.room)), None))
        await scene.phone.delete(preview)
        await scene.phone.until(lambda: "w0299" in str([m.text for m in scene.phone.from_bot(scene.room)]), cap_s=30)
        await scene.house.at_rest()
        words = " ".join(m.text for m in scene.phone.from_bot(scene.room)).split()
        assert words == [f"w{number:04d}" for number in range(300)]
        hang = Hang()
        scene.house.gateway.behaviour.script(PICTURES, hang)
        await scene.phone.slash(scene.room, scene.ann, "image", {"prompt": "a fox"})
        await hang.arrived.wait()
        await scene.phone.delete_channel(scene.room)
        hang.release()
        await scene.heard()
        assert scene.house.rows("SELECT state FROM jobs") == [("undelivered",)]


async def test_an_interaction_that_expires_while_it_is_worked_on(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        hang = Hang()
        scene.house.gateway.behaviour.script(CHAT, hang)
        await scene.phone.slash(scene.room, scene.ann, "chat", {"question": "what is a fox?"})
        await hang.arrived.wait()
        discord.clock.advance(16 * 60)
        hang.release()
        await scene.hears("what is a fox?", scene.room)
        assert sum("what is a fox?" in m.text for m in scene.phone.from_bot(scene.room)) == 1


async def test_presses_of_others_and_presses_twice(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        await scene.phone.slash(scene.room, scene.ann, "image", {"prompt": "a fox"})
        result = await scene.phone.until(lambda: next((m for m in scene.phone.from_bot(scene.room) if m.files), None))
        await scene.house.at_rest()
        books = scene.house.books()
        for control in result.controls:
            await scene.phone.press(result, control["custom_id"], scene.bob)
        await scene.heard()
        assert not result.deleted and scene.house.books() == books
        delete = next(c["custom_id"] for c in result.controls if c["custom_id"].endswith(":delete"))
        await asyncio.gather(*(scene.phone.press(result, delete, scene.ann) for _ in range(3)))
        await scene.phone.until(lambda: result.deleted)
        await scene.heard()
        assert scene.house.books() == books


async def test_a_new_day_and_a_clock_that_goes_back(discord: DiscordStandin, tmp_path: Path) -> None:
    """Credits come back once a day, and not once more when the clock is set back."""
    one = CONFIG.replace("daily_credits = 100", "daily_credits = 12\nopen_jobs = 100")
    async with on_discord(discord, tmp_path, config=one) as scene:

        async def draws() -> int:
            before = scene.house.gateway.accepted.total()
            for _ in range(4):
                await scene.phone.say(scene.dm, scene.ann, "/image a fox")
            await scene.heard()
            return scene.house.gateway.accepted.total() - before

        scene.house.clock.to_the_beginning_of(86_400)
        today_s = scene.house.clock.offset_s
        assert [await draws(), await draws()] == [2, 0]
        scene.house.clock.offset_s = today_s + 86_400
        assert await draws() == 2
        scene.house.clock.offset_s = today_s
        assert await draws() == 0
        scene.house.clock.offset_s = today_s + 86_400
        assert await draws() == 0
        scene.house.clock.offset_s = today_s + 31 * 86_400  # another month
        assert [await draws(), await draws()] == [2, 0]


async def test_other_bots_and_webhooks_are_not_heard(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        other = scene.phone.person("other-bot", bot=True)
        await scene.phone.say(scene.room, other, "hello, what is a fox?", mention=True)
        await scene.phone.say(scene.room, other, "/image a fox", mention=True)
        await scene.heard()
        assert scene.phone.from_bot(scene.room) == []
        assert scene.house.books() == ()


async def test_words_that_no_message_should_have(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        for words in (
            "\x00fox",
            "fox \u202e\u2066",
            "fox" + "\u0301" * 1500,
            "/image \x00fox\x00",
            "fox ```" + "`" * 1500,
        ):
            many = len(scene.phone.from_bot(scene.dm))
            await scene.phone.say(scene.dm, scene.ann, words)
            await _more(scene, many)
            await scene.heard()
        assert not any(re.search("on my side", m.text) for m in scene.phone.from_bot(scene.dm))
        assert [m.text for m in scene.phone.from_bot(scene.dm) if "\x00" in m.text] == []


async def _more(scene: OnDiscord, than: int) -> None:
    await scene.phone.until(lambda: len(scene.phone.from_bot(scene.dm)) > than)


async def test_a_film_whose_asker_left_and_came_back(discord: DiscordStandin, tmp_path: Path) -> None:
    """The bot is thrown out of the server while it works: paid, kept, and to be had in /jobs."""
    async with on_discord(discord, tmp_path) as scene:
        hang = Hang()
        scene.house.gateway.behaviour.script(FILM, hang)
        await scene.phone.slash(scene.room, scene.ann, "video", {"prompt": "a cat"})
        await hang.arrived.wait()
        assert scene.room.guild is not None
        await scene.phone.remove_bot(scene.room.guild)
        hang.release()
        await scene.heard()
        assert scene.house.rows("SELECT state FROM jobs") == [("undelivered",)]
        await scene.phone.say(scene.dm, scene.ann, "/jobs")
        listed = await scene.phone.until(lambda: next((m for m in scene.phone.from_bot(scene.dm) if m.controls), None))
        show = next(c["custom_id"] for c in listed.controls if "show" in c["custom_id"])
        await scene.phone.press(listed, show, scene.ann)
        await scene.phone.until(lambda: any(m.files for m in scene.phone.from_bot(scene.dm)))
