"""Kling, Runway and Sora by tasks against the sandbox: every mode of every row is taken and made, whatever the channel reads
and answers, and what is refused is understood."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from PIL import Image

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox, serve
from core.catalog import ModelSpec, load_catalog
from core.errors import BadRequest, GatewayError, Moderated, TaskExpired, TaskFailed
from core.gateway.client import Gateway
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted
from core.values import Order, Part, Past
from tests.gateway.conftest import MemoryMedia, Open

HIDDEN = ("kling-identify-face", "kling-3.0-offpeak", "runway-gen4.5", "runway-gen4_turbo", "runway-gen4_aleph")
CATALOG = load_catalog({"models": {name: {"hidden": False} for name in HIDDEN}})
SORA = ("sora-2-4s", "sora-2-8s", "sora-2-12s")
ROWS = [spec for spec in CATALOG.visible("video") if spec.name.startswith(("kling", "gen", "runway", *SORA))]
MODES = [(spec.name, mode) for spec in ROWS for mode in sorted(spec.modes)]
OPTIONS = {
    "shots": {"seconds": "6", "shots": json.dumps([{"prompt": "a", "seconds": 2}, {"prompt": "b", "seconds": 4}])},
    "frames": {"resolution": "1080p"},
}
DOING = {"edit", "motion", "avatar", "lip_sync", "shots", "remix"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        for spec in ROWS:
            running.behaviour.models.setdefault(spec.upstream, "video")
        yield running


@pytest.fixture
async def gateway(sandbox: Sandbox, opened: Open) -> Gateway:
    return await opened(sandbox.base_url)


def picture(role: str, size: tuple[int, int] = (720, 1280)) -> Part:
    data = io.BytesIO()
    Image.new("RGB", size, "red").save(data, "JPEG")
    return Part("image", mime="image/jpeg", role=role, data=data.getvalue())


def voice() -> Part:
    return Part("audio", mime="audio/mpeg", role="voice", url="https://files.example/voice.mp3")


async def ended(gateway: Gateway, spec: ModelSpec, order: Order) -> Polled | Submitted:
    outcome: Submitted | Polled = await gateway.submit(spec, order)
    if not isinstance(outcome, Accepted):
        return outcome
    task_id = outcome.task_id
    for _ in range(5):
        try:
            outcome = await gateway.poll(spec, task_id)
        except TaskExpired:
            continue  # a fresh one of Runway's
        if not isinstance(outcome, Again):
            break
    return outcome


async def film(gateway: Gateway, role: str) -> Part:
    spec = CATALOG.get("kling-3.0", "video")
    ready = await ended(gateway, spec, Order("video", spec.name, "a street"))
    assert isinstance(ready, Ready)
    return Part("video", mime="video/mp4", role=role, url=ready.artifacts[0].url)


async def order_of(gateway: Gateway, spec: ModelSpec, mode: str) -> Order:
    first = picture("first_frame")
    inputs: dict[str, tuple[Part, ...]] = {
        "image": (first,),
        "frames": (first, picture("last_frame")),
        "references": (picture("reference"), picture("reference")),
        "avatar": (first, voice()),
    }
    if mode in {"omni", "edit", "motion", "lip_sync"}:
        inputs["omni"] = (picture("reference"), await film(gateway, "reference"))
        inputs["edit"] = (await film(gateway, "video"),)
        inputs["motion"] = (first, await film(gateway, "motion"))
        inputs["lip_sync"] = (await film(gateway, "video"), voice())
    options = {name: word for name, word in OPTIONS.get(mode, {}).items() if name in spec.options or name == "shots"}
    order = Order("video", spec.name, "a cat", options, inputs.get(mode, ()), action=mode if mode in DOING else "")
    if mode == "remix":
        former = await gateway.submit(spec, Order("video", spec.name, "a dog [done]"))
        assert isinstance(former, Ready)
        former_id = former.artifacts[0].content.split("/")[3]
        order = replace(order, past=(Past("a dog", task_id=former_id),))
    return order


@pytest.mark.parametrize(("model", "mode"), MODES)
async def test_every_mode_of_every_row(gateway: Gateway, media: MemoryMedia, model: str, mode: str) -> None:
    spec = CATALOG.get(model, "video")
    ready = await ended(gateway, spec, await order_of(gateway, spec, mode))
    assert isinstance(ready, Ready), ready
    key, _ = await gateway.fetch(spec, ready.artifacts[0])
    assert media.files[key][4:8] == b"ftyp"


def test_the_rows_are_all_there() -> None:
    assert {mode for _, mode in MODES} >= DOING | {"text", "image", "frames", "references", "omni"}
    assert {"gen4_turbo", "gen4_aleph", "sora-2-8s", "kling-2.6", "runway-gen4.5"} <= {name for name, _ in MODES}


@pytest.mark.parametrize(("form", "key"), [("object", "ext_info"), ("string", "ExtInfo"), ("object", "ExtInfo")])
async def test_a_channel_that_reads_the_extras_otherwise(
    gateway: Gateway, sandbox: Sandbox, form: str, key: str
) -> None:
    """It is a switch of the row."""
    sandbox.behaviour.films.ext_info, sandbox.behaviour.films.ext_info_key = form, key  # type: ignore[assignment]
    extra = {"ext_info_mode": form, "ext_info_field": f"metadata.{key}"}
    spec = load_catalog({"models": {"kling-avatar-720p": {"extra": extra}}}).get("kling-avatar-720p", "video")
    order = await order_of(gateway, spec, "avatar")
    assert isinstance(await ended(gateway, spec, order), Ready)
    with pytest.raises(BadRequest):
        await gateway.submit(CATALOG.get("kling-avatar-720p", "video"), order)


async def test_several_shots_where_words_must_stand_on_top(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.behaviour.films.shots_prompt = True
    spec = CATALOG.get("kling-3.0", "video")
    order = replace(await order_of(gateway, spec, "shots"), prompt="")
    assert isinstance(await ended(gateway, spec, order), Ready)


@pytest.mark.parametrize("form", ["vendor", "sibling", "wrapped"])
async def test_runway_in_every_form(gateway: Gateway, sandbox: Sandbox, media: MemoryMedia, form: str) -> None:
    sandbox.behaviour.films.runway = form  # type: ignore[assignment]
    spec = CATALOG.get("gen4_turbo", "video")
    order = await order_of(gateway, spec, "image")
    ready = await ended(gateway, spec, order)
    assert isinstance(ready, Ready)
    key, _ = await gateway.fetch(spec, ready.artifacts[0])
    assert media.files[key][4:8] == b"ftyp"
    broken = await ended(gateway, spec, replace(order, prompt="a cat [refuse]"))
    assert isinstance(broken, Broken)
    assert isinstance(broken.error, Moderated)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("[reason InvalidParameter.VoilationContent]", Moderated),
        ("[reason ContentModerationFailed]", Moderated),
        ("[reason ModelGenerateFailed]", TaskFailed),
        ("[refuse]", Moderated),
        ("[fail]", TaskFailed),
        ("[cancel]", TaskFailed),
    ],
)
@pytest.mark.parametrize("model", ["kling-3.0", "gen4_turbo"])
async def test_reasons(gateway: Gateway, model: str, told: str, expected: type[GatewayError]) -> None:
    spec = CATALOG.get(model, "video")
    broken = await ended(gateway, spec, Order("video", model, f"a cat {told}", {}, (picture("first_frame"),)))
    assert isinstance(broken, Broken)
    assert type(broken.error) is expected


@pytest.mark.parametrize("code", ["SAFETY.INPUT.TEXT", "INPUT_PREPROCESSING.SAFETY.TEXT"])
async def test_safety_of_runway(gateway: Gateway, code: str) -> None:
    spec = CATALOG.get("gen4_turbo", "video")
    order = Order("video", spec.name, f"a cat [reason {code}]", {}, (picture("first_frame"),))
    broken = await ended(gateway, spec, order)
    assert isinstance(broken, Broken)
    assert type(broken.error) is Moderated
