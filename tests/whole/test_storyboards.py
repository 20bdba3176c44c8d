"""A script becomes a film of several shots, as a person does it on every front end."""

from __future__ import annotations

import json

import pytest

from tests.whole.hands import Hands
from tests.whole.scenes_films import shown
from tests.whole.wire import asked

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = """
[models."kling-2.5"]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""
FILMS = "/v1/videos"
SCRIPT = "A knight rides through rain. He sees a light far away. He knocks at the door."


async def test_a_script_is_cut_changed_and_filmed_in_one_order(ann: Hands) -> None:
    await ann.uses("storyboard", SCRIPT)
    listed = await ann.hears("12 s")
    opened = await ann.presses(listed, "2", "Shot 2 of 3")
    longer = await ann.presses(opened, "+ 1 s", "Shot 2 of 3 · 5 s")
    asking = "How shall shot 2 go?"
    await ann.tells(longer, "Change words", "He sees a red light.", asked=asking)
    changed = await ann.hears("5 s  He sees a red light.")
    await ann.press(changed, "Film it")
    shown(await ann.gets(SCRIPT))
    (body,) = asked(ann, FILMS)
    told = json.loads(body["metadata"]["ext_info"])
    shots = json.loads(told["AdditionalParameters"])["multi_prompt"]
    assert [(shot["prompt"], shot["duration"]) for shot in shots] == [
        ("A knight rides through rain.", "4"),
        ("He sees a red light.", "5"),
        ("He knocks at the door.", "4"),
    ]


async def test_shot_by_shot_and_one_of_them_anew(ann: Hands) -> None:
    await ann.uses("storyboard", SCRIPT, model="kling-2.5")
    listed = await ann.hears("He knocks")
    await ann.press(listed, "Film it")
    film = await ann.gets(SCRIPT)
    shown(film)
    assert [body["prompt"] for body in asked(ann, FILMS)] == SCRIPT.replace(". ", ".\n").split("\n")
    assert ["image" in body for body in asked(ann, FILMS)] == [False, True, True]
    await ann.press(await ann.presses(film, "Redo 2", "once more"), "Same words")
    await ann.behind_the_scenes(lambda: len(asked(ann, FILMS)) == 4)
    await ann.until(lambda: len([seen for seen in ann.sees() if "video" in seen.kinds]) == 2, "the second film")
    assert asked(ann, FILMS)[-1]["prompt"] == "He sees a light far away."
