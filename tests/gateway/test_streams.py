"""Streamed answers over a real socket: how they end, and what is kept when they do not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from aiohttp import web

from core.catalog import Catalog
from core.errors import BadKey, GatewayError, Moderated, NotTaken, RateLimited, Unsure, UpstreamDown
from core.gateway.client import Gateway
from core.gateway.pump import Pump, Silent, TooMuch
from core.limits import LIMITS
from core.values import ChatEvent, Finished, Part, StopReason, TextDelta
from tests.gateway.conftest import KEY, Open, Scripted, question
from tests.gateway.test_openai_chat import DONE, START, STOP, USAGE, chunk

FULL = (START, chunk({"content": "San"}), chunk({"content": "tiago."}), STOP, USAGE, DONE)


async def ask(gateway: Gateway, catalog: Catalog) -> tuple[str, list[ChatEvent], GatewayError | None]:
    """The text, all events, and the error at the end if there was one."""
    events: list[ChatEvent] = []
    error: GatewayError | None = None
    try:
        async for event in gateway.stream_chat(catalog.default("chat"), question()):
            events.append(event)
    except GatewayError as raised:
        error = raised
    return "".join(event.text for event in events if isinstance(event, TextDelta)), events, error


async def test_a_whole_answer(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.stream(*FULL)
    text, events, error = await ask(gateway, catalog)
    assert (text, events[-1], error) == ("Santiago.", Finished(StopReason.STOP), None)
    seen = scripted.seen[0]
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["content-type"] == "application/json"
    assert json.loads(seen.body)["messages"] == [{"role": "user", "content": "hello"}]


async def test_half_a_surrogate_pair_is_sent(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.stream(*FULL)
    async for _ in gateway.stream_chat(catalog.default("chat"), question("\ud83e x")):
        pass
    assert json.loads(scripted.seen[0].body)["messages"][0]["content"] == "\ud83e x"


async def test_without_done_or_usage_it_is_whole_all_the_same(
    gateway: Gateway, scripted: Scripted, catalog: Catalog
) -> None:
    scripted.stream(*FULL[:4])
    assert (await ask(gateway, catalog))[1:] == ([TextDelta("Santiago."), Finished(StopReason.STOP)], None)


async def test_done_without_a_finish_reason_is_cut_off(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.stream(*FULL[:3], DONE)
    text, _, error = await ask(gateway, catalog)
    assert text == "Santiago."
    assert type(error) is Unsure
    assert error.request_id == "rid-1"


async def test_a_line_cut_in_the_middle_keeps_what_came(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.stream(*FULL[:3], cut=True)
    text, _, error = await ask(gateway, catalog)
    assert text == "Santiago."
    assert type(error) is Unsure


async def test_a_line_cut_after_the_finish_reason_is_whole(
    gateway: Gateway, scripted: Scripted, catalog: Catalog
) -> None:
    scripted.stream(*FULL[:4], cut=True)
    text, events, error = await ask(gateway, catalog)
    assert (text, events[-1], error) == ("Santiago.", Finished(StopReason.STOP), None)


async def test_a_slow_reader_loses_nothing_when_the_line_breaks(
    gateway: Gateway, scripted: Scripted, catalog: Catalog
) -> None:
    gone = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(100):
            await response.write(chunk({"content": f"{number} "}))
        assert request.transport is not None
        request.transport.close()
        gone.set()
        return response

    scripted.handler = handler
    text = ""
    with pytest.raises(Unsure):
        async for event in gateway.stream_chat(catalog.default("chat"), question()):
            await gone.wait()
            for _ in range(20):
                await asyncio.sleep(0)
            assert isinstance(event, TextDelta)
            text += event.text
    assert text == "".join(f"{number} " for number in range(100))


async def test_an_error_in_the_middle_keeps_what_came(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.stream(b"".join(FULL[:3]) + b'{"error":{"message":"safety stop","type":"server_error"}}\n')
    text, _, error = await ask(gateway, catalog)
    assert text == "Santiago."
    assert type(error) is Moderated
    assert error.request_id == "rid-1"


@pytest.mark.parametrize("pieces", [(), (START,), (DONE,), (b"<html>not a stream</html>\n",)])
async def test_nothing_at_all_is_a_gateway_that_is_down(
    gateway: Gateway, scripted: Scripted, catalog: Catalog, pieces: tuple[bytes, ...]
) -> None:
    scripted.stream(*pieces)
    _, events, error = await ask(gateway, catalog)
    assert events == []
    assert type(error) is UpstreamDown


async def test_json_in_place_of_a_stream(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.reply(200, {"choices": [{"message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}]})
    assert (await ask(gateway, catalog))[1] == [TextDelta("Hi."), Finished(StopReason.STOP)]
    scripted.reply(200, {"error": {"message": "x", "type": "y", "code": "rate_limit_exceeded"}})
    assert type((await ask(gateway, catalog))[2]) is RateLimited


async def test_refusals(gateway: Gateway, scripted: Scripted, catalog: Catalog, troubles: list[GatewayError]) -> None:
    body = {"error": {"message": f"无效的令牌 {KEY}", "type": "new_api_error", "code": ""}}
    scripted.reply(401, body, X_Oneapi_Request_Id="rid-9")
    _, _, error = await ask(gateway, catalog)
    assert type(error) is BadKey
    assert error.request_id == "rid-9"
    assert KEY not in str(error)
    assert troubles == [error]
    assert error.__cause__ is None
    assert len(scripted.seen) == 1
    scripted.reply(429, None, Retry_After="7")
    _, _, error = await ask(gateway, catalog)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7.0


async def test_a_port_nobody_listens_on(opened: Open, catalog: Catalog) -> None:
    gateway = await opened("http://127.0.0.1:9")
    assert type((await ask(gateway, catalog))[2]) is NotTaken


async def test_too_long_an_answer_is_ended(scripted: Scripted, opened: Open, catalog: Catalog) -> None:
    gateway = await opened(scripted.url, limits=LIMITS._replace(stream_chars=10))
    scripted.stream(*(chunk({"content": "12345"}) for _ in range(1000)), STOP, DONE)
    _, events, error = await ask(gateway, catalog)
    assert events[-1] == Finished(StopReason.LENGTH)
    assert error is None


async def test_a_big_picture_in_one_line(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    picture = "A" * 800_000
    scripted.stream(START, chunk({"content": f"![x](data:image/png;base64,{picture}) ok"}), STOP, DONE)
    text, events, _ = await ask(gateway, catalog)
    assert text == " ok"
    assert any(getattr(event, "artifact", None) for event in events)


async def test_leaving_early_closes_the_line(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    left = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(chunk({"content": "a"}))
        try:
            await asyncio.Event().wait()
        finally:  # the server cancels a handler whose client has left
            left.set()
        return response

    scripted.handler = handler
    stream = gateway.stream_chat(catalog.default("chat"), question())
    async with aclosing(stream) as events:  # type: ignore[type-var] # an async generator, typed as an iterator
        async for _ in events:
            break
    await asyncio.wait_for(left.wait(), 5)


async def test_pictures_travel_in_the_question(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.stream(*FULL)
    part = Part("image", mime="image/png", data=b"x" * 400_000)  # large enough for a thread
    async for _ in gateway.stream_chat(catalog.default("chat"), question("what?", part)):
        pass
    content = json.loads(scripted.seen[0].body)["messages"][0]["content"]
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,eHh4")


async def test_connections_are_used_again(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    """Also when the end of the body comes a moment after [DONE]."""
    lines: set[object] = set()

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        lines.add(request.transport.get_extra_info("peername"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"".join(FULL))
        await asyncio.sleep(0.02)
        return response

    scripted.handler = handler
    for _ in range(2):
        assert (await ask(gateway, catalog))[2] is None
    assert len(lines) == 1


# --- the pump --------------------


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def silent() -> AsyncIterator[bytes]:
    yield b"a"
    await asyncio.Event().wait()


async def drain(pump: Pump) -> list[bytes]:
    got: list[bytes] = []
    async with pump:
        while piece := await pump.take():
            got += piece
    return got


async def test_the_pump_gives_everything_and_then_the_error() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"
        raise OSError("gone")

    pump = Pump(broken(), idle_s=9, total_s=9, max_bytes=9)
    async with pump:
        got: list[bytes] = []
        with pytest.raises(OSError, match="gone"):
            while True:
                got += await pump.take()
    assert got == [b"a", b"b"]
    assert await drain(Pump(pieces(b"a", b"b"), idle_s=9, total_s=9, max_bytes=9)) == [b"a", b"b"]


@pytest.mark.parametrize(("idle_s", "total_s"), [(0.01, 9), (9, 0.01)])
async def test_silence_and_total_time_are_bounded(idle_s: float, total_s: float) -> None:
    with pytest.raises(Silent):
        await drain(Pump(silent(), idle_s=idle_s, total_s=total_s, max_bytes=9))


async def test_after_the_end_was_seen_silence_is_no_error() -> None:
    pump = Pump(silent(), idle_s=9, total_s=9, max_bytes=9)
    async with pump:
        assert await pump.take() == [b"a"]
        pump.hurry(0.01)
        assert await pump.take() == []


async def test_the_pump_keeps_so_much_and_no_more() -> None:
    with pytest.raises(TooMuch):
        await drain(Pump(pieces(b"12345", b"67890"), idle_s=9, total_s=9, max_bytes=9))
