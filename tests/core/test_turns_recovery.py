"""What becomes of answers whose process dies, and of those it leaves behind when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import bill
from core.limits import LIMITS
from core.prices import estimate_tokens
from core.values import Ending, SentPart, TurnState
from tests.core.talk import (
    GROUP,
    PLATFORMS,
    RULES,
    Failing,
    Talk,
    speaking,
    talking,
    words,
)
from tests.stores import ENGINES

LEASE_S = LIMITS.turn_lease_ms / 1000
DAILY = RULES.plan("").daily


@pytest.fixture(params=ENGINES)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(request.param, tmp_path) as opened:
        yield opened


async def test_a_crash_in_mid_answer_ends_it_at_the_checkpoint(talk: Talk) -> None:
    ann = await talk.member()
    before = await talk.talk(ann, "Q0")
    said = "so far " * 20
    turn, _ = await speaking(talk, ann, said=said)
    await talk.turns.checkpoint()
    new = talk.another()
    assert await new.turns.recover(PLATFORMS) == [], "not while the lease lasts"
    talk.clock.advance(LEASE_S + 1)
    (found,) = await new.turns.recover(PLATFORMS)
    assert (found.ending, found.state, found.answer, found.shown) == (
        Ending.INTERRUPTED,
        TurnState.ANSWERED,
        said,
        True,
    )
    async with talk.store.read() as tx:
        context = await new.turns.lanes.context(tx, turn)
    expected = context.input_tokens + estimate_tokens(said) * 10
    assert found.cost == expected == bill.cost(new.turns.lanes.spec_of(turn), found)
    assert found.usage.estimated
    assert await talk.balance(ann.account_id) == DAILY - before.cost - expected
    assert await talk.sums(ann.account_id) == []
    assert await new.turns.recover(PLATFORMS) == [], "once"
    await new.deliver(found)
    assert (await talk.row(turn)).state is TurnState.DONE


async def test_a_crash_before_the_first_checkpoint_is_free(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann, said="so far")
    talk.clock.advance(LEASE_S + 1)
    (found,) = await talk.another().turns.recover(PLATFORMS)
    assert (found.id, found.ending, found.answer, found.cost) == (turn.id, Ending.INTERRUPTED, "", 0)
    assert await talk.balance(ann.account_id) == DAILY


async def test_a_crash_in_the_delivery_returns_the_answer_as_it_is(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("all of it")
    turn = await talk.started(ann, "Q1")
    await talk.run(turn)
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    await talk.turns.part_sent(turn.id, SentPart(1, "m1", 0, 4, final=True))
    talk.clock.advance(LEASE_S + 1)
    new = talk.another()
    (found,) = await new.turns.recover(PLATFORMS)
    assert (found.answer, found.ending, found.cost) == (ended.answer, Ending.COMPLETE, ended.cost)
    assert [part.end for part in await new.turns.parts(turn.id)] == [4]
    assert await new.turns.outcome(turn.id) == found


async def test_after_a_crash_what_waited_is_started_in_its_turn(talk: Talk) -> None:
    ann, bob = await talk.member("ann"), await talk.member("bob", GROUP)
    turn, _ = await speaking(talk, ann, said="so far")
    await talk.ask(ann, "W1")
    done, _ = await speaking(talk, bob, said="so far")
    waiting = await talk.ask(bob, "W2")
    await talk.chat.stop(bob, turn_id=done.id)
    ended = await talk.turns.outcome(done.id)
    assert ended is not None
    await talk.deliver(ended)  # and the process dies before it looks at the lane
    talk.clock.advance(LEASE_S + 1)
    new = talk.another()
    found = await new.turns.recover(PLATFORMS)
    assert {each.id: each.state for each in found} == {
        turn.id: TurnState.ANSWERED,
        waiting.turn.id: TurnState.RUNNING,
    }
    assert await new.turns.recover(PLATFORMS) == []
    interrupted, started = sorted(found, key=lambda each: each.state is TurnState.RUNNING)
    assert (await new.answer(started)).ending is Ending.COMPLETE
    await new.deliver(interrupted)
    following = await new.turns.next_in_lane(turn.lane)
    assert following is not None
    assert following.question == words("W1")
    await new.answer(following)
    assert await talk.sums(ann.account_id, bob.account_id) == []


async def test_two_processes_share_what_a_third_left(talk: Talk) -> None:
    people = [await talk.member(f"p{number}") for number in range(6)]
    for person in people:
        await talk.ask(person, "hello")
    talk.clock.advance(LEASE_S + 1)
    one, two = talk.another("one"), talk.another("two")
    found = await asyncio.gather(*(each.turns.recover(PLATFORMS) for each in (one, two, one, two)))
    ids = [turn.id for turns in found for turn in turns]
    assert len(ids) == len(set(ids)) == 6
    assert await talk.sums(*(person.account_id for person in people)) == []


async def test_a_recovery_that_breaks_off_is_made_again(talk: Talk) -> None:
    ann, bob = await talk.member("ann"), await talk.member("bob", GROUP)
    first = await talk.started(bob, "Q")
    await talk.run(first)
    await talk.turns.outcome(first.id)
    second, _ = await speaking(talk, ann, said="so far")
    talk.clock.advance(LEASE_S + 1)
    new = talk.another()
    failing = Failing(talk, times=0)
    new.turns._store = failing  # type: ignore[assignment] # looks like one
    recovering = asyncio.create_task(new.turns.recover(PLATFORMS))
    await asyncio.sleep(0)
    failing.times = 10
    with pytest.raises(ConnectionError):
        await recovering
    failing.times = 0
    await new.turns.checkpoint()
    talk.clock.advance(LEASE_S + 1)
    found = await new.turns.recover(PLATFORMS)
    assert {each.id for each in found} == {first.id, second.id}
    assert await talk.sums(ann.account_id, bob.account_id) == []


async def test_other_platforms_are_left_to_who_has_their_token(talk: Talk) -> None:
    ann = await talk.member()
    await talk.started(ann, "Q1")
    talk.clock.advance(LEASE_S + 1)
    assert await talk.another().turns.recover(["discord"]) == []


async def test_a_recovered_turn_whose_model_is_gone_still_ends(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann, said="so far")
    await talk.turns.checkpoint()
    row = await talk.row(turn)
    async with talk.store.begin() as tx:
        assert await tx.conversations.save_turn(replace(row, model="no such model"), row.version)
    talk.clock.advance(LEASE_S + 1)
    (found,) = await talk.another().turns.recover(PLATFORMS)
    assert (found.ending, found.answer) == (Ending.INTERRUPTED, "so far")
    assert await talk.sums(ann.account_id) == []
