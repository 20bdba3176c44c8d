"""/mj and the buttons of Midjourney: what is ordered, what is asked first, who pays, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.surfaces import DISCORD
from core.errors import BadRequest, NoResult, TaskExpired
from core.values import Artifact, Attachment, Job, JobState, Place, RemoteButton, ReplyTo, Sender
from tests.commands.rig import ANN, BOB, DM, GROUP, PHOTO, Rig, Said
from tests.commands.test_pictures import reply

U1 = RemoteButton("MJ::JOB::upsample::1::x", "U1", "upscale")
REGION = RemoteButton("MJ::Inpaint::1::x::SOLO", "Vary (Region)", "inpaint", "region")
ZOOM = RemoteButton("MJ::CustomZoom::x", "Custom Zoom", "custom_zoom", "words")
BUTTONS = (U1, REGION, ZOOM)


async def made(rig: Rig, place: Place = DM, sender: Sender = ANN, results: tuple[Artifact, ...] = ()) -> Job:
    """An imagine, made and delivered as the message g1."""
    await rig.message("/mj a lighthouse --ar 16:9", place, sender, mentioned=True)
    job = (await rig.jobs(sender))[0]
    key, size = await rig.media.put(b"png grid", 100)
    grid = Artifact("image", media=key, mime="image/png", width=4, height=4, size=size)
    await rig.finish(job, state=JobState.SENDING)
    await rig.finish(job, state=JobState.WAITING, task_id="1730621826053455")
    await rig.finish(job, state=JobState.READY, results=results or (grid,), buttons=BUTTONS)
    async with rig.store.begin() as tx:
        await tx.conversations.link(job.place, "g1", f"job:{job.id}")
    return await rig.finish(job, state=JobState.DONE, result_ids=("g1",), told=True)


async def key_of(rig: Rig, attachment: Attachment) -> str:
    key, _ = await rig.media.put(rig.outlet.files[attachment.ref], 100)
    return key


async def newest(rig: Rig, sender: Sender = ANN) -> Job:
    return (await rig.jobs(sender))[0]


# --- the command --------------------


@pytest.mark.parametrize(
    "words", ["/mj a lighthouse --ar 16:9 --no fog, rain", "/mj imagine a lighthouse —ar 16:9 --no fog, rain"]
)
async def test_imagine_with_its_own_flags(rig: Rig, words: str) -> None:
    (said,) = await rig.message(words)
    (job,) = await rig.jobs()
    assert (job.model, job.family, job.action) == ("midjourney", "midjourney", "")
    assert job.prompt.startswith("a lighthouse ") and job.prompt.endswith("--no fog, rain")
    assert said.data == [f"job:{job.id}:cancel"]


async def test_options_of_the_slash_command(rig: Rig) -> None:
    await rig.slash("mj", prompt="describe a sunset", ratio="16:9", stylize="250")
    (job,) = await rig.jobs()
    assert (job.prompt, job.options, job.action) == ("describe a sunset", {"ratio": "16:9", "stylize": "250"}, "")
    await rig.slash("mj", action="imagine", prompt="a fox", model="niji")
    assert (await newest(rig)).model == "niji"


async def test_by_the_general_command_too(rig: Rig) -> None:
    await rig.message("/image a fox --model midjourney --chaos 20 --ar 3:2")
    (job,) = await rig.jobs()
    assert (job.model, job.prompt) == ("midjourney", "a fox --chaos 20 --ar 3:2")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("/mj a fox --fast", "--fast"),
        ("/mj a fox —repeat 9", "--repeat"),
        ("/mj a fox --ar wide", "wide"),
        ("/mj a fox --s 9000", "9000"),
        ("/mj a fox --video", "--video"),
        ("/image a fox --model midjourney --turbo", "--turbo"),
    ],
)
async def test_what_is_smuggled_or_wrong_is_refused_by_name(rig: Rig, words: str, named: str) -> None:
    (said,) = await rig.message(words)
    assert named in said.text
    assert await rig.jobs() == []


async def test_blend_and_describe_count_their_pictures(rig: Rig) -> None:
    rig.outlet.files |= {f"p{number}": b"png %d" % number for number in range(6)}
    photos = tuple(replace(PHOTO, ref=f"p{number}") for number in range(6))
    for words, files, part in (
        ("/mj blend", (), "two to five"),
        ("/mj blend", photos[:1], "2–5"),
        ("/mj blend", photos, "2–5"),
        ("/mj describe", (), "a picture to describe"),
        ("/mj describe", photos[:2], "“2” does not fit"),
    ):
        (said,) = await rig.message(words, attachments=files)
        assert part in said.text, words
    assert await rig.jobs() == []
    await rig.message("/mj blend --ratio 2:3", attachments=photos[:3])
    blend = await newest(rig)
    assert (blend.action, len(blend.inputs), blend.prompt) == ("blend", 3, "")
    await rig.message("/mj describe", reply=ReplyTo("9", attachments=(PHOTO,)))
    describe = await newest(rig)
    assert (describe.action, len(describe.inputs), describe.options) == ("describe", 1, {"language": "en"})
    assert describe.quote < blend.quote


async def test_a_description_is_made_again_by_its_own_model_only(rig: Rig) -> None:
    await rig.message("/mj describe", attachments=(PHOTO,))
    rig.clock.advance(1)
    (said,) = await rig.message("/retry gpt-image-2")
    assert "What" in said.text
    rig.clock.advance(1)
    await rig.message("/retry Midjourney")
    again, first = await rig.jobs()
    assert (again.action, again.inputs, again.parent_id) == ("describe", first.inputs, first.id)


async def test_shorten_words_and_descriptions(rig: Rig) -> None:
    (said,) = await rig.message("/mj shorten")
    assert "What shall I shorten?" in said.text
    (said,) = await rig.message("/mj shorten a very long description of a lighthouse")
    assert "short: a very lo" in said.text
    await rig.press(said.data[0])
    assert (await newest(rig)).prompt == "short: a very lo"
    texts = tuple(Artifact("text", text=f"description {number} --ar 2:3 --p x7 --fast") for number in range(4))
    described = await made(rig, results=texts)
    (said,) = await rig.message("/mj shorten", **reply("g1"))
    assert len(said.data) == 4
    (again,) = await rig.press(f"mj:{described.id}:short")
    assert len(again.data) == 4
    await rig.press(f"mj:{described.id}:draw:3")
    job = await newest(rig)
    assert (job.model, job.prompt) == ("midjourney", "description 3 --ar 2:3")


async def test_the_seed_of_a_result(rig: Rig) -> None:
    asked: list[str] = []

    async def seed(spec: Any, task_id: str) -> str:
        asked.append(task_id)
        return "3406173283"

    gateway: Any = rig.services.gateway
    gateway.seed = seed
    job = await made(rig)
    (said,) = await rig.message("/mj seed", **reply("g1"))
    (pressed,) = await rig.press(f"mj:{job.id}:seed")
    assert "3406173283" in said.text and said.text == pressed.text
    assert asked == ["1730621826053455"] * 2
    (said,) = await rig.message("/mj seed")
    assert said.text == pressed.text
    (said,) = await rig.message("/mj seed", sender=replace(BOB, language="en"))
    assert "Whose seed" in said.text


@pytest.mark.parametrize("error", [NoResult("no seed"), TaskExpired("HTTP 404"), BadRequest("wrong status")])
async def test_a_seed_that_nobody_knows(rig: Rig, error: Exception) -> None:
    async def seed(spec: Any, task_id: str) -> str:
        raise error

    gateway: Any = rig.services.gateway
    gateway.seed = seed
    await made(rig)
    (said,) = await rig.message("/mj seed", **reply("g1"))
    assert "does not tell the seed" in said.text


# --- its buttons --------------------


async def test_a_press_makes_a_child(rig: Rig) -> None:
    job = await made(rig)
    (said,) = await rig.press(f"mj:{job.id}:press:0", message_id="g1")
    child = await newest(rig)
    assert (child.action, child.press, child.continues, child.prompt) == ("upscale", U1.id, job.id, job.prompt)
    assert (child.origin_id, child.quote) == (job.origin_id, 50_000)
    assert said.data == [f"job:{child.id}:cancel"]


@pytest.mark.parametrize(
    "data", ["press:9", "press:-1", "press:x", "region:1:moon", "region:0", "draw:0", "tiles:x", "fly"]
)
async def test_forged_buttons_cost_nothing(rig: Rig, data: str) -> None:
    job = await made(rig, results=(Artifact("text", text=""),) if data == "tiles:x" else ())
    await rig.press(f"mj:{job.id}:{data}")
    assert len(await rig.jobs()) == 1


async def test_words_are_asked_for_before_anything_is_ordered(rig: Rig) -> None:
    job = await made(rig)
    (asked,) = await rig.press(f"mj:{job.id}:press:2")
    assert "a lighthouse" in asked.text
    assert len(await rig.jobs()) == 1
    await rig.message("a lighthouse far away --zoom 1.8", **reply(asked.message_id))
    child = await newest(rig)
    assert (child.action, child.prompt) == ("custom_zoom", "a lighthouse far away --zoom 1.8")


async def test_a_region_is_chosen_then_its_words(rig: Rig) -> None:
    job = await made(rig)
    (which,) = await rig.press(f"mj:{job.id}:press:1")
    assert f"mj:{job.id}:region:1:left" in which.data
    (asked,) = await rig.press(f"mj:{job.id}:region:1:left")
    await rig.message("a red hat", **reply(asked.message_id))
    child = await newest(rig)
    assert (child.action, child.prompt, child.options["only"], child.inputs) == ("inpaint", "a red hat", "left", ())


async def test_a_region_that_is_drawn(rig: Rig) -> None:
    job = await made(rig)
    (asked,) = await rig.press(f"mj:{job.id}:region:1:shape")
    (said,) = await rig.message("a red hat", **reply(asked.message_id))
    assert "two pictures" in said.text
    (asked,) = await rig.press(f"mj:{job.id}:region:1:shape")
    await rig.message("a red hat", attachments=(PHOTO,), **reply(asked.message_id))
    child = await newest(rig)
    assert (child.options["only"], [part.role for part in child.inputs]) == ("shape", ["shape"])


@pytest.mark.parametrize("place", [DM, GROUP])
@pytest.mark.parametrize("replies", [True, False])
async def test_a_drawing_without_a_caption_waits_for_its_words(rig: Rig, place: Place, replies: bool) -> None:
    """In a private chat nobody has to reply, in a group everybody."""
    job = await made(rig, place)
    (asked,) = await rig.press(f"mj:{job.id}:region:1:shape", place)

    def to(said: Said) -> dict[str, Any]:
        return reply(said.message_id) if replies or place is GROUP else {}

    (again,) = await rig.message("", place, attachments=(PHOTO,), **to(asked))
    assert "I have your drawing" in again.text
    assert len(await rig.jobs()) == 1
    await rig.message("a red hat", place, **to(again))
    child = await newest(rig)
    assert (child.action, child.prompt, child.options["only"]) == ("inpaint", "a red hat", "shape")
    assert [(part.role, part.media) for part in child.inputs] == [("shape", await key_of(rig, PHOTO))]
    assert len(await rig.jobs()) == 2


async def test_another_drawing_counts_more_and_calling_it_off_ends_it(rig: Rig) -> None:
    job = await made(rig)
    await rig.press(f"mj:{job.id}:region:1:shape")
    await rig.message("", attachments=(PHOTO,))
    other = replace(PHOTO, ref="other")
    rig.outlet.files["other"] = b"png another drawing"
    (again,) = await rig.message("", attachments=(other,))
    assert "I have your drawing" in again.text
    await rig.message("a red hat")
    assert [part.media for part in (await newest(rig)).inputs] == [await key_of(rig, other)]
    await rig.press(f"mj:{job.id}:region:1:shape")
    await rig.message("", attachments=(PHOTO,))
    await rig.message("/cancel")
    (said,) = await rig.message("", attachments=(PHOTO,))
    assert "I have your drawing" not in said.text
    assert len(await rig.jobs()) == 2


async def test_a_picture_where_words_are_wanted_is_no_drawing(rig: Rig) -> None:
    job = await made(rig)
    await rig.press(f"mj:{job.id}:region:1:left")
    (said,) = await rig.message("", attachments=(PHOTO,))
    assert "park:" in said.data[0]


async def test_a_form_asks_for_both_at_once(rig: Rig) -> None:
    rig.outlet.surface = DISCORD
    job = await made(rig)
    assert await rig.press(f"mj:{job.id}:press:1") == []
    (form,) = rig.outlet.forms
    assert [field.name for field in form.fields] == ["region", "words"]
    assert form.title == "Description · 10 credits"
    (said,) = await rig.press(form.data, region="moon", words="a red hat")
    assert "moon" in said.text
    await rig.press(form.data, region="top", words="a red hat")
    child = await newest(rig)
    assert (child.prompt, child.options["only"]) == ("a red hat", "top")


async def test_others_press_only_where_the_operator_lets_them_and_pay(rig: Rig) -> None:
    job = await made(rig, GROUP)
    bob = replace(BOB, language="en")
    (said,) = await rig.press(f"mj:{job.id}:press:0", GROUP, bob)
    assert "whoever asked" in said.text
    object.__setattr__(rig.services, "rules", replace(rig.rules, groups=replace(rig.rules.groups, press="anyone")))
    await rig.press(f"mj:{job.id}:press:0", GROUP, bob)
    child = await newest(rig, bob)
    person = await rig.person(bob)
    assert (child.person_id, child.account_id) == (person.id, f"person:{person.id}")
    await rig.press(f"mj:{job.id}:press:0", DM, bob)
    assert len(await rig.jobs(bob)) == 1


async def test_the_tiles_of_a_grid(rig: Rig) -> None:
    async def tiles(artifact: Artifact) -> tuple[Artifact, ...]:
        return tuple(replace(artifact, media=f"{number}" * 64) for number in range(4))

    eyes: Any = rig.services.renditions
    eyes.tiles = tiles
    job = await made(rig)
    await rig.press(f"mj:{job.id}:tiles")
    assert [[artifact.media[:1] for artifact in brought] for brought in rig.deliverer.brought] == [["0", "1", "2", "3"]]
