"""Tasks that wait in a window of the gateway's: answered once, whatever happens, and looked at until they go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import pressing
from core.errors import BadRequest, Moderated, NotTaken, RateLimited, TaskExpired, Unsure
from core.gateway.wire import Accepted, Again, Broken, Parked
from core.jobs import NEVER
from core.plans import Plan, Rules
from core.polling import CONFIRMED_MS
from core.values import HOUSE, Access, Job, JobState
from tests.clocks import FakeClock
from tests.core.buttons import EACH, GRID, due, made
from tests.core.house import House
from tests.core.journeys import LEASE_S

DAILY = 2_000_000
PAID = DAILY - EACH  # the picture that was pressed on


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)}))


async def waiting(house: House, ann: Access, clock: FakeClock) -> Job:
    """A region of a picture, accepted; its next look finds the window."""
    grid = await made(house, ann, clock, ratio="16:9")
    job = await pressing.press(house.orders, ann, grid.id, 1, words="a red hat", options={"only": "left"})
    await house.worker.step()
    house.gateway.polls.append(Parked())
    return await house.settled(job, JobState.WAITING)


async def gone_wrong(house: House, ann: Access, job: Job, state: JobState, key: str) -> None:
    found = await house.settled(job, state)
    assert (found.error_key, found.told) == (key, True)
    assert [told.id for told in house.courier.told] == [job.id]
    assert await house.left(ann.account_id) == PAID
    await house.balanced(ann.account_id, HOUSE)


async def test_a_window_is_answered_and_the_task_goes_on(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann, clock)
    seen: list[Job] = []

    async def look() -> None:
        seen.append(await house.job(job.id))

    house.gateway.on_confirm = look
    house.gateway.confirms.append(Accepted("task2b"))
    going = await due(house, job, clock)
    [intent] = seen  # written before the answer left
    assert (intent.state, intent.confirmed_ms, intent.owner) == (JobState.MODAL, clock.now_ms(), "worker-1")
    [(task_id, order)] = house.gateway.confirmed
    assert (task_id, order.prompt, order.action, dict(order.options)) == (
        "task2",
        "a red hat",
        "inpaint",
        {"ratio": "16:9", "only": "left"},
    )
    assert [await house.media.read(part.media) for part in order.inputs] == [b"white left grid"]
    assert order.past[-1].task_id == "task1"
    assert (going.state, going.task_id, going.owner) == (JobState.WAITING, "task2b", "")
    house.gateway.polls.append(GRID)
    await due(house, job, clock)
    await house.settled(job, JobState.DONE)
    assert house.gateway.polled[-1] == "task2b"
    assert await house.left(ann.account_id) == PAID - EACH
    await house.balanced(ann.account_id, HOUSE)


async def test_a_status_that_lags_behind_is_waited_for(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann, clock)
    await due(house, job, clock)
    house.gateway.polls += [Parked(), Parked(), Again(progress=10)]
    states = [(await due(house, job, clock)).state for _ in range(3)]
    assert states == [JobState.MODAL, JobState.MODAL, JobState.WAITING]
    assert len(house.gateway.confirmed) == 1


@pytest.mark.parametrize("lost", [Unsure("cut"), RuntimeError("after the answer left")])
async def test_an_answer_nobody_knows_of_is_not_repeated(
    house: House, ann: Access, clock: FakeClock, lost: Exception
) -> None:
    """It came: the task goes on."""
    job = await waiting(house, ann, clock)
    house.gateway.confirms.append(lost)
    modal = await due(house, job, clock)
    assert (modal.state, modal.owner, modal.task_id) == (JobState.MODAL, "", "task2")
    house.gateway.polls += [Parked(), Again(progress=20), GRID]
    for _ in range(3):
        await due(house, job, clock)
    await house.settled(job, JobState.DONE)
    assert len(house.gateway.confirmed) == 1


async def test_a_window_that_stays_open_is_unsure_and_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann, clock)
    house.gateway.confirms.append(Unsure("cut"))
    asked = (await due(house, job, clock)).confirmed_ms
    house.gateway.polls += [Parked()] * 100
    while (await house.job(job.id)).state is JobState.MODAL:
        await due(house, job, clock)
    assert clock.now_ms() == asked + CONFIRMED_MS
    assert len(house.gateway.confirmed) == 1
    await gone_wrong(house, ann, job, JobState.UNSURE, Unsure.key)


@pytest.mark.parametrize("came", [True, False])
async def test_after_a_crash_behind_the_intent_it_is_only_looked_at(
    house: House, ann: Access, clock: FakeClock, came: bool
) -> None:
    job = await waiting(house, ann, clock)
    lease = clock.now_ms() + round(LEASE_S * 1000)
    intent = {"state": JobState.MODAL, "confirmed_ms": clock.now_ms(), "owner": "dead", "due_ms": lease}
    await house.put(job, **intent)
    await house.worker.step()
    assert house.gateway.polled == ["task1"]  # its lease runs
    house.gateway.polls += [Again(progress=3), GRID] if came else [Parked()] * 100
    while (await house.job(job.id)).state in {JobState.MODAL, JobState.WAITING}:
        await due(house, job, clock)
    assert house.gateway.confirmed == []
    if came:
        await house.settled(job, JobState.DONE)
    else:
        await gone_wrong(house, ann, job, JobState.UNSURE, Unsure.key)


async def test_a_worker_that_dies_between_two_steps_answers_once(house: House, ann: Access, clock: FakeClock) -> None:
    """Whichever of them: another goes on, and there is one answer at most."""
    job = await waiting(house, ann, clock)
    other = house.another_worker("worker-2")

    async def sleep_too_long() -> None:
        house.gateway.on_confirm = lambda: None
        house.gateway.polls += [Parked(), Parked()]
        clock.advance(LEASE_S + 1)
        await other.step()

    house.gateway.on_confirm = sleep_too_long
    await due(house, job, clock)
    assert len(house.gateway.confirmed) == 1
    assert (await house.job(job.id)).confirmed_ms


async def test_what_was_surely_not_taken_is_answered_again(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann, clock)
    house.gateway.confirms += [NotTaken("refused"), RateLimited("busy", retry_after_s=30), Accepted("task2")]
    house.gateway.polls += [Parked(), Parked()]
    first = await due(house, job, clock)
    assert (first.state, first.confirmed_ms, first.attempts) == (JobState.MODAL, 0, 1)
    asked_ms = clock.now_ms()
    second = await due(house, job, clock)
    assert clock.now_ms() == asked_ms + 2_000
    assert (second.confirmed_ms, second.due_ms - clock.now_ms()) == (0, 30_000)
    third = await due(house, job, clock)
    assert (third.state, third.attempts) == (JobState.WAITING, 0)
    assert len(house.gateway.confirmed) == 3


@pytest.mark.parametrize(
    ("refusal", "key", "times"),
    [
        (BadRequest("no mask"), BadRequest.key, 1),
        (Broken(Moderated("no")), Moderated.key, 1),
        (Broken(RateLimited("full")), RateLimited.key, 3),
    ],
)
async def test_a_refused_answer_is_refunded(
    house: House, ann: Access, clock: FakeClock, refusal: BadRequest | Broken, key: str, times: int
) -> None:
    job = await waiting(house, ann, clock)
    house.gateway.confirms += [refusal] * times
    house.gateway.polls += [Parked()] * times
    for _ in range(times):
        await due(house, job, clock)
    assert len(house.gateway.confirmed) == times
    await gone_wrong(house, ann, job, JobState.FAILED, key)


async def test_a_gateway_that_stays_away_ends_it_at_the_deadline(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann, clock)
    house.gateway.confirms += [NotTaken("refused")] * 100
    house.gateway.polls += [Parked()] * 100
    while (await house.job(job.id)).state in {JobState.WAITING, JobState.MODAL}:
        await due(house, job, clock)
    assert clock.now_ms() <= job.deadline_ms
    await gone_wrong(house, ann, job, JobState.FAILED, NotTaken.key)


@pytest.mark.parametrize("when", ["before", "at once"])
async def test_what_nobody_wants_any_more_is_not_answered(
    house: House, ann: Access, clock: FakeClock, when: str
) -> None:
    """It has cost nothing yet, so it is refunded."""
    job = await waiting(house, ann, clock)
    if when == "before":
        await house.orders.cancel(ann, job.id)
    else:
        house.gateway.on_poll = lambda: house.orders.cancel(ann, job.id)
    await due(house, job, clock)
    house.gateway.on_poll = lambda: None
    await house.worker.step()
    assert house.gateway.confirmed == []
    await gone_wrong(house, ann, job, JobState.CANCELLED, "")


async def test_without_what_it_is_about_it_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    job = await waiting(house, ann, clock)
    grid = await house.job(job.continues)
    await house.media.delete([grid.results[0].media])
    await due(house, job, clock)
    assert house.gateway.confirmed == []
    await gone_wrong(house, ann, job, JobState.FAILED, "error-needs-input")


async def test_a_window_is_no_result_after_the_deadline(house: House, ann: Access, clock: FakeClock) -> None:
    """Nobody answers it then."""
    job = await waiting(house, ann, clock)
    late = {"state": JobState.FAILED, "error_key": TaskExpired.key, "told": True, "due_ms": job.deadline_ms + 1}
    await house.put(job, **late)
    await due(house, job, clock)
    assert house.gateway.confirmed == []
    assert (await house.settled(job, JobState.FAILED)).due_ms == NEVER
