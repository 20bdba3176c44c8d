"""What a reply means that should hold pictures: the rules of the contract in their order (images 1.3), and refusals."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog import load_catalog
from core.errors import BadRequest, Declined, GatewayError, Moderated, NoResult, RateLimited
from core.gateway.families import TASKS
from core.gateway.image.replies import WORDS_CHARS, cleaned, parse_poll, parse_submit, to_poll
from core.gateway.wire import Broken, Ready, WireReply
from core.values import Artifact, Json

PNG = b"\x89PNG\r\n picture"
B64 = base64.b64encode(PNG).decode()
LONG = bytes(range(256)) * 4
LONG64 = base64.b64encode(LONG).decode()
SPEC = load_catalog().default("image")


def link(url: str) -> Artifact:
    return Artifact("image", url=url)


def png(mime: str = "image/png") -> Artifact:
    return Artifact("image", data=PNG, mime=mime)


def said(content: Json, **more: Json) -> Json:
    return {"choices": [{"message": {"content": content, **more}}]}


def gemini(*parts: Json, **more: Json) -> Json:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **more}]}


REPLIES: dict[str, tuple[Json, tuple[Artifact, ...]]] = {
    # rule 2: data
    "the unused b64 is an empty string": (
        {"data": [{"url": "https://f.x/a", "b64_json": ""}]},
        (link("https://f.x/a"),),
    ),
    "the unused url is null": ({"data": [{"b64_json": B64, "url": None}]}, (png(""),)),
    "b64 goes before url": ({"data": [{"b64_json": B64, "url": "https://f.x/a"}]}, (png(""),)),
    "b64 that is none": ({"data": [{"b64_json": "!!!", "url": "https://f.x/a"}]}, (link("https://f.x/a"),)),
    "b64 as data URI": ({"data": [{"b64_json": f"data:image/png;base64,{B64}"}]}, (png(""),)),
    "a single object": ({"data": {"url": "https://f.x/a"}}, (link("https://f.x/a"),)),
    "a data URI as url": ({"data": [{"url": f"data:image/png;base64,{B64}"}]}, (png(),)),
    "once each, in order": (
        {"data": [{"url": "https://f.x/2"}, {"url": "https://f.x/1"}, {"url": "https://f.x/2"}]},
        (link("https://f.x/2"), link("https://f.x/1")),
    ),
    "an empty item is skipped": ({"data": [{}, None, {"url": "https://f.x/a"}]}, (link("https://f.x/a"),)),
    "some of a group fail by themselves": (
        {"data": [{"url": "https://f.x/1"}, {"error": {"code": "x", "message": "one"}}, {"error": "two"}]},
        (link("https://f.x/1"), Artifact("image"), Artifact("image")),
    ),
    "a description is no error": (
        {"description": "a fox", "data": [{"url": "https://f.x/1"}]},
        (link("https://f.x/1"),),
    ),
    # rule 3: media.outputs
    "outputs and the same in words": (
        {"media": {"outputs": ["https://f.x/o.jpeg"]}, **said("https://f.x/o.jpeg")},
        (link("https://f.x/o.jpeg"),),
    ),
    # rule 4: content
    "markdown with a data URI": (said(f"Here: ![image](data:image/png;base64,{B64})"), (png(),)),
    "a data URI in lines": (
        said(f"![image](data:image/png;base64,{LONG64[:76]}\n{LONG64[76:152]}\n{LONG64[152:]})"),
        (Artifact("image", data=LONG, mime="image/png"),),
    ),
    "words behind a bare data URI": (said(f"data:image/png;base64,{B64} Here it is. (done)"), (png(),)),
    "several in one line": (
        said("![a](https://f.x/1.jpeg)![b](https://f.x/2.jpeg) and https://f.x/3.jpeg."),
        (link("https://f.x/1.jpeg"), link("https://f.x/2.jpeg"), link("https://f.x/3.jpeg")),
    ),
    "punctuation behind a link": (
        said('(https://f.x/1), {https://f.x/2}; "https://f.x/3" <https://f.x/4> **https://f.x/5**'),
        tuple(link(f"https://f.x/{number}") for number in range(1, 6)),
    ),
    "brackets in a link": (said("![a](https://f.x/fox_(1).png)"), (link("https://f.x/fox_(1).png"),)),
    "a list of parts": (
        said([{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "https://f.x/p"}}]),
        (link("https://f.x/p"),),
    ),
    "pictures beside the content": (
        said("Here.", images=[{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{B64}"}}]),
        (png(),),
    ),
    "a delta": ({"choices": [{"delta": {"content": "https://f.x/d.png"}}]}, (link("https://f.x/d.png"),)),
    # rule 5: candidates
    "thoughts are skipped": (
        gemini(
            {"text": "thinking https://f.x/no", "thought": True},
            {"inlineData": {"mimeType": "image/png", "data": LONG64}, "thought": True},
            {"text": "Here."},
            {"inlineData": {"mimeType": "image/png", "data": B64}},
        ),
        (png(),),
    ),
    "the other spelling, a file and an address": (
        gemini(
            {"inline_data": {"mime_type": "image/webp", "data": B64}},
            {"fileData": {"fileUri": "https://f.x/u"}},
            {"url": "https://f.x/v"},
        ),
        (png("image/webp"), link("https://f.x/u"), link("https://f.x/v")),
    ),
    "a link in Gemini's words": (gemini({"text": "![image](https://f.x/1.jpeg)"}), (link("https://f.x/1.jpeg"),)),
}


@pytest.mark.parametrize("name", REPLIES)
def test_pictures(name: str) -> None:
    body, artifacts = REPLIES[name]
    assert parse_submit(WireReply(200, body), SPEC) == Ready(artifacts)


REFUSALS: list[tuple[Json, type[GatewayError]]] = [
    ({"data": []}, NoResult),
    ({}, NoResult),
    ([], NoResult),
    ({"data": [{"b64_json": "", "url": ""}]}, NoResult),
    ({"data": [{"url": "ftp://f.x/a"}, {"url": "javascript:1"}]}, NoResult),
    ({"data": [{"b64_json": "!!!"}]}, NoResult),
    ({"error": {"message": "x", "type": "upstream_error", "code": "prompt_blocked"}}, Moderated),
    ({"error": {"message": "x", "code": "InvalidParameter"}, "data": [{"url": "https://f.x/a"}]}, BadRequest),
    ({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, RateLimited),
    ({"data": [{"error": {"code": "OutputImageSensitiveContentDetected", "message": "…"}}]}, Moderated),
    ({"data": [{"error": {"code": "x", "message": "broken"}}]}, NoResult),
    (said("I cannot draw that."), Declined),
    (said("这张图片无法生成。"), Declined),
    (said("…"), NoResult),
    ({"choices": [{"message": {"content": "no"}, "finish_reason": "content_filter"}]}, Moderated),
    ({"choices": [{"message": {"content": "I would draw a"}, "finish_reason": "length"}]}, NoResult),
    ({"promptFeedback": {"blockReason": "OTHER"}}, Moderated),
    ({"promptFeedback": {"blockReason": "BLOCK_REASON_UNSPECIFIED"}}, NoResult),
    (gemini({"text": "Which colour would you like?"}, finishReason="STOP"), Declined),
    (gemini({"text": "I can't."}, finishReason="NO_IMAGE"), Declined),
    (gemini({"text": "I can't."}, finishReason="IMAGE_SAFETY"), Moderated),
    (gemini({"text": "the model thinks", "thought": True}, finishReason="STOP"), NoResult),
    *[
        ({"candidates": [{"finishReason": reason}]}, NoResult)
        for reason in ("NO_IMAGE", "IMAGE_OTHER", "MAX_TOKENS", "STOP")
    ],
    *[
        ({"candidates": [{"finishReason": reason}]}, Moderated)
        for reason in """SAFETY PROHIBITED_CONTENT RECITATION IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT
        IMAGE_RECITATION""".split()  # noqa: SIM905
    ],
]


@pytest.mark.parametrize(("body", "expected"), REFUSALS)
def test_success_without_a_picture(body: Json, expected: type[GatewayError]) -> None:
    parsed = parse_submit(WireReply(200, body), SPEC)
    assert isinstance(parsed, Broken)
    assert type(parsed.error) is expected


def test_what_the_model_says_reaches_the_person() -> None:
    parsed = parse_submit(WireReply(200, said("I can't draw *that*,\nask for\tsomething else.")), SPEC)
    assert isinstance(parsed, Broken)
    assert parsed.error.params == {"words": "I can't draw that, ask for something else."}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("See [our rules](javascript:alert) first", "See our rules first"),
        ("Go to ftp://evil.example/x or evil.example/y, now", "Go to or now"),
        ("@everyone <@123> hi @bob", "everyone hi bob"),
        ("/start now, and/or later", "start now, and/or later"),
        ("# **Sorry**, `no` ~~way~~ ||hidden|| <b>bold</b>", "Sorry, no way hidden bold"),
        ("left\u202eright\u200b\x07end", "leftrightend"),
        ("抱歉，无法生成。", "抱歉，无法生成。"),
        ("e.g. a fox costs 3.50", "e.g. a fox costs 3.50"),
        ("**---**", ""),
        ("", ""),
    ],
)
def test_words_are_cleaned(words: str, line: str) -> None:
    assert cleaned(words) == line


def test_long_words_end_between_words_where_there_are_any() -> None:
    cut = cleaned("word " * 100)
    assert cut.endswith("word…")
    assert WORDS_CHARS - 6 < len(cut) <= WORDS_CHARS
    assert len(cleaned("不" * 900)) == WORDS_CHARS


@given(st.text(alphabet=st.sampled_from("[]()<>@/.:*_ ahttps\n\u202e"), max_size=300))
def test_nothing_of_it_is_a_link_or_a_mention(words: str) -> None:
    line = cleaned(words)
    assert len(line) <= WORDS_CHARS
    assert not set("@<>[]*_`\n\u202e") & set(line)
    assert "://" not in line or not line.split("://")[0][-1:].isalnum()


@pytest.mark.parametrize("family", ["images_json", "images_multipart", "chat_image", "gemini_native"])
def test_there_is_nothing_to_poll(family: str) -> None:
    with pytest.raises(NotImplementedError, match="t1"):
        TASKS[family].to_poll("t1", SPEC)
    with pytest.raises(NotImplementedError, match="t1"):
        TASKS[family].parse_poll(WireReply(200, {}), "t1", SPEC)
    assert (TASKS[family].to_poll, TASKS[family].parse_poll) == (to_poll, parse_poll)
