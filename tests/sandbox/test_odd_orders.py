"""Orders of pictures whose fields are of any type: always answered in the gateway's shapes, never by an accident."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.sandbox.mj_client import ACTION, BLEND, DESCRIBE, IMAGINE, MODAL, UPLOAD, Midjourney, button, plain

JUNK: list[object] = [
    None, True, -1, 10**400, 1.5, "", "x", "\ud800", "9" * 5000, "٣", [], [[]], [None, {}], {}, {"a": {"b": 1}}, ["x"] * 99,
]  # fmt: skip

PARTS = [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": plain("red")}}]
PAGE = "https://example.com/a.png"
BODIES: dict[str, dict[str, Any]] = {
    IMAGINE: {"prompt": f"{PAGE} x --sref {PAGE}", "base64Array": [plain("red")], "botType": "", "state": ""},
    BLEND: {"base64Array": [plain("red")] * 2, "dimensions": "SQUARE"},
    DESCRIBE: {"base64": plain("red"), "language": "en", "link": ""},
    UPLOAD: {"base64Array": [plain("red")]},
    ACTION: {"taskId": "1", "customId": "x", "enableRemix": True},
    MODAL: {"taskId": "1", "prompt": "x", "maskBase64": plain("red")},
    "/mj/task/list-by-condition": {"ids": ["1"]},
    "/v1/images/generations": {
        "model": "gpt-image-2", "prompt": "x", "n": 1, "size": "1024x1024", "quality": "low", "background": "auto",
        "output_format": "png", "output_compression": 100, "aspect_ratio": "1:1", "image": "", "response_format": "url",
    },
    "/v1/chat/completions": {
        "model": "gemini-3-pro-image-preview", "messages": [{"role": "user", "content": PARTS}],
        "extra_body": {"google": {"image_config": {"aspect_ratio": "1:1"}}},
    },
    "/v1beta/models/gemini-3-pro-image-preview:generateContent": {
        "contents": [{"role": "user", "parts": [{"text": "x"}]}],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": {"imageSize": "1K"}, "seed": 1},
    },
}  # fmt: skip


def spoiled(value: Any, junk: object) -> list[Any]:
    """The value with junk in each of its places, one at a time."""
    found: list[Any] = [junk]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += [{**value, name: odd} for odd in spoiled(inner, junk)]
    if isinstance(value, list):
        for place, inner in enumerate(value):
            found += [[*value[:place], odd, *value[place + 1 :]] for odd in spoiled(inner, junk)]
    return found


@pytest.mark.parametrize("path", BODIES)
async def test_nothing_breaks(client: httpx.AsyncClient, path: str) -> None:
    for junk in JUNK:
        for body in spoiled(BODIES[path], junk):
            reply = await client.post(path, content=json.dumps(body))
            answer = reply.json()  # an accident would be a page of text
            if reply.status_code >= 400:
                assert answer.get("error") or answer.get("description"), (body, answer)


async def test_a_window_stays_open_for_odd_words(client: httpx.AsyncClient) -> None:
    mj = Midjourney(client)
    single = await mj.press(await mj.imagine("a fox"), "U1")
    told = await mj.pressed(single, "Vary (Region)")
    for junk in JUNK:
        for body in ({"prompt": junk}, {"prompt": "x", "maskBase64": junk}):
            reply = await client.post(MODAL, content=json.dumps({"taskId": told["result"], **body}))
            assert reply.json()["code"] == 4, body
    assert (await mj.look(told["result"]))["status"] == "MODAL"
    assert button(single, "Vary (Region)")


@pytest.mark.parametrize("name", ["1.png", "0000000000000000.png", "x.webp", "1795423068397614-999.webp", "%2e%2e"])
async def test_odd_names_of_results(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/files/mj/{name}")).status_code in (200, 404)
