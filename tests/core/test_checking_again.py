"""A task that ran out of time is looked at once more when its person asks, and they are told what was found, once."""

from __future__ import annotations

import pytest

from core.checking_again import check_again
from core.errors import JobGone, Moderated, NotYours, TaskExpired, TaskFailed, UpstreamDown
from core.gateway.wire import Again, Broken, Ready
from core.jobs import ASKED, ASKED_FOR_MS, LATE_FOR_MS, LOOK, NEVER, NOTHING
from core.values import HOUSE, Access, Job, JobState
from tests.clocks import FakeClock
from tests.core.house import BOB, DM, FILM, House
from tests.core.journeys import ALL, FILE, LEASE_S, waiting

DAY_S = 86_400


async def given_up(house: House, ann: Access, clock: FakeClock, after_s: float = LATE_FOR_MS / 1000 + 1) -> Job:
    """Failed at its deadline, told, and not looked at any more by itself."""
    job = await waiting(house, ann)
    clock.advance((job.deadline_ms - clock.now_ms()) / 1000)
    await house.worker.step()
    clock.advance(after_s)
    await house.worker.step()
    job = await house.settled(job, JobState.FAILED)
    assert (job.error_key, job.told) == (TaskExpired.key, True)
    house.courier.told.clear()
    house.gateway.polled.clear()
    return job


async def test_a_film_that_is_there_after_all_is_free(house: House, ann: Access, clock: FakeClock) -> None:
    job = await given_up(house, ann, clock, 5 * DAY_S)
    assert job.due_ms == NEVER
    await check_again(house.store, clock, ann, job.id)
    house.gateway.polls.append(Ready((FILE,)))
    await house.worker.step()
    done = await house.settled(job, JobState.DONE)
    assert len(done.results) == 1
    assert house.courier.told == []
    assert (await house.left(ann.account_id), await house.left(HOUSE)) == (ALL, -FILM)
    await house.balanced(ann.account_id, HOUSE)


@pytest.mark.parametrize("found", [Again(), UpstreamDown("x"), TaskExpired("unknown"), Broken(TaskFailed("no"))])
async def test_a_look_that_finds_nothing_is_told_once_a_press(
    house: House, ann: Access, clock: FakeClock, found: Again | UpstreamDown | TaskExpired | Broken
) -> None:
    job = await given_up(house, ann, clock)
    for number in (1, 2):
        house.gateway.polls += [found]
        await check_again(house.store, clock, ann, job.id)
        await check_again(house.store, clock, ann, job.id)  # pressed twice
        for _ in range(5):
            await house.worker.step()
            clock.advance(700)
        assert len(house.gateway.polled) == number
        assert [told.error_params[ASKED] for told in house.courier.told] == [NOTHING] * number
    job = await house.job(job.id)
    assert (job.state, job.told, job.due_ms, job.error_key) == (JobState.FAILED, True, NEVER, TaskExpired.key)
    await house.balanced(ann.account_id, HOUSE)


async def test_within_the_first_hours_it_is_looked_at_by_itself_afterwards(
    house: House, ann: Access, clock: FakeClock
) -> None:
    job = await given_up(house, ann, clock, 601)
    assert job.due_ms > clock.now_ms()
    await check_again(house.store, clock, ann, job.id)
    await house.worker.step()
    assert len(house.courier.told) == 1
    house.gateway.polls.append(Ready((FILE,)))
    clock.advance(601)
    await house.worker.step()
    await house.settled(job, JobState.DONE)


async def test_a_press_during_a_look_is_answered_by_it(house: House, ann: Access, clock: FakeClock) -> None:
    job = await given_up(house, ann, clock, 601)
    house.gateway.on_poll = lambda: check_again(house.store, clock, ann, job.id)
    clock.advance(601)
    await house.worker.step()
    await house.worker.step()
    assert len(house.gateway.polled) == 1
    assert [told.error_params[ASKED] for told in house.courier.told] == [NOTHING]
    await house.settled(job, JobState.FAILED)


async def test_a_press_before_the_failure_was_told_is_not_lost(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    job = await house.put(job, state=JobState.FAILED, error_key=TaskExpired.key, told=False)
    await check_again(house.store, clock, ann, job.id)
    for _ in range(3):
        await house.worker.step()
        clock.advance(1)
    assert [told.error_params[ASKED] for told in house.courier.told] == [LOOK, NOTHING]


async def test_a_look_that_dies_is_made_again(house: House, ann: Access, clock: FakeClock) -> None:
    job = await given_up(house, ann, clock)
    await check_again(house.store, clock, ann, job.id)
    dead = house.another_worker("dead")
    assert [claimed.id for claimed in await dead._leases.claim((JobState.FAILED,), 5)] == [job.id]
    await house.worker.step()
    assert house.gateway.polled == []
    clock.advance(LEASE_S + 1)
    await house.worker.step()
    await house.worker.step()
    assert len(house.gateway.polled) == len(house.courier.told) == 1


async def test_only_ones_own_and_only_what_may_still_come(house: House, ann: Access, clock: FakeClock) -> None:
    job = await given_up(house, ann, clock)
    bob = await house.member(BOB, DM)
    with pytest.raises(NotYours):
        await check_again(house.store, clock, bob, job.id)
    for changes in (
        {"error_key": Moderated.key},
        {"task_id": ""},
        {"muted": True},
        {"state": JobState.CANCELLED},
        {"state": JobState.DONE},
    ):
        await house.put(await house.job(job.id), **changes)
        with pytest.raises(JobGone):
            await check_again(house.store, clock, ann, job.id)
        await house.put(await house.job(job.id), **{name: getattr(job, name) for name in changes})
    clock.advance(ASKED_FOR_MS / 1000)
    with pytest.raises(JobGone):
        await check_again(house.store, clock, ann, job.id)
    with pytest.raises(JobGone):
        await check_again(house.store, clock, ann, "nothing")
