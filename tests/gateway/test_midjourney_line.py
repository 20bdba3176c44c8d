"""Midjourney over a real socket: one submit, its uploads before, looks together, one answer to a window, seeds."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable

import pytest
from aiohttp import web

from core.catalog import Catalog, ModelSpec
from core.errors import (
    BadRequest,
    EmptyPrompt,
    GatewayError,
    NoResult,
    RateLimited,
    SourceGone,
    TaskExpired,
    Unsure,
    UpstreamDown,
)
from core.gateway.client import Gateway
from core.gateway.wire import Accepted, Again, Broken, Parked, Ready
from core.values import Artifact, Json, Order, Part, Past
from tests.gateway.conftest import KEY, MemoryMedia, Scripted

PNG = b"\x89PNG\r\n\x1a\n picture"
UP = "https://cdn.discordapp.com/attachments/1/a.png?ex=1"
TAKEN = {"code": 1, "description": "Submit success", "result": 1730621718151844, "properties": {}}
PARENT = Past("castle", task_id="1400")
GONE = {"description": "task_no_found ", "type": "upstream_error", "code": 4}


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("midjourney", "image")


def answers(scripted: Scripted, **by_name: Json | tuple[int, Json] | Callable[[Json], Json]) -> None:
    """Bodies by the last word of the path with its hyphens left out, (status, body), or what makes one of the request."""

    async def handler(request: web.Request) -> web.StreamResponse:
        found = by_name[request.path.rpartition("/")[2].replace("-", "")]
        if callable(found):
            text = await request.text()
            found = found(json.loads(text) if text else None)
        status, body = found if isinstance(found, tuple) else (200, found)
        return web.json_response(body, status=status)

    scripted.handler = handler


def bodies(scripted: Scripted) -> list[Json]:
    return [json.loads(seen.body) for seen in scripted.seen]


def paths(scripted: Scripted) -> list[str]:
    return [seen.path for seen in scripted.seen]


async def dropped(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


# --- submits --------------------


async def test_an_order(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    answers(scripted, imagine=TAKEN)
    order = Order("image", spec.name, "pig", {"ratio": "3:2"})
    assert await gateway.submit(spec, order) == Accepted("1730621718151844")
    seen = scripted.seen[0]
    assert (seen.method, seen.path, seen.headers["authorization"]) == ("POST", "/mj/submit/imagine", f"Bearer {KEY}")
    assert json.loads(seen.body)["prompt"] == "pig --ar 3:2"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"description": "quota_not_enough ", "type": "upstream_error", "code": 4}), GatewayError),
        ((429, {"description": "当前分组上游负载已饱和", "type": "upstream_error", "code": 30}), RateLimited),
        ((401, {"error": {"message": "无效的令牌", "type": "new_api_error", "code": ""}}), GatewayError),
        ((502, {"unknown": 1}), Unsure),
        ((200, {"code": 1, "result": None}), Unsure),
    ],
)
async def test_an_order_is_sent_once(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, answer: tuple[int, Json], kind: type[GatewayError]
) -> None:
    answers(scripted, imagine=answer)
    with pytest.raises(kind):
        await gateway.submit(spec, Order("image", spec.name, "pig"))
    assert len(scripted.seen) == 1


async def test_a_full_queue_is_no_exception(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    answers(scripted, imagine={"code": 23, "description": "队列已满，请稍后尝试", "result": "14001"})
    outcome = await gateway.submit(spec, Order("image", spec.name, "pig"))
    assert isinstance(outcome, Broken)
    assert isinstance(outcome.error, RateLimited)
    assert outcome.error.retry_after_s == 30


async def test_what_cannot_be_sent_is_not(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    with pytest.raises(EmptyPrompt):
        await gateway.submit(spec, Order("image", spec.name, ""))
    with pytest.raises(SourceGone):
        await gateway.submit(spec, Order("image", spec.name, "", action="upscale", press="MJ::x"))
    assert scripted.seen == []


@pytest.mark.parametrize(
    "answer",
    [
        (404, {"code": 3, "description": "关联任务不存在或已失效"}),
        (400, {"description": "task_not_found ", "type": "upstream_error", "code": 4}),
        (200, {"code": 4, "description": "该任务所属渠道已被禁用"}),
    ],
)
async def test_a_press_on_what_is_no_more(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, answer: tuple[int, Json]
) -> None:
    answers(scripted, action=answer)
    with pytest.raises(SourceGone):
        await gateway.submit(spec, Order("image", spec.name, "", past=(PARENT,), action="upscale", press="MJ::x"))
    assert len(scripted.seen) == 1


# --- uploads --------------------


async def styled(media: MemoryMedia, spec: ModelSpec) -> Order:
    key, _ = await media.put(PNG, 100)
    return Order("image", spec.name, "pig", {"use": "style"}, (Part("image", media=key, mime="image/png"),))


async def test_references_are_up_before_the_order(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, media: MemoryMedia
) -> None:
    answers(scripted, uploaddiscordimages={"code": 1, "result": [UP]}, imagine=TAKEN)
    assert await gateway.submit(spec, await styled(media, spec)) == Accepted("1730621718151844")
    assert paths(scripted) == ["/mj/submit/upload-discord-images", "/mj/submit/imagine"]
    upload, imagine = bodies(scripted)
    assert upload["base64Array"][0].startswith("data:image/png;base64,iVBOR")
    assert (imagine["prompt"], imagine["base64Array"]) == (f"pig --sref {UP}", [])


async def test_without_its_upload_nothing_is_ordered(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, media: MemoryMedia
) -> None:
    order = await styled(media, spec)
    answers(scripted, uploaddiscordimages={"code": 4, "description": "禁止上传"})
    with pytest.raises(BadRequest):
        await gateway.submit(spec, order)
    scripted.handler = dropped
    with pytest.raises(UpstreamDown):  # and not unsure: nothing was ordered
        await gateway.submit(spec, order)
    assert set(paths(scripted)) == {"/mj/submit/upload-discord-images"}


# --- looks --------------------


def task(task_id: str, **told: Json) -> Json:
    return {"id": task_id, "action": "IMAGINE", "status": "IN_PROGRESS", "progress": "46%", "imageUrl": "", **told}


async def test_from_nothing_to_a_picture(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    answers(scripted, fetch=task("1", status="", progress=""))
    assert await gateway.poll(spec, "1") == Again(queued=True)
    answers(scripted, fetch=task("1", imageUrl="https://x.y/preview.webp"))
    assert await gateway.poll(spec, "1") == Again(46, preview="https://x.y/preview.webp")
    answers(scripted, fetch=task("1", status="SUCCESS", imageUrl=UP, buttons=None))
    assert await gateway.poll(spec, "1") == Ready((Artifact("image", url=UP, content="/mj/image/1"),))
    answers(scripted, fetch=(400, GONE))
    with pytest.raises(TaskExpired):
        await gateway.poll(spec, "1")
    assert paths(scripted) == ["/mj/task/1/fetch"] * 4


async def test_many_tasks_are_one_request_for_each_pool(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, catalog: Catalog
) -> None:
    def listed(body: Json) -> Json:
        return [task(task_id, progress=f"{task_id}%") for task_id in reversed(body["ids"]) if task_id != "5"]

    answers(scripted, listbycondition=listed, fetch=task("5", status="MODAL"))
    relax = catalog.find("midjourney-relax")
    niji = catalog.get("niji", "image")
    assert relax is not None
    specs = [spec] * 6 + [niji] * 3 + [relax] * 3
    found = await asyncio.gather(*(gateway.poll(each, str(number)) for number, each in enumerate(specs)))
    assert found[5] == Parked()
    assert [each for number, each in enumerate(found) if number != 5] == [Again(n) for n in range(12) if n != 5]
    assert Counter(paths(scripted)) == {
        "/mj/task/list-by-condition": 1,
        "/mj-relax/mj/task/list-by-condition": 1,
        "/mj/task/5/fetch": 1,
    }


async def test_a_list_that_fails_is_asked_for_again_and_told_to_all(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec
) -> None:
    answers(scripted, listbycondition=(502, None))
    found = await asyncio.gather(*(gateway.poll(spec, str(n)) for n in range(3)), return_exceptions=True)
    assert [type(each) for each in found] == [UpstreamDown] * 3
    assert paths(scripted) == ["/mj/task/list-by-condition"] * 3


async def test_a_gateway_without_lists(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    answers(scripted, listbycondition=(404, {"error": {"message": "Invalid URL", "code": ""}}), fetch=task("1"))
    assert await asyncio.gather(*(gateway.poll(spec, str(n)) for n in range(3))) == [Again(46)] * 3


# --- windows --------------------


async def test_a_window_is_answered_once(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, media: MemoryMedia
) -> None:
    key, _ = await media.put(PNG, 100)
    mask = Part("image", media=key, mime="image/png", role="mask")
    order = Order(
        "image", spec.name, "a red hat", {}, (mask,), past=(PARENT,), action="inpaint", press="MJ::Inpaint::1"
    )
    answers(scripted, modal={"code": 1, "description": "ok", "result": "B2"})
    assert await gateway.confirm(spec, order, "B") == Accepted("B2")
    assert paths(scripted) == ["/mj/submit/modal"]
    assert bodies(scripted)[0]["maskBase64"].startswith("data:image/png;base64,iVBOR")
    scripted.handler = dropped
    with pytest.raises(Unsure):
        await gateway.confirm(spec, order, "B")
    answers(scripted, modal=(404, {"code": 3, "description": "关联任务不存在或已失效"}))
    with pytest.raises(TaskExpired):
        await gateway.confirm(spec, order, "B")
    assert len(scripted.seen) == 3
    with pytest.raises(BadRequest):
        await gateway.confirm(spec, Order("image", spec.name, "x", action="inpaint", press="x"), "B")
    assert len(scripted.seen) == 3


async def test_other_families_have_neither_windows_nor_seeds(
    gateway: Gateway, scripted: Scripted, catalog: Catalog
) -> None:
    film = catalog.default("video")
    with pytest.raises(BadRequest):
        await gateway.confirm(film, Order("video", film.name, "x"), "1")
    with pytest.raises(NoResult):
        await gateway.seed(film, "1")
    assert scripted.seen == []


def test_which_families_block(gateway: Gateway) -> None:
    assert [gateway.blocks(family) for family in ("midjourney", "unified_video", "chat_video", "nonsense")] == [
        False,
        False,
        True,
        False,
    ]


# --- seeds --------------------


async def test_a_seed_is_asked_for_twice_at_most(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    cut = (400, {"description": "do_request_failed ", "type": "upstream_error", "code": 5})
    left: list[Json] = [cut, {"code": 1, "description": "成功", "result": "3406173283", "properties": {}}]
    answers(scripted, imageseed=lambda _: left.pop(0))
    assert await gateway.seed(spec, "1") == "3406173283"
    answers(scripted, imageseed=cut)
    with pytest.raises(UpstreamDown):
        await gateway.seed(spec, "1")
    answers(scripted, imageseed={"code": 3, "description": "未找到 seed"})
    with pytest.raises(NoResult):
        await gateway.seed(spec, "1")
    assert paths(scripted) == ["/mj/task/1/image-seed"] * 5


# --- results --------------------


async def test_a_dead_link_has_a_copy(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, media: MemoryMedia
) -> None:
    async def files(request: web.Request) -> web.StreamResponse:
        return web.Response(body=PNG) if request.path == "/mj/image/1" else web.Response(status=403)

    scripted.handler = files
    key, _ = await gateway.fetch(
        spec, Artifact("image", url=f"{scripted.url}/attachments/a.png", content="/mj/image/1")
    )
    assert media.files[key] == PNG
