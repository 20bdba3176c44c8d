"""What is drawn, pressed and painted over at Midjourney survives the death of the process at every step: an order leaves
once, and the window in which the gateway's task waits is answered once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal

from bots.sandbox.faults import Drop
from tests.crash.child import Death
from tests.crash.lives import Life, Nursery, until
from tests.crash.plays import REACHED, WHEN, Reached, Seen, crash_everywhere, killed_asking, together
from tests.crash.scene import Scene, open_scene, words
from tests.crash.test_jobs import RETRY, UNSURE
from tests.standins.telegram_chats import Shown

DRAW, DESCRIBE, ACTION, MODAL = (f"/mj/submit/{name}" for name in ("imagine", "describe", "action", "modal"))
TILE, REGION = "U1", "Vary (Region)"
WHICH, LEFT = words("mj-which-region"), words("region-left")
AWAY = ("jobs.save:waiting", "jobs.save:ready", "jobs.save:failed")
"""What a life writes down when it knows what became of an order that it sent."""
PACES = {"core.lines.BUSY_S": 0.1, "core.polling.CONFIRMED_MS": 1_000}
"""How often is looked, and how long for news of a window that may have been answered."""


def results(messages: Iterable[Shown]) -> list[Shown]:
    """An acknowledgement may show a picture too, of how it gets on, but has other buttons."""
    return [shown for shown in messages if ":delete" in str(shown.buttons)]


# --- what people do --------------------


def draw(scene: Scene) -> None:
    scene.say("/mj a red fox")


def describe(scene: Scene) -> None:
    scene.show("/mj describe")


def press_tile(scene: Scene) -> None:
    scene.telegram.phone.press(results(scene.messages)[-1], TILE)


def say_what(scene: Scene) -> None:
    """The words that the window wants, as the next message."""
    phone, ann = scene.telegram.phone, scene.ann
    assert phone.asked(ann, ann) is not None, "nothing asked"
    phone.say(ann, ann, "a green hat")


# --- what went well before --------------------


async def nothing(scene: Scene) -> None:
    """Only the paces are set."""
    scene.paces = PACES


async def drawn(scene: Scene) -> None:
    """Four pictures."""
    scene.paces = PACES
    draw(scene)
    life = await scene.start()
    await until(lambda: results(scene.messages), "four pictures")
    assert await scene.leave(life)


async def asked(scene: Scene) -> None:
    """One of the four in large, and which part of it is to change; what shall be there is the question."""
    scene.paces = PACES
    phone, ann = scene.telegram.phone, scene.ann
    draw(scene)
    life = await scene.start()
    await until(lambda: results(scene.messages), "four pictures")
    press_tile(scene)
    await until(lambda: len(results(scene.messages)) == 2, "one picture")
    phone.press(results(scene.messages)[-1], REGION)
    await until(lambda: scene.saying(WHICH), "which part")
    phone.press(scene.saying(WHICH)[0], LEFT)
    await until(lambda: phone.asked(ann, ann), "what shall be there")
    assert await scene.leave(life)


# --- how it ends --------------------


def judge(scene: Scene, first: Life, seen: Seen, *, before: int = 0) -> None:
    """Of the last order: its result and its price, or the money back and a word. `before`: so many went well before it.
    `first`: the life that was killed; `seen`: what was on the screen then."""
    submits, accepted = scene.door.sandbox.submits, scene.door.sandbox.accepted
    assert submits[DRAW] + submits[DESCRIBE] + submits[ACTION] <= before + 1, "sent twice"
    assert submits[MODAL] <= 1, "answered twice"
    jobs = scene.books.rows("SELECT id, state, quote, action, confirmed_ms FROM jobs ORDER BY number")
    assert len(jobs) == before + 1
    assert [state for _, state, *_ in jobs[:-1]] == ["done"] * before
    job_id, state, quote, action, confirmed_ms = jobs[-1]
    sent = first.has("jobs.save:sending") and not any(first.has(word) for word in AWAY)
    unanswered = bool(confirmed_ms) and not accepted[MODAL]
    assert bool(confirmed_ms) == (action == "inpaint" and not sent)
    if sent or unanswered:
        assert state == "unsure"
        _judge_refund(scene, job_id, first, seen)
        assert len(results(scene.messages)) == before
    else:
        assert state == "done"
        assert scene.books.charged(job_id) == quote > 0
        assert not scene.saying(UNSURE)
        unrecorded = len(results(seen.messages)) > before and not first.has("jobs.save:done")
        assert len(results(scene.messages)) - before in ({1, 2} if unrecorded else {1})


def _judge_refund(scene: Scene, job_id: str, first: Life, seen: Seen) -> None:
    assert scene.books.charged(job_id) == 0
    recorded = sum("jobs.save:unsure" in step for step in first.steps) == 2  # how it ended, that it was told
    unrecorded = any(UNSURE in shown.text for shown in seen.messages) and not recorded
    assert len(scene.saying(UNSURE)) in ({1, 2} if unrecorded else {1})


# --- at every commit --------------------


async def test_four_pictures_survive_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    steps = await crash_everywhere(nursery, tmp_path, draw, judge, prepare=nothing)
    assert [state in str(steps) for state in ("queued", "sending", "waiting", "ready", "done")] == [True] * 5


async def test_a_description_survives_a_death_at_every_commit_since_it_is_made(
    nursery: Nursery, tmp_path: Path
) -> None:
    """Words are a result like any other."""
    steps = await crash_everywhere(nursery, tmp_path, describe, judge, prepare=nothing, since="jobs.save:ready")
    assert "jobs.save:done" in str(steps)


async def test_a_press_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    steps = await crash_everywhere(nursery, tmp_path, press_tile, partial(judge, before=1), prepare=drawn, alike=2)
    assert [state in str(steps) for state in ("queued", "sending", "waiting", "ready", "done")] == [True] * 5


async def test_a_change_of_a_region_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    """Since it is sent; its words become an order below."""
    judged = partial(judge, before=2)
    steps = await crash_everywhere(
        nursery, tmp_path, say_what, judged, prepare=asked, since="jobs.save:sending", alike=2
    )
    assert [state in str(steps) for state in ("sending", "waiting", "modal", "ready", "done")] == [True] * 5


async def test_words_for_a_window_become_one_order(nursery: Nursery, tmp_path: Path) -> None:
    """Whenever their process dies."""
    deaths = [Death(when, word=word) for word in ("set_settings", "jobs.add:queued") for when in WHEN]
    await together(tmp_path, {str(death): partial(_dies_ordering, nursery, death) for death in deaths})


async def _dies_ordering(nursery: Nursery, death: Death, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        await asked(scene)
        say_what(scene)
        first = await scene.start(death)
        await scene.rest(first)
        assert first.code is not None, "it did not die"
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen, before=2)
        assert len(results(scene.messages)) == 3


# --- while the gateway is asked --------------------


async def test_a_death_while_a_task_is_submitted(nursery: Nursery, tmp_path: Path) -> None:
    """Nobody knows whether the gateway has it: the money comes back, with a word, and nothing is sent again."""
    cases = product((DRAW, ACTION), REACHED)
    await together(tmp_path, {str(case): partial(_dies_submitting, nursery, *case) for case in cases})


async def _dies_submitting(nursery: Nursery, path: str, when: Reached, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        await (nothing if path == DRAW else drawn)(scene)
        ask = draw if path == DRAW else press_tile
        first = await killed_asking(scene, path, when, ask)
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen, before=int(path == ACTION))
        assert scene.door.sandbox.submits[path] == 1
        assert scene.saying(UNSURE)[0].button(RETRY)


async def test_a_death_while_a_window_is_answered(nursery: Nursery, tmp_path: Path) -> None:
    """Whoever comes later only looks: an answer that was taken brings the result, one that was not the money back."""
    await together(tmp_path, {when: partial(_dies_answering, nursery, when) for when in REACHED})


async def _dies_answering(nursery: Nursery, when: Reached, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        await asked(scene)
        first = await killed_asking(scene, MODAL, when, say_what)
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen, before=2)
        assert scene.door.sandbox.submits[MODAL] == 1
        assert len(results(scene.messages)) == 2 + (when == "as it is taken")


async def test_a_line_that_breaks_behind_the_answer_to_a_window(nursery: Nursery, tmp_path: Path) -> None:
    """In a bot that lives on."""
    drops: tuple[Literal["body", "answer"], ...] = ("body", "answer")
    await together(tmp_path, {when: partial(_loses_an_answer, nursery, when) for when in drops})


async def _loses_an_answer(nursery: Nursery, when: Literal["body", "answer"], folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        await asked(scene)
        scene.door.behaviour.script(f"POST {MODAL}", Drop(when))
        say_what(scene)
        life = await scene.start()
        await scene.finish(life)
        judge(scene, life, Seen.of(scene), before=2)
        assert scene.door.sandbox.submits[MODAL] == 1
        assert len(results(scene.messages)) == 2 + (when == "answer")
