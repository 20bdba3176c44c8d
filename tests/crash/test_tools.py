"""What a model orders by its tools survives the death of the process in the middle of its answer: one order or none, paid
once, and its buttons work in the next life."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal

import pytest

from bots.sandbox.faults import Hang
from tests.crash.child import Death
from tests.crash.lives import Life, Nursery, until
from tests.crash.plays import WHEN, Seen, together
from tests.crash.scene import Scene, open_scene, words
from tests.crash.test_answers import CHAT, MARK, judge_bill
from tests.crash.test_jobs import ACKNOWLEDGED, RETRY, UNSURE, judge_end
from tests.reading import samples
from tests.standins.telegram_chats import Shown

DRAW, FILM = "draw me a fox", "make a video of a cat"
"""The second costs more than a person wants spent without being asked."""
ORDERING = ("/v1/images/generations", "/v1/videos")
YES = words("button-yes")
TOLD = "This is what came of it"
"""How the sandbox's models begin when they tell what their tools have done."""


def judge(scene: Scene, first: Life, seen: Seen) -> None:
    """Of one question that made the model order something. `first`: the life that was killed; `seen`: what was on the screen
    then."""
    turn_id, ending, state = scene.books.row("SELECT id, ending, state FROM turns")
    assert state == "done"
    assert ending in {"complete", "interrupted"}
    judge_bill(scene, turn_id)
    _judge_words(scene, first, seen, ending)
    _judge_order(scene, first, seen)


def _judge_words(scene: Scene, first: Life, seen: Seen, ending: str) -> None:
    told = scene.saying(TOLD)
    lost = [shown for shown in seen.messages if TOLD in shown.text and not first.has(f"#{shown.message_id}")]
    if ending == "complete":
        assert len(told) in {1, 1 + len(lost)}
    else:
        (mark,) = scene.saying(MARK)
        assert mark.text.endswith(MARK) and mark.button(RETRY)
        assert len(told) <= 1


def _judge_order(scene: Scene, first: Life, seen: Seen) -> None:
    accepted, submits = ordered(scene)
    assert accepted <= submits <= 1, "sent twice"
    asked = len(scene.books.rows("SELECT id FROM proposals"))
    cards = [shown for shown in scene.messages if is_card(shown)]
    lost = sum(is_card(shown) for shown in seen.messages)
    lost -= first.has(ACKNOWLEDGED) + first.has("proposals.shown")
    jobs = scene.books.rows("SELECT id, turn_id FROM jobs")
    if not jobs:
        assert scene.media == []
        assert submits == 0
        return
    assert len(cards) <= 1 + asked + max(0, lost), "shown twice"
    judge_end(scene, first, seen, accepted)


def ordered(scene: Scene) -> tuple[int, int]:
    """So many orders the gateway took, so many came."""
    sandbox = scene.door.sandbox
    return sum(sandbox.accepted[path] for path in ORDERING), sum(sandbox.submits[path] for path in ORDERING)


def is_card(shown: Shown) -> bool:
    """Neither a result nor words of an answer nor a word about money that came back."""
    return shown.media is None and not any(each in shown.text for each in (TOLD, MARK, UNSURE))


# --- an order of the model's own --------------------


async def test_a_picture_by_a_tool_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    """Of its order and of its answer, which go side by side."""
    await _killed_at(ANSWER | ORDER, partial(_draws, nursery), tmp_path)


ANSWER = {"save_turn:answered", "save_part:final", "conversations.finish"}
ORDER = {"jobs.add:queued", "jobs.save:sending", "jobs.save:ready", "jobs.save:done", ACKNOWLEDGED}


async def _killed_at(commits: set[str], play: Callable[[Death, Path], Awaitable[bool]], folder: Path) -> None:
    """`play`: tells whether the death came; a result may be faster than the acknowledgement, which then never comes."""
    deaths = [Death(when, word=word) for word in sorted(commits) for when in WHEN]
    died = await together(folder, {str(death): partial(play, death) for death in deaths})
    assert sum(died) >= len(deaths) - 2, "the lives do not come to their deaths"


async def _draws(nursery: Nursery, death: Death, folder: Path) -> bool:
    async with open_scene(nursery, folder) as scene:
        scene.say(DRAW)
        first = await scene.start(death)
        died = not await scene.leave(first)
        seen = Seen.of(scene)
        if died:
            await scene.finish(await scene.start())
        judge(scene, first, seen)
        return died


@pytest.mark.parametrize("made", [False, True])
async def test_asking_again_orders_nothing_twice(nursery: Nursery, tmp_path: Path, made: bool) -> None:
    """The answer died after its order (`made`: after its result, too): the person asks again with its button, and the model
    calls for the same picture."""
    async with open_scene(nursery, tmp_path) as scene:
        scene.say(DRAW)
        if made:
            scene.door.behaviour.script(CHAT, None, Hang())
            first = await scene.start()
            await until(lambda: first.has("jobs.save:done"), "the result")
            await first.killed()
        else:
            first = await scene.start(Death("after", word="jobs.add:queued"))
            await scene.rest(first)
        seen, second = Seen.of(scene), await scene.start()
        await scene.rest(second)
        judge(scene, first, seen)
        (mark,) = scene.saying(MARK)
        scene.telegram.phone.press(mark, RETRY)
        await until(lambda: len(scene.books.rows("SELECT id FROM turns")) == 2, "the second answer")
        await scene.finish(second)
        assert len(scene.saying(TOLD)) == 1
        assert ordered(scene) == (1, 1)
        assert judge_end(scene, first, seen, 1) == "done"
        for (turn_id,) in scene.books.rows("SELECT id FROM turns"):
            judge_bill(scene, turn_id)


# --- what waits for a press --------------------


async def test_a_press_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    """From the model's wish to the acknowledgement of what the press ordered; the film's own way is told elsewhere."""
    await _killed_at(ANSWER | ASKED, partial(_presses, nursery), tmp_path)


ASKED = {"proposals.add", "proposals.shown", "proposals.end", "jobs.add:queued", ACKNOWLEDGED}


async def _presses(nursery: Nursery, death: Death, folder: Path) -> bool:
    """The person presses what they see, and once more in the next life, if the button is still there."""
    async with open_scene(nursery, folder) as scene:
        scene.say(FILM)
        first = await scene.start(death)
        await scene.rest(first)
        if first.code is None:
            _press(scene)
        died = not await scene.leave(first)
        seen = Seen.of(scene)
        if died:
            second = await scene.start()
            await scene.rest(second)
            _press(scene)
            await scene.finish(second)
        judge(scene, first, seen)
        asked = scene.books.rows("SELECT id FROM proposals")
        assert len(scene.books.rows("SELECT id FROM jobs")) == len(asked) <= 1
        return died


def _press(scene: Scene) -> None:
    for shown in scene.messages:
        if YES in str(shown.buttons):
            scene.telegram.phone.press(shown, YES)


# --- a question with a file --------------------

Sent = Literal["document", "voice"]
KEPT = ("media.add", "add_turn")


async def test_a_question_with_a_file_survives_a_death(nursery: Nursery, tmp_path: Path) -> None:
    """Before and after its file is kept, and before and after it became a question: answered once, or marked."""
    sent: tuple[Sent, ...] = ("document", "voice")
    cases = product(sent, (Death(when, word=word) for word in KEPT for when in WHEN))
    await together(tmp_path, {f"{kind}, {death}": partial(_sends, nursery, kind, death) for kind, death in cases})


async def _sends(nursery: Nursery, kind: Sent, death: Death, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        phone, ann = scene.telegram.phone, scene.ann
        if kind == "document":
            phone.document(ann, ann, b"Foxes are red.\n", "foxes.txt", "text/plain", "What colour are foxes?")
        else:
            phone.voice(ann, ann, samples.tune("ogg", "libopus", 0.2))
        first = await scene.start(death)
        await scene.rest(first)
        assert first.code is not None, "it did not die"
        await scene.finish(await scene.start())
        turn_id, ending, state, cost, hold = scene.books.row("SELECT id, ending, state, cost, hold FROM turns")
        assert (state, scene.books.charged(turn_id)) == ("done", cost)
        assert cost <= hold
        begun = death == Death("after", word="add_turn")
        assert ending == ("interrupted" if begun else "complete")
        (message,) = scene.messages
        assert (message.text == MARK) == begun
