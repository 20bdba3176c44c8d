"""SIGTERM: nothing new begins, answers end or are closed with a note in the time that is given, all leases go back, and the
next process goes on at once."""

from __future__ import annotations

import time
from pathlib import Path

from bots.sandbox.faults import Hang, Speech
from tests.crash.door import Hold
from tests.crash.lives import Life, Nursery, until
from tests.crash.plays import Seen
from tests.crash.scene import Scene, open_scene, words
from tests.crash.test_answers import CHAT, MARK, WAITS, judge_bill, judge_delivery, paused, said
from tests.crash.test_jobs import FILM, UNSURE, judge
from tests.standins import telegram_faults

SPARE_S = 8.0
"""For a machine that is busy with other things."""


async def stopping(life: Life) -> None:
    """SIGTERM; returns when the bot has heard it."""
    life.terminate()
    heard = words("start-stopping", seconds=float(life.plan.environment["STOP_SECONDS"]))
    await until(lambda: heard in life.log, "the bot hears of it")


async def stopped(scene: Scene, life: Life) -> None:
    """It ends by itself, in good order, and in the time that it was given."""
    begun, given = time.monotonic(), float(life.plan.environment["STOP_SECONDS"])
    assert await life.ended() == 0, life.log
    assert time.monotonic() - begun < given + SPARE_S
    assert "Traceback" not in life.log
    assert scene.books.leased() == []


async def test_at_rest(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        life = await scene.start()
        await scene.alive(life)
        await stopping(life)
        await stopped(scene, life)


async def test_an_answer_may_end_and_nothing_new_begins(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        scene.door.behaviour.script(CHAT, Speech(pieces=tuple(f"{word} " for word in said(60))))
        scene.door.behaviour.tokens_per_s = 40
        scene.say("hello")
        first = await scene.start(STOP_SECONDS="30")
        await until(lambda: scene.telegram.phone.draft(scene.ann), "the first words")
        await stopping(first)
        scene.say("[long 20]")
        await stopped(scene, first)
        ((turn_id, answer, ending),) = scene.books.rows("SELECT id, answer, ending FROM turns")
        assert (answer.split(), ending) == (said(60), "complete")
        judge_delivery(scene.messages, answer, ending, set())
        judge_bill(scene, turn_id)
        before = len(scene.messages)
        await scene.finish(await scene.start())
        judge_delivery(scene.messages[before:], " ".join(said(20)), "complete", set())


async def test_an_answer_that_takes_too_long_is_closed_with_a_note(nursery: Nursery, tmp_path: Path) -> None:
    """What waited behind it is the next process's."""
    async with open_scene(nursery, tmp_path) as scene:
        scene.door.behaviour.script(CHAT, paused(after=40))
        scene.say("hello")
        first = await scene.start()
        await until(lambda: scene.telegram.phone.draft(scene.ann), "the first words")
        scene.say("[long 20]")
        await until(lambda: first.has("add_turn:queued"), "the second message")
        await stopping(first)
        await stopped(scene, first)
        await scene.finish(await scene.start())
        rows = scene.books.rows("SELECT id, answer, ending FROM turns ORDER BY number")
        assert [ending for _, _, ending in rows] == ["interrupted", "complete"]
        for turn_id, _, _ in rows:
            judge_bill(scene, turn_id)
        one, two = [shown for shown in scene.messages if shown.text != WAITS]
        assert one.text.removesuffix(MARK).split() == said(40)
        assert two.text.split() == said(20)


async def test_a_film_is_looked_at_by_the_next_process(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        arrives = Hang()
        scene.door.behaviour.script("GET /v1/videos/{id}", arrives)
        scene.say(FILM)
        first = await scene.start()
        await arrives.arrived.wait()
        await stopping(first)
        await stopped(scene, first)
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)


async def test_an_order_that_is_being_sent_may_arrive(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        scene.door.held["POST /v1/videos"] = hold = Hold()
        scene.say(FILM)
        first = await scene.start(STOP_SECONDS="30")
        await hold.reached.wait()
        await stopping(first)
        scene.door.held.clear()
        hold.go.set()
        await stopped(scene, first)
        assert scene.books.row("SELECT state FROM jobs") == ("waiting",)
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)


async def test_an_order_that_gets_no_answer_is_unsure(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        scene.door.held["POST /v1/videos"] = hold = Hold()
        scene.say(FILM)
        first = await scene.start()
        await hold.reached.wait()
        await stopping(first)
        await stopped(scene, first)
        scene.door.held.clear()
        seen = Seen.of(scene)
        await scene.finish(await scene.start())
        judge(scene, first, seen)
        assert scene.saying(UNSURE)


async def test_a_result_that_is_being_posted_may_arrive(nursery: Nursery, tmp_path: Path) -> None:
    async with open_scene(nursery, tmp_path) as scene:
        hold = telegram_faults.Hold()
        scene.telegram.faults.script("sendVideo", hold)
        scene.say(FILM)
        first = await scene.start(STOP_SECONDS="30")
        await hold.reached.wait()
        await stopping(first)
        hold.go.set()
        await stopped(scene, first)
        assert not scene.books.open_work()
        judge(scene, first, Seen.of(scene))
        assert len(scene.media) == 1
