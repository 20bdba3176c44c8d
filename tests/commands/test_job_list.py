"""/jobs: pages of ten, how far each is, and what can be done about it."""

from __future__ import annotations

from dataclasses import replace

from core.errors import Moderated, TaskExpired
from core.jobs import ASKED, LOOK, asked_until_ms
from core.values import Job, JobState
from tests.commands.rig import ANN, BOB, DM, GROUP, Rig, Said


async def filled(rig: Rig, count: int, **changes: object) -> list[Job]:
    """Orders of Ann, the oldest first."""
    await rig.message("/image a fox")
    (pattern,) = await rig.jobs()
    plain: dict[str, object] = {"state": JobState.UNSURE, "told": True, "due_ms": 2**53}
    made = [
        replace(pattern, id=f"many{number:012}", prompt=f"fox {number}", **(plain | changes))  # type: ignore[arg-type] # any field
        for number in range(1, count)
    ]
    async with rig.store.begin() as tx:
        for job in made:
            await tx.jobs.add(job)
    return [pattern, *made]


def numbers(said: Said) -> list[int]:
    return [int(line.split(".")[0]) for line in said.text.splitlines()[1:]]


def turns(said: Said) -> list[str]:
    return [data for data in said.data if data.startswith("jobs:")]


async def test_all_orders_are_turned_through_in_one_message(rig: Rig) -> None:
    await filled(rig, 25)
    (first,) = await rig.message("/jobs")
    assert numbers(first) == list(range(1, 11))
    assert "fox 24" in first.text.splitlines()[1]
    person = (await rig.person()).id
    assert turns(first) == [f"jobs:10:{person}"]
    (second,) = await rig.press(turns(first)[0], message_id=first.message_id)
    assert second.edited == first.message_id
    assert numbers(second) == list(range(11, 21))
    assert second.labels[0].startswith("11: ")
    (third,) = await rig.press(turns(second)[1], message_id=first.message_id)
    assert numbers(third) == list(range(21, 26))
    assert turns(third) == [f"jobs:10:{person}"]  # nothing is older
    (back,) = await rig.press(turns(third)[0], message_id=first.message_id)
    assert (back.text, back.data) == (second.text, second.data)


async def test_pages_that_are_not_there_and_other_peoples_hands(rig: Rig) -> None:
    await filled(rig, 12)
    person = (await rig.person()).id
    for skip in ("12", "999999", "9" * 7, "-1", "x", ""):
        (said,) = await rig.press(f"jobs:{skip}:{person}")
        assert "nothing more" in said.text
        assert not said.edited
    (said,) = await rig.press(f"jobs:10:{person}", GROUP, BOB)
    assert said.private
    assert "fox" not in said.text
    (said,) = await rig.press("jobs")
    assert "fox" not in said.text


async def test_pieces_of_others_stay_hidden(rig: Rig) -> None:
    await filled(rig, 12, part_of="whole")
    (said,) = await rig.message("/jobs")
    assert numbers(said) == [1]


async def test_a_line_of_an_order_without_words_ends_before_the_dash(rig: Rig) -> None:
    (job,) = await filled(rig, 1)
    async with rig.store.begin() as tx:
        await tx.jobs.add(replace(job, id="wordless00000000", prompt=""))
    (said,) = await rig.message("/jobs")
    newest, oldest = said.text.splitlines()[1:3]
    assert newest.endswith("ago")
    assert oldest.endswith("ago – a fox")


async def test_a_line_tells_how_far_it_is_and_what_is_left(rig: Rig) -> None:
    await rig.message("/video a fox")
    (job,) = await rig.jobs()
    await rig.finish(job, state=JobState.WAITING, task_id="t", sent_ms=rig.clock.now_ms(), progress=0)
    rig.clock.advance(90)  # the row says three minutes
    (said,) = await rig.message("/jobs")
    assert "in the making 40 % (about 2 min left) · film" in said.text
    rig.clock.advance(300)
    (said,) = await rig.message("/jobs")
    assert "88 % (longer than usual)" in said.text
    (ack,) = await rig.message("/video a hen")
    assert ack.text.endswith("· about 3 min")


async def test_what_ran_out_of_time_is_checked_by_its_person_alone(rig: Rig) -> None:
    await rig.message("/video a fox", GROUP)
    (job,) = await rig.jobs()
    await rig.finish(job, state=JobState.FAILED, error_key=TaskExpired.key, task_id="t", told=True, due_ms=2**53)
    (listed,) = await rig.message("/jobs")
    deeds = [data.split(":")[2] for data in listed.data]
    assert deeds == ["check", "again"]

    (said,) = await rig.press(listed.data[0], GROUP, BOB)
    assert said.private
    assert (await rig.jobs())[0].error_params == {}
    for _ in range(2):
        (said,) = await rig.press(listed.data[0])
        assert "looking" in said.text
    (job,) = await rig.jobs()
    assert (job.error_params, job.due_ms) == ({ASKED: LOOK}, rig.clock.now_ms())

    rig.clock.advance((asked_until_ms(job) - rig.clock.now_ms()) / 1000)
    (listed,) = await rig.message("/jobs")
    assert [data.split(":")[2] for data in listed.data] == ["again"]
    (said,) = await rig.press(f"job:{job.id}:check")
    assert "do not have that order" in said.text


async def test_what_the_rules_forbid_is_not_checked(rig: Rig) -> None:
    await filled(rig, 2, state=JobState.FAILED, error_key=Moderated.key, task_id="t")
    (said,) = await rig.message("/jobs", DM, ANN)
    assert [data.split(":")[2] for data in said.data] == ["again", "cancel"]
    (said,) = await rig.press("job:many000000000001:check")
    assert "do not have that order" in said.text


async def test_a_page_full_of_buttons_keeps_to_five_rows(rig: Rig) -> None:
    await filled(rig, 30, state=JobState.FAILED, error_key=TaskExpired.key, task_id="t")
    (said,) = await rig.message("/jobs")
    assert len(said.buttons) <= 5
    assert max(map(len, said.buttons)) <= 5
    assert len(said.data) == 21
