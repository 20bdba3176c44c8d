"""Midjourney: what goes out, body by body (gateway contract, images 7)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from core.catalog import Catalog, ModelSpec
from core.errors import BadOption, BadRequest, BotError, EmptyPrompt, FileTooLarge, NoResult, SourceGone
from core.gateway.image import midjourney
from core.gateway.wire import Confirms, PollMany, TaskAdapter, TellsSeed, Uploads, WireReply
from core.values import Json, Order, Part, Past

PNG = b"\x89PNG\r\n\x1a\n"
UP = "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1"
PARENT = Past("castle on a hill --v 7", task_id="14001934816969359")


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("midjourney", "image")


def picture(number: int = 1, role: str = "") -> Part:
    return Part("image", mime="image/png", role=role, data=PNG + bytes([number]))


def uri(number: int = 1) -> str:
    return f"data:image/png;base64,{base64.b64encode(PNG + bytes([number])).decode()}"


def order(prompt: str = "", *inputs: Part, **more: Json) -> Order:
    return Order("image", "midjourney", prompt, more.pop("options", {}), inputs, **more)


def test_it_has_every_shape_of_a_task_family() -> None:
    adapter: TaskAdapter = midjourney
    assert not adapter.BLOCKS
    for shape in (PollMany, Uploads, Confirms, TellsSeed):
        assert isinstance(adapter, shape)


# --- imagine --------------------


def test_imagine(spec: ModelSpec) -> None:
    wire = midjourney.to_submit(order("pig in a tuxedo", options={"ratio": "3:2", "version": "6.1"}), spec)
    assert (wire.method, wire.path, wire.timeout_s) == ("POST", "/mj/submit/imagine", 75)
    assert wire.json == {
        "botType": "MID_JOURNEY",
        "prompt": "pig in a tuxedo --ar 3:2 --v 6.1",
        "base64Array": [],
        "state": "",
    }


def test_every_option_in_the_spelling_of_its_flag(spec: ModelSpec) -> None:
    options = {
        "ratio": "16:9",
        "version": "7",
        "stylize": "250",
        "chaos": "10",
        "weird": "500",
        "quality": "2",
        "negative": "hats,  red ties",
        "iw": "1.5",
        "seed": "7",
        "style": "raw",
        "tile": "on",
        "sref": "123 random",
        "sw": "60",
        "oref": UP,
        "ow": "90",
        "cref": UP,
        "cw": "50",
        "language": "zh",
        "use": "prompt",
    }
    assert options.keys() == spec.options.keys()
    assert midjourney.to_submit(order("pig", options=options), spec).json["prompt"] == (
        "pig --ar 16:9 --v 7 --s 250 --c 10 --w 500 --q 2 --no hats, red ties --iw 1.5 --seed 7 --style raw --tile"
        f" --sref 123 random --sw 60 --oref {UP} --ow 90 --cref {UP} --cw 50"
    )
    assert midjourney.to_submit(order("pig", options={"tile": "off"}), spec).json["prompt"] == "pig"


def test_niji_is_another_bot(catalog: Catalog) -> None:
    spec = catalog.get("niji", "image")
    assert midjourney.to_submit(order("girl"), spec).json | {"base64Array": None} == {
        "botType": "NIJI_JOURNEY",
        "prompt": "girl --niji 7",
        "base64Array": None,
        "state": "",
    }
    assert midjourney.to_submit(order("girl --niji 6"), spec).json["prompt"] == "girl --niji 6"
    assert midjourney.to_submit(order("girl", options={"niji": "6"}), spec).json["prompt"] == "girl --niji 6"
    assert not {"version", "oref", "ow"} & spec.options.keys()


def test_pictures_of_the_prompt_go_along(spec: ModelSpec) -> None:
    wire = midjourney.to_submit(order("pig", picture(1), picture(2), picture(3, "mask")), spec)
    assert wire.json["base64Array"] == [uri(1), uri(2)]
    with pytest.raises(FileTooLarge) as caught:
        midjourney.to_submit(order("pig", Part("image", data=bytes(11 * 1024 * 1024))), spec)
    assert caught.value.params == {"size": "11.0 MB", "limit": "10 MB"}


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("a pig --fast", "a pig -fast"),
        ("a pig —turbo", "a pig -turbo"),
        ("a pig--r 40", "a pig-r 40"),
        ("a pig --ar 1:1 in\nsnow", "a pig in snow --ar 1:1"),
        ("https://x.y/a--b.png a pig", "https://x.y/a%2D-b.png a pig"),
    ],
)
def test_nothing_is_a_flag_that_was_not_allowed(spec: ModelSpec, prompt: str, sent: str) -> None:
    assert midjourney.to_submit(order(prompt), spec).json["prompt"] == sent
    negative = midjourney.to_submit(order("pig", options={"negative": "hats --fast"}), spec)
    assert negative.json["prompt"] == "pig --no hats -fast"


def test_words_are_needed(spec: ModelSpec) -> None:
    for prompt in ("", "--ar 1:1"):
        with pytest.raises(EmptyPrompt):
            midjourney.to_submit(order(prompt, picture()), spec)


@pytest.mark.parametrize("speed", ["fast", "relax", "turbo"])
def test_another_pool_for_everything(catalog: Catalog, speed: str) -> None:
    spec = catalog.find(f"midjourney-{speed}")
    assert spec is not None
    assert spec.hidden
    styled = order("pig", picture(), options={"use": "style"})
    upload = midjourney.to_upload(styled, spec)
    assert upload is not None
    paths = [
        midjourney.to_submit(order("pig"), spec).path,
        midjourney.to_poll("1", spec).path,
        midjourney.to_poll_many(["1"], spec).path,
        midjourney.to_confirm(order("pig"), "1", spec).path,
        midjourney.to_seed("1", spec).path,
        upload.path,
    ]
    assert all(path.startswith(f"/mj-{speed}/mj/") for path in paths)


# --- blend, describe --------------------


@pytest.mark.parametrize(
    ("ratio", "dimensions"),
    [
        ("", "SQUARE"),
        ("1:1", "SQUARE"),
        ("2:3", "PORTRAIT"),
        ("9:16", "PORTRAIT"),
        ("16:9", "LANDSCAPE"),
        ("x", "SQUARE"),
    ],
)
def test_blend(spec: ModelSpec, ratio: str, dimensions: str) -> None:
    wire = midjourney.to_submit(order("", picture(1), picture(2), action="blend", options={"ratio": ratio}), spec)
    assert wire.path == "/mj/submit/blend"
    assert wire.json == {
        "botType": "MID_JOURNEY",
        "base64Array": [uri(1), uri(2)],
        "dimensions": dimensions,
        "state": "",
    }


@pytest.mark.parametrize("count", [0, 1, 6])
def test_a_blend_takes_two_to_five(spec: ModelSpec, count: int) -> None:
    with pytest.raises(BadOption) as caught:
        midjourney.to_submit(order("", *map(picture, range(count)), action="blend"), spec)
    assert caught.value.params == {"name": "files", "value": str(count), "allowed": "2–5"}


def test_describe(spec: ModelSpec) -> None:
    wire = midjourney.to_submit(order("", picture(), action="describe"), spec)
    assert (wire.path, wire.json) == (
        "/mj/submit/describe",
        {"botType": "MID_JOURNEY", "base64": uri(), "state": ""},
    )
    chinese = midjourney.to_submit(order("", picture(), action="describe", options={"language": "zh"}), spec)
    assert chinese.json["language"] == "zh"
    for pictures in ((), (picture(1), picture(2))):
        with pytest.raises(BadOption):
            midjourney.to_submit(order("", *pictures, action="describe"), spec)


# --- presses and windows --------------------


def test_a_press_sends_the_buttons_id_as_it_came(spec: ModelSpec) -> None:
    press = "MJ::JOB::upsample::2::3dbbd469-36af-4a0f-8f02-df6c579e7011"
    wire = midjourney.to_submit(order("", past=(PARENT,), action="upscale", press=press), spec)
    assert wire.path == "/mj/submit/action"
    assert wire.json == {"chooseSameChannel": True, "taskId": PARENT.task_id, "customId": press, "state": ""}
    for past in ((), (Past("x"),)):
        with pytest.raises(SourceGone):
            midjourney.to_submit(order("", past=past, action="upscale", press=press), spec)


def test_a_region_is_confirmed_with_its_mask(spec: ModelSpec) -> None:
    asked = order("a red hat --v 7 --fast", picture(5), picture(9, "mask"), action="inpaint", past=(PARENT,), press="x")
    wire = midjourney.to_confirm(asked, "B", spec)
    assert wire.path == "/mj/submit/modal"
    assert wire.json == {"taskId": "B", "prompt": "a red hat -fast", "maskBase64": uri(9), "state": ""}
    without_words = midjourney.to_confirm(replace(asked, prompt=""), "B", spec)
    assert without_words.json["prompt"] == "castle on a hill"
    odd = replace(picture(9, "mask"), mime="image/webp")
    assert midjourney.to_confirm(replace(asked, inputs=(odd,)), "B", spec).json["maskBase64"] == uri(9)
    for inputs in ((), (picture(),), (Part("image", role="mask", data=b"\xff\xd8\xff jpeg"),)):
        with pytest.raises(BadRequest):
            midjourney.to_confirm(replace(asked, inputs=inputs), "B", spec)


@pytest.mark.parametrize(
    ("prompt", "options", "sent"),
    [
        ("castle --zoom 1.8", {"ratio": "16:9"}, "castle --ar 16:9 --zoom 1.8"),
        ("castle", {}, "castle --zoom 2"),
        ("", {}, "castle on a hill --v 7 --zoom 2"),
        ("castle --zoom 9", {}, "castle -zoom 9 --zoom 2"),
        ("castle --ar 2:1 --zoom 1.5 --no fog", {}, "castle --ar 2:1 --no fog --zoom 1.5"),
    ],
)
def test_a_custom_zoom_says_how_far(spec: ModelSpec, prompt: str, options: dict[str, str], sent: str) -> None:
    asked = order(prompt, action="custom_zoom", past=(PARENT,), press="x", options=options)
    assert midjourney.to_confirm(asked, "B", spec).json == {"taskId": "B", "prompt": sent, "state": ""}


def test_a_remix_window_gets_the_whole_prompt(spec: ModelSpec) -> None:
    asked = order("", action="variation", past=(PARENT,), press="x", options={"ratio": "2:3"})
    assert midjourney.to_confirm(asked, "B", spec).json["prompt"] == "castle on a hill --ar 2:3 --v 7"


# --- uploads --------------------


@pytest.mark.parametrize(
    ("use", "flag"),
    [("style", "--sref"), ("character", "--cref"), ("omni", "--oref")],
)
def test_references_go_up_first(spec: ModelSpec, use: str, flag: str) -> None:
    asked = order("pig", picture(1), picture(2), options={"use": use})
    upload = midjourney.to_upload(asked, spec)
    assert upload is not None
    assert (upload.path, upload.json) == ("/mj/submit/upload-discord-images", {"base64Array": [uri(1), uri(2)]})
    reply = WireReply(200, {"code": 1, "description": "提交成功", "result": [UP, f"{UP}2"], "properties": {}})
    ready = midjourney.parse_upload(reply, asked, spec)
    wire = midjourney.to_submit(ready, spec)
    assert (wire.json["prompt"], wire.json["base64Array"]) == (f"pig {flag} {UP} {UP}2", [])


def test_links_that_were_given_stay(spec: ModelSpec) -> None:
    asked = order("pig", picture(), options={"use": "style", "sref": "123"})
    ready = midjourney.parse_upload(WireReply(200, {"code": 1, "result": [UP]}), asked, spec)
    assert midjourney.to_submit(ready, spec).json["prompt"] == f"pig --sref 123 {UP}"


def test_without_need_nothing_goes_up(spec: ModelSpec, catalog: Catalog) -> None:
    styled = {"use": "style"}
    for asked in (
        order("pig", picture()),
        order("pig", picture(), options={"use": "prompt"}),
        order("pig", options=styled),
        order("", picture(1), picture(2), action="blend", options=styled),
        order("", picture(), press="x", past=(PARENT,), options=styled),
    ):
        assert midjourney.to_upload(asked, spec) is None
    niji = catalog.get("niji", "image")
    assert midjourney.to_upload(order("pig", picture(), options={"use": "omni"}), niji) is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"code": 4, "description": "base64 参数错误"}, BadRequest),
        ({"code": 4, "description": "禁止上传"}, BadRequest),
        ({"code": 1, "result": []}, NoResult),
        ({"code": 1, "result": None}, NoResult),
        ({"code": 1, "result": ["ftp://x.y/z", "https://x.y/a b", "javascript:1", 7, None]}, NoResult),
        ([UP], NoResult),
        (None, NoResult),
    ],
)
def test_uploads_that_did_not_work(spec: ModelSpec, body: Json, kind: type[BotError]) -> None:
    with pytest.raises(BotError) as caught:
        midjourney.parse_upload(WireReply(200, body), order("pig", picture(), options={"use": "style"}), spec)
    assert type(caught.value) is kind


def test_links_are_bounded(spec: ModelSpec) -> None:
    body: Json = {"code": 1, "result": [f"{UP}&n={number}" for number in range(30)] + ["https://x.y/" + "z" * 9_000]}
    ready = midjourney.parse_upload(WireReply(200, body), order("pig", picture(), options={"use": "style"}), spec)
    assert len(ready.options["sref"].split()) == 5


# --- looks and seeds --------------------


def test_looks(spec: ModelSpec) -> None:
    one, many = midjourney.to_poll("1730", spec), midjourney.to_poll_many(("1", "2"), spec)
    assert (one.method, one.path, one.timeout_s) == ("GET", "/mj/task/1730/fetch", 20)
    assert (many.method, many.path, many.json) == ("POST", "/mj/task/list-by-condition", {"ids": ["1", "2"]})


def test_seed(spec: ModelSpec) -> None:
    wire = midjourney.to_seed("1730", spec)
    assert (wire.method, wire.path, wire.json, wire.timeout_s) == ("GET", "/mj/task/1730/image-seed", None, 75)
    told = {"code": 1, "description": "成功", "result": "3406173283", "properties": {}}
    assert midjourney.parse_seed(WireReply(200, told)) == "3406173283"
    assert midjourney.parse_seed(WireReply(200, told | {"result": 77})) == "77"
    nothing: list[Json] = [
        {"code": 3, "description": "未找到 seed"},
        {"code": 1, "result": None},
        {"code": 1, "result": True},
        {"code": 1, "result": "<b>"},
        {"code": 1, "result": "9" * 40},
        [],
        None,
    ]
    for body in nothing:
        with pytest.raises(NoResult):
            midjourney.parse_seed(WireReply(200, body))
