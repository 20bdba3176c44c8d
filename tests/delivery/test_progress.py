"""The line of a running job: a bar that moves with the time, what is left, and no more calls for it than the pace allows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bots.texts import Texts
from core.errors import Moderated, TaskExpired
from core.jobs import ASKED, NOTHING
from core.values import Job, JobState, Part
from tests.delivery.bench import JOB_ID, Bench
from tests.delivery.scripted import CHANNEL


def takes(bench: Bench, seconds: float) -> None:
    async def known(model: str) -> float:
        return seconds

    bench.deliverer._progress._takes = known


def at_gateway(bench: Bench, **changes: object) -> Job:
    now = bench.clock.now_ms()
    return bench.job(state=JobState.WAITING, progress=-1, created_ms=now, sent_ms=now, kind="video", **changes)


def shown(text: str, name: str) -> str:
    found = re.search(rf"\b{name}=(\S+?)[\]\s]", text)
    assert found is not None
    return found[1]


async def test_the_bar_moves_between_reports_with_what_is_left(bench: Bench) -> None:
    takes(bench, 180)
    ack, job = bench.see_ack(), at_gateway(bench)
    seen = []
    for reported in (0, 0, 30, 30, 30, 30, 30, 30):
        await bench.deliverer.progress(replace(job, progress=reported))
        seen.append([shown(ack.text, name) for name in ("percent", "word", "left")])
        bench.clock.advance(45)
    assert seen == [
        ["0", "left", "180"],
        ["20", "left", "120"],
        ["37", "left", "120"],  # a minute and a half
        ["52", "left", "50"],
        ["70", "none", "0"],
        ["70", "none", "0"],  # 73 is not worth a call
        ["75", "late", "0"],
        ["75", "late", "0"],
    ]


async def test_what_was_changed_of_its_files_stays_to_be_read(bench: Bench) -> None:
    ack = bench.see_ack()
    film = Part("video", media="a" * 64, role="video", changed=("trimmed 15",))
    await bench.deliverer.progress(at_gateway(bench, inputs=(film,)))
    assert ack.text.splitlines()[-1] == "[fit-told changes=[fit-trimmed kind=video value=15]]"


async def test_more_steps_are_not_more_calls(bench: Bench) -> None:
    """Looked at every second for half an hour."""
    takes(bench, 600)
    bench.see_ack()
    job = at_gateway(bench)
    for _ in range(1_800):
        await bench.deliverer.progress(job)
        bench.clock.advance(1)
    calls = bench.world.methods()
    assert set(calls) == {"edit"}
    assert 15 < len(calls) < 25  # a step of five per cent each


async def test_a_task_of_unknown_length_that_reports_nothing_is_told_once(bench: Bench) -> None:
    ack, job = bench.see_ack(), at_gateway(bench)
    for _ in range(100):
        await bench.deliverer.progress(job)
        bench.clock.advance(30)
    assert bench.world.methods() == ["edit"]
    assert (shown(ack.text, "known"), shown(ack.text, "word")) == ("no", "none")


async def test_a_long_call_says_what_it_usually_takes_until_it_tells_more(bench: Bench) -> None:
    takes(bench, 68)
    ack, job = bench.see_ack(), replace(at_gateway(bench), kind="image", state=JobState.SENDING)
    await bench.deliverer.progress(job)
    assert [shown(ack.text, name) for name in ("state", "known", "word", "left")] == ["sending", "no", "usual", "60"]
    bench.clock.advance(34)
    await bench.deliverer.progress(replace(job, progress=10))
    assert [shown(ack.text, name) for name in ("state", "percent", "word", "left")] == ["waiting", "32", "left", "30"]


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_line_in_words(locale: str) -> None:
    def line(word: str, left: int = 60) -> str:
        return Texts()(
            locale, "progress-line", kind="video", model="film", state="waiting", known="yes", percent=40, bar="▰▰▱",
            elapsed=65, word=word, left=left, price=40_000, shot=0, shots=0,
        )  # fmt: skip

    said = {word: line(word).splitlines()[1] for word in ("none", "usual", "left", "late")}
    if locale == "en":
        assert said == {
            "none": "In the making ▰▰▱ 40 % · 1 min 5 s",
            "usual": "In the making ▰▰▱ 40 % · 1 min 5 s, usually about 1 min",
            "left": "In the making ▰▰▱ 40 % · 1 min 5 s, about 1 min left",
            "late": "In the making ▰▰▱ 40 % · 1 min 5 s, longer than usual",
        }
    assert len(set(said.values())) == 4
    accepted = [Texts()(locale, "job-accepted", kind="video", model="m", price="1", about=s) for s in (0, 40, 120)]
    assert [len(each.split("·")) for each in accepted] == [2, 3, 3]
    assert "2" in accepted[2]


# --- after the end --------------------


async def test_what_ran_out_of_time_can_be_looked_at_again(bench: Bench) -> None:
    failed = bench.job(state=JobState.FAILED, error_key=TaskExpired.key, task_id="t")
    await bench.deliverer.tell(failed)
    assert bench.last.text == "[error-task-expired]"
    deeds = [button.data for row in bench.last.buttons for button in row]
    assert deeds == [f"job:{JOB_ID}:check", f"job:{JOB_ID}:again"]

    await bench.deliverer.tell(replace(failed, error_params={ASKED: NOTHING, "at": 1_800_000_123}))
    assert bench.last.text == "[job-still-nothing]"
    assert [button.data for row in bench.last.buttons for button in row] == deeds

    for never in (
        replace(failed, error_key=Moderated.key),
        replace(failed, task_id=""),
        replace(failed, state=JobState.CANCELLED, ack_id=""),
    ):
        await bench.deliverer.tell(never)
        assert [button.data for row in bench.last.buttons for button in row] == [f"job:{JOB_ID}:again"]


async def test_two_looks_in_vain_are_two_messages(discord_bench: Bench) -> None:
    bench = discord_bench
    failed = bench.job(
        state=JobState.FAILED, error_key=TaskExpired.key, task_id="t", place=CHANNEL, person_id="p2", ack_id=""
    )
    await bench.deliverer.tell(failed)
    for at in (1_800_000_100, 1_800_000_200, 1_800_000_200):
        await bench.deliverer.tell(replace(failed, error_params={ASKED: NOTHING, "at": at}))
    told = [message.text for message in bench.world.messages.values()]
    assert told == ["[error-task-expired]", "[job-still-nothing]", "[job-still-nothing]"]
