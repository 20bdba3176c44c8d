"""Any sequence of ledger calls: balances are what a plain model says, the sum of entries is the balance, and no account but
the house's is ever negative."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core.values import HOUSE, Cause
from storage.engine import OpenStore
from tests.clocks import FakeClock
from tests.stores import open_test_store

OWNERS = st.sampled_from(["a", "b", HOUSE])
REFS = st.sampled_from([f"r{number}" for number in range(6)])
AMOUNTS = st.integers(0, 300)
CAUSE = Cause("p", "chat", "m")

Run = Callable[[Coroutine[Any, Any, Any]], Any]


class Books:
    """The ledger as a person would keep it on paper."""

    def __init__(self) -> None:
        self.daily = {"a": 0, "b": 0, HOUSE: 0}
        self.kept = {"a": 0, "b": 0, HOUSE: 0}
        self.day = {"a": 0, "b": 0}
        self.holds: dict[str, tuple[str, int, int]] = {}
        self.used: set[tuple[str, str]] = set()
        self.opened = {HOUSE}  # by the first allowance or credit

    def hold(self, ref: str, owner: str, ceiling: int, floor: int) -> int | None:
        amount = ceiling if owner == HOUSE else min(ceiling, self.daily[owner] + self.kept[owner])
        if amount < floor or owner not in self.opened:
            return None
        daily = min(self.daily[owner], amount)
        self.daily[owner] -= daily
        self.kept[owner] -= amount - daily
        self.holds[ref] = (owner, daily, amount - daily)
        self.used.add(("hold", ref))
        return amount

    def settle(self, ref: str, real: int) -> int | None:
        if ref not in self.holds:
            return None
        owner, daily, kept = self.holds.pop(ref)
        taken = min(real, daily + kept)
        from_daily = min(taken, daily)
        self.daily[owner] += daily - from_daily
        self.kept[owner] += kept - (taken - from_daily)
        self.kept[HOUSE] -= real - taken
        return taken


def machine(run: Run, store: OpenStore) -> type[RuleBasedStateMachine]:
    class LedgerMachine(RuleBasedStateMachine):
        examples = 0

        def __init__(self) -> None:
            super().__init__()
            type(self).examples += 1
            self.name = f"{type(self).examples}:"
            self.books = Books()
            self.house_before = run(self._house())

        async def _house(self) -> int:
            async with store.read() as tx:
                return (await tx.ledger.account(HOUSE)).balance

        def _id(self, owner: str) -> str:
            return owner if owner == HOUSE else self.name + owner

        @rule(owner=st.sampled_from(["a", "b"]), days=st.integers(0, 1), allowance=AMOUNTS)
        def top_up(self, owner: str, days: int, allowance: int) -> None:
            day = self.books.day[owner] + days
            if day > self.books.day[owner]:
                self.books.day[owner] = day
                self.books.daily[owner] = allowance
            if day:
                self.books.opened.add(owner)
                run(self._top_up(owner, day, allowance))

        async def _top_up(self, owner: str, day: int, allowance: int) -> None:
            async with store.begin() as tx:
                account = await tx.ledger.top_up(self._id(owner), str(day), allowance, 1)
                assert account.daily == self.books.daily[owner]

        @rule(owner=OWNERS, ref=REFS, ceiling=AMOUNTS, floor=AMOUNTS)
        def hold(self, owner: str, ref: str, ceiling: int, floor: int) -> None:
            floor = min(floor, ceiling)
            if ("hold", ref) in self.books.used:
                assert run(self._hold(owner, ref, ceiling, floor)) == "held already"
            else:
                assert run(self._hold(owner, ref, ceiling, floor)) == self.books.hold(ref, owner, ceiling, floor)

        async def _hold(self, owner: str, ref: str, ceiling: int, floor: int) -> int | str | None:
            async with store.begin() as tx:
                try:
                    return await tx.ledger.hold_up_to(self.name + ref, self._id(owner), ceiling, floor, CAUSE, 1)
                except ValueError:
                    return "held already"

        @rule(ref=REFS, real=AMOUNTS)
        def settle(self, ref: str, real: int) -> None:
            assert run(self._settle(ref, real)) == self.books.settle(ref, real)

        async def _settle(self, ref: str, real: int) -> int | None:
            async with store.begin() as tx:
                return await tx.ledger.settle(self.name + ref, real, 2)

        @rule(owner=st.sampled_from(["a", "b"]), ref=REFS, amount=st.integers(-200, 200))
        def credit(self, owner: str, ref: str, amount: int) -> None:
            fits = ("credit", ref) not in self.books.used and self.books.kept[owner] + min(amount, 0) >= 0
            assert run(self._credit(owner, ref, amount)) == fits
            self.books.opened.add(owner)
            if fits:
                self.books.kept[owner] += amount
                self.books.used.add(("credit", ref))

        async def _credit(self, owner: str, ref: str, amount: int) -> bool:
            async with store.begin() as tx:
                return await tx.ledger.credit(self.name + ref, self._id(owner), amount, CAUSE, 1)

        @invariant()
        def balanced(self) -> None:
            run(self._balanced())

        async def _balanced(self) -> None:
            async with store.read() as tx:
                for owner in ("a", "b"):
                    account = await tx.ledger.account(self._id(owner))
                    assert (account.daily, account.kept) == (self.books.daily[owner], self.books.kept[owner])
                    assert account.daily >= 0
                    assert account.kept >= 0
                    assert await tx.ledger.entries_sum(account.id) == account.balance
                house = await tx.ledger.account(HOUSE)
                assert house.kept - self.house_before == self.books.kept[HOUSE]
                assert house.daily == 0
                assert await tx.ledger.entries_sum(HOUSE) == house.balance
                open_holds = [ref for ref in await tx.ledger.open_holds() if ref.startswith(self.name)]
                assert open_holds == sorted(self.name + ref for ref in self.books.holds)

    return LedgerMachine


def test_any_sequence_of_calls_balances(engine: str, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        opened = open_test_store(engine, tmp_path, FakeClock())
        store = runner.run(opened.__aenter__())
        try:
            run_state_machine_as_test(
                machine(runner.run, store),
                settings=settings(
                    max_examples=25,
                    stateful_step_count=30,
                    deadline=None,
                    derandomize=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))
