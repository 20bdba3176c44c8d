"""What a turn holds, what it buys and what it costs; on the last credits and when many ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox.faults import Hang, Speech, error_reply
from core import bill
from core.catalog import load_catalog
from core.errors import GroupOverQuota, HouseLimit, OverQuota, TooFast
from core.plans import GroupRules, Plan, Rules
from core.prices import chat_cost
from core.values import HOUSE, Cause, Deed, Ending, Joined, Queued, Role, Started, Turn, Usage
from tests.core.talk import CONFIG, GROUP, MODEL, RULES, Talk, past, talking, words
from tests.stores import ENGINES

SPEC = load_catalog(CONFIG).get(MODEL, "chat")
ANSWER = SPEC.max_output * 10
"""What the longest answer costs, in micros; the input of a short question is a few dozen."""

POOR = Rules(plans={"default": Plan(daily=0, turns_per_minute=1_000)})


@pytest.fixture(params=ENGINES)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(request.param, tmp_path, POOR) as opened:
        yield opened


# --- holds --------------------


async def test_a_turn_holds_the_input_and_the_longest_answer(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 1_000_000)
    turn = await talk.started(ann, "hello")
    assert ANSWER < turn.hold < ANSWER + 100
    assert await talk.balance(ann.account_id) == 1_000_000 - turn.hold
    assert await talk.sums(ann.account_id) == [turn.id]
    ended = await talk.answer(turn)
    assert talk.asked()[-1].json["max_tokens"] == SPEC.max_output
    assert 0 < ended.cost < turn.hold
    assert await talk.balance(ann.account_id) == 1_000_000 - ended.cost
    assert await talk.sums(ann.account_id) == []


async def test_what_is_left_is_held_and_buys_a_shorter_answer(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 4_000)
    turn = await talk.started(ann, "[long 2000]")
    assert turn.hold == 4_000
    ended = await talk.answer(turn)
    asked = talk.asked()[-1].json["max_tokens"]
    assert isinstance(asked, int)
    assert 390 < asked < 400, "ten micros each, beside the input"
    assert ended.ending is Ending.LENGTH
    assert ended.cost <= 4_000
    assert await talk.balance(ann.account_id) == 4_000 - ended.cost
    assert await talk.balance(HOUSE) == 0


async def test_less_than_two_hundred_tokens_are_not_sold(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 200 * 10)
    with pytest.raises(OverQuota) as caught:
        await talk.ask(ann, "hello")
    assert caught.value.params["left"] == "0.2"
    assert caught.value.params["needed"] == "0.21"
    assert await talk.balance(ann.account_id) == 2_000
    assert await talk.sums(ann.account_id) == []
    assert talk.asked() == []
    assert await talk.chat.last_turn(ann) is None


async def test_twenty_at_once_on_the_last_credits_take_what_fits(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 1_000_000)
    old = await talk.talk(ann, "hello")
    left = await talk.balance(ann.account_id)
    ceiling = old.hold
    async with talk.store.begin() as tx:  # three whole turns, and half of one
        cause = Cause(ann.person.id, "image")
        assert await tx.ledger.hold("x", ann.account_id, left - 3 * ceiling - ANSWER // 2, cause, 0)
    talk.sandbox.behaviour.speech = Speech(silent_after=0)
    results = await asyncio.gather(
        *(talk.chat.again(ann, old.id) for _ in range(20)), return_exceptions=True
    )  # each in a lane of its own
    started = [result.turn for result in results if isinstance(result, Started)]
    assert len(started) == 4
    assert sum(isinstance(result, OverQuota) for result in results) == 16
    assert sorted(turn.hold < ANSWER for turn in started) == [False, False, False, True]
    assert await talk.balance(ann.account_id) == 0
    assert len(await talk.sums(ann.account_id)) == 5
    for turn in started:
        assert await talk.turns.stop(turn_id=turn.id) == 1
        ended = await talk.turns.outcome(turn.id)
        assert ended is not None
        assert ended.cost == 0, "nothing came"
        await talk.deliver(ended)
    assert await talk.sums(ann.account_id) == ["x"]
    assert await talk.balance(ann.account_id) == 3 * ceiling + ANSWER // 2


async def test_twenty_members_at_once_on_a_groups_last_credits(talk: Talk) -> None:
    people = [await talk.of_group(f"p{number}") for number in range(20)]
    account_id = people[0].account_id
    await talk.credit(account_id, 5 * ANSWER)
    talk.sandbox.behaviour.speech = Speech(pieces=("short",))
    results = await asyncio.gather(*(talk.ask(each, "hello") for each in people), return_exceptions=True)
    started = [result.turn for result in results if isinstance(result, Started)]
    assert len(started) == 5, "four whole ones and one of what is left"
    assert sum(isinstance(result, GroupOverQuota) for result in results) == 15
    assert await talk.balance(account_id) == 0
    ended = await asyncio.gather(*(talk.answer(turn) for turn in started))
    assert await talk.balance(account_id) == 5 * ANSWER - sum(turn.cost for turn in ended)
    assert await talk.sums(account_id) == []


async def test_an_edit_does_not_need_the_money_twice(talk: Talk) -> None:
    """All the credits are in the hold of the old question."""
    ann = await talk.member()
    await talk.credit(ann.account_id, 5_000)
    talk.say("so", silent_after=1)
    turn = await talk.started(ann, "Q1", message_id="m1")
    task = talk.later(talk.run(turn))
    await talk.until_said(turn, "so")
    talk.turns.shown(turn.id)
    assert await talk.balance(ann.account_id) == 0
    asked = await talk.chat.edited(ann, talk.incoming(ann, message_id="m1"), words("Q2"))
    assert isinstance(asked, Started)
    await task
    old = await talk.turns.outcome(turn.id)
    assert old is not None
    assert old.cost > 0
    assert asked.turn.hold == 5_000 - old.cost
    await talk.answer(asked.turn)
    assert await talk.sums(ann.account_id) == []


async def test_words_that_the_hold_does_not_buy_wait_instead_of_joining(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 2_200)
    hang = Hang()
    talk.script(hang)
    turn = await talk.started(ann, "Q1")
    talk.later(talk.run(turn))
    await hang.arrived.wait()
    assert isinstance(await talk.ask(ann, "x" * 4_000), Queued)
    assert isinstance(await talk.ask(ann, "short"), Queued)


async def test_a_short_joined_question_asks_for_less(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 8_000)
    hang = Hang()
    talk.script(hang)
    turn = await talk.started(ann, "Q1")
    task = talk.later(talk.run(turn))
    await hang.arrived.wait()
    assert isinstance(await talk.ask(ann, "x" * 4_000), Joined)
    await task
    first, second = (seen.json["max_tokens"] for seen in talk.asked())
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert first - second in {100, 101}, "a thousand tokens more to read, at a tenth of the price"
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert ended.hold == turn.hold
    assert await talk.sums(ann.account_id) == []


async def test_who_waited_in_vain_is_told_why(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 2_100)
    talk.say("x " * 30, silent_after=1)
    turn = await talk.started(ann, "Q1")
    task = talk.later(talk.run(turn))
    await talk.until_said(turn, "x " * 30)
    talk.turns.shown(turn.id)
    waiting = [await talk.ask(ann, text) for text in ("W1", "W2")]
    await talk.chat.stop(ann, turn_id=turn.id)
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    await talk.deliver(ended)
    told = await talk.turns.next_in_lane(turn.lane)
    assert told is not None
    assert (told.id, told.ending, told.error_key) == (waiting[0].turn.id, Ending.FAILED, "error-over-quota")
    assert set(told.error_params) == {"needed", "left", "renews"}
    assert [part.text for part in told.question] == ["W1", "W2"]
    assert await talk.turns.outcome(told.id) == await talk.row(told)
    await talk.deliver(told)
    assert await talk.turns.next_in_lane(turn.lane) is None
    assert await talk.sums(ann.account_id) == []


async def test_a_group_pays_for_what_its_members_ask(tmp_path: Path) -> None:
    rules = replace(RULES, groups=GroupRules(daily=1_000_000, member_daily=ANSWER + 5_000))
    async with talking("sqlite", tmp_path, rules) as talk:
        ann = await talk.of_group("ann")
        turn = await talk.talk(ann, "hello")
        assert turn.account_id == "place:telegram:-500"
        assert await talk.balance(ann.account_id) == 1_000_000 - turn.cost
        first = await talk.started(ann, "one", opening_id="a")
        assert first.hold > ANSWER
        again = await talk.chat.again(ann, turn.id)
        assert again.turn.hold < 5_000, "what her own day leaves"
        with pytest.raises(GroupOverQuota):
            await talk.chat.again(ann, turn.id)


async def test_owners_are_unlimited_and_booked_to_the_house(talk: Talk) -> None:
    boss = await talk.member("boss", role=Role.OWNER)
    turn = await talk.talk(boss, "hello")
    assert turn.account_id == HOUSE
    assert await talk.balance(HOUSE) == -turn.cost < 0
    assert await talk.sums() == []


async def test_so_many_turns_a_minute(tmp_path: Path) -> None:
    rules = Rules(plans={"default": Plan(daily=10_000_000, turns_per_minute=2)})
    async with talking("sqlite", tmp_path, rules) as talk:
        ann = await talk.member()
        await talk.talk(ann, "one")
        await talk.talk(ann, "two")
        with pytest.raises(TooFast) as caught:
            await talk.ask(ann, "three")
        assert 0 < caught.value.params["seconds"] <= 60
        talk.clock.advance(60)
        await talk.talk(ann, "three")
        assert len(talk.asked()) == 3


async def test_the_house_has_a_limit_for_everybody(tmp_path: Path) -> None:
    async with talking("sqlite", tmp_path, replace(RULES, daily=ANSWER + 3_000)) as talk:
        ann, bob = await talk.member("ann"), await talk.member("bob", GROUP)
        first = await talk.started(ann, "hello")
        second = await talk.started(bob, "hello")
        assert second.hold < 3_000, "what the day leaves"
        with pytest.raises(HouseLimit):
            await talk.ask(await talk.member("cid", GROUP), "hello")
        await talk.answer(first)
        await talk.answer(second)
        await talk.talk(bob, "and now there is room again")


async def test_a_gateway_that_is_down_costs_nothing(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 1_000_000)
    talk.script(*[error_reply(503, "model_not_found")] * 3)
    turn = await talk.talk(ann, "hello")
    assert (turn.ending, turn.cost) == (Ending.FAILED, 0)
    assert await talk.balance(ann.account_id) == 1_000_000
    assert await talk.sums(ann.account_id) == []


async def test_a_conversation_of_all_sorts_leaves_nothing_open(talk: Talk) -> None:
    ann = await talk.member()
    await talk.credit(ann.account_id, 500_000)
    prompts = ["hello", "[cut]", "[400]", "[refuse]", "[long 300]", "[no-done]", "[thinking] hm", "[jsonerror]"]
    turns = [await talk.talk(ann, prompt) for prompt in prompts]
    assert await talk.sums(ann.account_id) == []
    assert await talk.balance(ann.account_id) == 500_000 - sum(turn.cost for turn in turns)
    assert await talk.balance(HOUSE) == 0


async def test_what_costs_more_than_its_hold_is_the_houses(talk: Talk) -> None:
    """A gateway that ignores max_tokens."""
    ann = await talk.member()
    await talk.credit(ann.account_id, 3_000)
    talk.script(Speech(pieces=("word ",) * 2_000))
    turn = await talk.talk(ann, "hello")
    assert (turn.hold, turn.cost) == (3_000, 3_000)
    assert await talk.balance(ann.account_id) == 0
    assert await talk.balance(HOUSE) < -15_000
    assert await talk.sums(ann.account_id) == []


# --- the bill --------------------


def test_without_a_usage_the_input_and_what_came_are_charged() -> None:
    turn = past("q", "x" * 400, Ending.STOPPED)

    def cost(told: Usage, thoughts: str = "") -> int:
        return bill.cost(SPEC, replace(turn, usage=bill.filled(told, 50, turn.answer + thoughts)))

    assert cost(Usage()) == 50 + 100 * 10
    assert cost(Usage(), "t" * 40) == 50 + 110 * 10
    assert cost(Usage(7, 0, 20)) == 7 + 200
    assert cost(Usage(0, 0, 20)) == 50 + 200
    assert cost(Usage(7, 0, 0)) == 7 + 1_000


def test_an_estimate_is_marked_so() -> None:
    assert bill.filled(Usage(), 50, "x" * 40) == Usage(50, 0, 10, estimated=True)
    assert bill.filled(Usage(7, 0, 0), 50, "x" * 40).estimated
    assert not bill.filled(Usage(7, 0, 3), 50, "x" * 40).estimated
    assert not bill.filled(Usage(7, 0, 0), 50, "").estimated, "nothing came, and nothing was told to have come"


def test_what_is_free() -> None:
    usage = Usage(50, 0, 1_000)

    def ended(answer: str, ending: Ending) -> Turn:
        return replace(past("q", answer, ending), usage=usage)

    assert bill.cost(SPEC, ended("half", Ending.FAILED)) == 0
    assert bill.cost(SPEC, ended(" \n", Ending.STOPPED)) == 0
    assert bill.cost(SPEC, ended("I cannot do that.", Ending.REFUSED)) == 0
    assert bill.cost(SPEC, ended("x" * 4_000, Ending.REFUSED)) > 10_000, "a filter that cuts off a real answer"
    assert bill.cost(SPEC, replace(ended("", Ending.COMPLETE), deeds=(Deed("draw_picture", "a fox"),))) > 10_000


def test_searches_cost_what_the_row_says() -> None:
    spec = replace(SPEC, price=replace(SPEC.price, per_search=10_000))
    turn = replace(past("q", "a"), usage=Usage(10, 0, 1, searches=2))
    assert bill.cost(spec, turn) == 10 + 10 + 20_000
    assert bill.bounds(spec, 10, search=True)[0] - bill.bounds(spec, 10)[0] == 5 * 10_000


@given(tokens=st.integers(0, 400_000), hold=st.integers(0, 50_000_000))
def test_a_hold_buys_what_it_can_pay(tokens: int, hold: int) -> None:
    bought = bill.max_tokens(SPEC, hold, tokens)
    assert 1 <= bought <= SPEC.max_output
    if bill.buys_answer(SPEC, hold, tokens):
        assert chat_cost(SPEC, Usage(tokens, 0, bought)) <= hold
    ceiling, floor = bill.bounds(SPEC, tokens)
    assert 0 < floor <= ceiling
    assert bill.buys_answer(SPEC, floor, tokens)
    assert bill.max_tokens(SPEC, ceiling, tokens) == SPEC.max_output


def test_free_and_tiny_models() -> None:
    free = replace(SPEC, price=replace(SPEC.price, input_per_million=0, output_per_million=0))
    assert bill.bounds(free, 1_000) == (0, 0)
    assert bill.buys_answer(free, 0, 1_000)
    assert bill.max_tokens(free, 0, 1_000) == SPEC.max_output
    tiny = replace(SPEC, max_output=50)
    assert bill.bounds(tiny, 10) == (510, 510)
    assert bill.buys_answer(tiny, 510, 10)
