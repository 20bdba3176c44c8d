"""The Telegram stand-in when things go wrong: limits, scripted faults, chats that are gone; and by itself in a process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

import aiohttp
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod

from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_faults import (
    LOST_ANSWER,
    LOST_REQUEST,
    Hold,
    Page,
    TelegramLimiter,
    bad_request,
    forbidden,
    server_error,
    too_many,
)
from tests.telegram.bots import Seconds, open_bot

MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64


async def test_comings_and_goings(telegram: TelegramStandIn, bot: Bot) -> None:
    ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob")
    group = telegram.phone.group("Owls", ann, kind="group")
    telegram.phone.add_bot(group, ann)
    telegram.phone.join(group, bob)
    new = telegram.phone.migrate(group, ann)
    with pytest.raises(TelegramMigrateToChat) as moved:
        await bot.send_message(group.id, "x")
    assert moved.value.migrate_to_chat_id == new.id
    telegram.phone.kick_bot(new, ann)
    with pytest.raises(TelegramForbiddenError, match="kicked"):
        await bot.send_message(new.id, "x")
    telegram.phone.block(bob)
    with pytest.raises(TelegramForbiddenError, match="blocked"):
        await bot.send_message(bob.id, "x")
    telegram.phone.unblock(bob)
    assert await bot.send_message(bob.id, "x")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(31337, "x")
    updates = await bot.get_updates()
    kinds = [
        "my_chat_member" if update.my_chat_member else update.message.content_type if update.message else "?"
        for update in updates
    ]
    assert kinds == [
        "my_chat_member",
        "new_chat_members",
        "new_chat_members",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "my_chat_member",
        "my_chat_member",
        "my_chat_member",
    ]


async def test_a_wrong_token_and_an_unknown_method(telegram: TelegramStandIn, bot: Bot) -> None:
    async with open_bot(telegram.url, "1:wrong") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()

    class GetWeather(TelegramMethod[bool]):
        __returning__ = bool
        __api_method__ = "getWeather"

    with pytest.raises(TelegramNotFound):
        await bot(GetWeather())


async def test_scripted_faults(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    telegram.faults.script("sendMessage", too_many(7), bad_request("no"), forbidden(), server_error(), Page())
    for kind in (
        TelegramRetryAfter,
        TelegramBadRequest,
        TelegramForbiddenError,
        TelegramServerError,
        ClientDecodeError,
    ):
        with pytest.raises(kind):
            await bot.send_message(ann.id, "x")
    assert telegram.phone.visible(ann) == []
    telegram.faults.script("sendMessage", LOST_REQUEST, LOST_ANSWER)
    for seen in (0, 1):
        with pytest.raises(TelegramNetworkError):
            await bot.send_message(ann.id, "x")
        assert len(telegram.phone.visible(ann)) == seen
    assert await bot.send_message(ann.id, "y")
    assert [call.status for call in telegram.of("sendMessage")] == [429, 400, 403, 500, 502, 0, 0, 200]


async def test_faults_by_chat_and_by_decision(telegram: TelegramStandIn, bot: Bot) -> None:
    ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob")
    telegram.faults.script("*", None, too_many(1), chat=ann.id)
    assert await bot.send_message(bob.id, "x")
    assert await bot.send_message(ann.id, "x")
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(ann.id, "x")
    telegram.faults.decide = lambda call: too_many(9) if call.params.get("text") == "now" else None
    assert await bot.send_message(ann.id, "later")
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(ann.id, "now")


async def test_a_held_call(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    hold = Hold()
    telegram.faults.script("sendMessage", hold)
    sending = asyncio.create_task(bot.send_message(ann.id, "x"))
    await hold.reached.wait()
    assert telegram.phone.visible(ann) == []
    hold.go.set()
    assert (await sending).text == "x"


async def test_the_limiter_is_shaped_like_telegrams() -> None:
    clock = Seconds()
    limiter = TelegramLimiter()
    async with TelegramStandIn(clock=clock, limiter=limiter) as telegram, open_bot(telegram.url, telegram.token) as bot:
        ann = telegram.phone.person()
        for _ in range(3):
            await bot.send_message(ann.id, "x")
        with pytest.raises(TelegramRetryAfter) as flood:
            await bot.send_message(ann.id, "x")
        assert flood.value.retry_after == 1
        clock.now += 1
        await bot.send_message(ann.id, "x")
        assert len(telegram.refusals) == 1 and len(telegram.phone.visible(ann)) == 4


def test_the_limiter_of_groups_and_of_all() -> None:
    limiter = TelegramLimiter()
    now = 0.0
    for _ in range(20):
        assert limiter.refuse(-1, True, 1, now) == 0
        now += 1.5
    assert limiter.refuse(-1, True, 1, now) == 30  # the first of the 20 leaves the minute then
    assert limiter.refuse(-1, True, 1, now + 29) == 1
    assert limiter.refuse(-1, True, 1, now + 30) == 0
    everywhere = TelegramLimiter()
    assert [everywhere.refuse(chat, False, 1, 0.0) for chat in range(31)] == [0] * 30 + [1]
    assert TelegramLimiter().refuse(-1, True, 10, 0.0) == 0  # an album of ten is one burst, and a debt
    albums = TelegramLimiter()
    assert [albums.refuse(-1, True, 10, 0.0), albums.refuse(-1, True, 1, 1.0)] == [0, 7]


async def test_until_says_what_was_seen_instead(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    await bot.send_message(ann.id, "something else")
    with pytest.raises(AssertionError, match="something else"):
        await telegram.phone.until(lambda: False, timeout_s=0.01)


async def test_a_process_of_its_own_for_a_bench() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.standins.telegram", "--latency-ms", "1", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    started = json.loads(await process.stdout.readline())
    async with aiohttp.ClientSession() as session, open_bot(started["url"], started["token"]) as bot:
        async with session.post(f"{started['url']}/phone/say", json=[{"chat": 1, "text": "hi"}]) as reply:
            [said_at] = await reply.json()
        [update] = await bot.get_updates(timeout=5)
        assert update.message is not None
        await update.message.as_(bot).answer("hello")
        async with session.get(f"{started['url']}/phone/report") as reply:
            report = await reply.json()
    assert [message["text"] for message in report["visible"]["1"]] == ["hi", "hello"]
    assert report["calls"][0]["method"] == "sendMessage" and report["calls"][0]["at"] > said_at
    os.kill(process.pid, signal.SIGTERM)
    assert await process.wait() == 0
