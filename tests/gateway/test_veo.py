"""Veo: JSON for words, forms for pictures, its state at one address and its film at another."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.catalog import Catalog, ModelSpec
from core.errors import BadInput, BadOption, WrongInput, WrongMix
from core.gateway.client import Gateway
from core.gateway.video import veo
from core.values import Json, Order, Part
from tests.gateway import films
from tests.gateway.conftest import Scripted

PNG = b"\x89PNG picture"


@pytest.mark.parametrize("path", films.recorded("veo"), ids=lambda path: path.stem)
async def test_as_recorded(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    case = films.read(path)
    await films.goes_out(case, gateway, scripted, catalog)
    await films.is_looked_at(case, gateway, scripted, catalog)
    await films.goes_wrong(case, gateway, scripted, catalog)


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("veo-3.1-generate-preview", "video")


def picture(role: str = "", kind: str = "image") -> Part:
    return Part(kind, mime="image/png", role=role, data=PNG)  # type: ignore[arg-type]


def order(*inputs: Part, action: str = "", **options: str) -> Order:
    return Order("video", "veo-3.1-generate-preview", "a whale", options, inputs, action=action)


def test_a_row_of_one_length_says_only_the_shape(catalog: Catalog) -> None:
    lite = catalog.get("veo3.1-lite", "video")
    assert veo.to_submit(order(ratio="9:16"), lite).json == {
        "model": "veo3.1-lite",
        "prompt": "a whale",
        "size": "720x1280",
        "metadata": {"aspectRatio": "9:16"},
    }


def test_pictures_without_a_role(spec: ModelSpec, catalog: Catalog) -> None:
    def fields(spec: ModelSpec, *inputs: Part) -> list[str]:
        return [file.name for file in veo.to_submit(order(*inputs), spec).files]

    assert fields(spec, picture()) == ["input_reference"]
    assert fields(spec, picture(), picture()) == ["reference_image"] * 2
    assert fields(catalog.get("veo3.1-lite", "video"), picture(), picture()) == ["input_reference", "last_frame"]


def test_without_words_the_row_has_some(spec: ModelSpec) -> None:
    wire = veo.to_submit(Order("video", spec.name, " ", {}, (picture(),)), spec)
    assert dict(wire.form)["prompt"] == spec.extra["no_words"]


@pytest.mark.parametrize("resolution", ["720p", "1080p", "4k"])
@pytest.mark.parametrize("seconds", ["4", "6", "8"])
def test_only_short_plain_films_are_shorter(spec: ModelSpec, resolution: str, seconds: str) -> None:
    """It would be priced as what was asked for, so it is refused in place of being made longer."""
    plain = order(resolution=resolution, seconds=seconds)
    if resolution == "720p" or seconds == "8":
        assert veo.to_submit(plain, spec).json["duration"] == int(seconds)
    else:
        with pytest.raises(BadOption) as caught:
            veo.to_submit(plain, spec)
        assert caught.value.params == {"name": "seconds", "value": seconds, "allowed": "8"}


@pytest.mark.parametrize(
    ("inputs", "options", "expected"),
    [
        ([picture("first_frame"), picture("last_frame")], {"seconds": "4"}, BadOption),
        ([picture("reference")], {"seconds": "6"}, BadOption),
        ([picture("last_frame")], {}, WrongMix),
        ([picture("first_frame"), picture("reference")], {}, WrongMix),
        ([picture("motion")], {}, WrongInput),
        ([picture("reference", "video")], {}, WrongInput),
        ([Part("image", role="first_frame", url="https://files.example/a.png")], {}, WrongInput),
    ],
)
def test_what_cannot_be_sent(
    spec: ModelSpec, inputs: list[Part], options: dict[str, Json], expected: type[BadInput]
) -> None:
    with pytest.raises(expected):
        veo.to_submit(order(*inputs, **options), spec)


def test_it_changes_no_films(spec: ModelSpec) -> None:
    with pytest.raises(WrongMix):
        veo.to_submit(order(action="edit"), spec)
