"""How the front end starts: the login, a webhook, a proxy, the menu; and what its logs never hold."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bots.settings import BadSettings
from bots.telegram.front import TelegramOptions, open_telegram
from bots.texts import Texts
from core.ports import Store
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_faults import LOST_ANSWER, Page, server_error, too_many
from tests.telegram.fronts import (
    Fragile,
    Impatient,
    Notes,
    opened_front,
    opened_store,
    running,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def notes(telegram: TelegramStandIn, store: Store) -> Notes:
    return Notes(telegram, store)


async def test_a_webhook(telegram: TelegramStandIn, store: Store, notes: Notes) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}/telegram"
    fragile = Fragile(store)
    ann = telegram.phone.person("Ann")
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)
    async with opened_front(telegram, fragile, webhook_url=url, webhook_secret="hush") as front:
        app.router.add_post("/telegram", front.routes()["/telegram"])
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            async with aiohttp.ClientSession() as session:
                async with session.post(url, json={"update_id": 1}) as early:
                    assert early.status == 503  # not listening yet: Telegram comes again
                async with running(front, notes):
                    await telegram.phone.until(lambda: telegram.updates.webhook)
                    async with session.post(url, json={"update_id": 1}) as stranger:
                        assert stranger.status == 401
                    secret = {"X-Telegram-Bot-Api-Secret-Token": "hush"}
                    async with session.post(url, data=b"[", headers=secret) as garbled:
                        assert garbled.status == 400
                    fragile.failures = 1
                    telegram.phone.say(ann, ann, "hi")
                    await telegram.phone.until(lambda: notes.messages)
        finally:
            await runner.cleanup()
    assert telegram.updates.webhook_failures == ["HTTP 500"] and len(notes.messages) == 1
    assert telegram.of("getUpdates") == []


async def test_the_start_says_what_works(telegram: TelegramStandIn, store: Store, notes: Notes) -> None:
    async with opened_front(telegram, store) as front:
        assert front.name == "starlight_test_bot"
        assert [key for key, _ in front.describe()] == ["start-telegram", "start-telegram-private"]
        async with running(front, notes):
            await telegram.phone.until(lambda: len(telegram.methods.commands) == 2)
    telegram.methods.privacy_mode = False
    async with opened_front(telegram, store) as front:
        assert [key for key, _ in front.describe()] == ["start-telegram", "start-telegram-all"]
    for (_, language), commands in telegram.methods.commands.items():
        names = [command["command"] for command in commands]
        assert "image" in names and "admin" not in names and language in {"", "zh"}


async def test_a_wrong_token_is_one_line(telegram: TelegramStandIn, store: Store) -> None:
    for token in ("4242:wrong", "nonsense"):
        options = TelegramOptions(token=token, api_url=telegram.url)
        with pytest.raises(BadSettings) as raised:
            async with open_telegram(options, store=store, clock=store.clock, owner="x", texts=Texts()):
                pass
        assert [problem.key for problem in raised.value.problems] == ["why-token"]
        assert token not in repr(options)


async def test_a_server_that_is_not_there_is_one_line(store: Store) -> None:
    options = TelegramOptions(token="1:abc", api_url="http://127.0.0.1:9")
    with pytest.raises(BadSettings) as raised:
        async with open_telegram(options, store=store, clock=store.clock, owner="x", texts=Texts()):
            pass
    assert [(p.key, dict(p.params)) for p in raised.value.problems] == [("why-unreachable", {"host": "127.0.0.1"})]


async def test_through_a_proxy(telegram: TelegramStandIn, store: Store, notes: Notes) -> None:
    seen: list[bytes] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head.split(b"\r\n")[0])
        host, _, port = head.split()[1].partition(b":")
        far_reader, far_writer = await asyncio.open_connection(host.decode(), int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))

    ann = telegram.phone.person("Ann")
    telegram.phone.say(ann, ann, "hi")
    server = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with opened_front(telegram, store, proxy=proxy) as front, running(front, notes):
        await telegram.phone.until(lambda: notes.messages)
    server.close()
    assert seen[0].startswith(b"CONNECT 127.0.0.1:")
    with pytest.raises(BadSettings) as raised:
        async with opened_front(telegram, store, proxy="socks5h://127.0.0.1:9"):
            pass
    assert raised.value.problems[0].key == "why-unreachable"


async def test_no_secret_in_any_log(
    telegram: TelegramStandIn, store: Store, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ann = telegram.phone.person("Ann")
    telegram.faults.script("getUpdates", server_error(), LOST_ANSWER, Page())
    async with opened_front(telegram, store) as front, running(front, notes):
        telegram.phone.say(ann, ann, "hi")
        await telegram.phone.until(lambda: notes.messages)
    assert "no updates" in caplog.text
    assert telegram.token.partition(":")[2] not in caplog.text


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_the_menu_is_tried_again(telegram: TelegramStandIn, store: Store, notes: Notes) -> None:
    telegram.faults.script("setMyCommands", too_many(1))
    async with opened_front(telegram, Impatient(store)) as front, running(front, notes):
        await telegram.phone.until(lambda: len(telegram.methods.commands) == 2)
