"""What hostile tests of films share: a house where storyboards and films are quick and nobody is short of credits."""

from __future__ import annotations

from typing import Any

from tests.hostile.pictures import labels
from tests.hostile.rig import CONFIG as PLAIN
from tests.hostile.rig import SPENT
from tests.hostile.scenes import OnTelegram
from tests.standins.telegram_chats import Shown

CHAIN = "kling-2.5"
"""A row that films shot by shot."""
CONFIG = (
    PLAIN.replace("daily_credits = 100", "daily_credits = 1000000\nopen_jobs = 30")
    + f"""
[models."{CHAIN}"]
poll = {{ first_s = 0.05, later_s = 0.05, max_s = 0.05 }}
"""
)
SCRIPT = "A knight rides. He sees a light. He knocks."
BROKEN = ("on my side", "tell my owner this reference")


def data_of(shown: Shown, label: str) -> str:
    """The data of the button whose label begins so."""
    return next(data for name, data in labels(shown).items() if name.startswith(label))


async def listed(scene: OnTelegram, script: str = SCRIPT, chat: Any = None, model: str = CHAIN) -> Shown:
    """The list of shots of a storyboard of Ann's."""
    where = chat or scene.ann
    before = {shown.message_id for shown in scene.phone.from_bot(where)}
    scene.phone.say(where, scene.ann, f"/storyboard {script} --model {model}")

    def look() -> Shown | None:
        new = [shown for shown in scene.phone.from_bot(where) if shown.message_id not in before]
        return next((shown for shown in new if "board:" in str(shown.buttons)), None)

    found = await scene.phone.until(look)
    await scene.house.at_rest()
    assert found is not None
    return found


async def filmed(scene: OnTelegram, chat: Any = None, script: str = SCRIPT) -> Shown:
    """The message with the film of a storyboard of Ann's."""
    where = chat or scene.ann
    board = await listed(scene, script, where)
    many = len(scene.phone.from_bot(where))
    scene.phone.press_data(board, data_of(board, "Film it"), scene.ann)
    found = await scene.phone.until(
        lambda: next((each for each in scene.phone.from_bot(where)[many:] if "delete" in str(each.buttons)), None),
        timeout_s=40,
    )
    await scene.house.at_rest()
    assert found is not None
    return found


def jobs(scene: OnTelegram, columns: str = "id, part_of, state") -> list[tuple[Any, ...]]:
    return scene.house.rows(f"SELECT {columns} FROM jobs ORDER BY number")  # noqa: S608 # ours


def paid_by_people(scene: OnTelegram) -> int:
    """Micros. The house pays for what cuts their scripts."""
    ((paid,),) = scene.house.rows(
        f"SELECT COALESCE(-SUM(daily + kept), 0) FROM entries WHERE {SPENT} AND account_id <> 'house'"  # noqa: S608 # ours
    )
    return int(paid)


def check_holds(scene: OnTelegram) -> None:
    """No hold without an open job, no job that was given back and has been paid all the same."""
    wrong = scene.house.rows(
        "SELECT jobs.id, jobs.state, SUM(entries.daily + entries.kept) FROM jobs JOIN entries ON entries.ref = jobs.id"
        " WHERE jobs.state IN ('failed', 'unsure') OR (jobs.state = 'cancelled' AND NOT jobs.muted)"
        " GROUP BY jobs.id, jobs.state HAVING SUM(entries.daily + entries.kept) <> 0"
    )
    assert wrong == []
