"""The running summary: made behind an answer, told in the next questions, seen and reset by its person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.sandbox.faults import Fault, Reply, Speech
from core.assistant import Summary
from core.errors import BotError
from core.plans import Plan, Rules
from core.summaries import KEPT_TURNS, REST_S, TAIL_TURNS
from core.values import HOUSE, Access, Part, Turn, TurnState
from tests.core.talk import MODEL, Talk, past, talking, until, words
from tests.stores import ENGINES

RULES = Rules(plans={"default": Plan(daily=10_000_000, turns_per_minute=1_000)}, summary_model=MODEL)


@pytest.fixture(params=ENGINES)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(request.param, tmp_path, RULES) as found:
        yield found


async def branch(talk: Talk, access: Access, length: int, *, answer: str = "It is so.", first: int = 0) -> str:
    """A conversation of so many answered turns; returns its head."""
    async with talk.store.begin() as tx:
        conversation = await tx.conversations.conversation(f"{access.place.key}|{access.person.id}", talk.new_id())
        head = conversation.head
        for number in range(first, first + length):
            turn = _turn(access, conversation.id, number, head, answer)
            assert await tx.conversations.add_turn(turn)
            head = turn.id
        await tx.conversations.set_head(conversation.id, head)
    return head


def _turn(access: Access, conversation_id: str, number: int, parent_id: str, answer: str) -> Turn:
    return replace(
        past(f"turn-{number}", answer),
        conversation_id=conversation_id,
        lane=f"lane-{number}",
        parent_id=parent_id,
        person_id=access.person.id,
        account_id=access.account_id,
        place=access.place,
        question=words(f"Question {number}?"),
        state=TurnState.DONE,
    )


def summary_says(talk: Talk, text: str) -> None:
    talk.script(Speech(pieces=(json.dumps({"summary": text}),)))


async def test_a_short_conversation_is_told_whole(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, TAIL_TURNS)
    assert await talk.assistant.summaries.look(head) is None
    assert talk.asked() == []


async def test_a_long_one_is_told_in_short_but_for_its_last_turns(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, TAIL_TURNS + 1)
    summary_says(talk, "They spoke of many things.")
    made = await talk.assistant.summaries.look(head)
    last = TAIL_TURNS - KEPT_TURNS
    assert made == Summary(f"turn-{last}", "They spoke of many things.", talk.clock.now_ms())
    (told,) = talk.told()
    assert "Question 0?" in told
    assert f"Question {last}?" in told
    assert f"Question {last + 1}?" not in told
    talk.say("fine")
    await talk.talk(ann, "And now?")
    assert talk.told() == [
        *(text for number in range(last + 1, TAIL_TURNS + 1) for text in (f"Question {number}?", "It is so.")),
        "And now?",
    ]
    body: Any = talk.asked()[-1].json
    assert "They spoke of many things." in body["messages"][0]["content"]


async def test_the_house_pays_and_nobody_else(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, TAIL_TURNS + 1)
    summary_says(talk, "short")
    await talk.assistant.summaries.look(head)
    assert await talk.balance(HOUSE) < 0
    assert await talk.balance(ann.account_id) == 0, "not even a day's allowance was begun"
    assert await talk.sums(ann.account_id) == []


async def test_it_rolls_on(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, TAIL_TURNS + 1)
    summary_says(talk, "The first part.")
    await talk.assistant.summaries.look(head)
    head = await branch(talk, ann, TAIL_TURNS, first=TAIL_TURNS + 1)
    summary_says(talk, "Both parts.")
    made = await talk.assistant.summaries.look(head)
    assert made is not None
    assert made.text == "Both parts."
    (told,) = talk.told()
    assert "The first part." in told
    assert "Question 0?" not in told, "it is in the summary"


async def test_long_answers_are_summed_up_sooner(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, 5, answer="x" * 40_000)
    summary_says(talk, "Much.")
    made = await talk.assistant.summaries.look(head)
    assert made is not None
    assert made.turn_id == "turn-3", "one turn at least stays whole"


async def test_a_summary_that_cannot_be_made_changes_nothing(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, TAIL_TURNS + 1)
    faults: tuple[Fault, ...] = (Reply(400), Speech(pieces=("no",)), Speech(pieces=("still no",)))
    talk.script(*faults)
    with pytest.raises(BotError):
        await talk.assistant.summaries.look(head)
    assert await talk.balance(HOUSE) == 0
    assert await talk.assistant.summaries.look(head) is None, "not again with the next answer"
    talk.clock.advance(REST_S)
    with pytest.raises(BotError):
        await talk.assistant.summaries.look(head)
    assert await talk.assistant.summaries.of(ann, head) is None
    assert await talk.balance(HOUSE) < 0, "what was said in vain was paid for"


async def test_a_long_file_stays_whole_while_it_is_talked_about(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, 3)
    letter = Part("document", text="The owl flies. " * 20_000, media="k", mime="text/plain", name="owl.txt")
    async with talk.store.begin() as tx:
        first = await tx.conversations.turn("turn-0")
        assert first is not None
        assert await tx.conversations.save_turn(replace(first, question=(letter, *words("Why?"))), first.version)
    assert await talk.assistant.summaries.look(head) is None


async def test_nothing_is_made_beyond_the_days_ceiling(tmp_path: Path) -> None:
    async with talking("sqlite", tmp_path, replace(RULES, daily=1)) as talk:
        ann = await talk.member()
        head = await branch(talk, ann, TAIL_TURNS + 1)
        async with talk.store.begin() as tx:
            await tx.ledger.meter("house", talk.rules.day(talk.clock.now_ms()), 5, None, talk.clock.now_ms())
        assert await talk.assistant.summaries.look(head) is None
        assert talk.asked() == []


async def test_its_person_sees_and_resets_it(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, TAIL_TURNS + 1)
    summary_says(talk, "Secret plans.")
    await talk.assistant.summaries.look(head)
    seen = await talk.assistant.summaries.of(ann, head)
    assert seen is not None
    assert seen.text == "Secret plans."
    assert await talk.assistant.summaries.reset(ann, head)
    assert await talk.assistant.summaries.of(ann, head) is None
    assert not await talk.assistant.summaries.reset(ann, head), "there is none any more"
    talk.say("fine")
    await talk.talk(ann, "And now?")
    assert len(talk.told()) == 2 * KEPT_TURNS + 1, "what was summed up stays forgotten"
    assert "Secret plans." not in str(talk.asked()[-1].json)


async def test_words_taken_back_while_it_was_made_are_not_kept(talk: Talk) -> None:
    ann = await talk.member()
    head = await branch(talk, ann, TAIL_TURNS + 1)
    release = asyncio.Event()
    real = talk.gateway.ask

    async def slow(*given: object) -> object:
        said = await real(*given)  # type: ignore[arg-type]
        await release.wait()
        return said

    talk.gateway.ask = slow  # type: ignore[method-assign, assignment]
    summary_says(talk, "They spoke.")
    making = talk.later(talk.assistant.summaries.look(head))
    await until(lambda: bool(talk.asked()))
    async with talk.store.begin() as tx:
        await tx.people.forget(ann.person.id)
    release.set()
    await making
    assert await talk.assistant.summaries.of(ann, head) is None


async def test_it_is_looked_for_behind_an_answer(talk: Talk) -> None:
    ann = await talk.member()
    await branch(talk, ann, TAIL_TURNS)
    talk.say("fine")
    turn = await talk.talk(ann, "And now?")
    summary_says(talk, "Behind the scenes.")
    talk.later(talk.assistant.summaries.run())
    for _ in range(2_000):
        if await talk.assistant.summaries.of(ann, turn.id):
            return
        await asyncio.sleep(0)
    raise AssertionError("no summary was made")


async def test_more_than_find_room_are_left_for_the_next_answer(talk: Talk) -> None:
    turn = past("q", "a")
    for _ in range(1_000):
        talk.assistant.summaries.after(turn)  # never waits, never grows
