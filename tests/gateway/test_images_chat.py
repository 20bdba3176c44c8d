"""Pictures through chat, streamed and whole: what is told beside the words, what stands in them, and what a broken line means
(gateway contract, images 4.1)."""

from __future__ import annotations

import base64
import json

import pytest

from core.catalog import ModelSpec, load_catalog
from core.errors import Declined, GatewayError, Moderated, NoResult, TaskFailed, Unsure
from core.gateway.client import Gateway
from core.gateway.image import chat_image
from core.gateway.wire import Broken, LongCall, Ready, WireReply
from core.values import Artifact, Json, Order, Part
from tests.gateway.conftest import Scripted

PNG = b"\x89PNG\r\n picture"
URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
URL = "https://host.example/output/38fa.jpeg"
PICTURE = Artifact("image", url=URL)
INLINE = Artifact("image", data=PNG, mime="image/png")
ORDER = Order("image", "nano-banana-2-4k", "a red fox")
DONE = b"data: [DONE]\n\n"


def row(*, stream: bool) -> ModelSpec:
    config = {"models": {"nano-banana-2-4k": {"extra": {"stream": stream}}}}
    return load_catalog(config).get("nano-banana-2-4k", "image")


STREAMED = row(stream=True)


def event(body: Json) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def chunk(content: Json = None, finish: str | None = None, **more: Json) -> bytes:
    delta = {"role": "assistant", "content": content}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return event({"id": "c", "object": "chat.completion.chunk", "choices": choices, **more})


PAGE = chunk(URL, "stop", media={"outputs": [URL]}) + DONE
"""As the gateway's page shows it."""

STREAMS: dict[str, tuple[bytes, tuple[Artifact, ...]]] = {
    "the page": (PAGE, (PICTURE,)),
    "markdown in pieces": (
        b"".join(chunk(URI[at : at + 9]) for at in range(0, len(URI), 9)).join(
            [chunk("![image]("), chunk(")", "stop")]
        ),
        (INLINE,),
    ),
    "outputs of several chunks": (
        chunk("", media={"outputs": [URL]})
        + chunk("", media={"outputs": [URL, "https://h.x/2.png"]})
        + chunk("see https://policy.example", "stop")
        + DONE,
        (PICTURE, Artifact("image", url="https://h.x/2.png")),
    ),
    "outputs that are none": (chunk(URL, "stop", media={"outputs": ["", None]}) + DONE, (PICTURE,)),
    "parts": (chunk([{"type": "image_url", "image_url": {"url": URI}}]) + chunk("done", "stop"), (INLINE,)),
    "without a finish reason": (chunk(f"{URL} ") + DONE, (PICTURE,)),
    "an empty first chunk and usage at the end": (
        event({"id": "", "choices": [], "prompt_filter_results": []})
        + PAGE[: -len(DONE)]
        + event({"choices": []})
        + DONE,
        (PICTURE,),
    ),
}


@pytest.mark.parametrize("name", STREAMS)
async def test_streams(name: str, gateway: Gateway, scripted: Scripted) -> None:
    raw, artifacts = STREAMS[name]
    scripted.stream(raw[: len(raw) // 2], raw[len(raw) // 2 :])
    assert await gateway.submit(STREAMED, ORDER) == Ready(artifacts)
    assert json.loads(scripted.seen[0].body)["stream"] is True


@pytest.mark.parametrize("stream", [True, False])
async def test_both_forms_are_read_whatever_was_asked_for(stream: bool, gateway: Gateway, scripted: Scripted) -> None:
    spec = row(stream=stream)
    scripted.stream(PAGE)
    assert await gateway.submit(spec, ORDER) == Ready((PICTURE,))
    scripted.reply(200, {"object": "chat.completion", "choices": [{"message": {"content": f"![image]({URI})"}}]})
    assert await gateway.submit(spec, ORDER) == Ready((INLINE,))
    scripted.reply(200, {"created": 1, "data": [{"url": URL}]})
    assert await gateway.submit(spec, ORDER) == Ready((PICTURE,))
    assert isinstance(chat_image, LongCall)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (chunk("I can't ") + chunk("draw that.", "stop") + DONE, Declined),
        (chunk("") + chunk("", "content_filter") + DONE, Moderated),
        (chunk("", "stop") + DONE, NoResult),
        (chunk("Drawing") + event({"error": {"message": "upstream error", "code": ""}}), TaskFailed),
        (event({"error": {"message": "blocked", "code": "prompt_blocked"}}) + DONE, Moderated),
        (chunk(URL) + event({"error": "flagged by content policy"}), Moderated),
    ],
)
async def test_refusals(raw: bytes, expected: type[GatewayError], gateway: Gateway, scripted: Scripted) -> None:
    scripted.stream(raw)
    outcome = await gateway.submit(STREAMED, ORDER)
    assert isinstance(outcome, Broken)
    assert type(outcome.error) is expected


@pytest.mark.parametrize("raw", [b"", chunk("Drawing"), chunk(f"![image]({URI[:-4]}"), chunk(URL[:-3])])
async def test_a_cut_stream_is_unsure_and_not_asked_again(raw: bytes, gateway: Gateway, scripted: Scripted) -> None:
    scripted.stream(raw, cut=True)
    with pytest.raises(Unsure):
        await gateway.submit(STREAMED, ORDER)
    assert len(scripted.seen) == 1


async def test_what_was_told_whole_before_the_cut_counts(gateway: Gateway, scripted: Scripted) -> None:
    scripted.stream(chunk("", media={"outputs": [URL]}), cut=True)
    assert await gateway.submit(STREAMED, ORDER) == Ready((PICTURE,))


async def test_a_page_in_place_of_an_answer_is_unsure(gateway: Gateway, scripted: Scripted) -> None:
    scripted.stream(b"<html>502 Bad Gateway</html>")
    with pytest.raises(Unsure):
        await gateway.submit(STREAMED, ORDER)


def test_links_of_the_order_are_no_results() -> None:
    order = Order("image", "nano-banana-2-4k", f"like {URL} but blue")
    reader = chat_image.order_reader(order, STREAMED)
    for piece in (f"Like {URL} then: ", "https://h.x/new.png"):
        reader.feed({"choices": [{"delta": {"content": piece}}]})
    assert reader.outcome(complete=True) == Ready((Artifact("image", url="https://h.x/new.png"),))


def test_words_go_before_pictures_and_stand_alone_without() -> None:
    plain = chat_image.to_submit(ORDER, STREAMED).json["messages"]
    assert plain == [{"role": "user", "content": "a red fox"}]
    two = Order("image", ORDER.model, "put a on b", {}, (Part("image", mime="image/png", data=PNG),) * 2)
    (message,) = chat_image.to_submit(two, STREAMED).json["messages"]
    assert [part["type"] for part in message["content"]] == ["text", "image_url", "image_url"]
    assert message["content"][1]["image_url"] == {"url": URI}


def test_a_piece_of_an_answer_is_no_answer() -> None:
    with pytest.raises(Unsure):
        chat_image.parse_submit(WireReply(200, {"choices": [{"delta": {"content": "dra"}}]}), STREAMED)
