"""/settings: what holds wherever a person writes, changed in place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assistant import CREDITS_ASKED, Preferences, preferences
from core.specs import ModelSpec, OptionSpec
from tests.commands.rig import BOB, GROUP, Rig


async def kept(rig: Rig) -> Preferences:
    return preferences(await rig.person())


def mute(rig: Rig) -> None:
    """No row makes a sound."""
    rows: dict[str, ModelSpec] = vars(rig.catalog)["_rows"]
    for name in [name for name, row in rows.items() if row.kind == "audio"]:
        del rows[name]


def with_a_voice(rig: Rig) -> None:
    """One row reads aloud."""
    mute(rig)
    rows: dict[str, ModelSpec] = vars(rig.catalog)["_rows"]
    rows["voice"] = replace(rows["pen"], name="voice", kind="audio", options={"voice": OptionSpec("voice", ("Kore",))})


async def test_switches_say_how_it_is_and_change_it_in_place(rig: Rig) -> None:
    mute(rig)
    (said,) = await rig.message("/settings", GROUP)
    assert said.private
    assert said.labels[3:] == [
        "✓ Show thinking",
        "✗ Show prices",
        "✓ Use tools",
        "Ask before my own orders above 20 credits",
        "Memories: used in private",
    ]
    (changed,) = await rig.press(rig.button(said, "prices").data, GROUP, message_id=said.message_id)
    assert changed.edited == said.message_id
    assert "✓ Show prices" in changed.labels
    await rig.press(rig.button(changed, "thinking").data, GROUP)
    await rig.press(rig.button(said, "thinking").data, GROUP)  # the same press again
    found = await kept(rig)
    assert (found.cost, found.thoughts, found.tools) == (True, False, True)


async def test_the_sum_and_the_memories_go_round(rig: Rig) -> None:
    (said,) = await rig.message("/settings")
    sums, places = [], []
    for _ in CREDITS_ASKED:
        (said,) = await rig.press(rig.button(said, "Ask before").data)
        sums.append((await kept(rig)).ask_above)
    for _ in range(3):
        (said,) = await rig.press(rig.button(said, "Memories").data)
        places.append((await kept(rig)).memories)
    assert sums == [100, 500, 0, 5, 20]
    assert places == ["everywhere", "nowhere", "private"]
    (said,) = await rig.press(f"set:ask_above:0:{(await rig.person()).id}")
    assert "Ask before every order I make myself" in said.labels


async def test_reading_aloud_is_offered_where_a_model_speaks(rig: Rig) -> None:
    mute(rig)
    (said,) = await rig.message("/settings")
    assert "Reading answers aloud: not set up here" in said.text
    assert not any("aloud" in label for label in said.labels)
    with_a_voice(rig)
    (said,) = await rig.message("/settings", sender=BOB)
    assert "朗读一条回答：最多" in said.text
    await rig.press(rig.button(said, "朗读").data, sender=BOB)
    assert preferences(await rig.person(BOB)).voice


async def test_the_lines_say_what_holds_in_the_conversation(rig: Rig) -> None:
    await rig.message("/think high")
    await rig.message("/search on")
    (said,) = await rig.message("/settings")
    assert "Thinking: high\nWeb search: on" in said.text
    await rig.message("/model gpt-4o")
    (said,) = await rig.message("/settings")
    assert "Thinking: as it likes" in said.text


async def test_nobody_changes_the_settings_of_another(rig: Rig) -> None:
    (said,) = await rig.message("/settings")
    (refused,) = await rig.press(said.data[4], sender=BOB)
    assert refused.private
    assert await kept(rig) == Preferences()
    assert preferences(await rig.person(BOB)) == Preferences()


@pytest.mark.parametrize(
    "data", ["set:cost:perhaps", "set:ask_above:7", "set:memories:on", "set:plan:big", "set:next:x"]
)
async def test_only_what_a_button_offers_can_be_set(rig: Rig, data: str) -> None:
    await rig.message("/settings")
    (said,) = await rig.press(f"{data}:{(await rig.person()).id}")
    assert "nothing any more" in said.text
    assert (await rig.person()).settings == {}


async def test_a_press_leaves_the_other_settings_alone(rig: Rig) -> None:
    (said,) = await rig.message("/settings")
    await rig.directory.set_settings((await rig.person()).id, {"next": {"what": "ask:turn:1"}})
    await rig.press(rig.button(said, "prices").data)
    assert (await rig.person()).settings == {"next": {"what": "ask:turn:1"}, "cost": True}


async def test_settings_fit_every_platform(rig: Rig) -> None:
    with_a_voice(rig)
    (said,) = await rig.message("/settings")
    assert len(said.buttons) <= 5
    assert all(len(row) <= 5 for row in said.buttons)
    assert all(len(data.encode()) <= 60 for data in said.data)
