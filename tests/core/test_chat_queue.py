"""What waits behind a running answer, and what /stop does to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import QueueFull
from core.values import Ending, Queued, TurnState
from tests.core.talk import (
    GROUP,
    MODEL,
    Talk,
    drained,
    finish,
    speaking,
    talking,
)
from tests.stores import ENGINES


@pytest.fixture(params=ENGINES)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(request.param, tmp_path) as opened:
        yield opened


async def test_three_wait_and_the_fourth_is_told(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    positions = [await talk.ask(ann, f"W{number}", message_id=f"w{number}") for number in range(3)]
    assert [each.position for each in positions if isinstance(each, Queued)] == [1, 2, 3]
    with pytest.raises(QueueFull) as caught:
        await talk.ask(ann, "too much")
    assert caught.value.params == {"limit": 3}
    await finish(talk, turn)
    following = await talk.turns.next_in_lane(turn.lane)
    assert following is not None
    assert [part.text for part in following.question] == ["W0", "W1", "W2"]
    assert following.origin_id == "w2", "the answer goes to the last of them"
    await talk.answer(following)
    assert talk.told()[-1] == "W0\nW1\nW2"
    states = [(await talk.row(each.turn)).state for each in positions]
    assert states == [TurnState.DONE, TurnState.DROPPED, TurnState.DROPPED]


async def test_twenty_at_once_behind_an_answer(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    asked = await asyncio.gather(*(talk.ask(ann, f"W{n}") for n in range(20)), return_exceptions=True)
    queued = [each.turn for each in asked if isinstance(each, Queued)]
    assert all(isinstance(each, Queued | QueueFull) for each in asked)
    assert len(queued) == 3
    await finish(talk, turn)
    starts = await asyncio.gather(*(talk.turns.next_in_lane(turn.lane) for _ in range(5)))
    (following,) = [each for each in starts if each]
    assert len(following.question) == 3
    await talk.answer(following)
    assert await talk.sums(ann.account_id) == []


async def test_what_is_for_another_model_or_another_message_is_answered_apart(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    await talk.ask(ann, "W1")
    await talk.ask(ann, "W2", model="blind")
    await talk.ask(ann, "W3", opening_id="open")
    assert await drained(talk, turn) == [("W1", MODEL, ""), ("W2", "blind", ""), ("W3", MODEL, "open")]
    turn, _ = await speaking(talk, ann)
    await talk.ask(ann, "W4", opening_id="open")
    await talk.ask(ann, "W5")
    await talk.ask(ann, "W6", opening_id="open too")
    assert await drained(talk, turn) == [("W4", MODEL, "open"), ("W5", MODEL, ""), ("W6", MODEL, "open too")]


async def test_what_waits_begins_anew_after_new(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    await talk.ask(ann, "W1")
    await talk.chat.new(ann)
    await drained(talk, turn)
    assert talk.told() == ["W1"]


async def test_what_waits_is_joined_only_up_to_a_length(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    for letter in "abc":
        await talk.ask(ann, letter * 15_000)
    await finish(talk, turn)
    lengths = []
    while following := await talk.turns.next_in_lane(turn.lane):
        lengths.append([len(part.text) for part in following.question])
        await talk.answer(following)
    assert lengths == [[15_000, 15_000], [15_000]]


async def test_stop_ends_the_answer_and_drops_what_waits(talk: Talk) -> None:
    ann, bob = await talk.member("ann", GROUP), await talk.member("bob", GROUP)
    turn, task = await speaking(talk, ann)
    theirs = await talk.started(bob, "Q of Bob")
    waiting = await talk.ask(ann, "W1")
    assert await talk.chat.stop(ann) == 2
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.ending, ended.answer) == (Ending.STOPPED, "so")
    assert (await talk.row(waiting.turn)).state is TurnState.DROPPED
    await talk.deliver(ended)
    assert await talk.turns.next_in_lane(turn.lane) is None
    assert talk.turns.running[theirs.id].ending is None, "Bob's goes on"
    assert await talk.chat.stop(ann) == 0


async def test_the_native_stop_button_names_no_person(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await speaking(talk, ann)
    assert await talk.chat.stop_place(ann.place) == 1
    await task
    assert talk.turns.running[turn.id].ending is Ending.STOPPED


async def test_nobody_stops_the_answers_of_others(talk: Talk) -> None:
    ann, bob = await talk.member("ann", GROUP), await talk.member("bob", GROUP)
    turn, _ = await speaking(talk, ann)
    assert await talk.chat.stop(bob, turn_id=turn.id) == 0
    assert await talk.chat.stop(bob) == 0
    assert await talk.chat.stop(ann, turn_id=turn.id) == 1


async def test_what_a_banned_person_left_waiting_is_dropped(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    waiting = await talk.ask(ann, "W1")
    async with talk.store.begin() as tx:
        await tx.people.set_banned(ann.person.id, True)
    await finish(talk, turn)
    assert await talk.turns.next_in_lane(turn.lane) is None
    assert (await talk.row(waiting.turn)).state is TurnState.DROPPED
