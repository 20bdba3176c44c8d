"""A gateway that lies, babbles, hangs and points at other people's machines. The bot says one sentence, gives the money back
and goes on serving."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bots.sandbox.faults import Reply
from tests.hostile.rig import CHAT, FILM, FILMS, PICTURES
from tests.hostile.scenes import on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
DEEP = "[" * 100_000


@asynccontextmanager
async def served(routes: dict[str, Handler]) -> AsyncIterator[str]:
    """A web server of the test's own."""
    app = web.Application(client_max_size=1 << 28)
    for route, handler in routes.items():
        method, _, path = route.partition(" ")
        app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def stream(*pieces: bytes, then: Callable[[web.StreamResponse], Awaitable[None]] | None = None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        if then:
            await then(response)
        return response

    return handle


def chunk(**fields: Any) -> bytes:
    return b"data: " + json.dumps({"id": "c", **fields}).encode() + b"\n\n"


def says(text: str, reason: str | None = None) -> bytes:
    return chunk(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": reason}])


def usage(prompt: Any, completion: Any) -> bytes:
    return chunk(choices=[], usage={"prompt_tokens": prompt, "completion_tokens": completion})


END = b"data: [DONE]\n\n"
FOX = says("hello fox", "stop")


def spoken(text: bytes) -> bytes:
    """A last chunk with these bytes as its text."""
    return b'data: {"choices":[{"delta":{"content":"' + text + b'"},"finish_reason":"stop"}]}\n\n'


# --- answers --------------------

STREAMS: dict[str, tuple[list[bytes], str]] = {
    "negative usage": ([FOX, usage(-5, -1_000_000), END], "hello fox"),
    "absurd usage": ([FOX, usage(10**8, 10**8), END], "hello fox"),
    "usage of words": ([FOX, usage("many", [1]), END], "hello fox"),
    "usage of no number": ([FOX, b'data: {"usage":{"completion_tokens":NaN}}\n\n', END], "hello fox"),
    "endless number": ([b'data: {"usage":{"prompt_tokens":' + b"9" * 9000 + b"}}\n\n", FOX], "hello fox"),
    "deep nesting": ([f"data: {DEEP}\n\n".encode(), FOX, END], "hello fox"),
    "odd types": ([b'data: {"choices":[7,null]}\n\ndata: {"choices":{"0":1}}\n\ndata: [1]\n\n', FOX], "hello fox"),
    "NUL bytes": ([says("he\x00llo f\x00ox", "stop"), END], "llo"),
    "broken UTF-8": ([spoken(b"hello \xff\xfe fox"), END], "fox"),
    "half a surrogate": ([spoken(rb"hello \ud83d fox"), END], "fox"),
    "HTML as a stream": ([b"<html><body>502</body></html>"], "problem right now"),
    "nothing": ([], "problem right now"),
    "only white space": ([says(" \n\t\n ", "stop"), END], "no result"),
    "a megabyte line of junk": ([b"data: " + b"x" * 1_000_000 + b"\n\n", FOX, END], "hello fox"),
    "comments only": ([b": ping\n\n" * 1000], "problem right now"),
    "an error with a key in it": ([chunk(error={"message": "bad key sk-hostile-test <b>"})], "AI service"),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
async def test_streams_of_nonsense(
    telegram: TelegramStandIn, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.answering.AGAIN_AFTER_S", (0.01,))
    pieces, sentence = STREAMS[name]
    async with (
        served({"POST /v1/chat/completions": stream(*pieces)}) as url,
        on_telegram(telegram, tmp_path, gateway_url=url) as scene,
    ):
        said = await scene.told("what is a fox?")
        assert len(said) == 1 and sentence in said[0], said
        assert "sk-hostile" not in said[0] and "\x00" not in said[0]
        holds = [-row[3] - row[4] for row in scene.house.books() if row[1] == "hold"]
        person = sum(-row[3] - row[4] for row in scene.house.books() if row[2] != "house")
        assert len(holds) == 1 and 0 <= person <= holds[0]
        if sentence not in {"hello fox", "fox", "llo"}:
            assert scene.house.spent() == 0


async def test_a_stream_that_never_ends_is_cut_and_kept(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Ten thousand words a second for ever: ended as too long, whole as a file, at most the hold is paid."""

    async def for_ever(response: web.StreamResponse) -> None:
        while True:
            await response.write(says("w " * 5_000))
            await asyncio.sleep(0)

    async with (
        served({"POST /v1/chat/completions": stream(then=for_ever)}) as url,
        on_telegram(telegram, tmp_path, gateway_url=url) as scene,
    ):
        scene.phone.say(scene.ann, scene.ann, "babble")
        await scene.phone.until(lambda: any(shown.media for shown in scene.phone.from_bot(scene.ann)), timeout_s=30)
        await scene.house.at_rest()
        assert len(scene.phone.from_bot(scene.ann)) <= 3
        assert [-row[3] - row[4] for row in scene.house.books() if row[2] != "house" and row[1] == "hold"]
        assert sum(-row[3] - row[4] for row in scene.house.books() if row[2] != "house") <= 100 * 10_000


async def test_a_stop_ends_a_stream_that_says_nothing(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async def silent(response: web.StreamResponse) -> None:
        await asyncio.Event().wait()

    async with (
        served({"POST /v1/chat/completions": stream(then=silent)}) as url,
        on_telegram(telegram, tmp_path, gateway_url=url) as scene,
    ):
        scene.phone.say(scene.ann, scene.ann, "hello?")
        await scene.phone.until(lambda: scene.phone.draft(scene.ann))
        scene.phone.say(scene.ann, scene.ann, "/stop")
        await scene.phone.until(lambda: scene.phone.last(scene.ann))
        await scene.heard()
        assert scene.house.spent() == 0


# --- pictures and films --------------------

BODIES: dict[str, Any] = {
    "html": "<html><h1>504</h1></html>",
    "deep": DEEP,
    "junk": "x" * 2_000_000,
    "list": [1, 2, 3],
    "no data": {"data": []},
    "nulls": {"data": [None, {"url": None, "b64_json": None}]},
    "text for a picture": {"data": [{"b64_json": "aGVsbG8gd29ybGQ="}]},
    "a page for a picture": {"data": [{"b64_json": "PGh0bWw+PHNjcmlwdD4="}]},
    "svg": {"data": [{"b64_json": "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="}]},
    "a file of this machine": {"data": [{"url": "file:///etc/passwd"}]},
    "another scheme": {"data": [{"url": "gopher://127.0.0.1:70/x"}]},
    "the cloud's own address": {"data": [{"url": "http://169.254.169.254/latest/meta-data"}]},
    "an address in the house": {"data": [{"url": "https://10.0.0.1/x.png"}]},
    "loopback in disguise": {"data": [{"url": "https://[::ffff:127.0.0.1]/x.png"}]},
    "loopback by number": {"data": [{"url": "https://2130706433/x.png"}]},
    "a name for loopback": {"data": [{"url": "https://localhost:1/x.png"}]},
    "with a password": {"data": [{"url": "https://user:secret@127.0.0.1/x.png"}]},
}


@pytest.mark.parametrize("name", BODIES)
async def test_pictures_that_are_none(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    body = BODIES[name]

    async def handle(request: web.Request) -> web.StreamResponse:
        await request.read()
        if isinstance(body, str):
            return web.Response(text=body, content_type="application/json")
        return web.json_response(body)

    async with (
        served({"POST /v1/images/generations": handle}) as url,
        on_telegram(telegram, tmp_path, gateway_url=url) as scene,
    ):
        scene.phone.say(scene.ann, scene.ann, "/image a fox")
        await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) >= 2)
        await scene.house.at_rest()
        shown = scene.phone.from_bot(scene.ann)
        assert not any(each.media for each in shown)
        assert len(shown) == 2, [each.text for each in shown]
        assert "harged" in shown[1].text or "credits are back" in shown[1].text, shown[1].text
        assert "passwd" not in shown[1].text and "secret" not in shown[1].text
        assert scene.house.spent() == 0


async def test_a_result_that_redirects_into_the_house(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """The gateway's own origin is trusted; where it sends us from there is not."""
    inside: list[str] = []

    async def secret(request: web.Request) -> web.StreamResponse:
        inside.append(str(request.headers.get("Authorization")))
        return web.Response(body=picture(), content_type="image/png")

    async with served({"GET /secret.png": secret}) as internal:

        async def order(request: web.Request) -> web.StreamResponse:
            await request.read()
            return web.json_response({"data": [{"url": f"{request.url.origin()}/r.png"}]})

        async def away(request: web.Request) -> web.StreamResponse:
            raise web.HTTPFound(f"{internal}/secret.png")

        async with (
            served({"POST /v1/images/generations": order, "GET /r.png": away}) as url,
            on_telegram(telegram, tmp_path, gateway_url=url) as scene,
        ):
            scene.phone.say(scene.ann, scene.ann, "/image a fox")
            await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) >= 2)
            await scene.house.at_rest()
            assert inside == []
            assert scene.house.spent() == 0


TASKS: dict[str, list[Any]] = {
    "progress beyond all": [{"id": "T", "status": "processing", "progress": 9999}] * 2,
    "progress of no number": [{"id": "T", "status": "processing", "progress": "NaN%"}] * 2,
    "progress that is no digit": [{"id": "T", "status": "processing", "progress": "²%"}] * 2,
    "progress that goes back": [{"id": "T", "status": "processing", "progress": n} for n in (90, 10, -5)],
    "states nobody knows": [{"id": "T", "status": {"a": 1}}, {"id": "T", "status": "???"}, {"id": "T", "status": 7}],
    "html between": ["<html>busy</html>"] * 2,
    "deep between": [DEEP] * 2,
    "another task's id": [{"id": "OTHER", "status": "processing"}] * 2,
    "nothing between": [{}, [], None],
}


@pytest.mark.parametrize("name", TASKS)
async def test_films_with_odd_news_still_come(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        scene.house.gateway.behaviour.script(FILM, *(Reply(200, body) for body in TASKS[name]))
        scene.phone.say(scene.ann, scene.ann, "/video a cat")
        await scene.phone.until(lambda: any(shown.media for shown in scene.phone.from_bot(scene.ann)), timeout_s=30)
        await scene.house.at_rest()
        shown = str([each.text for each in scene.phone.from_bot(scene.ann)])
        assert "9999" not in shown and "NaN" not in shown
        assert len(scene.house.books()) == 2


@pytest.mark.parametrize("task_id", ["..", ".", "../../v1/models", "%2e%2e", "a/../../b", "?x=1", "#", "x" * 5000])
async def test_a_task_id_is_never_a_way_out(telegram: TelegramStandIn, tmp_path: Path, task_id: str) -> None:
    """Whatever the gateway calls a task, we ask for nothing but tasks, with nothing but a GET."""
    asked: list[str] = []

    async def order(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.json_response({"id": task_id, "status": "queued"})

    async def anything(request: web.Request) -> web.StreamResponse:
        asked.append(request.raw_path)
        return web.json_response({"id": task_id, "status": "failed", "error": {"message": "no"}})

    async with (
        served({"POST /v1/videos": order, "GET /{tail:.*}": anything}) as url,
        on_telegram(telegram, tmp_path, gateway_url=url) as scene,
    ):
        scene.phone.say(scene.ann, scene.ann, "/video a cat")
        await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) >= 2)
        await scene.house.at_rest()
        assert all(path.startswith("/v1/videos/") and len(path.split("/")) == 4 for path in asked), asked
        assert scene.house.spent() == 0


async def test_what_models_are_offered_is_only_a_list(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Names as long as a book, with bait in them; none of it reaches a button or breaks a picker."""
    names = ["x" * 5000, "@everyone", "<script>", "a\x00b", "..", "", "gpt-5-mini", "\u202e", None, 7, {"id": 1}]

    async def listing(request: web.Request) -> web.StreamResponse:
        return web.json_response({"data": [{"id": name} for name in names] + [{"id": f"m{n}"} for n in range(3000)]})

    async with (
        served({"GET /v1/models": listing}) as url,
        on_telegram(telegram, tmp_path, gateway_url=url) as scene,
    ):
        found = await scene.house.bot.core.gateway.listing()
        scene.house.bot.core.catalog.learn([model.name for model in found if model.chat])
        said = await scene.told("/model")
        assert len(said) == 1
        for page in ("models:5", "models:400"):
            scene.phone.press_data(scene.phone.from_bot(scene.ann)[-1], page, scene.ann)
        await scene.heard()
        said = await scene.told("/model nope")
        assert len(said) == 1 and "I do not know a model" in said[0]


async def test_the_key_never_reaches_a_chat(telegram: TelegramStandIn, tmp_path: Path) -> None:
    bait = {"error": {"message": "key sk-hostile-test is out of order", "code": "weird"}}
    async with on_telegram(telegram, tmp_path) as scene:
        for route, words in ((CHAT, "hello"), (PICTURES, "/image a fox"), (FILMS, "/video a cat")):
            scene.house.gateway.behaviour.script(route, Reply(400, bait))
            await scene.told(words)
            await scene.heard()
        assert "sk-hostile" not in str([m.text for m in scene.phone.from_bot(scene.ann)])
        assert "sk-hostile" not in str(scene.house.rows("SELECT * FROM turns") + scene.house.rows("SELECT * FROM jobs"))
        assert scene.house.spent() == 0
