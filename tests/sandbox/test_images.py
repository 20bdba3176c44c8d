"""Pictures: real PNGs of the size asked, and the gateway's errors."""

import asyncio
import base64
import io
import json

import httpx
import pytest
from PIL import Image, ImageChops

from bots.sandbox import sizes
from bots.sandbox.server import Sandbox
from tests.sandbox.conftest import until
from tests.sandbox.image_client import EDIT, FOX, MAKE, fetch, picture, upload


@pytest.mark.parametrize(
    ("order", "size"),
    [
        (FOX, (1024, 1024)),
        (FOX | {"size": "1536x1024", "aspect_ratio": "1:1"}, (1536, 1024)),
        (FOX | {"size": "auto", "aspect_ratio": "9:16"}, (768, 1344)),
        ({"model": "gemini-3-pro-image-preview", "prompt": "x", "aspect_ratio": "21:9", "quality": "1k"}, (1536, 672)),
        ({"model": "gemini-3-pro-image-preview", "prompt": "x", "quality": "2k"}, (2048, 2048)),
        ({"model": "flux-kontext-pro", "prompt": "x", "aspect_ratio": "9:21"}, (672, 1536)),
        ({"model": "seedream-4.6", "prompt": "屋顶上的猫 -2k, 16:9"}, (2688, 1536)),
        ({"model": "jimeng-4.5", "prompt": "x", "image": ["https://example.com/x.png"]}, (1024, 1024)),
    ],
)
async def test_a_real_png_of_the_size_asked(
    client: httpx.AsyncClient, order: dict[str, object], size: tuple[int, int]
) -> None:
    reply = await client.post(MAKE, json=order)
    image = await fetch(client, reply)
    assert (image.format, image.size) == ("PNG", size)
    assert reply.json()["data"][0]["b64_json"] == ""
    assert reply.json()["usage"]["completion_tokens"] == 1056


async def test_half_a_character_is_no_trouble(client: httpx.AsyncClient) -> None:
    body = json.dumps(FOX | {"prompt": "\ud800 broken"})
    assert (await fetch(client, await client.post(MAKE, content=body))).size == (1024, 1024)


async def test_prompts_make_different_pictures(client: httpx.AsyncClient) -> None:
    two = await client.post(MAKE, json=FOX | {"n": 2})
    first, second = await fetch(client, two, 0), await fetch(client, two, 1)
    again = await fetch(client, await client.post(MAKE, json=FOX))
    assert ImageChops.difference(first, second).getbbox() is not None
    assert ImageChops.difference(first, again).getbbox() is None


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
async def test_inline_results_and_forms(client: httpx.AsyncClient, form: str) -> None:
    order = FOX | {"response_format": "b64_json", "output_format": form}
    item = (await client.post(MAKE, json=order)).json()["data"][0]
    assert item["url"] == ""
    assert Image.open(io.BytesIO(base64.b64decode(item["b64_json"]))).format == form.upper()


async def test_behaviour_decides_over_the_order(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.image_size = (1254, 1254)
    assert (await fetch(client, await client.post(MAKE, json=FOX))).size == (1254, 1254)
    sandbox.behaviour.files_base_url = "http://10.0.0.1"
    link = (await client.post(MAKE, json=FOX)).json()["data"][0]["url"]
    assert link.startswith("http://10.0.0.1/files/")
    sandbox.behaviour.image_result = "b64_json"
    sandbox.behaviour.usage = False
    reply = (await client.post(MAKE, json=FOX | {"response_format": "url"})).json()
    assert reply["data"][0]["b64_json"]
    assert "usage" not in reply


@pytest.mark.parametrize(
    ("order", "status", "code", "message"),
    [
        (FOX | {"quality": "1k"}, 400, "invalid_request", "quality must be one of: auto, low, medium, high"),
        ({"model": "nano-banana-2-4k", "prompt": "x", "quality": "high"}, 400, "invalid_request", "1k, 2k, 4k"),
        (FOX | {"size": "1000x1000"}, 400, "invalid_value", "Invalid size"),
        (FOX | {"size": "4096x4096"}, 400, "invalid_value", "Invalid size"),
        (FOX | {"size": "3072x512"}, 400, "invalid_value", "Invalid size"),
        (FOX | {"size": "512x512"}, 400, "invalid_value", "Invalid size"),
        ({"model": "jimeng-4.5", "prompt": "x", "size": "99999x9"}, 400, "invalid_value", "Invalid size"),
        (FOX | {"aspect_ratio": "0:1"}, 400, "invalid_value", "aspect_ratio"),
        (FOX | {"n": 11}, 400, "invalid_value", "n must be between"),
        (FOX | {"output_format": "gif"}, 400, "invalid_value", "output_format"),
        (FOX | {"prompt": " "}, 500, "invalid_request", "prompt is required"),
        (FOX | {"prompt": "x" * 32_001}, 400, "string_above_max_length", "longer"),
        ({"model": "flux-kontext-pro", "prompt": "x"}, 400, "invalid_request", "aspect_ratio is required"),
        ({"prompt": "x"}, 400, "", "未指定模型名称"),
        (FOX | {"model": "gpt-4o"}, 503, "model_not_found", "无可用渠道"),
        (FOX | {"prompt": "x [refuse]"}, 400, "moderation_blocked", "safety system"),
        (FOX | {"prompt": "x [fail]"}, 500, "do_request_failed", "upstream"),
        ([], 400, "", "JSON"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, order: object, status: int, code: str, message: str) -> None:
    reply = await client.post(MAKE, json=order)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert message in reply.json()["error"]["message"]


async def test_moderation_has_its_own_type(client: httpx.AsyncClient) -> None:
    error = (await client.post(MAKE, json=FOX | {"prompt": "[refuse]"})).json()["error"]
    assert error["type"] == "image_generation_user_error"


async def test_no_image_and_a_lost_answer(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    assert (await client.post(MAKE, json=FOX | {"prompt": "[noimage]"})).json()["data"] == []
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(MAKE, json=FOX | {"prompt": "[cut]"})
    assert sandbox.accepted[MAKE] == 2


async def test_never_ends_when_the_client_leaves(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    pending = asyncio.create_task(client.post(MAKE, json=FOX | {"prompt": "[never]"}))
    await until(lambda: sandbox.submits[MAKE] == 1)
    pending.cancel()
    await asyncio.wait([pending])
    assert (await client.post(MAKE, json=FOX)).status_code == 200
    assert (sandbox.submits[MAKE], sandbox.accepted[MAKE]) == (2, 1)


async def test_pictures_take_their_time(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    sandbox.behaviour.image_s, sandbox.behaviour.sleep = 4, sleep
    await client.post(MAKE, json=FOX)
    await client.post(MAKE, json=FOX | {"prompt": "[slow]"})
    assert waits == [4, 40]


async def test_an_edit_changes_the_picture_and_keeps_its_size(client: httpx.AsyncClient) -> None:
    source = picture(320, 200)
    fields = {"model": "gpt-image-2", "prompt": "at night"}
    reply = await client.post(EDIT, data=fields, files=[upload(source), upload(picture(40, 40))])
    image = await fetch(client, reply)
    assert (image.format, image.size) == ("PNG", (320, 200))
    assert ImageChops.difference(image, Image.open(io.BytesIO(source))).getbbox() is not None
    wide = await client.post(EDIT, data=fields | {"aspect_ratio": "16:9"}, files=[upload(source, "image[]")])
    assert (await fetch(client, wide)).size == (1344, 768)


async def test_a_mask_changes_only_what_is_transparent(client: httpx.AsyncClient) -> None:
    mask = Image.new("RGBA", (320, 200), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 160, 200))
    out = io.BytesIO()
    mask.save(out, "PNG")
    files = [upload(picture(320, 200)), upload(out.getvalue(), "mask")]
    image = await fetch(client, await client.post(EDIT, data=FOX, files=files))
    assert image.getpixel((240, 60)) == (200, 30, 30)
    assert image.getpixel((80, 60)) != (200, 30, 30)


async def test_edits_are_multipart_only(client: httpx.AsyncClient) -> None:
    replies = [
        await client.post(EDIT, json=FOX | {"image": "https://example.com/x.png"}),
        await client.post(EDIT, content=b"--x\r\nbroken", headers={"Content-Type": "multipart/form-data; boundary=x"}),
        await client.post(EDIT, content=b"", headers={"Content-Type": "multipart/form-data"}),
    ]
    for reply in replies:
        assert (reply.status_code, reply.json()["error"]["code"]) == (500, "convert_request_failed")
        assert reply.json()["error"]["message"].startswith("failed to parse multipart form (request id: ")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([upload(b"a text file named .png")], "invalid_image_file"),
        ([upload(picture()[:60])], "invalid_image_file"),
        ([upload(picture(), "picture")], "invalid_request"),
        ([upload(picture())] * 17, "invalid_value"),
        ([upload(picture()), upload(picture(8, 8), "mask")], "invalid_value"),
    ],
)
async def test_bad_uploads(
    client: httpx.AsyncClient, files: list[tuple[str, tuple[str, bytes, str]]], code: str
) -> None:
    reply = await client.post(EDIT, data=FOX, files=files)
    assert reply.json()["error"]["code"] == code


async def test_many_at_once(client: httpx.AsyncClient) -> None:
    orders = [client.post(MAKE, json=FOX | {"prompt": f"fox {number}"}) for number in range(6)]
    links = {reply.json()["data"][0]["url"] for reply in await asyncio.gather(*orders)}
    assert len(links) == 6


@pytest.mark.parametrize("resolution", ["1k", "2k", "4k", ""])
def test_sizes_stay_within_bounds(resolution: str) -> None:
    for shape in ("1:1", "1:8", "8:1", "16:9", "9:21", "7:5"):
        size = sizes.by_ratio(shape, resolution)
        assert size is not None
        assert max(size) <= sizes.SIDE_MAX
        assert size[0] * size[1] <= sizes.PIXELS_MAX
        wide, high = map(int, shape.split(":"))
        assert size[0] / size[1] == pytest.approx(wide / high, rel=0.05)
