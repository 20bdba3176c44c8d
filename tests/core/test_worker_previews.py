"""What a picture looks like while it is made: fetched, made small, kept for an hour, never in the way. Words as results."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import NoResult
from core.gateway.wire import Again, Ready
from core.notes import FETCH_BYTES, PREVIEW_KEEP_MS
from core.values import Access, Artifact, JobState, Part
from core.workshop import TEXT_CHARS
from tests.clocks import FakeClock
from tests.core.buttons import GRID, MJ, U1, due
from tests.core.house import House


async def noted(house: House) -> None:
    """The note is a task of its own."""
    async with asyncio.timeout(10):
        while house.worker._notes._running:  # noqa: ASYNC110 - tasks that nobody else holds
            await asyncio.sleep(0.001)


async def test_a_preview_is_shown_small_when_the_progress_changes(house: House, ann: Access, clock: FakeClock) -> None:
    order, _, _ = house.orders.check("image", MJ, "a fox", {})
    job = await house.orders.place(ann, "q", order)
    await house.worker.step()
    await noted(house)
    del house.courier.noted[:], house.courier.previews[:]
    house.gateway.polls += [
        Again(progress=10, preview="https://cdn/10.webp"),
        Again(progress=10, preview="https://cdn/10b.webp"),  # the same percentage
        Again(progress=30, preview="https://cdn/10.webp"),  # the same picture
        Again(progress=60, preview="https://cdn/60.webp"),
        Again(progress=70),
    ]
    for _ in range(5):
        await due(house, job, clock)
        await noted(house)
    assert [note.progress for note in house.courier.noted] == [10, 10, 30, 60, 70]
    assert house.gateway.fetched == [("https://cdn/10.webp", FETCH_BYTES), ("https://cdn/60.webp", FETCH_BYTES)]
    first, unmoved, same, second, none = house.courier.previews
    assert (unmoved, same, none) == (None, None, None)
    assert first is not None
    assert second is not None
    assert (await house.media.read(first.media), first.mime) == (b"small https://cdn/10.webp", "image/jpeg")
    async with house.store.read() as tx:
        expired = await tx.media.expired(clock.now_ms() + PREVIEW_KEEP_MS, 99)
    assert len(expired) == 4  # as it came, and small
    assert {first.media, second.media} <= set(expired)
    house.gateway.polls.append(GRID)
    await due(house, job, clock)
    await house.settled(job, JobState.DONE)


@pytest.mark.parametrize("trouble", [NoResult("gone"), OSError("disk full"), "bad picture"])
async def test_without_a_preview_the_progress_is_shown_all_the_same(
    house: House, ann: Access, clock: FakeClock, trouble: BaseException | str
) -> None:
    order, _, _ = house.orders.check("image", MJ, "a fox", {})
    job = await house.orders.place(ann, "q", order)
    await house.worker.step()
    await noted(house)
    if isinstance(trouble, BaseException):
        house.gateway.fetches.append(trouble)
    house.gateway.polls += [Again(progress=40, preview=str(trouble))]
    await due(house, job, clock)
    await noted(house)
    assert (house.courier.noted[-1].progress, house.courier.previews[-1]) == (40, None)
    await house.settled(job, JobState.WAITING)


async def test_a_preview_that_hangs_holds_up_nothing(
    house: House, ann: Access, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> tuple[str, int]:
        await asyncio.Event().wait()
        raise AssertionError

    order, _, _ = house.orders.check("image", MJ, "a fox", {})
    job = await house.orders.place(ann, "q", order)
    await house.worker.step()
    await noted(house)
    fetch = house.gateway.fetch
    monkeypatch.setattr(house.gateway, "fetch", hang)
    house.gateway.polls += [Again(progress=40, preview="https://cdn/40.webp"), Again(progress=50, preview="https://b")]
    await due(house, job, clock)
    await due(house, job, clock)
    monkeypatch.setattr(house.gateway, "fetch", fetch)
    house.gateway.polls.append(GRID)
    await due(house, job, clock)
    await house.settled(job, JobState.DONE)
    await house.worker.stop()
    await house.worker._notes.close()


# --- results that are words, and buttons


async def test_a_description_is_kept_as_words(house: House, ann: Access, clock: FakeClock) -> None:
    part = await house.orders.keep_input(b"a fox", "fox.png", "image")
    order, _, _ = house.orders.check("image", MJ, "", {}, (part,), "describe")
    job = await house.orders.place(ann, "q", order)
    await house.worker.step()
    words = [Artifact("text", text=text) for text in ("a red fox", "x" * 9_000)]
    house.gateway.polls.append(Ready(tuple(words), buttons=(U1,)))
    done = await due(house, job, clock)
    assert done.state is JobState.DONE
    assert done.results == (words[0], Artifact("text", text="x" * TEXT_CHARS))
    assert (done.error_key, done.buttons, house.gateway.fetched) == ("", (U1,), [])


async def test_words_are_no_picture_for_another_order(house: House, ann: Access, clock: FakeClock) -> None:
    part = await house.orders.keep_input(b"a fox", "fox.png", "image")
    order, _, _ = house.orders.check("image", MJ, "", {}, (part,), "describe")
    job = await house.orders.place(ann, "q", order)
    await house.worker.step()
    house.gateway.polls.append(Ready((Artifact("text", text="a fox"),)))
    await due(house, job, clock)
    film, _, _ = house.orders.check("video", "film-i2v", "x", {}, (Part("image", media=f"job:{job.id}"),))
    placed = await house.orders.place(ann, "q", film)
    await house.worker.step()
    assert (await house.settled(placed, JobState.FAILED)).error_key == "error-source-gone"


async def test_no_more_results_than_are_kept(house: House, ann: Access, clock: FakeClock) -> None:
    order, _, _ = house.orders.check("image", MJ, "a fox", {})
    job = await house.orders.place(ann, "q", order)
    await house.worker.step()
    house.gateway.polls.append(Ready(tuple(Artifact("text", text=f"{at}") for at in range(50))))
    assert len((await due(house, job, clock)).results) == house.limits.artifacts_per_job
