"""What an order's pictures become so that its wire takes them: no more bytes together than it says, in their own shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import FilesTooLarge
from core.plans import Plan, Rules
from core.values import HOUSE, Access, Artifact, Job, JobState, Part
from tests.core.buttons import last
from tests.core.house import House, PlainEyes

GEMINI, GPT = "gemini-3.1-flash-image-preview", "gpt-image-2"
MEGABYTE = 1_000_000
DAY_MS = 24 * 3_600_000


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=100, daily=5_000_000)}))


async def kept(house: House, data: bytes, size: int) -> Part:
    return replace(await house.orders.keep_input(data, "a.png", "image"), size=size)


async def sent(house: House, access: Access, model: str, *inputs: Part, **options: str) -> Job:
    order, _, _ = house.orders.check("image", model, "make it blue", options, inputs)
    job = await house.orders.place(access, "q", order)
    await house.worker._sending.step()
    return await house.job(job.id)


async def test_the_largest_are_made_smaller_until_all_fit(house: House, ann: Access) -> None:
    large, small, larger = [
        await kept(house, data, size)
        for data, size in ((b"one", 13 * MEGABYTE), (b"two", MEGABYTE), (b"three", 14 * MEGABYTE))
    ]
    job = await sent(house, ann, GEMINI, large, small, larger)
    first, second, third = last(house).inputs
    assert (second, first.mime, third.mime) == (small, "image/jpeg", "image/jpeg")
    assert [await house.media.read(part.media) for part in (first, third)] == [b"small one", b"small three"]
    assert (first.size, third.size) == (len(b"small one"), len(b"small three"))
    assert job.inputs == (large, small, larger)  # which are made smaller anew, should it be sent again
    async with house.store.read() as tx:
        swept = await tx.media.expired(house.clock.now_ms() + DAY_MS + 1, 10)
    assert {first.media, third.media} <= set(swept)


async def test_what_fits_is_not_touched(house: House, ann: Access) -> None:
    both = (await kept(house, b"one", 8 * MEGABYTE), await kept(house, b"two", 6 * MEGABYTE))
    await sent(house, ann, GEMINI, *both)
    assert last(house).inputs == both
    await sent(house, ann, GPT, *both, both[0])  # its wire has no such bound
    assert last(house).inputs == (*both, both[0])


async def test_what_cannot_be_made_smaller_is_refused_and_refunded(
    house: House, ann: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_way(self: PlainEyes, artifact: Artifact, max_bytes: int) -> Artifact | None:
        return None

    monkeypatch.setattr(PlainEyes, "smaller", no_way)
    job = await sent(house, ann, GEMINI, *[await kept(house, data, 8 * MEGABYTE) for data in (b"one", b"two")])
    assert (job.state, job.error_key) == (JobState.FAILED, FilesTooLarge.key)
    assert job.error_params == {"size": 16 * MEGABYTE, "limit": 14_250_000}
    assert house.gateway.submitted == []
    await house.balanced(ann.account_id, HOUSE)


async def test_a_size_in_pixels_has_the_shape_of_the_picture(house: House, ann: Access) -> None:
    """Else it would be paid for, and could not be said."""
    one = await kept(house, b"one", 3)
    await sent(house, ann, GPT, one, resolution="4k")
    assert last(house).options == {"resolution": "4k", "ratio": "1:1"}
    await sent(house, ann, GPT, one, resolution="4k", ratio="3:2")
    assert last(house).options == {"resolution": "4k", "ratio": "3:2"}
    await sent(house, ann, GPT, one)
    assert last(house).options == {}
