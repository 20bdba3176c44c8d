"""An answer survives the death of its process: whole, or as far as it was written down, with a word and a Retry button;
never silence, no part twice, and never charged for more than that."""

from __future__ import annotations

import json
from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal

import pytest

from bots.sandbox.answers import long_answer
from bots.sandbox.faults import Hang, Speech
from core.prices import estimate_tokens
from tests.crash.child import Death
from tests.crash.lives import Life, Nursery, until
from tests.crash.plays import Seen, crash_everywhere, together
from tests.crash.scene import TOKEN_PRICE, Scene, open_scene, words
from tests.crash.test_jobs import RETRY
from tests.standins import telegram_faults
from tests.standins.telegram_chats import Shown

LONG = 1_500
"""Words: three messages on Telegram."""
CHAT = "POST /v1/chat/completions"
MARK, WAITS = words("answer-interrupted"), words("chat-queued", position=1)


def said(count: int) -> list[str]:
    return long_answer(count).split()


def paused(after: int, count: int = LONG) -> Speech:
    """A model that says so many words and then thinks for ever."""
    pieces = tuple(f"{word} " for word in said(count))
    return Speech(pieces=pieces, silent_after=after)


def judge(scene: Scene, first: Life, seen: Seen) -> None:
    """Of one question. `first`: the life that was killed; `seen`: what was on the screen then."""
    turn_id, answer, ending, state = scene.books.row("SELECT id, answer, ending, state FROM turns")
    assert state == "done"
    assert ending in {"complete", "interrupted"}
    judge_delivery(scene.messages, answer, ending, unrecorded(first, seen))
    judge_bill(scene, turn_id)


def unrecorded(first: Life, seen: Seen) -> set[int]:
    """Messages that Telegram shows and the killed life could not write down: one at most, and that may come again."""
    lost = {shown.message_id for shown in seen.messages if not first.has(f"#{shown.message_id}")}
    assert len(lost) <= 1
    return lost


def judge_delivery(messages: list[Shown], answer: str, ending: str, lost: set[int]) -> None:
    """Joined, the messages have the answer's words in order, each once, and the mark if it is not all of it."""
    kept = [shown for shown in messages if shown.message_id not in lost]
    assert kept, "silence"
    text = "\n".join(shown.text for shown in kept)
    if ending == "interrupted":
        assert kept[-1].text.endswith(MARK) and kept[-1].button(RETRY)
        text = text.removesuffix(MARK)
    assert text.split() == answer.split()
    assert answer.split() == said(len(answer.split()))


def judge_bill(scene: Scene, turn_id: str) -> None:
    """The input and what came, at most the hold."""
    turns = scene.books.rows("SELECT id, answer, ending, usage, hold, cost, deeds FROM turns")
    ((_, answer, ending, usage, hold, cost, deeds),) = [turn for turn in turns if turn[0] == turn_id]
    told = json.loads(usage)
    assert scene.books.charged(turn_id) == cost <= hold
    assert told.get("estimated", False) == (ending != "complete")
    if ending != "complete":
        assert told.get("output_tokens", 0) == estimate_tokens(answer)
    came = told["input_tokens"] + told.get("output_tokens", 0)
    assert cost == (came * TOKEN_PRICE if answer or json.loads(deeds) else 0)


# --- at every commit --------------------


async def test_a_long_answer_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    steps = await crash_everywhere(nursery, tmp_path, lambda scene: scene.say(f"[long {LONG}]"), judge)
    parts = [step for step in steps if "save_part:final" in step]
    assert len(parts) == 3 and "finish" in parts[-1]
    assert any("save_turn:answered ledger.settle" in step for step in steps)


async def test_an_answer_in_a_group_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    await crash_everywhere(nursery, tmp_path, lambda scene: scene.call("[long 60]"), judge)


# --- while it is spoken --------------------


async def test_a_death_before_the_first_word(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        asked = Hang()
        scene.door.behaviour.script(CHAT, asked)
        scene.say(f"[long {LONG}]")
        first = await scene.start()
        await asked.arrived.wait()
        await first.killed()
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)
        assert [shown.text for shown in scene.messages] == [MARK]


@pytest.mark.parametrize("shown", [False, True])
async def test_a_death_at_the_first_draft(nursery: Nursery, tmp_path: Path, shown: bool) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        scene.door.behaviour.script(CHAT, paused(after=30))
        hold = telegram_faults.Hold()
        if not shown:
            scene.telegram.faults.decide = lambda call: hold if call.params.get("text") and not call.done_at else None
        scene.say("hello")
        first = await scene.start()
        if shown:
            await until(lambda: "w0029" in _draft(scene), "the draft")
        else:
            await hold.reached.wait()
        await first.killed()
        scene.telegram.faults.decide = None
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)


def written(scene: Scene) -> str:
    """The checkpoint."""
    return str(scene.books.row("SELECT answer FROM turns")[0])


def _draft(scene: Scene) -> str:
    draft = scene.telegram.phone.draft(scene.ann)
    return draft.text if draft else ""


async def test_a_death_in_mid_stream(nursery: Nursery, tmp_path: Path) -> None:
    """What was written down every few seconds is delivered; of the longer one a part was out already. Retry asks again."""
    await together(tmp_path, {str(spoken): partial(_dies_speaking, nursery, spoken) for spoken in (40, 900)})


async def _dies_speaking(nursery: Nursery, spoken: int, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        scene.door.behaviour.script(CHAT, paused(after=spoken))
        scene.say(f"[long {LONG}]")
        first = await scene.start()
        last = said(spoken)[-1]
        await until(lambda: last in _draft(scene) and last in written(scene), "a checkpoint")
        await first.killed()
        seen, second = Seen.of(scene), await scene.start()
        assert len(seen.messages) == (spoken > 700)
        await scene.rest(second)
        judge(scene, first, seen)
        assert last in scene.messages[-1].text
        interrupted = len(scene.messages)
        scene.telegram.phone.press(scene.messages[-1], RETRY)
        await until(lambda: any(said(LONG)[-1] in shown.text for shown in scene.messages), "the whole answer")
        await scene.finish(second)
        again = scene.messages[interrupted:]
        judge_delivery(again, long_answer(LONG), "complete", set())
        for (turn_id,) in scene.books.rows("SELECT id FROM turns"):
            judge_bill(scene, turn_id)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_death_at_the_checkpoint(nursery: Nursery, tmp_path: Path, when: Literal["before", "after"]) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        scene.limits = {"checkpoint_s": 0.5}
        scene.door.behaviour.script(CHAT, paused(after=900))
        scene.say("hello")
        first = await scene.start(Death(when, word="checkpoint"))
        await scene.rest(first)
        assert first.code is not None
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)
        assert scene.books.row("SELECT ending FROM turns") == ("interrupted",)


async def test_a_death_in_mid_stream_in_a_group(nursery: Nursery, tmp_path: Path) -> None:
    """There a message grows by edits; the next life goes on in that very message."""
    async with open_scene(nursery, tmp_path) as scene:
        scene.door.behaviour.script(CHAT, paused(after=60))
        scene.call("hello")
        first = await scene.start()
        await until(lambda: scene.saying("w0059") and "w0059" in written(scene), "a checkpoint")
        await first.killed()
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)
        assert len(scene.messages) == 1


# --- while it is delivered --------------------


async def test_a_death_between_the_parts(nursery: Nursery, tmp_path: Path) -> None:
    """The model has finished, also where the first part was still on its way; only the part whose answer got lost may come
    twice."""
    cases = product((1, 2, 3), (True, False))
    await together(tmp_path, {str(case): partial(_dies_between, nursery, *case) for case in cases})


async def _dies_between(nursery: Nursery, part: int, arrives: bool, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        hold = telegram_faults.Hold()
        scene.telegram.faults.script("sendMessage", *[None] * (part - 1), hold)
        scene.door.behaviour.tokens_per_s = LONG / 2 if part == 1 else 0
        scene.say(f"[long {LONG}]")
        first = await scene.start()
        await hold.reached.wait()
        await until(lambda: first.has("save_turn:answered"), "the end of the model")
        await first.killed()
        if arrives:
            hold.go.set()
            await until(lambda: len(scene.messages) == part, "the part")
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)
        assert scene.books.row("SELECT ending FROM turns") == ("complete",)
        assert len(scene.messages) == 3 + arrives


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_death_while_a_very_long_answer_is_sent_as_a_file(
    nursery: Nursery, tmp_path: Path, arrives: bool
) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        hold = telegram_faults.Hold()
        scene.telegram.faults.script("sendDocument", hold)
        scene.say("[long 5000]")
        first = await scene.start()
        await hold.reached.wait()
        await first.killed()
        if arrives:
            hold.go.set()
            await until(lambda: scene.media, "the file")
        await scene.finish(await scene.start())
        files = [shown.media.data.decode() for shown in scene.media if shown.media]
        assert files == [long_answer(5000)] * (1 + arrives)
        assert len(scene.messages) - len(files) == 1, "the beginning, as text, once"


async def test_what_waited_behind_a_killed_answer_is_answered(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        scene.door.behaviour.script(CHAT, paused(after=40))
        scene.say("hello")
        first = await scene.start()
        await until(lambda: "w0039" in _draft(scene) and "w0039" in written(scene), "a checkpoint")
        scene.say("[long 20]")
        await until(lambda: first.has("add_turn:queued"), "the second message")
        await first.killed()
        await scene.finish(await scene.start())
        rows = scene.books.rows("SELECT id, answer, ending FROM turns ORDER BY number")
        assert [ending for _, _, ending in rows] == ["interrupted", "complete"]
        for turn_id, _, _ in rows:
            judge_bill(scene, turn_id)
        answers = [shown for shown in scene.messages if shown.text != WAITS]
        judge_delivery(answers[:1], rows[0][1], "interrupted", set())
        judge_delivery(answers[1:], long_answer(20), "complete", set())
