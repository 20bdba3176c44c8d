"""An order survives the death of its process at every step: the result once, or the money back and a word; never sent
twice."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path

from bots.sandbox.faults import Hang
from tests.crash.child import Death
from tests.crash.lives import Life, Nursery, until
from tests.crash.plays import REACHED, Reached, Seen, crash_everywhere, killed_asking, together
from tests.crash.scene import Scene, open_scene, words
from tests.standins import telegram_faults

FILM, PICTURE = "/video a cat --seconds 3", "/image a red fox"
UNSURE, FAILED, RETRY = words("error-unsure"), words("error-task-failed"), words("button-retry")
ACKNOWLEDGED = "conversations.link jobs.save"
AWAY = ("jobs.save:waiting", "jobs.save:ready", "jobs.save:failed")
"""What a life writes down when it knows what became of an order that it sent."""


def judge(scene: Scene, first: Life, seen: Seen) -> None:
    """`first`: the life that was killed; `seen`: what was on the screen then."""
    accepted = scene.door.sandbox.accepted.total()
    assert accepted <= scene.door.sandbox.submits.total() <= 1, "sent twice"
    sentences = [shown.text for shown in scene.messages if shown.media is None]
    assert len([text for text in sentences if text not in {UNSURE, FAILED}]) <= 1, "acknowledged twice"
    if judge_end(scene, first, seen, accepted) == "done":
        assert not any(RETRY in str(shown.buttons) for shown in scene.messages)


def judge_end(scene: Scene, first: Life, seen: Seen, accepted: int) -> str:
    """Of the one job: its result and its price, or the money back and a word. `accepted`: so many orders the gateway took.
    Returns its state."""
    job_id, state, quote, prompt = scene.books.row("SELECT id, state, quote, prompt FROM jobs")
    if first.has("jobs.save:sending") and not any(first.has(word) for word in AWAY):
        assert state == "unsure"
        _judge_refund(scene, job_id, UNSURE, seen, recorded=False)
    elif "[fail]" in prompt:
        assert state == "failed"
        failed = [step for step in first.steps if "jobs.save:failed" in step and ACKNOWLEDGED not in step]
        recorded = len(failed) == 2  # that it failed, that it was told
        _judge_refund(scene, job_id, FAILED, seen, recorded=recorded)
    else:
        assert state == "done" and accepted == 1
        assert scene.books.charged(job_id) == quote > 0
        unrecorded = any(shown.media for shown in seen.messages) and not first.has("jobs.save:done")
        assert len(scene.media) in ({1, 2} if unrecorded else {1})
    return str(state)


def _judge_refund(scene: Scene, job_id: str, words: str, seen: Seen, *, recorded: bool) -> None:
    assert scene.books.charged(job_id) == 0
    assert scene.media == []
    unrecorded = any(words in shown.text for shown in seen.messages) and not recorded
    sentences = scene.saying(words)
    assert len(sentences) in ({1, 2} if unrecorded else {1})
    assert all(sentence.button(RETRY) for sentence in sentences)


# --- at every commit --------------------


async def test_a_film_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    steps = await crash_everywhere(nursery, tmp_path, lambda scene: scene.say(FILM), judge)
    assert [state in str(steps) for state in ("queued", "sending", "waiting", "ready", "done")] == [True] * 5


async def test_a_picture_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    steps = await crash_everywhere(nursery, tmp_path, lambda scene: scene.say(PICTURE), judge)
    assert [state in str(steps) for state in ("queued", "sending", "ready", "done")] == [True] * 4


async def test_a_failure_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    order = f"{FILM} [fail]"
    steps = await crash_everywhere(nursery, tmp_path, lambda scene: scene.say(order), judge, since="jobs.save:failed")
    assert len(steps) >= 3


# --- while the world outside is asked --------------------


async def test_a_death_while_the_order_is_sent(nursery: Nursery, tmp_path: Path) -> None:
    """Nobody knows whether the gateway has it: the money comes back, with a word, and the button orders anew."""
    cases = product((FILM, PICTURE), REACHED)
    await together(tmp_path, {str(case): partial(_dies_sending, nursery, *case) for case in cases})


async def _dies_sending(nursery: Nursery, order: str, when: Reached, folder: Path) -> None:
    path = f"/v1/{'videos' if order is FILM else 'images/generations'}"
    async with open_scene(nursery, folder) as scene:
        first = await killed_asking(scene, path, when, lambda scene: scene.say(order))
        seen, second = Seen.of(scene), await scene.start()
        await scene.rest(second)
        judge(scene, first, seen)
        assert scene.door.sandbox.accepted.total() == (when == "as it is taken")
        (sentence,) = scene.saying(UNSURE)
        scene.telegram.phone.press(sentence, RETRY)
        await until(lambda: scene.media, "the second order's result")
        await scene.finish(second)
        judge_two_orders(scene)


def judge_two_orders(scene: Scene, before: int = 0) -> None:
    """The first is unsure and free, the second is the person's own wish, done and paid. `before`: orders that went well."""
    (lost, lost_state, _, _), (again, again_state, parent, quote) = scene.books.rows(
        "SELECT id, state, parent_id, quote FROM jobs ORDER BY number"
    )[before:]
    assert (lost_state, again_state, parent) == ("unsure", "done", lost)
    assert (scene.books.charged(lost), scene.books.charged(again)) == (0, quote)
    assert (len(scene.media), len(scene.saying(UNSURE))) == (before + 1, 1)


async def test_a_death_while_a_task_is_looked_at(nursery: Nursery, tmp_path: Path) -> None:
    """At each poll, and in the download."""
    cases = (("GET /v1/videos/{id}", 0), ("GET /v1/videos/{id}", 1), ("GET /files/videos/{id}.mp4", 0))
    await together(tmp_path, {str(case): partial(_dies_looking, nursery, *case) for case in cases})


async def _dies_looking(nursery: Nursery, route: str, earlier: int, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        arrives = Hang()
        scene.door.behaviour.script(route, *[None] * earlier, arrives)
        scene.say(FILM)
        first = await scene.start()
        await arrives.arrived.wait()
        await first.killed()
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)


async def test_a_death_while_the_result_is_posted(nursery: Nursery, tmp_path: Path) -> None:
    """Only where Telegram has the result and the bot never heard so, it comes twice."""
    cases = product((FILM, PICTURE), (True, False))
    await together(tmp_path, {str(case): partial(_dies_posting, nursery, *case) for case in cases})


async def _dies_posting(nursery: Nursery, order: str, arrives: bool, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        hold = telegram_faults.Hold()
        scene.telegram.faults.script("sendVideo" if order is FILM else "sendPhoto", hold)
        scene.say(order)
        first = await scene.start()
        await hold.reached.wait()
        await first.killed()
        if arrives:
            hold.go.set()
            await until(lambda: scene.media, "the result")
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)
        assert len(scene.media) == 1 + arrives
        assert all(shown.reply_to for shown in scene.media)


async def test_a_death_before_the_acknowledgement(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        hold = telegram_faults.Hold()
        scene.telegram.faults.script("sendMessage", hold)
        scene.say(FILM)
        first = await scene.start()
        await hold.reached.wait()
        await first.killed()
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)


async def test_deaths_in_a_row(nursery: Nursery, tmp_path: Path) -> None:
    """Each life gets a little further than the one before."""
    async with open_scene(nursery, tmp_path) as scene:
        scene.say(FILM)
        words = ("jobs.add:queued", "jobs.save:waiting", "media.add", "jobs.save:ready")
        for word in words:
            life = await scene.start(Death("after", word=word))
            await scene.rest(life)
            assert life.code is not None, word
        seen, last = Seen.of(scene), await scene.start()
        await scene.finish(last)
        judge(scene, last, seen)
