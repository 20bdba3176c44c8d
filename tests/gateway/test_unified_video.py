"""The unified video route: orders as recorded and by row, and a task in all its shapes."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.catalog import Catalog, load_catalog
from core.errors import GatewayError, Moderated, NoResult, SourceGone, TaskExpired, TaskFailed, Unsure, WrongMix
from core.gateway.client import Gateway
from core.gateway.options import link_of
from core.gateway.video import unified
from core.gateway.wire import Accepted, Again, Broken, Ready, WireReply
from core.values import Artifact, Json, Order, Part, Past
from tests.gateway import films
from tests.gateway.conftest import Scripted

RECORDED = films.recorded("unified")
JPEG = b"\xff\xd8\xff frame"
URI = "data:image/jpeg;base64," + base64.b64encode(JPEG).decode()
TASK = "task_aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"
CONTENT = f"/v1/videos/{TASK}/content"
LINK = "https://cdn.example.com/v/abc.mp4"


def frame(role: str = "") -> Part:
    return Part("image", media="k", mime="image/jpeg", role=role, data=JPEG)


def body_of(catalog: Catalog, model: str, *inputs: Part, **options: str) -> Json:
    wire = unified.to_submit(Order("video", model, "a whale", options, inputs), catalog.get(model, "video"))
    assert (wire.method, wire.path) == ("POST", "/v1/videos")
    return wire.json


def form_of(catalog: Catalog, model: str, *inputs: Part, **options: str) -> tuple[dict[str, str], list[str]]:
    wire = unified.to_submit(Order("video", model, "a whale", options, inputs), catalog.get(model, "video"))
    assert wire.json is None
    return dict(wire.form), [file.name for file in wire.files]


# --- orders --------------------


def catalog_of(case: dict[str, Json]) -> Catalog:
    return load_catalog({"models": case.get("rows", {})})


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_order_goes_out(path: Path, gateway: Gateway, scripted: Scripted) -> None:
    case = films.read(path)
    await films.goes_out(case, gateway, scripted, catalog_of(case))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_task_is_looked_at(path: Path, gateway: Gateway, scripted: Scripted) -> None:
    case = films.read(path)
    await films.is_looked_at(case, gateway, scripted, catalog_of(case))


@pytest.mark.parametrize(("model", "seconds"), [("sora-2-4s", "4"), ("sora-2-8s", "8"), ("sora-2-12s", "12")])
def test_sora_names_fix_the_length(catalog: Catalog, model: str, seconds: str) -> None:
    upstream = "sora-2" if seconds == "4" else model
    assert body_of(catalog, model, ratio="16:9") == {
        "model": upstream,
        "prompt": "a whale",
        "seconds": seconds,
        "size": "1280x720",
    }
    form, files = form_of(catalog, model, frame())
    assert form == {"model": upstream, "prompt": "a whale", "seconds": seconds, "size": "720x1280"}
    assert files == ["input_reference"]


def test_the_film_and_its_files_may_be_sent_whole(catalog: Catalog) -> None:
    assert body_of(catalog, "kling-2.5", frame())["image"] == URI == link_of(frame())
    assert body_of(catalog, "kling-3.0-omni", frame(), frame(), frame())["images"] == [URI] * 3
    named = replace(frame(), url="https://files.example/a.jpg")
    assert body_of(catalog, "kling-2.5", named)["image"] == "https://files.example/a.jpg"


def test_files_without_words(catalog: Catalog) -> None:
    """The gateway refuses an order without a prompt."""
    spec = catalog.get("sora-2-8s", "video")
    assert dict(unified.to_submit(Order("video", spec.name, "", {}, (frame(),)), spec).form)["prompt"].strip()


def test_a_link_in_a_form_is_text(catalog: Catalog) -> None:
    spec = catalog.get("sora-2-8s", "video")
    spec = replace(spec, extra={**spec.extra, "force_multipart": True})
    link = Part("image", url="https://files.example/a.jpg")
    wire = unified.to_submit(Order("video", spec.name, "x", {}, (link,)), spec)
    assert dict(wire.form)["input_reference"] == link.url
    assert wire.files == ()


def test_only_what_the_gateway_has_is_remixed(catalog: Catalog) -> None:
    sora, kling = catalog.get("sora-2-8s", "video"), catalog.get("kling-3.0", "video")
    past = (Past("x", task_id="../a"),)
    wire = unified.to_submit(Order("video", "", "", past=past, action="remix"), sora)
    assert (wire.path, wire.json) == ("/v1/videos/..%2Fa/remix", {"prompt": "x"})
    with pytest.raises(WrongMix):
        unified.to_submit(Order("video", "", "y", past=past, action="remix"), kling)
    for nothing in ((), (Past("x"),)):
        with pytest.raises(SourceGone):
            unified.to_submit(Order("video", "", "y", past=nothing, action="remix"), sora)


def test_a_row_can_force_a_form(catalog: Catalog) -> None:
    spec = catalog.get("kling-3.0", "video")
    spec = replace(spec, extra={**spec.extra, "force_multipart": True})
    wire = unified.to_submit(Order("video", spec.name, "a whale"), spec)
    assert wire.json is None
    assert json.loads(dict(wire.form)["metadata"])["output_config"]["resolution"] == "720P"
    assert wire.files == ()


# --- tasks --------------------


def v(status: str, **more: Json) -> Json:
    return {"id": TASK, "task_id": TASK, "object": "video", "model": "m", "status": status, "progress": 0, **more}


def t(status: str, **more: Json) -> Json:
    data = {"id": 88123, "task_id": TASK, "status": status, "fail_reason": "", "result_url": "", "data": {}, **more}
    return {"code": "success", "message": "", "data": data}


def vs(status: str, url: str = "") -> Json:
    data = {"task_id": TASK, "status": status, "url": url, "format": "mp4", "error": None, "metadata": None}
    return {"code": "success", "message": "", "data": data}


def polled(catalog: Catalog, body: Json) -> object:
    return unified.parse_poll(WireReply(200, body), TASK, catalog.default("video"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (v("queued"), Again(0, queued=True)),
        (v("unknown"), Again(0, queued=True)),
        (v("in_progress", progress=30), Again(30)),
        (v("brewing", progress="37%"), Again(37)),
        (v("IN_PROGRESS", progress=0.42), Again(42)),
        (v("processing", progress="paused"), Again(-1)),
        (t("NOT_START", progress="0%"), Again(0, queued=True)),
        (t("IN_PROGRESS", progress="50%"), Again(50)),
        (vs("processing"), Again(-1)),
        ({"id": TASK, "state": "pending", "video": None}, Again(-1, queued=True)),
    ],
)
def test_not_yet(catalog: Catalog, body: Json, expected: Again) -> None:
    assert polled(catalog, body) == expected


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (v("completed", video_url=LINK), LINK),
        (v("completed", metadata={"url": LINK}), LINK),
        (v("completed", metadata={"output": {"FileInfos": [{"FileUrl": LINK}]}}), LINK),
        (v("completed"), ""),
        (v("completed", url="not a link", video_url="http://localhost:8000/x.mp4"), "http://localhost:8000/x.mp4"),
        (v("completed", url=f"https://api.x/v1/videos/{TASK}/content", metadata={"url": LINK}), LINK),
        (t("SUCCESS", data=[{"url": LINK}], result_url=f"https://api.x/v1/videos/{TASK}/content"), LINK),
        (t("SUCCESS", fail_reason=LINK), LINK),
        (t("SUCCESS", data={"status": "succeeded", "content": {"video_url": LINK}}), LINK),
        (vs("succeeded", f"https://api.x/v1/videos/{TASK}/content"), f"https://api.x/v1/videos/{TASK}/content"),
        ({"id": TASK, "status": "SUCCEEDED", "output": [LINK]}, LINK),
        ({"id": TASK, "status": "succeed", "output": {"video_url": LINK}}, LINK),
        ({"id": TASK, "state": "success", "video": LINK}, LINK),
    ],
)
def test_done(catalog: Catalog, body: Json, url: str) -> None:
    assert polled(catalog, body) == Ready((Artifact("video", url=url, content=CONTENT),))


@pytest.mark.parametrize(
    ("body", "expected", "words"),
    [
        (v("failed", error={"message": "content policy violation", "code": "failed"}), Moderated, "content policy"),
        (v("failed", error={"message": "RejectFace", "code": "failed"}), Moderated, "RejectFace"),
        (v("failed", error={"message": "boom", "code": "ModelGenerateFailed"}), GatewayError, "boom"),
        (v("failed", error="plain words"), TaskFailed, "plain words"),
        (v("failed"), TaskFailed, ""),
        (v("expired"), TaskFailed, ""),
        (v("failed", metadata={"url": "out of GPUs"}), TaskFailed, "out of GPUs"),
        (t("FAILURE", fail_reason="InputTextRisk"), Moderated, "InputTextRisk"),
        (t("FAILURE", fail_reason="upstream died"), TaskFailed, "upstream died"),
        (vs("failed", "The prompt violates usage guidelines"), Moderated, "usage guidelines"),
        (
            {"id": TASK, "status": "FAILED", "failure": "flagged", "failureCode": "SAFETY.INPUT.TEXT"},
            Moderated,
            "flagged",
        ),
    ],
)
def test_failed(catalog: Catalog, body: Json, expected: type[GatewayError], words: str) -> None:
    result = polled(catalog, body)
    assert isinstance(result, Broken)
    assert isinstance(result.error, expected)
    assert words in str(result.error)


def test_an_error_of_the_query_is_raised(catalog: Catalog) -> None:
    with pytest.raises(TaskExpired):
        polled(catalog, {"code": "task_not_exist", "message": "task_not_exist", "data": None})


def submitted(catalog: Catalog, body: Json, model: str = "kling-3.0") -> object:
    return unified.parse_submit(WireReply(200, body), catalog.get(model, "video"))


def test_submits(catalog: Catalog) -> None:
    assert submitted(catalog, v("queued")) == Accepted(TASK)
    assert submitted(catalog, {"id": TASK}) == Accepted(TASK)
    assert submitted(catalog, {"task_id": 17}) == Accepted("17")
    assert submitted(catalog, {"code": "success", "data": TASK}) == Accepted(TASK)
    assert submitted(catalog, v("completed", url=LINK)) == Ready((Artifact("video", url=LINK, content=CONTENT),))
    for body in (v("failed", error={"message": "x"}), {"code": "invalid_request", "message": "no", "data": None}):
        assert isinstance(submitted(catalog, body), Broken)


@pytest.mark.parametrize("body", [{}, [], {"status": "queued"}, {"id": ""}])
def test_taken_without_an_id_is_unsure(catalog: Catalog, body: Json) -> None:
    with pytest.raises(Unsure):
        submitted(catalog, body)


def test_paths_escape_the_id(catalog: Catalog) -> None:
    spec = catalog.default("video")
    assert unified.to_poll("a/../b?c", spec).path == "/v1/videos/a%2F..%2Fb%3Fc"
    look = unified.to_second_look(TASK, spec)
    assert look is not None
    assert look.path == f"/v1/video/generations/{TASK}"
    assert unified.to_second_look(TASK, replace(spec, extra={**spec.extra, "second_path": ""})) is None


def test_without_any_address_there_is_no_result(catalog: Catalog) -> None:
    spec = catalog.default("video")
    spec = replace(spec, extra={**spec.extra, "content_path": ""})
    result = unified.parse_poll(WireReply(200, v("completed")), TASK, spec)
    assert isinstance(result, Broken)
    assert isinstance(result.error, NoResult)
