"""A script becomes a list of shots, the list is changed by buttons and words, and what it says is filmed once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bots.commands.dispatch import Dispatcher
from bots.surfaces import DISCORD
from core.boards import shots_of
from core.plans import Plan
from core.storyboard import SHOT_CHARS, Shot
from core.values import Artifact, Job, JobState, ReplyTo
from tests.commands.rig import BOB, GROUP, Rig, Said

SCRIPT = "A cat sits. It jumps! It sleeps."
FILMED_ALONE = f"/storyboard {SCRIPT} --model film"
KLING = f"/storyboard {SCRIPT} --model kling-3.0"


@pytest.fixture
def rig(rig: Rig) -> Rig:
    """No model helps with the script, so it is cut where its sentences end."""
    rig.rules.plans["default"] = Plan(open_jobs=3, daily=100_000_000)  # type: ignore[index]
    asked: Any = rig.services.scripting

    async def nobody(*_: object) -> None:
        return None

    asked._asked = nobody
    return rig


async def listed(rig: Rig, text: str = FILMED_ALONE, **more: Any) -> Said:
    (said,) = await rig.message(text, **more)
    return said


async def pressed(rig: Rig, said: Said, label: str, **more: Any) -> Said:
    (answer,) = await rig.press(rig.button(said, label).data, message_id=said.message_id, **more)
    return answer


async def board(rig: Rig) -> Job:
    """The one storyboard that was ordered."""
    (job,) = await rig.jobs()
    return job


async def board_of(rig: Rig, job: Job) -> Job:
    async with rig.store.read() as tx:
        found = await tx.jobs.get(job.id)
    assert found is not None
    return found


def lines(said: Said) -> list[str]:
    """Of the shots."""
    return [line for line in said.text.split("\n") if line[:1].isdigit()]


# --- the list --------------------


async def test_a_script_becomes_a_list(rig: Rig) -> None:
    said = await listed(rig)
    assert "film · 12 s · 60 credits" in said.text
    assert lines(said) == ["1 · 4 s  A cat sits.", "2 · 4 s  It jumps!", "3 · 4 s  It sleeps."]
    assert "shot by shot" in said.text
    assert said.labels == ["1", "2", "3", "Film it · 60 credits", "Cut anew", "Cancel"]
    assert await rig.jobs() == []


async def test_the_first_row_that_films_them_together_is_taken(rig: Rig) -> None:
    said = await listed(rig, f"/storyboard {SCRIPT} --seconds 12 --ratio 9:16")
    assert said.text.startswith("🎬 kling-3.0 · 12 s") and "ratio 9:16" in said.text
    assert "in one order" in said.text


async def test_the_words_of_a_message_that_is_replied_to(rig: Rig) -> None:
    said = await listed(rig, "/storyboard --model film", reply=ReplyTo("7", text=SCRIPT))
    assert len(lines(said)) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/storyboard", "What happens in the film?"),
        (f"{FILMED_ALONE} --ratio 9:16", "ratio"),
        (f"{KLING} --ratio 7:7", "7:7"),
        (f"{KLING} --seconds 99", "15"),
        (f"{KLING} --seconds 1", "3, 4"),
        (f"{FILMED_ALONE} --seconds 25 --sound on", "sound"),
        (f"/storyboard {SCRIPT} --model kling-2.6", "several shots"),
        (f"/storyboard {SCRIPT} --model nothing", "nothing"),
    ],
)
async def test_what_cannot_be_is_refused_before_a_model_is_asked(rig: Rig, text: str, words: str) -> None:
    asked: Any = rig.services.scripting

    async def never(*_: object) -> None:
        raise AssertionError

    asked._asked = never
    assert words in (await listed(rig, text)).text


async def test_without_a_model_that_films(rig: Rig) -> None:
    rows = vars(rig.catalog)["_rows"]
    for name, spec in list(rows.items()):
        if spec.kind == "video":
            rows[name] = replace(spec, modes=frozenset({"motion"}))
    assert "no model" in (await listed(rig, f"/storyboard {SCRIPT}")).text


# --- changing it --------------------


async def test_one_shot_is_opened_and_left(rig: Rig) -> None:
    said = await listed(rig)
    opened = await pressed(rig, said, "2")
    assert opened.edited == said.message_id
    assert opened.text == "Shot 2 of 3 · 4 s\nIt jumps!"
    assert opened.labels == ["Change words", "+ 4 s", "Remove", "Add one behind", "◀ All shots"]
    assert (await pressed(rig, opened, "All shots")).text == said.text


async def test_other_words(rig: Rig) -> None:
    opened = await pressed(rig, await listed(rig), "2")
    asked = await pressed(rig, opened, "Change words")
    assert "It jumps!" in asked.text and "512" in asked.text
    (said,) = await rig.message("It  runs\naway --ratio")
    assert lines(said)[1] == "2 · 4 s  It runs away --ratio"
    await rig.message("hello there")
    assert (
        await rig.jobs() == [] and len(rig.answers.started) == 1
    )  # one message was the answer, the next is a question


async def test_words_in_a_form(rig: Rig) -> None:
    rig.outlet.surface = DISCORD
    said = await listed(rig)
    opened = await pressed(rig, said, "2")
    assert await rig.press(rig.button(opened, "Change words").data, message_id=said.message_id) == []
    (form,) = rig.outlet.forms
    (field,) = form.fields
    assert (field.value, field.most) == ("It jumps!", SHOT_CHARS)
    assert len(form.data) <= 60
    (changed,) = await rig.press(form.data, message_id=said.message_id, words="It flies.")
    assert changed.edited == said.message_id and "2 · 4 s  It flies." in changed.text


async def test_words_that_are_too_long_or_none(rig: Rig) -> None:
    opened = await pressed(rig, await listed(rig), "1")
    await pressed(rig, opened, "Change words")
    (said,) = await rig.message("x" * (SHOT_CHARS + 1))
    assert "513" in said.text and "512" in said.text
    form = f"wanted:shot:{rig.button(opened, 'Change words').data.split(':')[1]}:1"
    (said,) = await rig.press(form, words="  ")
    assert "What happens in the film?" in said.text


async def test_longer_and_shorter(rig: Rig) -> None:
    opened = await pressed(rig, await listed(rig, f"{KLING} --seconds 6"), "1")
    assert opened.text.startswith("Shot 1 of 3 · 2 s")
    longer = await pressed(rig, opened, "+ 1 s")
    assert longer.text.startswith("Shot 1 of 3 · 3 s")
    for _ in range(12):
        longer = await pressed(rig, longer, "+ 1 s") if "+ 1 s" in longer.labels else longer
    assert "+ 1 s" not in longer.labels and "kling-3.0 · 15 s" in (await pressed(rig, longer, "All shots")).text
    shorter = longer
    for _ in range(14):
        shorter = await pressed(rig, shorter, "− 1 s") if "− 1 s" in shorter.labels else shorter
    assert shorter.text.startswith("Shot 1 of 3 · 1 s") and "− 1 s" not in shorter.labels


async def test_two_fast_presses_both_count(rig: Rig) -> None:
    opened = await pressed(rig, await listed(rig, f"{KLING} --seconds 6"), "1")
    more, less = rig.button(opened, "+ 1 s").data, rig.button(opened, "− 1 s").data
    await asyncio.gather(*(rig.press(more) for _ in range(4)), rig.press(less))
    assert (await pressed(rig, opened, "All shots")).text.count("1 · 5 s") == 1


async def test_one_less_and_one_more(rig: Rig) -> None:
    opened = await pressed(rig, await listed(rig), "1")
    remove = rig.button(opened, "Remove").data
    said = await pressed(rig, opened, "Remove")
    assert lines(said) == ["1 · 4 s  It jumps!", "2 · 4 s  It sleeps."]
    (again,) = await rig.press(remove)  # pressed twice: the other shots are not meant
    assert "not in the storyboard" in again.text
    await pressed(rig, await pressed(rig, said, "1"), "Add one behind")
    (said,) = await rig.message("It dreams.")
    assert lines(said) == ["1 · 4 s  It jumps!", "2 · 4 s  It dreams.", "3 · 4 s  It sleeps."]


async def test_not_more_than_six_and_not_less_than_one(rig: Rig) -> None:
    said = await listed(rig, "/storyboard A. B. C. D. E. F. --model film")
    opened = await pressed(rig, said, "6")
    assert "Add one behind" not in opened.labels
    (refused,) = await rig.press(rig.button(opened, "Remove").data.replace("remove", "add"))
    assert "1–6" in refused.text
    only = await pressed(rig, await listed(rig, "/storyboard A. --model film"), "1")
    assert "Remove" not in only.labels
    (refused,) = await rig.press(rig.button(only, "Add").data.replace("add", "remove"))
    assert "1–6" in refused.text


async def test_cut_anew_takes_the_script_again(rig: Rig) -> None:
    said = await listed(rig)
    await pressed(rig, await pressed(rig, said, "1"), "Remove")
    assert lines(await pressed(rig, said, "Cut anew")) == lines(said)


async def test_cancelled_is_over(rig: Rig) -> None:
    said = await listed(rig)
    assert "Nothing was ordered" in (await pressed(rig, said, "Cancel")).text
    assert "do not have that message" in (await pressed(rig, said, "Film it")).text
    assert await rig.jobs() == []


async def test_nobody_else_presses(rig: Rig) -> None:
    said = await listed(rig, place=GROUP, mentioned=True)
    for label in ("Film it", "Cut anew", "Cancel", "1"):
        refused = await pressed(rig, said, label, place=GROUP, sender=BOB)
        assert refused.edited == ""
    assert await rig.jobs() == []
    assert lines(await pressed(rig, said, "Cut anew", place=GROUP)) == lines(said)


@pytest.mark.parametrize("data", ["board", "board:nope:film", "board:nope:open:1", "wanted:shot:nope:1"])
async def test_forged_buttons(rig: Rig, data: str) -> None:
    (said,) = await rig.press(data, words="x")
    assert "do not have that message" in said.text


async def test_the_list_lives_through_a_restart(rig: Rig) -> None:
    said = await listed(rig)
    rig.dispatcher = Dispatcher(rig.services, rig.new_id)
    await pressed(rig, await pressed(rig, said, "1"), "+ 4 s")
    rig.dispatcher = Dispatcher(rig.services, rig.new_id)
    await rig.press(rig.button(said, "Film it").data)
    assert [shot.seconds for shot in shots_of(await board(rig))] == [8, 4, 4]


# --- filming --------------------


async def test_one_order_for_all(rig: Rig) -> None:
    said = await listed(rig, f"{KLING} --seconds 6 --resolution 720p --sound off")
    acknowledged, revised = await rig.press(rig.button(said, "Film it").data, message_id=said.message_id)
    job = await board(rig)
    assert (job.action, job.options["seconds"], job.options["resolution"]) == ("shots", "6", "720p")
    assert shots_of(job) == (Shot("A cat sits.", 2), Shot("It jumps!", 2), Shot("It sleeps.", 2))
    assert f"kling-3.0 is filming · {rig.texts.money(job.quote)}" in acknowledged.text
    assert rig.button(said, "Film it").label.endswith(rig.texts.money(job.quote))
    assert job.ack_id == acknowledged.message_id
    assert revised.edited == said.message_id and revised.buttons == () and "Press" not in revised.text


async def test_shot_by_shot(rig: Rig) -> None:
    said = await listed(rig)
    acknowledged, _ = await rig.press(rig.button(said, "Film it").data, message_id=said.message_id)
    job = await board(rig)
    async with rig.store.read() as tx:
        pieces = await tx.jobs.pieces(job.id)
    assert (job.action, [piece.prompt for piece in pieces]) == ("join", ["A cat sits.", "It jumps!", "It sleeps."])
    assert "60 credits" in acknowledged.text
    (jobs,) = await rig.message("/jobs")
    assert jobs.text.count("\n") == 1 and "in the making" in jobs.text and "60 credits" in jobs.text


async def test_it_is_ordered_once(rig: Rig) -> None:
    said = await listed(rig)
    film = rig.button(said, "Film it").data
    await asyncio.gather(rig.press(film), rig.press(film))
    (again,) = await rig.press(film)
    assert "on its way already" in again.text
    rig.clock.advance(3600)
    (again,) = await rig.press(film)
    assert "on its way already" in again.text
    (changed,) = await rig.press(rig.button(said, "1").data)
    assert "on its way already" in changed.text
    assert len(await rig.jobs()) == 1


async def test_what_is_refused_can_be_changed_and_filmed_later(rig: Rig) -> None:
    rig.rules.plans["default"] = Plan(daily=500_000)  # type: ignore[index]
    said = await listed(rig)
    (refused,) = await rig.press(rig.button(said, "Film it").data)
    assert "60 credits" in refused.text and await rig.jobs() == []
    fewer = await pressed(rig, await pressed(rig, said, "1"), "Remove")
    await rig.press(rig.button(fewer, "Film it").data)
    assert len(shots_of(await board(rig))) == 2


async def test_an_order_whose_process_died_is_taken_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    said = await listed(rig)
    film = rig.button(said, "Film it").data
    boards: Any = rig.services.boards

    async def dies(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(boards, "film", dies)
        with pytest.raises(asyncio.CancelledError):
            await rig.press(film)
    rig.clock.advance(60)
    await rig.press(film)
    assert len(shots_of(await board(rig))) == 3


# --- a shot once more --------------------


async def filmed(rig: Rig) -> Job:
    """Made and delivered."""
    await rig.press(rig.button(await listed(rig), "Film it").data)
    job = await board(rig)
    async with rig.store.read() as tx:
        pieces = await tx.jobs.pieces(job.id)
    for each in (*pieces, job):
        key, size = await rig.media.put(each.id.encode(), 100)
        async with rig.store.begin() as tx:
            await tx.media.add(key, "video/mp4", size, rig.clock.now_ms(), rig.clock.now_ms() + 1_000)
        film = Artifact("video", media=key, mime="video/mp4", width=4, height=4, size=size)
        await rig.finish(each, state=JobState.SENDING)
        await rig.finish(each, state=JobState.READY, results=(film,), made_ms=rig.clock.now_ms())
        job = await rig.finish(each, state=JobState.DONE, told=True)
    return job


async def test_one_shot_is_filmed_anew(rig: Rig) -> None:
    job = await filmed(rig)
    (asked,) = await rig.press(f"job:{job.id}:redo:2")
    assert "20 credits" in asked.text and "It jumps!" in asked.text
    assert len(await rig.jobs()) == 1, "nothing is ordered before its price was seen"
    (said,) = await rig.press(rig.button(asked, "Same words · 20 credits").data)
    assert "20 credits" in said.text
    again = (await rig.jobs())[0]
    async with rig.store.read() as tx:
        (piece,) = await tx.jobs.pieces(again.id)
    assert piece.prompt == "It jumps!"
    assert [part.media for part in again.inputs] == [job.inputs[0].media, f"job:{piece.id}", job.inputs[2].media]


async def test_one_shot_is_filmed_anew_with_other_words(rig: Rig) -> None:
    job = await filmed(rig)
    (asked,) = await rig.press(f"job:{job.id}:redo:2")
    (wanted,) = await rig.press(rig.button(asked, "Change words").data)
    assert "It jumps!" in wanted.text and "20 credits" in wanted.text
    await rig.message("x" * (SHOT_CHARS + 1))
    assert len(await rig.jobs()) == 1
    await rig.press(f"job:{job.id}:redo:2:words")
    await rig.message("It flies\naway.")
    again = (await rig.jobs())[0]
    assert [shot.prompt for shot in shots_of(again)] == ["A cat sits.", "It flies away.", "It sleeps."]
    async with rig.store.read() as tx:
        (piece,) = await tx.jobs.pieces(again.id)
    assert (piece.prompt, again.parent_id) == ("It flies away.", job.id)
    assert [shot.prompt for shot in shots_of(await board_of(rig, job))][1] == "It jumps!", "what is there stays"


@pytest.mark.parametrize("deed", ["", ":yes", ":words"])
@pytest.mark.parametrize("number", ["0", "4", "x", "", "²", "9" * 50])
async def test_a_shot_that_is_none(rig: Rig, number: str, deed: str) -> None:
    job = await filmed(rig)
    await rig.press(f"job:{job.id}:redo:{number}{deed}")
    await rig.message("It flies.")
    assert len(await rig.jobs()) == 1


async def test_nobody_films_a_shot_of_another_chat_anew(rig: Rig) -> None:
    job = await filmed(rig)
    await rig.message("hello", GROUP, BOB, mentioned=True)
    for deed in ("", ":yes", ":words"):
        await rig.press(f"job:{job.id}:redo:1{deed}", GROUP, BOB)
    assert await rig.jobs(BOB) == []
