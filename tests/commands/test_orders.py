"""Pictures and films from the first word to the last button, and what they cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.outlet import MessageGone, OutletError, TooLarge
from core.values import JobState, ReplyTo
from tests.commands.rig import BOB, GROUP, PHOTO, Rig, reply_to


async def test_an_order_is_acknowledged_with_model_price_and_cancel(rig: Rig) -> None:
    (said,) = await rig.message("/image a red fox —ratio 16:9")
    (job,) = await rig.jobs()
    assert "pen" in said.text
    assert "5 credits" in said.text
    assert said.data == [f"job:{job.id}:cancel"]
    assert (job.prompt, job.options, job.ack_id, job.origin_id) == (
        "a red fox",
        {"ratio": "16:9"},
        said.message_id,
        "1",
    )
    assert await rig.open_events() == []


async def test_the_same_event_orders_once(rig: Rig) -> None:
    incoming = rig.incoming("/image a fox")
    await rig.handle(incoming)
    await rig.handle(incoming)
    assert len(await rig.jobs()) == 1


async def test_an_order_by_slash_command(rig: Rig) -> None:
    await rig.slash("video", prompt="a cat --wild", seconds="8")
    (job,) = await rig.jobs()
    assert (job.prompt, job.options, job.quote) == ("a cat --wild", {"seconds": "8"}, 400_000)


async def test_an_order_stands_when_its_acknowledgement_cannot_be_sent(rig: Rig) -> None:
    rig.outlet.gone = True
    await rig.message("/image a fox")
    (job,) = await rig.jobs()
    assert job.state is JobState.QUEUED
    assert job.ack_id == ""


async def test_a_caption_with_a_picture_or_a_reply_to_one_is_its_input(rig: Rig) -> None:
    await rig.message("/edit make it blue", attachments=(PHOTO,))
    await rig.message("/edit make it red", reply=ReplyTo("9", author_id="5", attachments=(PHOTO,)))
    await rig.message("/video@our_bot it jumps", GROUP, mentioned=True, attachments=(PHOTO,))
    assert [[part.kind for part in job.inputs] for job in await rig.jobs()] == [["image"]] * 3


async def test_a_picture_goes_to_a_model_that_takes_it(rig: Rig) -> None:
    """The usual model unless it takes none; a model that was named is not exchanged."""
    rig.take_away("film", "image")
    await rig.message("/video it jumps", attachments=(PHOTO,))
    (job,) = await rig.jobs()
    spec = rig.catalog.get(job.model, "video")
    assert job.model != "film" and "image" in spec.inputs
    (said,) = await rig.message("/video it jumps --model film", attachments=(PHOTO,))
    assert said.text.startswith("film cannot work with a picture. These can: kling-3.0, ")


@pytest.mark.parametrize(
    ("trouble", "words"),
    [(TooLarge("20 MB"), "too large: 60 MB"), (MessageGone("expired"), "could not fetch that file")],
)
async def test_a_file_that_cannot_be_fetched_is_said(rig: Rig, trouble: OutletError, words: str) -> None:
    rig.outlet.trouble = trouble
    huge = replace(PHOTO, size=60 * 1024 * 1024 if isinstance(trouble, TooLarge) else 0)
    (said,) = await rig.message("/edit make it blue", attachments=(huge,))
    assert words in said.text
    assert await rig.jobs() == []
    assert await rig.open_events() == []


async def test_a_size_that_was_not_told_may_be_too_large_too(rig: Rig) -> None:
    rig.outlet.trouble = TooLarge("20 MB")
    (said,) = await rig.message("/edit make it blue", attachments=(replace(PHOTO, size=0),))
    assert "I can take 20 MB" in said.text


async def test_cancel(rig: Rig) -> None:
    (said,) = await rig.message("/cancel")
    assert "nothing running" in said.text
    (ack,) = await rig.message("/image a fox")
    (ended,) = await rig.press(ack.data[0], message_id=ack.message_id)
    assert ended.edited == ack.message_id
    assert "credits are back" in ended.text
    (again,) = await rig.press(ack.data[0])
    assert "do not have that order" in again.text
    await rig.message("/image a fox")
    (said,) = await rig.message("/cancel")
    assert "Cancelled" in said.text
    assert [job.state for job in await rig.jobs()] == [JobState.CANCELLED] * 2


async def test_cancel_of_several_asks_which_and_a_reply_says_it(rig: Rig) -> None:
    (first,) = await rig.message("/image one")
    await rig.message("/image two")
    (listed,) = await rig.message("/cancel")
    assert [data.split(":")[2] for data in listed.data] == ["cancel", "cancel"]
    await rig.message("/cancel", reply=reply_to(first))
    two, one = await rig.jobs()
    assert (one.state, two.state) == (JobState.CANCELLED, JobState.QUEUED)


async def test_cancel_after_sending_says_that_it_is_paid(rig: Rig) -> None:
    (ack,) = await rig.message("/image a fox")
    (job,) = await rig.jobs()
    await rig.finish(job, state=JobState.SENDING)
    (said,) = await rig.press(ack.data[0])
    assert "charges for it anyway" in said.text
    assert (await rig.jobs())[0].muted


async def test_other_people_cannot_press_ones_buttons(rig: Rig) -> None:
    (ack,) = await rig.message("/image a fox", GROUP)
    (said,) = await rig.press(ack.data[0], GROUP, BOB)
    assert said.private
    assert (await rig.jobs())[0].state is JobState.QUEUED


async def test_jobs_lists_with_states_and_what_can_be_done(rig: Rig) -> None:
    (said,) = await rig.message("/jobs")
    assert "/image" in said.text
    await rig.message("/image one " + "very " * 50)
    done = await rig.drain((await rig.jobs())[0])
    await rig.message("/image two")
    (said,) = await rig.message("/jobs")
    _, two, one = said.text.splitlines()
    assert "waiting" in two
    assert "✓ done" in one
    assert len(one) < 150
    assert [data.split(":")[2] for data in said.data] == ["cancel", "show"]
    await rig.press(f"job:{done.id}:show", GROUP)
    (shown,) = rig.deliverer.delivered
    assert (shown.id, shown.place) == (done.id, GROUP)


async def test_again_edit_animate_and_delete_of_a_result(rig: Rig) -> None:
    await rig.message("/image a fox")
    done = await rig.drain((await rig.jobs())[0])
    (ack,) = await rig.press(f"job:{done.id}:again")
    again = (await rig.jobs())[0]
    assert (again.parent_id, again.prompt, again.origin_id) == (done.id, "a fox", done.origin_id)
    assert again.ack_id == ack.message_id

    await rig.press(f"job:{done.id}:edit:0")
    await rig.message("in winter")
    edited = (await rig.jobs())[0]
    assert (edited.prompt, edited.inputs[0].media) == ("in winter", done.results[0].media)

    (question,) = await rig.press(f"job:{done.id}:animate", GROUP)
    await rig.message("it runs", GROUP, reply=reply_to(question))
    film = (await rig.jobs())[0]
    assert (film.kind, film.prompt) == ("video", "it runs")

    (said,) = await rig.press(f"job:{done.id}:edit:7")
    assert "do not have that order" in said.text
    await rig.press(f"job:{done.id}:delete")
    assert rig.outlet.deleted == ["r1"]


async def test_buttons_work_after_a_restart(rig: Rig) -> None:
    (ack,) = await rig.message("/image a fox")
    second = type(rig)(rig.store, rig.clock, rig.media_folder)
    (said,) = await second.press(ack.data[0])
    assert "Cancelled" in said.text


async def test_retry_repeats_the_last_order_perhaps_with_another_model(rig: Rig) -> None:
    await rig.message("/image a fox --ratio 16:9")
    rig.clock.advance(1)
    await rig.message("/retry")
    rig.clock.advance(1)
    await rig.message("/retry --model seedream-5.0")
    jobs = await rig.jobs()
    assert [job.model for job in jobs] == ["seedream-5.0", "pen", "pen"]
    assert {job.options["ratio"] for job in jobs} == {"16:9"}
    assert jobs[0].parent_id == jobs[1].id


async def test_too_many_jobs_and_no_credits_are_told_and_cost_nothing(rig: Rig) -> None:
    for _ in range(3):
        await rig.message("/image a fox")
    (said,) = await rig.message("/image a fox")
    assert "3 orders" in said.text
    assert len(await rig.jobs()) == 3
    for _ in range(2):
        await rig.message("/video a cat --seconds 8", sender=BOB)
    (said,) = await rig.message("/video a cat --seconds 8", sender=BOB)
    assert "这需要 40 积分，你还剩 20 积分" in said.text
    assert len(await rig.jobs(BOB)) == 2


async def test_balance_and_usage(rig: Rig) -> None:
    await rig.message("/image a fox")
    (said,) = await rig.message("/balance", GROUP)
    assert said.private
    assert "95 credits left of 100 credits" in said.text
    (said,) = await rig.message("/usage")
    assert "nothing" in said.text
    (job,) = await rig.jobs()
    async with rig.store.begin() as tx:
        await tx.ledger.settle(job.id, job.quote, rig.clock.now_ms())
    for wrong in ("0", "367", "9" * 5000, "²", "many"):
        (said,) = await rig.message(f"/usage {wrong}")
        assert "/usage [DAYS]" in said.text
    (said,) = await rig.message("/usage 7")
    assert "Pictures · pen · 1 × · 5 credits" in said.text
    for wrong in ("/usage soon", "/usage 0", "/usage 9999"):
        (said,) = await rig.message(wrong)
        assert "/usage [DAYS]" in said.text


async def test_a_granted_credit_shows(rig: Rig) -> None:
    await rig.message("hi")
    async with rig.store.begin() as tx:
        from core.accounts import person_account
        from core.values import Cause

        person = await rig.person()
        await tx.ledger.credit("g", person_account(person.id), 123_456, Cause(person.id, "grant"), rig.clock.now_ms())
    (said,) = await rig.message("/balance")
    assert "12 credits" in said.text


async def test_a_failed_order_can_be_made_again_from_the_list(rig: Rig) -> None:
    await rig.message("/image a fox")
    job = await rig.finish((await rig.jobs())[0], state=JobState.SENDING)
    await rig.finish(job, state=JobState.FAILED, error_key="error-moderated", told=True)
    (said,) = await rig.message("/jobs")
    assert "refunded" in said.text
    await rig.press(said.data[0])
    assert len(await rig.jobs()) == 2
