"""Orders about a part of a picture: the mask that is made of a region or a drawing, for each kind of wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import BadOption, BotError, NeedsInput, UnclearShape
from core.masks import region_of
from core.plans import Plan, Rules
from core.values import HOUSE, Access, Artifact, JobState, Part
from tests.core.buttons import last
from tests.core.house import House

DAILY = 5_000_000
GPT, GEMINI = "gpt-image-2", "gemini-3.1-flash-image-preview"


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)}))


async def kept(house: House, data: bytes, role: str = "") -> Part:
    return replace(await house.orders.keep_input(data, "a.png", "image"), role=role)


async def sent(house: House, access: Access, model: str, only: str, *inputs: Part) -> JobState:
    options = {"only": only} if only else {}
    order, _, _ = house.orders.check("image", model, "make it blue", options, inputs)
    job = await house.orders.place(access, "q", order)
    await house.worker._sending.step()
    return (await house.job(job.id)).state


@pytest.mark.parametrize("only", ["left", "right", "top", "bottom", "centre"])
async def test_a_region_of_the_first_picture(house: House, ann: Access, only: str) -> None:
    """Transparent is what changes, and the mask comes last."""
    first, second = await kept(house, b"one"), await kept(house, b"two")
    assert await sent(house, ann, GPT, only, first, second) is JobState.WAITING
    *pictures, mask = last(house).inputs
    assert pictures == [first, second]
    assert (mask.role, mask.kind, mask.mime) == ("mask", "image", "image/png")
    assert await house.media.read(mask.media) == f"transparent {only} one".encode()
    assert mask.size == len(f"transparent {only} one")
    assert house.gateway.wires == ["images_multipart"]


async def test_a_drawn_shape_is_no_picture_of_the_order(house: House, ann: Access) -> None:
    drawn = await kept(house, b"circle", "shape")
    one = await kept(house, b"one")
    for inputs, only in (((drawn, one), "shape"), ((one, drawn), "")):
        await sent(house, ann, GPT, only, *inputs)
        *pictures, mask = last(house).inputs
        assert pictures == [one]
        assert await house.media.read(mask.media) == b"transparent shape one circle"


async def test_a_wire_without_masks_has_words_only(house: House, ann: Access) -> None:
    one = await kept(house, b"one")
    await sent(house, ann, GEMINI, "left", one)
    assert last(house).inputs == (one,)
    assert last(house).options == {"only": "left"}


async def test_a_background_is_for_words(house: House, ann: Access) -> None:
    """Nobody knows where the subject is."""
    one = await kept(house, b"one")
    await sent(house, ann, GPT, "background", one)
    assert last(house).inputs == (one,)


async def test_a_region_without_a_picture_is_refused_before_anything_is_offered(house: House) -> None:
    for options, command in (({"only": "left"}, "edit"), ({"only": "shape"}, "edit")):
        with pytest.raises(NeedsInput) as caught:
            house.orders.check("image", GPT, "make it blue", options)
        assert caught.value.params == {"command": command}
    one = await kept(house, b"one")
    with pytest.raises(NeedsInput) as caught:
        house.orders.check("image", GPT, "make it blue", {"only": "shape"}, (one,))
    assert caught.value.params == {"command": "shape"}
    order, _, _ = house.orders.check("image", GEMINI, "bluer", {"only": "left"}, continues="job")
    assert (order.options, order.continues) == ({"only": "left"}, "job")


async def test_without_a_region_there_is_no_mask(house: House, ann: Access) -> None:
    one = await kept(house, b"one")
    await sent(house, ann, GPT, "", one)
    assert last(house).inputs == (one,)


async def test_an_unclear_drawing_costs_nothing(house: House, ann: Access) -> None:
    drawn = await kept(house, b"scribble", "shape")
    order, _, _ = house.orders.check("image", GPT, "blue", {"only": "shape"}, (await kept(house, b"one"), drawn))
    with pytest.raises(UnclearShape):
        await house.orders.place(ann, "q", order)
    assert await house.orders.mine(ann) == []
    await house.balanced(ann.account_id, HOUSE)


async def test_a_swept_picture_is_told_and_refunded(house: House, ann: Access) -> None:
    one = await kept(house, b"one")
    order, _, _ = house.orders.check("image", GPT, "blue", {"only": "left"}, (one,))
    job = await house.orders.place(ann, "q", order)
    await house.media.delete([one.media])
    await house.worker.step()
    assert (await house.settled(job, JobState.FAILED)).error_key == NeedsInput.key
    assert await house.left(ann.account_id) == DAILY


@pytest.mark.parametrize(
    ("only", "roles", "error"),
    [
        ("left", [], NeedsInput),
        ("shape", [""], NeedsInput),
        ("shape", ["shape"], NeedsInput),
        ("everything", [""], BadOption),
        ("shape", ["", "shape", "shape"], BadOption),
    ],
)
async def test_what_a_region_needs_is_asked_for_before_anything_is_paid(
    house: House, ann: Access, only: str, roles: list[str], error: type[BotError]
) -> None:
    inputs = tuple([await kept(house, f"p{at}".encode(), role) for at, role in enumerate(roles)])
    with pytest.raises(error):
        await sent(house, ann, GPT, only, *inputs)
    assert await house.orders.mine(ann) == []


async def test_the_drawing_does_not_count_to_the_pictures(house: House, ann: Access) -> None:
    most = house.catalog.get(GPT, "image").max_inputs
    pictures = [await kept(house, f"p{at}".encode()) for at in range(most)]
    drawn = await kept(house, b"circle", "shape")
    assert await sent(house, ann, GPT, "shape", *pictures, drawn) is JobState.WAITING
    assert len(last(house).inputs) == most + 1
    with pytest.raises(BadOption):
        await sent(house, ann, GPT, "", *pictures, await kept(house, b"more"))


def test_what_a_mask_can_say() -> None:
    shape = Part("image", media="x", role="shape")
    assert region_of({"only": "Centre"}, ()) == "centre"
    assert region_of({"only": "background"}, ()) == ""
    assert region_of({}, (shape,)) == "shape"
    assert region_of({"only": "left"}, (shape,)) == "left"
    assert region_of({}, (replace(shape, role=""),)) == ""


async def test_a_picture_keeps_its_shape_where_the_row_would_choose_one(
    house: House, ann: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tall(key: str, declared: str) -> Artifact:
        return Artifact("image", media=key, mime="image/png", width=900, height=1_600, size=3)

    one = await kept(house, b"one")
    monkeypatch.setattr(house.orders._renditions, "inspect", tall)
    for model, ratio in (("seedream-5.0", "9:16"), (GPT, ""), (GEMINI, "")):
        await sent(house, ann, model, "", one)
        assert last(house).options.get("ratio", "") == ratio
    order, _, _ = house.orders.check("image", "seedream-5.0", "make it blue", {"ratio": "21:9"}, (one,))
    await house.orders.place(ann, "q", order)
    await house.worker._sending.step()
    assert last(house).options["ratio"] == "21:9"
