"""Messages that meet a running answer: they join it, wait behind it, change its question or start beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bots.sandbox.faults import Hang, Speech
from core.errors import NoVision, QueueFull
from core.turns import JOINS
from core.values import Access, Draft, Ending, Joined, Queued, Started, Turn, TurnState
from tests.core.talk import GROUP, MODEL, Talk, talking, until, words
from tests.stores import ENGINES


@pytest.fixture(params=ENGINES)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(request.param, tmp_path) as opened:
        yield opened


SILENT = Speech(silent_after=0)


async def thinking(talk: Talk, access: Access, text: str = "Q1") -> tuple[Turn, asyncio.Task[list[Draft]]]:
    """A turn whose model has not said a word yet."""
    hang = Hang()
    talk.script(hang)
    turn = await talk.started(access, text, message_id="m-first")
    task = talk.later(talk.run(turn))
    await hang.arrived.wait()
    return turn, task


async def speaking(talk: Talk, access: Access, text: str = "Q1", **more: str) -> tuple[Turn, asyncio.Task[list[Draft]]]:
    """A turn that has shown a word and goes on."""
    talk.say("so", silent_after=1)
    turn = await talk.started(access, text, message_id="m-first", **more)
    task = talk.later(talk.run(turn))
    await talk.until_said(turn, "so")
    talk.turns.shown(turn.id)
    return turn, task


async def finish(talk: Talk, turn: Turn) -> Turn:
    """End a turn that would go on, and deliver it."""
    await talk.turns.stop(turn_id=turn.id)
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    await talk.deliver(ended)
    return ended


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
    turn, task = await thinking(talk, ann)
    talk.say("to the first")
    with pytest.raises(RuntimeError), ExitStack() as after:
        async with talk.store.begin() as tx:
            row = await tx.conversations.turn(turn.id)
            assert row is not None
            assert await talk.turns.reword(tx, after, row, words("Q1", "Q2"))
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


# --- the queue --------------------


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
    await finish(talk, turn)
    questions = []
    while following := await talk.turns.next_in_lane(turn.lane):
        questions.append((following.question, following.model, following.opening_id))
        await talk.answer(following)
    assert questions == [
        (words("W1"), MODEL, ""),
        (words("W2"), "blind", ""),
        (words("W3"), MODEL, "open"),
    ]


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
