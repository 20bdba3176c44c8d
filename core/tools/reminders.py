"""Reminders: notices to the person themselves, at a time that they named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.assistant import Reminder
from core.errors import BadOption, TooMuchKept
from core.ledger import Purse
from core.limits import Limits
from core.orders import call_id
from core.plans import Rules, zone
from core.ports import Clock, Store
from core.tools.own import Free
from core.tools.table import Acting, Effect, Outcome
from core.tools.wording import DEED_CHARS, one_line, shape, text_of
from core.values import Access, Deed, Json, Micros, Notice, ToolSpec

REMINDER_CHARS = 500
YEAR_MINUTES = 366 * 24 * 60
MINUTE_MS = 60_000
SOONEST_MS = 5_000
LISTED_CHARS = 120

REMINDER = "reminder"
"""The key of the notice, and of the sentence that brings it."""


class SetReminder:
    effect = Effect.CHANGES

    def __init__(self, store: Store, clock: Clock, purse: Purse, rules: Rules, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._purse = purse
        self._rules = rules
        self._limits = limits
        self.spec = ToolSpec(
            "set_reminder",
            "Write to the person at a later time. Give in_minutes or at, not both.",
            shape(
                "text",
                text=text_of(REMINDER_CHARS),
                in_minutes={"type": "integer", "minimum": 1, "maximum": YEAR_MINUTES},
                at=text_of(
                    40,
                    f"ISO date and time such as 2027-01-31T09:00, in {rules.timezone} unless it has an offset; within a year",
                ),
            ),
        )

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        self._due_ms(arguments)
        return 0

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        return f"{moment(self._due_ms(arguments), self._rules)}: {arguments['text']}"

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        due_ms, text = self._due_ms(arguments), arguments["text"].strip()
        access = acting.access
        reminder_id = call_id(acting.turn.id, acting.number)
        params = {"text": text, "reply_to": acting.turn.origin_id}
        notice = Notice(reminder_id, REMINDER, params, access.person.id, access.place, due_ms)
        async with self._store.begin() as tx:
            await self._purse.one_at_a_time(tx, access)
            known = {reminder.id for reminder in await tx.notices.reminders(access.person.id)}
            if reminder_id not in known and len(known) >= self._limits.reminders:
                raise TooMuchKept(what="reminders", limit=self._limits.reminders)
            await tx.notices.add([notice])
        self._store.wake("notices")
        when = moment(due_ms, self._rules)
        deed = Deed(self.spec.name, one_line(f"set a reminder for {when}: {text}", DEED_CHARS))
        return Outcome(f"Reminder {reminder_id} is set for {when}.", deed=deed)

    def _due_ms(self, arguments: Mapping[str, Json]) -> int:
        """Raises BadOption."""
        now, minutes, at = self._clock.now_ms(), arguments.get("in_minutes"), arguments.get("at")
        if (minutes is None) is (at is None):
            raise BadOption(name="in_minutes, at", value="-" if at is None else "both", allowed="one of the two")
        due_ms = now + int(minutes) * MINUTE_MS if minutes is not None else self._read(str(at))
        if not now + SOONEST_MS <= due_ms <= now + YEAR_MINUTES * MINUTE_MS:
            here = f"{moment(now, self._rules)} … {moment(now + YEAR_MINUTES * MINUTE_MS, self._rules)}"
            raise BadOption(name="at", value=str(at or minutes), allowed=here)
        return due_ms

    def _read(self, written: str) -> int:
        try:
            found = datetime.fromisoformat(written.strip())
            local = found if found.tzinfo else found.replace(tzinfo=zone(self._rules.timezone))
            return round(local.timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            example = f"{moment(self._clock.now_ms(), self._rules)[:10]}T18:00"
            raise BadOption(name="at", value=written[:40], allowed=example) from None


class ListReminders(Free):
    """In a group only those that were set there."""

    spec = ToolSpec("list_reminders", "The person's reminders that are still to come, with their ids.", shape())

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        found = await _reminders(self._store, acting.access)
        lines = [
            f"{each.id} · {moment(each.due_ms, self._rules)} · {one_line(each.text, LISTED_CHARS)}" for each in found
        ]
        return Outcome("\n".join(lines) or "No reminders.")


class CancelReminder:
    effect = Effect.CHANGES
    spec = ToolSpec(
        "cancel_reminder",
        "Call a reminder off.",
        shape("id", id=text_of(60, "As list_reminders or set_reminder gave it.")),
    )

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        await self._meant(acting, arguments)
        return 0

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        found = await self._meant(acting, arguments)
        return f"{moment(found.due_ms, self._rules)}: {found.text}"

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        found = await self._meant(acting, arguments)
        async with self._store.begin() as tx:
            await tx.notices.drop_reminder(acting.access.person.id, found.id)
        return Outcome(
            "It is called off.", deed=Deed(self.spec.name, one_line(f"called off: {found.text}", DEED_CHARS))
        )

    async def _meant(self, acting: Acting, arguments: Mapping[str, Json]) -> Reminder:
        """Raises BadOption."""
        found = await _reminders(self._store, acting.access)
        for reminder in found:
            if reminder.id == arguments["id"].strip():
                return reminder
        allowed = ", ".join(reminder.id for reminder in found)
        raise BadOption(name="id", value=arguments["id"][:60], allowed=allowed or "-")


async def _reminders(store: Store, access: Access) -> list[Reminder]:
    """What may be spoken of here."""
    async with store.read() as tx:
        found = await tx.notices.reminders(access.person.id)
    return [each for each in found if access.place.private or each.place == access.place]


def moment(at_ms: int, rules: Rules) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, zone(rules.timezone)):%Y-%m-%d %H:%M %Z}"
