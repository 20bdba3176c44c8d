"""A film that is one long call survives the death of its process at every step, and in the middle of its words."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path

from tests.crash.lives import Nursery, until
from tests.crash.plays import Seen, crash_everywhere, together
from tests.crash.scene import open_scene
from tests.crash.test_jobs import UNSURE, judge

SORA, GROK = "/video a cat --model sora-2", "/video a cat --model grok-imagine-1.0-video"
PATH = "/v1/chat/completions"


async def test_a_film_by_chat_survives_a_death_at_every_commit_since_it_is_sent(
    nursery: Nursery, tmp_path: Path
) -> None:
    steps = await crash_everywhere(nursery, tmp_path, lambda scene: scene.say(SORA), judge, since="jobs.save:sending")
    assert [state in str(steps) for state in ("sending", "ready", "done")] == [True] * 3


async def test_a_death_or_a_stop_in_the_middle_of_its_words(nursery: Nursery, tmp_path: Path) -> None:
    """The money comes back with a word, once, and the gateway's name of the film stays in the row."""
    cases = product((SORA, GROK), ("killed", "stopped"))
    await together(tmp_path, {str(case): partial(_ends_streaming, nursery, *case) for case in cases})


async def _ends_streaming(nursery: Nursery, order: str, end: str, folder: Path) -> None:
    async with open_scene(nursery, folder) as scene:
        scene.say(f"{order} [never]")
        first = await scene.start()
        await until(lambda: scene.door.sandbox.submits[PATH], "the call")
        if order is SORA:
            await until(lambda: scene.books.row("SELECT task_id FROM jobs")[0], "its name")
        if end == "stopped":
            first.terminate()
            await first.ended()
        await first.killed()
        seen, second = Seen.of(scene), await scene.start()
        await scene.finish(second)
        judge(scene, first, seen)
        assert scene.door.sandbox.submits[PATH] == 1
        assert len(scene.saying(UNSURE)) == 1
        if order is SORA:
            assert scene.books.row("SELECT task_id FROM jobs")[0].startswith("task_")
