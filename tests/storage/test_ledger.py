"""Money: exact, once, never below zero, and every balance the sum of its entries."""

from __future__ import annotations

import asyncio

import pytest

from core.values import HOUSE, Account, Cause, Held, Spent
from storage.engine import OpenStore
from tests.storage.examples import CAUSE

P1 = "person:p1"


async def fill(store: OpenStore, daily: int = 100, kept: int = 50) -> None:
    async with store.begin() as tx:
        await tx.ledger.top_up(P1, "day 1", daily, 1)
        assert await tx.ledger.credit("gift", P1, kept, Cause("p1", "grant"), 1)


async def balances(store: OpenStore, account_id: str = P1) -> tuple[int, int]:
    async with store.read() as tx:
        account = await tx.ledger.account(account_id)
        assert await tx.ledger.entries_sum(account_id) == account.balance
        return account.daily, account.kept


async def test_an_unknown_account_is_empty(store: OpenStore) -> None:
    async with store.read() as tx:
        assert await tx.ledger.account("nobody") == Account("nobody")
        assert await tx.ledger.entries_sum("nobody") == 0


async def test_the_allowance_comes_once_a_day_and_is_not_saved_up(store: OpenStore) -> None:
    async with store.begin() as tx:
        assert await tx.ledger.top_up(P1, "day 1", 100, 1) == Account(P1, 100, 0, "day 1")
        assert await tx.ledger.hold("r", P1, 30, CAUSE, 2)
        assert await tx.ledger.top_up(P1, "day 1", 100, 3) == Account(P1, 70, 0, "day 1")
        assert await tx.ledger.top_up(P1, "day 2", 100, 4) == Account(P1, 100, 0, "day 2")
        assert await tx.ledger.top_up(P1, "day 1", 500, 5) == Account(P1, 100, 0, "day 2")
        assert await tx.ledger.top_up(P1, "day 3", 20, 6) == Account(P1, 20, 0, "day 3")
    assert await balances(store) == (20, 0)


@pytest.mark.parametrize(
    ("amount", "real", "held", "settled"),
    [
        (120, 120, (0, 30), (0, 30)),
        (120, 110, (0, 30), (0, 40)),  # 100 of the day and 10 of the rest stay taken
        (120, 60, (0, 30), (40, 50)),
        (120, 0, (0, 30), (100, 50)),
        (80, 30, (20, 50), (70, 50)),
        (0, 0, (100, 50), (100, 50)),
    ],
)
async def test_a_hold_takes_the_day_first_and_the_rest_goes_back_where_it_came_from(
    store: OpenStore, amount: int, real: int, held: tuple[int, int], settled: tuple[int, int]
) -> None:
    await fill(store)
    async with store.begin() as tx:
        assert await tx.ledger.hold("r", P1, amount, CAUSE, 2)
        assert await tx.ledger.held("r") == Held(P1, amount, CAUSE, 2)
    assert await balances(store) == held
    async with store.begin() as tx:
        assert await tx.ledger.open_holds() == ["r"]
        assert await tx.ledger.settle("r", real, 3) == real
        assert await tx.ledger.settle("r", real, 3) is None
        assert await tx.ledger.held("r") is None
        assert await tx.ledger.open_holds() == []
    assert await balances(store) == settled
    assert await balances(store, HOUSE) == (0, 0)


async def test_what_a_hold_does_not_cover_is_the_houses(store: OpenStore) -> None:
    await fill(store)
    async with store.begin() as tx:
        assert await tx.ledger.hold("r", P1, 20, CAUSE, 2)
        assert await tx.ledger.settle("r", 70, 3) == 20
        assert await tx.ledger.settle("r", 70, 3) is None
    assert await balances(store) == (80, 50)
    assert await balances(store, HOUSE) == (0, -50)


async def test_too_little_changes_nothing(store: OpenStore) -> None:
    await fill(store)
    async with store.begin() as tx:
        assert not await tx.ledger.hold("r", P1, 151, CAUSE, 2)
        assert not await tx.ledger.hold("r", "nobody", 1, CAUSE, 2)
        assert await tx.ledger.hold_up_to("r", P1, 200, 151, CAUSE, 2) is None
        assert await tx.ledger.open_holds() == []
    assert await balances(store) == (100, 50)


async def test_a_chat_holds_what_there_is(store: OpenStore) -> None:
    await fill(store)
    async with store.begin() as tx:
        assert await tx.ledger.hold_up_to("r1", P1, 120, 10, CAUSE, 2) == 120
        assert await tx.ledger.hold_up_to("r2", P1, 120, 10, CAUSE, 2) == 30
        assert await tx.ledger.hold_up_to("r3", P1, 120, 10, CAUSE, 2) is None
    assert await balances(store) == (0, 0)


async def test_a_ref_is_held_once(store: OpenStore) -> None:
    await fill(store)
    for account in (P1, HOUSE):
        with pytest.raises(ValueError, match="held already"):
            async with store.begin() as tx:
                await tx.ledger.hold("r", P1, 10, CAUSE, 2)
                await tx.ledger.hold("r", account, 10, CAUSE, 2)
    assert await balances(store) == (100, 50)


@pytest.mark.parametrize("call", ["hold", "settle"])
async def test_negative_amounts_are_a_bug(store: OpenStore, call: str) -> None:
    with pytest.raises(ValueError, match="-1"):
        async with store.begin() as tx:
            await (tx.ledger.hold("r", P1, -1, CAUSE, 2) if call == "hold" else tx.ledger.settle("r", -1, 2))


async def test_the_house_is_never_short(store: OpenStore) -> None:
    async with store.begin() as tx:
        assert await tx.ledger.hold("r1", HOUSE, 500, CAUSE, 1)
        assert await tx.ledger.hold_up_to("r2", HOUSE, 500, 500, CAUSE, 1) == 500
        assert await tx.ledger.settle("r1", 700, 2) == 500
        assert await tx.ledger.settle("r2", 100, 2) == 100
    assert await balances(store, HOUSE) == (0, -800)


async def test_credits_come_once_and_are_not_taken_below_zero(store: OpenStore) -> None:
    async with store.begin() as tx:
        assert await tx.ledger.credit("a", P1, 50, CAUSE, 1)
        assert not await tx.ledger.credit("a", P1, 50, CAUSE, 1)
        assert not await tx.ledger.credit("b", P1, -51, CAUSE, 1)
        assert await tx.ledger.credit("b", P1, -50, CAUSE, 1)
    assert await balances(store) == (0, 0)


async def test_a_late_result_is_booked_once(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.ledger.book_house("job", 40, CAUSE, 1)
        await tx.ledger.book_house("job", 40, CAUSE, 2)
    assert await balances(store, HOUSE) == (0, -40)


async def test_a_meter_counts_up_to_its_limit(store: OpenStore) -> None:
    async with store.begin() as tx:
        meter = tx.ledger.meter
        assert await meter("turns:p1", "minute 1", 3, 5, 1) == 3
        assert await meter("turns:p1", "minute 1", 3, 5, 1) is None
        assert await meter("turns:p1", "minute 1", 2, 5, 1) == 5
        assert await meter("turns:p1", "minute 1", 100, None, 1) == 105
        assert await meter("turns:p1", "minute 1", -101, 0, 1) == 4
        assert await meter("turns:p1", "minute 1", -9, None, 9) == 0
        assert await meter("turns:p1", "minute 2", 6, 5, 1) is None
        assert await meter("turns:p1", "minute 2", 0, 0, 1) == 0
        assert await tx.ledger.metered("turns:p1", "minute 1") == 0
        assert await tx.ledger.metered("turns:p2", "minute 1") == 0
        assert await meter("old", "", 7, None, 5) == 7
        await tx.ledger.sweep_meters(6)
        assert await tx.ledger.metered("old", "") == 0


async def test_what_was_spent(store: OpenStore) -> None:
    await fill(store, daily=1_000)
    async with store.begin() as tx:
        ledger = tx.ledger
        for ref, amount, real in (("r1", 100, 60), ("r2", 100, 90), ("r3", 100, 0), ("r4", 50, 80)):
            assert await ledger.hold(ref, P1, amount, CAUSE, 10)
            await ledger.settle(ref, real, 20)
        assert await ledger.hold("r5", P1, 5, Cause("p1", "chat", "gpt-5"), 10)
        assert await ledger.hold("r6", P1, 7, Cause("p2", "chat", "gpt-5"), 10)
        await ledger.settle("r6", 7, 30)
        await ledger.book_house("late", 11, CAUSE, 30)
    image = ("image", "gpt-image-2")
    chat = Spent("chat", "gpt-5", 7, 1)
    async with store.read() as tx:
        spent = tx.ledger.spent
        assert await spent(0, person_id="p1") == [Spent(*image, 200, 3)]
        assert await spent(0, person_id="p2") == [chat]
        assert await spent(0, account_id=P1) == [Spent(*image, 200, 3), chat]
        assert await spent(0, account_id=HOUSE) == [Spent(*image, 41, 2)]
        assert await spent(0) == [Spent(*image, 241, 4), chat]
        assert await spent(25) == [Spent(*image, 11, 1), chat]


async def test_three_hundred_holds_at_once_never_overdraw(store: OpenStore) -> None:
    await fill(store, daily=1_000, kept=505)

    async def order(number: int) -> bool:
        async with store.begin() as tx:
            held = await tx.ledger.hold(f"r{number}", P1, 10, CAUSE, 2)
            if held and number % 3 == 0:
                await tx.ledger.meter("house", "day", 10, None, 2)
            return held

    held = await asyncio.gather(*(order(number) for number in range(300)))
    assert sum(held) == 150
    assert await balances(store) == (0, 5)

    async def settle(ref: str) -> int | None:
        async with store.begin() as tx:
            return await tx.ledger.settle(ref, 13 if ref.endswith("1") else 4, 3)

    async with store.read() as tx:
        refs = await tx.ledger.open_holds()
    taken = await asyncio.gather(*(settle(ref) for ref in refs * 2))
    assert len([each for each in taken if each is not None]) == 150
    spent = sum(each for each in taken if each)
    assert sum(await balances(store)) == 1_505 - spent
    over = sum(3 for ref in refs if ref.endswith("1"))
    assert await balances(store, HOUSE) == (0, -over)


async def test_the_day_begins_once_for_everybody_who_comes_at_once(store: OpenStore) -> None:
    async def first() -> None:
        async with store.begin() as tx:
            await tx.ledger.top_up(P1, "day 1", 100, 1)

    await asyncio.gather(*(first() for _ in range(20)))
    assert await balances(store) == (100, 0)
