"""A group in which anybody may go on with anybody's pictures: whoever presses pays."""

from __future__ import annotations

import pytest

from tests.whole import scenes_midjourney
from tests.whole.conftest import somebody
from tests.whole.hands import Hands
from tests.whole.rig import Whole
from tests.whole.scenes_midjourney import grid, pressed
from tests.whole.scenes_pictures import drawn
from tests.whole.wire import EDITS, PICTURES, asked, mj, paths

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.parametrize("platform", ["telegram", "discord"], indirect=True),
]

CONFIG = f"""
[groups]
press = "anyone"
{scenes_midjourney.CONFIG}
"""


def payers(ann: Hands, count: int) -> list[str]:
    """The accounts of the last orders, oldest first."""
    rows = ann.house.rows("SELECT account_id FROM jobs ORDER BY number")
    return [str(account) for (account,) in rows[-count:]]


async def test_a_picture_of_somebody_else(ann: Hands, whole: Whole, platform: str) -> None:
    bob = somebody(whole, platform)
    await ann.meets(bob)
    await ann.uses("image", "a red fox")
    made = await ann.gets("a red fox")
    await bob.tells(made, "Edit", "now in winter", asked="What shall I change?")
    drawn(await bob.gets("now in winter"), "now in winter")
    assert paths(ann) == [PICTURES, EDITS]
    anns, bobs = payers(ann, 2)
    assert anns != bobs


async def test_a_grid_of_somebody_else(ann: Hands, whole: Whole, platform: str) -> None:
    """His press goes on with her task; what he got he alone may delete."""
    bob = somebody(whole, platform)
    await ann.meets(bob)
    made = await grid(ann, "a lone tree")
    large = await pressed(bob, made, "U2")
    assert large.buttons[: len(scenes_midjourney.SINGLE)] == scenes_midjourney.SINGLE
    (action,) = asked(ann, mj("action"))
    assert action["customId"].startswith("MJ::JOB::upsample::2::")
    anns, bobs = payers(ann, 2)
    assert anns != bobs
    await ann.press(large, "Delete")
    await ann.is_told("These buttons are for whoever asked")
    await ann.press(large, "Vary (Subtle)")
    await ann.gets("Vary (Subtle) · 10 credits")
    assert payers(ann, 3) == [anns, bobs, anns]
    await bob.uses("image", "a red fox")
    await ann.press(await bob.gets("a red fox"), "Again")
    await ann.until(
        lambda: len([seen for seen in ann.sees() if seen.files and "a red fox" in seen.text]) == 2, "another"
    )
    assert payers(ann, 2) == [bobs, anns] and len(asked(ann, PICTURES)) == 2
