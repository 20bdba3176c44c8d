"""Seedance, its bargain route and Veo against the sandbox: every mode is taken and made, wherever a channel puts its link,
and what is refused is understood."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from PIL import Image

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox, serve
from core.catalog import Catalog
from core.errors import Copyrighted, GatewayError, Moderated, RealFace, UpstreamDown, Withheld
from core.gateway.client import Gateway
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted
from core.values import Order, Part, Past
from tests.gateway.conftest import MemoryMedia, Open


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.fixture
async def gateway(sandbox: Sandbox, opened: Open) -> Gateway:
    return await opened(sandbox.base_url)


def picture(role: str, colour: str = "red") -> Part:
    data = io.BytesIO()
    Image.new("RGB", (400, 320), colour).save(data, "PNG")
    return Part("image", mime="image/png", role=role, data=data.getvalue())


def sound(role: str) -> Part:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(2 * 8_000 * 3))
    return Part("audio", mime="audio/wav", role=role, data=data.getvalue())


async def ended(gateway: Gateway, catalog: Catalog, order: Order) -> Polled | Submitted:
    spec = catalog.get(order.model, "video")
    outcome: Submitted | Polled = await gateway.submit(spec, order)
    task_id = ""
    for _ in range(5):
        if isinstance(outcome, Accepted):
            task_id = outcome.task_id
        elif not isinstance(outcome, Again):
            return outcome
        outcome = await gateway.poll(spec, task_id)
    return outcome


async def link_of(gateway: Gateway, catalog: Catalog, order: Order) -> str:
    ready = await ended(gateway, catalog, order)
    assert isinstance(ready, Ready), ready
    return ready.artifacts[0].url


async def made(gateway: Gateway, catalog: Catalog, media: MemoryMedia, order: Order) -> bytes:
    ready = await ended(gateway, catalog, order)
    assert isinstance(ready, Ready), ready
    key, _ = await gateway.fetch(catalog.get(order.model, "video"), ready.artifacts[0])
    assert media.files[key][4:8] == b"ftyp"
    return media.files[key]


def order(words: str, *inputs: Part, model: str = "seedance-2.0", action: str = "", **options: str) -> Order:
    return Order("video", model, words, options, tuple(inputs), action=action)


# --- modes --------------------

FIRST, LAST = picture("first_frame"), picture("last_frame", "blue")
REFERENCES = [picture("reference"), picture("reference", "green")]


@pytest.mark.parametrize("model", ["seedance-2.0", "seedance-2.0-fast", "veo-3.1-generate-preview"])
@pytest.mark.parametrize("inputs", [[FIRST], [FIRST, LAST], REFERENCES], ids=["image", "frames", "references"])
async def test_pictures(
    gateway: Gateway, catalog: Catalog, media: MemoryMedia, model: str, inputs: Sequence[Part]
) -> None:
    await made(gateway, catalog, media, order("the cat blinks", *inputs, model=model))


async def test_one_picture(gateway: Gateway, catalog: Catalog, media: MemoryMedia) -> None:
    for model in ("veo3.1-lite", "grok-video-3", "grok-video-3-10s"):
        await made(gateway, catalog, media, order("the cat blinks", FIRST, model=model))


async def test_films_and_sounds(gateway: Gateway, catalog: Catalog, media: MemoryMedia) -> None:
    url = await link_of(gateway, catalog, order("a street", seconds="4"))
    film = Part("video", mime="video/mp4", role="reference", url=url)
    await made(gateway, catalog, media, order("like video 1", picture("reference"), film, sound("reference")))
    named = replace(film, role="video")
    await made(gateway, catalog, media, order("make it winter", named, *REFERENCES, action="edit"))
    await made(gateway, catalog, media, order("a dog follows", named, named, action="extend"))
    own = Past("a street", task_id="task_1", results=(replace(film, role=""),))
    changed = replace(order("make it winter", action="edit"), continues="job", past=(own,))
    await made(gateway, catalog, media, changed)


async def test_the_bargain_route_takes_all_by_place(gateway: Gateway, catalog: Catalog, media: MemoryMedia) -> None:
    model = "sdance2-fast-15s"
    await made(gateway, catalog, media, order("@1 blinks", FIRST, model=model))
    await made(gateway, catalog, media, order("it opens", FIRST, LAST, model=model))
    url = await link_of(gateway, catalog, order("a street"))
    film = Part("video", mime="video/mp4", role="reference", url=url)
    await made(gateway, catalog, media, order("@1 walks into @2", picture("reference"), film, model=model))


@pytest.mark.parametrize("resolution", ["480p", "720p"])
@pytest.mark.parametrize("ratio", ["16:9", "9:16", "1:1", "21:9", "adaptive"])
async def test_every_shape(gateway: Gateway, catalog: Catalog, resolution: str, ratio: str) -> None:
    wanted = order("a fox", resolution=resolution, ratio=ratio, sound="off", seed="5")
    assert await link_of(gateway, catalog, wanted)


async def test_options_of_veo(gateway: Gateway, catalog: Catalog) -> None:
    for resolution in ("720p", "1080p", "4k"):
        words = {"resolution": resolution, "ratio": "9:16", "negative": "text", "seed": "9"}
        assert await link_of(gateway, catalog, order("a fox", model="veo-3.1-fast-generate-preview", **words))
        assert await link_of(gateway, catalog, order("a fox", FIRST, model="veo-3.1-fast-generate-preview", **words))


# --- channels --------------------


async def test_a_channel_that_reads_the_other_form(gateway: Gateway, sandbox: Sandbox, catalog: Catalog) -> None:
    sandbox.behaviour.films.content = "nested"
    assert await link_of(gateway, catalog, order("the cat blinks", FIRST))
    sandbox.behaviour.films.prompt_too = True
    assert await link_of(gateway, catalog, order("a cat"))
    assert sandbox.accepted["/v1/video/generations"] == 2


@pytest.mark.parametrize("place", ["array", "object", "fail_reason", "content"])
async def test_wherever_the_link_is(
    gateway: Gateway, sandbox: Sandbox, catalog: Catalog, media: MemoryMedia, place: str
) -> None:
    sandbox.behaviour.films.task_result = place  # type: ignore[assignment]
    await made(gateway, catalog, media, order("a cat"))


@pytest.mark.parametrize("shape", ["VS", "T"])
async def test_the_second_address_of_veo(
    gateway: Gateway, sandbox: Sandbox, catalog: Catalog, media: MemoryMedia, shape: str
) -> None:
    sandbox.behaviour.films.veo_query = shape  # type: ignore[assignment]
    await made(gateway, catalog, media, order("a cat", model="veo-3.1-generate-preview"))


# --- refusals --------------------


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("[reason RejectFace]", RealFace),
        ("[reason InputImageCopyright]", Copyrighted),
        ("[reason OutputVideoRisk]", Withheld),
        ("[refuse]", Moderated),
    ],
)
@pytest.mark.parametrize("model", ["seedance-2.0", "sdance2-fast-15s"])
async def test_reasons(gateway: Gateway, catalog: Catalog, model: str, told: str, expected: type[GatewayError]) -> None:
    broken = await ended(gateway, catalog, order(f"a cat {told}", model=model))
    assert isinstance(broken, Broken)
    assert type(broken.error) is expected


async def test_a_film_that_its_vendor_filtered(gateway: Gateway, catalog: Catalog) -> None:
    """The task is finished, and there is nothing to hand out: core/polling.py says what that means."""
    spec = catalog.get("veo-3.1-generate-preview", "video")
    ready = await ended(gateway, catalog, order("a cat [filtered]", model=spec.name))
    assert isinstance(ready, Ready)
    with pytest.raises(UpstreamDown):
        await gateway.fetch(spec, ready.artifacts[0])


async def test_what_is_done_at_once(gateway: Gateway, sandbox: Sandbox, catalog: Catalog) -> None:
    assert await link_of(gateway, catalog, order("a cat [done]", model="grok-video-3"))
    assert [seen.method for seen in sandbox.requests if seen.path.startswith("/v1/videos")] == ["POST"]
