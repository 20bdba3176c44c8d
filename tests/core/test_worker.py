"""Every way a job can go, step by step, on a clock that is moved by hand."""

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
    RateLimited,
    TaskExpired,
    TaskFailed,
    Unsure,
    UpstreamDown,
)
from core.gateway.wire import Again, Broken, Ready
from core.jobs import LATE_FOR_MS, NEVER
from core.limits import LIMITS
from core.ports import DeliverLater, Undeliverable
from core.retention import Retention
from core.values import HOUSE, Access, Artifact, Job, JobState, Notice, Role
from tests.clocks import FakeClock
from tests.core.house import BOSS, FILM, GROUP, PEN, House, ScriptedCourier

Make = Callable[..., House]
ALL = 1_000_000
FILE = Artifact("video", url="https://files/film.mp4", text="a fox runs")
LEASE_S = LIMITS.job_lease_ms / 1000


@pytest.fixture
async def ann(house: House) -> Access:
    return await house.member()


async def waiting(house: House, ann: Access) -> Job:
    job = await house.place(ann)
    await house.worker.step()
    return await house.settled(job, JobState.WAITING)


async def refunded(house: House, ann: Access, job: Job, state: JobState, key: str) -> None:
    found = await house.settled(job, state)
    assert (found.error_key, found.told) == (key, True)
    assert [told.id for told in house.courier.told] == [job.id]
    assert await house.left(ann.account_id) == ALL
    await house.balanced(ann.account_id, HOUSE)


# --- the good ways --------------------


async def test_a_polled_film_goes_all_the_way(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    assert (job.task_id, job.sent_ms, job.owner) == ("task1", clock.now_ms(), "")
    assert job.due_ms == clock.now_ms() + 10_000
    house.gateway.polls += [Again(queued=True), Again(progress=40), Ready((FILE,))]
    for _ in range(3):
        clock.advance(10)
        await house.worker.step()
    done = await house.settled(job, JobState.DONE)
    assert (done.result_ids, done.due_ms) == ((f"message-{job.id}",), NEVER)
    [result] = house.courier.delivered[0].results
    assert (result.mime, result.size, result.text, result.url) == ("image/png", 22, "a fox runs", "")
    assert await house.media.read(result.media) == b"https://files/film.mp4"
    async with house.store.read() as tx:
        assert await tx.conversations.linked(job.place, f"message-{job.id}") == f"job:{job.id}"
    assert await house.left(ann.account_id) == ALL - FILM
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
    assert [result.size for result in (await house.settled(job, JobState.DONE)).results] == [4]


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


async def test_progress_is_shown_when_it_changes(house: House, ann: Access, clock: FakeClock) -> None:
    await waiting(house, ann)
    house.gateway.polls += [Again(progress=10), Again(progress=10), Again(progress=5), Again(progress=30)]
    for _ in range(4):
        clock.advance(10)
        await house.worker.step()
        await asyncio.sleep(0)
    assert [(noted.state, noted.progress) for noted in house.courier.noted][-2:] == [
        (JobState.WAITING, 10),
        (JobState.WAITING, 30),
    ]


# --- sending --------------------


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Unsure("cut"), JobState.UNSURE),
        (RuntimeError("a bug after the request left"), JobState.UNSURE),
        (Moderated("no"), JobState.FAILED),
        (BadKey("no"), JobState.FAILED),
        (RateLimited("busy"), JobState.FAILED),
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
    assert (await house.job(job.id)).due_ms == clock.now_ms() + 10_000


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


# --- polling --------------------


async def test_a_task_that_fails_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls.append(Broken(TaskFailed("no")))
    clock.advance(10)
    await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, TaskFailed.key)


async def test_looks_that_fail_say_nothing_about_the_task(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls += [UpstreamDown("x"), BadKey("x"), RuntimeError("bug"), Ready((FILE,))]
    for _ in range(20):
        clock.advance(5)
        await house.worker.step()
    await house.settled(job, JobState.DONE)


async def test_a_download_that_fails_is_tried_again(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls += [Ready((FILE,))] * 3
    house.gateway.fetches += [UpstreamDown("x"), OSError("no space left")]
    for _ in range(10):
        clock.advance(10)
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
        clock.advance(10)
        await house.worker.step()
    await refunded(house, ann, job, JobState.FAILED, NoResult.key)


async def test_a_finished_task_without_a_result_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    house.gateway.polls.append(Ready(()))
    clock.advance(10)
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
    clock.advance(10)
    await house.worker.step()
    await house.settled(job, JobState.CANCELLED)
    assert (house.courier.delivered, house.courier.told) == ([], [])
    assert await house.left(ann.account_id) == ALL - FILM
    await house.balanced(ann.account_id)


async def test_a_muted_job_that_fails_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann)
    await house.orders.cancel(ann, job.id)
    house.gateway.polls.append(Broken(TaskFailed("no")))
    clock.advance(10)
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


# --- delivering --------------------


async def ready(house: House, access: Access) -> Job:
    job = await house.place(access, "image")
    house.gateway.submits.append(Ready((Artifact("image", data=b"one"),)))
    return job


async def test_only_who_has_the_platform_delivers(house: House, ann: Access) -> None:
    job = await ready(house, ann)
    blind = house.another_worker("blind", ScriptedCourier(platforms=frozenset({"discord"})))
    await blind.step()
    await house.settled(job, JobState.READY)
    await house.worker.step()
    await house.settled(job, JobState.DONE)


async def test_later_spends_no_attempt_and_an_error_does(house: House, ann: Access, clock: FakeClock) -> None:
    job = await ready(house, ann)
    house.courier.troubles += [DeliverLater(30), ConnectionError("lost"), ConnectionError("lost")]
    seen = []
    for _ in range(3):
        await house.worker.step()
        found = await house.settled(job, JobState.READY)
        seen.append((found.attempts, (found.due_ms - clock.now_ms()) / 1000))
        clock.advance(seen[-1][1])
    assert seen == [(0, 30), (1, 3), (2, 6)]
    await house.worker.step()
    await house.settled(job, JobState.DONE)
    assert len(house.courier.delivered) == 1


@pytest.mark.parametrize("error", [ConnectionError("lost"), DeliverLater(10**9)])
async def test_what_cannot_be_delivered_for_long_stays_in_the_list(
    house: House, ann: Access, clock: FakeClock, error: BaseException
) -> None:
    job = await ready(house, ann)
    house.courier.troubles += [error] * 1000
    rounds = 0
    while (await house.job(job.id)).state in {JobState.QUEUED, JobState.READY}:
        await house.worker.step()
        clock.advance(3600)
        rounds += 1
        assert rounds < 100
    found = await house.settled(job, JobState.UNDELIVERED)
    assert (found.told, len(found.results)) == (True, 1)
    assert (await house.orders.mine(ann))[0].id == job.id
    assert await house.left(ann.account_id) <= ALL - PEN
    house.courier.troubles.clear()
    assert await house.worker.step() == 0


async def test_a_chat_that_is_gone_is_marked(house: House) -> None:
    await house.directory.allow_chat(GROUP, True)
    boss = await house.member(BOSS, place=GROUP, role=Role.OWNER)
    job = await ready(house, boss)
    house.courier.troubles.append(Undeliverable("kicked"))
    await house.worker.step()
    await house.settled(job, JobState.UNDELIVERED)
    async with house.store.read() as tx:
        group = await tx.people.group(GROUP)
    assert group
    assert not group.active


async def test_an_end_that_cannot_be_told_is_let_go(house: House, ann: Access) -> None:
    job = await house.place(ann)
    house.gateway.submits.append(Moderated("no"))
    house.courier.troubles.append(Undeliverable("blocked"))
    await house.worker.step()
    found = await house.settled(job, JobState.FAILED)
    assert (found.told, found.due_ms) == (True, NEVER)
    assert await house.worker.step() == 0


class HangingCourier(ScriptedCourier):
    """The bytes leave, the answer never comes."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = asyncio.Event()

    async def deliver(self, job: Job) -> tuple[str, ...]:
        self.delivered.append(job)
        self.sent.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets this event")


async def test_a_delivery_that_was_cut_off_by_a_crash_is_made_again(
    house: House, ann: Access, clock: FakeClock
) -> None:
    """The one place where a person may see a message twice."""
    job = await ready(house, ann)
    dying = HangingCourier()
    first = house.another_worker("dying", dying)
    await first._sending.fill()
    await first._sending.drain()
    await first._bringing.fill()
    await dying.sent.wait()
    for hand in list(first._bringing._hands):
        hand.cancel()
    await first._bringing.drain()
    clock.advance(LEASE_S)
    await house.worker.step()
    await house.settled(job, JobState.DONE)
    assert (len(dying.delivered), len(house.courier.delivered)) == (1, 1)
    assert await house.left(ann.account_id) == ALL - PEN


# --- notices --------------------


async def say(house: House, notice: Notice) -> None:
    async with house.store.begin() as tx:
        await tx.notices.add([notice])


async def test_a_notice_is_said_once(house: House, clock: FakeClock) -> None:
    await say(house, Notice("n1", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    await say(house, Notice("n1", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    await house.worker.step()
    await house.worker.step()
    assert [notice.id for notice in house.courier.said] == ["n1"]


async def test_a_notice_is_tried_again_until_it_is_hopeless(house: House, clock: FakeClock) -> None:
    await say(house, Notice("n1", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    house.courier.troubles += [DeliverLater(20), ConnectionError("lost")]
    for _ in range(3):
        await house.worker.step()
        assert house.courier.said == []
        clock.advance(19)
    await house.worker.step()
    assert len(house.courier.said) == 1
    await say(house, Notice("n2", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    house.courier.troubles.append(Undeliverable("blocked"))
    assert await house.worker.step() == 1
    clock.advance(3600)
    assert await house.worker.step() == 0


async def test_a_notice_that_nobody_can_bring_is_given_up(house: House, clock: FakeClock) -> None:
    await say(house, Notice("n1", "notice-x", {}, person_id="p", due_ms=clock.now_ms()))
    house.courier.reaches = False
    tries = 0
    for _ in range(100):
        tries += await house.worker.step()
        clock.advance(600)
    assert tries == 40


# --- sweeping --------------------


async def test_files_are_swept_by_age_and_by_room(make_house: Make, clock: FakeClock) -> None:
    house = make_house()
    keys = []
    for name in (b"a" * 400, b"b" * 400, b"c" * 400, b"d" * 400):
        keys.append((await house.media.put(name, 1000))[0])
        expires_ms = clock.now_ms() + (1_000 if name[:1] == b"d" else 10**9)
        async with house.store.begin() as tx:
            await tx.media.add(keys[-1], "", 400, clock.now_ms(), expires_ms)
        clock.advance(1)
    retention = Retention(house.store, house.media, clock, LIMITS, media_max_bytes=900)
    assert await retention.sweep() == 2
    assert await retention.sweep() == 0  # once an hour, whoever asks
    for key in (keys[0], keys[3]):
        with pytest.raises(KeyError):
            await house.media.read(key)
    assert [len(await house.media.read(key)) for key in keys[1:3]] == [400, 400]
    clock.advance(3600)
    assert await retention.sweep() == 0


# --- running --------------------


async def test_the_state_in_hand_is_handed_back_by_a_graceful_stop(house: House, ann: Access, clock: FakeClock) -> None:
    job = await house.place(ann)
    arrived, release = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        arrived.set()
        await release.wait()

    house.gateway.on_submit = hang
    await house.worker._sending.fill()
    await arrived.wait()
    await house.worker._hand_back(0.0)
    found = await house.settled(job, JobState.SENDING)
    assert (found.owner, found.due_ms) == ("", clock.now_ms())
    await house.another_worker("next").step()
    await refunded(house, ann, job, JobState.UNSURE, Unsure.key)


async def test_a_graceful_stop_lets_what_runs_finish(house: House, ann: Access) -> None:
    job = await house.place(ann)
    arrived, release = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        arrived.set()
        await release.wait()

    house.gateway.on_submit = hang
    await house.worker._sending.fill()
    await arrived.wait()
    stopping = asyncio.create_task(house.worker._hand_back(20.0))
    await asyncio.sleep(0)
    release.set()
    await stopping
    assert (await house.settled(job, JobState.WAITING)).owner == ""
