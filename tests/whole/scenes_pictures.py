"""The entries of the contract on pictures that one call draws or changes (images 0, entries 1 to 10, 20 and 21)."""

from __future__ import annotations

import re

from bots.sandbox.record import Seen as Form
from tests.whole.hands import Hands, Seen
from tests.whole.things import other_photo, photo, uri
from tests.whole.wire import CHAT, EDITS, PICTURES, asked, fields, filled, gemini, inline, only, paths

BANANA, JIMENG = "gemini-3.1-flash-image-preview", "jimeng-4.5"
DRAW = "generateContent"

CONFIG = """
[models."any-painter"]
kind = "image"
family = "images_json"
upstream = "gemini-3-pro-image-preview"
price = { each = 0.1 }
routes = { edit = "images_multipart" }

[models."banana-by-generations"]
kind = "image"
family = "images_json"
upstream = "gemini-3.1-flash-image-preview"
price = { each = 0.1 }
options = { ratio = ["1:1", "16:9"], resolution = ["1k", "2k"] }
extra = { fields = { ratio = "aspect_ratio", resolution = "quality" } }

[models."jimeng-4.5-chat"]
hidden = false

[models."jimeng-4.5-gemini"]
hidden = false
"""
"""Rows of an operator: a picture model that no row names, one by another wire, and those that nobody has tried yet."""


def drawn(result: Seen, words: str, *, count: int = 1) -> None:
    """A picture with its caption, and what can be done with it."""
    assert result.kinds == ("photo",) * (count if result.platform != "telegram" else 1)
    assert result.text.split("\n")[1] == words and re.search(r" · [\d.]+ credits?$", result.text.split("\n")[0])
    if count == 1:
        assert {"Again", "Edit", "Animate", "Reference", "Original", "Delete"} <= {*result.buttons}


def pictures(form: Form) -> list[bytes]:
    assert all(re.fullmatch(r"[\w.-]+\.(png|jpe?g|webp)", part.filename or "") for part in form.files("image"))
    return [part.data for part in form.files("image")]


# --- any model --------------------


async def generated(ann: Hands) -> None:
    await ann.uses("image", "a lighthouse", model="any-painter")
    drawn(await ann.gets("a lighthouse"), "a lighthouse")
    assert only(ann, PICTURES) == {
        "model": "gemini-3-pro-image-preview",
        "prompt": "a lighthouse",
        "response_format": "url",
    }


async def edited(ann: Hands) -> None:
    """Two pictures, in their order, as files of a form."""
    await ann.uses("edit", "both at a table", photo(), other_photo(), model="any-painter")
    drawn(await ann.gets("both at a table"), "both at a table")
    assert paths(ann) == [EDITS]
    (form,) = filled(ann, EDITS)
    assert pictures(form) == [photo().data, other_photo().data]
    assert fields(form) == {
        "model": "gemini-3-pro-image-preview",
        "prompt": "both at a table",
        "response_format": "url",
    }


# --- Gemini --------------------


async def banana_generated(ann: Hands) -> None:
    """What people call resolution is called quality there."""
    await ann.uses("image", "a red fox in snow", model="banana-by-generations", ratio="16:9", resolution="2k")
    drawn(await ann.gets("a red fox in snow"), "a red fox in snow")
    assert only(ann, PICTURES) == {
        "model": BANANA,
        "prompt": "a red fox in snow",
        "aspect_ratio": "16:9",
        "quality": "2k",
        "response_format": "url",
    }


async def native(ann: Hands) -> None:
    await ann.uses("image", "a corgi astronaut", model=BANANA, ratio="9:16", resolution="2k", seed="7")
    made = await ann.gets("a corgi astronaut")
    drawn(made, "a corgi astronaut")
    body = only(ann, gemini(BANANA, DRAW))
    assert body["contents"] == [{"role": "user", "parts": [{"text": "a corgi astronaut"}]}]
    assert "IMAGE" in body["generationConfig"]["responseModalities"]
    assert body["generationConfig"]["imageConfig"] == {"aspectRatio": "9:16", "imageSize": "2K"}
    assert body["generationConfig"]["seed"] == 7
    await ann.press(made, "Upscale")
    drawn(await ann.gets("upscaled"), "a corgi astronaut")
    larger = asked(ann, gemini(BANANA, DRAW))[-1]
    assert larger["generationConfig"]["imageConfig"] == {"aspectRatio": "9:16", "imageSize": "4K"}
    assert larger["contents"][-1]["parts"][-1]["inlineData"]["data"] == inline(made.files[0])


async def by_chat(ann: Hands) -> None:
    await ann.uses("image", "a sticker of an owl", model="nano-banana-2-4k", ratio="3:2")
    drawn(await ann.gets("a sticker of an owl"), "a sticker of an owl")
    body = only(ann, CHAT)
    assert body["model"] == "nano-banana-2-4k"
    assert body["messages"] == [{"role": "user", "content": "a sticker of an owl"}]
    assert body["extra_body"]["google"]["image_config"] == {"aspect_ratio": "3:2"}


async def changed_by_chat(ann: Hands) -> None:
    await ann.uses("edit", "three views of it", photo(), model="nano-banana-2-4k")
    drawn(await ann.gets("three views of it"), "three views of it")
    (message,) = only(ann, CHAT)["messages"]
    assert message["content"] == [
        {"type": "text", "text": "three views of it"},
        {"type": "image_url", "image_url": {"url": uri(photo())}},
    ]


# --- 即梦 --------------------


async def jimeng_by_chat(ann: Hands) -> None:
    """It makes four at once."""
    await ann.uses("image", "屋顶上的猫", model="jimeng-4.5-chat", ratio="16:9", resolution="2k")
    await ann.hears("4 pictures")
    drawn(await ann.gets("屋顶上的猫"), "屋顶上的猫", count=4)
    body = only(ann, CHAT)
    assert (body["model"], body["messages"][0]["content"]) == (JIMENG, "屋顶上的猫 -2k, 16:9")


async def jimeng_by_gemini(ann: Hands) -> None:
    """With a picture; the answer is a link in words."""
    await ann.uses("edit", "戴上墨镜", photo(), model="jimeng-4.5-gemini", ratio="3:4", resolution="4k")
    drawn(await ann.gets("戴上墨镜"), "戴上墨镜")
    body = only(ann, gemini(JIMENG, DRAW))
    words, picture = body["contents"][0]["parts"]
    assert words == {"text": "戴上墨镜 -4k, 3:4"}
    assert picture == {"inlineData": {"mimeType": "image/png", "data": inline(photo().data)}}
    assert body["generationConfig"]["imageConfig"] == {"aspectRatio": "3:4"}


# --- GPT Image --------------------


async def gpt(ann: Hands) -> None:
    """The shape goes in three ways, as the gateway takes none for sure."""
    chosen = {"ratio": "16:9", "quality": "low", "format": "webp", "background": "opaque"}
    await ann.uses("image", "a ramen shop", model="gpt-image-2", **chosen)
    drawn(await ann.gets("a ramen shop"), "a ramen shop")
    assert only(ann, PICTURES) == {
        "model": "gpt-image-2",
        "prompt": "a ramen shop, 16:9 composition",
        "size": "2048x1152",
        "aspect_ratio": "16:9",
        "quality": "low",
        "background": "opaque",
        "output_format": "webp",
        "n": 1,
        "response_format": "url",
    }


async def gpt_edited(ann: Hands) -> None:
    """By a reply to the picture; without replies it is sent along."""
    picture = await ann.write("", photo()) if ann.can_reply and ann.platform != "discord" else None
    if picture:
        await ann.hears("What shall I do with")
        await ann.write("/edit same cat, rainy street --ratio 9:16 --quality high", reply_to=picture)
    else:
        await ann.uses("edit", "same cat, rainy street", photo(), ratio="9:16", quality="high")
    drawn(await ann.gets("same cat, rainy street"), "same cat, rainy street")
    assert paths(ann) == [EDITS]
    (form,) = filled(ann, EDITS)
    assert pictures(form) == [photo().data] and not form.files("mask")
    said = fields(form)
    assert said["model"] == "gpt-image-2" and said["prompt"].startswith("same cat, rainy street")
    assert (said["size"], said["aspect_ratio"], said["quality"]) == ("1152x2048", "9:16", "high")


# --- Flux --------------------


async def flux(ann: Hands) -> None:
    await ann.uses("image", "a river", model="flux-kontext-pro", ratio="21:9", seed="5", format="png")
    drawn(await ann.gets("a river"), "a river")
    body = only(ann, PICTURES)
    assert (body["model"], body["aspect_ratio"], body["seed"]) == ("flux-kontext-pro", "21:9", 5)
    assert body["output_format"] == "png" and not {"size", "quality", "style", "user"} & {*body}


async def flux_edited(ann: Hands) -> None:
    """Without a wish for its shape it keeps that of the picture."""
    await ann.uses("edit", "make it a watercolour", photo(), model="flux-kontext-max")
    drawn(await ann.gets("make it a watercolour"), "make it a watercolour")
    assert paths(ann) == [EDITS]
    (form,) = filled(ann, EDITS)
    assert pictures(form) == [photo().data]
    said = fields(form)
    assert (said["model"], said["prompt"]) == ("flux-kontext-max", "make it a watercolour")
    assert "aspect_ratio" not in said and "size" not in said
    assert asked(ann, PICTURES) == []
