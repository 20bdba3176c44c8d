"""Bad input through real front ends: each gets one clear sentence, costs nothing, loses nothing."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.rig import CONFIG, FILMS, PICTURES
from tests.hostile.scenes import OnDiscord, OnTelegram, on_discord, on_telegram
from tests.standins.discord import DiscordStandin
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture

POOR = CONFIG.replace("daily_credits = 100", "daily_credits = 0.001")
MB = 1024 * 1024

WORDS = {
    "/chat": "Write your question after /chat",
    "/image": "Write it after the command",
    "/image \n\t  ": "Write it after the command",
    "/edit": "What shall I change?",
    "/video --seconds 5": "Write it after the command",
    "/edit make it blue": "I need a picture for that",
    "/image a fox --model no-such": "I do not know a model “no-such”",
    "/chat --model no-such hello": "I do not know a model “no-such”",
    "/model no-such": "I do not know a model “no-such”",
    "/image a fox --colour red": "There is no option “colour” here",
    "/video a fox --seconds 7000": "does not fit seconds",
    "/video a fox --seconds": "needs a value right behind it",
    "/image a fox --model": "needs a value right behind it",
    "/imagine a fox": "I do not know /imagine",
    "/admin stats": "Only the owner",
    "/cancel": "nothing running",
    "/stop": "nothing running",
    "/retry": "nothing running",
    "/persona nobody": "“nobody” does not fit persona",
    "/language klingon": "does not fit language",
    "x" * 100_000: "100,000 characters, and I can take 32,000",
    "/image " + "x" * 100_000: "characters, and I can take 32,000",
    "x" * 200_000: "characters, and I can take 32,000",
}


async def test_words_on_telegram(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        for words, sentence in WORDS.items():
            said = await scene.told(words)
            assert len(said) == 1 and sentence in said[0], (words[:50], said)
        assert scene.house.books() == ()
        assert scene.house.gateway.submits.total() == 0


async def test_words_on_discord(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path) as scene:
        for words, sentence in WORDS.items():
            before = len(scene.phone.from_bot(scene.dm))
            await scene.phone.say(scene.dm, scene.ann, words)
            said = await more(scene, before)
            assert len(said) == 1 and sentence in said[0], (words[:50], said)
        assert scene.house.books() == ()
        assert scene.house.gateway.submits.total() == 0


async def more(scene: OnDiscord, than: int) -> list[str]:
    await scene.phone.until(lambda: len(scene.phone.from_bot(scene.dm)) > than)
    await scene.house.at_rest()
    return [message.text for message in scene.phone.from_bot(scene.dm)][than:]


BOMB = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + (60_000).to_bytes(4) * 2 + bytes.fromhex("0802000000")
FILES: dict[str, tuple[bytes, str, int, str]] = {
    "60 MB": (picture(), "image/png", 60 * MB, "That file is too large"),
    "text called .png": (b"just some words, no picture at all", "image/png", 0, "I cannot use the file"),
    "svg called .png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", 0, "I cannot use the file"),
    "html called .jpg": (b"<!DOCTYPE html><script>1</script>", "image/jpeg", 0, "I cannot use the file"),
    "empty": (b"", "image/png", 0, "I cannot use the file"),
    "half a picture": (picture(300, 300)[:60], "image/png", 0, "I cannot use the file"),
    "3.6 gigapixels": (BOMB, "image/png", 0, "I cannot use the file"),
    "half an archive": (b"PK\x03\x04", "application/zip", 0, "is damaged"),
    "program": (b"\x7fELF" + bytes(99), "application/octet-stream", 0, "I cannot read"),
    "voice without sound": (b"OggS" + bytes(99), "audio/ogg", 0, "I cannot use the file"),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("caption", ["/edit make it blue", "what is this?"])
async def test_files_on_telegram(telegram: TelegramStandIn, tmp_path: Path, what: str, caption: str) -> None:
    data, mime, size, sentence = FILES[what]
    if caption.startswith("/") and not mime.startswith("image/"):
        sentence = "This command takes no"
    name = "../../etc/пароль\n\u202egnp.png"
    async with on_telegram(telegram, tmp_path) as scene:
        said = await scene.after(
            lambda: scene.phone.document(scene.ann, scene.ann, data, name, mime, caption, size=size)
        )
        assert len(said) == 1 and sentence in said[0], said
        assert scene.house.books() == ()
        assert scene.house.gateway.submits.total() == 0
        await still_answers(scene)


@pytest.mark.parametrize("what", ["text called .png", "half a picture", "3.6 gigapixels", "empty"])
async def test_files_on_discord(discord: DiscordStandin, tmp_path: Path, what: str) -> None:
    data, _, _, sentence = FILES[what]
    async with on_discord(discord, tmp_path) as scene:
        await scene.phone.say(scene.dm, scene.ann, "/edit make it blue", attachments=[("naïve a.png", data)])
        await scene.hears(sentence)
        assert len(scene.phone.from_bot(scene.dm)) == 1
        assert scene.house.books() == ()


async def still_answers(scene: OnTelegram) -> None:
    scene.phone.say(scene.bob, scene.bob, "what is a fox?")
    await scene.hears("what is a fox?", scene.bob)


@pytest.mark.parametrize("words", ["/image a fox [refuse]", "/video a fox [refuse]", "/video a fox [fail]"])
async def test_a_refused_order_is_refunded(telegram: TelegramStandIn, tmp_path: Path, words: str) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        said = await scene.told(words)
        ends = [text for text in said if "Nothing was charged" in text or "nothing was charged" in text]
        assert len(ends) == 1 and len(said) <= 2, said
        assert scene.house.spent() == 0


async def test_a_refused_question_is_free(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        said = await scene.told("something bad [refuse]")
        assert len(said) == 1
        assert scene.house.spent() == 0


@pytest.mark.parametrize("words", ["what is a fox?", "/image a fox", "/video a fox"])
async def test_no_balance(telegram: TelegramStandIn, tmp_path: Path, words: str) -> None:
    async with on_telegram(telegram, tmp_path, config=POOR) as scene:
        said = await scene.told(words)
        assert len(said) == 1 and "That costs" in said[0] and "new credits" in said[0], said
        assert scene.house.books() == ()
        assert scene.house.gateway.submits.total() == 0


async def test_a_banned_person_hears_nothing_and_costs_nothing(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("what is a fox?")
        answer = scene.phone.last(scene.ann)
        assert answer is not None
        await scene.told(f"/admin ban {scene.ann.id}", scene.boss)
        books, many = scene.house.books(), len(scene.phone.from_bot(scene.ann))
        for words in ("hello?", "/image a fox", "/start abcd", "/privacy"):
            scene.phone.say(scene.ann, scene.ann, words)
        scene.phone.press_data(answer, "example:video", scene.ann)
        scene.phone.photo(scene.ann, scene.ann, picture(), "/edit it")
        await scene.heard()
        assert len(scene.phone.from_bot(scene.ann)) == many
        assert scene.house.books() == books


def _nobody() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


async def test_a_gateway_that_is_down(telegram: TelegramStandIn, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("core.answering.AGAIN_AFTER_S", (0.01,))
    async with on_telegram(telegram, tmp_path, gateway_url=_nobody()) as scene:
        said = await scene.told("what is a fox?")
        assert len(said) == 1 and "I cannot reach the AI service" in said[0]
        assert scene.phone.last(scene.ann).button("Try again")  # type: ignore[union-attr]
        assert scene.house.spent() == 0
        scene.phone.say(scene.ann, scene.ann, "/image a fox")
        await scene.phone.until(lambda: "gpt-image" in scene.phone.from_bot(scene.ann)[-1].text)
        scene.phone.press(scene.phone.from_bot(scene.ann)[-1], "Cancel")
        await scene.hears("Cancelled")
        assert scene.house.spent() == 0


@pytest.mark.parametrize("route", [PICTURES, FILMS])
async def test_nothing_is_sent_for_bad_slash_options(discord: DiscordStandin, tmp_path: Path, route: str) -> None:
    command = {PICTURES: "image", FILMS: "video"}[route]
    async with on_discord(discord, tmp_path) as scene:
        for options in ({"model": "no-such"}, {"prompt": " "}, {"prompt": "\u200b\u2060"}, {"prompt": "\n"}):
            used = await scene.phone.slash(scene.dm, scene.ann, command, {"prompt": "a fox", **options})
            answer = await scene.phone.answered(used)
            assert answer is not None and answer.text
        await scene.house.at_rest()


async def test_a_slash_command_without_money(discord: DiscordStandin, tmp_path: Path) -> None:
    async with on_discord(discord, tmp_path, config=POOR) as scene:
        await refused(scene, "chat", {"question": "hello"})
        await refused(scene, "image", {"prompt": "a fox"})
        assert scene.house.books() == ()


async def refused(scene: OnDiscord, command: str, options: dict[str, Any]) -> None:
    """The asker alone reads about money."""
    many = len(scene.phone.visible(scene.room, scene.ann))
    await scene.phone.slash(scene.room, scene.ann, command, options)
    await scene.phone.until(
        lambda: "That costs" in str([m.text for m in scene.phone.visible(scene.room, scene.ann)[many:]])
    )
    assert scene.phone.visible(scene.room, scene.bob) == []
