"""The line breaks after the order has left, in a bot that lives on: nobody knows whether it was taken."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal

from bots.sandbox.faults import Drop
from tests.crash.lives import Nursery, until
from tests.crash.plays import together
from tests.crash.scene import open_scene
from tests.crash.test_jobs import FILM, PICTURE, RETRY, UNSURE, judge_two_orders

When = Literal["body", "answer"]
DROPS: tuple[When, ...] = ("body", "answer")


async def test_a_line_dropped_behind_an_order(nursery: Nursery, tmp_path: Path) -> None:
    """Refunded, told once, never sent again by itself; the button orders anew. A line that was used before looks like one
    that had long been closed, which a client must not take for a reason to send again."""
    orders = ((FILM, "/v1/videos"), (PICTURE, "/v1/images/generations"))
    cases = product(orders, ("fresh", "reused"), DROPS)
    plays = {f"{order} {line} {when}": partial(_drop, nursery, *order, line, when) for order, line, when in cases}
    await together(tmp_path, plays)


async def _drop(nursery: Nursery, order: str, path: str, line: str, when: When, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        life = await scene.start()
        await scene.alive(life)
        before = 0
        if line == "reused":  # an order that goes well leaves its line open behind it
            scene.say(PICTURE)
            await until(lambda: scene.media, "the first picture")
            before = 1
        known = {each for lines in scene.door.lines.values() for each in lines}
        sent, taken = scene.door.sandbox.submits[path], scene.door.sandbox.accepted[path]
        scene.door.behaviour.script(f"POST {path}", Drop(when))
        scene.say(order)
        await until(lambda: scene.saying(UNSURE), "the word about it")
        await scene.rest(life)
        assert (scene.door.lines[f"POST {path}"][-1] in known) == (line == "reused")
        assert scene.door.sandbox.submits[path] == sent + 1
        assert scene.door.sandbox.accepted[path] == taken + (when == "answer")
        (sentence,) = scene.saying(UNSURE)
        scene.telegram.phone.press(sentence, RETRY)
        await until(lambda: len(scene.media) > before, "the second order's result")
        await scene.finish(life)
        judge_two_orders(scene, before)
