"""Orders that are one long call, over real sockets: progress on the way, and what a line that breaks in it makes of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from core.catalog import Catalog
from core.errors import BadKey, BadRequest, GatewayError, Moderated, NotTaken, TaskFailed, Unsure, UpstreamDown
from core.gateway.client import Gateway
from core.gateway.wire import Broken, News, Ready
from core.limits import LIMITS
from core.specs import ModelSpec
from core.values import Artifact, Order, Part
from tests.gateway.conftest import KEY, MemoryMedia, Open, Scripted, real_transports
from tests.gateway.test_dropped_lines import RawServer, Serve, closes_at_once, drops_after_the_body, no_http, raw_server

FILM = Path(__file__).with_name("recorded").joinpath("chat_video", "a_progress_in_content.sse").read_bytes()
URL = "https://cdn.host/v/abc.mp4"
ORDER = Order("video", "sora-2", "a cat surfing")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def sora(catalog: Catalog) -> ModelSpec:
    return catalog.get("sora-2", "video")


class Told:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.news: list[News] = []

    async def __call__(self, news: News) -> None:
        self.news.append(news)


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


class NoStreams(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError("an order over the transport of streams")


async def test_a_film_with_its_progress(scripted: Scripted, opened: Open, sora: ModelSpec) -> None:
    """By the transport of orders, which alone tells whether a request has left."""
    gateway = await opened(scripted.url, transports=replace(real_transports(), streams=NoStreams))
    at = FILM.index("进度 36".encode()) + 12
    scripted.stream(FILM[:at], FILM[at:])
    told = Told()
    outcome = await gateway.submit(sora, ORDER, told)
    assert isinstance(outcome, Ready)
    assert outcome.artifacts == (Artifact("video", url=URL),)
    assert outcome.transcript.startswith("```json\n")
    assert told.news[-1] == News(76, "task_01k7abcdef")
    seen = scripted.seen[0]
    assert (seen.method, seen.path, seen.headers["authorization"]) == ("POST", "/v1/chat/completions", f"Bearer {KEY}")
    assert json.loads(seen.body)["stream"] is True
    assert len(scripted.seen) == 1


async def test_a_picture_comes_from_the_store(
    gateway: Gateway, scripted: Scripted, sora: ModelSpec, media: MemoryMedia
) -> None:
    key, _ = await media.put(b"\x89PNG picture", 100)
    scripted.stream(FILM)
    await gateway.submit(sora, replace(ORDER, inputs=(Part("image", media=key, mime="image/png"),)))
    [message] = json.loads(scripted.seen[0].body)["messages"]
    assert message["content"][1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


async def test_a_whole_answer(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    grok = catalog.get("grok-imagine-1.0-video", "video")
    scripted.reply(
        200, {"choices": [{"message": {"content": "https://h/files/video/abc.mp4"}, "finish_reason": "stop"}]}
    )
    outcome = await gateway.submit(grok, replace(ORDER, model=grok.name))
    assert isinstance(outcome, Ready)
    assert outcome.artifacts == (Artifact("video", url="https://h/files/video/abc.mp4"),)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": {"message": "x", "code": "invalid_aspect_ratio"}}, BadRequest),
        (401, {"error": {"message": "无效的令牌", "type": "new_api_error", "code": ""}}, BadKey),
        (500, {"error": {"message": "x", "code": "do_request_failed"}}, UpstreamDown),
        (524, None, Unsure),
        (200, [], Unsure),
    ],
)
async def test_refusals(
    gateway: Gateway,
    scripted: Scripted,
    sora: ModelSpec,
    troubles: list[GatewayError],
    status: int,
    body: object,
    expected: type[GatewayError],
) -> None:
    scripted.reply(status, body, X_Oneapi_Request_Id="rid-5")
    with pytest.raises(expected) as caught:
        await gateway.submit(sora, ORDER)
    assert (type(caught.value), caught.value.request_id) == (expected, "rid-5")
    assert len(scripted.seen) == 1
    assert troubles == ([caught.value] if expected is BadKey else [])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"message": "x", "code": "content_policy_violation"}}, Moderated),
        ({"choices": [{"message": {"content": "❌ 生成失败: 排队超时"}}]}, TaskFailed),
    ],
)
async def test_failures_under_success(
    gateway: Gateway, scripted: Scripted, sora: ModelSpec, body: object, expected: type[GatewayError]
) -> None:
    scripted.reply(200, body)
    outcome = await gateway.submit(sora, ORDER)
    assert isinstance(outcome, Broken)
    assert type(outcome.error) is expected


# --- lines that break --------------------


def cut_after(part: bytes) -> Callable[[RawServer], Serve]:
    def made(server: RawServer) -> Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await server.read_request(reader)
            writer.write(HEAD + chunked(part))
            await writer.drain()

        return serve

    return made


def then_silent(server: RawServer) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(HEAD + chunked(FILM[: FILM.index(b"36.0")]))
        await writer.drain()
        await reader.read()

    return serve


def dripping(server: RawServer) -> Serve:
    """A heart-beat that never ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_request(reader)
        writer.write(HEAD)
        while True:
            writer.write(chunked(b": beat\n\n"))
            await writer.drain()
            await asyncio.sleep(0.01)

    return serve


@pytest.mark.parametrize(
    "serve", [drops_after_the_body, closes_at_once, no_http, cut_after(b""), cut_after(b"data: {")]
)
async def test_a_line_that_breaks_is_unsure_and_sent_once(
    opened: Open, sora: ModelSpec, serve: Callable[[RawServer], Serve]
) -> None:
    async with raw_server(serve) as server:
        gateway = await opened(server.url)
        with pytest.raises(Unsure):
            await gateway.submit(sora, ORDER)
        assert server.requests <= 1


async def test_what_was_told_before_the_line_broke_is_kept(opened: Open, sora: ModelSpec) -> None:
    async with raw_server(cut_after(FILM[: FILM.index(b"36.0") + 40])) as server:
        gateway, told = await opened(server.url), Told()
        with pytest.raises(Unsure):
            await gateway.submit(sora, ORDER, told)
        assert told.news[-1] == News(36, "task_01k7abcdef")


async def test_a_film_that_is_there_when_the_line_breaks_is_taken(opened: Open, sora: ModelSpec) -> None:
    end = FILM.index(b"data: [DONE]")
    before = FILM.rindex(b"data: ", 0, end)  # the finish reason did not come
    async with raw_server(cut_after(FILM[:before])) as server:
        gateway = await opened(server.url)
        outcome = await gateway.submit(sora, ORDER)
        assert isinstance(outcome, Ready)
        assert outcome.artifacts == (Artifact("video", url=URL),)


@pytest.mark.parametrize(
    ("serve", "limits"), [(then_silent, {"idle_s": 0.05}), (dripping, {"deadline_s": 0.1})], ids=["silence", "total"]
)
async def test_silence_and_total_time_are_bounded(
    opened: Open, sora: ModelSpec, serve: Callable[[RawServer], Serve], limits: dict[str, float]
) -> None:
    async with raw_server(serve) as server:
        gateway = await opened(server.url)
        with pytest.raises(Unsure):
            await gateway.submit(replace(sora, **limits), ORDER)  # type: ignore[arg-type] # seconds
        assert server.requests == 1


async def test_no_answer_at_all(opened: Open, sora: ModelSpec) -> None:
    def says_nothing(server: RawServer) -> Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await server.read_request(reader)
            await reader.read()

        return serve

    async with raw_server(says_nothing) as server:
        gateway = await opened(server.url, limits=LIMITS._replace(connect_s=0.5))
        with pytest.raises(Unsure):
            await gateway.submit(replace(sora, submit_s=0.05), ORDER)
        assert server.requests == 1


async def test_what_was_not_taken(opened: Open, sora: ModelSpec) -> None:
    gateway = await opened("http://127.0.0.1:9")
    with pytest.raises(NotTaken):
        await gateway.submit(sora, ORDER)


async def test_who_listens_may_be_slow(gateway: Gateway, scripted: Scripted, sora: ModelSpec) -> None:
    """A busy database does not hold up the reading, nor does what it takes count as silence."""
    scripted.stream(*[FILM[at : at + 700] for at in range(0, len(FILM), 700)])

    async def slow(_: News) -> None:
        await asyncio.sleep(0.1)

    outcome = await gateway.submit(replace(sora, idle_s=0.05), ORDER, slow)
    assert isinstance(outcome, Ready)
