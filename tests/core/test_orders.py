from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest

from core import pressing
from core.errors import (
    BadFile,
    BadOption,
    BotError,
    EmptyPrompt,
    FilesTooLarge,
    FileTooLarge,
    JobGone,
    NeedsInput,
    OverQuota,
    PromptTooLong,
    UnknownModel,
    UnknownOption,
    WrongInput,
)
from core.limits import LIMITS
from core.plans import Plan, Rules
from core.values import InboxEvent, JobState, Json, ModelKind, Part, Role
from tests.clocks import FakeClock
from tests.core.house import BOB, BOSS, DM, FILM, GROUP, PEN, House

Make = Callable[..., House]
Asked = tuple[ModelKind, str | None, str, Mapping[str, str], tuple[Part, ...]]
PICTURE = Part("image", media="0" * 64, mime="image/png", name="a.png", size=3)


# --- checking --------------------


@pytest.mark.parametrize(
    ("order", "error", "params"),
    [
        (("image", None, "  \n", {}, ()), EmptyPrompt, {"command": "image"}),
        (("image", None, "x" * 100_000, {}, ()), PromptTooLong, {"limit": 32_000, "length": 100_000}),
        (("image", "nope", "x", {}, ()), UnknownModel, {"name": "nope"}),
        (("image", "film", "x", {}, ()), UnknownModel, {"name": "film"}),
        (("image", None, "x", {"colour": "red"}, ()), UnknownOption, {"name": "colour", "allowed": "model, ratio"}),
        (("image", None, "x", {"ratio": "3:7"}, ()), BadOption, {"value": "3:7", "allowed": "1:1, 16:9"}),
        (
            ("video", None, "x", {}, (Part("audio", name="a.mp3"),)),
            WrongInput,
            {"model": "film", "kind": "audio"},
        ),
        (("video", None, "x", {}, (PICTURE,) * 9), BadOption, {"name": "files"}),
        (("video", "film-i2v", "x", {}, ()), NeedsInput, {"command": "video"}),
    ],
)
def test_bad_input_is_one_clear_error(
    house: House, order: Asked, error: type[BotError], params: Mapping[str, Json]
) -> None:
    with pytest.raises(error) as caught:
        house.orders.check(*order)
    assert caught.value.params.items() >= params.items()


def test_good_input_is_resolved_and_priced(house: House) -> None:
    order, spec, price = house.orders.check("video", "FILM", " a fox ", {"Seconds": "8"}, (PICTURE,))
    assert (order.model, order.prompt, order.options, spec.name, price) == (
        "film",
        "a fox",
        {"seconds": "8"},
        "film",
        400_000,
    )
    assert house.orders.check("image", None, "", {}, (PICTURE,))[2] == PEN


# --- inputs --------------------


async def test_inputs_are_kept_for_a_day_under_their_real_type(house: House, clock: FakeClock) -> None:
    part = await house.orders.keep_input(b"a picture", "cat.jpeg", "document")
    assert (part.kind, part.mime, part.size) == ("image", "image/png", 9)
    async with house.store.read() as tx:
        assert await tx.media.expired(clock.now_ms() + 86_399_999, 9) == []
        assert await tx.media.expired(clock.now_ms() + 86_400_000, 9) == [part.media]


async def test_a_file_that_is_not_what_it_says_is_refused(house: House) -> None:
    with pytest.raises(BadFile):
        await house.orders.keep_input(b"bad text", "cat.png", "image")
    part = await house.orders.keep_input(b"bad text", "notes.txt", "document")
    assert (part.kind, part.name, part.mime) == ("document", "notes.txt", "text/plain")
    part = await house.orders.keep_input(b"bad\x00bytes", "application/pdf", "document")
    assert (part.name, part.mime) == ("", "application/octet-stream")


async def test_a_file_that_is_too_large_is_refused(make_house: Make) -> None:
    house = make_house(limits=LIMITS._replace(input_bytes=1000))
    with pytest.raises(FileTooLarge):
        await house.orders.keep_input(b"x" * 1001, "cat.png", "image")


def test_files_may_be_too_large_together(make_house: Make) -> None:
    house = make_house(limits=LIMITS._replace(order_bytes=1000))
    house.orders.check("image", None, "x", {}, (replace(PICTURE, size=1000),))
    with pytest.raises(FilesTooLarge):
        house.orders.check("image", None, "x", {}, (replace(PICTURE, size=1001),))


# --- placing --------------------


async def test_job_hold_and_journal_row_are_one_commit(house: House, clock: FakeClock) -> None:
    ann = await house.member()
    async with house.store.begin() as tx:
        await tx.inbox.add([InboxEvent("telegram", "e1", "100", "{}", clock.now_ms())], "x", 0)
    job = await house.place(ann, event_id="e1", parent_id="before")
    assert (job.state, job.quote, job.account_id, job.parent_id) == (JobState.QUEUED, FILM, ann.account_id, "before")
    assert await house.left(ann.account_id) == 1_000_000 - FILM
    async with house.store.begin() as tx:
        assert await tx.inbox.claim("telegram", "y", clock.now_ms() + 10**9, 2**50, 9) == []


async def test_a_refused_order_leaves_nothing_behind(make_house: Make, clock: FakeClock) -> None:
    house = make_house(Rules(plans={"default": Plan(daily=FILM - 1)}))
    ann = await house.member()
    async with house.store.begin() as tx:
        await tx.inbox.add([InboxEvent("telegram", "e1", "100", "{}", clock.now_ms())], "x", 0)
    with pytest.raises(OverQuota):
        await house.place(ann, event_id="e1")
    assert await house.orders.mine(ann) == []
    assert (await house.purse.balance(ann)).daily == FILM - 1
    async with house.store.begin() as tx:
        assert len(await tx.inbox.claim("telegram", "y", clock.now_ms() + 10**9, 2**50, 9)) == 1


async def test_an_event_that_is_handled_twice_orders_once(house: House) -> None:
    ann = await house.member()
    first = await house.place(ann, event_id="e1")
    second = await house.place(ann, event_id="e1")
    other = await house.place(ann, event_id="e2")
    assert first.id == second.id != other.id
    assert len(await house.orders.mine(ann)) == 2
    assert await house.left(ann.account_id) == 1_000_000 - 2 * FILM


async def test_twenty_orders_at_once_on_the_last_credit(make_house: Make) -> None:
    house = make_house(Rules(plans={"default": Plan(daily=5 * PEN + 1, open_jobs=100)}))
    ann = await house.member()
    results = await asyncio.gather(*(house.place(ann, "image") for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, OverQuota) for result in results) == 15
    assert len(await house.orders.mine(ann, 50)) == 5
    assert await house.left(ann.account_id) == 1


async def test_a_group_pays_and_is_refunded(make_house: Make) -> None:
    house = make_house(Rules())
    await house.directory.allow_chat(GROUP, True)
    bob = await house.directory.meet(GROUP, BOB)
    job = await house.place(bob)
    assert job.account_id == bob.account_id
    assert await house.orders.cancel(bob, job.id) == "cancelled"
    assert await house.left(bob.account_id) == 1_000_000
    await house.balanced(bob.account_id)


# --- afterwards --------------------


async def test_cancel_before_sending_refunds(house: House) -> None:
    ann = await house.member()
    job = await house.place(ann)
    assert await house.orders.cancel(ann, job.id) == "cancelled"
    assert await house.worker.step() == 0
    assert house.gateway.submitted == []
    assert await house.left(ann.account_id) == 1_000_000
    with pytest.raises(JobGone):
        await house.orders.cancel(ann, job.id)
    await house.balanced(ann.account_id)


@pytest.mark.parametrize("state", [JobState.SENDING, JobState.WAITING, JobState.MODAL])
async def test_cancel_after_sending_only_mutes(house: House, state: JobState) -> None:
    ann = await house.member()
    job = await house.put(await house.place(ann), state=state, due_ms=2**50)
    assert await house.orders.cancel(ann, job.id) == "muted"
    assert await house.orders.cancel(ann, job.id) == "muted"
    found = await house.settled(job, state)
    assert found.muted
    assert found.due_ms == 2**50  # whoever holds it keeps its lease
    assert await house.left(ann.account_id) == 1_000_000 - FILM


async def test_cancel_of_a_result_that_is_not_delivered_yet(house: House) -> None:
    ann = await house.member()
    job = await house.put(await house.place(ann), state=JobState.READY)
    assert await house.orders.cancel(ann, job.id) == "muted"
    await house.worker.step()
    assert house.courier.delivered == []
    assert (await house.job(job.id)).state is JobState.CANCELLED


async def test_jobs_of_others_are_not_there_but_for_owners(house: House) -> None:
    ann, bob = await house.member(), await house.member(BOB)
    boss = await house.member(BOSS, role=Role.OWNER)
    job = await house.place(ann)
    for deed in (house.orders.get, house.orders.cancel, partial(pressing.retry, house.orders)):
        with pytest.raises(JobGone):
            await deed(bob, job.id)
        with pytest.raises(JobGone):
            await deed(bob, "no such job")
    assert (await house.orders.get(boss, job.id)).id == job.id
    assert await house.orders.mine(bob) == []


async def test_retry_is_a_new_job_for_the_same_order(house: House) -> None:
    ann = await house.member()
    part = await house.orders.keep_input(b"a picture", "cat.png", "image")
    order, _, _ = house.orders.check("video", None, "a fox", {"seconds": "4"}, (part,))
    job = await house.orders.place(ann, "7", order)
    again = await pressing.retry(house.orders, ann, job.id)
    assert (again.parent_id, again.prompt, again.options, again.inputs, again.origin_id) == (
        job.id,
        "a fox",
        {"seconds": "4"},
        (replace(part, role="first_frame"),),
        "7",
    )
    pressed = await pressing.retry(house.orders, ann, job.id, "8", "press-1")
    assert (await pressing.retry(house.orders, ann, job.id, "8", "press-1")).id == pressed.id != again.id
    await house.media.delete([part.media])
    with pytest.raises(NeedsInput):
        await pressing.retry(house.orders, ann, job.id)


async def test_a_retry_keeps_the_options_that_the_row_still_has(house: House) -> None:
    """Rows change: an option that is gone, or called otherwise, must not make a former order impossible."""
    ann = await house.member()
    order, _, _ = house.orders.check("image", "gpt-image-2", "a fox", {"quality": "low"})
    job = await house.orders.place(ann, "7", order)
    former = replace(job, id="former", options={"quality": "low", "size": "4K", "ratio": "5:7", "dpi": "300"})
    async with house.store.begin() as tx:
        await tx.jobs.add(former)
    again = await pressing.retry(house.orders, ann, "former")
    assert again.options == {"quality": "low", "resolution": "4k"}


async def test_numbers_are_told_as_a_range(house: House) -> None:
    assert house.orders.check("image", "midjourney", "x", {"stylize": "２５０"})[0].options == {"stylize": "250"}
    with pytest.raises(BadOption) as caught:
        house.orders.check("image", "midjourney", "x", {"stylize": "1001"})
    assert caught.value.params["allowed"] == "0–1000"


async def test_smuggled_flags_are_refused_by_name(house: House) -> None:
    for prompt in ("a fox --turbo", "a fox —turbo", "a fox--turbo"):
        with pytest.raises(UnknownOption) as caught:
            house.orders.check("image", "midjourney", prompt, {})
        assert caught.value.params["name"] == "--turbo"
    assert house.orders.check("image", None, "a fox --turbo", {})[0].prompt == "a fox --turbo"


def test_what_is_pasted_into_the_words_is_paid_for(house: House) -> None:
    prices = [house.orders.check("image", "midjourney", f"x{flag}", {})[2] for flag in ("", " --q 2", " --q 4")]
    assert prices == [100_000, 200_000, 400_000]
    assert house.orders.check("image", "midjourney", "x --q 4", {"quality": "1"})[2] == 100_000  # which counts more


async def test_the_acknowledgement_is_noted_and_linked_even_while_a_worker_writes(house: House) -> None:
    ann = await house.member()
    job = await house.place(ann)
    house.gateway.on_submit = lambda: house.orders.acknowledged(job.id, "m9")
    await house.worker.step()
    found = await house.settled(job, JobState.WAITING)
    assert (found.ack_id, found.task_id) == ("m9", "task1")
    async with house.store.read() as tx:
        assert await tx.conversations.linked(DM, "m9") == f"job:{job.id}"
    await house.orders.acknowledged(job.id, "")
    await house.orders.acknowledged("no such job", "m1")
    assert (await house.job(job.id)).ack_id == "m9"
