"""Money (core.ports.Ledger). A balance changes only together with an entry, in the same transaction, so that the sum of an
account's entries is its balance, always.

Every guard is inside its statement. Two accounts are locked in the order of their ids, so that no two transactions can wait
for each other; a caller that touches meters too takes the rows in one order of its own.
"""

from __future__ import annotations

from core.values import HOUSE, Account, Cause, Held, Micros, Spent
from storage.session import Session


class LedgerTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def account(self, account_id: str) -> Account:
        row = await self._session.row("SELECT id, daily, kept, day FROM accounts WHERE id = :id", id=account_id)
        return Account(*row) if row else Account(account_id)

    async def top_up(self, account_id: str, day: str, allowance: Micros, now_ms: int) -> Account:
        account = await self.account(account_id)
        if account.day == day:
            return account
        await self._open(account_id)
        row = await self._session.row(
            """INSERT INTO entries (ref, step, account_id, daily, kept, person_id, what, model, created_ms)
            SELECT :ref, 'allowance', id, :allowance - daily, 0, '', 'allowance', '', :now
            FROM accounts WHERE id = :id AND day <> :day {for_update}
            ON CONFLICT DO NOTHING RETURNING daily""",
            ref=f"{account_id}:{day}",
            id=account_id,
            day=day,
            allowance=allowance,
            now=now_ms,
        )
        if row:
            await self._session.rows(
                "UPDATE accounts SET daily = daily + :change, day = :day WHERE id = :id",
                change=row[0],
                day=day,
                id=account_id,
            )
        return await self.account(account_id)

    async def _open(self, account_id: str) -> None:
        await self._session.rows(
            "INSERT INTO accounts (id, daily, kept, day) VALUES (:id, 0, 0, '') ON CONFLICT (id) DO NOTHING",
            id=account_id,
        )

    # --- holds --------------------

    async def hold(self, ref: str, account_id: str, amount: Micros, cause: Cause, now_ms: int) -> bool:
        return await self.hold_up_to(ref, account_id, amount, amount, cause, now_ms) is not None

    async def hold_up_to(
        self, ref: str, account_id: str, ceiling: Micros, floor: Micros, cause: Cause, now_ms: int
    ) -> Micros | None:
        if ceiling < 0 or floor < 0:
            raise ValueError(f"a hold of {ceiling} (at least {floor})")
        row = await self._session.row(
            """INSERT INTO entries (ref, step, account_id, daily, kept, person_id, what, model, created_ms)
            SELECT :ref, 'hold', id, -{least}(daily, amount), {least}(daily, amount) - amount, :person, :what, :model, :now
            FROM (SELECT id, daily, CASE WHEN id = 'house' THEN :ceiling ELSE {least}(:ceiling, daily + kept) END AS amount
                FROM accounts WHERE id = :id {for_update}) AS purse
            WHERE amount >= :floor
            ON CONFLICT DO NOTHING RETURNING daily, kept""",
            ref=ref,
            id=account_id,
            ceiling=ceiling,
            floor=floor,
            person=cause.person_id,
            what=cause.what,
            model=cause.model,
            now=now_ms,
        )
        if row is None:
            if await self._session.row("SELECT 1 FROM entries WHERE ref = :ref AND step = 'hold'", ref=ref):
                raise ValueError(f"{ref} is held already")
            return None
        await self._move(account_id, row[0], row[1])
        return -int(row[0] + row[1])

    async def settle(self, ref: str, real: Micros, now_ms: int) -> Micros | None:
        """What is taken is taken from the day's part first, as the hold did; each bucket gets its own rest back."""
        if real < 0:
            raise ValueError(f"a price of {real}")
        row = await self._session.row(
            """INSERT INTO entries (ref, step, account_id, daily, kept, person_id, what, model, created_ms)
            SELECT ref, 'settle', account_id, -daily - {least}(:real, -daily),
                -kept - {least}(:real, -daily - kept) + {least}(:real, -daily), person_id, what, model, :now
            FROM entries WHERE ref = :ref AND step = 'hold'
            ON CONFLICT DO NOTHING
            RETURNING account_id, daily, kept, person_id, what, model,
                (SELECT -hold.daily - hold.kept FROM entries AS hold WHERE hold.ref = :ref AND hold.step = 'hold')""",
            ref=ref,
            real=real,
            now=now_ms,
        )
        if row is None:
            return None
        account_id, daily, kept, person_id, what, model, held = row
        moves = {account_id: (daily, kept)}
        if real > held:
            excess = real - held
            await self._book(ref, "excess", HOUSE, -excess, Cause(person_id, what, model), now_ms)
            house_daily, house_kept = moves.get(HOUSE, (0, 0))
            moves[HOUSE] = (house_daily, house_kept - excess)
        for each in sorted(moves):
            await self._move(each, *moves[each])
        return int(held - daily - kept)

    async def _move(self, account_id: str, daily: Micros, kept: Micros) -> None:
        if daily or kept:
            await self._session.rows(
                "UPDATE accounts SET daily = daily + :daily, kept = kept + :kept WHERE id = :id",
                id=account_id,
                daily=daily,
                kept=kept,
            )

    async def held(self, ref: str) -> Held | None:
        row = await self._session.row(
            """SELECT account_id, -daily - kept, person_id, what, model, created_ms FROM entries AS hold
            WHERE ref = :ref AND step = 'hold'
            AND NOT EXISTS (SELECT 1 FROM entries WHERE ref = hold.ref AND step = 'settle')""",
            ref=ref,
        )
        return Held(row[0], row[1], Cause(row[2], row[3], row[4]), row[5]) if row else None

    async def open_holds(self) -> list[str]:
        rows = await self._session.rows(
            """SELECT ref FROM entries AS hold WHERE step = 'hold'
            AND NOT EXISTS (SELECT 1 FROM entries WHERE ref = hold.ref AND step = 'settle') ORDER BY ref"""
        )
        return [ref for (ref,) in rows]

    # --- without a hold --------------------

    async def credit(self, ref: str, account_id: str, amount: Micros, cause: Cause, now_ms: int) -> bool:
        await self._open(account_id)
        row = await self._session.row(
            """INSERT INTO entries (ref, step, account_id, daily, kept, person_id, what, model, created_ms)
            SELECT :ref, 'credit', id, 0, :amount, :person, :what, :model, :now FROM accounts
            WHERE id = :id AND (id = 'house' OR :amount >= 0 OR kept + :amount >= 0) {for_update}
            ON CONFLICT DO NOTHING RETURNING kept""",
            ref=ref,
            id=account_id,
            amount=amount,
            person=cause.person_id,
            what=cause.what,
            model=cause.model,
            now=now_ms,
        )
        if row is None:
            return False
        await self._move(account_id, 0, amount)
        return True

    async def book_house(self, ref: str, amount: Micros, cause: Cause, now_ms: int) -> None:
        if await self._book(ref, "book", HOUSE, -amount, cause, now_ms):
            await self._move(HOUSE, 0, -amount)

    async def _book(self, ref: str, step: str, account_id: str, kept: Micros, cause: Cause, now_ms: int) -> bool:
        return await self._session.changed(
            """INSERT INTO entries (ref, step, account_id, daily, kept, person_id, what, model, created_ms)
            VALUES (:ref, :step, :id, 0, :kept, :person, :what, :model, :now) ON CONFLICT DO NOTHING RETURNING id""",
            ref=ref,
            step=step,
            id=account_id,
            kept=kept,
            person=cause.person_id,
            what=cause.what,
            model=cause.model,
            now=now_ms,
        )

    # --- counting --------------------

    async def meter(self, key: str, window: str, amount: int, limit: int | None, now_ms: int) -> int | None:
        row = await self._session.row(
            """INSERT INTO meters (key, period, total, updated_ms)
            SELECT :key, :period, CASE WHEN :amount < 0 THEN 0 ELSE :amount END, :now
            WHERE :amount <= 0 OR :amount <= :limit
            ON CONFLICT (key, period) DO UPDATE SET updated_ms = excluded.updated_ms,
                total = CASE WHEN meters.total + :amount < 0 THEN 0 ELSE meters.total + :amount END
            WHERE :amount <= 0 OR meters.total + :amount <= :limit
            RETURNING total""",
            key=key,
            period=window,
            amount=amount,
            limit=2**62 if limit is None else limit,
            now=now_ms,
        )
        return int(row[0]) if row else None

    async def metered(self, key: str, window: str) -> int:
        row = await self._session.row(
            "SELECT total FROM meters WHERE key = :key AND period = :period", key=key, period=window
        )
        return int(row[0]) if row else 0

    async def sweep_meters(self, before_ms: int) -> None:
        await self._session.rows("DELETE FROM meters WHERE updated_ms < :before", before=before_ms)

    # --- looking back --------------------

    async def spent(self, since_ms: int, *, person_id: str = "", account_id: str = "") -> list[Spent]:
        """A person is shown what they paid; what house bore for an order is counted for house, and over everybody."""
        who = "".join(
            [
                " AND entry.person_id = :person" if person_id else "",
                " AND entry.account_id = :account" if account_id else "",
                " AND entry.step = 'settle'" if person_id else " AND entry.step IN ('settle', 'excess', 'book')",
            ]
        )
        rows = await self._session.rows(
            f"""SELECT what, model, CAST(SUM(cost) AS BIGINT), COUNT(DISTINCT ref) FROM (
                SELECT entry.ref, entry.what, entry.model, -entry.daily - entry.kept - CASE WHEN entry.step = 'settle' THEN
                    (SELECT hold.daily + hold.kept FROM entries AS hold WHERE hold.ref = entry.ref AND hold.step = 'hold')
                    ELSE 0 END AS cost
                FROM entries AS entry WHERE entry.created_ms >= :since{who}) AS costs
            WHERE cost > 0 GROUP BY what, model ORDER BY 3 DESC, what, model""",
            since=since_ms,
            **({"person": person_id} if person_id else {}),
            **({"account": account_id} if account_id else {}),
        )
        return [Spent(*row) for row in rows]

    async def entries_sum(self, account_id: str) -> Micros:
        row = await self._session.row(
            "SELECT CAST(COALESCE(SUM(daily + kept), 0) AS BIGINT) FROM entries WHERE account_id = :id", id=account_id
        )
        return int(row[0]) if row else 0
