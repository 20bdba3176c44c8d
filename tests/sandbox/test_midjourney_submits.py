"""Midjourney: what can be submitted beside words, and how submits are refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox.mj_client import (
    ACTION,
    BLEND,
    DESCRIBE,
    IMAGINE,
    MODAL,
    UPLOAD,
    Midjourney,
    button,
    distance,
    plain,
)


@pytest.fixture
def mj(client: httpx.AsyncClient) -> Midjourney:
    return Midjourney(client)


async def test_pictures_that_come_along_are_seen(mj: Midjourney) -> None:
    alone = await mj.shown(await mj.imagine("a fox --seed 1"))
    red = await mj.shown(await mj.imagine("a fox --seed 1", base64Array=[plain("red")]))
    bare = plain("red").partition(",")[2]
    assert distance(red, await mj.shown(await mj.imagine("a fox --seed 1", base64Array=[bare]))) == 0
    assert distance(alone, red) > 10
    links = (await mj.submit(UPLOAD, base64Array=[plain("red"), plain("blue")]))["result"]
    first, styled = [await mj.imagine(p) for p in (f"{links[0]} a fox --seed 1", f"a fox --seed 1 --sref {links[1]}")]
    assert distance(await mj.shown(first), red) < 1
    assert distance(alone, await mj.shown(styled)) > 5


async def test_uploads(sandbox: Sandbox, mj: Midjourney) -> None:
    link = (await mj.submit(UPLOAD, base64Array=[plain("red")]))["result"][0]
    assert (await mj.picture(link)).size == (64, 48)
    for wrong in ([], "x", None, ["data:image/png;base64,AAAA"], ["data:text/plain;base64,AAAA"]):
        assert (await mj.submit(UPLOAD, base64Array=wrong))["code"] == 4
    sandbox.behaviour.mj.uploads = False
    assert (await mj.submit(UPLOAD, base64Array=[plain("red")]))["description"] == "禁止上传"


@pytest.mark.parametrize(("name", "ratio"), [("PORTRAIT", 2 / 3), ("SQUARE", 1), ("LANDSCAPE", 3 / 2)])
async def test_blend(mj: Midjourney, name: str, ratio: float) -> None:
    told = await mj.submit(BLEND, base64Array=[plain("red"), plain("blue")], dimensions=name)
    task = await mj.until(told["result"])
    grid = await mj.shown(task)
    assert grid.width / grid.height == pytest.approx(ratio, rel=0.02)
    red, _, blue = grid.convert("RGB").resize((1, 1)).tobytes()
    assert min(red, blue) > 60  # both are in it
    assert button(task, "U1")


async def test_bad_blends(mj: Midjourney) -> None:
    assert (await mj.submit(BLEND, base64Array=[plain("red")]))["description"] == "图片参数错误，2~5张图片"
    assert (await mj.submit(BLEND, base64Array=[plain("red")] * 6))["code"] == 4
    assert (await mj.submit(BLEND, base64Array=["x", "y"]))["description"] == "base64格式错误"
    assert (await mj.submit(BLEND, base64Array=[plain("red")] * 2, dimensions="WIDE"))["code"] == 4


@pytest.mark.parametrize("place", ["promptEn", "prompt", "finalPrompt"])
async def test_describe(sandbox: Sandbox, mj: Midjourney, place: Any) -> None:
    sandbox.behaviour.mj.described_in = place
    task = await mj.until((await mj.submit(DESCRIBE, base64=plain("red")))["result"])
    told = {"promptEn": task["promptEn"], "prompt": task["prompt"], "finalPrompt": task["properties"]["finalPrompt"]}
    assert [name for name, words in told.items() if words] == [place]
    paragraphs = told[place].split("\n\n")
    assert [one[0] for one in paragraphs] == ["1", "2", "3", "4"]
    assert all("--ar 16:12" in one for one in paragraphs)
    assert distance(await mj.shown(task), await mj.picture(task["imageUrl"])) == 0
    refused = await mj.client.post(ACTION, json={"taskId": task["id"], "customId": "MJ::Job::PicReader::1"})
    assert (refused.status_code, "unknown_action" in refused.text) == (400, True)
    assert (await mj.submit(DESCRIBE, base64=""))["description"] == "base64不能为空"


async def test_describe_in_chinese_and_by_link(sandbox: Sandbox, mj: Midjourney) -> None:
    told = (await mj.submit(DESCRIBE, base64=plain("red"), language="zh"))["result"]
    assert "主色" in (await mj.until(told))["promptEn"]
    assert (await mj.submit(DESCRIBE, link="https://example.com/a.png"))["code"] == 4
    sandbox.behaviour.mj.newer = True
    assert (await mj.submit(DESCRIBE, link="https://example.com/a.png"))["code"] == 1


@pytest.mark.parametrize(
    ("words", "status", "code", "description"),
    [
        ("[banned nude]", 200, 24, "可能包含敏感词"),
        ("[full]", 200, 23, "队列已满"),
        ("[code 3]", 200, 3, "无可用"),
        ("[code 9]", 200, 9, "提交失败"),
        ("[code 4]", 400, 4, "quota_not_enough "),
        ("[code 5]", 400, 5, "do_request_failed "),
        ("[code 30]", 429, 30, "饱和"),
        (" ", 400, 4, "prompt_is_required "),
    ],
)
async def test_refused_submits_make_no_task(
    sandbox: Sandbox, mj: Midjourney, words: str, status: int, code: int, description: str
) -> None:
    reply = await mj.client.post(IMAGINE, json={"prompt": words, "botType": "MID_JOURNEY"})
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert description in reply.json()["description"]
    assert sandbox.accepted[IMAGINE] == 0


async def test_refusals_in_detail(sandbox: Sandbox, mj: Midjourney) -> None:
    banned = await mj.submit(IMAGINE, prompt="a [banned nude] body")
    assert banned["properties"] == {"promptEn": "a [banned nude] body", "bannedWord": "nude"}
    reply = await mj.client.post(IMAGINE, json={"prompt": "[429]"})
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "2")
    sandbox.behaviour.mj.newer = True
    assert (await mj.submit(IMAGINE, prompt="[full]"))["code"] == 9
    assert (await mj.submit(IMAGINE, prompt="a fox", botType="CAT"))["code"] == 4
    assert (await mj.client.post(IMAGINE, content=b"{no")).json()["description"] == "bind_request_body_failed "


async def test_queued_and_existing(sandbox: Sandbox, mj: Midjourney) -> None:
    queued = await mj.submit(IMAGINE, prompt="a fox [queued]")
    assert (queued["code"], queued["properties"]["numberOfQueues"]) == (22, 1)
    assert (await mj.until(queued["result"]))["status"] == "SUCCESS"
    exists = await mj.submit(IMAGINE, prompt="a fox [exists]")
    assert (exists["code"], "remix" in exists["properties"]) == (21, False)
    sandbox.behaviour.mj.rewrites = "stock"
    assert (await mj.submit(IMAGINE, prompt="a fox [queued]"))["code"] == 1


async def test_a_modal_nobody_opened(mj: Midjourney) -> None:
    reply = await mj.client.post(MODAL, json={"taskId": "1", "prompt": "a hat"})
    assert (reply.status_code, reply.json()) == (404, {"code": 3, "description": "关联任务不存在或已失效"})
    task = await mj.imagine("a fox")
    assert (await mj.submit(MODAL, taskId=task["id"], prompt="a hat"))["code"] == 4
