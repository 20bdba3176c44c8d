from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from core.accounts import person_account
from core.errors import BotError, GroupOverQuota, HouseLimit, OverQuota, TooFast, TooManyJobs
from core.plans import GroupRules, Plan, Rules
from core.values import HOUSE, Access, Cause, Micros, Role, Sender
from tests.clocks import FakeClock
from tests.core.house import ANN, BOB, BOSS, DM, GROUP, House

Make = Callable[..., House]
HOUR = 3600


async def order(house: House, access: Access, amount: Micros, ref: str = "") -> str:
    ref = ref or house.new_id()
    async with house.store.begin() as tx:
        await house.purse.hold_order(tx, access, amount, "video", "film", ref)
    return ref


async def chat(house: House, access: Access, ceiling: Micros, floor: Micros) -> tuple[str, Micros]:
    ref = house.new_id()
    async with house.store.begin() as tx:
        return ref, await house.purse.hold_chat(tx, access, ceiling, floor, "gpt", ref)


async def settle(house: House, ref: str, real: Micros) -> Micros:
    async with house.store.begin() as tx:
        return await house.purse.settle(tx, ref, real)


async def accepted(house: House, access: Access, amount: Micros, times: int) -> list[BaseException | str]:
    return await asyncio.gather(*(order(house, access, amount) for _ in range(times)), return_exceptions=True)


def rules(**more: object) -> Rules:
    plans = {"default": Plan(daily=1_000, turns_per_minute=1_000, open_jobs=1_000), "rich": Plan("rich", daily=9_000)}
    return Rules(plans=plans, **more)  # type: ignore[arg-type] # any field


async def test_twenty_orders_at_once_on_the_last_credit_take_what_fits(make_house: Make) -> None:
    house = make_house(rules())
    ann = await house.member()
    results = await accepted(house, ann, 300, 20)
    assert sum(isinstance(result, str) for result in results) == 3
    refused = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(error, OverQuota) for error in refused)
    assert await house.left(ann.account_id) == 100


async def test_a_refusal_says_what_is_needed_what_is_left_and_when_it_renews(make_house: Make) -> None:
    house = make_house(Rules(plans={"default": Plan(daily=1_000_000)}))
    ann = await house.member()
    with pytest.raises(OverQuota) as caught:
        await order(house, ann, 2_000_000)
    tomorrow = house.rules.renews_ms(house.clock.now_ms()) // 1000
    assert caught.value.params == {"needed": "200", "left": "100", "renews": tomorrow}


async def test_chat_holds_what_the_credits_allow_and_no_less_than_the_floor(make_house: Make) -> None:
    house = make_house(rules())
    ann = await house.member()
    first, held = await chat(house, ann, 700, 50)
    assert held == 700
    _, held = await chat(house, ann, 700, 50)
    assert held == 300
    with pytest.raises(OverQuota):
        await chat(house, ann, 700, 50)
    assert await settle(house, first, 100) == 100
    assert await house.left(ann.account_id) == 600


async def test_what_a_turn_costs_beyond_its_hold_is_the_houses(make_house: Make) -> None:
    house = make_house(rules())
    ann = await house.member()
    ref, _ = await chat(house, ann, 400, 50)
    assert await settle(house, ref, 450) == 400
    assert (await house.left(ann.account_id), await house.left(HOUSE)) == (600, -50)
    assert (await house.purse.stats()).spent == 450
    await house.balanced(ann.account_id, HOUSE)


async def test_a_hold_ends_once(make_house: Make) -> None:
    house = make_house(rules())
    ann = await house.member()
    ref = await order(house, ann, 400)
    assert await settle(house, ref, 0) == 0
    assert await settle(house, ref, 400) == 0
    assert await settle(house, "never held", 400) == 0
    assert (await house.left(ann.account_id), (await house.purse.stats()).spent) == (1_000, 0)


async def test_owners_are_never_short_and_are_booked_to_the_house(make_house: Make) -> None:
    house = make_house(rules(daily=500))
    boss = await house.member(BOSS, role=Role.OWNER)
    assert boss.account_id == HOUSE
    for _ in range(3):
        await settle(house, await order(house, boss, 5_000), 5_000)
    await settle(house, (await chat(house, boss, 100, 1))[0], 40)
    assert await house.left(HOUSE) == -15_040
    assert (await house.purse.balance(boss)).unlimited


# --- days --------------------


async def test_the_allowance_is_topped_up_each_day_and_not_saved_up(make_house: Make, clock: FakeClock) -> None:
    house = make_house(rules())
    ann = await house.member()
    await settle(house, await order(house, ann, 400), 400)
    assert (await house.purse.balance(ann)).daily == 600
    clock.advance(24 * HOUR)
    assert (await house.purse.balance(ann)).daily == 1_000
    assert await house.left(ann.account_id) == 600  # asking changes nothing
    await order(house, ann, 1_000)
    clock.advance(40 * 24 * HOUR)  # over the end of a month
    await order(house, ann, 1_000)
    await house_sum(house, ann.account_id)


async def house_sum(house: House, account_id: str) -> None:
    async with house.store.read() as tx:
        assert await tx.ledger.entries_sum(account_id) == (await tx.ledger.account(account_id)).balance


async def test_a_clock_that_goes_back_gives_no_second_allowance(make_house: Make, clock: FakeClock) -> None:
    house = make_house(rules())
    ann = await house.member()
    await order(house, ann, 1_000)
    clock.advance(-48 * HOUR)
    with pytest.raises(OverQuota):
        await order(house, ann, 1)
    assert (await house.purse.balance(ann)).daily == 0
    clock.advance(48 * HOUR)
    with pytest.raises(OverQuota):
        await order(house, ann, 1)
    clock.advance(24 * HOUR)
    await order(house, ann, 1_000)


async def test_granted_credits_are_spent_after_the_allowance_and_stay(make_house: Make, clock: FakeClock) -> None:
    house = make_house(rules())
    ann, boss = await house.member(), await house.member(BOSS, role=Role.OWNER)
    assert await house.directory.grant(boss, ann.person.id, 500, "gift-1")
    assert not await house.directory.grant(boss, ann.person.id, 500, "gift-1")
    await settle(house, await order(house, ann, 1_200), 1_200)
    clock.advance(24 * HOUR)
    balance = await house.purse.balance(ann)
    assert (balance.daily, balance.kept) == (1_000, 300)


async def test_a_refund_goes_back_where_it_came_from(make_house: Make) -> None:
    house = make_house(rules())
    ann, boss = await house.member(), await house.member(BOSS, role=Role.OWNER)
    await house.directory.grant(boss, ann.person.id, 500, "gift-1")
    ref = await order(house, ann, 1_200)
    await settle(house, ref, 0)
    balance = await house.purse.balance(ann)
    assert (balance.daily, balance.kept) == (1_000, 500)


async def test_another_plan_counts_at_once_with_what_was_spent(make_house: Make) -> None:
    house = make_house(rules())
    ann = await house.member()
    await order(house, ann, 400)
    await house.directory.set_plan(ann.person.id, "rich")
    ann = await house.directory.meet(DM, ANN)
    assert (await house.purse.balance(ann)).daily == 8_600
    await order(house, ann, 8_600)
    await house.directory.set_plan(ann.person.id, "default")
    ann = await house.directory.meet(DM, ANN)
    with pytest.raises(OverQuota):
        await order(house, ann, 1)
    await house_sum(house, ann.account_id)


# --- counts --------------------


async def test_turns_a_minute_hold_under_concurrency(make_house: Make, clock: FakeClock) -> None:
    house = make_house(Rules(plans={"default": Plan(turns_per_minute=5)}))
    ann = await house.member()
    results = await asyncio.gather(*(chat(house, ann, 10, 1) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, tuple) for result in results) == 5
    refused = [result for result in results if isinstance(result, BotError)]
    assert all(isinstance(error, TooFast) and 0 < error.params["seconds"] <= 60 for error in refused)
    clock.advance(60)
    await chat(house, ann, 10, 1)


async def test_open_jobs_hold_under_concurrency(make_house: Make) -> None:
    house = make_house(Rules(plans={"default": Plan(open_jobs=3)}))
    ann = await house.member()
    results = await asyncio.gather(*(house.place(ann, "image") for _ in range(20)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 17
    assert all(isinstance(error, TooManyJobs) and error.params == {"limit": 3} for error in refused)


# --- everybody together --------------------


async def test_the_houses_limit_holds_under_concurrency_and_tells_owners_once(
    make_house: Make, clock: FakeClock
) -> None:
    house = make_house(rules(daily=1_000))
    ann, bob = await house.member(), await house.member(BOB)
    boss = await house.member(BOSS, role=Role.OWNER)
    results = await accepted(house, ann, 100, 5) + await accepted(house, bob, 100, 9)
    assert sum(isinstance(result, str) for result in results) == 10
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 4
    assert all(isinstance(error, HouseLimit) for error in refused)
    refs = [result for result in results if isinstance(result, str)]
    await settle(house, refs[0], 0)  # what was not used is given back
    await order(house, bob, 100)
    await order(house, boss, 5_000)  # owners are served on
    await house.worker.step()
    assert [notice.id for notice in house.courier.said] == [
        f"limit80:{house.rules.day(clock.now_ms())}:{boss.person.id}"
    ]
    assert house.courier.said[0].params["percent"] == 80
    clock.advance(24 * HOUR)
    await order(house, ann, 100)


async def test_chat_is_held_within_what_the_house_has_left(make_house: Make) -> None:
    house = make_house(rules(daily=1_000))
    ann, bob = await house.member(), await house.member(BOB)
    assert (await chat(house, ann, 900, 50))[1] == 900
    assert (await chat(house, bob, 900, 50))[1] == 100
    with pytest.raises(HouseLimit) as caught:
        await chat(house, bob, 900, 50)
    assert caught.value.params["renews"] > 0


async def test_a_hold_of_yesterday_is_given_back_to_yesterday(make_house: Make, clock: FakeClock) -> None:
    house = make_house(rules(daily=1_000))
    ann = await house.member()
    ref = await order(house, ann, 800)
    clock.advance(24 * HOUR)
    await order(house, ann, 900)
    await settle(house, ref, 0)
    assert (await house.purse.stats()).spent == 900


async def test_the_owners_word_is_in_force_at_once_on_every_replica(make_house: Make) -> None:
    house, replica = make_house(rules()), make_house(rules())
    ann = await house.member()
    await order(house, ann, 400)
    await replica.purse.set_daily("plan", 500)
    assert (await house.purse.balance(ann)).daily == 100
    await order(house, ann, 100)
    with pytest.raises(OverQuota):
        await order(house, ann, 1)
    await replica.purse.set_daily("plan", 600)
    await order(house, ann, 100)
    await replica.purse.set_daily("all", 700)
    with pytest.raises(HouseLimit):
        await order(house, await house.member(BOB), 200)
    assert (await replica.purse.stats()).limit == 700
    await replica.purse.set_daily("all", None)
    await order(house, await house.member(BOB), 200)
    await replica.purse.set_daily("plan", 0)
    with pytest.raises(OverQuota) as caught:
        await order(house, await house.member(BOB), 1)
    assert caught.value.params["renews"] == 0


# --- a chat's purse --------------------


async def in_group(house: House, *senders: Sender) -> list[Access]:
    await house.directory.allow_chat(GROUP, True)
    return [await house.directory.meet(GROUP, sender) for sender in senders]


async def test_a_chats_purse_pays_for_all_in_it_with_a_limit_for_each(make_house: Make) -> None:
    house = make_house(rules(groups=GroupRules(daily=500, member_daily=300)))
    ann, bob = await in_group(house, ANN, BOB)
    assert ann.account_id == bob.account_id != person_account(ann.person.id)
    first = await order(house, ann, 200)
    with pytest.raises(GroupOverQuota):
        await order(house, ann, 200)
    assert (await chat(house, ann, 200, 10))[1] == 100
    with pytest.raises(GroupOverQuota):
        await chat(house, ann, 200, 10)
    await settle(house, first, 50)  # what is given back, she may use again
    assert (await chat(house, ann, 500, 10))[1] == 150
    assert (await chat(house, bob, 500, 10))[1] == 200
    assert (await house.purse.balance(bob)).group


async def test_guests_of_a_closed_house_share_one_allowance(make_house: Make) -> None:
    house = make_house(rules())
    ann, bob = await in_group(house, ANN, BOB)
    await order(house, ann, 900)
    with pytest.raises(GroupOverQuota):
        await order(house, bob, 200)
    member = await house.member(Sender("telegram", "300", "cy"), place=GROUP)
    assert member.account_id == person_account(member.person.id)


async def test_a_group_on_a_plan_has_its_allowance(make_house: Make) -> None:
    house = make_house(rules())
    await house.directory.allow_chat(GROUP, True)
    await house.directory.set_group_plan(GROUP, "rich")
    ann = await house.directory.meet(GROUP, ANN)
    assert (await house.purse.balance(ann)).daily == 9_000
    async with house.store.begin() as tx:  # a turn that was queued knows its account only
        bare = Access(ann.person, ann.sender, ann.place, ann.account_id, "en")
        assert await house.purse.hold_chat(tx, bare, 9_500, 1, "gpt", "t") == 9_000


async def test_usage_lists_what_was_spent_on_what(make_house: Make) -> None:
    house = make_house(rules())
    ann = await house.member()
    await settle(house, await order(house, ann, 300), 300)
    await settle(house, (await chat(house, ann, 300, 10))[0], 70)
    await settle(house, await order(house, ann, 100), 0)
    assert [(spent.what, spent.model, spent.micros) for spent in await house.purse.usage(ann)] == [
        ("video", "film", 300),
        ("chat", "gpt", 70),
    ]


async def test_a_present_of_the_house_counts_for_the_house(make_house: Make) -> None:
    house = make_house(rules())
    async with house.store.begin() as tx:
        await house.purse.book_house(tx, "job:late", 300, Cause("ann", "video", "film"))
    stats = await house.purse.stats()
    assert (stats.spent, stats.limit, await house.left(HOUSE)) == (300, 0, -300)
