"""Seedance's library: files with ids, active after a while, used as `asset://ID` by their owner alone."""

import re
from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox.films import RED, content, near, picture, put, reason
from tests.sandbox.test_seedance import item, order
from tests.sandbox.test_seedance import submit as film

CREATE, GET = "/api/asset/createMedia", "/api/asset/get"
CAT = {"url": "https://example.com/cat.jpg", "name": "cat-ref.jpg", "assetType": "Image"}


async def create(client: httpx.AsyncClient, **more: str) -> str:
    reply = await client.post(CREATE, json=CAT | more)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["Result"]["Id"])


async def look(client: httpx.AsyncClient, asset: str) -> dict[str, Any]:
    body = (await client.get(GET, params={"id": asset})).json()
    assert body["ResponseMetadata"]["Service"] == "ark"
    return dict(body["Result"])


async def test_an_asset_becomes_active_and_is_used(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    link = put(sandbox, "red.png", picture(RED), "image/png")
    asset = await create(client, url=link)
    assert re.fullmatch(r"asset-\d{14}-[a-z0-9]{5}", asset)
    use = order(item("image", f"asset://{asset}"))
    assert "not active" in reason(await client.post("/v1/video/generations", json=use))
    first, second = [await look(client, asset) for _ in range(2)]
    assert (first["Status"], second["Status"]) == ("Processing", "Active")
    assert (second["Id"], second["Name"], second["AssetType"], second["URL"]) == (asset, "cat-ref.jpg", "Image", link)
    assert near((await content(client, await film(client, use))).first, RED)
    wrong = order(item("reference_video", f"asset://{asset}"))
    assert "no video" in reason(await client.post("/v1/video/generations", json=wrong))


async def test_assets_are_their_owners(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    asset = await create(client)
    headers = {"Authorization": "Bearer sk-other"}
    reply = await client.get(GET, params={"id": asset}, headers=headers)
    assert (reply.status_code, reply.json()["ResponseMetadata"]["Error"]["Code"]) == (404, "NotFound.Asset")
    used = await client.post("/v1/video/generations", json=order(item("image", f"asset://{asset}")), headers=headers)
    assert "not found" in reason(used)


async def test_some_assets_fail(client: httpx.AsyncClient) -> None:
    failed, endless = await create(client, name="cat [reason RejectFace]"), await create(client, name="[never]")
    await look(client, failed)
    await look(client, endless)
    told, waits = await look(client, failed), await look(client, endless)
    assert (told["Status"], told["Error"]["Code"], waits["Status"]) == ("Failed", "RejectFace", "Processing")


async def test_a_sibling_tells_no_id(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.films.asset_told = False
    assert (await client.post(CREATE, json=CAT)).json() == {}


@pytest.mark.parametrize(
    "more",
    [{"assetType": "Text"}, {"name": ""}, {"url": "http://example.com/a.jpg"}, {"url": "data:image/png;base64,AAAA"}],
)
async def test_mistakes(client: httpx.AsyncClient, more: dict[str, str]) -> None:
    assert reason(await client.post(CREATE, json=CAT | more))


async def test_the_older_route_is_for_images(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/asset/create", json={"url": CAT["url"], "name": "cat"})
    assert (await look(client, reply.json()["Result"]["Id"]))["AssetType"] == "Image"
    assert (await client.get(GET)).json()["ResponseMetadata"]["Error"]["Code"] == "MissingParameter.Id"
