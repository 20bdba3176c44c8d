"""Midjourney's buttons: what each of them makes of a picture, and the windows that some of them open."""

from __future__ import annotations

import httpx
import pytest
from PIL import Image, ImageDraw

from bots.sandbox.server import Sandbox
from tests.sandbox.mj_client import ACTION, MODAL, Json, Midjourney, button, distance, plain, tiles, uri


@pytest.fixture
def mj(client: httpx.AsyncClient) -> Midjourney:
    return Midjourney(client)


@pytest.fixture
async def grid(mj: Midjourney) -> Json:
    return await mj.imagine("a red fox --ar 3:2 --seed 5")


@pytest.fixture
async def single(mj: Midjourney, grid: Json) -> Json:
    return await mj.press(grid, "U2")


def half(size: tuple[int, int]) -> Image.Image:
    """White on the left: to be painted anew."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=255)
    return mask


def middle(image: Image.Image, share: float) -> Image.Image:
    left, top = round(image.width * (1 - share) / 2), round(image.height * (1 - share) / 2)
    return image.crop((left, top, image.width - left, image.height - top))


def names(task: Json) -> list[str]:
    return [one["label"] or one["emoji"] for one in task["buttons"]]


async def test_the_buttons_of_a_grid_and_of_a_single_picture(grid: Json, single: Json) -> None:
    assert names(grid) == ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
    assert names(single) == [
        "Upscale (Subtle)", "Upscale (Creative)", "Vary (Subtle)", "Vary (Strong)", "Vary (Region)", "Zoom Out 2x",
        "Zoom Out 1.5x", "Custom Zoom", "Make Square", "⬅️", "➡️", "⬆️", "⬇️", "Animate (High motion)",
        "Animate (Low motion)", "❤️",
    ]  # fmt: skip
    assert all(len(one["customId"]) <= 100 and one["type"] == 2 for one in single["buttons"])
    assert button(single, "Upscale (Subtle)").startswith("MJ::JOB::upsample_v7_2x_subtle::1::")


async def test_versions_have_their_own_upscales(mj: Midjourney) -> None:
    for version, name, pattern in (
        ("6.1", "Upscale (Creative)", "_v6r1_2x_creative"),
        ("5.2", "Upscale (4x)", "_v5_4x"),
    ):
        single = await mj.press(await mj.imagine(f"a fox --v {version}"), "U1")
        assert pattern in button(single, name)
        assert "Make Square" not in names(single)
        assert (await mj.press(single, name))["action"] == "UPSCALE_HD"


async def test_an_upscale_is_its_tile(mj: Midjourney, grid: Json) -> None:
    four = tiles(await mj.shown(grid))
    for number in range(1, 5):
        task = await mj.press(grid, f"U{number}")
        picture = await mj.shown(task)
        assert task["action"] == "UPSCALE"
        assert picture.width == 2 * four[number - 1].width
        nearest = min(range(4), key=lambda place: distance(four[place], picture))
        assert (nearest, distance(four[nearest], picture) < 3) == (number - 1, True)
    used = {one["label"]: one["style"] for one in (await mj.look(grid["id"]))["buttons"]}
    assert (used["U1"], used["V1"]) == (3, 2)


async def test_an_upscale_of_an_upscale_grows(mj: Midjourney, single: Json) -> None:
    before = await mj.shown(single)
    for name in ("Upscale (Subtle)", "Upscale (Creative)"):
        larger = await mj.shown(await mj.press(single, name))
        assert larger.width > before.width
        assert distance(before, larger) < 20


async def test_variations_keep_the_look(mj: Midjourney, grid: Json, single: Json) -> None:
    parent = tiles(await mj.shown(grid))[1]
    faint, strong = [
        sum(distance(parent, tile) for tile in tiles(await mj.shown(await mj.press(single, name)))) / 4
        for name in ("Vary (Subtle)", "Vary (Strong)")
    ]
    assert 1 < faint < strong
    task = await mj.press(grid, "V2")
    assert task["action"] == "VARIATION"
    varied = tiles(await mj.shown(task))
    assert all(0 < distance(parent, tile) < 40 for tile in varied)
    assert distance(varied[0], varied[1]) > 1
    again = await mj.press(grid, "🔄")
    rolled = await mj.shown(again)
    assert (again["action"], rolled.size) == ("REROLL", (await mj.shown(grid)).size)
    assert distance(await mj.shown(grid), rolled) > 1
    assert names(again) == names(grid)


async def test_zoom_shows_the_parent_inside(mj: Midjourney, single: Json) -> None:
    parent = await mj.shown(single)
    for name, share in (("Zoom Out 2x", 1 / 2), ("Zoom Out 1.5x", 2 / 3)):
        for tile in tiles(await mj.shown(await mj.press(single, name))):
            assert tile.width / tile.height == pytest.approx(1.5, rel=0.02)
            assert distance(middle(tile, share), parent) < 8
            assert distance(tile, parent) > 8
    square = tiles(await mj.shown(await mj.press(single, "Make Square")))[0]
    assert square.width == square.height


@pytest.mark.parametrize(("way", "shape", "corner"), [
    ("⬅️", 2.25, (1 / 3, 0)), ("➡️", 2.25, (0, 0)), ("⬆️", 1.0, (0, 1 / 3)), ("⬇️", 1.0, (0, 0)),
])  # fmt: skip
async def test_a_pan_is_wider(
    mj: Midjourney, single: Json, way: str, shape: float, corner: tuple[float, float]
) -> None:
    parent = await mj.shown(single)
    tile = tiles(await mj.shown(await mj.press(single, way)))[0]
    assert tile.width / tile.height == pytest.approx(shape, rel=0.05)
    wide, high = (2 / 3, 1.0) if shape > 2 else (1.0, 2 / 3)
    left, top = round(tile.width * corner[0]), round(tile.height * corner[1])
    inner = tile.crop((left, top, left + int(tile.width * wide), top + int(tile.height * high)))
    assert distance(inner, parent) < 12


async def test_unknown_presses(mj: Midjourney, grid: Json, single: Json) -> None:
    refused = ["❤️", "Animate (High motion)", "Animate (Low motion)"]
    for custom_id in [*(button(single, name) for name in refused), button(grid, "U1"), "MJ::JOB::pan_left::1::x::SOLO"]:
        reply = await mj.client.post(ACTION, json={"taskId": single["id"], "customId": custom_id})
        assert reply.status_code == 400
        assert reply.json()["error"]["message"].startswith(f"unknown_action:{custom_id}")
    unknown = await mj.client.post(ACTION, json={"taskId": "1", "customId": "x"})
    assert (unknown.status_code, unknown.json()["description"]) == (400, "task_not_found ")
    running = await mj.submit("/mj/submit/imagine", prompt="a fox [never]")
    early = await mj.client.post(ACTION, json={"taskId": running["result"], "customId": "x"})
    assert early.json() == {"description": "task_status_not_success ", "type": "upstream_error", "code": 4}


# --- windows --------------------


async def test_a_region_is_painted_anew_and_nothing_else(sandbox: Sandbox, mj: Midjourney, single: Json) -> None:
    told = await mj.pressed(single, "Vary (Region)")
    assert (told["code"], told["description"]) == (21, "Waiting for window confirm")
    assert told["properties"]["remix"] is True
    for _ in range(10):
        parked = await mj.look(told["result"])
        assert (parked["status"], parked["imageUrl"], parked["buttons"]) == ("MODAL", "", None)
    parent = await mj.shown(single)
    confirmed = await mj.submit(MODAL, taskId=told["result"], prompt="a red hat", maskBase64=uri(half(parent.size)))
    assert (confirmed["code"], confirmed["result"]) == (1, told["result"])
    task = await mj.until(told["result"])
    assert (task["action"], names(task)[:4]) == ("INPAINT", ["U1", "U2", "U3", "U4"])
    for tile in tiles(await mj.shown(task)):
        small = parent.resize(tile.size, Image.Resampling.LANCZOS)
        box = (tile.width // 2 + 8, 0, tile.width, tile.height)
        assert distance(tile.crop(box), small.crop(box)) < 4
        assert (
            distance(
                tile.crop((0, 0, tile.width // 2, tile.height)), small.crop((0, 0, small.width // 2, small.height))
            )
            > 5
        )
    assert (await mj.submit(MODAL, taskId=told["result"], prompt="a red hat"))["code"] == 4  # confirmed once


async def test_bad_masks(mj: Midjourney, single: Json) -> None:
    told = await mj.pressed(single, "Vary (Region)")
    size = (await mj.shown(single)).size
    jpeg = uri(half(size), "JPEG")
    for mask in (None, "", plain("white"), jpeg, jpeg.replace("image/jpeg", "image/png"), "data:image/png;base64,AA"):
        refused = await mj.submit(MODAL, taskId=told["result"], prompt="a hat", maskBase64=mask)
        assert refused["code"] == 4
    assert (await mj.look(told["result"]))["status"] == "MODAL"


async def test_a_custom_zoom_wants_its_words(sandbox: Sandbox, mj: Midjourney, single: Json) -> None:
    parent = await mj.shown(single)
    told = await mj.pressed(single, "Custom Zoom")
    assert told["code"] == 21
    assert (await mj.submit(MODAL, taskId=told["result"], prompt=""))["description"] == "prompt不能为空"
    await mj.submit(MODAL, taskId=told["result"], prompt="a castle --ar 16:9 --zoom 1.8")
    tile = tiles(await mj.shown(await mj.until(told["result"])))[0]
    assert tile.width / tile.height == pytest.approx(16 / 9, rel=0.02)
    assert distance(tile, parent) > 8
    for prompt, reason in (("a castle", "提交失败"), ("a castle --zoom 3", "[Invalid parameter]")):
        told = await mj.pressed(single, "Custom Zoom")
        assert (await mj.submit(MODAL, taskId=told["result"], prompt=prompt))["code"] == 1
        task = await mj.until(told["result"])
        assert (task["status"], reason in task["failReason"]) == ("FAILURE", True)


async def test_remix_opens_windows(sandbox: Sandbox, mj: Midjourney, grid: Json, single: Json) -> None:
    sandbox.behaviour.mj.remix = True
    assert (await mj.pressed(grid, "U1"))["code"] == 1
    for task, name in ((grid, "V1"), (grid, "🔄"), (single, "⬅️"), (single, "Vary (Subtle)")):
        told = await mj.pressed(task, name)
        assert (told["code"], (await mj.look(told["result"]))["status"]) == (21, "MODAL")
    told = await mj.pressed(grid, "V1")
    await mj.submit(MODAL, taskId=told["result"], prompt="a blue fox")
    done = await mj.until(told["result"])
    assert done["prompt"] == "a blue fox"
    assert distance(tiles(await mj.shown(grid))[0], tiles(await mj.shown(done))[0]) > 1


@pytest.mark.parametrize(("rewrites", "varied", "region"), [("", 21, 21), ("stock", 1, 21), ("all", 1, 1)])
async def test_a_code_proves_nothing(
    sandbox: Sandbox, mj: Midjourney, single: Json, rewrites: str, varied: int, region: int
) -> None:
    sandbox.behaviour.mj.remix = True
    sandbox.behaviour.mj.rewrites = rewrites  # type: ignore[assignment]
    for name, code in (("Vary (Strong)", varied), ("Vary (Region)", region), ("Custom Zoom", region)):
        told = await mj.pressed(single, name)
        assert (told["code"], (await mj.look(told["result"]))["status"]) == (code, "MODAL")


async def test_an_imagine_that_turns_out_parked(mj: Midjourney) -> None:
    told = await mj.submit("/mj/submit/imagine", prompt="a fox [parked]")
    assert (told["code"], (await mj.look(told["result"]))["status"]) == (1, "MODAL")
    await mj.submit(MODAL, taskId=told["result"], prompt="a fox")
    assert (await mj.until(told["result"]))["status"] == "SUCCESS"


async def test_windows_of_the_newer_proxy(sandbox: Sandbox, mj: Midjourney, single: Json) -> None:
    sandbox.behaviour.mj.newer = sandbox.behaviour.mj.modal_moves = True
    told = await mj.pressed(single, "Vary (Subtle)", enableRemix=True)
    moved = await mj.submit(MODAL, taskId=told["result"], prompt="")
    assert moved["result"] != told["result"]
    assert (await mj.until(moved["result"]))["prompt"] == single["prompt"]
    assert (await mj.client.get(f"/mj/task/{told['result']}/fetch")).status_code == 400


async def test_a_window_left_alone_is_closed(sandbox: Sandbox, mj: Midjourney, single: Json) -> None:
    now = [sandbox.behaviour.clock()]
    sandbox.behaviour.clock = lambda: now[0]
    told = await mj.pressed(single, "Custom Zoom")
    now[0] += sandbox.behaviour.mj.modal_s
    task = await mj.look(told["result"])
    assert (task["status"], task["failReason"]) == ("FAILURE", "上游任务超时")
    assert (await mj.submit(MODAL, taskId=told["result"], prompt="a castle --zoom 2"))["code"] == 4


async def test_failures_behind_a_window(mj: Midjourney, single: Json) -> None:
    told = await mj.pressed(single, "Custom Zoom")
    for words, code in (("[banned nude]", 24), ("[full]", 23)):
        assert (await mj.submit(MODAL, taskId=told["result"], prompt=f"{words} --zoom 2"))["code"] == code
    await mj.submit(MODAL, taskId=told["result"], prompt="a castle [fail] --zoom 2")
    assert (await mj.until(told["result"]))["status"] == "FAILURE"


async def test_pictures_of_pictures(mj: Midjourney, single: Json) -> None:
    """A long chain of presses is painted as fast as a short one, and stays within bounds."""
    task = single
    for _ in range(6):
        task = await mj.press(await mj.press(task, "➡️"), "U1")
    picture = await mj.shown(task)
    assert max(picture.size) <= 4096
