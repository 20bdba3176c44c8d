"""Orders, polls and results over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from aiohttp import web

from core.catalog import Catalog
from core.errors import (
    BadKey,
    BadRequest,
    FileTooLarge,
    GatewayError,
    NoFunds,
    NoResult,
    RateLimited,
    TaskExpired,
    Unsure,
    UpstreamDown,
)
from core.gateway.client import Gateway, open_gateway
from core.gateway.wire import Accepted, Again, Ready
from core.limits import LIMITS
from core.values import Artifact, Order, Part
from tests.clocks import FakeClock
from tests.gateway.conftest import KEY, MemoryMedia, Open, Scripted, real_transports

VIDEO = Order("video", "kling-3.0", "a whale")


async def submit(gateway: Gateway, catalog: Catalog, order: Order = VIDEO) -> object:
    return await gateway.submit(catalog.get(order.model, order.kind).for_files(order.inputs), order)


async def test_an_order_and_its_request_id(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.reply(200, {"id": "task_1", "status": "queued"})
    assert await submit(gateway, catalog) == Accepted("task_1")
    seen = scripted.seen[0]
    assert (seen.method, seen.path, seen.headers["authorization"]) == ("POST", "/v1/videos", f"Bearer {KEY}")
    assert json.loads(seen.body)["prompt"] == "a whale"


async def test_inputs_come_from_the_media_store(
    gateway: Gateway, scripted: Scripted, catalog: Catalog, media: MemoryMedia
) -> None:
    key, _ = await media.put(b"\x89PNG picture", 100)
    scripted.reply(200, {"data": [{"url": "https://f.x/a.png"}]})
    inputs = (Part("image", media=key, mime="image/png"),)
    ready = await submit(gateway, catalog, Order("image", "gpt-image-2", "weird \ud83e", {}, inputs))
    assert ready == Ready((Artifact("image", url="https://f.x/a.png"),))
    seen = scripted.seen[0]
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="image"; filename="reference-1.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG picture' in seen.body
    assert b'name="model"\r\n\r\ngpt-image-2\r\n' in seen.body
    gone = Order("image", "gpt-image-2", "x", {}, (Part("image", media="swept"),))
    with pytest.raises(BadRequest):
        await submit(gateway, catalog, gone)
    assert len(scripted.seen) == 1


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"code": "invalid_request", "message": "prompt is required", "data": None}, BadRequest),
        (401, {"error": {"message": "无效的令牌", "type": "new_api_error", "code": ""}}, BadKey),
        (403, {"error": {"message": "x", "type": "new_api_error", "code": "insufficient_user_quota"}}, NoFunds),
        (429, None, RateLimited),
        (500, {"error": {"message": "x", "code": "do_request_failed"}}, UpstreamDown),
        (524, None, Unsure),
    ],
)
async def test_refused_orders_are_sent_once(
    gateway: Gateway,
    scripted: Scripted,
    catalog: Catalog,
    troubles: list[GatewayError],
    status: int,
    body: object,
    expected: type[GatewayError],
) -> None:
    scripted.reply(status, body, X_Oneapi_Request_Id="rid-5")
    with pytest.raises(expected) as caught:
        await submit(gateway, catalog)
    assert type(caught.value) is expected
    assert caught.value.request_id == "rid-5"
    assert len(scripted.seen) == 1
    assert troubles == ([caught.value] if expected in {BadKey, NoFunds} else [])


async def html(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>console</html>", content_type="text/html")


async def test_a_page_under_success_is_unsure(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.handler = html
    with pytest.raises(Unsure):
        await submit(gateway, catalog)
    with pytest.raises(UpstreamDown):
        await gateway.poll(catalog.default("video"), "task_1")
    assert [seen.method for seen in scripted.seen] == ["POST", "GET", "GET", "GET"]


async def test_replies_are_bounded(scripted: Scripted, opened: Open, catalog: Catalog) -> None:
    gateway = await opened(scripted.url, limits=LIMITS._replace(reply_bytes=1_000))
    scripted.reply(200, {"id": "task_1", "padding": "x" * 2_000})
    with pytest.raises(Unsure):
        await submit(gateway, catalog)


async def test_big_replies_are_read(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.reply(200, {"data": [{"b64_json": "QUJD" * 200_000}]})
    ready = await submit(gateway, catalog, Order("image", "gpt-image-2", "x"))
    assert isinstance(ready, Ready)
    assert len(ready.artifacts[0].data) == 600_000


async def test_redirects_of_orders_are_not_followed(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.reply(307, {}, Location="http://127.0.0.1:9/v1/videos")
    with pytest.raises(GatewayError):
        await submit(gateway, catalog)
    assert len(scripted.seen) == 1


# --- polls --------------------


async def test_polling(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    spec = catalog.default("video")
    scripted.reply(200, {"id": "task_1", "status": "in_progress", "progress": 40})
    assert await gateway.poll(spec, "task_1") == Again(40)
    assert (scripted.seen[0].method, scripted.seen[0].path) == ("GET", "/v1/videos/task_1")
    scripted.reply(400, {"code": "task_not_exist", "message": "task_not_exist", "data": None})
    with pytest.raises(TaskExpired):
        await gateway.poll(spec, "task_1")
    assert len(scripted.seen) == 2


def by_path(**bodies: object) -> Callable[[web.Request], object]:
    async def handler(request: web.Request) -> web.StreamResponse:
        name = request.path.strip("/").split("/")[1]
        return web.json_response(bodies[name]) if name in bodies else web.json_response({}, status=404)

    return handler


async def test_a_finished_task_without_a_link_is_looked_at_twice(
    gateway: Gateway, scripted: Scripted, catalog: Catalog
) -> None:
    spec = catalog.default("video")
    done = {"id": "task_1", "status": "completed"}
    link = {"code": "success", "data": {"task_id": "task_1", "status": "SUCCESS", "data": [{"url": "https://f.x/v"}]}}
    content = "/v1/videos/task_1/content"
    scripted.handler = by_path(videos=done, video=link)  # type: ignore[assignment]
    assert await gateway.poll(spec, "task_1") == Ready((Artifact("video", url="https://f.x/v", content=content),))
    scripted.handler = by_path(videos=done)  # type: ignore[assignment]
    assert await gateway.poll(spec, "task_1") == Ready((Artifact("video", content=content),))


# --- results --------------------


def files(**by_name: bytes | int) -> Callable[[web.Request], object]:
    """Files by the last part of their path; a number is a status."""

    async def handler(request: web.Request) -> web.StreamResponse:
        found = by_name.get(request.path.rpartition("/")[2].partition(".")[0], 404)
        return web.Response(status=found) if isinstance(found, int) else web.Response(body=found)

    return handler


async def test_results_are_brought_into_the_store(
    gateway: Gateway, scripted: Scripted, catalog: Catalog, media: MemoryMedia
) -> None:
    spec = catalog.default("video")
    scripted.handler = files(film=b"mp4 bytes", content=b"with the key")  # type: ignore[assignment]
    key, size = await gateway.fetch(spec, Artifact("video", url=f"{scripted.url}/film.mp4"))
    assert (media.files[key], size) == (b"mp4 bytes", 9)
    key, _ = await gateway.fetch(spec, Artifact("video", content="/v1/videos/task_1/content"))
    assert media.files[key] == b"with the key"
    assert [seen.headers["authorization"] for seen in scripted.seen] == [f"Bearer {KEY}"] * 2
    key, _ = await gateway.fetch(spec, Artifact("image", data=b"inline"))
    assert media.files[key] == b"inline"


async def test_a_dead_link_falls_back_to_the_gateways_own_copy(
    gateway: Gateway, scripted: Scripted, catalog: Catalog, media: MemoryMedia
) -> None:
    scripted.handler = files(film=404, content=b"own copy")  # type: ignore[assignment]
    spec = catalog.default("video")
    dead = Artifact("video", url=f"{scripted.url}/film.mp4", content="/v1/videos/task_1/content")
    key, _ = await gateway.fetch(spec, dead)
    assert media.files[key] == b"own copy"
    with pytest.raises(TaskExpired):
        await gateway.fetch(spec, Artifact("video", url=f"{scripted.url}/film.mp4"))
    with pytest.raises(NoResult):
        await gateway.fetch(spec, Artifact("video"))


@pytest.mark.parametrize(
    ("status", "expected", "tries"),
    [
        (400, UpstreamDown, 3),
        (401, BadKey, 1),
        (403, TaskExpired, 1),
        (410, TaskExpired, 1),
        (429, RateLimited, 1),
        (502, UpstreamDown, 3),
    ],
)
async def test_results_that_are_refused(
    gateway: Gateway, scripted: Scripted, catalog: Catalog, status: int, expected: type[GatewayError], tries: int
) -> None:
    scripted.handler = files(content=status)  # type: ignore[assignment]
    with pytest.raises(expected):
        await gateway.fetch(catalog.default("video"), Artifact("video", content="/v1/videos/t/content"))
    assert len(scripted.seen) == tries


async def test_results_are_bounded(scripted: Scripted, opened: Open, catalog: Catalog, media: MemoryMedia) -> None:
    gateway = await opened(scripted.url, limits=LIMITS._replace(artifact_bytes=100))
    film = Artifact("video", url=f"{scripted.url}/film")
    scripted.handler = files(film=b"x" * 1_000)  # type: ignore[assignment]
    with pytest.raises(FileTooLarge):
        await gateway.fetch(catalog.default("video"), film)

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 64)
            await asyncio.sleep(0)

    scripted.handler = endless
    with pytest.raises(FileTooLarge):
        await gateway.fetch(catalog.default("video"), film)
    assert media.files == {}


async def test_a_page_is_no_result(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.handler = html
    with pytest.raises(NoResult):
        await gateway.fetch(catalog.default("video"), Artifact("video", url=f"{scripted.url}/film"))


# --- the account --------------------


async def test_models(gateway: Gateway, scripted: Scripted) -> None:
    listed = [
        {"id": "gpt-x", "supported_endpoint_types": ["openai", "anthropic"]},
        {"id": "drawer", "supported_endpoint_types": ["image-generation", "openai"]},
        {"id": "bare", "supported_endpoint_types": None},
        {"id": "gpt-x"},
        {"id": 7},
        "nonsense",
    ]
    scripted.reply(200, {"success": True, "object": "list", "data": listed})
    assert [(model.name, model.chat) for model in await gateway.listing()] == [
        ("gpt-x", True),
        ("drawer", False),
        ("bare", True),
    ]
    assert await gateway.models() == ["gpt-x", "drawer", "bare"]
    scripted.reply(200, {"error": {"message": "no key", "code": ""}})
    with pytest.raises(GatewayError):
        await gateway.listing()


async def test_balance(scripted: Scripted, opened: Open) -> None:
    def account(**bodies: object) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            body = bodies.get(request.path.strip("/").rpartition("/")[2], {"error": {"message": "closed"}})
            return web.json_response(body)

        scripted.handler = handler

    account(subscription={"hard_limit_usd": 12.5}, usage={"total_usage": 431.7})
    gateway = await opened(scripted.url)
    balance = await gateway.balance()
    assert balance is not None
    assert (round(balance.left, 3), balance.unlimited) == (8.183, False)
    account(token={"code": True, "data": {"total_available": 3_800_000, "total_used": 1_200_000}})
    asked = len(scripted.seen)
    assert await gateway.balance() == balance  # kept for five minutes
    assert len(scripted.seen) == asked
    other = await (await opened(scripted.url)).balance()
    assert other is not None
    assert (other.left, other.used) == (7.6, 2.4)
    account(subscription={"hard_limit_usd": 100_000_000}, usage={"total_usage": 0})
    endless = await (await opened(scripted.url)).balance()
    assert endless is not None
    assert endless.unlimited
    account()
    assert await (await opened(scripted.url)).balance() is None


# --- the address and the key --------------------


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
async def test_base_urls_as_people_paste_them(scripted: Scripted, opened: Open, tail: str) -> None:
    scripted.reply(200, {"data": []})
    assert await (await opened(f" {scripted.url}{tail} ")).models() == []
    assert scripted.seen[0].path == "/v1/models"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("ftp://x", KEY),
        ("nonsense", KEY),
        ("http://user:pass@x", KEY),
        ("http://x", f"{KEY}\n"),
        ("http://x", "sk-密钥"),
    ],
)
async def test_what_cannot_be_one_is_refused_without_quoting_it(url: str, key: str) -> None:
    with pytest.raises(ValueError, match="gateway") as caught:
        async with open_gateway(
            url,
            key,
            media=MemoryMedia(),  # type: ignore[arg-type]
            transports=real_transports(),
            clock=FakeClock(),
            limits=LIMITS,
        ):
            pytest.fail("opened")
    assert "secret" not in str(caught.value)
    assert "pass" not in str(caught.value)


async def test_without_a_key_none_is_sent(scripted: Scripted, opened: Open) -> None:
    scripted.reply(200, {"data": []})
    await (await opened(scripted.url, key="")).models()
    assert "authorization" not in scripted.seen[0].headers


async def test_cookies_are_not_kept(gateway: Gateway, scripted: Scripted) -> None:
    scripted.reply(200, {"data": []}, Set_Cookie="session=1; Path=/")
    await gateway.models()
    await gateway.models()
    assert "cookie" not in scripted.seen[1].headers


async def test_no_secret_in_anything_that_can_be_printed(
    gateway: Gateway, scripted: Scripted, catalog: Catalog
) -> None:
    scripted.reply(500, {"error": {"message": f"refused {KEY} Bearer {KEY}"}})
    errors: list[BaseException] = []
    for call in (submit(gateway, catalog), gateway.poll(catalog.default("video"), "t"), gateway.models()):
        with pytest.raises(GatewayError) as caught:
            await call
        errors.append(caught.value)
    for error in errors:
        assert "secretsecret" not in repr(error) + str(error) + repr(error.__cause__) + repr(vars(error))
    printed = [repr(gateway), *(repr(value) for value in vars(gateway).values() if not isinstance(value, dict))]
    assert "secretsecret" not in "".join(printed)
