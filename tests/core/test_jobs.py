from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from core.errors import TaskExpired, TaskFailed
from core.jobs import (
    ASKED,
    ASKED_FOR_MS,
    LATE_FOR_MS,
    LOOK,
    NEXT,
    NOTHING,
    IllegalMove,
    asked_until_ms,
    backoff_s,
    cancelled,
    late_until_ms,
    move,
    on_grid_ms,
    poll_wait_s,
    spread_s,
)
from core.specs import Poll
from core.values import OPEN_STATES, Job, JobState, Place
from core.workshop import look_at_ms


def a_job(state: JobState, **more: object) -> Job:
    job = Job(
        "job",
        "ann",
        "person:ann",
        Place("telegram", "1"),
        "7",
        "video",
        "film",
        "unified_video",
        "a fox",
        state,
        5,
        0,
        60_000,
        0,
    )
    return replace(job, **more)  # type: ignore[arg-type] # any field


@pytest.mark.parametrize(("before", "after"), list(product(JobState, JobState)))
def test_only_listed_moves_are_made(before: JobState, after: JobState) -> None:
    job = a_job(before)
    if after in NEXT[before]:
        assert move(job, after, due_ms=9) == a_job(after, due_ms=9)
    else:
        with pytest.raises(IllegalMove):
            move(job, after)


def test_every_open_state_has_a_way_out_and_every_end_stays_one() -> None:
    assert set(NEXT) == set(JobState)
    for state in JobState:
        out = NEXT[state] - {state}
        if state in OPEN_STATES:
            assert out
        else:
            assert out <= {JobState.READY}  # a late result
    assert JobState.SENDING not in {
        after for state in NEXT if state is not JobState.QUEUED for after in NEXT[state] - {state}
    }


def test_looks_become_rarer_with_age() -> None:
    pace = Poll(5, 10, 30)
    waits = [poll_wait_s(pace, age_s) for age_s in (0, 59, 60, 299, 450, 900, 90_000)]
    assert waits == [5, 5, 10, 10, 15, 30, 30]


def test_the_gateways_own_wish_is_followed_within_reason() -> None:
    pace = Poll(5, 10, 30)
    assert [poll_wait_s(pace, 0, asked) for asked in (0.01, 7, 100_000)] == [1.0, 7, 120]


@pytest.mark.parametrize(
    ("due_ms", "now_ms", "expected"),
    [
        (10_000, 5_000, 10_000),
        (15_200, 10_200, 15_000),  # the answer took a little: not a whole step later
        (12_499, 7_499, 10_000),
        (12_500, 7_500, 15_000),
        (11_200, 10_200, 15_000),  # never in the past, nor at once again and again
        (10_000, 10_000, 15_000),
    ],
)
def test_looks_that_can_be_one_request_fall_on_a_grid(due_ms: int, now_ms: int, expected: int) -> None:
    assert on_grid_ms(due_ms, now_ms, 5) == expected


def test_what_was_not_made_is_told_and_not_muted() -> None:
    ended = cancelled(a_job(JobState.MODAL, muted=True, told=True, attempts=3, error_key="x"), 77)
    assert ended == a_job(JobState.CANCELLED, due_ms=77)
    with pytest.raises(IllegalMove):
        cancelled(a_job(JobState.DONE), 77)


def test_back_off_doubles_up_to_its_end() -> None:
    assert [backoff_s(attempts, 2, 60) for attempts in (0, 1, 2, 3, 6, 10**9)] == [2, 2, 4, 8, 60, 60]


def test_only_what_ran_out_of_time_is_looked_at_afterwards() -> None:
    expired = {"error_key": TaskExpired.key, "task_id": "t", "deadline_ms": 1000}
    assert late_until_ms(a_job(JobState.FAILED, **expired)) == 1000 + LATE_FOR_MS
    assert late_until_ms(a_job(JobState.FAILED, **expired, muted=True)) == 0
    assert late_until_ms(a_job(JobState.FAILED, **(expired | {"task_id": ""}))) == 0
    assert late_until_ms(a_job(JobState.FAILED, **(expired | {"error_key": TaskFailed.key}))) == 0
    assert late_until_ms(a_job(JobState.WAITING, **expired)) == 0


def test_a_day_later_its_person_may_still_ask_for_it() -> None:
    expired = {"error_key": TaskExpired.key, "task_id": "t", "deadline_ms": 1000}
    job = a_job(JobState.FAILED, **expired)
    assert asked_until_ms(job) == late_until_ms(replace(job, error_params={ASKED: LOOK})) == 1000 + ASKED_FOR_MS
    assert late_until_ms(replace(job, error_params={ASKED: NOTHING})) == 1000 + LATE_FOR_MS
    assert asked_until_ms(replace(job, muted=True)) == 0
    assert asked_until_ms(replace(job, part_of="whole")) == 0
    assert asked_until_ms(replace(job, error_key="error-moderated")) == 0
    assert asked_until_ms(replace(job, state=JobState.CANCELLED)) == 0


def test_waits_are_spread_by_a_tenth_and_the_same_way_each_time() -> None:
    waits = [spread_s(15, 30, f"job:{number}") for number in range(1000)]
    assert min(waits) < 13.6
    assert max(waits) > 16.4
    assert all(13.5 <= wait_s <= 16.5 for wait_s in waits)
    assert 14.9 < sum(waits) / 1000 < 15.1
    assert waits == [spread_s(15, 30, f"job:{number}") for number in range(1000)]


@pytest.mark.parametrize(("wait_s", "least_s", "most_s"), [(30, 27, 30), (29, 26, 30), (1, 1, 1.1), (0.2, 0.2, 0.22)])
def test_no_wait_is_spread_beyond_its_bounds(wait_s: float, least_s: float, most_s: float) -> None:
    waits = [spread_s(wait_s, 30, f"job:{number}") for number in range(1000)]
    assert least_s <= min(waits) <= max(waits) <= most_s + 1e-9


def test_a_family_that_tells_of_many_at_once_keeps_to_its_grid() -> None:
    from core.catalog import load_catalog

    rows = load_catalog()
    job = a_job(JobState.WAITING, version=3)
    midjourney = next(row for row in rows.visible("image") if row.family == "midjourney")
    assert look_at_ms(midjourney, 20_000, 10, job) == 30_000
    film = rows.get("kling-3.0", "video")
    found = {look_at_ms(film, 20_000, 10, replace(job, version=version)) for version in range(50)}
    assert len(found) > 40
    assert all(29_000 <= due_ms <= 31_000 for due_ms in found)
