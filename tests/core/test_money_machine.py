"""Orders, money and jobs under any order of events: hypothesis plays people, gateway, platform and crashes."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.errors import JobGone, Moderated, NoResult, NotTaken, OverLimit, TaskFailed, Unsure, UpstreamDown
from core.gateway.orders_stream import Heard
from core.gateway.wire import Accepted, Again, Broken, Ready, Submitted
from core.plans import Plan, Rules
from core.ports import DeliverLater, Undeliverable
from core.specs import ModelSpec
from core.values import HOUSE, OPEN_STATES, Access, Artifact, Job, JobState, Order, Role
from tests.clocks import FakeClock
from tests.core.house import ANN, BOB, BOSS, House, Outcome, ScriptedGateway, build
from tests.stores import open_test_store

Made = TypeVar("Made")
FILE = Artifact("image", data=b"one")
WORDS: dict[str, Outcome] = {
    "not taken": NotTaken("x"),
    "unsure": Unsure("x"),
    "bug": RuntimeError("x"),
    "refused": Moderated("x"),
    "down": UpstreamDown("x"),
    "accepted": Accepted("task"),
    "made": Ready((FILE,)),
    "broken": Broken(TaskFailed("x")),
    "again": Again(progress=50),
    "empty": Ready(()),
    "no file": Ready((Artifact("image", data=b"bad"),)),
    "gone": NoResult("x"),
}
SUBMITS = ["not taken", "unsure", "bug", "refused", "accepted", "accepted", "accepted", "made", "broken", "no file"]
POLLS = ["again", "again", "down", "bug", "made", "made", "broken", "empty", "no file"]
TROUBLES = {"later": DeliverLater(20), "lost": ConnectionError("x"), "blocked": Undeliverable("x")}
PAID = {JobState.READY, JobState.DONE, JobState.UNDELIVERED}


class NotingGateway(ScriptedGateway):
    """Counts, by prompt, the orders that may have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.may_have_arrived: Counter[str] = Counter()
        self.hang = False
        self.hanging = asyncio.Event()

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        next_one: Outcome | None = self.submits[0] if self.submits else None
        if not isinstance(next_one, NotTaken):
            self.may_have_arrived[order.prompt] += 1
        if self.hang:
            self.hanging.set()
            await asyncio.Event().wait()
        return await super().submit(spec, order, heard)


class MoneyMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.clock = FakeClock()
        self.gateway = NotingGateway()
        self.jobs: list[Job] = []
        self.crashes = 0
        self.house, self.people = self.do(self._open())

    def do(self, work: Coroutine[Any, Any, Made]) -> Made:
        return self.runner.run(work)

    async def _open(self) -> tuple[House, list[Access]]:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        store = await self.stack.enter_async_context(open_test_store("sqlite", folder, self.clock))
        rules = Rules(plans={"default": Plan(daily=600_000, open_jobs=4)}, daily=2_000_000)
        house = build(store, self.clock, folder / "media", rules, gateway=self.gateway)
        return house, [
            await house.member(ANN),
            await house.member(BOB),
            await house.member(BOSS, role=Role.OWNER),
        ]

    # --- what happens

    @rule(who=st.integers(0, 2), kind=st.sampled_from(["image", "video"]), outcome=st.sampled_from(SUBMITS))
    def order(self, who: int, kind: str, outcome: str) -> None:
        self.gateway.submits.append(WORDS[outcome])
        checked, _, _ = self.house.orders.check(
            "image" if kind == "image" else "video", None, f"wish {len(self.jobs)}", {}
        )
        try:
            self.jobs.append(self.do(self.house.orders.place(self.people[who], "1", checked)))
        except OverLimit:
            self.gateway.submits.pop()

    @rule(amount=st.integers(1, 400_000), share=st.floats(0, 1.2))
    def chat(self, amount: int, share: float) -> None:
        async def turn() -> None:
            ref = self.house.new_id()
            async with self.house.store.begin() as tx:
                held = await self.house.purse.hold_chat(tx, self.people[0], amount, 1, "gpt", ref)
            async with self.house.store.begin() as tx:
                await self.house.purse.settle(tx, ref, int(held * share))

        try:
            self.do(turn())
        except OverLimit:
            return

    @rule(outcomes=st.lists(st.sampled_from(POLLS), max_size=4), seconds=st.sampled_from([0, 10, 60, 2_000, 90_000]))
    def work(self, outcomes: list[str], seconds: int) -> None:
        self.gateway.polls.extend(WORDS[word] for word in outcomes)
        self.clock.advance(seconds)
        self.do(self.house.worker.step())

    @rule(trouble=st.sampled_from(sorted(TROUBLES)))
    def platform_trouble(self, trouble: str) -> None:
        self.house.courier.troubles.append(TROUBLES[trouble])

    @precondition(lambda self: self.jobs)
    @rule(which=st.integers(0, 1_000), who=st.integers(0, 2))
    def cancel(self, which: int, who: int) -> None:
        try:
            self.do(self.house.orders.cancel(self.people[who], self.jobs[which % len(self.jobs)].id))
        except JobGone:
            return

    @rule()
    def crash_while_sending(self) -> None:
        """A process dies with its orders on the line; another one finds them when the leases have run out."""

        async def crash() -> None:
            self.crashes += 1
            dying = self.house.another_worker(f"dying{self.crashes}")
            self.gateway.hang, self.gateway.hanging = True, asyncio.Event()
            await dying._sending.fill()
            arrived = asyncio.create_task(self.gateway.hanging.wait())
            while not (arrived.done() or not dying._sending._hands):
                await asyncio.wait({arrived, *dying._sending._hands}, return_when=asyncio.FIRST_COMPLETED)
            arrived.cancel()
            for hand in list(dying._sending._hands):
                hand.cancel()
            await dying._sending.drain()
            self.gateway.hang = False

        self.do(crash())
        self.clock.advance(61)

    @rule()
    def graceful_restart(self) -> None:
        self.do(self.house.worker._hand_back(0.0))

    # --- what holds

    @invariant()
    def the_books_agree(self) -> None:
        async def check() -> None:
            async with self.house.store.read() as tx:
                for access in self.people:
                    account = await tx.ledger.account(access.account_id)
                    assert await tx.ledger.entries_sum(account.id) == account.balance
                    assert account.id == HOUSE or min(account.daily, account.kept) >= 0
                assert await tx.ledger.metered("house", self.house.rules.day(self.clock.now_ms())) >= 0
                open_holds = set(await tx.ledger.open_holds())
            for job in self.jobs:
                found = await self.house.job(job.id)
                unpaid = found.state in OPEN_STATES and found.state not in PAID
                assert (job.id in open_holds) == unpaid, found

        self.do(check())

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        assert all(times == 1 for times in self.gateway.may_have_arrived.values())

    def teardown(self) -> None:
        try:
            self.do(self._see_all_end())
        finally:
            self.do(self.stack.aclose())
            self.runner.close()

    async def _see_all_end(self) -> None:
        """With no more trouble, every job comes to its end, and everyone hears of it once."""
        self.house.courier.troubles.clear()
        self.gateway.submits.clear()
        for _ in range(60):
            await self.house.worker.step()
            self.clock.advance(1_000)
        delivered = Counter(job.id for job in self.house.courier.delivered)
        told = Counter(job.id for job in self.house.courier.told)
        for job in self.jobs:
            found = await self.house.job(job.id)
            assert found.state not in OPEN_STATES
            assert found.told
            assert delivered[job.id] == (found.state is JobState.DONE)
            assert told[job.id] <= 1
        async with self.house.store.read() as tx:
            assert await tx.ledger.open_holds() == []


MoneyMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMoney = MoneyMachine.TestCase
