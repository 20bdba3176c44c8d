"""Seedance by its standard route: the seven modes as recorded, what cannot be sent, orders that are refused in one form; and
what goes the unified way of Seedance's bargain route and of Grok."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from core.catalog import Catalog, ModelSpec
from core.errors import BadInput, BadOption, BadRequest, Moderated, NoLink, Unsure, WrongInput, WrongMix
from core.gateway.client import Gateway
from core.gateway.families import TASKS
from core.gateway.video import seedance
from core.gateway.wire import Accepted
from core.prices import quote
from core.values import Json, Order, Part, Past
from tests.gateway import films
from tests.gateway.conftest import Scripted

RECORDED = films.recorded("seedance", "sd2", "grok")
MODES = {"text", "image", "frames", "references", "omni", "edit", "extend"}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_as_recorded(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    case = films.read(path)
    await films.goes_out(case, gateway, scripted, catalog)
    await films.is_looked_at(case, gateway, scripted, catalog)
    await films.goes_wrong(case, gateway, scripted, catalog)


def test_every_mode_is_recorded(catalog: Catalog) -> None:
    assert {path.stem.removeprefix("seedance_") for path in films.recorded("seedance")} == MODES
    for name in ("seedance-2.0", "seedance-2.0-fast"):
        assert catalog.get(name, "video").modes == MODES


def test_it_costs_by_the_second_and_the_resolution(catalog: Catalog) -> None:
    spec = catalog.get("seedance-2.0", "video")
    assert quote(spec, {}) == 5 * 140_000
    assert quote(spec, {"resolution": "480p", "seconds": "15"}, "extend") == 15 * 65_000
    assert spec.price.estimated


# --- bodies --------------------


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("seedance-2.0", "video")


def with_extra(spec: ModelSpec, **extra: Json) -> ModelSpec:
    return replace(spec, extra={**spec.extra, **extra})


def picture(role: str = "") -> Part:
    return Part("image", mime="image/png", role=role, url="https://files.example/a.png")


def film(role: str = "reference") -> Part:
    return Part("video", mime="video/mp4", role=role, url="https://files.example/a.mp4")


def sound() -> Part:
    return Part("audio", mime="audio/mpeg", role="reference", url="https://files.example/a.mp3")


def order(*inputs: Part, action: str = "", **options: str) -> Order:
    return Order("video", "seedance-2.0", "a whale", options, inputs, action=action)


def body_of(spec: ModelSpec, ordered: Order) -> Json:
    return seedance.to_submit(ordered, spec).json


def test_a_name_without_resolution_gets_it_as_a_field(spec: ModelSpec) -> None:
    bare = replace(with_extra(spec, names={}), upstream="doubao-seedance-2-0-260128")
    body = body_of(bare, order(resolution="480p"))
    assert (body["model"], body["resolution"]) == ("doubao-seedance-2-0-260128", "480p")
    assert "resolution" not in body_of(spec, order(resolution="480p"))


def test_the_switches_of_a_row(spec: ModelSpec) -> None:
    other = with_extra(spec, nested_content=True, top_prompt=True)
    body = body_of(other, order(picture("first_frame"), picture("last_frame")))
    assert body["prompt"] == "a whale"
    assert body["content"][1:] == [
        {"type": "image_url", "image_url": {"url": "https://files.example/a.png"}, "role": role}
        for role in ("first_frame", "last_frame")
    ]


def test_files_without_a_role(spec: ModelSpec) -> None:
    def roles(spec: ModelSpec, *inputs: Part, action: str = "") -> list[str]:
        return [item["role"] for item in body_of(spec, order(*inputs, action=action))["content"][1:]]

    assert roles(spec, picture()) == ["image"]
    assert roles(spec, picture(), picture()) == ["reference_image"] * 2
    without = replace(spec, modes=spec.modes - {"references"})
    assert roles(without, picture(), picture()) == ["first_frame", "last_frame"]
    assert roles(spec, picture(), film("")) == ["reference_image", "reference_video"]
    assert roles(spec, film(""), picture(), action="edit") == ["reference_video", "reference_image"]


def test_the_film_that_is_meant_stands_before_what_it_is_changed_with(spec: ModelSpec) -> None:
    former = Past("before", task_id="task_1", results=(film(""),))
    own = Part("video", role="video", url="https://files.example/own.mp4")
    edit = replace(order(picture("reference"), action="edit"), past=(former,))
    links = [item["url"] for item in body_of(spec, edit)["content"][1:]]
    assert links == ["https://files.example/a.mp4", "https://files.example/a.png"]
    named = replace(edit, inputs=(own,))
    assert [item["url"] for item in body_of(spec, named)["content"][1:]] == ["https://files.example/own.mp4"]


def test_films_are_extended_in_the_order_of_their_story(spec: ModelSpec) -> None:
    parts = [replace(film("video"), url=f"https://files.example/{at}.mp4") for at in range(3)]
    content = body_of(spec, order(*parts, action="extend"))["content"]
    assert [item["url"] for item in content[1:]] == [part.url for part in parts]


def test_without_words_the_row_has_some(spec: ModelSpec) -> None:
    body = body_of(with_extra(spec, no_words="Move."), replace(order(picture()), prompt=" "))
    assert body["content"][0] == {"type": "text", "text": "Move."}


@pytest.mark.parametrize(
    ("inputs", "action", "expected"),
    [
        ([picture("last_frame")], "", WrongMix),
        ([picture("first_frame"), picture("first_frame")], "", WrongMix),
        ([picture("first_frame"), picture("reference")], "", WrongMix),
        ([picture("first_frame"), film()], "", WrongMix),
        ([film("first_frame")], "", WrongMix),
        ([sound()], "", WrongMix),
        ([picture("reference")] * 10, "", BadOption),
        ([film()] * 4, "", BadOption),
        ([film(), *[sound()] * 4], "", BadOption),
        ([Part("video", role="reference", mime="video/mp4", data=b"no link")], "", NoLink),
        ([Part("document", role="reference", url="https://files.example/a.pdf")], "", WrongInput),
        ([], "edit", WrongMix),
        ([picture("reference")], "extend", WrongMix),
        ([film("video")], "lip_sync", WrongMix),
        ([], "shots", WrongMix),
    ],
)
def test_what_cannot_be_sent(spec: ModelSpec, inputs: list[Part], action: str, expected: type[BadInput]) -> None:
    with pytest.raises(expected):
        seedance.to_submit(order(*inputs, action=action), spec)


# --- the other form --------------------

TAKEN = {"id": "task_1", "object": "video", "status": "queued"}
REFUSED = {"code": "invalid_request", "message": "content[1].image_url must be an object", "data": None}
UNPROMPTED = {"code": "invalid_request", "message": "prompt is required", "data": None}


def answers(scripted: Scripted, *replies: tuple[int, Json]) -> None:
    left = list(replies)

    async def handler(request: web.Request) -> web.StreamResponse:
        status, body = left.pop(0)
        if not status:
            assert request.transport is not None
            request.transport.close()
        return web.json_response(body, status=status or 200)

    scripted.handler = handler


def bodies(scripted: Scripted) -> list[Json]:
    return [json.loads(seen.body) for seen in scripted.seen]


async def test_links_that_are_refused_are_written_the_other_way(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, caplog: pytest.LogCaptureFixture
) -> None:
    answers(scripted, (400, REFUSED), (200, TAKEN))
    assert await gateway.submit(spec, order(picture())) == Accepted("task_1")
    flat, nested = bodies(scripted)
    assert flat["content"][1] == {"type": "image_url", "url": picture().url, "role": "image"}
    assert nested["content"][1] == {"type": "image_url", "image_url": {"url": picture().url}, "role": "image"}
    assert "its row should say so" in caplog.text
    scripted.seen.clear()
    answers(scripted, (400, REFUSED), (200, TAKEN))
    await gateway.submit(with_extra(spec, nested_content=True), order(picture()))
    assert bodies(scripted) == [nested, flat]


async def test_a_prompt_that_is_missed_is_said_above(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    answers(scripted, (400, UNPROMPTED), (200, TAKEN))
    assert await gateway.submit(spec, order()) == Accepted("task_1")
    first, second = bodies(scripted)
    assert second == {**first, "prompt": "a whale"}
    scripted.seen.clear()
    scripted.reply(400, UNPROMPTED)
    with pytest.raises(BadRequest):
        await gateway.submit(with_extra(spec, top_prompt=True), order())
    assert len(scripted.seen) == 1


async def test_what_is_refused_in_both_forms_is_refused(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    answers(scripted, (400, REFUSED), (400, {"code": "invalid_request", "message": "other words", "data": None}))
    with pytest.raises(BadRequest, match="must be an object"):
        await gateway.submit(spec, order(picture()))
    assert len(scripted.seen) == 2


async def test_the_second_order_may_be_unsure_too(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    answers(scripted, (400, REFUSED), (0, None))
    with pytest.raises(Unsure):
        await gateway.submit(spec, order(picture()))
    assert len(scripted.seen) == 2


@pytest.mark.parametrize("status", [400, 500])
async def test_what_is_not_the_forms_fault_is_sent_once(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, status: int
) -> None:
    scripted.reply(status, {"code": "fail_to_fetch_task", "message": "InputTextRisk: …", "data": None})
    with pytest.raises(Moderated):
        await gateway.submit(spec, order(picture()))
    assert len(scripted.seen) == 1


async def test_no_other_family_sends_a_refused_order_again(
    gateway: Gateway, scripted: Scripted, catalog: Catalog
) -> None:
    assert [name for name, family in TASKS.items() if hasattr(family, "to_other_form")] == ["seedance"]
    scripted.reply(400, REFUSED)
    with pytest.raises(BadRequest):
        await gateway.submit(catalog.get("kling-3.0", "video"), replace(order(picture()), model="kling-3.0"))
    assert len(scripted.seen) == 1
