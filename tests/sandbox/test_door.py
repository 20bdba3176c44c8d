"""Keys, request ids, unknown paths, scripted faults and the record, over a real socket."""

import asyncio
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest

from bots.sandbox import record, server
from bots.sandbox.faults import Drop, Hang, Reply, error_reply, html_page, task_error_reply
from bots.sandbox.record import Seen
from bots.sandbox.server import Sandbox
from bots.sandbox.shelf import File, Shelf

VIDEO = {"model": "kling-3.0", "prompt": "a cat", "seconds": "5"}
CHAT = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "hi"}]}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk-bad"}, {"Authorization": "Basic sk-good"}])
async def test_a_bad_key_gets_the_gateways_401(sandbox: Sandbox, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=sandbox.base_url, headers=headers) as client:
        reply = await client.post("/v1/chat/completions", json=CHAT)
        quota = await client.get("/api/usage/token/")
    request_id = reply.headers["X-Oneapi-Request-Id"]
    assert reply.status_code == 401
    assert reply.json() == {
        "error": {"message": f"无效的令牌 (request id: {request_id})", "type": "new_api_error", "code": ""}
    }
    assert quota.status_code == 401
    assert quota.json() == {"success": False, "message": "无效的令牌"}
    assert not sandbox.submits


async def test_every_reply_has_a_request_id(client: httpx.AsyncClient) -> None:
    paths = ("/v1/models", "/v1/nothing", "/nothing", "/files/nothing.png")
    ids = [(await client.get(path)).headers["X-Oneapi-Request-Id"] for path in paths]
    assert len(set(ids)) == len(paths)
    assert all(re.fullmatch(r"\d{24}[A-Za-z0-9]{8}", one) for one in ids)


async def test_unknown_paths(client: httpx.AsyncClient) -> None:
    unknown = await client.post("/v1/nothing", json={})
    wrong_method = await client.get("/v1/chat/completions")
    page = await client.get("/nothing/fetch/1")
    assert (unknown.status_code, unknown.json()["error"]["type"]) == (404, "invalid_request_error")
    assert unknown.json()["error"]["message"] == "Invalid URL (POST /v1/nothing)"
    assert (wrong_method.status_code, (await client.get("/api/x")).status_code) == (404, 404)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_requests_are_recorded_within_bounds(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    await client.post("/v1/videos", json=VIDEO)
    await client.post("/v1/images/edits", data={"model": "gpt-image-2"}, files={"image": ("a.png", b"x", "image/png")})
    order, edit = sandbox.requests
    assert (order.method, order.path, order.json) == ("POST", "/v1/videos", VIDEO)
    assert order.headers["Authorization"] == "Bearer sk-good"
    assert "sk-good" not in repr(order)
    assert edit.field("model") == "gpt-image-2"
    assert [(part.filename, part.content_type, part.data) for part in edit.files("image")] == [
        ("a.png", "image/png", b"x")
    ]
    assert sandbox.requests.to("POST /v1/videos") == [order]
    for _ in range(sandbox.behaviour.requests_kept):
        await client.get("/v1/models")
    assert len(sandbox.requests) == sandbox.behaviour.requests_kept
    assert sandbox.requests[0].path == "/v1/models"


def test_the_record_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "KEPT_BYTES_MAX", 100)
    kept = record.Record(kept=10)
    for size in (60, 30, 30):
        kept.add(Seen("POST", "/", "POST /", {}, {}, None, (), size, broken=False))
    assert [seen.size for seen in kept] == [30, 30]


async def test_scripted_replies_come_in_order(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    busy = task_error_reply(429, "busy", "当前分组上游负载已饱和，请稍后再试", Retry_After="3")
    wrong = error_reply(500, "invalid_request")
    sandbox.behaviour.script("POST /v1/videos", busy, None, html_page(504, "504 Gateway Time-out"), wrong)
    refused, fine, page, mistake, again = [await client.post("/v1/videos", json=VIDEO) for _ in range(5)]
    assert (refused.status_code, refused.json(), refused.headers["Retry-After"]) == (429, busy.body, "3")
    assert (mistake.status_code, mistake.json()["error"]["code"]) == (500, "invalid_request")
    assert (fine.status_code, again.status_code) == (200, 200)
    assert (page.status_code, page.headers["content-type"]) == (504, "text/html; charset=utf-8")
    assert (sandbox.submits["/v1/videos"], sandbox.accepted["/v1/videos"]) == (5, 2)


@pytest.mark.parametrize(
    ("when", "seen", "submitted", "accepted"),
    [("head", 0, 0, 0), ("body", 1, 1, 0), ("answer", 1, 1, 1)],
)
@pytest.mark.parametrize("reused", [False, True])
async def test_a_dropped_line(
    sandbox: Sandbox, client: httpx.AsyncClient, when: str, seen: int, submitted: int, accepted: int, reused: bool
) -> None:
    if reused:
        await client.get("/v1/models")
        sandbox.requests.clear()
    fault = {"head": Drop("head"), "body": Drop("body"), "answer": Drop("answer")}[when]
    sandbox.behaviour.script("POST /v1/videos", fault)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)):
        await client.post("/v1/videos", json=VIDEO)
    assert len(sandbox.requests) == seen
    assert (sandbox.submits["/v1/videos"], sandbox.accepted["/v1/videos"]) == (submitted, accepted)
    assert (await client.post("/v1/videos", json=VIDEO)).status_code == 200


async def test_a_hang_can_be_released(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    hang = Hang()
    sandbox.behaviour.script("POST /v1/videos", hang)
    pending = asyncio.create_task(client.post("/v1/videos", json=VIDEO))
    await hang.arrived.wait()
    assert (sandbox.submits["/v1/videos"], pending.done()) == (1, False)
    hang.release()
    assert (await pending).json()["status"] == "queued"


async def test_a_hang_ends_with_the_client_and_with_the_sandbox() -> None:
    hangs = Hang(), Hang()
    async with server.serve() as sandbox, httpx.AsyncClient(base_url=sandbox.base_url) as client:
        client.headers["Authorization"] = "Bearer sk-good"
        sandbox.behaviour.script("GET /v1/models", *hangs)
        left, stuck = [asyncio.create_task(client.get("/v1/models")) for _ in hangs]
        await asyncio.gather(*(hang.arrived.wait() for hang in hangs))
        left.cancel()
        await asyncio.wait([left])
        fine = await client.get("/v1/models")
    await asyncio.wait([stuck])
    assert (fine.status_code, left.cancelled()) == (200, True)
    assert isinstance(stuck.exception(), httpx.TransportError)


@pytest.mark.parametrize(
    "body", [{"json": {"prompt": "x" * 200_000}}, {"files": {"image": ("a.png", b"x" * 200_000, "image/png")}}]
)
async def test_too_large_a_body_is_413(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "BODY_MAX", 100_000)
    async with server.serve() as sandbox, httpx.AsyncClient(base_url=sandbox.base_url) as client:
        reply = await client.post("/v1/images/edits", **body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "read_request_body_failed")
    assert len(sandbox.requests) == 0


async def test_too_many_parts_are_no_form(client: httpx.AsyncClient) -> None:
    files = [("image", b"x")] * (record.PARTS_MAX + 1)
    reply = await client.post("/v1/images/edits", files=files)
    assert reply.json()["error"]["code"] == "convert_request_failed"


def test_a_full_shelf_forgets_what_nobody_asked_for() -> None:
    shelf = Shelf(bytes_max=10)
    for name in ("a", "b"):
        shelf.put(name, File(b"12345", "x"))
    shelf.get("a")
    shelf.put("c", File(b"1234", "x"))
    assert [shelf.get(name) is not None for name in ("a", "b", "c")] == [True, False, True]
    shelf.put("a", File(b"1", "x"))
    shelf.put("d", File(b"12345", "x"))
    assert [shelf.get(name) is not None for name in ("a", "c", "d")] == [True, True, True]


async def test_an_expired_link(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    order = {"model": "gpt-image-2", "prompt": "x"}
    link = (await client.post("/v1/images/generations", json=order)).json()["data"][0]["url"]
    sandbox.behaviour.script("GET /files/{name}", Reply(403, "expired"))
    assert [(await client.get(link)).status_code for _ in range(2)] == [403, 200]
    assert (await client.get("/files/nothing.png")).status_code == 404


async def test_header_names_have_no_case(sandbox: Sandbox) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nsora-2\r\n--x--\r\n'
    head = (
        b"POST /v1/videos HTTP/1.1\r\nhost: x\r\nauthorization: bearer k\r\nconnection: close\r\n"
        b"content-type: multipart/form-data; boundary=x\r\ncontent-length: %d\r\n\r\n" % len(body)
    )
    url = httpx.URL(sandbox.base_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(head + body)
    reply = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"prompt is required" in reply


def test_starting_it_loads_nothing_heavy_and_nothing_of_ours() -> None:
    program = "import sys, bots.sandbox.server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "aiohttp" in loaded
    assert not loaded & {"PIL", "av", "core", "storage", "httpx", "aiogram", "discord"}


async def test_the_port_may_be_taken(sandbox: Sandbox) -> None:
    port = httpx.URL(sandbox.base_url).port or 0
    with pytest.raises(OSError, match="address already in use"):
        async with server.serve(port=port):
            raise AssertionError("served twice")
