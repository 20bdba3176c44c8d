"""Whatever the platform's line does, what was delivered, joined, is what the model said: many people at once, each with an
answer of a random shape and a random run of faults, on both strict stand-ins through the real clients."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bots.sandbox.faults import Speech
from tests.hostile.rig import CHAT
from tests.hostile.scenes import on_discord, on_telegram
from tests.standins.discord import DiscordStandin
from tests.standins.discord_faults import Fault, FaultKind
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_faults import LOST_ANSWER, LOST_REQUEST, server_error, too_many

PEOPLE = 6
KINDS: tuple[FaultKind, ...] = ("limited", "drop_before", "drop_after", "error", "html")
WORD = re.compile(r"p\d\dw\d{4}")


def said(dice: random.Random, person: int) -> list[str]:
    """The words of one answer: some short, some longer than one message of any platform."""
    return [f"p{person:02}w{number:04}" for number in range(dice.choice([1, 30, 230, 700]))]


def spoken(dice: random.Random, words: list[str]) -> Speech:
    """The same words with random white space between them, cut into pieces anywhere."""
    text = "".join(word + dice.choice([" ", " ", " ", "\n", "\n\n"]) for word in words)
    pieces = []
    while text:
        size = dice.choice([1, 7, 40, 400])
        pieces.append(text[:size])
        text = text[size:]
    return Speech(tuple(pieces), empty_chunk=dice.random() < 0.3)


def arrived(texts: Iterable[str]) -> list[str]:
    """The words in the order they stand in the chat; a part that a lost answer doubled counts once."""
    shown: list[str] = []
    for text in texts:
        words = WORD.findall(text)
        if words and words != shown[-len(words) :]:
            shown += words
    return shown


def judge(chats: Iterable[list[str]], answers: list[list[str]]) -> None:
    got = sorted(chats)
    assert [len(words) for words in got] == [len(words) for words in sorted(answers)]
    assert got == sorted(answers)


@pytest.mark.parametrize("seed", range(4))
async def test_on_telegram(telegram: TelegramStandIn, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    answers = [said(dice, person) for person in range(PEOPLE)]
    async with on_telegram(telegram, tmp_path) as scene:
        people = [scene.phone.person(f"P{person}") for person in range(PEOPLE)]
        for person, words in zip(people, answers, strict=True):
            scene.house.gateway.behaviour.script(CHAT, spoken(dice, words))
            for method in ("sendMessage", "sendMessageDraft", "editMessageText"):
                faults = [None, None, too_many(1), LOST_ANSWER, LOST_REQUEST, server_error(502)]
                scene.standin.faults.script(method, *dice.choices(faults, k=3), chat=person.id)
        for person in people:
            scene.phone.say(person, person, "tell me")
        await scene.phone.until(lambda: all(scene.phone.from_bot(person) for person in people))
        await scene.heard()
        judge([arrived(shown.text for shown in scene.phone.from_bot(person)) for person in people], answers)
        assert telegram.violations == []


@pytest.mark.parametrize("seed", range(4))
async def test_on_discord(discord: DiscordStandin, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    answers = [said(dice, person) for person in range(PEOPLE)]
    async with on_discord(discord, tmp_path) as scene:
        people = [scene.phone.person(f"p{person}") for person in range(PEOPLE)]
        rooms = [scene.phone.dm(person) for person in people]
        for words, room in zip(answers, rooms, strict=True):
            scene.house.gateway.behaviour.script(CHAT, spoken(dice, words))
            for method, path in (("POST", "messages"), ("PATCH", r"messages/\d+")):
                kind = dice.choice(KINDS)
                times = dice.choice([0, 1, 2])
                discord.faults.add(method, rf"/channels/{room.id}/{path}", Fault(kind, status=502, times=times))
        for person, room in zip(people, rooms, strict=True):
            await scene.phone.say(room, person, "tell me")
        await scene.phone.until(lambda: all(scene.phone.from_bot(room) for room in rooms))
        await scene.heard()
        judge([arrived(message.text for message in scene.phone.from_bot(room)) for room in rooms], answers)
        assert discord.phone.violations == []
