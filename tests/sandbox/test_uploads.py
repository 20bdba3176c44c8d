"""Uploads: one place is on, its files are there for everybody, and what it does not take is refused in its own shape."""

import httpx
import pytest

from bots.sandbox.server import Sandbox

PICTURE = {"file": ("a.png", b"picture", "image/png")}
PURPOSE = {"purpose": "user_data"}


@pytest.mark.parametrize("path", ["/v1/files", "/api/upload", "/v1/upload", "/v1/files/upload"])
async def test_a_file_is_public_afterwards(sandbox: Sandbox, client: httpx.AsyncClient, path: str) -> None:
    sandbox.behaviour.upload_path = path
    body = (await client.post(path, files=PICTURE, data=PURPOSE)).json()
    url = body["data"]["file_url"] if "data" in body else body["url"]
    async with httpx.AsyncClient() as anybody:
        found = await anybody.get(url)
    assert (found.content, found.headers["content-type"], url.endswith(".png")) == (b"picture", "image/png", True)


async def test_only_one_place_is_on(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    for path in ("/api/upload", "/v1/upload", "/v1/files/upload"):
        assert (await client.post(path, files=PICTURE)).status_code == 404
    sandbox.behaviour.upload_path = ""
    assert (await client.post("/v1/files", files=PICTURE, data=PURPOSE)).status_code == 501


async def test_what_is_not_taken(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    film = {"file": ("a.mp4", b"film", "video/mp4")}
    assert (await client.post("/v1/files", files=PICTURE)).json() == {"error": "purpose is required", "code": 400}
    assert (await client.post("/v1/files", data=PURPOSE, files={"it": PICTURE["file"]})).status_code == 400
    assert (await client.post("/v1/files", data=PURPOSE, files=film)).status_code == 200
    sandbox.behaviour.upload_path = "/api/upload"
    assert (await client.post("/api/upload", files=film)).json() == {"error": "only images are taken", "code": 415}
    large = {"file": ("a.png", bytes(10 * 1024 * 1024 + 1), "image/png")}
    assert (await client.post("/api/upload", files=large)).status_code == 413
    client.headers["Authorization"] = "Bearer sk-bad"
    assert (await client.post("/api/upload", files=PICTURE)).status_code == 401
