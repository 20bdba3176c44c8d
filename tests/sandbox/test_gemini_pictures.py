"""Pictures in Gemini's format: sizes, edits, talks that go on, and the many ways to give none."""

from __future__ import annotations

import base64
import copy
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops

from bots.sandbox.server import Sandbox
from tests.sandbox.mj_client import distance, plain

MODEL = "gemini-3-pro-image-preview"
OLD = "gemini-2.5-flash-image"

Json = dict[str, Any]


def path(model: str = MODEL, call: str = "generateContent") -> str:
    return f"/v1beta/models/{model}:{call}"


def words(text: str) -> Json:
    return {"role": "user", "parts": [{"text": text}]}


def shown(text: str, *uris: str) -> Json:
    datas = [{"inlineData": {"mimeType": "image/png", "data": uri.partition(",")[2]}} for uri in uris]
    return {"role": "user", "parts": [{"text": text}, *datas]}


def ask(
    *contents: Json, modalities: tuple[str, ...] = ("TEXT", "IMAGE"), config: object = None, **more: object
) -> Json:
    generation: Json = {"responseModalities": list(modalities), **more}
    if config is not None:
        generation["imageConfig"] = config
    return {"contents": list(contents), "generationConfig": generation}


async def answered(client: httpx.AsyncClient, body: Json, model: str = MODEL) -> Json:
    reply = await client.post(path(model), json=body)
    assert reply.status_code == 200, reply.text
    told: Json = reply.json()
    return told


def content_of(reply: Json) -> Json:
    content: Json = reply["candidates"][0]["content"]
    return content


def picture_in(content: Json) -> Image.Image:
    *_, last = (part for part in content["parts"] if "inlineData" in part)
    image = Image.open(io.BytesIO(base64.b64decode(last["inlineData"]["data"])))
    image.load()
    assert image.format is not None
    assert last["inlineData"]["mimeType"] == f"image/{image.format.lower()}"
    return image


@pytest.mark.parametrize(
    ("model", "config", "size"),
    [
        (MODEL, None, (1024, 1024)),
        (MODEL, {"aspectRatio": "9:16", "imageSize": "2K"}, (1536, 2688)),
        (MODEL, {"aspectRatio": "21:9"}, (1536, 672)),
        (MODEL, {"imageSize": "4K"}, (4096, 4096)),
        ("gemini-3.1-flash-image-preview", {"aspectRatio": "1:4", "imageSize": "512"}, (256, 1024)),
        (OLD, {"aspectRatio": "4:5", "imageSize": "1K"}, (896, 1152)),
    ],
)
async def test_sizes(client: httpx.AsyncClient, model: str, config: object, size: tuple[int, int]) -> None:
    reply = await answered(client, ask(words("a fox"), config=config), model)
    assert picture_in(content_of(reply)).size == size
    assert reply["candidates"][0]["finishReason"] == "STOP"
    assert reply["usageMetadata"]["candidatesTokenCount"] == 1290


async def test_words_only_when_they_are_wanted(client: httpx.AsyncClient) -> None:
    both = content_of(await answered(client, ask(words("a fox"))))
    alone = content_of(await answered(client, ask(words("a fox"), modalities=("IMAGE",))))
    assert [sorted(set(part) & {"text", "inlineData"}) for part in both["parts"]] == [["text"], ["inlineData"]]
    assert len(alone["parts"]) == 1
    assert all(part["thoughtSignature"] for part in both["parts"])


async def test_a_seed(client: httpx.AsyncClient) -> None:
    one, same, other = [
        picture_in(content_of(await answered(client, ask(words("x"), seed=seed)))) for seed in (1, 1, 2)
    ]
    assert distance(one, same) == 0
    assert distance(one, other) > 1


async def test_streamed(client: httpx.AsyncClient) -> None:
    reply = await client.post(path(call="streamGenerateContent") + "?alt=sse", json=ask(words("a fox")))
    events = [json.loads(line.removeprefix("data: ")) for line in reply.text.splitlines() if line]
    assert ["finishReason" in event["candidates"][0] for event in events] == [False, True]
    assert picture_in(content_of(events[-1])).size == (1024, 1024)


async def test_thoughts_come_first(client: httpx.AsyncClient) -> None:
    content = content_of(await answered(client, ask(words("a fox [thinking]"))))
    assert [part.get("thought", False) for part in content["parts"]] == [True, True, False, False]
    kept = {**content, "parts": [part for part in content["parts"] if not part.get("thought")]}
    for turn in (content, kept):
        assert picture_in(content_of(await answered(client, ask(words("a fox"), turn, words("bluer"))))).size == (
            1024,
            1024,
        )


async def test_a_picture_is_changed(client: httpx.AsyncClient) -> None:
    given = plain("red", (37, 21))
    edited = picture_in(content_of(await answered(client, ask(shown("make it blue", given)))))
    assert edited.size == (37, 21)
    assert ImageChops.difference(edited, Image.new("RGB", edited.size, "red")).getbbox() is not None
    two = ask(shown("make it blue", given, plain("green")), config={"aspectRatio": "1:1", "imageSize": "1K"})
    assert picture_in(content_of(await answered(client, two))).size == (1024, 1024)


async def test_a_talk_changes_what_was_drawn(client: httpx.AsyncClient) -> None:
    first = content_of(await answered(client, ask(words("a fox"), config={"aspectRatio": "3:2"})))
    second = content_of(await answered(client, ask(words("a fox"), first, words("bluer"))))
    before, after = picture_in(first), picture_in(second)
    assert after.size == before.size  # it goes on from the picture
    assert 0 < distance(before, after) < distance(Image.new("RGB", before.size, "white"), before)
    third = ask(words("a fox"), first, words("bluer"), second, words("greener"))
    assert distance(after, picture_in(content_of(await answered(client, third)))) > 0


@pytest.mark.parametrize("change", ["text", "data", "signature", "no signature", "a part less", "turned"])
async def test_a_turn_comes_back_unchanged_or_not_at_all(client: httpx.AsyncClient, change: str) -> None:
    turn = copy.deepcopy(content_of(await answered(client, ask(words("a fox")))))
    said, drawn = turn["parts"]
    match change:
        case "text":
            said["text"] += "!"
        case "data":
            drawn["inlineData"]["data"] = plain("red").partition(",")[2]
        case "signature":
            drawn["thoughtSignature"] = said["thoughtSignature"]
        case "no signature":
            del drawn["thoughtSignature"]
        case "a part less":
            turn["parts"] = [drawn]
        case "turned":
            turn["parts"] = [drawn, said]
    reply = await client.post(path(), json=ask(words("a fox"), turn, words("bluer")))
    assert (reply.status_code, reply.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert "signature" in reply.json()["error"]["message"]


async def test_older_models_sign_nothing(client: httpx.AsyncClient) -> None:
    turn = content_of(await answered(client, ask(words("a fox")), OLD))
    assert not any("thoughtSignature" in part for part in turn["parts"])
    turn["parts"][0]["text"] = "something else"
    assert picture_in(content_of(await answered(client, ask(words("a fox"), turn, words("bluer")), OLD)))


async def test_no_picture(client: httpx.AsyncClient) -> None:
    blocked = await answered(client, ask(words("x [blocked PROHIBITED_CONTENT]")))
    assert (blocked["promptFeedback"]["blockReason"], "candidates" in blocked) == ("PROHIBITED_CONTENT", False)
    for word, reason in (
        ("finish IMAGE_RECITATION", "IMAGE_RECITATION"),
        ("refuse", "IMAGE_SAFETY"),
        ("noimage", "NO_IMAGE"),
    ):
        candidate = (await answered(client, ask(words(f"x [{word}]"))))["candidates"][0]
        assert (candidate["finishReason"], "content" in candidate) == (reason, False)
    prose = content_of(await answered(client, ask(words("x [prose I cannot draw that.]"))))
    assert prose["parts"][0]["text"] == "I cannot draw that."
    assert "inlineData" not in str(prose)
    refused = await client.post(path(), json=ask(words("x [prompt-blocked]")))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "prompt_blocked")
    failed = await client.post(path(), json=ask(words("x [fail]")))
    assert (failed.status_code, failed.json()["error"]["status"]) == (500, "INTERNAL")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(path(), json=ask(words("x [cut]")))


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (MODEL, ask(words("x"), config={"aspect_ratio": "1:1"})),
        (MODEL, ask(words("x"), config={"aspectRatio": "1:4"})),
        (MODEL, ask(words("x"), config={"imageSize": "4k"})),
        (MODEL, ask(words("x"), config={"imageSize": "512"})),
        (OLD, ask(words("x"), config={"imageSize": "2K"})),
        (MODEL, ask(words("x"), config={"personGeneration": "ALL"})),
        (MODEL, ask(shown(" ", plain("red")))),
        (MODEL, ask(shown("x", "data:image/png;base64,AAAA"))),
        (MODEL, ask(words("x"), {"role": "model", "parts": [{"text": "made up"}]}, words("y"))),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, model: str, body: Json) -> None:
    reply = await client.post(path(model), json=body)
    assert (reply.status_code, reply.json()["error"]["status"]) == (400, "INVALID_ARGUMENT"), reply.text


async def test_jimeng_in_this_form_gives_a_link(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    body = ask(words("屋顶上的猫 -2k, 3:2"), config={"aspectRatio": "3:2"})
    [part] = content_of(await answered(client, body, "jimeng-4.5"))["parts"]
    link = part["text"].removeprefix("![image](").removesuffix(")")
    image = Image.open(io.BytesIO((await client.get(link)).content))
    assert image.size == (2496, 1664)
    assert sandbox.accepted["/v1beta/models/{model}:generateContent"] == 1
