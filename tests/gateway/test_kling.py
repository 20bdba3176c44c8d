"""Kling by the unified route: every scene as recorded, and what is refused before it is sent (gateway contract, videos 8)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.catalog import Catalog, ModelSpec, load_catalog
from core.errors import BadInput, BadOption, NoLink, WrongInput, WrongMix
from core.gateway.client import Gateway
from core.gateway.video import unified
from core.values import Json, Order, Part
from tests.gateway import films
from tests.gateway.conftest import Scripted

RECORDED = films.recorded("kling")
KLING = [spec for spec in load_catalog({}).visible("video") if spec.name.startswith("kling")]
PICTURE = Part("image", mime="image/jpeg", url="https://files.example/a.jpg")
FILM = Part("video", mime="video/mp4", url="https://files.example/a.mp4")
VOICE = Part("audio", mime="audio/mpeg", url="https://files.example/a.mp3")


def catalog_of(case: dict[str, Json]) -> Catalog:
    return load_catalog({"models": case.get("rows", {})})


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_order_goes_out(path: Path, gateway: Gateway, scripted: Scripted) -> None:
    case = films.read(path)
    await films.goes_out(case, gateway, scripted, catalog_of(case))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_task_is_looked_at(path: Path, gateway: Gateway, scripted: Scripted) -> None:
    case = films.read(path)
    await films.is_looked_at(case, gateway, scripted, catalog_of(case))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_error_is_understood(path: Path, gateway: Gateway, scripted: Scripted) -> None:
    case = films.read(path)
    await films.goes_wrong(case, gateway, scripted, catalog_of(case))


def test_every_scene_of_the_table_is_recorded() -> None:
    table = "text image references frames motion avatar lip_sync file_infos motion_file_infos shots".split()  # noqa: SIM905
    assert {path.stem.removeprefix("kling_") for path in RECORDED} >= set(table)


def refused(spec: ModelSpec, order: Order) -> BadInput:
    with pytest.raises(BadInput) as caught:
        unified.to_submit(order, spec)
    return caught.value


def order(spec: ModelSpec, *inputs: Part, action: str = "", **options: str) -> Order:
    return Order("video", spec.name, "a whale", options, inputs, action=action)


# --- files --------------------


@pytest.mark.parametrize(
    ("model", "action", "inputs", "able"),
    [
        ("kling-2.6", "motion", (PICTURE,), "yes"),
        ("kling-2.6", "motion", (FILM,), "yes"),
        ("kling-avatar-720p", "avatar", (PICTURE,), "yes"),
        ("kling-avatar-720p", "avatar", (VOICE,), "yes"),
        ("kling-3.0-omni", "edit", (PICTURE,), "yes"),
        ("kling-3.0", "edit", (), "no"),
        ("kling-3.0", "lip_sync", (), "no"),
        ("kling-2.1", "shots", (), "no"),
        ("kling-3.0", "dance", (), "no"),
        ("kling-3.0", "remix", (), "no"),
    ],
)
def test_what_a_row_does_not_do(catalog: Catalog, model: str, action: str, inputs: tuple[Part, ...], able: str) -> None:
    spec = catalog.get(model, "video")
    error = refused(spec, order(spec, *inputs, action=action))
    assert isinstance(error, WrongMix)
    assert (error.params["mode"], error.params["able"]) == (action, able)


def test_lip_sync_is_shown_when_an_operator_says_so(catalog: Catalog) -> None:
    shown = load_catalog({"models": {"kling-identify-face": {"hidden": False}}})
    for each, expected in ((catalog, False), (shown, True)):
        assert any("lip_sync" in spec.modes for spec in each.visible("video")) == expected


@pytest.mark.parametrize("model", [spec.name for spec in KLING if "image" in spec.modes])
@pytest.mark.parametrize("part", [replace(VOICE, role="voice"), replace(VOICE, role="reference"), VOICE])
def test_a_sound_is_for_avatars(catalog: Catalog, model: str, part: Part) -> None:
    spec = catalog.get(model, "video")
    assert isinstance(refused(spec, order(spec, part)), WrongInput)


def test_films_and_voices_go_by_link_alone(catalog: Catalog) -> None:
    motion, avatar = catalog.get("kling-2.6", "video"), catalog.get("kling-avatar-720p", "video")
    film, voice = replace(FILM, url="", data=b"film"), replace(VOICE, url="", data=b"voice")
    for spec, action, part in ((motion, "motion", film), (avatar, "avatar", voice)):
        error = refused(spec, order(spec, PICTURE, part, action=action))
        assert isinstance(error, NoLink)
        assert error.params["kind"] == part.kind


def test_too_many_files(catalog: Catalog) -> None:
    spec = catalog.get("kling-3.0-omni", "video")
    for inputs, most in (([PICTURE] * 4, "3"), ([FILM] * 2, "1")):
        error = refused(spec, order(spec, *(replace(part, role="reference") for part in inputs)))
        assert isinstance(error, BadOption)
        assert error.params == {"name": "files", "value": str(len(inputs)), "allowed": most}


# --- options --------------------


def test_what_cannot_be_chosen_together(catalog: Catalog) -> None:
    omni, older = catalog.get("kling-3.0-omni", "video"), catalog.get("kling-2.1", "video")
    ends = (replace(PICTURE, role="first_frame"), replace(PICTURE, role="last_frame"))
    film = replace(FILM, role="reference")
    for spec, told, name in (
        (omni, order(omni, film, sound="on"), "sound"),
        (omni, order(omni, film, seconds="11"), "seconds"),
        (older, order(older, *ends), "resolution"),
    ):
        error = refused(spec, told)
        assert isinstance(error, BadOption)
        assert error.params["name"] == name
        assert error.params["value"] not in str(error.params["allowed"]).split(", ")
    unified.to_submit(order(omni, sound="on", seconds="11"), omni)
    unified.to_submit(order(older, ends[0]), older)


def test_offpeak_films_are_for_operators() -> None:
    """They take up to a day."""
    for spec in KLING:
        if "text" in spec.modes:
            assert "offpeak" not in json.dumps(unified.to_submit(order(spec), spec).json)


# --- shots --------------------


def shots(*told: tuple[Json, Json]) -> str:
    return json.dumps([{"prompt": prompt, "seconds": seconds} for prompt, seconds in told])


@pytest.mark.parametrize(
    ("told", "seconds", "name"),
    [
        ("", "5", "shots"),
        ("no JSON", "5", "shots"),
        ("[" * 100_000, "5", "shots"),
        ("[]", "5", "shots"),
        ("{}", "5", "shots"),
        (shots(*[("x", 1)] * 7), "7", "shots"),
        (shots(("x", 2), ("y", 4)), "5", "seconds"),
        (shots(("x", 2), ("y", 2)), "5", "seconds"),
        (shots(("x", 5), ("y", 0)), "5", "seconds"),
        (shots(("x", 6), ("y", -1)), "5", "seconds"),
        (shots(("x", True), ("y", 4)), "5", "seconds"),
        (shots(("x", "5")), "5", "seconds"),
        (shots(("x", 2.5), ("y", 2.5)), "5", "seconds"),
        (shots(("", 5)), "5", "prompt"),
        (shots(("x" * 513, 5)), "5", "prompt"),
        (shots((None, 5)), "5", "prompt"),
        ("[5]", "5", "prompt"),
    ],
)
def test_shots_that_are_none(catalog: Catalog, told: str, seconds: str, name: str) -> None:
    spec = catalog.get("kling-3.0", "video")
    error = refused(spec, order(spec, action="shots", shots=told, seconds=seconds))
    assert isinstance(error, BadOption)
    assert error.params["name"] == name
    assert len(str(error.params["value"])) <= 60


def test_six_shots_from_a_picture(catalog: Catalog) -> None:
    spec = catalog.get("kling-3.0", "video")
    told = shots(*((f"shot {at} " + "鱼" * 500, 1) for at in range(6)))
    body = unified.to_submit(
        order(spec, replace(PICTURE, role="first_frame"), action="shots", shots=told, seconds="6"), spec
    ).json
    assert body["image"] == PICTURE.url
    assert body["prompt"] == "a whale"
    inner = json.loads(json.loads(body["metadata"]["ext_info"])["AdditionalParameters"])
    assert [shot["index"] for shot in inner["multi_prompt"]] == [1, 2, 3, 4, 5, 6]
    assert all(shot["duration"] == "1" and len(shot["prompt"]) == 507 for shot in inner["multi_prompt"])


# --- rows --------------------


def test_rows_are_not_changed_by_orders(catalog: Catalog) -> None:
    spec = catalog.get("kling-3.0", "video")
    before = json.dumps(spec.extra, default=dict)
    unified.to_submit(order(spec, action="shots", shots=shots(("x", 5))), spec)
    assert json.dumps(spec.extra, default=dict) == before


def test_what_is_made_of_a_clip_is_priced_by_its_length(catalog: Catalog) -> None:
    for spec in KLING:
        if spec.modes & {"motion", "avatar"}:
            seconds = spec.options["seconds"]
            assert spec.price.per_second and seconds.match("17") == "17" and seconds.match("301") is None
            assert spec.needs_input
