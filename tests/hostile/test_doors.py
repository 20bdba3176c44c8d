"""The doors to the world: the webhook, signed links, and what Discord's and Telegram's own lines may bring."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bots.http import server
from bots.http.links import Links
from bots.telegram.front import TelegramOptions, open_telegram
from bots.texts import Texts
from storage.clock import SystemClock
from storage.engine import open_store
from storage.media import open_media
from tests.clocks import FakeClock
from tests.hostile.conftest import TOKEN
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture
from tests.telegram.fronts import FreePace, Notes, running

SECRET = "the-secret-of-the-hook"
PATH = "/hook/telegram"


@asynccontextmanager
async def port(folder: Path, links: Links, extra: dict[str, server.Handler] | None = None) -> AsyncIterator[str]:
    async def problems() -> list[str]:
        return []

    async def metrics() -> bytes:
        return b""

    opened = server.Port(problems, metrics, open_media(str(folder / "media")), links, extra or {})
    async with server.serve(opened, "127.0.0.1", 0) as number:
        yield f"http://127.0.0.1:{number}"


@pytest.mark.parametrize(
    "change",
    [
        {"until": "²"}, {"until": "9" * 5000}, {"until": "-1"}, {"until": ""}, {"until": "1e9"}, {"until": "٣٣٣٣٣٣٣٣٣٣"},
        {"sign": ""}, {"sign": "ü" * 64}, {"sign": "\ud83d".encode("utf-8", "replace").decode()}, {"sign": "0" * 64},
        {"sign": "\x00"},
    ],
)  # fmt: skip
async def test_tampered_links_find_nothing(tmp_path: Path, change: dict[str, str]) -> None:
    clock = FakeClock()
    media = open_media(str(tmp_path / "media"))
    key, _ = await media.put(picture(), 1 << 20)
    links = Links("http://public", ("token",), clock)
    async with port(tmp_path, links) as base, httpx.AsyncClient(base_url=base) as client:
        url = httpx.URL(links.link(key, "a.png") or "")
        assert (await client.get(url.raw_path.decode())).status_code == 200
        found = await client.get(url.copy_merge_params(change).raw_path.decode())
        assert found.status_code == 404
        for path in (f"/media/{key}/b.png", f"/media/{key}x/a.png", "/media/..%2f..%2fetc/passwd", f"/media/%ff/{key}"):
            assert (await client.get(path, params=dict(url.params))).status_code == 404


async def test_a_webhook_without_its_secret_or_with_junk(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Refused, and nothing is written down; the secret alone opens, and even then junk is no crash."""
    options = TelegramOptions(
        token=TOKEN, api_url=telegram.url, webhook_url=f"https://x.test{PATH}", webhook_secret=SECRET
    )
    async with (
        open_store(f"sqlite:///{tmp_path}/test.db", SystemClock()) as store,
        open_telegram(options, store=store, clock=store.clock, owner="one", texts=Texts()) as front,
    ):
        notes = Notes(telegram, store)
        async with (
            running(front, notes, FreePace()),
            port(tmp_path, Links("", ("t",), FakeClock()), dict(front.routes())) as base,
            httpx.AsyncClient(base_url=base) as client,
        ):
            await telegram.phone.until(lambda: telegram.of("setWebhook"))
            update = {
                "update_id": 7,
                "message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "hi"},
            }
            name = "X-Telegram-Bot-Api-Secret-Token"
            for headers in ({}, {name: ""}, {name: SECRET[:-1]}, {name: SECRET + "x"}, {name: SECRET.upper()}):
                assert (await client.post(PATH, json=update, headers=headers)).status_code == 401
            for body in (
                b"",
                b"{",
                b"[]",
                b"7",
                b"null",
                b'{"update_id": "x"}',
                b"[" * 100_000,
                b'{"message": {}}',
                b"\xff\xfe",
            ):
                reply = await client.post(PATH, content=body, headers={name: SECRET})
                assert 400 <= reply.status_code < 500, body[:20]
            big = json.dumps({**update, "update_id": 8, "junk": "x" * 5_000_000}).encode()
            assert (await client.post(PATH, content=big, headers={name: SECRET})).status_code == 413
            assert notes.messages == []
            update["message"]["from"] = {"id": 5, "is_bot": False, "first_name": "Ann"}  # type: ignore[index] # a dict
            assert (await client.post(PATH, json=update, headers={name: SECRET})).status_code == 200
            await telegram.phone.until(lambda: notes.messages)
            assert (await client.get(PATH)).status_code == 405
