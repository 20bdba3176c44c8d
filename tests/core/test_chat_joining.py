"""Messages that meet a running answer: they join it, wait behind it, change its question or start beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bots.sandbox.faults import Hang
from core.errors import NoVision
from core.turns import JOINS
from core.values import Draft, Ending, Joined, Queued, Started, TurnState
from tests.core.talk import (
    MODEL,
    SILENT,
    Talk,
    finish,
    speaking,
    talking,
    thinking,
    until,
    words,
)
from tests.stores import ENGINES


@pytest.fixture(params=ENGINES)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(request.param, tmp_path) as opened:
        yield opened


# --- joining --------------------


async def test_words_before_the_first_one_is_shown_join_the_question(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await thinking(talk, ann)
    talk.say("to both")
    asked = await talk.ask(ann, "and Q2")
    assert isinstance(asked, Joined)
    assert asked.turn.id == turn.id
    assert (await task)[-1].text == "to both"
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert [part.text for part in ended.question] == ["Q1", "and Q2"]
    assert talk.told() == ["Q1\nand Q2"]
    assert len(talk.asked()) == 2
    assert (await talk.row(turn)).question == ended.question


async def test_words_that_came_but_were_not_shown_are_void(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("to the first alone", silent_after=1)
    turn = await talk.started(ann, "Q1")
    drafts: list[Draft] = []

    async def read() -> None:
        async for draft in talk.turns.run(turn):
            drafts.append(draft)

    task = talk.later(read())
    await talk.until_said(turn, "to the first alone")
    talk.say("to both")
    assert isinstance(await talk.ask(ann, "Q2"), Joined)
    await task
    assert drafts[-1].text == "to both"
    assert any(draft.restarted for draft in drafts), "whoever looked must forget"


async def test_a_message_after_the_first_word_waits(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    asked = await talk.ask(ann, "Q2")
    assert isinstance(asked, Queued)
    assert asked.position == 1
    assert len(talk.asked()) == 1
    assert await talk.turns.next_in_lane(turn.lane) is None, "not while the first runs"
    await finish(talk, turn)
    following = await talk.turns.next_in_lane(turn.lane)
    assert following is not None
    assert (following.id, following.parent_id) == (asked.turn.id, turn.id)
    assert (await talk.answer(following)).ending is Ending.COMPLETE
    assert talk.told() == ["Q1", "so", "Q2"]
    assert await talk.turns.next_in_lane(turn.lane) is None


async def test_an_undelivered_answer_still_holds_the_lane(talk: Talk) -> None:
    ann = await talk.member()
    turn = await talk.started(ann, "Q1")
    await talk.run(turn)
    await talk.turns.outcome(turn.id)
    assert isinstance(await talk.ask(ann, "Q2"), Queued)
    assert await talk.turns.next_in_lane(turn.lane) is None


async def test_a_message_with_a_place_of_its_own_does_not_join(talk: Talk) -> None:
    """A slash command's answer goes into its own message; another model or persona is another question."""
    ann = await talk.member()
    await thinking(talk, ann)
    assert isinstance(await talk.ask(ann, "Q2", opening_id="open"), Queued)
    assert isinstance(await talk.ask(ann, "Q3"), Queued), "and what comes after it does not overtake it"
    bob = await talk.member("bob")
    await thinking(talk, bob)
    assert isinstance(await talk.ask(bob, "Q2", model=MODEL), Joined)
    assert isinstance(await talk.ask(bob, "Q3", model="blind"), Queued)


async def test_a_picture_cannot_join_a_model_that_does_not_see(talk: Talk) -> None:
    ann = await talk.member()
    await talk.chat.choose_model(ann, "blind")
    turn, _ = await thinking(talk, ann)
    with pytest.raises(NoVision):
        await talk.chat.ask(ann, talk.incoming(ann), (await talk.picture(),))
    await talk.chat.choose_model(ann, MODEL)
    with pytest.raises(NoVision):
        await talk.chat.ask(ann, talk.incoming(ann), (await talk.picture(),))
    assert (await talk.row(turn)).question == words("Q1")


async def test_what_is_too_long_to_join_waits(talk: Talk) -> None:
    ann = await talk.member()
    await thinking(talk, ann)
    assert isinstance(await talk.ask(ann, "x" * 31_999), Queued)


async def test_an_answer_begins_again_only_so_often(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await thinking(talk, ann)
    for _ in range(JOINS):
        talk.script(Hang())
        assert isinstance(await talk.ask(ann, "more"), Joined)
    assert isinstance(await talk.ask(ann, "more"), Queued)
    assert len((await talk.row(turn)).question) == JOINS + 1


async def test_a_join_that_is_not_written_down_changes_nothing(talk: Talk) -> None:
    """The database fails in the middle; the answer goes on with its old question."""
    ann = await talk.member()
    talk.say("not shown yet", silent_after=1)
    turn = await talk.started(ann, "Q1")
    task = talk.later(talk.run(turn))
    await talk.until_said(turn, "not shown yet")
    talk.say("to the first")
    with pytest.raises(RuntimeError), ExitStack() as after:
        async with talk.store.begin() as tx:
            row = await tx.conversations.turn(turn.id)
            assert row is not None
            assert await talk.turns.reword(tx, after, row, words("Q1", "Q2"))
            await until(lambda: talk.sandbox.open_streams == 0)  # so that it cannot end before the commit
            raise RuntimeError("gone")
    assert (await task)[-1].text == "to the first"
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert ended.question == words("Q1")
    assert talk.told() == ["Q1"]


async def test_a_stop_while_a_message_joins(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await thinking(talk, ann)
    talk.sandbox.behaviour.speech = SILENT
    joined, stopped = await asyncio.gather(talk.ask(ann, "Q2"), talk.chat.stop(ann))
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert (ended.ending, ended.state) == (Ending.STOPPED, TurnState.ANSWERED)
    assert stopped == 1
    assert isinstance(joined, Joined | Queued)
    assert await talk.sums(ann.account_id) == []


async def test_many_messages_at_once_are_all_heard(talk: Talk) -> None:
    """Ten at the same instant, with nothing running: one starts, the others join it."""
    ann = await talk.member()
    talk.sandbox.behaviour.speech = SILENT
    texts = [f"Q{number}" for number in range(10)]
    asked = await asyncio.gather(*(talk.ask(ann, text) for text in texts))
    started = [each.turn for each in asked if isinstance(each, Started)]
    assert len(started) == 1
    assert all(isinstance(each, Started | Joined) for each in asked)
    await until(lambda: bool(talk.asked()) and len(talk.told()[-1]) == len("Q0\n" * 10) - 1)
    assert sorted(talk.told()[-1].split("\n")) == texts, "the model is asked them all"
    ended = await finish(talk, started[0])
    assert sorted(part.text for part in ended.question) == texts
    assert await talk.sums(ann.account_id) == []


class Late:
    """A store that does something when a transaction is begun for the second time."""

    def __init__(self, talk: Talk, then: Callable[[], object]) -> None:
        self.store, self.begun, self.then = talk.store, 0, then

    def begin(self) -> object:
        self.begun += 1
        if self.begun == 2:
            self.then()
        return self.store.begin()


async def test_a_message_that_sees_a_turn_before_its_own_process_does(talk: Talk) -> None:
    """On PostgreSQL a commit may be seen by others before the one who made it hears of it."""
    ann = await talk.member()
    turn, _ = await thinking(talk, ann)
    running = talk.turns.running.pop(turn.id)
    late = Late(talk, lambda: talk.turns.running.update({turn.id: running}))
    talk.chat._store = late  # type: ignore[assignment] # looks like one
    assert isinstance(await talk.ask(ann, "Q2"), Joined)
    assert late.begun == 2


async def test_a_turn_that_its_process_never_heard_of_is_waited_for(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await thinking(talk, ann)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    del talk.turns.running[turn.id]
    assert isinstance(await talk.ask(ann, "Q2"), Queued)


async def test_two_that_join_at_once_may_hear_of_it_in_any_order(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await thinking(talk, ann)
    talk.sandbox.behaviour.speech = SILENT
    found = []
    with ExitStack() as after:
        for question in (words("Q1", "Q2"), words("Q1", "Q2", "Q3")):
            async with talk.store.begin() as tx:
                row = await tx.conversations.turn(turn.id)
                assert row is not None
                found.append(await talk.turns.reword(tx, after, row, question))
        for reworded in reversed(found):
            assert reworded is not None
            talk.turns.own(reworded)
    await until(lambda: len(talk.asked()) == 2)
    assert talk.told() == ["Q1\nQ2\nQ3"]
    ended = await finish(talk, turn)
    assert ended.question == words("Q1", "Q2", "Q3")


# --- beside it --------------------


async def test_a_reply_elsewhere_starts_at_once(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("A0")
    first = await talk.talk(ann, "Q0")
    await thinking(talk, ann)
    branch = await talk.ask(ann, "elsewhere", reply_to=f"a:{first.id}")
    assert isinstance(branch, Started)
    assert branch.turn.parent_id == first.id
    await talk.answer(branch.turn)
    assert talk.told() == ["Q0", "A0", "elsewhere"]


async def test_a_plain_message_waits_for_the_answer_that_it_continues(talk: Talk) -> None:
    """Also when that is a branch in a lane of its own."""
    ann = await talk.member()
    talk.say("A0")
    first = await talk.talk(ann, "Q0")
    await talk.talk(ann, "Q1")
    branch, _ = await speaking(talk, ann, "elsewhere", reply_to=f"a:{first.id}")
    waiting = await talk.ask(ann, "Q2")
    assert isinstance(waiting, Queued)
    await finish(talk, branch)
    following = await talk.turns.next_in_lane(branch.lane)
    assert following is not None
    await talk.answer(following)
    assert talk.told() == ["Q0", "A0", "elsewhere", "so", "Q2"]


# --- edits and retries of what runs --------------------


async def test_an_edit_before_the_first_word_changes_the_question(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await thinking(talk, ann)
    hang = Hang()
    talk.script(hang)
    assert isinstance(await talk.ask(ann, "joined"), Joined)
    await hang.arrived.wait()
    talk.say("to the edited")
    asked = await talk.chat.edited(ann, talk.incoming(ann, message_id="m-first"), words("Q1, better"))
    assert isinstance(asked, Joined)
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert [part.text for part in ended.question] == ["Q1, better", "joined"], "what joined it stays"
    assert talk.told() == ["Q1, better\njoined"]
    assert await talk.sums(ann.account_id) == []


async def test_an_edit_after_it_stops_the_answer_and_begins_a_new_one(talk: Talk) -> None:
    ann = await talk.member()
    turn, task = await speaking(talk, ann)
    asked = await talk.chat.edited(ann, talk.incoming(ann, message_id="m-first"), words("Q1, better"))
    assert isinstance(asked, Started)
    assert asked.turn.id != turn.id
    await task
    old = await talk.turns.outcome(turn.id)
    assert old is not None
    assert (old.ending, old.answer) == (Ending.STOPPED, "so")
    await talk.deliver(old)
    await talk.answer(asked.turn)
    assert talk.told() == ["Q1, better"]
    assert await talk.sums(ann.account_id) == []


async def test_an_edit_of_what_waits_changes_it_there(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    await talk.ask(ann, "W1", message_id="w1")
    assert await talk.chat.edited(ann, talk.incoming(ann, message_id="w1"), words("W1, better")) is None
    await finish(talk, turn)
    following = await talk.turns.next_in_lane(turn.lane)
    assert following is not None
    assert following.question == words("W1, better")


async def test_retry_of_a_running_answer_settles_it_first(talk: Talk) -> None:
    ann = await talk.member()
    turn, _ = await speaking(talk, ann)
    again = await talk.chat.again(ann, turn.id)
    old = await talk.row(turn)
    assert (old.ending, old.state, old.answer) == (Ending.STOPPED, TurnState.ANSWERED, "so")
    assert await talk.sums(ann.account_id) == [again.turn.id], "only the new one's money is held"
    told = await talk.turns.outcome(turn.id)
    assert told == replace(old, stopping=False), "whoever runs the old one hears how it ended"
