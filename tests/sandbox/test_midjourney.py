"""Midjourney: tasks from nothing to the picture, flags, looks, lists and seeds."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from bots.sandbox.mj_flags import Wish
from bots.sandbox.mj_plans import Plan
from bots.sandbox.mj_tasks import Task, Tasks
from bots.sandbox.server import Sandbox
from tests.sandbox.mj_client import (
    IMAGINE,
    Midjourney,
    distance,
    tiles,
)


@pytest.fixture
def mj(client: httpx.AsyncClient) -> Midjourney:
    return Midjourney(client)


async def test_from_nothing_to_the_picture(sandbox: Sandbox, mj: Midjourney) -> None:
    sandbox.behaviour.mj.polls = 21
    told = await mj.submit(IMAGINE, prompt="a red fox --ar 3:2", state="tg:123")
    assert (told["code"], bool(re.fullmatch(r"\d{16}", told["result"]))) == (1, True)
    looks = [await mj.look(told["result"]) for _ in range(21)]
    states = list(dict.fromkeys(look["status"] for look in looks))
    assert states == ["", "SUBMITTED", "IN_PROGRESS", "SUCCESS"]
    running = [look for look in looks if look["status"] == "IN_PROGRESS"]
    percents = [int(look["progress"].removesuffix("%")) for look in running]
    assert percents == sorted(set(percents))
    assert not any(look["buttons"] for look in looks[:-1])
    last = looks[-1]
    assert (last["progress"], last["state"], last["action"]) == ("100%", "tg:123", "IMAGINE")
    assert 10**12 < last["submitTime"] <= last["startTime"] <= last["finishTime"]
    grid = await mj.shown(last)
    assert (grid.format, grid.width / grid.height) == ("PNG", 1.5)
    four = tiles(grid)
    assert all(distance(four[one], four[other]) > 2 for one in range(4) for other in range(one))
    previews = [await mj.picture(look["imageUrl"]) for look in (running[2], running[-1]) if look["imageUrl"]]
    assert [preview.format for preview in previews] == ["WEBP", "WEBP"]
    assert distance(grid, previews[0]) > distance(grid, previews[1]) > 0


async def test_time_and_the_relays_refresh(sandbox: Sandbox, mj: Midjourney) -> None:
    pool, now = sandbox.behaviour.mj, [0.0]
    sandbox.behaviour.clock = lambda: now[0]
    pool.polls, pool.task_s, pool.refresh_s = None, 60, 15
    task_id = (await mj.submit(IMAGINE, prompt="a fox"))["result"]
    seen = []
    for moment in (0, 14, 16, 29, 31, 60):
        now[0] = moment
        seen.append((await mj.look(task_id))["progress"])
    assert seen == ["", "", "25%", "25%", "50%", "100%"]
    slow = (await mj.submit(IMAGINE, prompt="a fox [slow]"))["result"]
    now[0] += 45
    assert (await mj.look(slow))["status"] == ""
    pool.seconds = True
    assert (await mj.look(task_id))["submitTime"] < 10**11


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ("--ar 0:1", "Invalid value provided for argument --ar"),
        ("--v 3", "--v"),
        ("--niji 5", "--niji"),
        ("--s 1001", "--s"),
        ("--chaos 101", "--c"),
        ("--iw 3.5", "--iw"),
        ("--seed -1", "--seed"),
        ("--seed 4294967296", "--seed"),
        ("--style scenic", "--style"),
        ("--sref cat", "--sref"),
        ("--tile yes", "--tile"),
        ("--wonder 3", "Unrecognized argument(s): --wonder"),
        ("--zoom 2", "Unrecognized"),
        ("—ar 0:1", "--ar"),
        ("--cref https://example.com/a.png", "not compatible with --version 7"),
        ("--v 6.1 --oref https://example.com/a.png", "not compatible with --version 6.1"),
    ],
)
async def test_bad_flags_end_as_a_failure(mj: Midjourney, flags: str, reason: str) -> None:
    task = await mj.imagine(f"a fox {flags}")
    assert (task["status"], task["progress"], task["buttons"], task["imageUrl"]) == ("FAILURE", "100%", None, "")
    assert task["failReason"].startswith("[Invalid parameter] ")
    assert reason in task["failReason"]


async def test_good_flags(mj: Midjourney) -> None:
    flags = (
        "--v 6.1 --s 250 --c 10 --w 100 --q .5 --no hats, text --iw 1.5 --style raw --tile --sw 100 --cw 50 "
        "--sref https://example.com/s.png 123::2 --cref https://example.com/c.png --fast"
    )
    assert (await mj.imagine(f"a fox {flags}"))["status"] == "SUCCESS"
    told = await mj.submit(IMAGINE, prompt="https://example.com/a.png a fox --niji 6", botType="NIJI_JOURNEY")
    assert (await mj.until(told["result"]))["status"] == "SUCCESS"


async def test_a_seed_gives_the_same_picture(mj: Midjourney) -> None:
    one, same, other = [await mj.imagine(f"a fox --seed {seed}") for seed in (7, 7, 8)]
    assert distance(await mj.shown(one), await mj.shown(same)) == 0
    assert distance(await mj.shown(one), await mj.shown(other)) > 1
    reply = await mj.client.get(f"/mj/task/{one['id']}/image-seed")
    assert (reply.json()["code"], reply.json()["result"]) == (1, "7")
    free = await mj.imagine("a fox")
    seed = (await mj.client.get(f"/mj/task/{free['id']}/image-seed")).json()["result"]
    again = await mj.imagine(f"a fox --seed {seed}")
    assert distance(await mj.shown(free), await mj.shown(again)) == 0


async def test_no_seed(sandbox: Sandbox, mj: Midjourney) -> None:
    async def seed(task_id: str) -> tuple[int, dict[str, Any]]:
        reply = await mj.client.get(f"/mj/task/{task_id}/image-seed")
        return reply.status_code, reply.json()

    lost = await mj.imagine("a fox [no-seed]")
    assert await seed(lost["id"]) == (200, {"code": 3, "description": "未找到 seed"})
    running = (await mj.submit(IMAGINE, prompt="a fox [never]"))["result"]
    assert await seed(running) == (400, {"code": 4, "description": "关联任务状态错误"})
    assert await seed("1") == (404, {"code": 3, "description": "关联任务不存在或已失效"})


async def test_ends_that_are_no_success(sandbox: Sandbox, mj: Midjourney) -> None:
    failed, refused, cancelled = [await mj.imagine(f"a fox [{word}]") for word in ("fail", "refuse", "cancel")]
    assert (failed["status"], failed["failReason"]) == ("FAILURE", sandbox.behaviour.mj.failure)
    assert "Banned prompt" in refused["failReason"]
    assert (cancelled["status"], cancelled["buttons"]) == ("CANCEL", None)
    blank = await mj.imagine("a fox [noimage]")
    assert (blank["status"], blank["imageUrl"]) == ("SUCCESS", "")
    stuck = (await mj.submit(IMAGINE, prompt="a fox [never]"))["result"]
    assert {(await mj.look(stuck))["status"] for _ in range(30)} <= {"", "SUBMITTED", "IN_PROGRESS"}


async def test_a_lost_answer_leaves_a_task(sandbox: Sandbox, mj: Midjourney) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await mj.client.post(IMAGINE, json={"prompt": "a fox [cut]"})
    assert (sandbox.submits[IMAGINE], sandbox.accepted[IMAGINE]) == (1, 1)


async def test_lists_leave_unknown_ids_out(sandbox: Sandbox, mj: Midjourney) -> None:
    ids = [(await mj.submit(IMAGINE, prompt=f"fox {n}"))["result"] for n in range(3)]
    body = {"ids": ["1", *ids, ids[0], 7, None]}
    reply = (await mj.client.post("/mj/task/list-by-condition", json=body)).json()
    assert sorted(task["id"] for task in reply) == sorted(ids)
    assert (await mj.client.post("/mj/task/list-by-condition", json={"ids": ["1"]})).json() == []
    unknown = await mj.client.get("/mj/task/1/fetch")
    assert unknown.status_code == 400
    assert unknown.json() == {"description": "task_no_found ", "type": "upstream_error", "code": 4}
    sandbox.behaviour.mj.hidden_looks = 2
    late = (await mj.submit(IMAGINE, prompt="a fox"))["result"]
    seen = [(await mj.client.get(f"/mj/task/{late}/fetch")).status_code for _ in range(3)]
    assert seen == [400, 400, 200]


async def test_keys_and_owners(sandbox: Sandbox, mj: Midjourney) -> None:
    task = await mj.imagine("a fox")
    async with httpx.AsyncClient(base_url=sandbox.base_url) as stranger:
        nobody = await stranger.get(f"/mj/task/{task['id']}/fetch")
        assert (nobody.status_code, nobody.json()["error"]["type"]) == (401, "new_api_error")
        own = await stranger.get(f"/mj/task/{task['id']}/fetch", headers={"mj-api-secret": "sk-good"})
        assert own.json()["status"] == "SUCCESS"
        other = await stranger.get(f"/mj/task/{task['id']}/fetch", headers={"Authorization": "Bearer sk-other"})
        assert other.json()["description"] == "task_no_found "


async def test_pools(sandbox: Sandbox, mj: Midjourney) -> None:
    for mode in ("fast", "relax", "turbo"):
        told = await mj.submit(f"/mj-{mode}{IMAGINE}", prompt="a fox")
        assert (await mj.client.get(f"/mj-{mode}/mj/task/{told['result']}/fetch")).status_code == 200
        assert (await mj.look(told["result"]))["id"] == told["result"]
    sandbox.behaviour.mj.modes = {""}
    reply = await mj.client.post(f"/mj-turbo{IMAGINE}", json={"prompt": "a fox"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "model_not_found")


async def test_other_places_of_the_picture(sandbox: Sandbox, mj: Midjourney) -> None:
    sandbox.behaviour.mj.tiles = True
    task = await mj.imagine("a fox")
    four = tiles(await mj.shown(task))
    for tile, told in zip(four, task["imageUrls"], strict=True):
        assert distance(tile, await mj.picture(told["url"])) == 0
    sandbox.behaviour.mj.relay_links = True
    relayed = await mj.look(task["id"])
    assert f"/mj/image/{task['id']}?rand=" in relayed["imageUrl"]
    assert distance(await mj.shown(relayed), await mj.shown(task)) == 0
    assert (await mj.client.get("/mj/image/1")).status_code == 404


def test_old_tasks_are_forgotten() -> None:

    kept = Tasks(3)
    added = [Task("IMAGINE", "x", Wish(), Plan("imagine", "x", 1, (8, 8)), "", 0.0) for _ in range(5)]
    for task in added:
        kept.add(task)
    assert [kept.get(task.id) is not None for task in added] == [False, False, True, True, True]
    heavy = Task("IMAGINE", "x", Wish(), Plan("imagine", "x", 1, (8, 8), (b"x" * 65 * 1024 * 1024,)), "", 0.0)
    kept.add(heavy)
    assert kept.get(heavy.id) is heavy
    assert kept.get(added[-1].id) is None
