"""Orders that a busy gateway does not take: sent again after the pause it asks for, a few times in a row."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.errors import GatewayError, Moderated, NotTaken, RateLimited
from core.gateway.orders_stream import Heard
from core.gateway.wire import Accepted, Broken, News, Submitted
from core.limits import LIMITS
from core.specs import ModelSpec
from core.values import Access, Job, JobState, Order
from tests.clocks import FakeClock
from tests.core.house import FILM, House, ScriptedGateway
from tests.core.journeys import ALL, refunded

FULL = Broken(RateLimited("code 23", retry_after_s=30))


async def until_due(house: House, job: Job, clock: FakeClock) -> float:
    """Seconds that it waits."""
    queued = await house.settled(job, JobState.QUEUED)
    wait_s = (queued.due_ms - clock.now_ms()) / 1000
    clock.advance(wait_s)
    await house.worker.step()
    return wait_s


@pytest.mark.parametrize("told", [FULL, RateLimited("HTTP 429", retry_after_s=30)])
async def test_what_a_busy_gateway_does_not_take_is_sent_again(
    house: House, ann: Access, clock: FakeClock, told: Broken | RateLimited
) -> None:
    job = await house.place(ann)
    house.gateway.submits += [told, told]
    await house.worker.step()
    assert [await until_due(house, job, clock) for _ in range(2)] == [30, 30]
    taken = await house.settled(job, JobState.WAITING)
    assert (taken.task_id, taken.attempts, taken.error_key) == ("task3", 0, "")
    assert await house.left(ann.account_id) == ALL - FILM


async def test_a_gateway_that_stays_busy_is_told_and_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.place(ann)
    house.gateway.submits += [RateLimited("busy")] * 10
    await house.worker.step()
    assert [await until_due(house, job, clock) for _ in range(2)] == [2, 4]
    assert len(house.gateway.submitted) == LIMITS.busy_tries
    await refunded(house, ann, job, JobState.FAILED, RateLimited.key)


async def test_an_outage_before_does_not_count(house: House, ann: Access, clock: FakeClock) -> None:
    """Nor does one between: the tries are those in a row."""
    job = await house.place(ann)
    house.gateway.submits += [NotTaken("x"), NotTaken("x"), NotTaken("x"), FULL, FULL, NotTaken("x"), FULL, FULL]
    await house.worker.step()
    for _ in range(8):
        await until_due(house, job, clock)
    await house.settled(job, JobState.WAITING)


async def test_a_pause_does_not_outlast_the_deadline(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.place(ann)
    house.gateway.submits.append(RateLimited("busy", retry_after_s=1e9))
    await house.worker.step()
    assert (await house.settled(job, JobState.QUEUED)).due_ms == job.deadline_ms
    await until_due(house, job, clock)
    assert len(house.gateway.submitted) == 1
    await refunded(house, ann, job, JobState.FAILED, RateLimited.key)


async def test_what_was_cancelled_meanwhile_is_refunded_and_not_sent_again(
    house: House, ann: Access, clock: FakeClock
) -> None:
    job = await house.place(ann)
    house.gateway.submits.append(FULL)
    house.gateway.on_submit = lambda: house.orders.cancel(ann, job.id)
    await house.worker.step()
    await refunded(house, ann, job, JobState.CANCELLED, "")
    clock.advance(60)
    await house.worker.step()
    assert len(house.gateway.submitted) == 1


async def test_a_cancel_while_it_waits_leaves_no_reason_behind(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.place(ann)
    house.gateway.submits.append(FULL)
    await house.worker.step()
    assert await house.orders.cancel(ann, job.id) == "cancelled"
    assert (await house.settled(job, JobState.CANCELLED)).error_key == ""
    assert await house.left(ann.account_id) == ALL


class Named(ScriptedGateway):
    """Says what it calls the order before it breaks off."""

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        await heard(News(10, "task_7"))
        return await super().submit(spec, order, heard)


async def test_what_had_begun_is_not_begun_again(make_house: Callable[..., House]) -> None:
    house = make_house(gateway=Named())
    ann = await house.member()
    job = await house.place(ann)
    house.gateway.submits += [FULL, Accepted("x")]
    await house.worker.step()
    assert len(house.gateway.submitted) == 1
    await refunded(house, ann, job, JobState.FAILED, RateLimited.key)


def kinds(of: type[GatewayError]) -> list[type[GatewayError]]:
    return [of, *(each for kind in of.__subclasses__() for each in kinds(kind))]


@pytest.mark.parametrize("kind", kinds(Moderated))
@pytest.mark.parametrize("told", ["refused", "ended", "looked"])
async def test_what_the_rules_forbid_is_sent_once_and_refunded(
    house: House, ann: Access, clock: FakeClock, kind: type[GatewayError], told: str
) -> None:
    """Whether the order is refused, is taken and has failed already, or fails when it is looked at."""
    job = await house.place(ann)
    if told == "looked":
        house.gateway.polls.append(Broken(kind("no")))
    else:
        house.gateway.submits.append(kind("no") if told == "refused" else Broken(kind("no")))
    for _ in range(60):
        await house.worker.step()
        clock.advance(3_600)
    assert len(house.gateway.submitted) == 1
    assert len(house.gateway.polled) == (told == "looked")
    await refunded(house, ann, job, JobState.FAILED, kind.key)
