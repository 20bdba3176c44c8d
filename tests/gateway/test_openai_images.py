"""Pictures: the bodies of the contract go out, and every shape of a reply comes in."""

from __future__ import annotations

import base64

import pytest

from core.catalog import Catalog
from core.errors import BadRequest, GatewayError, Moderated, NoResult
from core.gateway.image import openai_images
from core.gateway.wire import Broken, Ready, WireReply
from core.values import Artifact, Json, Order, Part

PNG = b"\x89PNG\r\n picture"
B64 = base64.b64encode(PNG).decode()
INLINE = Artifact("image", data=PNG)


def picture(name: str = "a.png", mime: str = "image/png", role: str = "") -> Part:
    return Part("image", media="k", mime=mime, name=name, role=role, data=PNG)


def order(model: str, *inputs: Part, **options: str) -> Order:
    return Order("image", model, "a red fox", options, inputs)


def body_of(catalog: Catalog, model: str, **options: str) -> Json:
    return openai_images.to_submit(order(model, **options), catalog.get(model, "image")).json


def test_gpt_image(catalog: Catalog) -> None:
    wire = openai_images.to_submit(
        order("gpt-image-2", ratio="16:9", quality="high", count="2"), catalog.get("gpt-image-2", "image")
    )
    assert (wire.method, wire.path, wire.timeout_s) == ("POST", "/v1/images/generations", 300.0)
    assert wire.json == {
        "model": "gpt-image-2",
        "prompt": "a red fox, 16:9 composition",
        "response_format": "url",
        "size": "2048x1152",
        "aspect_ratio": "16:9",
        "quality": "high",
        "n": 2,
    }


def test_what_is_left_to_the_model_is_not_sent(catalog: Catalog) -> None:
    assert body_of(catalog, "gpt-image-2") == {
        "model": "gpt-image-2",
        "prompt": "a red fox",
        "response_format": "url",
        "quality": "medium",
        "n": 1,
    }
    assert body_of(catalog, "gpt-image-2", size="4k", ratio="9:16")["size"] == "2160x3840"


def test_gemini_says_its_size_in_quality(catalog: Catalog) -> None:
    assert body_of(catalog, "gemini-3.1-flash-image-preview", ratio="16:9", size="2k") == {
        "model": "gemini-3.1-flash-image-preview",
        "prompt": "a red fox",
        "aspect_ratio": "16:9",
        "quality": "2k",
        "response_format": "url",
    }


@pytest.mark.parametrize("model", ["seedream-4.6", "seedream-4.7", "seedream-5.0", "jimeng-4.5"])
def test_seedream_reads_the_end_of_the_prompt(catalog: Catalog, model: str) -> None:
    assert body_of(catalog, model, ratio="16:9", size="4k") == {"model": model, "prompt": "a red fox -4k, 16:9"}
    wire = openai_images.to_submit(order(model, picture()), catalog.get(model, "image"))
    assert wire.path == "/v1/images/generations"
    assert wire.json["image"] == f"data:image/png;base64,{B64}"
    two = openai_images.to_submit(order(model, picture(), picture()), catalog.get(model, "image"))
    assert two.json["image"] == [f"data:image/png;base64,{B64}"] * 2


def test_flux_needs_a_ratio_only_without_a_picture(catalog: Catalog) -> None:
    assert body_of(catalog, "flux-kontext-pro")["aspect_ratio"] == "1:1"
    assert body_of(catalog, "flux-kontext-pro", ratio="21:9")["aspect_ratio"] == "21:9"
    wire = openai_images.to_submit(order("flux-kontext-pro", picture()), catalog.get("flux-kontext-pro", "image"))
    assert "aspect_ratio" not in dict(wire.form)


def test_edits_are_forms_with_real_files(catalog: Catalog) -> None:
    inputs = (picture(), picture("b.jpg", "image/jpeg"), picture("m.png", role="mask"))
    wire = openai_images.to_submit(order("gpt-image-2", *inputs, ratio="9:16"), catalog.get("gpt-image-2", "image"))
    assert (wire.path, wire.json) == ("/v1/images/edits", None)
    assert dict(wire.form) == {
        "model": "gpt-image-2",
        "prompt": "a red fox, 9:16 composition",
        "response_format": "url",
        "size": "1152x2048",
        "aspect_ratio": "9:16",
        "quality": "medium",
        "n": "1",
    }
    assert [(file.name, file.filename, file.mime) for file in wire.files] == [
        ("image", "reference-1.png", "image/png"),
        ("image", "reference-2.jpg", "image/jpeg"),
        ("mask", "reference-3.png", "image/png"),
    ]


def link(url: str) -> Artifact:
    return Artifact("image", url=url)


REPLIES: list[tuple[Json, tuple[Artifact, ...]]] = [
    ({"created": 1, "data": [{"url": "https://f.x/a.png", "b64_json": ""}]}, (link("https://f.x/a.png"),)),
    ({"data": [{"b64_json": B64, "url": None, "revised_prompt": ""}]}, (INLINE,)),
    ({"data": {"url": "https://f.x/a.png"}}, (link("https://f.x/a.png"),)),
    ({"data": [{"url": f"data:image/png;base64,{B64}"}]}, (Artifact("image", data=PNG, mime="image/png"),)),
    ({"data": [{"url": "https://f.x/1"}, {"url": "https://f.x/2"}, {"url": "https://f.x/1"}]},
     (link("https://f.x/1"), link("https://f.x/2"))),
    ({"data": [{"url": "https://f.x/1"}, {"error": {"code": "x", "message": "one of a group"}}]}, (link("https://f.x/1"),)),
    ({"media": {"outputs": ["https://f.x/o.jpeg"]}, "choices": [{"message": {"content": "https://f.x/o.jpeg"}}]},
     (link("https://f.x/o.jpeg"),)),
    ({"choices": [{"message": {"content": f"Here: ![image](data:image/png;base64,{B64})"}}]},
     (Artifact("image", data=PNG, mime="image/png"),)),
    ({"choices": [{"message": {"content": "![a](https://f.x/1.jpeg)![b](https://f.x/2.jpeg) and https://f.x/3.jpeg."}}]},
     (link("https://f.x/1.jpeg"), link("https://f.x/2.jpeg"), link("https://f.x/3.jpeg"))),
    ({"choices": [{"message": {"content": [{"type": "text", "text": "look"},
                                           {"type": "image_url", "image_url": {"url": "https://f.x/p"}}]}}]},
     (link("https://f.x/p"),)),
    ({"candidates": [{"content": {"parts": [{"text": "thinking https://f.x/no", "thought": True}, {"text": "Here."},
                                            {"inlineData": {"mimeType": "image/png", "data": B64}}]}}]},
     (Artifact("image", data=PNG, mime="image/png"),)),
    ({"candidates": [{"content": {"parts": [{"inline_data": {"mime_type": "image/webp", "data": B64}},
                                            {"fileData": {"fileUri": "https://f.x/u"}}]}}]},
     (Artifact("image", data=PNG, mime="image/webp"), link("https://f.x/u"))),
]  # fmt: skip


@pytest.mark.parametrize(("body", "artifacts"), REPLIES)
def test_replies(catalog: Catalog, body: Json, artifacts: tuple[Artifact, ...]) -> None:
    parsed = openai_images.parse_submit(WireReply(200, body), catalog.default("image"))
    assert parsed == Ready(artifacts)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": []}, NoResult),
        ({}, NoResult),
        ([], NoResult),
        ({"data": [{"b64_json": "", "url": ""}]}, NoResult),
        ({"data": [{"url": "ftp://f.x/a"}, {"url": "javascript:1"}]}, NoResult),
        ({"data": [{"b64_json": "!!!"}]}, NoResult),
        ({"choices": [{"message": {"content": "I cannot draw that."}}]}, Moderated),
        ({"data": [{"error": {"code": "OutputImageSensitiveContentDetected", "message": "…"}}]}, Moderated),
        ({"error": {"message": "x", "type": "upstream_error", "code": "prompt_blocked"}}, Moderated),
        ({"error": {"message": "x", "code": "InvalidParameter"}}, BadRequest),
    ],
)
def test_success_without_a_picture(catalog: Catalog, body: Json, expected: type[GatewayError]) -> None:
    parsed = openai_images.parse_submit(WireReply(200, body), catalog.default("image"))
    assert isinstance(parsed, Broken)
    assert type(parsed.error) is expected
