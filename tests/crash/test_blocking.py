"""A picture that is drawn in one call, by whichever wire, when its process dies on the line: nobody knows what became of it,
so the money comes back with a word, and it is never sent again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal

from bots.sandbox.faults import Drop
from tests.crash.lives import Nursery, until
from tests.crash.plays import REACHED, Ask, Reached, Seen, crash_everywhere, killed_asking, together
from tests.crash.scene import Scene, open_scene
from tests.crash.test_jobs import RETRY, UNSURE, judge

GENERATIONS, EDITS, CHAT = "/v1/images/generations", "/v1/images/edits", "/v1/chat/completions"
NATIVE = "/v1beta/models/{model}:generateContent"


def _say(model: str, scene: Scene) -> None:
    scene.say(f"/image a red fox --model {model}")


def _send(model: str, scene: Scene) -> None:
    """A photo, to be changed."""
    scene.show(f"/image make it blue --model {model}")


WIRES: Mapping[str, tuple[Ask, str]] = {
    "JSON": (partial(_say, "gpt-image-2"), GENERATIONS),
    "a picture in JSON": (partial(_send, "seedream-5.0"), GENERATIONS),
    "a form": (partial(_send, "gpt-image-2"), EDITS),
    "chat": (partial(_say, "nano-banana-2-4k"), CHAT),
    "Gemini's own": (partial(_send, "gemini-3.1-flash-image-preview"), NATIVE),
}
"""How it is ordered, and where it goes."""


async def test_a_change_of_a_photo_survives_a_death_at_every_commit(nursery: Nursery, tmp_path: Path) -> None:
    ask, _ = WIRES["a form"]
    steps = await crash_everywhere(nursery, tmp_path, ask, judge)
    assert [state in str(steps) for state in ("queued", "sending", "ready", "done")] == [True] * 4


async def test_a_death_on_the_line(nursery: Nursery, tmp_path: Path) -> None:
    cases = product(WIRES, REACHED)
    await together(tmp_path, {str(case): partial(_dies, nursery, *case) for case in cases})


async def _dies(nursery: Nursery, wire: str, when: Reached, folder: Path) -> None:
    ask, path = WIRES[wire]
    async with open_scene(nursery, folder) as scene:
        first = await killed_asking(scene, path, when, ask)
        seen = Seen.of(scene)
        for _ in range(2):  # nor by the life after the next
            await scene.finish(await scene.start())
        judge(scene, first, seen)
        assert scene.door.sandbox.submits[path] == 1
        assert scene.door.sandbox.accepted[path] == (when == "as it is taken")
        (sentence,) = scene.saying(UNSURE)
        assert sentence.button(RETRY)


async def test_a_line_that_breaks(nursery: Nursery, tmp_path: Path) -> None:
    """In a bot that lives on, on a line that was used before: not even the client below sends it again."""
    drops: tuple[Literal["body", "answer"], ...] = ("body", "answer")
    await together(tmp_path, {str(case): partial(_loses, nursery, *case) for case in product(WIRES, drops)})


async def _loses(nursery: Nursery, wire: str, when: Literal["body", "answer"], folder: Path) -> None:
    ask, path = WIRES[wire]
    async with open_scene(nursery, folder) as scene:
        scene.door.behaviour.script(f"POST {path}", Drop(when))
        life = await scene.start()
        await scene.alive(life)
        ask(scene)
        await until(lambda: scene.saying(UNSURE), "the word about it")
        await scene.finish(life)
        judge(scene, life, Seen.of(scene))
        assert scene.door.sandbox.submits[path] == 1
        assert scene.media == []
