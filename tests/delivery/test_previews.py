"""The acknowledgement as a picture of what is in the making: when it changes, when it does not, and what comes after it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bots.outlet import Buttons, MediaFile, Rendered
from core.values import Artifact, Job, JobState, Place
from tests.delivery.bench import JOB_ID, Bench
from tests.delivery.scripted import CHANNEL, DM
from tests.delivery.world import Fault


async def running(bench: Bench, **changes: Any) -> Job:
    """At the gateway, and in the store."""
    job = bench.job(state=JobState.WAITING, progress=20, **changes)
    async with bench.store.begin() as tx:
        await tx.jobs.add(job)
    return job


async def ended(bench: Bench, job: Job, **changes: Any) -> Job:
    async with bench.store.begin() as tx:
        saved = await tx.jobs.save(replace(job, **changes), job.version)
    assert saved is not None
    return saved


async def preview(bench: Bench, mark: str = "p") -> Artifact:
    return await bench.artifact(mime="image/jpeg", mark=mark)


async def test_the_acknowledgement_becomes_a_picture_with_the_line_below_it(bench: Bench) -> None:
    ack, job = bench.see_ack(), await running(bench)
    await bench.deliverer.progress(job, await preview(bench))
    assert ack.contents == (b"p" * 100,) and ack.files[0].name == "preview.jpg"
    assert "[progress-line" in ack.text and "percent=20" in ack.text
    assert ack.buttons[0][0].data == f"job:{JOB_ID}:cancel"


async def test_it_changes_with_the_percentage_alone_and_at_the_platforms_pace(bench: Bench) -> None:
    ack, job = bench.see_ack(), await running(bench)
    await bench.deliverer.progress(job, await preview(bench))
    bench.clock.advance(11)
    await bench.deliverer.progress(job, await preview(bench, "q"))  # another picture of the same percentage
    await bench.deliverer.progress(job)
    assert bench.world.methods() == ["show_media"]
    for percent in (30, 31, 32):
        await bench.deliverer.progress(replace(job, progress=percent), await preview(bench, "q"))
        bench.clock.advance(4)
    assert ack.contents == (b"q" * 100,) and "percent=30" in ack.text
    bench.clock.advance(11)
    await bench.deliverer.progress(replace(job, progress=46))  # nothing new to be seen
    assert ack.contents == (b"q" * 100,) and "percent=46" in ack.text
    assert bench.world.methods() == ["show_media", "show_media", "edit"]


async def test_another_stage_is_told_at_once(bench: Bench) -> None:
    ack, job = bench.see_ack(), await running(bench)
    await bench.deliverer.progress(job, await preview(bench))
    bench.clock.advance(1.5)
    await bench.deliverer.progress(replace(job, state=JobState.READY))
    assert "state=ready" in ack.text and ack.buttons == ()


@pytest.mark.parametrize("fault", ["rejected", "too-large"])
async def test_a_preview_that_is_refused_is_a_line_and_not_tried_again(bench: Bench, fault: Fault) -> None:
    ack, job = bench.see_ack(), await running(bench)
    bench.world.decide = lambda method, number: fault if method == "show_media" else None
    await bench.deliverer.progress(job, await preview(bench))
    assert "percent=20" in ack.text and ack.files == ()
    bench.clock.advance(11)
    await bench.deliverer.progress(replace(job, progress=40), await preview(bench))
    assert "percent=40" in ack.text
    assert bench.world.methods() == ["show_media", "edit", "edit"]


async def test_a_preview_that_is_kept_no_more_is_a_line(bench: Bench) -> None:
    ack, job, look = bench.see_ack(), await running(bench), await preview(bench)
    await bench.media.delete([look.media])
    await bench.deliverer.progress(job, look)
    assert "percent=20" in ack.text and bench.world.methods() == ["edit"]


async def test_previews_never_raise_and_are_dropped_when_the_platform_is_in_trouble(bench: Bench) -> None:
    faults: list[Fault] = ["flood", "away", "gone-chat", "lost"]
    for fault in faults:
        bench.world.decide = lambda method, number, fault=fault: fault  # type: ignore[misc]
        job = await running(bench, id=f"job-{fault:-<12}")
        await bench.deliverer.progress(job, await preview(bench))
        bench.clock.advance(60)
    assert bench.world.methods() == ["show_media"] * len(faults)


async def test_an_acknowledgement_that_is_gone_is_left_alone(bench: Bench) -> None:
    job = await running(bench)
    for percent in (20, 40):
        await bench.deliverer.progress(replace(job, progress=percent), await preview(bench))
        bench.clock.advance(60)
    assert bench.world.methods() == ["show_media", "edit"]


async def test_previews_give_way_to_answers_and_to_silence(bench: Bench) -> None:
    job = await running(bench)
    silenced: list[dict[str, Any]] = [{"muted": True}, {"ack_id": ""}, {"place": CHANNEL}]
    for changes in silenced:
        await bench.deliverer.progress(replace(job, **changes), await preview(bench))
    while bench.deliverer._post.pacer.preview(DM):
        pass
    await bench.deliverer.progress(job, await preview(bench))
    assert bench.world.calls == []


@pytest.mark.parametrize("changes", [{"state": JobState.DONE}, {"muted": True}])
async def test_a_preview_that_took_too_long_to_fetch_is_not_shown(bench: Bench, changes: dict[str, Any]) -> None:
    ack, job = bench.see_ack(), await running(bench)
    ready = await ended(bench, job, state=JobState.READY) if "state" in changes else job
    await ended(bench, ready, **changes)
    await bench.deliverer.progress(job, await preview(bench))
    assert ack.text == "working" and bench.world.calls == []


async def test_the_result_is_a_new_message_and_the_picture_a_line_again(discord_bench: Bench) -> None:
    bench = discord_bench
    ack, job = bench.see_ack("1"), await running(bench, place=CHANNEL, ack_id="1-1", person_id="p2")
    await bench.deliverer.progress(job, await preview(bench))
    assert ack.files
    ready = await ended(bench, job, state=JobState.READY, results=(await bench.artifact(mark="r"),))
    ids = await bench.deliverer.deliver(ready)
    await bench.deliverer.close()
    assert ids == (bench.last.id,) and bench.last is not ack
    assert bench.last.contents == (b"r" * 100,) and (bench.last.reply_to, bench.last.ping) == ("11", "900")
    assert (ack.text, ack.buttons, ack.files) == ("[deliver-done kind=image]", (), ())


async def test_a_failure_takes_the_place_of_the_preview_too(bench: Bench) -> None:
    ack, job = bench.see_ack(), await running(bench)
    await bench.deliverer.progress(job, await preview(bench))
    await bench.deliverer.tell(replace(job, state=JobState.FAILED, error_key="error-moderated"))
    await bench.deliverer.close()
    assert bench.last.text == "[error-moderated]" and bench.last.reply_to == "11"
    assert (ack.text, ack.buttons) == ("[deliver-failed kind=image]", ())


async def test_an_upload_that_is_still_on_its_way_does_not_write_over_the_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ack, job = bench.see_ack(), await running(bench)
    outlet: Any = bench.deliverer._post.outlets["telegram"]
    begun, may_land = asyncio.Event(), asyncio.Event()
    upload = outlet.show_media

    async def slow(place: Place, message_id: str, file: MediaFile, text: Rendered, *, buttons: Buttons = ()) -> Any:
        begun.set()
        await may_land.wait()
        return await upload(place, message_id, file, text, buttons=buttons)

    monkeypatch.setattr(outlet, "show_media", slow)
    note = asyncio.create_task(bench.deliverer.progress(job, await preview(bench)))
    await begun.wait()
    await bench.deliverer.progress(replace(job, progress=70))  # one note at a time
    await bench.deliverer.deliver(replace(job, state=JobState.READY, results=(await bench.artifact(mark="r"),)))
    assert bench.last.contents == (b"r" * 100,)  # the result itself does not wait
    for _ in range(50):
        await asyncio.sleep(0)  # the acknowledgement does
    may_land.set()
    await note
    await bench.deliverer.close()
    assert ack.contents == (b"p" * 100,)
    assert ack.id not in bench.world.messages  # it would keep its preview for ever
