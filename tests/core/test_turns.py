"""The life of a started turn: checkpoints, stops, other processes, crashes and a graceful end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bots.sandbox.faults import Hang
from core import turns
from core.limits import LIMITS
from core.prices import estimate_tokens
from core.values import Ending, Queued, SentPart, TurnState
from tests.core.talk import (
    GROUP,
    PLATFORMS,
    RULES,
    Failing,
    Talk,
    speaking,
    talking,
)
from tests.stores import ENGINES

LEASE_S = LIMITS.turn_lease_ms / 1000
DAILY = RULES.plan("").daily


@pytest.fixture(params=ENGINES)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(request.param, tmp_path) as opened:
        yield opened


# --- how answers end --------------------


async def test_a_stop_between_two_words_keeps_the_text_and_charges_for_it(talk: Talk) -> None:
    ann = await talk.member()
    said = "so far " * 50
    turn, task = await speaking(talk, ann, said=said)
    assert await talk.chat.stop(ann, turn_id=turn.id) == 1
    assert (await task)[-1].text == said
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.answer, ended.ending, ended.shown, ended.error_key) == (said, Ending.STOPPED, True, "")
    estimated = estimate_tokens(said) * 10
    assert estimated < ended.cost < estimated + 100
    assert await talk.balance(ann.account_id) == DAILY - ended.cost
    assert await talk.row(turn) == replace(ended, stopping=True)
    await talk.deliver(ended)
    assert await talk.sums(ann.account_id) == []
    await talk.talk(ann, "go on")
    assert talk.told() == ["Q1", said, "go on"], "what came is remembered"


async def test_what_is_about_to_be_spoken_is_written_down_and_may_not_begin_again(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await speaking(talk, ann, said="The first sentence. ")
    talk.turns.running[turn.id].shown = False  # nobody has seen a word of it yet
    await talk.turns.spoken(turn.id)
    row = await talk.row(turn)
    assert (row.answer, row.shown, talk.turns.running[turn.id].unseen) == ("The first sentence. ", True, False)
    await talk.chat.stop(ann, turn_id=turn.id)
    await task
    await talk.turns.spoken(turn.id)


async def test_a_stop_before_the_first_word_is_free(talk: Talk) -> None:
    ann = await talk.member()
    hang = Hang()
    talk.script(hang)
    turn = await talk.started(ann, "Q1")
    task = talk.later(talk.run(turn))
    await hang.arrived.wait()
    assert await talk.chat.stop(ann) == 1
    assert await task == []
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.answer, ended.ending, ended.cost) == ("", Ending.STOPPED, 0)
    assert await talk.sums(ann.account_id) == []


async def test_a_stop_after_the_end_changes_nothing(talk: Talk) -> None:
    """Pressed between the last draft and the final message."""
    ann = await talk.member()
    talk.say("all of it")
    turn = await talk.started(ann, "Q1")
    await talk.run(turn)
    await talk.chat.stop(ann)
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.answer, ended.ending) == ("all of it", Ending.COMPLETE)
    assert await talk.chat.stop(ann) == 0
    await talk.deliver(ended)


async def test_the_whole_answer_is_stored_before_it_is_delivered(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("all of it")
    turn = await talk.started(ann, "Q1")
    await talk.run(turn)
    await talk.turns.outcome(turn.id)
    row = await talk.row(turn)
    assert (row.state, row.answer, row.cost > 0) == (TurnState.ANSWERED, "all of it", True)
    assert await talk.sums(ann.account_id) == []
    await talk.turns.part_sent(turn.id, SentPart(1, "m1", 0, 4, final=True))
    await talk.turns.done(turn.id, SentPart(2, "m2", 4, 9, final=True))
    assert (await talk.row(turn)).state is TurnState.DONE
    assert [part.message_id for part in await talk.turns.parts(turn.id)] == ["m1", "m2"]


async def test_whoever_stops_looking_ends_the_answer(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await speaking(talk, ann, said="so far")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.answer, ended.ending) == ("so far", Ending.INTERRUPTED)
    assert await talk.sums(ann.account_id) == []


async def test_an_outcome_is_the_same_however_often_it_is_asked(talk: Talk) -> None:
    ann = await talk.member()
    turn = await talk.started(ann, "Q1")
    await talk.run(turn)
    first, second = await asyncio.gather(talk.turns.outcome(turn.id), talk.turns.outcome(turn.id))
    assert first == second == await talk.turns.outcome(turn.id)


async def test_a_database_that_is_away_for_a_moment_loses_no_answer(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("all of it")
    turn = await talk.started(ann, "Q1")
    await talk.run(turn)
    talk.turns._store = Failing(talk, times=3)  # type: ignore[assignment] # looks like one
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.answer, ended.ending) == ("all of it", Ending.COMPLETE)
    assert await talk.sums(ann.account_id) == []


async def test_a_database_that_stays_away_leaves_the_turn_to_be_recovered(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann, said="so far")
    await talk.turns.checkpoint()
    await talk.chat.stop(ann)
    talk.turns._store = Failing(talk, times=1 + len(turns.WRITE_AGAIN_S))  # type: ignore[assignment] # looks like one
    with pytest.raises(ConnectionError):
        await talk.turns.outcome(turn.id)
    assert turn.id not in talk.turns.running
    talk.clock.advance(LEASE_S + 1)
    (found,) = await talk.another().turns.recover(PLATFORMS)
    assert (found.answer, found.ending) == ("so far", Ending.STOPPED), "which is what the person wanted"
    assert await talk.sums(ann.account_id) == []


# --- checkpoints and other processes --------------------


async def test_checkpoints_keep_the_text_and_the_lease(talk: Talk) -> None:
    ann, bob = await talk.member("ann"), await talk.member("bob", GROUP)
    first, _ = await speaking(talk, ann, said="to Ann")
    second, _ = await speaking(talk, bob, said="to Bob")
    for _ in range(5):
        talk.clock.advance(LEASE_S - 1)
        await talk.turns.checkpoint()
    assert [(await talk.row(turn)).answer for turn in (first, second)] == ["to Ann", "to Bob"]
    assert (await talk.row(first)).shown
    assert await talk.another().turns.recover(PLATFORMS) == []
    assert talk.turns.running[first.id].ending is None


async def test_an_answer_that_is_being_delivered_keeps_its_lease(talk: Talk) -> None:
    """However long the answer took: its lease begins anew with the end."""
    ann = await talk.member()
    turn, task = await speaking(talk, ann, said="so far")
    talk.clock.advance(LEASE_S + 1)
    await talk.chat.stop(ann)
    await task
    await talk.turns.outcome(turn.id)
    other = talk.another()
    assert await other.turns.recover(PLATFORMS) == []
    talk.clock.advance(LEASE_S - 1)
    await talk.turns.checkpoint()
    talk.clock.advance(LEASE_S - 1)
    assert await other.turns.recover(PLATFORMS) == []
    await talk.turns.done(turn.id)
    await talk.turns.checkpoint()
    talk.clock.advance(LEASE_S + 1)
    assert await other.turns.recover(PLATFORMS) == []


async def test_a_stop_reaches_the_process_that_answers(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await speaking(talk, ann, said="so far")
    other = talk.another()
    assert await other.chat.stop(ann) == 1
    await talk.turns.checkpoint()
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.ending, ended.answer) == (Ending.STOPPED, "so far")


async def test_a_message_on_another_process_waits_in_the_same_lane(talk: Talk) -> None:
    ann = await talk.member()
    turn = await talk.started(ann, "Q1")
    assert isinstance(await talk.another().ask(ann, "Q2"), Queued)
    await talk.answer(turn)
    other = talk.another("process-3")
    following = await other.turns.next_in_lane(turn.lane)
    assert following is not None
    assert (await other.answer(following)).ending is Ending.COMPLETE


async def test_a_lost_lease_means_that_another_process_took_over(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await speaking(talk, ann, said="so far")
    await talk.turns.checkpoint()
    talk.clock.advance(LEASE_S + 1)
    other = talk.another()
    (found,) = await other.turns.recover(PLATFORMS)
    assert (found.id, found.ending, found.answer) == (turn.id, Ending.INTERRUPTED, "so far")
    await talk.turns.checkpoint()
    await task
    assert await talk.turns.outcome(turn.id) is None, "and nobody here delivers it"
    assert await talk.row(turn) == found
    assert await talk.balance(ann.account_id) == DAILY - found.cost, "settled once"
    await other.deliver(found)
    assert await talk.sums(ann.account_id) == []


async def test_a_process_that_slept_keeps_its_own_answers(talk: Talk) -> None:
    """A laptop that was closed: the leases have run out, and `recover` comes before the next checkpoint."""
    ann, bob = await talk.member("ann"), await talk.member("bob", GROUP)
    turn, task = await speaking(talk, ann, said="so far")
    delivering = await talk.started(bob, "Q")
    await talk.run(delivering)
    await talk.turns.outcome(delivering.id)
    talk.clock.advance(LEASE_S + 1)
    assert await talk.turns.recover(PLATFORMS) == []
    await talk.chat.stop(ann)
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.ending, ended.answer) == (Ending.STOPPED, "so far")
    assert await talk.sums(ann.account_id, bob.account_id) == []


# --- before a stop --------------------


async def test_a_graceful_end_waits_for_answers_that_finish(talk: Talk) -> None:
    ann = await talk.member()
    hang = Hang()
    talk.script(hang)
    turn = await talk.started(ann, "Q1")
    task = talk.later(talk.run(turn))
    await hang.arrived.wait()
    closing = asyncio.create_task(talk.turns.close(30))
    await asyncio.sleep(0)
    assert not closing.done()
    hang.release()
    await closing
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert ended.ending is Ending.COMPLETE


async def test_a_graceful_end_interrupts_the_others_and_starts_nothing(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await speaking(talk, ann, said="so far")
    waiting = await talk.ask(ann, "W1")
    await talk.turns.close(0)
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.ending, ended.answer) == (Ending.INTERRUPTED, "so far")
    await talk.deliver(ended)
    assert await talk.turns.next_in_lane(turn.lane) is None
    assert (await talk.row(waiting.turn)).state is TurnState.QUEUED
    await talk.turns.release()
    (started,) = await talk.another().turns.recover(PLATFORMS)
    assert started.id == waiting.turn.id


async def test_leases_are_handed_back(talk: Talk) -> None:
    ann, bob = await talk.member("ann"), await talk.member("bob", GROUP)
    running, _ = await speaking(talk, ann, said="so far")
    await talk.turns.checkpoint()
    answered = await talk.started(bob, "Q")
    await talk.run(answered)
    await talk.turns.outcome(answered.id)
    await talk.turns.release()
    found = await talk.another().turns.recover(PLATFORMS)
    assert {turn.id: turn.ending for turn in found} == {
        running.id: Ending.INTERRUPTED,
        answered.id: Ending.COMPLETE,
    }
    assert await talk.turns.outcome(running.id) is None
    assert await talk.sums(ann.account_id, bob.account_id) == []


async def test_what_is_delivered_is_not_written_down_any_more(talk: Talk) -> None:
    await talk.talk(await talk.member(), "Q1")
    talk.turns._store = Failing(talk, times=1)  # type: ignore[assignment] # looks like one
    await talk.turns.checkpoint()


async def test_closing_without_answers_is_immediate(talk: Talk) -> None:
    await talk.turns.close(3_600)


# --- the loop --------------------


async def test_the_checkpoint_loop_outlives_a_bad_database(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann, said="so far")
    talk.turns._store = Failing(talk, times=1)  # type: ignore[assignment] # looks like one
    begun = talk.clock.monotonic()
    loop = asyncio.create_task(talk.turns.run_checkpoints())
    async with asyncio.timeout(30):
        while (await talk.row(turn)).answer != "so far":
            pass  # looking lets the loop run
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert talk.clock.monotonic() - begun >= 2 * LIMITS.checkpoint_s
    assert "checkpoint failed" in caplog.text
