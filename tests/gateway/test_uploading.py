"""The gateway's file upload: what is asked, what its replies mean, and who gets the key."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox, serve
from core.errors import BadKey, BadRequest, GatewayError, NoFunds, NoResult, NotOffered, UpstreamDown
from core.gateway.client import Gateway
from core.gateway.uploading import CANDIDATES, UploadPlace, most_bytes, parse_upload, to_upload
from core.values import Json
from tests.gateway.conftest import KEY, Open, Scripted

URL = "https://files.example/a.png"
PLACE = UploadPlace("/v1/files", "upload", {"purpose": "vision"})


async def put(gateway: Gateway, place: UploadPlace = PLACE) -> str:
    return await gateway.upload(place, "input.png", "image/png", b"picture")


def test_what_is_asked() -> None:
    wire = to_upload(PLACE, "input.mp4", "", b"film")
    assert (wire.method, wire.path, wire.form) == ("POST", "/v1/files", (("purpose", "vision"),))
    [file] = wire.files
    assert (file.name, file.filename, file.mime, file.data) == (
        "upload", "input.mp4", "application/octet-stream", b"film",
    )  # fmt: skip
    assert (most_bytes("image"), most_bytes("video"), most_bytes("audio")) == (10 << 20, 20 << 20, 20 << 20)


@pytest.mark.parametrize(
    "body",
    [
        {"id": "file-1", "object": "file", "bytes": 7, "created_at": 1, "filename": "a.png", "url": URL},
        {"url": URL, "created": 1757403998946},
        {"code": 200, "data": {"url": URL, "expires_at": "2026-11-30"}},
        {"code": 200, "data": {"file_url": URL}},
        {"data": {"url": "", "file_url": None, "download_url": URL}},
        {"url": "file-1", "file": {"url": URL}},
        {"success": True, "data": [{"url": URL}]},
        {"data": URL},
        {"data": None, "url": URL},
    ],
)
def test_the_address_is_found_wherever_it_stands(body: Json) -> None:
    assert parse_upload(body) == URL


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": "only images are taken", "code": 415}, BadRequest),
        ({"error": {"message": "余额不足", "code": "insufficient_user_quota"}}, NoFunds),
        ({"success": False, "message": "no"}, BadRequest),
        ({"id": "file-1"}, NoResult),
        ({"url": "ftp://files.example/a"}, NoResult),
        ({"url": "https://files.example/a b"}, NoResult),
        ({"url": "https://files.example/" + "a" * 9_000}, NoResult),
        ({"data": [[URL]], "file": [], "url": {"url": URL}}, NoResult),
        ([URL], NoResult),
        (None, NoResult),
    ],
)
def test_a_reply_without_an_address(body: Json, expected: type[GatewayError]) -> None:
    with pytest.raises(expected):
        parse_upload(body)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, {"error": {"message": "Invalid URL (POST /v1/files)"}}, NotOffered),
        (405, None, NotOffered),
        (501, {"error": {"message": "API not implemented"}}, NotOffered),
        (400, {"error": "no file", "code": 400}, BadRequest),
        (401, {"error": {"message": "无效的令牌"}}, BadKey),
        (502, {"error": {"message": "bad gateway"}}, UpstreamDown),
    ],
)
async def test_refusals(
    gateway: Gateway, scripted: Scripted, status: int, body: Json, expected: type[GatewayError]
) -> None:
    scripted.reply(status, body)
    with pytest.raises(expected) as caught:
        await put(gateway)
    assert type(caught.value) is expected
    assert len(scripted.seen) == (3 if expected is UpstreamDown else 1)  # an upload may be repeated


async def test_a_page_is_no_upload(gateway: Gateway, scripted: Scripted) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<!DOCTYPE html><html></html>", content_type="text/html")

    scripted.handler = page
    with pytest.raises(NotOffered):
        await put(gateway)


async def test_the_key_goes_to_the_gateway_alone(gateway: Gateway, scripted: Scripted) -> None:
    scripted.reply(307, {}, Location="http://127.0.0.1:9/elsewhere")
    with pytest.raises(GatewayError):
        await put(gateway)
    [seen] = scripted.seen
    assert seen.headers["authorization"] == f"Bearer {KEY}"


# --- the sandbox --------------------


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.mark.parametrize("place", CANDIDATES, ids=lambda place: place.path)
async def test_every_candidate_where_it_is_on(sandbox: Sandbox, opened: Open, place: UploadPlace) -> None:
    gateway = await opened(sandbox.base_url)
    sandbox.behaviour.upload_path = place.path
    url = await put(gateway, place)
    file = sandbox.files.get(url.rpartition("/")[2])
    assert file is not None and (file.data, file.content_type) == (b"picture", "image/png")
    for other in CANDIDATES:
        if other != place:
            with pytest.raises(NotOffered):
                await put(gateway, other)
    with pytest.raises(BadRequest):
        await put(gateway, UploadPlace(place.path, "wrong", place.form))
