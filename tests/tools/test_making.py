"""Orders by tools: the same checks, prices, holds and jobs as by commands, and each call orders once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.orders import call_id
from core.plans import Plan, Rules
from core.values import Access, Artifact, Call, Deed, Job, JobState, Json, Part, Role
from tests.tools.kit import BOB, BOSS, CREDIT, DM, FILM, MUTE, PEN, SONG, TALKER, VOICE, Kit, catalog

Make = Callable[..., Kit]


async def names(kit: Kit, access: Access) -> set[str]:
    return {spec.name for spec in await kit.toolbox.offered(access, TALKER)}


# --- what is offered --------------------


async def test_everything_is_offered_where_there_are_models_for_it(kit: Kit, ann: Access) -> None:
    assert await names(kit, ann) == {
        "draw_picture", "edit_picture", "make_video", "make_music", "speak", "list_jobs", "balance", "remember",
        "forget_memory", "set_reminder", "list_reminders", "cancel_reminder", "search_history", "calculate",
        "fetch_page",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        (("talker", "pen"), {"edit_picture", "make_video", "make_music", "speak"}),
        (("talker", "secret", "reader"), {"draw_picture", "edit_picture", "make_video", "make_music"}),
        (("talker",), {"draw_picture", "edit_picture", "make_video", "make_music", "speak", "list_jobs"}),
    ],
)
async def test_what_no_visible_model_makes_is_left_out(
    make_kit: Make, rows: tuple[str, ...], missing: set[str]
) -> None:
    kit = make_kit(models=catalog(*rows))
    offered = await names(kit, await kit.meet())
    makers = {"draw_picture", "edit_picture", "make_video", "make_music", "speak", "list_jobs"}
    assert makers - offered == missing


async def test_nothing_is_offered_to_who_wants_none_or_to_a_model_that_cannot(kit: Kit) -> None:
    without = await kit.meet(tools=False)
    assert await kit.toolbox.offered(without, TALKER) == ()
    turn = await kit.turn(without)
    assert (await kit.call(without, turn, "draw_picture", prompt="a fox")).failed
    assert await kit.toolbox.offered(await kit.meet(), MUTE) == ()


async def test_the_schema_names_visible_models_and_their_options(kit: Kit, ann: Access) -> None:
    drawing, speech = await kit.spec(ann, "draw_picture"), await kit.spec(ann, "speak")
    assert drawing.parameters["properties"]["model"]["enum"] == ["pen", "brush"]
    assert drawing.parameters["properties"]["ratio"]["enum"] == ["1:1", "16:9"]
    assert drawing.parameters["required"] == ["prompt"]
    assert speech.parameters["properties"]["model"]["enum"] == ["reader"]
    assert speech.parameters["properties"]["voice"]["enum"] == ["Anna", "Ben"]
    assert (await kit.spec(ann, "make_music")).parameters["properties"]["model"]["enum"] == ["band"]
    editing = (await kit.spec(ann, "edit_picture")).parameters["properties"]
    assert editing["model"]["enum"] == ["brush"]
    assert editing["only"]["enum"] == ["left", "background"]  # nobody draws for a tool
    assert "only" not in drawing.parameters["properties"]


# --- ordering --------------------


@pytest.mark.parametrize(
    ("tool", "arguments", "kind", "model", "prompt", "price"),
    [
        ("draw_picture", {"prompt": " a fox "}, "image", "pen", "a fox", PEN),
        ("draw_picture", {"prompt": "a fox", "model": "BRUSH", "ratio": "16:9"}, "image", "brush", "a fox", PEN),
        ("draw_picture", {"prompt": "a fox", "model": None, "size": "4K"}, "image", "pen", "a fox", PEN),
        ("make_video", {"prompt": "it runs"}, "video", "film", "it runs", FILM),
        ("make_music", {"prompt": "a waltz"}, "audio", "band", "a waltz", SONG),
        ("speak", {"text": "good day", "voice": "ben"}, "audio", "reader", "good day", VOICE),
    ],
)
async def test_an_order_by_a_tool_is_a_job_like_any_other(
    kit: Kit, tool: str, arguments: dict[str, Json], kind: str, model: str, prompt: str, price: int
) -> None:
    ann = await kit.meet(ask_above=500)
    turn = await kit.turn(ann)
    before = await kit.left(ann)
    outcome = await kit.call(ann, turn, tool, **arguments)
    job = await kit.job(turn)
    assert (job.kind, job.model, job.prompt, job.quote) == (kind, model, prompt, price)
    assert (job.turn_id, job.origin_id, job.place, job.state) == (turn.id, "question-1", DM, JobState.QUEUED)
    assert await kit.left(ann) == before - price
    assert not outcome.failed
    assert outcome.deed == Deed(tool, f"ordered with {model}: {prompt}", f"job:{job.id}")
    assert job.id in outcome.text


async def test_the_same_call_orders_once(kit: Kit, ann: Access) -> None:
    turn = await kit.turn(ann)
    first = await kit.call(ann, turn, "draw_picture", prompt="a fox")
    again = await asyncio.gather(*(kit.call(ann, turn, "draw_picture", prompt="a fox") for _ in range(5)))
    assert {outcome.deed for outcome in again} == {first.deed}
    assert len(await kit.jobs(turn)) == await kit.holds() == 1
    await kit.call(ann, turn, "draw_picture", number=1, prompt="a fox")
    other = await kit.turn(ann)
    await kit.call(ann, other, "draw_picture", prompt="a fox")
    assert (len(await kit.jobs(turn)), len(await kit.jobs(other)), await kit.holds()) == (2, 1, 3)


async def test_an_order_that_the_credits_do_not_reach_is_told(make_kit: Make) -> None:
    kit = make_kit(rules=Rules(plans={"default": Plan(daily=PEN - 1)}, credit=CREDIT))
    ann = await kit.meet()
    turn = await kit.turn(ann)
    outcome = await kit.call(ann, turn, "draw_picture", prompt="a fox")
    assert outcome.failed
    assert "5 needed, 4.9 left; they renew at" in outcome.text
    assert (await kit.jobs(turn), await kit.holds()) == ([], 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"prompt": "x", "model": "film"}, "'film' is not one of ['pen', 'brush']"),
        ({"prompt": "x", "model": "secret"}, "'secret' is not one of"),
        ({"prompt": "x", "colour": "red"}, "'colour' was unexpected"),
        ({"prompt": "x", "ratio": "3:7"}, "'3:7' is not one of ['1:1', '16:9']"),
        ({"prompt": "x", "model": "brush", "size": "4k"}, "no option 'size'. It has: model, only, ratio."),
        ({"prompt": "   "}, "The prompt is empty."),
        ({}, "'prompt' is a required property"),
        ({"prompt": "x" * 40_000}, "is too long"),
        ({"prompt": ["a", "fox"]}, "is not of type 'string'"),
    ],
)
async def test_what_cannot_be_ordered_is_told_with_what_can(
    kit: Kit, ann: Access, arguments: dict[str, Json], said: str
) -> None:
    turn = await kit.turn(ann)
    outcome = await kit.call(ann, turn, "draw_picture", **arguments)
    assert outcome.failed
    assert said in outcome.text
    assert len(outcome.text) < 6_000
    assert await kit.jobs(turn) == []


# --- files --------------------


async def edited(kit: Kit, access: Access, refs: list[str], **more: Json) -> tuple[Part, ...] | str:
    """The inputs of the job that an edit with these names becomes, or why it does not."""
    question = more.pop("question", ())
    turn = await kit.turn(access, (Part("text", text="?"), *question))
    outcome = await kit.call(access, turn, "edit_picture", prompt="bluer", pictures=refs, **more)
    return outcome.text if outcome.failed else (await kit.job(turn)).inputs


async def drawn(kit: Kit, access: Access) -> Job:
    turn = await kit.turn(access)
    await kit.call(access, turn, "draw_picture", prompt="a fox")
    return await kit.job(turn)


async def test_files_of_the_question_are_counted_from_one(kit: Kit, ann: Access) -> None:
    one, two = await kit.picture(b"one"), await kit.picture(b"two")
    assert await edited(kit, ann, ["attached:2", "attached:1"], question=(one, two)) == (two, one)
    for ref in (
        "attached:0",
        "attached:3",
        "attached:",
        "attached:-1",
        "attached:٢٢٢٢",
        "picture",
        "http://x/y.png",
        "",
    ):
        said = await edited(kit, ann, [ref, "attached:3"], question=(one, two))
        assert "Allowed: attached:1, attached:2, last, job:ID." in str(said)


async def test_the_result_of_a_job_is_a_file_and_one_under_way_too(kit: Kit, ann: Access) -> None:
    job = await drawn(kit, ann)
    assert await edited(kit, ann, [f"job:{job.id}"]) == (Part("image", media=f"job:{job.id}", name=f"job:{job.id}"),)
    assert "no such job" in str(await edited(kit, ann, [f"job:{job.id}:2"]))
    ready = await kit.done(job)
    made = Part("image", media=ready.results[0].media, mime="image/png", size=5)
    assert await edited(kit, ann, [f"job:{job.id}"]) == await edited(kit, ann, [f"job:{job.id}:1"]) == (made,)
    assert "no such job" in str(await edited(kit, ann, [f"job:{job.id}:2"]))
    await kit.media.delete([made.media])
    assert "still kept" in str(await edited(kit, ann, [f"job:{job.id}"]))


async def test_a_job_that_failed_or_was_called_off_is_no_file(kit: Kit, ann: Access) -> None:
    queued, sent = await drawn(kit, ann), await drawn(kit, ann)
    async with kit.store.begin() as tx:
        await tx.jobs.save(replace(sent, state=JobState.SENDING), sent.version)
    for job in (queued, sent):
        assert isinstance(await edited(kit, ann, [f"job:{job.id}"]), tuple)
        await kit.orders.cancel(ann, job.id)
        assert "no such job" in str(await edited(kit, ann, [f"job:{job.id}"]))


async def test_nobody_reaches_the_pictures_of_others(kit: Kit, ann: Access) -> None:
    job = await kit.done(await drawn(kit, ann))
    for other in (await kit.meet(BOB), await kit.meet(BOSS, role=Role.OWNER)):
        assert "no such job" in str(await edited(kit, other, [f"job:{job.id}"]))
        past = await kit.turn(ann, (await kit.picture(),), deeds=(Deed("draw_picture", "", f"job:{job.id}"),))
        assert "still kept" in str(await edited(kit, other, ["last"], past=(past,)))
        mine = await kit.turn(other, deeds=(Deed("draw_picture", "", f"job:{job.id}"),))
        assert "still kept" in str(await edited(kit, other, ["last"], past=(mine,)))


async def test_the_last_picture(kit: Kit, ann: Access) -> None:
    one, two, three = [await kit.picture(data) for data in (b"one", b"two", b"three")]
    shown = Artifact("image", media=two.media, mime="image/png", size=3)
    asked, answered = await kit.turn(ann, (one,)), await kit.turn(ann, (one,), media=(shown,))
    job = await drawn(kit, ann)
    ordered = await kit.turn(ann, deeds=(Deed("draw_picture", "a fox", f"job:{job.id}"), Deed("calculate", "")))
    plain = await kit.turn(ann)
    assert await edited(kit, ann, ["last"], past=(asked, plain)) == (one,)
    assert await edited(kit, ann, ["last"], past=(asked, answered)) == (replace(two, name=""),)
    assert await edited(kit, ann, ["last"], past=(asked, ordered)) == (
        Part("image", media=f"job:{job.id}", name=f"job:{job.id}"),
    )
    assert await edited(kit, ann, ["last"], past=(asked, ordered), question=(two, three)) == (three,)
    await kit.orders.cancel(ann, job.id)
    assert await edited(kit, ann, ["last"], past=(asked, ordered)) == (one,)
    assert "still kept" in str(await edited(kit, ann, ["last"], past=(plain,)))


async def test_the_last_picture_is_the_one_this_answer_has_just_ordered(kit: Kit) -> None:
    ann = await kit.meet(ask_above=500)
    turn = await kit.turn(ann, (await kit.picture(),))
    await kit.call(ann, turn, "draw_picture", prompt="a fox")
    await kit.call(ann, turn, "make_video", number=1, prompt="it runs", picture="last")
    film = await kit.job(turn, 1)
    assert [part.media for part in film.inputs] == [f"job:{call_id(turn.id, 0)}"]


async def test_a_film_from_a_picture_and_music_from_none(kit: Kit) -> None:
    ann = await kit.meet(ask_above=500)
    picture = await kit.picture()
    turn = await kit.turn(ann, (picture,))
    await kit.call(ann, turn, "make_video", prompt="it runs", picture="attached:1")
    assert (await kit.job(turn)).inputs == (replace(picture, role="first_frame"),)
    outcome = await kit.toolbox.run(
        _acting(ann, turn), Call("c", "make_music", '{"prompt": "a waltz", "picture": "attached:1"}')
    )
    assert "'picture' was unexpected" in outcome.text


async def test_more_files_than_the_model_takes(kit: Kit, ann: Access) -> None:
    pictures = tuple([await kit.picture(str(number).encode()) for number in range(3)])
    said = await edited(kit, ann, ["attached:1", "attached:2", "attached:3"], question=pictures)
    assert "files cannot be '3'. Allowed: 2." in str(said)


def _acting(access: Access, turn: object):  # type: ignore[no-untyped-def] # one call
    from core.tools.table import Acting
    from core.values import Turn

    assert isinstance(turn, Turn)
    return Acting(access, turn, 7, turn.question, (), False)
