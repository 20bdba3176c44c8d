"""Storyboards: paid shot by shot, filmed one from the other, joined; what failed is given back and filmed anew alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from core.boards import Boards, can_redo, shots_of
from core.errors import BadOption, JobGone, Moderated, OverQuota, ShotFailed, TaskFailed
from core.gateway.wire import Accepted, Broken, Ready
from core.plans import Plan, Rules
from core.prices import quote
from core.storyboard import Shot, dumped
from core.values import HOUSE, Access, Artifact, Job, JobState
from tests.clocks import FakeClock
from tests.core.house import BOB, FILM, GROUP, House

DAILY = 20_000_000
KLING = "kling-3.0"
SHOTS = (Shot("a cat sits", 4), Shot("it jumps", 8), Shot("it sleeps", 4))
WHOLE = 4 * FILM


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=2, daily=DAILY)}))


@pytest.fixture
def boards(house: House) -> Boards:
    return Boards(house.orders, house.store)


def made(*names: str) -> list[Ready]:
    return [Ready((Artifact("video", data=f"film {name};".encode()),)) for name in names]


async def film(boards: Boards, access: Access, shots: Sequence[Shot] = SHOTS, **more: str) -> Job:
    return await boards.film(access, "question-1", "film", "A cat.", shots, {}, **more)


async def pieces(house: House, whole: Job) -> list[Job]:
    """Of its shots, in their order, whichever whole they were first filmed for."""
    return [await house.job(part.media.removeprefix("job:")) for part in whole.inputs]


async def steps(house: House, clock: FakeClock, count: int = 6) -> None:
    for _ in range(count):
        await house.worker.step()
        clock.advance(1)


async def content(house: House, job: Job) -> bytes:
    return await house.media.read(job.results[0].media)


# --- a chain --------------------


async def test_shots_are_filmed_one_from_the_other_and_joined(
    house: House, boards: Boards, ann: Access, clock: FakeClock
) -> None:
    spec = house.catalog.get("film", "video")
    assert boards.price(spec, SHOTS, {}) == WHOLE
    whole = await film(boards, ann)
    assert await house.left(ann.account_id) == DAILY - WHOLE
    house.gateway.submits += made("1", "2", "3")
    await steps(house, clock)
    whole = await house.settled(whole, JobState.DONE)
    assert await content(house, whole) == b"film 1;film 2;film 3;"
    sent = house.gateway.submitted
    assert [(order.prompt, order.options["seconds"]) for order in sent] == [
        (shot.prompt, str(shot.seconds)) for shot in SHOTS
    ]
    assert [part.role for order in sent for part in order.inputs] == ["first_frame"] * 2
    frames = [await house.media.read(order.inputs[0].media) for order in sent[1:]]
    assert frames == [b"last frame of film 1;", b"last frame of film 2;"]
    assert await house.left(ann.account_id) == DAILY - WHOLE
    await house.balanced(ann.account_id, HOUSE)
    assert shots_of(whole) == SHOTS
    assert [job.state for job in await pieces(house, whole)] == [JobState.DONE] * 3
    assert [job.id for job in house.courier.delivered] == [whole.id], "only the whole is brought"
    assert house.courier.told == []
    assert {job.id for job in house.courier.noted} == {whole.id}, "only the whole has a note"


async def test_the_note_tells_how_far_all_of_them_are(
    house: House, boards: Boards, ann: Access, clock: FakeClock
) -> None:
    whole = await film(boards, ann, SHOTS[:2])
    house.gateway.submits += [*made("1"), Accepted("task")]
    await steps(house, clock)
    await house.put((await pieces(house, whole))[1], progress=40)
    clock.advance(60)
    await steps(house, clock, 2)
    assert (await house.settled(whole, JobState.QUEUED)).progress == 70
    assert house.courier.noted[-1].id == whole.id


async def test_a_single_shot_needs_no_join(house: House, boards: Boards, ann: Access, clock: FakeClock) -> None:
    whole = await film(boards, ann, SHOTS[:1])
    house.gateway.submits += made("1")
    await steps(house, clock)
    assert await content(house, await house.settled(whole, JobState.DONE)) == b"film 1;"


async def test_what_cannot_be_paid_is_not_begun(make_house: Callable[..., House]) -> None:
    """Enough for two shots of three: nothing is placed, nothing is held."""
    house = make_house(Rules(plans={"default": Plan(daily=WHOLE - 1)}))
    ann = await house.member()
    with pytest.raises(OverQuota) as caught:
        await film(Boards(house.orders, house.store), ann)
    assert caught.value.params["needed"] == house.rules.credits(WHOLE)
    assert await house.orders.mine(ann) == []
    assert await house.left(ann.account_id) in {0, WHOLE - 1}  # nothing has put today's allowance there yet
    await house.balanced(ann.account_id, HOUSE)


async def test_the_same_message_orders_once(house: House, boards: Boards, ann: Access) -> None:
    first = await film(boards, ann, event_id="e1")
    assert (await film(boards, ann, event_id="e1")).id == first.id
    assert await house.left(ann.account_id) == DAILY - WHOLE


async def test_shots_that_the_row_does_not_film_are_refused(boards: Boards, ann: Access) -> None:
    with pytest.raises(BadOption) as caught:
        await film(boards, ann, (Shot("a cat", 5),))
    assert caught.value.params == {"name": "seconds", "value": "5", "allowed": "4, 8"}


# --- what fails --------------------


async def failed(house: House, boards: Boards, ann: Access, clock: FakeClock) -> Job:
    """Its second shot of three."""
    whole = await film(boards, ann)
    house.gateway.submits += [*made("1"), Broken(Moderated("no", word="cat"))]
    await steps(house, clock)
    return await house.settled(whole, JobState.FAILED)


async def test_a_shot_that_fails_takes_only_those_after_it(
    house: House, boards: Boards, ann: Access, clock: FakeClock
) -> None:
    whole = await failed(house, boards, ann, clock)
    assert len(house.gateway.submitted) == 2, "the third has nothing to begin with"
    assert (whole.error_key, whole.error_params) == (
        ShotFailed.key,
        {"numbers": "2, 3", "count": 2, "made": 1, "total": 3, "why": Moderated.key, "word": "cat"},
    )
    first, second, third = await pieces(house, whole)
    assert (second.error_key, third.error_key) == (Moderated.key, Moderated.key)
    assert (second.state, third.state, third.sent_ms) == (JobState.FAILED, JobState.FAILED, 0)
    assert await house.left(ann.account_id) == DAILY - first.quote == DAILY - FILM
    await house.balanced(ann.account_id, HOUSE)
    assert [job.id for job in house.courier.told] == [whole.id]
    assert second.told and third.told


async def test_what_failed_is_filmed_anew_and_joined_with_what_was_made(
    house: House, boards: Boards, ann: Access, clock: FakeClock
) -> None:
    whole = await failed(house, boards, ann, clock)
    assert can_redo(whole)
    again = await boards.redo(ann, whole.id, ())
    house.gateway.submits += made("2b", "3b")
    await steps(house, clock)
    again = await house.settled(again, JobState.DONE)
    assert again.parent_id == whole.id
    assert await content(house, again) == b"film 1;film 2b;film 3b;"
    assert (await pieces(house, again))[0].part_of == whole.id
    frame = house.gateway.submitted[2].inputs[0]
    assert await house.media.read(frame.media) == b"last frame of film 1;"
    assert await house.left(ann.account_id) == DAILY - WHOLE
    await house.balanced(ann.account_id, HOUSE)


async def test_a_shot_that_somebody_wants_otherwise(
    house: House, boards: Boards, ann: Access, clock: FakeClock
) -> None:
    """Those after it keep their films."""
    whole = await film(boards, ann)
    house.gateway.submits += made("1", "2", "3")
    await steps(house, clock)
    again = await boards.redo(ann, whole.id, {1}, event_id="press")
    assert (await boards.redo(ann, whole.id, {1}, event_id="press")).id == again.id
    house.gateway.submits += made("1b")
    await steps(house, clock)
    assert await content(house, await house.settled(again, JobState.DONE)) == b"film 1b;film 2;film 3;"
    assert await house.left(ann.account_id) == DAILY - WHOLE - FILM
    once_more = await boards.redo(ann, again.id, {3})
    house.gateway.submits += made("3c")
    await steps(house, clock)
    assert await content(house, await house.settled(once_more, JobState.DONE)) == b"film 1b;film 2;film 3c;"
    all_anew = await boards.again(ann, again.id)
    assert len({job.id for job in await pieces(house, all_anew)} - {job.id for job in await pieces(house, again)}) == 3


async def test_only_what_has_ended_is_filmed_anew(house: House, boards: Boards, ann: Access, clock: FakeClock) -> None:
    whole = await film(boards, ann)
    for job_id in (whole.id, (await pieces(house, whole))[0].id):
        with pytest.raises(JobGone):
            await boards.redo(ann, job_id, ())
    house.gateway.submits += made("1", "2", "3")
    await steps(house, clock)
    with pytest.raises(BadOption):
        await boards.redo(ann, whole.id, {4})
    bob = await house.member(BOB)
    with pytest.raises(JobGone):
        await boards.redo(bob, whole.id, {1})


async def test_in_a_group_anybody_may_and_pays(house: House, boards: Boards, clock: FakeClock) -> None:
    ann, bob = await house.member(place=GROUP), await house.member(BOB, GROUP)
    whole = await boards.film(ann, "question-1", "film", "A cat.", SHOTS, {})
    house.gateway.submits += made("1", "2", "3")
    await steps(house, clock)
    before = await house.left(ann.account_id)
    again = await boards.redo(bob, whole.id, {3}, others=True)
    house.gateway.submits += made("3b")
    await steps(house, clock)
    assert await content(house, await house.settled(again, JobState.DONE)) == b"film 1;film 2;film 3b;"
    assert await house.left(ann.account_id) == before
    assert await house.left(bob.account_id) == DAILY - FILM


async def test_a_film_that_is_swept_is_filmed_anew(house: House, boards: Boards, ann: Access, clock: FakeClock) -> None:
    whole = await failed(house, boards, ann, clock)
    async with house.store.begin() as tx:
        await tx.media.drop([(await pieces(house, whole))[0].results[0].media])
    again = await boards.redo(ann, whole.id, ())
    assert all(job.part_of == again.id for job in await pieces(house, again))


async def test_what_a_board_needs_is_not_swept(house: House, boards: Boards, ann: Access, clock: FakeClock) -> None:
    """The films of its first shots, however long the others take, and those of a former one that it is joined with."""
    whole = await film(boards, ann)
    house.gateway.submits += [*made("1"), Accepted("task")]
    await steps(house, clock)
    first = (await pieces(house, whole))[0].results[0].media
    clock.advance(40 * 24 * 3600)
    async with house.store.read() as tx:
        assert first not in await tx.media.expired(clock.now_ms(), 100)
        assert first not in dict(await tx.media.oldest(100))
    await house.orders.cancel(ann, whole.id)
    again = await boards.redo(ann, whole.id, ())
    async with house.store.read() as tx:
        assert first not in await tx.media.expired(clock.now_ms() + 29 * 24 * 3_600_000, 100)
        assert first in dict(await tx.media.oldest(100))
    assert (await pieces(house, again))[0].part_of == whole.id


# --- cancelled --------------------


async def test_a_board_is_cancelled_with_all_its_shots(
    house: House, boards: Boards, ann: Access, clock: FakeClock
) -> None:
    """What was not sent is refunded, what was is not, and nothing is brought or joined any more."""
    whole = await film(boards, ann)
    house.gateway.submits += [*made("1"), Accepted("task")]
    await steps(house, clock)
    assert await house.orders.cancel(ann, whole.id) == "muted"
    first, second, third = await pieces(house, whole)
    assert (first.state, second.state, third.state) == (JobState.DONE, JobState.WAITING, JobState.CANCELLED)
    assert second.muted
    assert await house.left(ann.account_id) == DAILY - first.quote - second.quote
    house.gateway.polls += made("2")
    clock.advance(60)
    await steps(house, clock)
    await house.settled(second, JobState.CANCELLED)
    await house.settled(whole, JobState.CANCELLED)
    assert house.courier.delivered == house.courier.told == []
    await house.balanced(ann.account_id, HOUSE)


async def test_a_board_that_was_not_begun_costs_nothing(house: House, boards: Boards, ann: Access) -> None:
    whole = await film(boards, ann)
    assert await house.orders.cancel(ann, whole.id) == "cancelled"
    assert {job.state for job in await pieces(house, whole)} == {JobState.CANCELLED}
    assert await house.left(ann.account_id) == DAILY
    await house.balanced(ann.account_id, HOUSE)
    with pytest.raises(JobGone):
        await house.orders.cancel(ann, whole.id)


# --- all in one order --------------------


async def test_a_row_that_films_several_shots_gets_one_order(
    house: House, boards: Boards, ann: Access, clock: FakeClock
) -> None:
    shots = (Shot("a cat sits", 2), Shot("it jumps", 3))
    spec = house.catalog.get(KLING, "video")
    whole = await boards.film(ann, "question-1", KLING, "A cat.", shots, {"ratio": "9:16"})
    assert whole.quote == boards.price(spec, shots, {"ratio": "9:16"}) == quote(spec, {"ratio": "9:16", "seconds": "5"})
    house.gateway.submits += made("all")
    await steps(house, clock, 2)
    (order,) = house.gateway.submitted
    assert order.action == "shots"
    assert order.options == {"ratio": "9:16", "shots": dumped(shots), "seconds": "5"}
    whole = await house.settled(whole, JobState.DONE)
    assert shots_of(whole) == shots and not can_redo(whole)
    again = await boards.again(ann, whole.id)
    assert (again.options, again.action, again.parent_id) == (whole.options, "shots", whole.id)


async def test_shots_are_an_option_of_storyboards_alone(house: House) -> None:
    """Nobody writes them beside an order of another kind, or lengths that were not paid."""
    from core.checking import check_options
    from core.errors import UnknownOption

    spec = house.catalog.get(KLING, "video")
    with pytest.raises(UnknownOption):
        check_options(spec, {"shots": dumped(SHOTS)})
    for wrong in ("[]", "x", dumped((Shot("x", 16),)), dumped((Shot("", 5),)), '[{"prompt": "x", "seconds": true}]'):
        with pytest.raises(BadOption):
            check_options(spec, {"shots": wrong}, "shots")


async def test_another_model_films_the_same_shots(house: House, boards: Boards, ann: Access, clock: FakeClock) -> None:
    whole = await failed(house, boards, ann, clock)
    again = await boards.again(ann, whole.id, model=KLING)
    assert (again.model, again.action, again.options["seconds"]) == (KLING, "shots", "15")
    assert [shot.prompt for shot in shots_of(again)] == [shot.prompt for shot in SHOTS]


async def test_a_shot_fails_for_every_reason_that_a_film_does(
    house: House, boards: Boards, ann: Access, clock: FakeClock
) -> None:
    """At the gateway, later, too."""
    whole = await film(boards, ann, SHOTS[:2])
    await steps(house, clock, 2)
    house.gateway.polls.append(Broken(TaskFailed("boom")))
    clock.advance(60)
    await steps(house, clock)
    assert (await house.settled(whole, JobState.FAILED)).error_params["why"] == TaskFailed.key
    assert await house.left(ann.account_id) == DAILY
