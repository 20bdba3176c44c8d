"""Pictures by Gemini's own form: a talk about a picture is said again with what the model wrote, byte for byte (gateway
contract, images 4.2)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import load_catalog
from core.gateway.image import gemini_native, gemini_turns
from core.gateway.wire import Ready, WireReply
from core.values import Json, Order, Part, Past

SPEC = load_catalog().get("gemini-3-pro-image-preview", "image")
FOX, BLUE, INTERIM = b"\x89PNG fox", b"\xff\xd8\xff blue fox", b"\x89PNG sketch"
SIGNATURE = "CsIBAVSoXO6+/=é\u2028\ud83e"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def part(data: bytes, mime: str = "image/png") -> Part:
    return Part("image", mime=mime, data=data)


def inline(data: bytes, mime: str = "image/png", **more: Json) -> Json:
    return {"inlineData": {"mimeType": mime, "data": encoded(data)}, **more}


def answer(*parts: Json, **content: Json) -> Json:
    return {"candidates": [{"finishReason": "STOP", "content": {"role": "model", **content, "parts": list(parts)}}]}


def ready(body: Json) -> Ready:
    outcome = gemini_native.parse_submit(WireReply(200, body), SPEC)
    assert isinstance(outcome, Ready)
    return outcome


def contents(prompt: str, *past: Past, inputs: tuple[Part, ...] = (), **options: str) -> list[Json]:
    order = Order("image", SPEC.name, prompt, options, inputs, continues="job" if past else "", past=past)
    turns: list[Json] = gemini_native.to_submit(order, SPEC).json["contents"]
    return turns


def past(prompt: str, body: Json, *inputs: Part) -> Past:
    """A job as it is when its result has been stored."""
    made = ready(body)
    results = tuple(Part("image", mime=each.mime, data=each.data) for each in made.artifacts)
    return Past(prompt, made.transcript, inputs=inputs, results=results)


DRAWN = answer(
    {"text": "I think of a fox", "thought": True},
    inline(INTERIM, thought=True, thoughtSignature="of a sketch"),
    {"text": "Here it is.", "thoughtSignature": SIGNATURE},
    inline(FOX, thoughtSignature=SIGNATURE),
    {"inline_data": {"mime_type": "image/jpeg", "data": encoded(BLUE)}, "unknownField": {"kept": [1, None]}},
)


def test_a_transcript_has_numbers_in_place_of_pictures() -> None:
    made = ready(DRAWN)
    assert [artifact.data for artifact in made.artifacts] == [FOX, BLUE]
    assert made.transcript.isascii()
    assert json.loads(made.transcript) == {
        "role": "model",
        "parts": [
            {"text": "I think of a fox", "thought": True},
            {"text": "Here it is.", "thoughtSignature": SIGNATURE},
            {"inlineData": {"mimeType": "image/png", "data": "@0"}, "thoughtSignature": SIGNATURE},
            {"inline_data": {"mime_type": "image/jpeg", "data": "@1"}, "unknownField": {"kept": [1, None]}},
        ],
    }


def test_a_picture_is_changed_in_the_talk_that_made_it() -> None:
    """The words of then, what the model wrote with its pictures put back, then the new words."""
    first = past("a fox", DRAWN, part(b"\x89PNG sketch of mine"), replace(part(b"drawn"), role="shape"))
    second = past("make it blue", answer(inline(BLUE, "image/jpeg", thoughtSignature="2")))
    turns = contents("add a hat", first, second, inputs=(part(b"\x89PNG hat"),), only="top")
    written = DRAWN["candidates"][0]["content"]
    assert turns == [
        {"role": "user", "parts": [{"text": "a fox"}, inline(b"\x89PNG sketch of mine")]},
        {**written, "parts": [written["parts"][0], *written["parts"][2:]]},
        {"role": "user", "parts": [{"text": "make it blue"}]},
        {"role": "model", "parts": [inline(BLUE, "image/jpeg", thoughtSignature="2")]},
        {
            "role": "user",
            "parts": [
                {"text": "add a hat. Change only the upper half; keep everything else exactly as it is."},
                inline(b"\x89PNG hat"),
            ],
        },
    ]


@pytest.mark.parametrize(
    ("action", "options", "words"),
    [
        ("vary", {}, SPEC.extra["vary_prompt"]),
        ("upscale", {"resolution": "4k"}, SPEC.extra["upscale_prompt"]),
        ("", {"only": "top"}, "a fox. Change only the upper half; keep everything else exactly as it is."),
    ],
)
def test_what_is_said_again_is_what_was_sent(action: str, options: dict[str, str], words: str) -> None:
    picture = part(b"\x89PNG mine")
    sent = gemini_native.to_submit(Order("image", SPEC.name, "a fox", options, (picture,), action=action), SPEC)
    then = replace(past("a fox", DRAWN, picture), action=action, options=options)
    said = contents("add a hat", then)[0]
    assert said == sent.json["contents"][0]
    assert said["parts"][0]["text"] == words


@pytest.mark.parametrize(
    "body",
    [
        answer({"text": "![image](https://f.x/1.png)"}),  # its picture stands elsewhere
        answer(inline(FOX), {"fileData": {"fileUri": "https://f.x/2.png"}}),
        answer(inline(FOX), {"text": "x" * gemini_turns.TRANSCRIPT_BYTES}),
        answer(inline(FOX), deep=json.loads("[" * 90 + "]" * 90)),
        {"data": [{"b64_json": encoded(FOX)}]},
    ],
)
def test_what_cannot_be_said_again_has_no_transcript(body: Json) -> None:
    assert ready(body).transcript == ""


def test_rows_that_remember_nothing_keep_nothing() -> None:
    forgetful = replace(SPEC, extra={**SPEC.extra, "continues": False})
    outcome = gemini_native.parse_submit(WireReply(200, DRAWN), forgetful)
    assert isinstance(outcome, Ready)
    assert outcome.transcript == ""
    order = Order("image", SPEC.name, "add a hat", {}, (), "job", (past("a fox", DRAWN),))
    (turn,) = gemini_native.to_submit(order, forgetful).json["contents"]
    assert turn["parts"] == [{"text": "add a hat"}, inline(FOX), inline(BLUE, "image/jpeg")]


def past_without(**change: Json) -> Past:
    return replace(past("a fox", answer(inline(FOX))), **change)


@pytest.mark.parametrize(
    "broken",
    [
        past_without(transcript=""),
        past_without(transcript="[" * 5_000),
        past_without(transcript='{"parts":[{"inlineData":{"mimeType":"image/png","data":"@7"}}]}'),
        past_without(transcript='{"parts":[{"inlineData":{"mimeType":"image/png","data":"QUJD"}}]}'),
        past_without(transcript='{"parts":3}'),
        past_without(transcript="[]"),
    ],
)
def test_a_talk_that_cannot_be_said_again_is_an_ordinary_edit(broken: Past) -> None:
    assert contents("add a hat", broken) == [{"role": "user", "parts": [{"text": "add a hat"}, inline(FOX)]}]
    good = past("make it blue", answer(inline(BLUE)))
    assert [turn["role"] for turn in contents("add a hat", broken, good)] == ["user", "model", "user"]


def test_without_its_bytes_nothing_is_said_again() -> None:
    swept = past_without(results=(Part("image", mime="image/png"),))
    assert contents("add a hat", swept) == [{"role": "user", "parts": [{"text": "add a hat"}]}]


def test_the_oldest_are_left_out_of_what_is_too_large() -> None:
    large = 5 * 1024 * 1024
    talks = [past(f"turn {number}", answer(inline(bytes([number]) * large))) for number in range(1, 4)]
    turns = contents("now a hat", *talks)
    assert [turn["parts"][0].get("text") for turn in turns] == ["turn 2", None, "turn 3", None, "now a hat"]
    assert sum(len(str(turn)) for turn in turns) < 20 * 1024 * 1024
    with_more = contents("now a hat", *talks, inputs=(part(b"\x89PNG" + bytes(large)),))
    assert [turn["parts"][0].get("text") for turn in with_more] == ["turn 3", None, "now a hat"]


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
ODD = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below), max_leaves=9
)


@settings(max_examples=150, deadline=None)
@given(
    before=st.lists(ODD, max_size=3), after=st.dictionaries(st.text(max_size=8), ODD, max_size=3), signature=st.text()
)
def test_whatever_a_model_writes_goes_back_as_it_came(
    before: list[Json], after: dict[str, Json], signature: str
) -> None:
    picture = {**after, **inline(FOX), "thoughtSignature": signature}
    picture.pop("thought", None)
    body = answer(*before, picture)
    made = gemini_native.parse_submit(WireReply(200, body), SPEC)
    assert isinstance(made, Ready)
    if len(made.artifacts) != 1:
        return  # it has written a link
    turns = contents("more", Past("a fox", made.transcript, results=(part(FOX),)))
    kept = [each for each in [*before, picture] if isinstance(each, dict)]
    assert turns[1]["parts"] == kept
