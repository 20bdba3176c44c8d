"""A film of several shots on its way, joined, and with shots that failed, as its person sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.errors import BannedWord, ShotFailed, TaskFailed
from core.values import Job, JobState, Part
from tests.delivery.bench import JOB_ID, Bench

PIECE = 50_000


async def storyboard(bench: Bench, *states: JobState, **changes: Any) -> Job:
    """With a piece in each of these states."""
    ids = [f"piece{number}" for number in range(len(states))]
    films = tuple(Part("video", media=f"job:{piece_id}", role="video") for piece_id in ids)
    whole = bench.job(kind="video", model="veo-3.1", action="join", inputs=films, quote=0, state=JobState.QUEUED)
    async with bench.store.begin() as tx:
        for piece_id, state in zip(ids, states, strict=True):
            await tx.jobs.add(
                replace(whole, id=piece_id, action="", inputs=(), quote=PIECE, state=state, part_of=JOB_ID)
            )
    return replace(whole, **changes)


async def test_the_acknowledgement_says_which_shot_is_filmed(bench: Bench) -> None:
    ack = bench.see_ack()
    states = (JobState.DONE, JobState.WAITING, JobState.QUEUED, JobState.QUEUED)
    await bench.deliverer.progress(await storyboard(bench, *states, progress=35))
    assert "shot=2 shots=4 state=shot" in ack.text and "bar=▰▰▰▱▱▱▱▱▱▱" in ack.text
    assert f"price={4 * PIECE}" in ack.text


async def test_when_all_are_filmed_it_waits_for_no_turn(bench: Bench) -> None:
    ack = bench.see_ack()
    await bench.deliverer.progress(await storyboard(bench, JobState.DONE, JobState.DONE, progress=100))
    assert "shot=0 shots=2 state=waiting" in ack.text


async def test_each_shot_of_a_joined_film_can_be_had_anew(bench: Bench) -> None:
    film = await bench.artifact(kind="video", mime="video/mp4")
    job = await storyboard(bench, *[JobState.DONE] * 3, state=JobState.READY, results=(film,))
    await bench.deliverer.deliver(job)
    assert f"price={3 * PIECE}" in bench.last.text
    data = [button.data for row in bench.last.buttons for button in row]
    assert [f"job:{JOB_ID}:redo:{number}" for number in (1, 2, 3)] == data[:3]
    assert f"job:{JOB_ID}:delete" in data


async def test_a_shot_that_failed_says_why_and_is_redone_alone(bench: Bench) -> None:
    params = {"numbers": "3", "count": 1, "made": 2, "total": 3, "why": BannedWord.key, "word": "*blood*"}
    states = (JobState.DONE, JobState.DONE, JobState.FAILED)
    failed = {"state": JobState.FAILED, "error_key": ShotFailed.key, "error_params": params}
    await bench.deliverer.tell(await storyboard(bench, *states, **failed))
    said = bench.last
    assert said.text.startswith(f"[{ShotFailed.key} ") and "count=1 made=2 numbers=3 total=3 why=[" in said.text
    assert f"why=[{BannedWord.key}" in said.text and "word=*blood*" in said.text
    (reworded,), (button,) = said.buttons
    assert (reworded.data, reworded.label) == (f"job:{JOB_ID}:redo:3:words", "[button-redo-words number=3]")
    assert button.data == f"job:{JOB_ID}:again" and f"price={PIECE}" in button.label


async def test_a_shot_that_failed_for_another_reason_is_not_reworded(bench: Bench) -> None:
    params = {"numbers": "2, 3", "count": 2, "made": 1, "total": 3, "why": TaskFailed.key}
    states = (JobState.DONE, JobState.FAILED, JobState.FAILED)
    failed = {"state": JobState.FAILED, "error_key": ShotFailed.key, "error_params": params}
    await bench.deliverer.tell(await storyboard(bench, *states, **failed))
    ((button,),) = bench.last.buttons
    assert button.data == f"job:{JOB_ID}:again" and f"price={2 * PIECE}" in button.label


async def test_when_every_shot_failed_it_is_tried_again_as_any_order(bench: Bench) -> None:
    params = {"numbers": "1, 2", "count": 2, "made": 0, "total": 2, "why": BannedWord.key, "word": "blood"}
    failed = {"state": JobState.FAILED, "error_key": ShotFailed.key, "error_params": params}
    await bench.deliverer.tell(await storyboard(bench, JobState.FAILED, JobState.FAILED, **failed))
    (reworded,), (button,) = bench.last.buttons
    assert reworded.data == f"job:{JOB_ID}:redo:1:words"
    assert (button.label, button.data) == ("[button-retry]", f"job:{JOB_ID}:again")
