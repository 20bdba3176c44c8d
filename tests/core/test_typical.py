"""What people are told of how long it takes, and a bar that keeps its word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.jobs import BY_HAND
from core.typical import MODELS_KEPT, Outlook, Typical, outlook, shown_percent, spoken_s, takes_s
from core.values import Access, Job, JobState
from tests.clocks import FakeClock
from tests.core.house import House
from tests.core.test_jobs import a_job

reports = st.integers(-1, 100)
times = st.floats(0, 100_000)
typicals = st.floats(1, 50_000)
shown_before = st.integers(-1, 97)


# --- the bar --------------------


@given(reports, times, st.floats(0, 50_000), shown_before)
def test_it_never_goes_back_and_is_never_full_before_the_end(
    reported: int, elapsed_s: float, typical_s: float, before: int
) -> None:
    percent = shown_percent(reported, elapsed_s, typical_s, before)
    assert before <= percent <= 97


@given(reports, times, times, typicals)
def test_it_rises_with_the_time_whatever_is_reported(
    reported: int, one_s: float, other_s: float, typical_s: float
) -> None:
    earlier_s, later_s = sorted((one_s, other_s))
    assert shown_percent(reported, earlier_s, typical_s) <= shown_percent(reported, later_s, typical_s)


@given(reports, reports, times, typicals)
def test_more_that_is_reported_is_never_less_that_is_shown(
    one: int, other: int, elapsed_s: float, typical_s: float
) -> None:
    less, more = sorted((one, other))
    assume(less > 0)  # 0 says nothing
    assert shown_percent(less, elapsed_s, typical_s) <= shown_percent(more, elapsed_s, typical_s)


@given(st.sampled_from([-1, 0, 10, 30, 50]), typicals)
@example(30, 180.0)
def test_a_report_that_stands_still_does_not_hold_it(reported: int, typical_s: float) -> None:
    assert 70 <= shown_percent(reported, typical_s, typical_s) <= 80
    assert shown_percent(reported, 20 * typical_s, typical_s) >= 84
    assert shown_percent(reported, 1000 * typical_s, typical_s) <= 95


def test_time_alone_rises_evenly_and_then_slows_down() -> None:
    assert [shown_percent(-1, at, 100) for at in (0, 25, 50, 75, 100)] == [0, 20, 40, 60, 80]
    assert [shown_percent(0, at, 100) for at in (125, 150, 200, 300, 10_000)] == [83, 85, 87, 90, 94]


def test_a_quick_task_is_believed_in_part() -> None:
    assert shown_percent(90, 50, 100) == 65
    assert shown_percent(100, 10, 100) == 54
    assert shown_percent(-1, 51, 100, before=65) == 65


@pytest.mark.parametrize(("reported", "percent"), [(-1, -1), (0, -1), (30, 30), (100, 97)])
def test_where_no_time_is_known_the_report_is_all(reported: int, percent: int) -> None:
    assert shown_percent(reported, 500, 0) == percent


# --- the words --------------------


@given(st.floats(0.001, 600_000))
def test_what_is_said_of_a_time_is_near_it_and_coarse(seconds: float) -> None:
    said = spoken_s(seconds)
    assert said > 0
    assert said % (10 if said < 60 else 60) == 0
    assert abs(said - seconds) <= max(10, seconds / 2)


def test_times_as_one_says_them() -> None:
    times_s = (0, -5, 3, 38, 56, 89, 91, 130, 1500, 4000, 14_400)
    assert [spoken_s(each) for each in times_s] == [0, 0, 10, 40, 60, 60, 120, 120, 1500, 3600, 14_400]


def at_gateway(**more: object) -> Job:
    return a_job(JobState.WAITING, sent_ms=1_000_000, created_ms=900_000, **more)


@pytest.mark.parametrize(
    ("after_s", "expected"),
    [
        (0, Outlook(0, "left", 120)),
        (60, Outlook(40, "left", 60)),
        (90, Outlook(60, "left", 30)),
        (120, Outlook(80)),
        (179, Outlook(84)),
        (180, Outlook(85, "late")),
    ],
)
def test_what_is_left_counts_from_when_it_was_sent(after_s: int, expected: Outlook) -> None:
    assert outlook(at_gateway(), 1_000_000 + after_s * 1000, 120) == expected


def test_before_it_is_at_the_gateway_nothing_is_promised() -> None:
    for state in (JobState.QUEUED, JobState.SENDING):
        waiting = a_job(state, progress=-1)
        assert outlook(waiting, 5_000, 38) == Outlook(-1, "usual", 40)
        assert outlook(waiting, 5_000, 0) == Outlook()
    long_call = a_job(JobState.SENDING, sent_ms=1_000, progress=10)
    assert outlook(long_call, 21_000, 40).word == "left"
    assert outlook(a_job(JobState.DONE, progress=100), 5_000, 40) == Outlook()
    assert outlook(at_gateway(progress=-1), 1_500_000, 0) == Outlook()


# --- what has been seen --------------------


async def made(house: House, ann: Access, *took_s: float) -> None:
    """Each after the one before."""
    async with house.store.begin() as tx:
        for seconds in took_s:
            sent_ms = 1_000_000 * len(await tx.jobs.of_person(ann.person.id, 100)) + 1
            job = a_job(JobState.DONE, id=house.new_id(), person_id=ann.person.id, sent_ms=sent_ms, told=True)
            await tx.jobs.add(replace(job, made_ms=sent_ms + round(seconds * 1000), due_ms=2**53))


async def test_the_last_orders_count_once_there_are_three(house: House, ann: Access, clock: FakeClock) -> None:
    typical = Typical(house.store, house.catalog, clock)
    row = house.catalog.get("film", "video").typical_s
    await made(house, ann, 40, 50)
    assert await typical.seconds("film") == row > 0
    assert await typical.seconds("nobody-knows") == 0
    await made(house, ann, 600)
    assert await typical.seconds("film") == row  # for five minutes
    clock.advance(301)
    assert await typical.seconds("film") == 50
    await made(house, ann, *[7.5] * 30)
    clock.advance(301)
    assert await typical.seconds("film") == 7.5  # the last thirty
    assert await typical.seconds("pen") == 0


async def test_an_order_never_fails_of_it_and_little_is_kept(
    house: House, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    typical = Typical(house.store, house.catalog, clock)
    for number in range(MODELS_KEPT + 5):
        await typical.seconds(f"model-{number}")
    assert len(typical._known) == MODELS_KEPT

    def broken() -> None:
        raise OSError("away")

    monkeypatch.setattr(house.store, "read", broken)
    assert await typical.seconds("film") == house.catalog.get("film", "video").typical_s


async def test_what_we_make_ourselves_takes_nobody_knows_how_long() -> None:
    async def takes(model: str) -> float:
        return 90.0

    film = a_job(JobState.QUEUED)
    assert await takes_s(takes, film) == 90
    assert await takes_s(takes, replace(film, action="join", family=BY_HAND)) == 0


def test_a_family_that_reports_how_far_it_is_is_believed() -> None:
    drawn = replace(at_gateway(), family="midjourney", progress=40)
    assert outlook(drawn, 1_030_000, 10).percent == 40
    assert outlook(replace(drawn, family="unified_video"), 1_030_000, 10).percent > 70
