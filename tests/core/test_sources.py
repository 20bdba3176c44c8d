"""Orders that are made from the results of others: they wait, are sent with what came, or are refunded unsent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import Moderated, SourceGone, WrongInput
from core.gateway.wire import Broken, Ready
from core.plans import Plan, Rules
from core.sources import LOOK_EVERY_S, PAST_MOST
from core.values import HOUSE, Access, Artifact, Job, JobState, Order, Part, Past
from tests.clocks import FakeClock
from tests.core.house import BOB, DM, GROUP, House
from tests.core.journeys import FILE

DAILY = 20_000_000
PICTURE = Ready((Artifact("image", data=b"one"), Artifact("image", data=b"two")))


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)}))


def result_of(job: Job) -> Part:
    return Part("image", media=f"job:{job.id}", role="first_frame")


async def from_result(house: House, access: Access, source: Job) -> Job:
    """A film from a picture that another order makes."""
    order, _, _ = house.orders.check("video", "film-i2v", "it waves", {}, (result_of(source),))
    return await house.orders.place(access, "question-2", order)


def follow_up(source: Job, words: str, model: str = "sora-2") -> Order:
    return Order("video", model, words, {}, continues=source.id)


async def step(house: House, clock: FakeClock, seconds: float = 0.0) -> None:
    clock.advance(seconds)
    await house.worker.step()


# --- a result as an input --------------------


async def test_a_film_waits_for_its_picture(house: House, ann: Access, clock: FakeClock) -> None:
    """However long: no attempt is counted, and its own time has not begun."""
    first = await house.place(ann)
    await house.put(first, deadline_ms=clock.now_ms() + 10_000_000)
    await step(house, clock)
    second = await from_result(house, ann, first)
    for _ in range(5):
        await step(house, clock, 600)
    await house.settled(first, JobState.WAITING)
    assert clock.now_ms() > second.deadline_ms
    queued = await house.settled(second, JobState.QUEUED)
    assert (queued.attempts, queued.owner) == (0, "")
    assert queued.deadline_ms > clock.now_ms()
    assert len(house.gateway.submitted) == 1


async def test_a_film_is_made_of_the_picture_when_that_is_there(house: House, ann: Access, clock: FakeClock) -> None:
    """The picture's end makes it due at once."""
    first = await house.place(ann, "image")
    second = await from_result(house, ann, first)
    await house.put(await house.job(first.id), state=JobState.QUEUED, due_ms=clock.now_ms() + 3_600_000)
    await step(house, clock)
    assert (await house.settled(second, JobState.QUEUED)).due_ms == clock.now_ms() + LOOK_EVERY_S * 1000
    await house.put(await house.job(first.id), due_ms=clock.now_ms())
    house.gateway.submits.append(PICTURE)
    await step(house, clock)
    [picture, _] = (await house.settled(first, JobState.DONE)).results
    sent = await house.settled(second, JobState.WAITING)  # in the same round
    assert sent.inputs == (Part("image", media=picture.media, mime="image/png", size=3, role="first_frame"),)
    assert house.gateway.submitted[-1].inputs == sent.inputs


@pytest.mark.parametrize("end", ["failed", "cancelled", "forgotten", "unsure"])
async def test_without_its_picture_it_is_refunded_unsent(house: House, ann: Access, clock: FakeClock, end: str) -> None:
    first = await house.place(ann, "image")
    if end == "cancelled":
        await house.orders.cancel(ann, first.id)
    elif end == "forgotten":
        first = replace(first, id="nobody")
    else:
        house.gateway.submits.append(Broken(Moderated("no")) if end == "failed" else RuntimeError("cut"))
    second = await from_result(house, ann, first)
    await step(house, clock)
    await step(house, clock, LOOK_EVERY_S)
    failed = await house.settled(second, JobState.FAILED)
    assert (failed.error_key, failed.told) == (SourceGone.key, True)
    assert len(house.gateway.submitted) == (end in {"failed", "unsure", "forgotten"})
    async with house.store.read() as tx:
        assert await tx.ledger.held(second.id) is None
    assert [told.id for told in house.courier.told].count(second.id) == 1


async def test_pictures_of_others_and_films_are_none(house: House, ann: Access, clock: FakeClock) -> None:
    bob = await house.member(BOB, replace(DM, chat="200"))
    house.gateway.submits.append(PICTURE)
    theirs = await house.place(bob, "image")
    await step(house, clock)
    stolen = await from_result(house, ann, theirs)
    await step(house, clock)
    assert (await house.settled(stolen, JobState.FAILED)).error_key == SourceGone.key
    async with house.store.begin() as tx:  # a film where a picture is wanted
        job = await tx.jobs.get(theirs.id)
        assert job is not None
        await tx.jobs.save(replace(job, results=(replace(job.results[0], kind="video"),)), job.version)
    wrong = await from_result(house, bob, theirs)
    await step(house, clock)
    failed = await house.settled(wrong, JobState.FAILED)
    assert (failed.error_key, failed.error_params["kind"]) == (WrongInput.key, "video")
    assert len(house.gateway.submitted) == 1


async def test_a_cancelled_wait_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    first = await house.place(ann)
    second = await from_result(house, ann, first)
    await step(house, clock)
    assert await house.orders.cancel(ann, second.id) == "cancelled"
    house.gateway.polls.append(Ready((FILE,)))
    await step(house, clock, 10)
    await house.settled(first, JobState.DONE)
    await house.settled(second, JobState.CANCELLED)
    await house.balanced(ann.account_id, HOUSE)


# --- a film that is changed --------------------


async def made(house: House, clock: FakeClock, access: Access, order: Order, words: str) -> Job:
    """An order whose model wrote these words about it."""
    house.gateway.submits.append(Ready((Artifact("video", url="https://files/film.mp4"),), transcript=words))
    job = await house.orders.place(access, "question", order)
    await step(house, clock)
    done = await house.settled(job, JobState.DONE)
    return await house.put(done, results=tuple(replace(film, kind="video") for film in done.results))


async def test_the_past_is_said_again(house: House, ann: Access, clock: FakeClock) -> None:
    """The newest films, oldest first, and no more of them than are kept."""
    job = await made(house, clock, ann, Order("video", "sora-2", "film 0"), "words 0")
    for number in range(1, PAST_MOST + 3):
        job = await made(house, clock, ann, follow_up(job, f"film {number}"), f"words {number}")
    assert house.gateway.submitted[0].past == ()
    assert house.gateway.submitted[2].past == (Past("film 0", "words 0"), Past("film 1", "words 1"))
    newest = PAST_MOST + 2
    expected = tuple(Past(f"film {at}", f"words {at}") for at in range(newest - PAST_MOST, newest))
    assert house.gateway.submitted[-1].past == expected
    assert house.gateway.submitted[-1].prompt == f"film {newest}"


async def test_a_change_waits_for_the_film(house: House, ann: Access, clock: FakeClock) -> None:
    first = await house.orders.place(ann, "1", Order("video", "sora-2", "a cat"))
    await house.put(first, due_ms=clock.now_ms() + 60_000)
    change = await house.orders.place(ann, "2", follow_up(first, "slower"))
    await step(house, clock)
    await house.settled(change, JobState.QUEUED)
    house.gateway.submits += [Ready((FILE,), transcript="words"), Ready((FILE,), transcript="more")]
    await step(house, clock, 60)
    await step(house, clock)
    assert (await house.settled(change, JobState.DONE)).transcript == "more"
    assert house.gateway.submitted[-1].past == (Past("a cat", "words"),)


async def test_what_cannot_be_continued_is_refunded_unsent(house: House, ann: Access, clock: FakeClock) -> None:
    """No words of the model, another model, somebody else's of another chat."""
    elsewhere = await house.member(BOB, GROUP)
    mute = await made(house, clock, ann, Order("video", "sora-2", "a cat"), "")
    other = await made(house, clock, ann, Order("video", "sora-2-pro", "a cat"), "words")
    far = await made(house, clock, elsewhere, Order("video", "sora-2", "a cat"), "words")
    sent = len(house.gateway.submitted)
    for source in (mute, other, far):
        job = await house.orders.place(ann, "2", follow_up(source, "slower"))
        await step(house, clock)
        assert (await house.settled(job, JobState.FAILED)).error_key == SourceGone.key
    assert len(house.gateway.submitted) == sent


async def test_ones_own_films_are_gone_on_with_anywhere(house: House, ann: Access, clock: FakeClock) -> None:
    there = await house.member(place=GROUP)
    first = await made(house, clock, there, Order("video", "sora-2", "a cat"), "words")
    await made(house, clock, ann, follow_up(first, "slower"), "more")
    assert house.gateway.submitted[-1].past == (Past("a cat", "words"),)


async def test_in_a_group_others_may_go_on(house: House, ann: Access, clock: FakeClock) -> None:
    boss = await house.member(place=GROUP)
    bob = await house.member(BOB, GROUP)
    first = await made(house, clock, boss, Order("video", "sora-2", "a cat"), "words")
    change = await made(house, clock, bob, follow_up(first, "slower"), "more")
    assert change.person_id == bob.person.id
    assert house.gateway.submitted[-1].past == (Past("a cat", "words"),)
