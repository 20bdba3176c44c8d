"""The ways of a job that end well, and what sending and crashes do, step by step on a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from core.errors import (
    BadKey,
    GatewayError,
    Moderated,
    NoResult,
    NotTaken,
    Unsure,
    UpstreamDown,
)
from core.gateway.wire import Again, Broken, Ready
from core.jobs import NEVER
from core.limits import LIMITS
from core.ports import DeliverLater
from core.values import Access, Artifact, Job, JobState
from tests.clocks import FakeClock
from tests.core.house import FILM, PEN, House
from tests.core.journeys import ALL, FILE, LEASE_S, refunded, waiting

Make = Callable[..., House]


# --- the good ways --------------------


async def test_a_polled_film_goes_all_the_way(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    assert (job.task_id, job.sent_ms, job.owner) == ("task1", clock.now_ms(), "")
    assert abs(job.due_ms - clock.now_ms() - 10_000) <= 1_000
    house.gateway.polls += [Again(queued=True), Again(progress=40), Ready((FILE,))]
    for _ in range(3):
        clock.advance(11)
        await house.worker.step()
    done = await house.settled(job, JobState.DONE)
    assert (done.result_ids, done.due_ms) == ((f"message-{job.id}",), NEVER)
    [result] = house.courier.delivered[0].results
    assert (result.mime, result.size, result.text, result.url) == ("video/mp4", 22, "a fox runs", "")
    assert await house.media.read(result.media) == b"https://files/film.mp4"
    async with house.store.read() as tx:
        assert await tx.conversations.linked(job.place, f"message-{job.id}") == f"job:{job.id}"
    assert await house.left(ann.account_id) == ALL - FILM
    await house.balanced(ann.account_id)


@pytest.mark.parametrize("sent", [b"a picture", b"song", b"bad"])
async def test_what_is_no_film_is_no_result_of_a_film(house: House, ann: Access, clock: FakeClock, sent: bytes) -> None:
    """It may come with the next look; in the end it is given back."""
    job = await waiting(house, ann)
    house.gateway.polls += [Ready((Artifact("video", data=sent),))] * 20
    for _ in range(20):
        clock.advance(31)
        await house.worker.step()
    assert (await house.settled(job, JobState.FAILED)).error_key == NoResult.key
    assert await house.left(ann.account_id) == ALL
    await house.balanced(ann.account_id)


async def test_a_blocking_picture_is_ready_at_once(house: House, ann: Access) -> None:
    job = await house.place(ann, "image")
    house.gateway.submits.append(Ready((Artifact("image", data=b"one"), Artifact("image", data=b"two"))))
    await house.worker.step()
    done = await house.settled(job, JobState.DONE)
    assert [result.size for result in done.results] == [3, 3]
    assert await house.left(ann.account_id) == ALL - PEN
    await house.balanced(ann.account_id)


async def test_what_can_be_had_of_several_results_is_delivered(house: House, ann: Access) -> None:
    job = await house.place(ann, "image")
    house.gateway.submits.append(Ready((Artifact("image", data=b"bad"), Artifact("image", data=b"good"))))
    await house.worker.step()
    done = await house.settled(job, JobState.DONE)
    assert [result.size for result in done.results] == [4]
    assert (done.error_key, done.error_params) == ("deliver-partly", {"found": 1, "made": 2, "paid": "all"})
    assert (done.quote, await house.left(ann.account_id)) == (PEN, ALL - PEN)  # one was ordered, one came


@pytest.mark.parametrize("losses", [[NoResult("gone")], [NoResult("gone"), UpstreamDown("x")]])
async def test_pictures_that_are_lost_are_not_paid_for(house: House, ann: Access, losses: list[BaseException]) -> None:
    order, _, _ = house.orders.check("image", "pens", "a fox", {"count": "4"})
    job = await house.orders.place(ann, "question-1", order)
    assert await house.left(ann.account_id) == ALL - 4 * PEN
    house.gateway.submits.append(Ready(tuple(Artifact("image", data=mark) for mark in (b"1", b"2", b"3", b"4"))))
    house.gateway.fetches += losses
    await house.worker.step()
    done = await house.settled(job, JobState.DONE)
    came = 4 - len(losses)
    assert (len(done.results), done.quote) == (came, came * PEN)
    assert (done.error_key, done.error_params) == ("deliver-partly", {"found": came, "made": 4, "paid": "less"})
    assert await house.left(ann.account_id) == ALL - came * PEN
    await house.balanced(ann.account_id)
    assert sum(spent.micros for spent in await house.purse.usage(ann)) == came * PEN
    assert (await house.purse.stats()).spent == came * PEN


async def test_results_are_kept_before_the_job_is_ready(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.place(ann, "image")
    house.gateway.submits.append(Ready((Artifact("image", data=b"one"),)))
    house.courier.troubles.append(DeliverLater(60))
    await house.worker.step()
    ready = await house.settled(job, JobState.READY)
    assert await house.media.read(ready.results[0].media) == b"one"
    async with house.store.read() as tx:
        keep_ms = LIMITS.result_keep_ms
        assert await tx.media.expired(clock.now_ms() + keep_ms, 9) == [ready.results[0].media]
        assert await tx.media.expired(clock.now_ms() + keep_ms - 1, 9) == []
    assert await house.left(ann.account_id) == ALL - PEN  # the price is exact, so it is settled now
    await house.balanced(ann.account_id)


async def test_progress_is_told_at_every_look_and_never_goes_back(house: House, ann: Access, clock: FakeClock) -> None:
    await waiting(house, ann)
    house.gateway.polls += [Again(progress=10), Again(progress=10), Again(progress=5), Again(progress=30)]
    for _ in range(4):
        clock.advance(11)
        await house.worker.step()
        await asyncio.sleep(0)
    waiting_at = [noted.progress for noted in house.courier.noted if noted.state is JobState.WAITING]
    assert waiting_at[-4:] == [10, 10, 10, 30]


# --- sending --------------------


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Unsure("cut"), JobState.UNSURE),
        (RuntimeError("a bug after the request left"), JobState.UNSURE),
        (Moderated("no"), JobState.FAILED),
        (BadKey("no"), JobState.FAILED),
        (UpstreamDown("down"), JobState.FAILED),
    ],
)
async def test_an_order_that_fails_is_refunded_told_and_never_sent_again(
    house: House, ann: Access, clock: FakeClock, error: Exception, state: JobState
) -> None:
    job = await house.place(ann)
    house.gateway.submits.append(error)
    await house.worker.step()
    clock.advance(3600)
    await house.worker.step()
    assert len(house.gateway.submitted) == 1
    key = error.key if isinstance(error, GatewayError) else Unsure.key
    await refunded(house, ann, job, state, key)


async def test_a_refusal_in_the_answer_is_refunded(house: House, ann: Access) -> None:
    job = await house.place(ann)
    house.gateway.submits.append(Broken(Moderated("no", reason="violence")))
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, Moderated.key)
    assert (await house.job(job.id)).error_params == {"reason": "violence"}


async def test_what_was_not_taken_is_sent_again_with_growing_pauses(
    house: House, ann: Access, clock: FakeClock
) -> None:
    job = await house.place(ann)
    house.gateway.submits += [NotTaken("refused")] * 3
    pauses = []
    for _ in range(3):
        await house.worker.step()
        queued = await house.settled(job, JobState.QUEUED)
        pauses.append((queued.due_ms - clock.now_ms()) / 1000)
        clock.advance(pauses[-1])
    assert pauses == [2, 4, 8]
    await house.worker.step()
    assert (await house.settled(job, JobState.WAITING)).task_id == "task4"
    assert await house.left(ann.account_id) == ALL - FILM


async def test_what_cannot_be_sent_before_its_deadline_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.place(ann)
    house.gateway.submits += [NotTaken("refused")] * 100
    while (found := await house.job(job.id)).state is JobState.QUEUED:
        clock.advance((found.due_ms - clock.now_ms()) / 1000)
        await house.worker.step()
    assert clock.now_ms() == job.deadline_ms
    await refunded(house, ann, job, JobState.FAILED, NotTaken.key)


async def test_a_blocking_result_that_cannot_be_fetched_is_refunded(house: House, ann: Access) -> None:
    job = await house.place(ann, "image")
    house.gateway.submits.append(Ready((Artifact("image", data=b"bad file"),)))
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, NoResult.key)


async def test_a_blocking_result_that_cannot_be_written_is_refunded(house: House, ann: Access) -> None:
    job = await house.place(ann, "image")
    house.gateway.submits.append(Ready((Artifact("image", data=b"good"),)))
    house.gateway.fetches.append(OSError("no space left"))
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, NoResult.key)


async def test_an_order_for_a_model_that_is_gone_is_refunded(house: House, ann: Access) -> None:
    job = await house.place(ann)
    await house.put(job, state=JobState.QUEUED)
    house.catalog._rows.pop("film")
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, "error-gateway-model")
    assert house.gateway.submitted == []


# --- crashes and leases --------------------


async def test_sending_is_written_before_the_request_leaves(house: House, ann: Access) -> None:
    job = await house.place(ann)
    seen: list[Job] = []

    async def look() -> None:
        seen.append(await house.job(job.id))

    house.gateway.on_submit = look
    await house.worker.step()
    assert [(found.state, found.owner, found.attempts) for found in seen] == [(JobState.SENDING, "worker-1", 1)]


async def test_a_crash_while_sending_is_unsure_refunded_and_told(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.place(ann)
    lease = clock.now_ms() + LIMITS.job_lease_ms
    await house.put(job, state=JobState.SENDING, owner="dead", due_ms=lease, sent_ms=clock.now_ms())
    await house.worker.step()
    await house.settled(job, JobState.SENDING)
    clock.advance(LEASE_S)
    await house.worker.step()
    await refunded(house, ann, job, JobState.UNSURE, Unsure.key)
    assert house.gateway.submitted == []


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.WAITING, JobState.READY])
async def test_a_dead_workers_job_moves_on_by_itself(
    house: House, ann: Access, clock: FakeClock, state: JobState
) -> None:
    job = await house.place(ann)
    lease = clock.now_ms() + LIMITS.job_lease_ms
    await house.put(job, state=state, owner="dead", due_ms=lease, task_id="task9", sent_ms=clock.now_ms())
    house.gateway.polls.append(Again())
    await house.worker.step()
    assert (len(house.gateway.submitted), house.gateway.polled, house.courier.delivered) == (0, [], [])
    clock.advance(LEASE_S)
    await house.worker.step()
    assert (len(house.gateway.submitted), len(house.gateway.polled), len(house.courier.delivered)) == {
        JobState.QUEUED: (1, 0, 0),
        JobState.WAITING: (0, 1, 0),
        JobState.READY: (0, 0, 1),
    }[state]


async def test_two_workers_never_send_the_same_job(house: House, ann: Access) -> None:
    jobs = [await house.place(ann, "image") for _ in range(10)]
    await asyncio.gather(*(house.another_worker(f"w{number}").step() for number in range(4)))
    assert len(house.gateway.submitted) == len(jobs)


async def test_a_late_write_is_refused_and_a_late_task_id_is_kept(house: House, ann: Access, clock: FakeClock) -> None:
    """A worker that slept through its lease while the gateway accepted: another one has called it unsure meanwhile."""
    job = await house.place(ann)
    other = house.another_worker("worker-2")

    async def sleep_too_long() -> None:
        house.gateway.on_submit = lambda: None
        clock.advance(LEASE_S + 1)
        await other.step()

    house.gateway.on_submit = sleep_too_long
    await house.worker.step()
    await refunded(house, ann, job, JobState.UNSURE, Unsure.key)
    found = await house.job(job.id)
    assert found.task_id == "task1"
    clock.advance(24 * 3600)
    await house.worker.step()
    assert house.gateway.polled == []


async def test_leases_are_renewed_even_when_somebody_else_touched_the_row(
    house: House, ann: Access, clock: FakeClock
) -> None:
    job = await house.place(ann)
    other = house.another_worker("worker-2")

    async def slow_call() -> None:
        await house.orders.cancel(ann, job.id)
        for _ in range(10):
            clock.advance(LIMITS.job_renew_s)
            await house.worker._leases.renew()
            await other.step()

    house.gateway.on_submit = slow_call
    await house.worker.step()
    found = await house.settled(job, JobState.WAITING)
    assert (found.task_id, found.muted) == ("task1", True)


async def test_a_renewal_does_not_push_a_job_that_was_put_back(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    await house.worker._leases.renew()
    assert (await house.job(job.id)).due_ms == job.due_ms < clock.now_ms() + 12_000


async def test_nothing_leaves_when_the_lease_is_half_gone(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.put(await house.place(ann), state=JobState.READY)
    worker = house.worker
    claimed = await worker._leases.claim((JobState.READY,), 5)
    clock.advance(LEASE_S / 2 + 1)
    await worker._delivering.work(claimed[0])
    assert house.courier.delivered == []
    clock.advance(LEASE_S)
    await worker.step()
    assert [delivered.id for delivered in house.courier.delivered] == [job.id]


async def test_a_commit_that_took_half_the_lease_puts_the_order_back(
    house: House, ann: Access, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await house.place(ann)
    monkeypatch.setattr(house.worker._leases, "half_left", lambda job: False)
    [claimed] = await house.worker._leases.claim((JobState.QUEUED,), 1)
    await house.worker._sending._work(claimed)
    assert house.gateway.submitted == []
    await house.settled(job, JobState.QUEUED)
