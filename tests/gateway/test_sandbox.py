"""The client against the sandbox gateway: each kind of work once, end to end, by every row the sandbox serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Drop
from bots.sandbox.server import Sandbox, serve
from core.catalog import Catalog, load_catalog
from core.errors import Moderated, TaskFailed, Unsure
from core.film_modes import modes_of
from core.gateway.client import Gateway
from core.gateway.families import TASKS
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted
from core.values import Finished, Order, Part, Past, StopReason, TextDelta
from tests.gateway.conftest import MemoryMedia, Open, question


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.fixture
async def gateway(sandbox: Sandbox, opened: Open) -> Gateway:
    return await opened(sandbox.base_url)


async def test_chat(gateway: Gateway, catalog: Catalog) -> None:
    events = [event async for event in gateway.stream_chat(catalog.default("chat"), question("say [long 50]"))]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text.split()[-1] == "w0049"
    assert events[-1] == Finished(StopReason.STOP)


async def test_a_refusal(gateway: Gateway, catalog: Catalog) -> None:
    events = [event async for event in gateway.stream_chat(catalog.default("chat"), question("[refuse]"))]
    assert events[-1] == Finished(StopReason.REFUSED)


async def finished(gateway: Gateway, catalog: Catalog, model: str, task_id: str) -> Polled:
    for _ in range(5):
        polled = await gateway.poll(catalog.get(model, "video"), task_id)
        if not isinstance(polled, Again):
            return polled
    pytest.fail("never finished")


VIDEOS = [spec.name for spec in load_catalog().visible("video") if "text" in modes_of(spec)]
IMAGES = [spec.name for spec in load_catalog().visible("image") if TASKS[spec.family].BLOCKS]


async def drawn(gateway: Gateway, catalog: Catalog, media: MemoryMedia, order: Order) -> tuple[Part, str]:
    """The first picture of an order as an input of the next, and the transcript."""
    spec = catalog.get(order.model, "image").for_files(order.inputs)
    ready = await gateway.submit(spec, order)
    assert isinstance(ready, Ready)
    key, size = await gateway.fetch(spec, ready.artifacts[0])
    assert size > 1_000
    data = media.files[key]
    mime = {b"\x89PNG": "image/png", b"\xff\xd8\xff\xe0": "image/jpeg", b"RIFF": "image/webp"}[data[:4]]
    return Part("image", media=key, mime=mime, size=size), ready.transcript


@pytest.mark.parametrize("model", IMAGES)
async def test_pictures(gateway: Gateway, catalog: Catalog, media: MemoryMedia, model: str) -> None:
    """Drawn, changed, and changed again in the same talk where the model remembers it."""
    first, transcript = await drawn(gateway, catalog, media, Order("image", model, "a red fox"))
    blue = Order("image", model, "make it blue", {}, (first,))
    second, _ = await drawn(gateway, catalog, media, blue)
    assert media.files[second.media] != media.files[first.media]
    assert bool(transcript) == bool(catalog.get(model, "image").extra.get("continues"))
    if transcript:
        past = (Past("a red fox", transcript, results=(first,)),)
        again, _ = await drawn(gateway, catalog, media, replace(blue, inputs=(), continues="job", past=past))
        assert media.files[again.media] != media.files[first.media]


@pytest.mark.parametrize("model", VIDEOS)
async def test_videos(gateway: Gateway, sandbox: Sandbox, catalog: Catalog, media: MemoryMedia, model: str) -> None:
    sandbox.behaviour.models[model] = "video"
    spec = catalog.get(model, "video")
    ready: Submitted | Polled = await gateway.submit(spec, Order("video", model, "a cat"))
    if isinstance(ready, Accepted):
        ready = await finished(gateway, catalog, model, ready.task_id)
    assert isinstance(ready, Ready)
    key, _ = await gateway.fetch(spec, ready.artifacts[0])
    assert media.files[key][4:8] == b"ftyp"


async def test_a_video_that_fails(gateway: Gateway, catalog: Catalog) -> None:
    spec = catalog.default("video")
    for prompt, expected in (("[refuse]", Moderated), ("[fail]", TaskFailed)):
        accepted = await gateway.submit(spec, Order("video", spec.name, prompt))
        assert isinstance(accepted, Accepted)
        broken = await finished(gateway, catalog, spec.name, accepted.task_id)
        assert isinstance(broken, Broken)
        assert isinstance(broken.error, expected), broken.error


async def test_an_answer_lost_after_the_order_was_taken(gateway: Gateway, sandbox: Sandbox, catalog: Catalog) -> None:
    spec = catalog.default("video")
    sandbox.behaviour.script("POST /v1/videos", Drop("answer"))
    with pytest.raises(Unsure):
        await gateway.submit(spec, Order("video", spec.name, "a cat"))
    assert sandbox.accepted["/v1/videos"] == 1
    assert sandbox.submits["/v1/videos"] == 1
