"""Orders of pictures as their rows put them on the wire: ratio, quality and resolution in each family's own words, files
where they belong, and nothing that a person drew for the mask."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from core.catalog import Catalog, ModelSpec, load_catalog
from core.gateway.families import TASKS
from core.gateway.wire import WireRequest
from core.values import Json, Order, Part, Past

CATALOG: Catalog = load_catalog()
PNG = b"\x89PNG\r\n picture"
URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
FOX = Part("image", mime="image/png", data=PNG)
SHAPE = Part("image", mime="image/png", role="shape", data=b"drawn")
MASK = Part("image", mime="image/png", role="mask", data=b"mask")
PICTURES = [row for row in CATALOG.visible("image") if row.family != "midjourney"]
HIDDEN = ["jimeng-4.5-chat", "jimeng-4.5-gemini", "doubao-seedream-4-5-251128"]


def spec(model: str) -> ModelSpec:
    found = CATALOG.find(model)
    assert found is not None
    return found


def wire(model: str, *inputs: Part, **options: str) -> WireRequest:
    row = spec(model).for_files(inputs)
    return TASKS[row.family].to_submit(Order("image", model, "a red fox", options, inputs), row)


def body(model: str, **options: str) -> dict[str, Json]:
    sent: dict[str, Json] = wire(model, **options).json
    return sent


def row(family: str, **extra: Json) -> ModelSpec:
    table = {"family": family, "upstream": "x", "price": {"each": 1}, "extra": extra}
    return load_catalog({"models": {"row of a test": table}}).get("row of a test", "image")


# --- options --------------------


def test_what_is_left_to_the_model_is_not_sent() -> None:
    assert body("gpt-image-2") == {
        "model": "gpt-image-2",
        "prompt": "a red fox",
        "response_format": "url",
        "quality": "medium",
        "n": 1,
    }
    native = {"responseModalities": ["TEXT", "IMAGE"]}
    assert body("nano-banana")["generationConfig"] == native
    assert body("gemini-3-pro-image-preview")["generationConfig"] == native | {"imageConfig": {"imageSize": "1K"}}
    assert "extra_body" not in body("nano-banana-2-4k")


def test_a_size_is_one_that_the_model_takes() -> None:
    """Sides are multiples of 16, at most 3840, at most 3 to 1 and 8.29 MP (images 6.1), near the ratio that was asked for."""
    options = spec("gpt-image-2").options
    for ratio in options["ratio"].values:
        for large in ({}, {"resolution": "4k"}):
            width, height = map(int, body("gpt-image-2", ratio=ratio, **large)["size"].split("x"))
            assert width % 16 == height % 16 == 0
            assert max(width, height) <= min(3840, 3 * min(width, height))
            assert (4_000_000 if large else 655_360) <= width * height <= 8_294_400
            wide, high = map(int, ratio.split(":"))
            assert width / height == pytest.approx(wide / high, rel=0.05)
    assert body("gpt-image-2", resolution="4k")["size"] == "2048x2048"


def test_an_edit_keeps_the_shape_of_its_picture() -> None:
    assert "size" not in dict(wire("gpt-image-2", FOX, resolution="4k").form)
    shaped = dict(wire("gpt-image-2", FOX, resolution="4k", ratio="9:16").form)
    assert (shaped["size"], shaped["aspect_ratio"]) == ("2160x3840", "9:16")
    assert "aspect_ratio" not in dict(wire("flux-kontext-max", FOX).form)
    assert body("flux-kontext-max")["aspect_ratio"] == "1:1"
    assert "imageConfig" not in wire("nano-banana", FOX).json["generationConfig"]


@pytest.mark.parametrize("model", ["seedream-4.6", "seedream-4.7", "seedream-5.0", "jimeng-4.5"])
def test_seedream_reads_the_end_of_the_prompt(model: str) -> None:
    assert body(model, ratio="16:9", resolution="4k") == {"model": model, "prompt": "a red fox -4k, 16:9"}
    assert wire(model, FOX).json == {"model": model, "prompt": "a red fox -2k, 1:1", "image": URI}
    assert wire(model, FOX, FOX).json["image"] == [URI, URI]
    assert wire(model, FOX, only="top", ratio="9:16").json["prompt"] == (
        "a red fox. Change only the upper half; keep everything else exactly as it is. -2k, 9:16"
    )


@pytest.mark.parametrize("name", [row.name for row in PICTURES])
def test_ratio_stands_first_and_where_to_change_means_nothing_without_a_picture(name: str) -> None:
    options = spec(name).options
    assert next(iter(options)) == "ratio"
    assert list(options) == [
        each
        for each in "ratio quality resolution count background format seed negative only".split()  # noqa: SIM905
        if each in options
    ]
    assert body(name, only="left") == body(name)
    assert body(name, only="left") != wire(name, FOX, only="left").json


@pytest.mark.parametrize("name", [row.name for row in PICTURES] + HIDDEN)
def test_every_word_of_an_option_reaches_the_wire(name: str) -> None:
    """Two values of an option never make the same request."""
    found = spec(name)
    base = {option: each.values[0] for option, each in found.options.items() if each.values and option != "only"}
    for option, each in found.options.items():
        sent = [repr(wire(name, FOX, **{**base, option: value})) for value in each.values or ("1", "2")]
        assert len(set(sent)) == len(sent), option


@pytest.mark.parametrize("model", ["gemini-3.1-flash-image-preview", "gemini-3-pro-image-preview"])
def test_gemini_has_sizes_with_a_capital_letter(model: str) -> None:
    config = body(model, ratio="21:9", resolution="4k", seed="2147483647")["generationConfig"]
    assert config["imageConfig"] == {"aspectRatio": "21:9", "imageSize": "4K"}
    assert config["seed"] == 2_147_483_647
    chat = TASKS["chat_image"].to_submit(
        Order("image", "x", "a fox", {"ratio": "21:9", "resolution": "2k"}),
        load_catalog(
            {
                "models": {
                    "chat": {
                        "family": "chat_image",
                        "price": {"each": 1},
                        "options": {"ratio": {"values": ["21:9"]}, "resolution": ["1k", "2k"]},
                    }
                }
            }
        ).get("chat", "image"),
    )
    assert chat.json["extra_body"] == {"google": {"image_config": {"aspect_ratio": "21:9", "image_size": "2K"}}}


def test_orders_do_not_change_the_row() -> None:
    for name in ("gemini-3-pro-image-preview", "nano-banana-2-4k", "gpt-image-2"):
        before = repr(spec(name).extra)
        wire(name, ratio="16:9")
        assert repr(spec(name).extra) == before
        assert wire(name, ratio="16:9").json != wire(name).json


@pytest.mark.parametrize("name", ["gpt-image-2", "gemini-3-pro-image-preview", "seedream-5.0", "nano-banana-2-4k"])
def test_buttons_say_the_rows_words_in_place_of_the_prompt(name: str) -> None:
    found = spec(name).for_files((FOX,))
    adapter, plain = TASKS[found.family], Order("image", name, "a red fox", {}, (FOX,))
    for action, words in (("vary", found.extra["vary_prompt"]), ("upscale", found.extra["upscale_prompt"])):
        pressed = adapter.to_submit(replace(plain, action=action), found)
        asked = adapter.to_submit(replace(plain, prompt=words), found)
        assert pressed == asked != adapter.to_submit(plain, found)


# --- files --------------------


@pytest.mark.parametrize("name", [row.name for row in PICTURES])
def test_what_a_person_drew_is_never_sent(name: str) -> None:
    assert repr(wire(name, FOX, SHAPE)) == repr(wire(name, FOX))
    assert [file.data for file in wire(name, FOX, SHAPE).files] == [file.data for file in wire(name, FOX).files]


def test_a_mask_goes_where_the_row_takes_one() -> None:
    assert spec("gpt-image-2").for_files((FOX,)).extra["mask"] == "transparent"
    sent = wire("gpt-image-2", MASK, FOX, FOX, only="shape")
    assert [(file.name, file.filename, file.data) for file in sent.files] == [
        ("image", "reference-1.png", PNG),
        ("image", "reference-2.png", PNG),
        ("mask", "mask.png", b"mask"),
    ]
    assert dict(sent.form)["prompt"].startswith("a red fox. Change only the masked area;")
    for name in ("flux-kontext-pro", "seedream-5.0", "nano-banana", "nano-banana-2-4k"):
        assert "shape" not in spec(name).options["only"].values
        assert repr(wire(name, FOX, MASK)) == repr(wire(name, FOX))


def test_fields_of_files_are_the_rows() -> None:
    relay = row("images_multipart", file_field="image[]", mask_field="mask_file", mask="transparent")
    sent = TASKS["images_multipart"].to_submit(Order("image", "x", "a fox", {}, (FOX, MASK)), relay)
    assert [file.name for file in sent.files] == ["image[]", "mask_file"]
    assert relay.needs_input
    other = row("images_json", json_field="images", path="/other", generation_body={"style": "oil"})
    shown = TASKS["images_json"].to_submit(Order("image", "x", "a fox", {}, (FOX,)), other)
    assert (shown.path, shown.json["images"], "style" in shown.json) == ("/other", URI, False)
    assert TASKS["images_json"].to_submit(Order("image", "x", "a fox"), other).json["style"] == "oil"


@pytest.mark.parametrize("family", ["images_json", "images_multipart", "chat_image"])
def test_wires_without_memory_say_nothing_of_what_was_before(family: str) -> None:
    past = (Past("a fox", '{"parts":[]}', results=(FOX,)),)
    plain = Order("image", "x", "bluer", {}, (FOX,))
    after = Order("image", "x", "bluer", {}, (FOX,), continues="job", past=past)
    assert TASKS[family].to_submit(after, row(family)) == TASKS[family].to_submit(plain, row(family))


# --- rows --------------------


def test_the_wire_of_edits() -> None:
    families = {row.name: (row.family, row.for_files((FOX,)).family) for row in PICTURES}
    assert families["gpt-image-2"] == families["flux-kontext-pro"] == ("images_json", "images_multipart")
    assert families["seedream-5.0"] == ("images_json", "images_json")
    assert families["gemini-3.1-flash-image-preview"] == ("gemini_native", "gemini_native")
    assert families["nano-banana-2-4k"] == ("chat_image", "chat_image")


@pytest.mark.parametrize("name", [row.name for row in PICTURES] + HIDDEN)
def test_what_a_result_can_become(name: str) -> None:
    """What the buttons under a result order, by the wire of edits."""
    found = spec(name)
    edits = found.for_files((FOX,)).extra
    for option, value in edits["upscale"].items():
        assert found.options[option].match(value) == value
    assert edits["upscale_prompt"]
    assert edits["vary_prompt"]
    assert bool(edits.get("continues")) == (found.family == "gemini_native" and not name.startswith("jimeng"))


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_nobody_has_tried_is_not_offered(hidden: str) -> None:
    assert spec(hidden).hidden
