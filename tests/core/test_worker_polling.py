"""Looking at tasks: failures, deadlines, late results, and jobs that were cancelled after sending."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.errors import (
    BadKey,
    NoResult,
    NotPublic,
    TaskExpired,
    TaskFailed,
    UpstreamDown,
)
from core.gateway.wire import Again, Broken, Ready
from core.jobs import LATE_FOR_MS, NEVER
from core.values import HOUSE, Access, Artifact, Job, JobState
from tests.clocks import FakeClock
from tests.core.house import FILM, PEN, House, ScriptedCourier
from tests.core.journeys import ALL, FILE, LEASE_S, refunded, waiting

Make = Callable[..., House]


# --- polling --------------------


async def test_a_task_that_fails_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls.append(Broken(TaskFailed("no")))
    clock.advance(11)
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, TaskFailed.key)


async def test_looks_that_fail_say_nothing_about_the_task(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls += [UpstreamDown("x"), BadKey("x"), RuntimeError("bug"), Ready((FILE,))]
    for _ in range(20):
        clock.advance(5)
        await house.worker.step()
    await house.settled(job, JobState.DONE)


async def test_a_fresh_task_may_not_be_known_yet(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls += [TaskExpired("task_not_exist"), TaskExpired("task_not_exist"), Ready((FILE,))]
    for _ in range(8):
        clock.advance(5)
        await house.worker.step()
    await house.settled(job, JobState.DONE)


async def test_a_task_that_stays_unknown_is_given_up(house: House, ann: Access, clock: FakeClock) -> None:
    """Not after its whole deadline."""
    job = await waiting(house, ann)
    house.gateway.polls += [TaskExpired("task_not_exist")] * 50
    for _ in range(12):
        clock.advance(11)
        await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, TaskExpired.key)


async def test_a_download_that_fails_is_tried_again(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls += [Ready((FILE,))] * 3
    house.gateway.fetches += [UpstreamDown("x"), OSError("no space left")]
    for _ in range(10):
        clock.advance(11)
        await house.worker.step()
    await house.settled(job, JobState.DONE)
    assert await house.left(ann.account_id) == ALL - FILM


@pytest.mark.parametrize("fetches", [[NoResult("gone")], [UpstreamDown("x")] * 100])
async def test_a_result_that_cannot_be_had_is_refunded(
    house: House, ann: Access, clock: FakeClock, fetches: list[BaseException]
) -> None:
    job = await waiting(house, ann)
    house.gateway.polls += [Ready((FILE,))] * 100
    house.gateway.fetches += fetches
    for _ in range(40):
        clock.advance(11)
        await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, NoResult.key)


async def test_a_link_that_is_not_public_ends_it_at_once(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls += [Ready((FILE,))] * 100
    house.gateway.fetches += [NotPublic("local", host="localhost:8000")] * 100
    clock.advance(11)
    await house.worker.step()
    assert len(house.gateway.fetched) == 1
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, NotPublic.key)


async def test_a_finished_task_without_a_result_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls.append(Ready(()))
    clock.advance(11)
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, NoResult.key)


async def expired(house: House, ann: Access, clock: FakeClock) -> Job:
    job = await waiting(house, ann)
    polls = 0
    while (await house.job(job.id)).state is JobState.WAITING:
        clock.advance(max(0.0, ((await house.job(job.id)).due_ms - clock.now_ms()) / 1000))
        await house.worker.step()
        polls += 1
    assert clock.now_ms() == job.deadline_ms
    assert 60 < polls < 120  # half an hour at its pace
    await refunded(house, ann, job, JobState.FAILED, TaskExpired.key)
    return await house.job(job.id)


async def test_at_the_deadline_it_is_refunded_and_a_late_result_is_a_present(
    house: House, ann: Access, clock: FakeClock
) -> None:
    job = await expired(house, ann, clock)
    house.gateway.polls += [Again(), UpstreamDown("x"), Ready((FILE,))]
    for _ in range(3):
        assert house.courier.delivered == []
        clock.advance(600)
        await house.worker.step()
    done = await house.settled(job, JobState.DONE)
    assert (done.error_key, len(done.results)) == ("", 1)
    assert (await house.left(ann.account_id), await house.left(HOUSE)) == (ALL, -FILM)
    assert (await house.purse.stats()).spent == FILM
    await house.balanced(ann.account_id, HOUSE)


@pytest.mark.parametrize("end", [Broken(TaskFailed("no")), None])
async def test_after_some_hours_or_a_failure_nobody_looks_any_more(
    house: House, ann: Access, clock: FakeClock, end: Broken | None
) -> None:
    job = await expired(house, ann, clock)
    house.gateway.polled.clear()
    house.gateway.polls += [end] if end else []
    while (await house.job(job.id)).due_ms != NEVER:
        clock.advance(600)
        await house.worker.step()
        assert clock.now_ms() < job.deadline_ms + LATE_FOR_MS + 700_000
    looks = len(house.gateway.polled)
    assert looks == 1 if end else 30 < looks < 40
    assert len(house.courier.told) == 1


async def test_an_expired_job_of_another_platform_waits_to_be_told(house: House, ann: Access, clock: FakeClock) -> None:
    blind = house.another_worker("blind", ScriptedCourier(platforms=frozenset()))
    job = await house.place(ann)
    await house.put(job, state=JobState.FAILED, error_key=TaskExpired.key, task_id="t", told=False)
    await blind.step()
    assert house.gateway.polled == []
    clock.advance(61)
    await house.worker.step()
    assert [told.id for told in house.courier.told] == [job.id]


# --- muted --------------------


async def test_a_muted_job_with_a_result_is_paid_and_not_delivered(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    await house.orders.cancel(ann, job.id)
    house.gateway.polls.append(Ready((FILE,)))
    clock.advance(11)
    await house.worker.step()
    await house.settled(job, JobState.CANCELLED)
    assert (house.courier.delivered, house.courier.told) == ([], [])
    assert await house.left(ann.account_id) == ALL - FILM
    await house.balanced(ann.account_id)


async def test_a_muted_job_that_fails_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    await house.orders.cancel(ann, job.id)
    house.gateway.polls.append(Broken(TaskFailed("no")))
    clock.advance(11)
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, TaskFailed.key)


async def test_a_cancel_while_a_blocking_call_runs_mutes_its_result(house: House, ann: Access) -> None:
    job = await house.place(ann, "image")
    house.gateway.submits.append(Ready((Artifact("image", data=b"one"),)))
    house.gateway.on_submit = lambda: house.orders.cancel(ann, job.id)
    await house.worker.step()
    await house.settled(job, JobState.CANCELLED)
    assert house.courier.delivered == []
    assert await house.left(ann.account_id) == ALL - PEN


async def test_a_cancel_while_the_task_is_looked_at_is_kept(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.on_poll = lambda: house.orders.cancel(ann, job.id)
    house.gateway.polls.append(Again(progress=70))
    clock.advance(11)
    await house.worker.step()
    found = await house.settled(job, JobState.WAITING)
    assert (found.muted, found.progress, found.owner) == (True, 70, "")
    assert abs(found.due_ms - clock.now_ms() - 10_000) <= 1_000


async def test_a_look_that_came_back_after_the_lease_changes_nothing(
    house: House, ann: Access, clock: FakeClock
) -> None:
    job = await waiting(house, ann)
    other = house.another_worker("worker-2")
    house.gateway.polls += [Broken(TaskFailed("the truth")), Again(progress=70)]

    async def sleep_too_long() -> None:
        house.gateway.on_poll = lambda: None
        clock.advance(LEASE_S + 1)
        await other.step()

    house.gateway.on_poll = sleep_too_long
    clock.advance(11)
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, TaskFailed.key)


async def test_a_commit_of_looks_that_fails_is_made_good_after_the_lease(
    house: House, ann: Access, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await waiting(house, ann)

    def broken() -> None:
        raise ConnectionError("the database is gone")

    clock.advance(11)
    with monkeypatch.context() as patch:
        house.gateway.on_poll = lambda: patch.setattr(house.worker._leases._unchanged._store, "begin", broken)
        await house.worker._polling.fill()
        await house.worker._polling.drain()
    house.gateway.on_poll = lambda: None
    clock.advance(LEASE_S)
    house.gateway.polls.append(Ready((FILE,)))
    await house.worker.step()
    await house.settled(job, JobState.DONE)


async def test_a_task_of_a_model_that_is_gone_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.catalog._rows.pop("film")
    clock.advance(11)
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, "error-gateway-model")
