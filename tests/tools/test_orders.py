"""What orders by tools add to orders: one job for one call on both engines, inputs that are still being made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import pressing
from core.errors import NeedsInput
from core.orders import call_id
from core.ports import Store
from core.values import Access, JobState, Order, Part, Role
from tests.clocks import FakeClock
from tests.stores import ENGINES, open_test_store
from tests.tools.kit import BOSS, PEN, Kit

ORDER = Order("image", "pen", "a fox")


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with open_test_store(request.param, tmp_path, clock) as opened:
        yield opened


@pytest.mark.parametrize("role", [Role.MEMBER, Role.OWNER])
async def test_one_call_is_one_job_however_many_ask_at_once(kit: Kit, role: Role) -> None:
    access = await kit.meet(BOSS, role=role)
    place = kit.orders.place
    jobs = await asyncio.gather(*(place(access, "q", ORDER, turn_id="t1", number=2) for _ in range(6)))
    assert {job.id for job in jobs} == {call_id("t1", 2)}
    other = await place(access, "q", ORDER, turn_id="t1", number=3)
    await place(access, "q", ORDER, turn_id="t2", number=2)
    await place(access, "q", ORDER)
    assert [job.id for job in await kit.orders.of_turn("t1")] == [call_id("t1", 2), other.id]
    assert await kit.orders.of_turn("") == []
    assert (len(await kit.orders.mine(access)), await kit.holds()) == (4, 4)


async def test_an_order_carries_what_it_continues(kit: Kit, ann: Access) -> None:
    job = await kit.orders.place(ann, "q", replace(ORDER, continues="before"))
    assert job.continues == "before"
    assert (await pressing.retry(kit.orders, ann, job.id)).continues == "before"


async def test_an_input_may_be_a_job_that_is_under_way(kit: Kit, ann: Access) -> None:
    picture = Part("image", media="job:abc", name="job:abc")
    order, _, price = kit.orders.check("image", "brush", "bluer", {}, (picture,))
    job = await kit.orders.place(ann, "q", order, turn_id="t1")
    assert (job.inputs, job.quote, price) == ((picture,), PEN, PEN)
    assert (await pressing.retry(kit.orders, ann, job.id)).inputs == (picture,)


async def test_a_file_that_is_used_again_is_kept_for_another_day(kit: Kit, ann: Access, clock: FakeClock) -> None:
    part = await kit.picture()
    clock.advance(3600)
    await kit.orders.use_again(part, "edit")
    async with kit.store.read() as tx:
        assert await tx.media.expired(clock.now_ms() + 86_399_999, 9) == []
        assert await tx.media.expired(clock.now_ms() + 86_400_000, 9) == [part.media]
    await kit.media.delete([part.media])
    with pytest.raises(NeedsInput):
        await kit.orders.use_again(part, "edit")


async def test_two_presses_at_once_on_both_engines(kit: Kit) -> None:
    ann = await kit.meet(ask_above=0)
    turn = await kit.turn(ann)
    await kit.call(ann, turn, "draw_picture", prompt="a fox")
    (proposal,) = await kit.proposals(turn)
    results = await asyncio.gather(*(kit.toolbox.confirm(ann, proposal) for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) >= 1
    assert [job.state for job in await kit.jobs(turn)] == [JobState.QUEUED]
    assert await kit.holds() == 1
