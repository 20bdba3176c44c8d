"""Pictures that are changed by words: what was said and made is said again as far as it is there, else the result is an
ordinary file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import SourceGone
from core.gateway.wire import Ready
from core.plans import Plan, Rules
from core.sources import PAST_BYTES, PAST_MOST, Sources, can_be_continued, remembers, wire_of
from core.specs import Route
from core.values import HOUSE, Access, Artifact, Job, JobState, Order, Part, Past
from tests.clocks import FakeClock
from tests.core.buttons import last
from tests.core.house import BOB, GROUP, House

DAILY = 50_000_000
GEMINI, OTHER, FORGETFUL = "gemini-3.1-flash-image-preview", "gemini-3-pro-image-preview", "gpt-image-2"


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)}))


async def drawn(
    house: House,
    access: Access,
    words: str,
    *,
    model: str = GEMINI,
    said: str = "{}",
    inputs: tuple[Part, ...] = (),
    source: Job | None = None,
) -> Job:
    """A picture whose bytes are its words, and what its model wrote (`said`)."""
    order, _, _ = house.orders.check("image", model, words, {}, inputs)
    order = replace(order, continues=source.id if source else "")
    house.gateway.submits.append(Ready((Artifact("image", data=words.encode()),), transcript=said))
    job = await house.orders.place(access, "q", order)
    await house.worker.step()
    return await house.settled(job, JobState.DONE)


async def follow_up(
    house: House, access: Access, source: Job, inputs: tuple[Part, ...] = (), model: str = GEMINI
) -> Job:
    order = Order("image", model, "bluer", {}, inputs, continues=source.id)
    job = await house.orders.place(access, "q", order)
    await house.worker._sending.step()
    return await house.job(job.id)


def file_of(job: Job) -> Part:
    result = job.results[0]
    return Part("image", media=result.media, mime=result.mime, size=result.size)


async def test_words_and_pictures_are_said_again(house: House, ann: Access) -> None:
    sent_in = await house.orders.keep_input(b"a photo", "a.png", "image")
    first = await drawn(house, ann, "a fox", said="one", inputs=(sent_in,))
    second = await drawn(house, ann, "a red fox", said="two", source=first)
    await follow_up(house, ann, second)
    earlier, later = last(house).past
    assert earlier == Past("a fox", "one", "", (sent_in,), (file_of(first),))
    assert later == Past("a red fox", "two", "", (), (file_of(second),))
    assert [part.data for part in (*earlier.inputs, *earlier.results, *later.results)] == [
        b"a photo",
        b"a fox",
        b"a red fox",
    ]
    assert (last(house).inputs, last(house).prompt) == ((), "bluer")
    assert house.gateway.wires[-1] == "gemini_native"


async def test_a_variation_is_told_as_one(house: House, ann: Access) -> None:
    """Its wire said other words than the job's."""
    first = await drawn(house, ann, "a fox")
    order, _, _ = house.orders.check("image", GEMINI, "a fox", {"resolution": "4k"}, (file_of(first),), "upscale")
    house.gateway.submits.append(Ready((Artifact("image", data=b"larger"),), transcript="{}"))
    job = await house.orders.place(ann, "q", order)
    await house.worker.step()
    await follow_up(house, ann, await house.settled(job, JobState.DONE))
    (then,) = last(house).past
    assert (then.prompt, then.action, then.options) == ("a fox", "upscale", {"resolution": "4k"})


async def test_no_more_is_said_again_than_fits(house: House, ann: Access) -> None:
    """The oldest are left out first: by number, and by their bytes together."""
    jobs = [await drawn(house, ann, "fox 0")]
    for number in range(1, PAST_MOST + 2):
        jobs.append(await drawn(house, ann, f"fox {number}", source=jobs[-1]))
    await follow_up(house, ann, jobs[-1])
    assert [past.prompt for past in last(house).past] == [job.prompt for job in jobs[-PAST_MOST:]]
    for job in jobs:
        await house.put(await house.job(job.id), results=(replace(job.results[0], size=PAST_BYTES // 2 - 1),))
    await follow_up(house, ann, jobs[-1])
    assert [past.prompt for past in last(house).past] == [job.prompt for job in jobs[-2:]]
    with_file = await house.orders.keep_input(b"a hat", "a.png", "image")
    await follow_up(house, ann, jobs[-1], (with_file,))
    assert [past.prompt for past in last(house).past] == [jobs[-1].prompt]


@pytest.mark.parametrize("why", ["too large", "no words", "another model"])
async def test_what_cannot_be_said_again_is_an_ordinary_file(
    house: House, ann: Access, clock: FakeClock, why: str
) -> None:
    first = await drawn(house, ann, "a fox", said="" if why == "no words" else "{}")
    if why == "too large":
        await house.put(first, results=(replace(first.results[0], size=PAST_BYTES + 1),))
    hat = await house.orders.keep_input(b"a hat", "a.png", "image")
    job = await follow_up(house, ann, first, (hat,), OTHER if why == "another model" else GEMINI)
    assert job.state is JobState.WAITING
    assert last(house).past == ()
    assert [part.media for part in last(house).inputs] == [first.results[0].media, hat.media]
    # it is tried again: the row has the file already
    await house.put(job, state=JobState.QUEUED, due_ms=clock.now_ms())
    await house.worker._sending.step()
    assert [part.media for part in last(house).inputs] == [first.results[0].media, hat.media]


async def test_old_files_are_left_out_and_old_results_end_it(house: House, ann: Access) -> None:
    """What people send in is kept for a day."""
    photo = await house.orders.keep_input(b"a photo", "a.png", "image")
    first = await drawn(house, ann, "a fox", inputs=(photo,))
    second = await drawn(house, ann, "a red fox", source=first)
    await house.media.delete([photo.media])
    await follow_up(house, ann, second)
    assert [past.inputs for past in last(house).past] == [(), ()]
    await house.media.delete([first.results[0].media])
    await follow_up(house, ann, second)
    assert [past.prompt for past in last(house).past] == ["a red fox"]
    await house.media.delete([second.results[0].media])
    sent = len(house.gateway.submitted)
    job = await follow_up(house, ann, second)
    assert (job.state, job.error_key) == (JobState.FAILED, SourceGone.key)
    assert len(house.gateway.submitted) == sent


async def test_a_picture_of_another_chat_is_not_shown_here(house: House, ann: Access) -> None:
    bob = await house.member(BOB, GROUP)
    private = await drawn(house, ann, "a secret")
    job = await follow_up(house, bob, private)
    assert (job.state, job.error_key) == (JobState.FAILED, SourceGone.key)
    async with house.store.read() as tx:
        assert await tx.ledger.held(job.id) is None


async def test_ones_own_picture_of_another_chat_is_gone_on_with(house: House, ann: Access) -> None:
    there = await house.member(place=GROUP)
    public = await drawn(house, there, "a fox")
    await follow_up(house, ann, public)
    assert [past.prompt for past in last(house).past] == ["a fox"]


async def test_a_transcript_whose_pictures_are_not_all_here_is_of_no_use(house: House, ann: Access) -> None:
    """It names them by their number."""
    order, _, _ = house.orders.check("image", GEMINI, "two foxes", {})
    both = (Artifact("image", data=b"bad one"), Artifact("image", data=b"two"))
    house.gateway.submits.append(Ready(both, transcript="{}"))
    job = await house.orders.place(ann, "q", order)
    await house.worker.step()
    assert (await house.settled(job, JobState.DONE)).transcript == ""
    await house.balanced(ann.account_id, HOUSE)


async def test_who_remembers(house: House, ann: Access) -> None:
    job = await drawn(house, ann, "a fox")
    assert remembers(house.catalog.get(GEMINI, "image"))
    assert not remembers(house.catalog.get(FORGETFUL, "image"))
    assert can_be_continued(job, house.catalog.find(GEMINI))
    assert not can_be_continued(replace(job, transcript=""), house.catalog.find(GEMINI))
    assert can_be_continued(replace(job, transcript="", state=JobState.SENDING), house.catalog.find(GEMINI))
    assert not can_be_continued(job, house.catalog.find(FORGETFUL))
    assert not can_be_continued(job, replace(house.catalog.get(GEMINI, "image"), hidden=True))
    assert not can_be_continued(job, None)


@pytest.mark.parametrize(
    ("base", "edit", "files", "past", "press", "wire"),
    [
        (False, True, False, True, "", "gemini_native"),
        (False, True, True, True, "", "gemini_native"),
        (True, False, False, True, "", "images_json"),
        (True, False, True, True, "", "images_json"),
        (False, True, False, False, "", "images_json"),
        (False, True, True, False, "", "gemini_native"),
        (False, True, False, True, "U1", "images_json"),
    ],
)
async def test_what_is_said_again_goes_by_the_wire_that_remembers(
    house: House, ann: Access, base: bool, edit: bool, files: bool, past: bool, press: str, wire: str
) -> None:
    job = replace(await drawn(house, ann, "a fox"), press=press)
    row = house.catalog.get(FORGETFUL, "image")
    route = Route("gemini_native", {"continues": edit})
    spec = replace(row, extra={**row.extra, "continues": base}, routes={"edit": route})
    found = Sources((Part("image"),) if files else (), (Past("x"),) if past else ())
    assert wire_of(spec, job, found).family == wire
