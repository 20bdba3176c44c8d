"""The purse: who pays, how much may be held, and every limit on it. Works inside the caller's transaction, so that a limit
is counted in the commit that uses it up. Rows are locked in one order (the person's meter, the account, the member's meter,
the house's meter), so that two replicas never wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.accounts import is_group_account, top_up
from core.errors import GroupOverQuota, HouseLimit, OverLimit, OverQuota, TooFast, TooManyJobs
from core.notices import to_persons
from core.plans import MICROS, Plan, Rules
from core.ports import Clock, Store, Tx
from core.values import HOUSE, Access, Account, Cause, Micros, Spent

MINUTE_MS = 60_000
DAY_MS = 86_400_000
NOTE_AT_PERCENT = 80

HOUSE_METER = "house"
SET_DAILY = {"plan": "limit:plan", "all": "limit:all"}
SETTING = "set"
"""The operator's word over the file: a meter of this window holds the sum plus one, 0 = not set."""

FOREVER_MS = 2**53
"""Meters are swept by age; a setting never ages."""


@dataclass(frozen=True, slots=True)
class Balance:
    """`daily` is what is left of today's allowance, `allowance` all of it; `group`: it is the chat's purse."""

    daily: Micros
    kept: Micros
    renews_ms: int
    unlimited: bool
    plan: str
    group: bool
    allowance: Micros = 0


@dataclass(frozen=True, slots=True)
class HouseStats:
    """`spent`: today, everybody together, open holds included; `limit` 0 = none."""

    spent: Micros
    limit: Micros
    people: Mapping[str, int]
    jobs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Payer:
    """The account of an order, topped up, and the rules that hold for it."""

    account: Account
    allowance: Micros
    plan: Plan
    group: bool


class Purse:
    def __init__(self, store: Store, rules: Rules, clock: Clock) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock

    # --- holds

    async def hold_order(self, tx: Tx, access: Access, amount: Micros, what: str, model: str, ref: str) -> None:
        """Hold a task's exact price. Raises TooManyJobs, OverQuota, GroupOverQuota or HouseLimit."""
        now = self._clock.now_ms()
        cause = Cause(access.person.id, what, model)
        if access.unlimited:
            await tx.ledger.hold(ref, HOUSE, amount, cause, now)
            await self._count_house(tx, amount, None)
            return
        await self._check_open_jobs(tx, access)
        payer = await self._payer(tx, access)
        if not await tx.ledger.hold(ref, payer.account.id, amount, cause, now):
            raise self._short(payer, amount)
        await self._count_member(tx, access, payer, amount)
        await self._count_house(tx, amount, await self._house_limit(tx))

    async def hold_piece(
        self, tx: Tx, access: Access, amount: Micros, what: str, model: str, ref: str, *, of: Micros
    ) -> None:
        """What is part of an order that was held already, and does not count as one more. `of`: all of it together,
        for the sentence. Raises as `hold_order`."""
        now = self._clock.now_ms()
        cause = Cause(access.person.id, what, model)
        if access.unlimited:
            await tx.ledger.hold(ref, HOUSE, amount, cause, now)
            await self._count_house(tx, amount, None)
            return
        payer = await self._payer(tx, access)
        if not await tx.ledger.hold(ref, payer.account.id, amount, cause, now):
            raise self._short(payer, of)
        await self._count_member(tx, access, payer, amount)
        await self._count_house(tx, amount, await self._house_limit(tx))

    async def hold_chat(self, tx: Tx, access: Access, ceiling: Micros, floor: Micros, model: str, ref: str) -> Micros:
        """Hold what a turn may cost, as far as the credits reach; returns what was held, at least `floor`.
        Raises TooFast, OverQuota, GroupOverQuota or HouseLimit."""
        now = self._clock.now_ms()
        cause = Cause(access.person.id, "chat", model)
        if access.unlimited:
            await tx.ledger.hold(ref, HOUSE, ceiling, cause, now)
            await self._count_house(tx, ceiling, None)
            return ceiling
        await self.count_turn(tx, access)
        payer = await self._payer(tx, access)
        limit = await self._house_limit(tx)
        ceiling = await self._within(tx, access, payer, limit, ceiling, floor)
        held = await tx.ledger.hold_up_to(ref, payer.account.id, ceiling, floor, cause, now)
        if held is None:
            raise self._short(payer, floor)
        await self._count_member(tx, access, payer, held)
        await self._count_house(tx, held, limit)
        return held

    async def settle(self, tx: Tx, ref: str, real: Micros) -> Micros:
        """End a hold with the real price (0 = refund); returns what was taken. A hold that has ended is left alone."""
        now = self._clock.now_ms()
        held = await tx.ledger.held(ref)
        taken = await tx.ledger.settle(ref, real, now) if held is not None else None
        if held is None or taken is None:
            return 0
        day = self._rules.day(held.at_ms)
        if is_group_account(held.account_id) and taken != held.amount:
            member = _member_meter(held.account_id, held.cause.person_id)
            await tx.ledger.meter(member, day, taken - held.amount, None, now)
        if real != held.amount:
            await tx.ledger.meter(HOUSE_METER, day, real - held.amount, None, now)
        return taken

    async def refund(self, tx: Tx, ref: str) -> None:
        await self.settle(tx, ref, 0)

    async def book_house(self, tx: Tx, ref: str, amount: Micros, cause: Cause) -> None:
        """A cost that nobody holds for."""
        await tx.ledger.book_house(ref, amount, cause, self._clock.now_ms())
        await self._count_house(tx, amount, None)

    # --- who pays

    async def _payer(self, tx: Tx, access: Access) -> _Payer:
        """The account, with today's allowance in it."""
        allowance, plan, group = await self._allowance(tx, access)
        account = await tx.ledger.account(access.account_id)
        now = self._clock.now_ms()
        due = top_up(account, self._rules.day(now), allowance)
        if due is not None:
            account = await tx.ledger.top_up(account.id, due[0], due[1], now)
        return _Payer(account, allowance, plan, group)

    async def _allowance(self, tx: Tx, access: Access) -> tuple[Micros, Plan, bool]:
        """A chat's purse has its own allowance; a chat that has no purse, but is allowed, carries its guests on one default
        allowance for all of them together."""
        default = self._rules.plan("default")
        override = await self._set_daily(tx, "plan")
        daily = default.daily if override is None else override
        plan = self._rules.plan(access.person.plan)
        if not is_group_account(access.account_id):
            return (daily if plan.name == default.name else plan.daily), plan, False
        group = access.group or await tx.people.group(access.place)
        if group is not None and group.plan and group.plan != default.name:
            return self._rules.plan(group.plan).daily, plan, True
        return self._rules.groups.daily or daily, plan, True

    # --- limits

    async def one_at_a_time(self, tx: Tx, access: Access) -> None:
        """What this person orders or keeps is counted one by one, on all replicas: the row is locked until the commit."""
        await tx.ledger.meter(f"jobs:{access.person.id}", "lock", 0, None, self._clock.now_ms())

    async def _check_open_jobs(self, tx: Tx, access: Access) -> None:
        limit = self._rules.plan(access.person.plan).open_jobs
        await self.one_at_a_time(tx, access)
        if await tx.jobs.count_open(access.person.id) >= limit:
            raise TooManyJobs(limit=limit)

    async def count_turn(self, tx: Tx, access: Access) -> None:
        """What is asked of a chat model in somebody's name is counted, whoever pays for it. Raises TooFast."""
        if access.unlimited:
            return
        now = self._clock.now_ms()
        limit = self._rules.plan(access.person.plan).turns_per_minute
        minute, spent_ms = divmod(now, MINUTE_MS)
        if await tx.ledger.meter(f"turns:{access.person.id}", str(minute), 1, limit, now) is None:
            raise TooFast(seconds=max(1, (MINUTE_MS - spent_ms) // 1000))

    async def _within(
        self, tx: Tx, access: Access, payer: _Payer, limit: Micros, ceiling: Micros, floor: Micros
    ) -> Micros:
        """What of `ceiling` the limits of the day leave, if it buys `floor`."""
        day = self._rules.day(self._clock.now_ms())
        if limit:
            ceiling = min(ceiling, limit - await tx.ledger.metered(HOUSE_METER, day))
            if ceiling < floor:
                raise self._house_full()
        most = self._rules.groups.member_daily
        if payer.group and most:
            left = most - await tx.ledger.metered(_member_meter(payer.account.id, access.person.id), day)
            ceiling = min(ceiling, left)
            if ceiling < floor:
                raise self._short(payer, floor, max(0, left))
        return ceiling

    async def _count_member(self, tx: Tx, access: Access, payer: _Payer, amount: Micros) -> None:
        """Counted without a bound too: the bound may be set in the middle of a day."""
        if not payer.group:
            return
        now = self._clock.now_ms()
        meter = _member_meter(payer.account.id, access.person.id)
        most = self._rules.groups.member_daily or None
        if await tx.ledger.meter(meter, self._rules.day(now), amount, most, now) is None:
            left = (most or 0) - await tx.ledger.metered(meter, self._rules.day(now))
            raise self._short(payer, amount, max(0, left))

    async def _count_house(self, tx: Tx, amount: Micros, limit: Micros | None) -> None:
        """`limit` None: an owner, who is counted and never refused; 0: there is no limit."""
        now = self._clock.now_ms()
        day = self._rules.day(now)
        total = await tx.ledger.meter(HOUSE_METER, day, amount, limit or None, now)
        if total is None:
            raise self._house_full()
        limit = await self._house_limit(tx) if limit is None else limit
        note_at = limit * NOTE_AT_PERCENT // 100
        if limit and total - amount < note_at <= total:
            params = {"percent": NOTE_AT_PERCENT, "spent": _usd(total), "limit": _usd(limit)}
            owners = await tx.people.owners()
            await tx.notices.add(to_persons(owners, "notice-house-limit", params, f"limit{NOTE_AT_PERCENT}:{day}", now))

    def _short(self, payer: _Payer, needed: Micros, left: Micros | None = None) -> OverLimit:
        kind = GroupOverQuota if payer.group else OverQuota
        left = payer.account.balance if left is None else left
        return kind(
            f"{payer.account.id} has {left} of {needed}",
            needed=self._rules.credits(needed),
            left=self._rules.credits(left, up=False),
            renews=self._renews() if payer.allowance else 0,
        )

    def _house_full(self) -> HouseLimit:
        return HouseLimit(renews=self._renews())

    def _renews(self) -> int:
        return self._rules.renews_ms(self._clock.now_ms()) // 1000

    # --- the operator's word over the file

    async def _house_limit(self, tx: Tx) -> Micros:
        override = await self._set_daily(tx, "all")
        return self._rules.daily if override is None else override

    async def _set_daily(self, tx: Tx, what: Literal["plan", "all"]) -> Micros | None:
        value = await tx.ledger.metered(SET_DAILY[what], SETTING)
        return value - 1 if value else None

    async def set_daily(self, what: Literal["plan", "all"], amount: Micros | None) -> None:
        """The default plan's allowance, or what everybody together may spend a day (0 = no limit). None: as the file says.
        In force with the next order, on every replica."""
        async with self._store.begin() as tx:
            now = await tx.ledger.metered(SET_DAILY[what], SETTING)
            value = 0 if amount is None else max(0, amount) + 1
            await tx.ledger.meter(SET_DAILY[what], SETTING, value - now, None, FOREVER_MS)

    # --- what people ask

    async def balance(self, access: Access) -> Balance:
        now = self._clock.now_ms()
        async with self._store.read() as tx:
            account = await tx.ledger.account(access.account_id)
            allowance, plan, group = await self._allowance(tx, access)
        due = None if access.unlimited else top_up(account, self._rules.day(now), allowance)
        return Balance(
            daily=account.daily if due is None else due[1],
            kept=account.kept,
            renews_ms=self._rules.renews_ms(now) if allowance else 0,
            unlimited=access.unlimited,
            plan=plan.name,
            group=group,
            allowance=allowance,
        )

    async def usage(self, access: Access, days: int = 30) -> list[Spent]:
        """What the person's own orders cost, wherever they were paid from."""
        async with self._store.read() as tx:
            return await tx.ledger.spent(self._clock.now_ms() - days * DAY_MS, person_id=access.person.id)

    async def stats(self) -> HouseStats:
        async with self._store.read() as tx:
            return HouseStats(
                spent=await tx.ledger.metered(HOUSE_METER, self._rules.day(self._clock.now_ms())),
                limit=await self._house_limit(tx),
                people=await tx.people.count(),
                jobs=await tx.jobs.counts(),
            )


def _usd(micros: Micros) -> str:
    return f"{micros / MICROS:.2f}"


def _member_meter(account_id: str, person_id: str) -> str:
    return f"member:{account_id}:{person_id}"
