"""Runway's own form: as recorded, with its header everywhere, and what is refused before it is sent (gateway contract, videos
7.1)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.catalog import Catalog, load_catalog
from core.errors import BadInput, BadOption, EmptyPrompt, NeedsInput, PromptTooLong, TaskExpired, WrongInput, WrongMix
from core.gateway.client import Gateway
from core.gateway.video import runway
from core.gateway.wire import Again
from core.values import Order, Part
from tests.gateway import films
from tests.gateway.conftest import Scripted

RECORDED = films.recorded("runway")
TASK = "4665a07c-7641-4809-a133-10786201bb56"
PICTURE = Part("image", mime="image/jpeg", url="https://files.example/a.jpg")
FILM = Part("video", mime="video/mp4", url="https://files.example/a.mp4")
VOICE = Part("audio", mime="audio/mpeg", url="https://files.example/a.mp3")


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_order_goes_out(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    await films.goes_out(films.read(path), gateway, scripted, catalog)
    assert [seen.headers["x-runway-version"] for seen in scripted.seen] == ["2024-11-06"]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_task_is_looked_at(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    await films.is_looked_at(films.read(path), gateway, scripted, catalog)
    assert {seen.headers["x-runway-version"] for seen in scripted.seen} == {"2024-11-06"}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_error_is_understood(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    await films.goes_wrong(films.read(path), gateway, scripted, catalog)


async def test_a_fresh_task_that_is_not_known_yet(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    """TaskExpired: whoever polls forgives it a fresh task (core/polling.py)."""
    spec = catalog.get("gen4_turbo", "video")
    scripted.reply(400, {"code": "task_not_exist", "message": "task_not_exist", "data": None})
    with pytest.raises(TaskExpired):
        await gateway.poll(spec, TASK)
    scripted.reply(200, {"id": TASK, "status": "PENDING"})
    assert await gateway.poll(spec, TASK) == Again(-1, queued=True)


def test_the_version_is_the_rows(catalog: Catalog) -> None:
    spec = load_catalog({"models": {"gen4_turbo": {"extra": {"version": "2030-01-01"}}}}).get("gen4_turbo", "video")
    wire = runway.to_submit(Order("video", spec.name, "x", {}, (PICTURE,)), spec)
    assert wire.headers == runway.to_poll(TASK, spec).headers == {"X-Runway-Version": "2030-01-01"}
    assert runway.to_poll("../x", spec).path == "/runwayml/v1/tasks/..%2Fx"


@pytest.mark.parametrize(
    ("model", "order", "expected"),
    [
        ("gen4_turbo", Order("video", "", "x"), NeedsInput),
        ("gen4_turbo", Order("video", "", "x", {}, (FILM,)), WrongInput),
        ("gen4_turbo", Order("video", "", "x", {}, (PICTURE, PICTURE)), BadOption),
        ("gen4_turbo", Order("video", "", "x", {}, (VOICE,)), WrongInput),
        ("gen4_turbo", Order("video", "", "x", {}, (PICTURE,), action="edit"), WrongMix),
        ("gen4_turbo", Order("video", "", "x" * 1001, {}, (PICTURE,)), PromptTooLong),
        ("gen4_turbo", Order("video", "", "🦊" * 501, {}, (PICTURE,)), PromptTooLong),
        ("gen3a_turbo", Order("video", "", "x" * 513, {}, (PICTURE,)), PromptTooLong),
        ("gen4.5", Order("video", "", "  ", {}, (PICTURE,)), EmptyPrompt),
        ("gen4_aleph", Order("video", "", "", {}, (FILM,), action="edit"), EmptyPrompt),
        ("gen4_aleph", Order("video", "", "x", {}, (PICTURE,), action="edit"), WrongMix),
        ("gen4_aleph", Order("video", "", "x", {}, (PICTURE,)), WrongMix),
        ("gen4_aleph", Order("video", "", "x", {}, (FILM, PICTURE, PICTURE)), BadOption),
        ("gen4_aleph", Order("video", "", "x", {}, (FILM, FILM)), BadOption),
    ],
)
def test_what_is_refused(catalog: Catalog, model: str, order: Order, expected: type[BadInput]) -> None:
    with pytest.raises(expected):
        runway.to_submit(replace(order, model=model), catalog.get(model, "video"))


def test_the_longest_prompt(catalog: Catalog) -> None:
    spec = catalog.get("gen4_turbo", "video")
    for prompt in ("x" * 1000, "🦊" * 500, "\ud83e" * 1000):
        assert runway.to_submit(Order("video", spec.name, prompt, {}, (PICTURE,)), spec).json["promptText"] == prompt


def test_a_last_frame_alone_says_so(catalog: Catalog) -> None:
    spec = catalog.get("gen3a_turbo", "video")
    order = Order("video", spec.name, "x", {}, (replace(PICTURE, role="last_frame"),))
    assert runway.to_submit(order, spec).json["promptImage"] == [{"uri": PICTURE.url, "position": "last"}]


def test_the_unified_rows_are_shown_to_nobody(catalog: Catalog) -> None:
    hidden = ("runway-gen4.5", "runway-gen4_turbo", "runway-gen4_aleph")
    assert not set(hidden) & {spec.name for spec in catalog.visible("video")}
    assert all(catalog.find(name) for name in hidden)
