"""What goes on from a picture: words in reply, the buttons below it, better words, a drawn shape; and one's own gallery."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.surfaces import DISCORD
from core.values import Artifact, Attachment, Job, JobState, Place, ReplyTo, Sender
from tests.commands.rig import ANN, DM, GROUP, PHOTO, Rig
from tests.commands.rig import BOB as CHINESE_BOB

BOB = replace(CHINESE_BOB, language="en")
DRAWING = replace(PHOTO, ref="drawing")


async def drawn(rig: Rig, words: str = "a fox", place: Place = DM, sender: Sender = ANN, pictures: int = 1) -> Job:
    """Made and delivered as the messages r0, r1 ..."""
    await rig.message(f"/image {words}", place, sender, mentioned=True)
    job = (await rig.jobs(sender))[0]
    results = []
    for number in range(pictures):
        key, size = await rig.media.put(f"png of {words} {number}".encode(), 100)
        results.append(Artifact("image", media=key, mime="image/png", width=4, height=4, size=size))
    await rig.finish(job, state=JobState.SENDING)
    await rig.finish(job, state=JobState.READY, results=tuple(results))
    ids = tuple(f"r{number}" for number in range(pictures + (pictures > 1)))  # the buttons of several stand below them
    async with rig.store.begin() as tx:
        for message_id in ids:
            await tx.conversations.link(job.place, message_id, f"job:{job.id}")
    return await rig.finish(job, state=JobState.DONE, result_ids=ids, told=True)


def reply(message_id: str, **more: Any) -> dict[str, Any]:
    return {"reply": replace(ReplyTo(message_id, own=True), **more)}


# --- words in reply --------------------


async def test_words_in_reply_change_the_picture(rig: Rig) -> None:
    first = await drawn(rig, "a fox --ratio 16:9")
    (said,) = await rig.message("make it blue", **reply("r0"))
    job = (await rig.jobs())[0]
    assert (job.prompt, job.model, job.options) == ("make it blue", first.model, {"ratio": "16:9"})
    assert [part.media for part in job.inputs] == [first.results[0].media]
    assert said.data == [f"job:{job.id}:cancel"]
    assert rig.answers.started == []
    assert await rig.open_events() == []


async def test_of_several_pictures_the_one_that_is_replied_to_is_changed(rig: Rig) -> None:
    first = await drawn(rig, "a fox --model gpt-image-2 --count 3", pictures=3)
    await rig.message("make it blue --quality high", **reply("r2"), attachments=(PHOTO,))
    job = (await rig.jobs())[0]
    picture, attached = job.inputs
    assert picture.media == first.results[2].media
    assert attached.media not in {artifact.media for artifact in first.results}
    assert (job.model, job.options) == ("gpt-image-2", {"quality": "high"})


async def test_a_picture_that_is_still_being_made_is_waited_for(rig: Rig) -> None:
    (ack,) = await rig.message("/image a fox")
    (first,) = await rig.jobs()
    await rig.message("make it blue", **reply(ack.message_id))
    assert [part.media for part in (await rig.jobs())[0].inputs] == [f"job:{first.id}"]


async def test_a_picture_of_a_model_that_edits_nothing_is_edited_by_another(rig: Rig) -> None:
    await drawn(rig)
    rig.take_away("pen", "image")
    await rig.message("make it blue", **reply("r0"))
    assert (await rig.jobs())[0].model == "gpt-image-2"


async def test_in_a_group_others_go_on_and_pay_themselves(rig: Rig) -> None:
    await drawn(rig, place=GROUP)
    await rig.message("make it blue", GROUP, BOB, mentioned=True, **reply("r0"))
    (job,) = await rig.jobs(BOB)
    assert (job.prompt, job.person_id) == ("make it blue", (await rig.person(BOB)).id)


async def test_a_reply_with_a_command_is_that_command(rig: Rig) -> None:
    await drawn(rig)
    await rig.message("/chat what is it?", **reply("r0"))
    assert len(await rig.jobs()) == 1
    assert len(rig.answers.started) == 1


# --- a shape --------------------


async def test_the_last_picture_shows_where(rig: Rig) -> None:
    rig.outlet.files["drawing"] = b"png drawing"
    await rig.message("/edit a red hat --only shape --model gpt-image-2", attachments=(PHOTO, DRAWING))
    (job,) = await rig.jobs()
    assert [part.role for part in job.inputs] == ["", "shape"]
    assert job.options["only"] == "shape"


async def test_a_drawing_in_reply_to_a_picture(rig: Rig) -> None:
    rig.outlet.files["drawing"] = b"png drawing"
    await rig.message(
        "/edit a red hat --only shape --model gpt-image-2",
        attachments=(DRAWING,),
        reply=ReplyTo("9", attachments=(PHOTO,)),
    )
    (job,) = await rig.jobs()
    assert [part.role for part in job.inputs] == ["", "shape"]


async def test_a_drawing_that_shows_nothing_costs_nothing(rig: Rig) -> None:
    rig.outlet.files["drawing"] = b"png blank"
    (said,) = await rig.message("/edit a red hat --only shape --model gpt-image-2", attachments=(PHOTO, DRAWING))
    assert "which part you mean" in said.text
    assert await rig.jobs() == []


async def test_a_shape_without_a_picture_is_asked_for(rig: Rig) -> None:
    (said,) = await rig.message("/edit a red hat --only shape --model gpt-image-2", attachments=(PHOTO,))
    assert "two pictures" in said.text
    assert await rig.jobs() == []


async def test_an_album_that_is_too_large_is_not_fetched(rig: Rig) -> None:
    (said,) = await rig.message("/edit make it blue", attachments=(replace(PHOTO, size=20 * 1024 * 1024),) * 3)
    assert "60 MB" in said.text and "50 MB" in said.text
    assert await rig.jobs() == []


async def test_a_slash_command_has_an_option_for_the_shape(rig: Rig) -> None:
    rig.outlet.files["drawing"] = b"png drawing"
    files = (Attachment("image", "drawing", option="shape"), replace(PHOTO, option="file"))
    await rig.slash("edit", prompt="a red hat", model="gpt-image-2", attachments=files)
    (job,) = await rig.jobs()
    assert [part.role for part in job.inputs] == ["", "shape"]
    assert job.options["only"] == "shape"


# --- buttons --------------------


async def test_vary_and_upscale_go_by_the_row(rig: Rig) -> None:
    first = await drawn(rig, "a fox --model gemini-3.1-flash-image-preview", pictures=2)
    await rig.press(f"job:{first.id}:vary:1")
    vary = (await rig.jobs())[0]
    assert [part.media for part in vary.inputs] == [first.results[1].media]
    assert (vary.prompt, vary.action) == ("a fox", "vary")
    await rig.press(f"job:{first.id}:upscale:0")
    larger = (await rig.jobs())[0]
    assert (larger.prompt, larger.action, larger.options["resolution"]) == ("a fox", "upscale", "4k")
    assert larger.quote > first.quote
    assert [part.media for part in larger.inputs] == [first.results[0].media]


@pytest.mark.parametrize("deed", ["upscale", "vary", "upscale:7", "pick:9", "edit:9", "reference:9"])
async def test_what_a_row_cannot_do_costs_nothing(rig: Rig, deed: str) -> None:
    first = await drawn(rig)
    rows: Any = vars(rig.catalog)["_rows"]
    bare = {"upscale": {}, "vary_prompt": ""}
    rows["pen"] = replace(rows["pen"], extra=rows["pen"].extra | bare, routes={})
    (said,) = await rig.press(f"job:{first.id}:{deed}")
    assert "do not have that order" in said.text
    assert len(await rig.jobs()) == 1


async def test_as_a_model_for_another_picture(rig: Rig) -> None:
    first = await drawn(rig)
    (asked,) = await rig.press(f"job:{first.id}:reference")
    assert "as a reference" in asked.text
    await rig.message("the same fox on skis", **reply(asked.message_id))
    job = (await rig.jobs())[0]
    assert (job.prompt, [part.media for part in job.inputs]) == (
        "the same fox on skis",
        [first.results[0].media],
    )


async def test_the_original_as_a_file(rig: Rig) -> None:
    first = await drawn(rig, pictures=2)
    await rig.press(f"job:{first.id}:file:1")
    await rig.press(f"job:{first.id}:file")
    assert [(job.id, index) for job, index in rig.deliverer.originals_of] == [(first.id, 1), (first.id, None)]


async def test_one_of_several_is_picked_in_place(rig: Rig) -> None:
    first = await drawn(rig, pictures=3)
    (picked,) = await rig.press(f"job:{first.id}:pick:1", message_id="r3")
    assert picked.edited == "r3"
    assert "2 of 3" in picked.text
    assert f"job:{first.id}:edit:1" in picked.data
    (back,) = await rig.press(f"job:{first.id}:pick:all", message_id="r3")
    assert [f"job:{first.id}:pick:{number}" for number in range(3)] == back.data[:3]


async def test_a_form_asks_for_the_words_where_there_are_forms(rig: Rig) -> None:
    rig.outlet.surface = DISCORD
    first = await drawn(rig)
    assert await rig.press(f"job:{first.id}:edit:0") == []
    (form,) = rig.outlet.forms
    assert form.data == f"wanted:edit:job:{first.id}:0"
    await rig.press(form.data, words="make it blue")
    assert (await rig.jobs())[0].prompt == "make it blue"
    (said,) = await rig.press(form.data, words=" ")
    assert "What shall I change?" in said.text
    (said,) = await rig.press("wanted:steal:job:x", words="all")
    assert "do not have that order" in said.text


async def test_others_press_only_where_the_operator_lets_them(rig: Rig) -> None:
    first = await drawn(rig, place=GROUP)
    (said,) = await rig.press(f"job:{first.id}:vary", GROUP, BOB)
    assert "whoever asked" in said.text and said.private
    vars_of: Any = rig.services
    object.__setattr__(vars_of, "rules", replace(rig.rules, groups=replace(rig.rules.groups, press="anyone")))
    await rig.press(f"job:{first.id}:vary", GROUP, BOB)
    (job,) = await rig.jobs(BOB)
    assert job.person_id == (await rig.person(BOB)).id
    (said,) = await rig.press(f"job:{first.id}:vary", DM, BOB)
    assert "do not have that order" in said.text


# --- better words --------------------


async def test_better_words_are_shown_before_anything_is_drawn(rig: Rig) -> None:
    (offer,) = await rig.message("/image a fox --rewrite on --ratio 16:9")
    assert "better: a fox" in offer.text
    assert await rig.jobs() == []
    assert await rig.open_events() == []
    await rig.press(offer.data[0])
    (job,) = await rig.jobs()
    assert (job.prompt, job.options) == ("better: a fox", {"ratio": "16:9"})
    (said,) = await rig.press(offer.data[0])
    assert "on its way already" in said.text
    await rig.press(offer.data[1])
    assert [job.prompt for job in await rig.jobs()] == ["a fox", "better: a fox"]


async def test_better_words_for_an_edit_keep_its_picture(rig: Rig) -> None:
    (offer,) = await rig.message("/edit make it blue --rewrite on", attachments=(PHOTO,))
    await rig.press(offer.data[0])
    (job,) = await rig.jobs()
    assert [part.kind for part in job.inputs] == ["image"]


async def test_without_better_words_ones_own_are_drawn(rig: Rig) -> None:
    rig.rewriting.able = False
    await rig.message("/image a fox --rewrite on")
    assert [job.prompt for job in await rig.jobs()] == ["a fox"]


async def test_others_cannot_choose_and_forged_ways_lead_nowhere(rig: Rig) -> None:
    (offer,) = await rig.message("/image a fox --rewrite on", GROUP, mentioned=True)
    for data, sender in ((offer.data[0], BOB), (offer.data[0][:-1] + "9", ANN), ("way:x:0", ANN)):
        (said,) = await rig.press(data, GROUP, sender)
        assert "do not have that message" in said.text
    assert await rig.jobs() == []


# --- the gallery --------------------


async def test_the_gallery_turns_page_by_page(rig: Rig) -> None:
    (said,) = await rig.message("/gallery")
    assert "nothing to show" in said.text
    await drawn(rig, "one", pictures=2)
    await drawn(rig, "two")
    (first,) = await rig.message("/gallery")
    assert "two" in first.text
    (older,) = await rig.press(first.data[0], message_id="g1")
    assert older.edited == "g1" and "one" in older.text
    (last,) = await rig.press(older.data[1], message_id="g1")
    assert "one" in last.text
    (end,) = await rig.press(last.data[1], message_id="g1")
    assert "nothing more" in end.text
    (back,) = await rig.press(older.data[0], message_id="g1")
    assert "two" in back.text


async def test_the_gallery_shows_words_as_they_stand(rig: Rig) -> None:
    await drawn(rig, "as @durov")
    (said,) = await rig.message("/gallery")
    assert "as @\u2060durov" in said.text


async def test_what_was_made_in_a_group_is_made_again_in_private(rig: Rig) -> None:
    first = await drawn(rig, "a fox", GROUP)
    await rig.press(f"job:{first.id}:again", message_id="g1")
    (job, _) = await rig.jobs()
    assert (job.place, job.origin_id, job.parent_id) == (DM, "g1", first.id)


async def test_what_is_kept_no_more_is_passed_over(rig: Rig) -> None:
    await drawn(rig, "one")
    middle = await drawn(rig, "two", pictures=2)
    await drawn(rig, "three")
    rig.deliverer.swept = {artifact.media for artifact in middle.results}
    (first,) = await rig.message("/gallery")
    (older,) = await rig.press(first.data[0])
    assert "one" in older.text
    (newer,) = await rig.press(older.data[0])
    assert "three" in newer.text


async def test_in_a_group_only_what_was_made_there(rig: Rig) -> None:
    await drawn(rig, "private")
    (said,) = await rig.message("/gallery", GROUP, mentioned=True)
    assert "in this group" in said.text
    await drawn(rig, "public", GROUP)
    (said,) = await rig.message("/gallery", GROUP, mentioned=True)
    assert "public" in said.text
    (theirs,) = await rig.press(said.data[0], GROUP, BOB)
    assert "whoever asked" in theirs.text
