"""The gateway's own buttons under a result: who may press, what is ordered, who pays, and what is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from core import pressing
from core.errors import (
    BadOption,
    BotError,
    EmptyPrompt,
    JobGone,
    NotYours,
    OverQuota,
    SourceGone,
    UnclearShape,
    UnknownOption,
)
from core.plans import Plan, Rules
from core.values import HOUSE, Access, InboxEvent, JobState, Part, Past
from tests.clocks import FakeClock
from tests.core.buttons import EACH, GRID, MJ, REGION, U1, UPSCALE, ZOOM, due, finished, last, made
from tests.core.house import BOB, DM, GROUP, House

DAILY = 2_000_000


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)}))


async def test_a_press_is_a_job_for_the_task_of_the_result(house: House, ann: Access, clock: FakeClock) -> None:
    grid = await made(house, ann, clock, ratio="16:9")
    assert grid.buttons == GRID.buttons
    job = await pressing.press(house.orders, ann, grid.id, 0, origin_id="m5")
    assert (job.model, job.kind, job.action, job.press) == (MJ, "image", "upscale", U1.id)
    assert (job.prompt, job.options, job.continues, job.parent_id) == ("a fox", {"ratio": "16:9"}, grid.id, grid.id)
    assert (job.quote, job.origin_id, job.person_id) == (UPSCALE, "m5", ann.person.id)
    done = await finished(house, job, clock)
    order = last(house)
    assert (order.action, order.press, order.inputs) == ("upscale", U1.id, ())
    assert order.past == (Past("a fox", task_id="task1"),)
    assert await house.left(ann.account_id) == DAILY - EACH - UPSCALE
    await house.balanced(ann.account_id, HOUSE)
    further = await pressing.press(house.orders, ann, done.id, 0)
    await finished(house, further, clock)
    assert last(house).past == (Past("a fox", task_id="task2"),)  # its own result only


async def test_the_same_press_orders_once(house: House, ann: Access, clock: FakeClock) -> None:
    grid = await made(house, ann, clock)
    async with house.store.begin() as tx:
        await tx.inbox.add([InboxEvent("telegram", "e7", "100", "{}", clock.now_ms())], "x", 0)
    first = await pressing.press(house.orders, ann, grid.id, 0, event_id="e7")
    again = await pressing.press(house.orders, ann, grid.id, 0, event_id="e7")
    other = await pressing.press(house.orders, ann, grid.id, 0, event_id="e8")
    assert first.id == again.id != other.id
    assert await house.left(ann.account_id) == DAILY - EACH - 2 * UPSCALE


async def test_the_same_press_at_the_same_moment_orders_once(house: House, ann: Access, clock: FakeClock) -> None:
    grid = await made(house, ann, clock)
    async with house.store.begin() as tx:
        await tx.inbox.add([InboxEvent("telegram", "e7", "100", "{}", clock.now_ms())], "x", 0)
    jobs = await asyncio.gather(*(pressing.press(house.orders, ann, grid.id, 0, event_id="e7") for _ in range(5)))
    assert len({job.id for job in jobs}) == 1
    assert await house.left(ann.account_id) == DAILY - EACH - UPSCALE


async def test_only_whose_result_it_is_may_press_unless_all_may(house: House, ann: Access, clock: FakeClock) -> None:
    here = await house.member(place=GROUP)
    bob = await house.member(BOB, GROUP)
    grid = await made(house, here, clock)
    with pytest.raises(NotYours):
        await pressing.press(house.orders, bob, grid.id, 0)
    job = await pressing.press(house.orders, bob, grid.id, 0, others=True)
    assert (job.person_id, job.account_id) == (bob.person.id, bob.account_id)
    assert await house.left(bob.account_id) == DAILY - UPSCALE  # whoever presses pays
    await finished(house, job, clock)
    far = await house.member(BOB, replace(DM, chat="200"))
    for others in (True, False):
        with pytest.raises(JobGone):
            await pressing.press(house.orders, far, grid.id, 0, others=others)


@pytest.mark.parametrize(
    ("number", "more", "error"),
    [
        (3, {}, JobGone),
        (-1, {}, JobGone),
        (2, {"words": " "}, EmptyPrompt),
        (1, {"words": "a hat"}, BadOption),
        (1, {"options": {"only": "background"}}, BadOption),
        (1, {"options": {"only": "everywhere"}}, BadOption),
        (0, {"words": "a fox --fast"}, UnknownOption),
        (0, {"words": "a fox --zoom 2"}, UnknownOption),
        (0, {"options": {"colour": "red"}}, UnknownOption),
    ],
)
async def test_what_cannot_be_pressed_costs_nothing(
    house: House, ann: Access, clock: FakeClock, number: int, more: dict[str, object], error: type[BotError]
) -> None:
    grid = await made(house, ann, clock)
    with pytest.raises(error):
        await pressing.press(house.orders, ann, grid.id, number, **more)  # type: ignore[arg-type] # any of them
    assert await house.left(ann.account_id) == DAILY - EACH
    assert len(await house.orders.mine(ann)) == 1


async def test_ones_own_result_is_pressed_on_wherever_it_is_shown(house: House, ann: Access, clock: FakeClock) -> None:
    """The list of orders and the gallery bring what was made in a group to the private chat."""
    there = await house.member(place=GROUP)
    grid = await made(house, there, clock)
    done = await finished(house, await pressing.press(house.orders, ann, grid.id, 0), clock)
    assert done.place == DM
    assert last(house).past == (Past("a fox", task_id="task1"),)
    with pytest.raises(JobGone):
        await pressing.press(house.orders, await house.member(BOB), grid.id, 0, others=True)


async def test_what_nobody_can_pay_is_not_ordered(make_house: Callable[..., House], clock: FakeClock) -> None:
    house = make_house(Rules(plans={"default": Plan(daily=EACH + UPSCALE - 1)}))
    ann = await house.member()
    grid = await made(house, ann, clock)
    with pytest.raises(OverQuota):
        await pressing.press(house.orders, ann, grid.id, 0)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.WAITING, JobState.FAILED])
async def test_what_is_not_made_has_no_buttons(house: House, ann: Access, clock: FakeClock, state: JobState) -> None:
    grid = await made(house, ann, clock)
    await house.put(grid, state=state)
    with pytest.raises(JobGone):
        await pressing.press(house.orders, ann, grid.id, 0)


@pytest.mark.parametrize("change", [{"buttons": (ZOOM,)}, {"task_id": ""}, {"state": JobState.FAILED}])
async def test_a_button_that_is_gone_when_it_is_sent_is_refunded_unsent(
    house: House, ann: Access, clock: FakeClock, change: dict[str, object]
) -> None:
    grid = await made(house, ann, clock)
    job = await pressing.press(house.orders, ann, grid.id, 0)
    await house.put(grid, **change)
    await house.worker.step()
    assert (await house.settled(job, JobState.FAILED)).error_key == SourceGone.key
    assert len(house.gateway.submitted) == 1
    await house.balanced(ann.account_id, HOUSE)


async def test_a_zoom_is_said_in_words_and_not_inherited(house: House, ann: Access, clock: FakeClock) -> None:
    """Its words are those of a press; what is pressed next is about the picture."""
    grid = await made(house, ann, clock)
    zoomed = await pressing.press(house.orders, ann, grid.id, 2, words="a castle --zoom 1.8")
    assert (zoomed.action, zoomed.prompt, zoomed.quote) == ("custom_zoom", "a castle --zoom 1.8", EACH)
    done = await finished(house, zoomed, clock)
    assert (await pressing.press(house.orders, ann, done.id, 0)).prompt == "a castle"


async def test_a_region_is_a_mask_of_the_result(house: House, ann: Access, clock: FakeClock) -> None:
    """White is what changes; the mask is made of the picture that the button is under, and kept with the inputs."""
    grid = await made(house, ann, clock, ratio="1:1")
    job = await pressing.press(house.orders, ann, grid.id, 1, words="a red hat", options={"only": "LEFT"})
    assert (job.action, job.press, job.prompt) == ("inpaint", REGION.id, "a red hat")
    assert job.options == {"ratio": "1:1", "only": "left"}
    await house.worker.step()
    [mask] = last(house).inputs
    assert (mask.role, mask.mime, await house.media.read(mask.media)) == ("mask", "image/png", b"white left grid")
    sent = await house.settled(job, JobState.WAITING)
    assert sent.inputs == ()  # made anew for each call
    async with house.store.read() as tx:
        assert mask.media in await tx.media.expired(clock.now_ms() + house.limits.input_keep_ms, 99)
    house.gateway.polls.append(GRID)
    changed = await due(house, job, clock)
    assert (await pressing.press(house.orders, ann, changed.id, 0)).options == {"ratio": "1:1"}


async def test_a_drawn_shape_says_it_as_well(house: House, ann: Access, clock: FakeClock) -> None:
    grid = await made(house, ann, clock)
    drawn = replace(await house.orders.keep_input(b"circle", "c.png", "image"), role="shape")
    job = await pressing.press(house.orders, ann, grid.id, 1, words="a hat", inputs=(drawn,))
    await house.worker.step()
    [mask] = last(house).inputs
    assert await house.media.read(mask.media) == b"white shape grid circle"
    assert (await house.settled(job, JobState.WAITING)).inputs == (drawn,)
    unclear = replace(await house.orders.keep_input(b"scribble", "c.png", "image"), role="shape")
    with pytest.raises(UnclearShape):
        await pressing.press(house.orders, ann, grid.id, 1, inputs=(unclear,))
    assert len(house.gateway.submitted) == 2


async def test_a_region_of_a_swept_picture_is_refunded(house: House, ann: Access, clock: FakeClock) -> None:
    grid = await made(house, ann, clock)
    job = await pressing.press(house.orders, ann, grid.id, 1, options={"only": "top"})
    await house.media.delete([grid.results[0].media])
    await house.worker.step()
    assert (await house.settled(job, JobState.FAILED)).error_key == "error-needs-input"
    pressed = await pressing.press(house.orders, ann, grid.id, 0)  # needs no picture of ours
    await house.worker.step()
    await house.settled(pressed, JobState.WAITING)


async def test_a_press_can_be_retried(house: House, ann: Access, clock: FakeClock) -> None:
    grid = await made(house, ann, clock)
    job = await pressing.press(house.orders, ann, grid.id, 1, words="a hat", options={"only": "centre"})
    again = await pressing.retry(house.orders, ann, job.id)
    assert (again.action, again.press, again.continues, again.options) == (
        "inpaint",
        REGION.id,
        grid.id,
        {"only": "centre"},
    )
    assert (again.parent_id, again.prompt, again.quote) == (job.id, "a hat", EACH)


async def test_actions_have_their_own_price_and_may_have_no_words(house: House) -> None:
    picture = Part("image", media="0" * 64, mime="image/png", size=3)
    order, _, price = house.orders.check("image", MJ, "", {}, (picture,), "describe")
    assert (order.action, order.prompt, price) == ("describe", "", UPSCALE)
    assert house.orders.check("image", MJ, "", {}, (), "upscale")[2] == UPSCALE
