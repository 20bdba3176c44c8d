"""Looks of one moment go together; what happens to one of them happens to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from core.catalog import Catalog, ModelSpec
from core.errors import BadRequest, GatewayError, NoResult, RateLimited, TaskExpired, UpstreamDown
from core.gateway.looks import MANY, NO_LISTS_MS, Looks
from core.gateway.wire import Again, Polled
from tests.clocks import FakeClock

WHERE = "/mj/task/list-by-condition"


class Asked:
    """Tasks and the requests for them; one whose id is no number is unknown."""

    def __init__(self) -> None:
        self.ones: list[str] = []
        self.manys: list[list[str]] = []
        self.error: Exception | None = None
        self.hangs = False
        self.began = asyncio.Event()
        self.missing: set[str] = set()
        self.clock = FakeClock()
        self.looks = Looks(self.one, self.many, self.clock)

    async def one(self, spec: ModelSpec, task_id: str) -> Polled:
        self.ones.append(task_id)
        await asyncio.sleep(0)
        return self.told(task_id)

    async def many(self, spec: ModelSpec, task_ids: Sequence[str]) -> Mapping[str, Polled]:
        self.manys.append(list(task_ids))
        self.began.set()
        await asyncio.sleep(3600 if self.hangs else 0)
        if self.error:
            raise self.error
        return {task_id: self.told(task_id) for task_id in reversed(task_ids) if task_id not in self.missing}

    def told(self, task_id: str) -> Polled:
        if not task_id.isdigit():
            raise TaskExpired(task_id)
        return Again(int(task_id) % 100)


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("midjourney", "image")


async def look(asked: Asked, spec: ModelSpec, *task_ids: str) -> list[Polled | BaseException]:
    waiting = (asked.looks.look(spec, task_id, WHERE) for task_id in task_ids)
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_many_are_one_request(asked: Asked, spec: ModelSpec) -> None:
    assert await look(asked, spec, "1", "2", "3", "4") == [Again(1), Again(2), Again(3), Again(4)]
    assert (asked.manys, asked.ones) == ([["1", "2", "3", "4"]], [])
    assert await look(asked, spec, "5", "6", "7") == [Again(5), Again(6), Again(7)]
    assert len(asked.manys) == 2


async def test_two_are_asked_for_one_by_one(asked: Asked, spec: ModelSpec) -> None:
    assert await look(asked, spec, "1", "2") == [Again(1), Again(2)]
    assert (asked.manys, asked.ones) == ([], ["1", "2"])


async def test_a_request_is_bounded(asked: Asked, spec: ModelSpec) -> None:
    ids = [str(number) for number in range(2 * MANY + 5)]
    assert await look(asked, spec, *ids) == [Again(int(task_id) % 100) for task_id in ids]
    assert [len(request) for request in asked.manys] == [MANY, MANY, 5]


async def test_the_same_task_twice_is_asked_for_once(asked: Asked, spec: ModelSpec) -> None:
    assert await look(asked, spec, "1", "1", "1") == [Again(1)] * 3
    assert asked.ones == ["1"]


async def test_other_addresses_are_other_requests(asked: Asked, spec: ModelSpec) -> None:
    waiting = [
        asked.looks.look(spec, str(number), where) for where in (WHERE, f"/mj-fast{WHERE}") for number in range(3)
    ]
    await asyncio.gather(*waiting)
    assert asked.manys == [["0", "1", "2"], ["0", "1", "2"]]


async def test_what_the_list_leaves_out_is_asked_for_by_itself(asked: Asked, spec: ModelSpec) -> None:
    asked.missing = {"2", "gone"}
    first, second, third, gone = await look(asked, spec, "1", "2", "3", "gone")
    assert (first, second, third) == (Again(1), Again(2), Again(3))
    assert isinstance(gone, TaskExpired)
    assert asked.ones == ["2", "gone"]


@pytest.mark.parametrize("error", [UpstreamDown("down"), RateLimited("busy", retry_after_s=9), ValueError("a bug")])
async def test_an_error_goes_to_all_who_wait(asked: Asked, spec: ModelSpec, error: Exception) -> None:
    asked.error = error
    raised = await look(asked, spec, "1", "2", "3")
    assert [type(each) for each in raised] == [type(error)] * 3
    if isinstance(error, GatewayError):
        assert len({id(each) for each in raised}) == 3
    if isinstance(error, RateLimited):
        assert [each.retry_after_s for each in raised if isinstance(each, RateLimited)] == [9, 9, 9]
    asked.error = None
    assert await look(asked, spec, "1", "2", "3") == [Again(1), Again(2), Again(3)]


@pytest.mark.parametrize("error", [BadRequest("HTTP 400"), NoResult("HTTP 404")])
async def test_a_gateway_without_lists_is_asked_one_by_one(asked: Asked, spec: ModelSpec, error: Exception) -> None:
    asked.error = error
    assert await look(asked, spec, "1", "2", "3") == [Again(1), Again(2), Again(3)]
    assert asked.ones == ["1", "2", "3"]


@pytest.mark.parametrize("error", [BadRequest("HTTP 501"), NoResult("HTTP 404")])
async def test_a_gateway_without_lists_is_not_asked_for_one_at_every_tick(
    asked: Asked, spec: ModelSpec, error: Exception
) -> None:
    asked.error = error
    for _ in range(3):
        assert await look(asked, spec, "1", "2", "3") == [Again(1), Again(2), Again(3)]
    assert (len(asked.manys), len(asked.ones)) == (1, 9)
    asked.error = None
    elsewhere = (asked.looks.look(spec, task_id, f"/mj-fast{WHERE}") for task_id in ("1", "2", "3"))
    await asyncio.gather(*elsewhere)
    assert len(asked.manys) == 2  # another address is another gateway's business
    await asked.clock.sleep(NO_LISTS_MS / 1000 + 1)
    await look(asked, spec, "1", "2", "3")
    assert len(asked.manys) == 3


async def test_lists_that_fail_again_and_again_are_done_without(asked: Asked, spec: ModelSpec) -> None:
    asked.error = UpstreamDown("HTML")
    for _ in range(2):
        with pytest.raises(UpstreamDown):
            await asyncio.gather(*(asked.looks.look(spec, str(number), WHERE) for number in range(4)))
    found = await asyncio.gather(*(asked.looks.look(spec, str(number), WHERE) for number in range(4)))
    assert [each.progress for each in found if isinstance(each, Again)] == [0, 1, 2, 3]
    assert len(asked.manys) == 2


@pytest.mark.parametrize("after", [0, 1, 2, 3])
async def test_who_gives_up_takes_nobody_along(asked: Asked, spec: ModelSpec, after: int) -> None:
    waiting = [asyncio.create_task(asked.looks.look(spec, str(number), WHERE)) for number in range(4)]
    for _ in range(after):
        await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[2].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert (found[1], found[3]) == (Again(1), Again(3))
    assert await look(asked, spec, "7") == [Again(7)]


async def test_closing_lets_nobody_wait(asked: Asked, spec: ModelSpec) -> None:
    asked.hangs = True
    waiting = asyncio.gather(*(asked.looks.look(spec, str(n), WHERE) for n in range(3)), return_exceptions=True)
    await asked.began.wait()
    await asked.looks.close()
    assert {type(each) for each in await waiting} == {UpstreamDown}
