"""Pictures: what each family of models takes and refuses, masks, groups, and how vendors answer."""

import base64
import io

import httpx
import pytest
from PIL import Image, ImageChops

from bots.sandbox.server import Sandbox
from tests.sandbox.image_client import EDIT, FOX, MAKE, fetch, picture, upload

SEEDREAM = {"model": "doubao-seedream-4-5-251128", "prompt": "a red fox", "watermark": False}


async def test_one_of_a_group_may_fail(client: httpx.AsyncClient) -> None:
    for more, links in (({"n": 3}, 2), ({}, 1)):
        data = (await client.post(MAKE, json=FOX | {"prompt": "a fox [partial]"} | more)).json()["data"]
        assert ["url" in item for item in data] == [True] * links + [False]
        assert data[-1]["error"]["code"] == "OutputImageSensitiveContentDetected"


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ({}, (2048, 2048)),
        ({"size": "4K"}, (4096, 4096)),
        ({"size": "2560x1440"}, (2560, 1440)),
        ({"size": "6198x2656"}, (6198, 2656)),
    ],
)
async def test_seedream_by_its_vendors_rules(
    client: httpx.AsyncClient, more: dict[str, object], size: tuple[int, int]
) -> None:
    reply = await client.post(MAKE, json=SEEDREAM | more)
    assert (await fetch(client, reply)).size == size
    body = reply.json()
    assert (body["model"], body["data"][0]["size"]) == (SEEDREAM["model"], f"{size[0]}x{size[1]}")
    assert (body["usage"]["generated_images"], "b64_json" in body["data"][0]) == (1, False)


async def test_seedreams_watermark_and_series(client: httpx.AsyncClient) -> None:
    clean = await fetch(client, await client.post(MAKE, json=SEEDREAM))
    marked = await fetch(client, await client.post(MAKE, json={**SEEDREAM, "watermark": True}))
    default = await fetch(client, await client.post(MAKE, json={k: v for k, v in SEEDREAM.items() if k != "watermark"}))
    assert ImageChops.difference(clean, marked).getbbox() is not None
    assert ImageChops.difference(default, marked).getbbox() is None
    series = {"sequential_image_generation": "auto", "sequential_image_generation_options": {"max_images": 3}}
    assert len((await client.post(MAKE, json=SEEDREAM | series)).json()["data"]) == 3


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        ({"size": "1024x1024"}, "InvalidParameter", "at least 3686400 pixels"),
        ({"size": "1K"}, "InvalidParameter", "size"),
        ({"size": "16384x900"}, "InvalidParameter", "size"),
        ({"seed": 4}, "InvalidParameter", "seed"),
        ({"sequential_image_generation": "on"}, "InvalidParameter", "sequential"),
        ({"sequential_image_generation_options": {"max_images": 16}}, "InvalidParameter", "max_images"),
        ({"output_format": "png"}, "InvalidParameter", "output_format"),
        ({"n": 2}, "unknown_parameter", "n"),
        ({"prompt": "x [refuse]"}, "InputTextSensitiveContentDetected", "sensitive"),
    ],
)
async def test_seedreams_refusals(client: httpx.AsyncClient, more: dict[str, object], code: str, message: str) -> None:
    reply = await client.post(MAKE, json=SEEDREAM | more)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)
    assert message in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    "more",
    [
        {"background": "transparent"},
        {"background": "red"},
        {"moderation": "high"},
        {"output_compression": 50},
        {"output_compression": 101, "output_format": "jpeg"},
        {"input_fidelity": "high"},
        {"style": "vivid"},
        {"image": "https://example.com/x.png"},
        {"model": "flux-kontext-pro", "aspect_ratio": "1:1", "output_format": "webp"},
        {"model": "flux-kontext-pro", "aspect_ratio": "4:5"},
        {"model": "gemini-3-pro-image-preview", "aspect_ratio": "1:4"},
        {"model": "seedream-4.6", "image": ["data:image/png;base64,AAAA"]},
        {"model": "seedream-4.6", "image": [7]},
    ],
)
async def test_fields_that_a_family_does_not_take(client: httpx.AsyncClient, more: dict[str, object]) -> None:
    reply = await client.post(MAKE, json=FOX | more)
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "image_generation_user_error")


async def test_a_transparent_ground_where_it_is_allowed(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.transparent = True
    image = await fetch(client, await client.post(MAKE, json=FOX | {"background": "transparent"}))
    assert image.mode == "RGBA"
    assert [image.getchannel("A").getpixel(place) for place in ((5, 5), (512, 512))] == [0, 255]
    jpeg = await client.post(MAKE, json=FOX | {"background": "transparent", "output_format": "jpeg"})
    assert jpeg.status_code == 400
    packed = await client.post(MAKE, json=FOX | {"output_format": "webp", "output_compression": 60})
    assert (await fetch(client, packed)).format == "WEBP"


async def test_references_in_json_are_seen(client: httpx.AsyncClient) -> None:
    uri = "data:image/png;base64," + base64.b64encode(picture(320, 200)).decode()
    for image in (uri, [uri, "https://example.com/x.png"]):
        reply = await client.post(MAKE, json={"model": "seedream-4.6", "prompt": "at night", "image": image})
        assert (await fetch(client, reply)).size == (320, 200)


async def test_a_mask_is_a_png_with_an_alpha_channel(client: httpx.AsyncClient) -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 48)).save(jpeg, "JPEG")
    for mask in (picture(), jpeg.getvalue()):
        reply = await client.post(EDIT, data=FOX, files=[upload(picture()), upload(mask, "mask")])
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "invalid_mask_image_format")


async def test_nothing_outside_a_mask_changes(client: httpx.AsyncClient) -> None:
    mask = Image.new("RGBA", (320, 200), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 160, 200))
    out = io.BytesIO()
    mask.save(out, "PNG")
    files = [upload(picture(320, 200)), upload(out.getvalue(), "mask")]
    image = await fetch(client, await client.post(EDIT, data=FOX, files=files))
    assert image.crop((160, 0, 320, 200)).getcolors() == [(160 * 200, (200, 30, 30))]


async def test_as_the_vendor_of_gpt_answers(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.image_official = True
    body = (await client.post(MAKE, json=FOX | {"size": "1536x1024", "quality": "high"})).json()
    assert (body["size"], body["quality"], body["background"], body["output_format"]) == (
        "1536x1024", "high", "opaque", "png",
    )  # fmt: skip
    assert list(body["data"][0]) == ["b64_json"]
    assert body["usage"]["output_tokens"] == 1056


@pytest.mark.parametrize(
    ("model", "code"), [("flux-kontext-pro", "bad_response_status_code"), ("nano-banana-2-4k", "prompt_blocked")]
)
async def test_vendors_refuse_in_their_own_ways(client: httpx.AsyncClient, model: str, code: str) -> None:
    order = {"model": model, "prompt": "x [refuse]", "aspect_ratio": "1:1"}
    reply = await client.post(MAKE, json=order)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)
