"""Midjourney against the sandbox, from words to a picture and through every button under it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox, serve
from core.catalog import Catalog, ModelSpec
from core.errors import SourceGone, TaskExpired
from core.gateway.client import Gateway
from core.gateway.wire import Accepted, Again, Broken, Parked, Polled, Ready
from core.signatures import sniff
from core.values import Order, Part, Past, RemoteButton
from tests.gateway.conftest import MemoryMedia, Open

LOOKS_MOST = 30


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.fixture
async def gateway(sandbox: Sandbox, opened: Open) -> Gateway:
    return await opened(sandbox.base_url)


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("midjourney", "image")


async def ended(gateway: Gateway, spec: ModelSpec, task_id: str) -> Polled:
    found: Polled = Again()
    for _ in range(LOOKS_MOST):
        found = await gateway.poll(spec, task_id)
        if not isinstance(found, Again):
            break
    return found


async def made(gateway: Gateway, spec: ModelSpec, order: Order) -> tuple[Past, Ready]:
    """What came of an order, and what a next one needs to know of it. A window is answered with the order's own words."""
    taken = await gateway.submit(spec, order)
    assert isinstance(taken, Accepted), taken
    found = await ended(gateway, spec, taken.task_id)
    if isinstance(found, Parked):
        taken = await gateway.confirm(spec, order, taken.task_id)
        assert isinstance(taken, Accepted), taken
        found = await ended(gateway, spec, taken.task_id)
    assert isinstance(found, Ready), found
    return Past(order.prompt, task_id=taken.task_id), found


def button(ready: Ready, label: str) -> RemoteButton:
    return next(each for each in ready.buttons if each.label.endswith(label))


def pressed(past: Past, press: RemoteButton, prompt: str = "", *inputs: Part) -> Order:
    return Order("image", "midjourney", prompt, {}, inputs, past=(past,), action=press.action, press=press.id)


async def picture(gateway: Gateway, spec: ModelSpec, media: MemoryMedia, ready: Ready) -> bytes:
    key, _ = await gateway.fetch(spec, ready.artifacts[0])
    data = media.files[key]
    looked = sniff(data[:64])
    assert looked is not None
    assert looked.kind == "image"
    return data


async def test_every_button_of_a_picture_does_something(gateway: Gateway, spec: ModelSpec, media: MemoryMedia) -> None:
    past, grid = await made(gateway, spec, Order("image", spec.name, "a fox --ar 3:2", {"stylize": "250"}))
    await picture(gateway, spec, media, grid)
    assert [each.label for each in grid.buttons] == ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
    assert (await gateway.seed(spec, past.task_id)).isdigit()
    single_past, single = await made(gateway, spec, pressed(past, button(grid, "U2")))
    shown = await picture(gateway, spec, media, single)
    actions = {each.action: each for each in single.buttons}
    assert {"upscale", "variation", "zoom", "pan", "inpaint", "custom_zoom"} <= actions.keys()
    mask = Part("image", mime="image/png", role="mask", data=await _white(shown))
    for action, press in actions.items():
        words = {"inpaint": "a red hat", "custom_zoom": "a fox --zoom 1.5"}.get(action, "a fox")
        _, more = await made(gateway, spec, pressed(single_past, press, words, mask))
        await picture(gateway, spec, media, more)
    for label in ("🔄", "V3"):
        await made(gateway, spec, pressed(past, button(grid, label), "a fox"))


async def _white(shown: bytes) -> bytes:
    """A mask of the picture's size that repaints all of it."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(shown)) as opened:
        made = Image.new("L", opened.size, 255)
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


async def test_pictures_that_come_along(gateway: Gateway, spec: ModelSpec, media: MemoryMedia) -> None:
    _, grid = await made(gateway, spec, Order("image", spec.name, "a fox"))
    part = Part("image", mime="image/png", data=await picture(gateway, spec, media, grid))
    for options in ({}, {"use": "style"}, {"use": "character", "version": "6"}, {"use": "omni", "version": "7"}):
        await made(gateway, spec, Order("image", spec.name, "a fox", options, (part,)))
    blended = Order("image", spec.name, "", {"ratio": "2:3"}, (part, part), action="blend")
    await made(gateway, spec, blended)
    for language in ("en", "zh"):
        described = Order("image", spec.name, "", {"language": language}, (part,), action="describe")
        _, words = await made(gateway, spec, described)
        assert [artifact.kind for artifact in words.artifacts] == ["text"] * 4
        assert words.buttons == ()
        await made(gateway, spec, Order("image", spec.name, words.artifacts[0].text))


async def test_every_row_and_every_option(gateway: Gateway, catalog: Catalog) -> None:
    for name in ("midjourney", "niji", "midjourney-fast", "midjourney-relax", "midjourney-turbo"):
        spec = catalog.find(name)
        assert spec is not None
        wanted = {"chaos": "5", "weird": "10", "quality": "1", "negative": "hats, ties", "seed": "7", "tile": "on"}
        last = {option: spec.options[option].values[-1] for option in ("version", "niji") if option in spec.options}
        for options in (wanted, {"sref": "123", "sw": "50"}, last):
            await made(gateway, spec, Order("image", name, "a fox", options))


async def test_what_is_gone(gateway: Gateway, spec: ModelSpec) -> None:
    with pytest.raises(TaskExpired):
        await gateway.poll(spec, "1730621826053455")
    past, grid = await made(gateway, spec, Order("image", spec.name, "a fox"))
    with pytest.raises(SourceGone):
        await gateway.submit(spec, pressed(replace(past, task_id="1730621826053455"), grid.buttons[0]))


async def test_a_flag_that_slips_through_the_check_is_harmless(gateway: Gateway, spec: ModelSpec) -> None:
    outcome = await gateway.submit(spec, Order("image", spec.name, "a fox --video —fast"))
    assert isinstance(outcome, Accepted)
    assert not isinstance(await ended(gateway, spec, outcome.task_id), Broken)
