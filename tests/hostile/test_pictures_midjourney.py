"""A Midjourney that means harm: its buttons, links, states, words and lists. One sentence or one picture each, and no price
for what did not come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.hostile.pictures import CONFIG, labels, made, pressed
from tests.hostile.scenes import OnTelegram, on_discord, on_telegram
from tests.hostile.test_gateway import Handler, served
from tests.standins.discord import DiscordStandin
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture

PICTURE = "URL/picture.png"
EVIL = "@everyone <@1> [free credits](http://evil.example) https://evil.example t.me/evil /admin **x** \u202egnp"


@dataclass
class Relay:
    """`looks`: what is told of a task, one after the other; the last for ever. "URL" in it is this relay."""

    looks: list[Any]
    submitted: Any = None
    listed: Any = None
    orders: list[Any] = field(default_factory=list)
    windows: list[Any] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    url: str = ""

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /mj/submit/modal": self.window,
            "POST /mj/submit/{what}": self.submit,
            "GET /mj/task/{id}/fetch": self.look,
            "POST /mj/task/list-by-condition": self.list,
            "GET /mj/image/{id}": self.file,
            "GET /{name}": self.file,
        }

    async def submit(self, request: web.Request) -> web.Response:
        self.orders.append(await request.json())
        told = self.submitted or {"code": 1, "description": "ok", "result": str(1000 + len(self.orders))}
        return told if isinstance(told, web.Response) else web.json_response(told)

    async def window(self, request: web.Request) -> web.Response:
        self.windows.append(await request.json())
        return web.json_response({"code": 1, "description": "ok", "result": self.windows[-1]["taskId"]})

    async def look(self, request: web.Request) -> web.Response:
        now = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return self.said(now, request.match_info["id"])

    async def list(self, request: web.Request) -> web.Response:
        if self.listed is not None:
            return self.said(self.listed, "")
        ids = (await request.json())["ids"]
        return self.said([{**self.looks[-1], "id": task_id} for task_id in ids], "")

    def said(self, body: Any, task_id: str) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(text=text.replace("URL", self.url), content_type="application/json")

    async def file(self, request: web.Request) -> web.Response:
        self.fetched.append(request.path)
        if request.path == "/picture.png":
            return web.Response(body=picture(), content_type="image/png")
        if request.path == "/page.png":
            return web.Response(text="<html>" * 1000, content_type="image/png")
        return web.Response(body=b"x" * (1 << 24), content_type="image/png")


def task(status: Any = "SUCCESS", **more: Any) -> dict[str, Any]:
    return {"id": "1001", "action": "IMAGINE", "status": status, "progress": "100%", "imageUrl": PICTURE, **more}


@asynccontextmanager
async def relayed(
    telegram: TelegramStandIn, folder: Path, *looks: Any, **more: Any
) -> AsyncIterator[tuple[Relay, OnTelegram]]:
    relay = Relay(list(looks), **more)
    async with served(relay.routes()) as url, on_telegram(telegram, folder, config=CONFIG, gateway_url=url) as scene:
        relay.url = url
        yield relay, scene


async def ended(relay: Relay, scene: OnTelegram, orders: int = 1) -> None:
    """Until so many orders have come to an end; each look that fails makes the next one wait longer."""
    await scene.phone.until(lambda: len(relay.orders) >= orders)
    async with asyncio.timeout(25):
        while scene.house.rows(
            "SELECT 1 FROM jobs WHERE state <> 'done' AND NOT (told AND state IN ('failed', 'unsure'))"
        ):
            if not scene.house.rows("SELECT 1 FROM jobs WHERE owner <> ''"):  # else time would pass within a look
                scene.house.clock.offset_s += 20
                scene.house.bot.core.store.wake("jobs")
            await asyncio.sleep(0.05)  # the database tells nobody
    await scene.heard()


async def told(relay: Relay, scene: OnTelegram, words: str = "/mj a fox") -> list[str]:
    """All that is said and shown until the order has ended."""
    scene.phone.say(scene.ann, scene.ann, words)
    await ended(relay, scene)
    shown = scene.phone.from_bot(scene.ann)
    assert not any(words in str([each.text for each in shown]) for words in ("on my side", "Traceback"))
    return [each.text for each in shown]


# --- buttons --------------------

ODD_BUTTONS: dict[str, Any] = {
    "thousands": [{"customId": f"MJ::JOB::upsample::{n}::x", "label": f"U{n}"} for n in range(5000)],
    "megabytes": [{"customId": "MJ::JOB::x", "label": "x" * 1_000_000}, {"customId": "y" * 1_000_000, "label": "U1"}],
    "marks": [
        {"customId": f"a{n}", "label": label}
        for n, label in enumerate(["\u202eevil", "\x00\x07", " ", "\u2800", "\u200b", "😀" * 99, EVIL])
    ],
    "quotes": [{"customId": "'; DROP TABLE jobs; --\"", "label": "'\""}, {"customId": "{}%s\\", "label": "{0} { $x }"}],
    "types": [
        None,
        7,
        [],
        {},
        {"customId": 7, "label": "x"},
        {"customId": "x", "label": None},
        {"customId": ["x"], "label": {}},
    ],
    "no list": {"0": {"customId": "x", "label": "y"}},
    "same": [{"customId": "MJ::JOB::reroll::0", "label": "R"}] * 30,
    "surrogates": [{"customId": "a\ud800", "label": "U1"}, {"customId": "ok", "label": "U\udfff2"}],
}


@pytest.mark.parametrize("name", ODD_BUTTONS)
async def test_odd_buttons(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    """The picture comes; what can be shown can be pressed, and goes back exactly as it came."""
    async with relayed(telegram, tmp_path, task(buttons=ODD_BUTTONS[name])) as (relay, scene):
        shown = await made(scene, "/mj a fox")
        assert shown.media and scene.house.spent() == 100_000
        own = {label: data for label, data in labels(shown).items() if ":press:" in data}
        assert len(own) <= 25 and all(0 < len(label) <= 64 for label in own)
        assert not any(mark in label for label in own for mark in "\u202e\x00\x07\ud800")
        known = (
            [each.get("customId") for each in ODD_BUTTONS[name] if isinstance(each, dict)] if name != "no list" else []
        )
        for data in list(own.values())[:3]:
            said = await pressed(scene, shown, data)
            assert "on my side" not in str(said)
        assert all(order["customId"] in known for order in relay.orders[1:])


# --- links --------------------

ODD_LINKS: dict[str, Any] = {
    "private": "http://169.254.169.254/latest/meta-data",
    "loopback": "http://127.0.0.1:1/x.png",
    "ipv6": "http://[::1]/x.png",
    "file": "file:///etc/passwd",
    "decimal": "http://2130706433/x.png",
    "none": None,
    "number": 7,
    "list": ["x"],
    "page": "URL/page.png",
    "huge number": "http://127.0.0.1:99999999/x",
    "user": "http://a:b@169.254.169.254/",
    "long": "https://x/" + "a" * 100_000,
    "data": "data:image/png;base64,AAAA",
    "script": "javascript:alert(1)",
    "nonsense": "http://",
    "idna": "http://\u2100.example/x",
}


@pytest.mark.parametrize("name", ODD_LINKS)
async def test_odd_links_of_results_and_previews(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    looks = [task("IN_PROGRESS", progress=f"{n}%", imageUrl=ODD_LINKS[name]) for n in (10, 40, 30)]
    async with relayed(telegram, tmp_path, *looks, task(imageUrl=ODD_LINKS[name])) as (relay, scene):
        said = await told(relay, scene)
        assert "passwd" not in str(said) and "root:" not in str(said)
        assert scene.house.spent() in {0, 100_000} and len(relay.orders) == 1
        if not any(shown.media for shown in scene.phone.from_bot(scene.ann)):
            assert scene.house.spent() == 0


# --- states --------------------

PROGRESS: list[Any] = ["90%", "5%", "-5%", "1e9%", "9" * 5000 + "%", "NaN", 7, None, []]
ODD_LOOKS: dict[str, list[Any]] = {
    "unknown words": [task("DANCING"), task(7), task(None), task(["SUCCESS"]), task({"a": 1}), task()],
    "going back": [*(task("IN_PROGRESS", progress=told) for told in PROGRESS), task()],
    "no JSON": ["<html>502</html>", "", "null", "[]", "7", "[" * 50_000, '{"status":NaN}', task()],
    "a modal between": [task("MODAL"), task("MODAL"), task("IN_PROGRESS"), task("MODAL"), task()],
    "changing links": [task("IN_PROGRESS", progress=f"{n}%", imageUrl=f"URL/picture.png?{n}") for n in range(1, 30)]
    + [task()],
}


@pytest.mark.parametrize("name", ODD_LOOKS)
async def test_odd_looks_on_the_way(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    async with relayed(telegram, tmp_path, *ODD_LOOKS[name]) as (relay, scene):
        await told(relay, scene)
        assert sum(bool(shown.media) for shown in scene.phone.from_bot(scene.ann)) == 1
        assert scene.house.spent() == 100_000 and len(relay.orders) == 1 and len(relay.windows) <= 1


ENDS: dict[str, Any] = {
    "words": task("FAILURE", failReason="[Invalid link] " + EVIL),
    "a megabyte": task("FAILURE", failReason="[Banned] " + "x@" * 500_000),
    "no words": task("FAILURE", failReason=None),
    "odd": task("FAILURE", failReason=[1]),
    "cancel": task("cancel"),
    "nothing": task(imageUrl="", imageUrls=[None, 7, {"url": 7}, "ftp://x"]),
    "bomb": task("FAILURE", failReason="((((" * 50_000),
}


@pytest.mark.parametrize("name", ENDS)
async def test_bad_ends(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    async with relayed(telegram, tmp_path, ENDS[name]) as (relay, scene):
        said = await told(relay, scene)
        assert_harmless(said)
        assert scene.house.spent() == 0


def assert_harmless(said: list[str]) -> None:
    """Nothing that Telegram makes a link, a mention or a command of by itself."""
    for text in said:
        assert len(text) < 1500 and "@everyone" not in text and "https://evil" not in text and "\u202e" not in text
        assert " /admin" not in text and "t.me/evil" not in text, text


SUBMITS: dict[str, Any] = {
    "a number": {"code": 1, "result": 1001},
    "a huge number": {"code": 1, "result": 10**400},
    "a path": {"code": 1, "result": "../../x"},
    "a list": {"code": 1, "result": [1001]},
    "no id": {"code": 1, "result": None},
    "deep": "[" * 60_000,
    "html": "<html>",
    "banned": {"code": 24, "description": "x", "properties": {"bannedWord": EVIL * 20_000}},
    "word type": {"code": 24, "properties": [1]},
    "code text": {"code": "24", "description": EVIL},
    "code float": {"code": 1.0, "result": "5"},
    "words": {"code": 3, "description": EVIL * 9000},
    "code bool": {"code": True, "result": "5"},
    "code huge": {"code": 10**300, "description": "?"},
    "NUL": {"code": 3, "description": "\x00\ud800"},
}


@pytest.mark.parametrize("name", SUBMITS)
async def test_odd_answers_to_an_order(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    body = SUBMITS[name]
    async with relayed(telegram, tmp_path, task()) as (relay, scene):
        relay.submitted = web.Response(text=body) if isinstance(body, str) else body
        said = await told(relay, scene)
        came = any(shown.media for shown in scene.phone.from_bot(scene.ann))
        assert_harmless(said)
        assert came == (name in {"a number", "a list"}) and len(relay.orders) == 1
        assert scene.house.spent() == (100_000 if came else 0)


LISTS: dict[str, Any] = {
    "strangers": [task(id="9", imageUrl="URL/page.png")] * 60,
    "html": "<html>",
    "no list": {"code": 5},
    "null": [None, 7, [], {"status": "SUCCESS"}],
    "twice": [task(id="1001"), task(id="1001", imageUrl=None), task(id=1002)],
    "bool ids": [task(id=True), task(id=[1])],
}


@pytest.mark.parametrize("name", LISTS)
async def test_odd_lists(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    """Whoever is left out, or told of by somebody else's id, is asked for alone."""
    async with relayed(telegram, tmp_path, task("IN_PROGRESS"), task("IN_PROGRESS"), task("IN_PROGRESS"), task()) as (
        relay,
        scene,
    ):
        relay.listed = LISTS[name]
        for number in range(3):
            scene.phone.say(scene.ann, scene.ann, f"/mj fox {number}")
        await ended(relay, scene, 3)
        came = sum(bool(shown.media) for shown in scene.phone.from_bot(scene.ann))
        assert len(relay.orders) == 3 and scene.house.spent() == came * 100_000
        assert came == 3 or name == "twice"


# --- words that are results --------------------

DESCRIBED = {
    "evil": f"1️⃣ {EVIL} --fast\n\n2️⃣ {EVIL}\n\n3️⃣ —repeat 40 a fox\n\n4️⃣ \x00\ud800",
    "a megabyte": "x" * 1_000_000,
    "many": "1️⃣ a " * 50_000,
    "links": "[x](http://evil.example) " * 40_000,
    "brackets": "[" * 300_000,
}


@pytest.mark.parametrize("name", DESCRIBED)
async def test_odd_descriptions(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    """They are shown without doing anything, and drawn as words without flags that nobody may give, or not at all."""
    async with relayed(telegram, tmp_path, task(action="DESCRIBE", promptEn=DESCRIBED[name], imageUrl="")) as (
        relay,
        scene,
    ):
        scene.phone.photo(scene.ann, scene.ann, picture(), "/mj describe")
        await scene.heard()
        shown = scene.phone.from_bot(scene.ann)
        assert scene.house.spent() == 50_000 and all(len(each.text) <= 4096 for each in shown)
        text = "\n".join(each.text for each in shown)
        assert (
            "@everyone" not in text and "https://evil" not in text and "t.me/evil" not in text and " /admin" not in text
        )
        last = next(each for each in reversed(shown) if "draw" in str(each.buttons))
        for data in [data for data in labels(last).values() if ":draw:" in data or ":short" in data]:
            said = await pressed(scene, last, data)
            assert "on my side" not in str(said)
        prompts = [str(order.get("prompt", "")) for order in relay.orders]
        assert not any(
            "--fast" in prompt or "—fast" in prompt or ("repeat" in prompt and "—" in prompt) for prompt in prompts
        )


async def test_on_discord_words_of_a_model_call_nobody(discord: DiscordStandin, tmp_path: Path) -> None:
    relay = Relay([task(action="DESCRIBE", promptEn=DESCRIBED["evil"], imageUrl="")])
    async with (
        served(relay.routes()) as url,
        on_discord(discord, tmp_path, config=CONFIG, gateway_url=url) as scene,
    ):
        relay.url = url
        await scene.phone.slash(
            scene.room, scene.ann, "mj", {"action": "describe"}, attachments={"file": ("a.png", picture())}
        )
        await scene.heard()
        relay.looks = [task("FAILURE", failReason="[Invalid link] " + EVIL)]
        await scene.phone.slash(scene.room, scene.ann, "mj", {"prompt": "a fox [x](http://evil.example) @everyone"})
        await scene.heard()
        relay.looks = [task()]
        await scene.phone.slash(scene.room, scene.ann, "mj", {"prompt": "a fox [x](http://evil.example) @everyone"})
        await scene.heard()
        await scene.phone.slash(scene.room, scene.ann, "gallery")
        await scene.heard()
        for message in scene.phone.from_bot(scene.room, scene.ann):
            assert "](http" not in message.content, message.content
            assert not message.pings or set(map(str, message.pings)) <= {str(scene.ann.id), str(scene.ann)}, (
                message.pings
            )
