"""Pictures through chat: links beside the words, links in them, or the bytes themselves; whole and streamed."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops

from bots.sandbox.server import Sandbox
from tests.sandbox.mj_client import plain

PATH = "/v1/chat/completions"
MODEL = "gemini-3.1-flash-image-preview"
BANANA = "nano-banana-2-4k"


def ask(content: object, model: str = MODEL, *, config: object = None, **more: object) -> dict[str, Any]:
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": content}], **more}
    return body if config is None else body | {"extra_body": {"google": {"image_config": config}}}


def parts(words: str, *urls: str) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"type": "text", "text": words}, *shown]


async def chunks(client: httpx.AsyncClient, body: dict[str, Any]) -> list[dict[str, Any]]:
    reply = await client.post(PATH, json=body | {"stream": True})
    assert (reply.status_code, reply.headers["content-type"][:17]) == (200, "text/event-stream"), reply.text
    lines = [line.removeprefix("data: ") for line in reply.text.splitlines() if line]
    return [json.loads(line) for line in lines if line != "[DONE]"]


async def whole(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    reply = await client.post(PATH, json=body)
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


async def fetch(url: str) -> Image.Image:
    async with httpx.AsyncClient() as stranger:
        image = Image.open(io.BytesIO((await stranger.get(url)).content))
    image.load()
    return image


def content(reply: dict[str, Any]) -> str:
    said: str = reply["choices"][0].get("message", reply["choices"][0].get("delta"))["content"]
    return said


async def test_a_link_in_the_words_and_beside_them(client: httpx.AsyncClient) -> None:
    said = await whole(client, ask("a fox"))
    assert (said["object"], said["media"]["outputs"]) == ("chat.completion", [content(said)])
    assert (await fetch(content(said))).size == (1024, 1024)
    [chunk] = await chunks(client, ask("a fox"))
    assert (chunk["object"], chunk["choices"][0]["finish_reason"]) == ("chat.completion.chunk", "stop")
    assert (await fetch(chunk["media"]["outputs"][0])).size == (1024, 1024)


async def test_the_other_ways_to_answer(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    said = await whole(client, ask("a fox [markdown]"))
    uri = re.fullmatch(r"!\[image\]\(data:image/png;base64,([^)]+)\)", content(said))
    assert uri is not None
    assert "media" not in said
    assert Image.open(io.BytesIO(base64.b64decode(uri[1]))).size == (1024, 1024)
    sandbox.behaviour.chat_image = "url"
    assert "media" not in await whole(client, ask("a fox"))
    sandbox.behaviour.chat_image = "markdown"
    assert content((await chunks(client, ask("a fox")))[0]).startswith("![image](data:image/png;base64,")


async def test_the_answers_model_is_another(client: httpx.AsyncClient) -> None:
    said = await whole(client, ask("a fox", BANANA))
    assert said["model"] == "NanoBananaPro-8K"
    picture = await fetch(content(said))
    assert (picture.size, picture.format) == ((4096, 4096), "JPEG")


@pytest.mark.parametrize(
    ("config", "size"),
    [
        ({"aspect_ratio": "16:9"}, (1344, 768)),
        ({"aspect_ratio": "9:16", "image_size": "2K"}, (1536, 2688)),
        ({"image_size": "512"}, (512, 512)),
        ({"aspect_ratio": "4:1"}, (2048, 512)),
    ],
)
async def test_shapes(client: httpx.AsyncClient, config: dict[str, str], size: tuple[int, int]) -> None:
    assert (await fetch(content(await whole(client, ask("a fox", config=config))))).size == size


async def test_a_picture_is_changed(client: httpx.AsyncClient) -> None:
    first = await fetch(content(await whole(client, ask(parts("make it blue", plain("red", (320, 200)))))))
    assert first.size == (320, 200)
    assert ImageChops.difference(first.convert("RGB"), Image.new("RGB", first.size, "red")).getbbox() is not None
    shaped = ask(parts("make it blue", plain("red"), plain("green")), config={"aspect_ratio": "1:1"})
    assert (await fetch(content(await whole(client, shaped)))).size == (1024, 1024)
    linked = ask(parts("make it blue", "https://example.com/in.jpg"))
    assert (await fetch(content(await whole(client, linked)))).size == (1024, 1024)


async def test_four_pictures_in_one_answer(client: httpx.AsyncClient) -> None:
    said = await whole(client, ask("屋顶上的猫 -2k, 16:9", "jimeng-4.5"))
    links = re.findall(r"!\[image \d\]\((http[^)]+)\)", content(said))
    assert (len(set(links)), "media" in said) == (4, False)
    pictures = [await fetch(link) for link in links]
    assert {picture.size for picture in pictures} == {(2688, 1536)}
    assert ImageChops.difference(pictures[0], pictures[1]).getbbox() is not None


async def test_no_picture(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    said = await whole(client, ask("a fox [prose I cannot draw that.]"))
    assert (content(said), "media" in said) == ("I cannot draw that.", False)
    assert content((await chunks(client, ask("a fox [prose No.]")))[0]) == "No."
    assert content(await whole(client, ask("a fox [noimage]"))) == ""
    [broken] = await chunks(client, ask("a fox [error]"))
    assert broken["error"]["code"] == "do_request_failed"
    reply = await client.post(PATH, json=ask("a fox [refuse]"))
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "prompt_blocked")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(PATH, json=ask("a fox [cut]"))
    assert (await client.post(PATH, json=ask("a fox [html]"))).status_code == 504


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (ask("a fox", config={"aspectRatio": "1:1"}), 400),
        (ask("a fox", config={"aspect_ratio": "7:5"}), 400),
        (ask("a fox", config={"image_size": "4k"}), 400),
        (ask("a fox", "gemini-3-pro-image-preview", config={"image_size": "512"}), 400),
        (ask("a fox", "gemini-3-pro-image-preview", config={"aspect_ratio": "1:8"}), 400),
        (ask("a fox", BANANA, config={"image_size": "4K"}), 400),
        (ask(parts("x", plain("red"))[::-1]), 400),
        (ask(parts("x", *[plain("red")] * 15)), 400),
        (ask(parts("x", "data:image/png;base64,AAAA")), 500),
        (ask(" "), 400),
        ({"model": MODEL, "messages": [{"role": "user", "content": "a"}] * 2}, 400),
        ({"model": MODEL, "messages": []}, 500),
        (ask("a fox", "gpt-image-2"), 503),
        (ask("a fox", "flux-kontext-pro"), 503),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, body: dict[str, Any], status: int) -> None:
    reply = await client.post(PATH, json=body)
    assert reply.status_code == status, reply.text
    assert reply.json()["error"]["message"]
