"""Updates as they came, written down before anything is done about them (core.ports.Inbox)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from core.values import InboxEvent
from storage.session import Session, Value

BATCH = 100
"""Rows of one INSERT; Telegram sends at most this many updates at once."""


@lru_cache(maxsize=BATCH)
def _insert(count: int) -> str:
    """One statement for all events, because only an INSERT tells which were new, whoever else writes the same ones."""
    rows = ", ".join(
        f"(:platform{n}, :id{n}, :chat{n}, :payload{n}, :received{n}, 0, :owner, :lease)" for n in range(count)
    )
    return f"""INSERT INTO inbox (platform, id, chat, payload, received_ms, attempts, owner, lease_ms)
        VALUES {rows} ON CONFLICT (platform, id) DO NOTHING RETURNING id"""


class InboxTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, events: Sequence[InboxEvent], owner: str, lease_until_ms: int) -> list[str]:
        fresh: set[str] = set()
        for first in range(0, len(events), BATCH):
            fresh |= await self._add(events[first : first + BATCH], owner, lease_until_ms)
        return list(dict.fromkeys(event.id for event in events if event.id in fresh))

    async def _add(self, events: Sequence[InboxEvent], owner: str, lease_until_ms: int) -> set[str]:
        params: dict[str, Value] = {"owner": owner, "lease": lease_until_ms}
        for n, event in enumerate(events):
            params[f"platform{n}"] = event.platform
            params[f"id{n}"] = event.id
            params[f"chat{n}"] = event.chat
            params[f"payload{n}"] = event.payload
            params[f"received{n}"] = event.received_ms
        return {event_id for (event_id,) in await self._session.rows(_insert(len(events)), **params)}

    async def claim(self, platform: str, owner: str, now_ms: int, lease_until_ms: int, limit: int) -> list[InboxEvent]:
        rows = await self._session.rows(
            """WITH picked AS MATERIALIZED (
                SELECT number FROM inbox WHERE NOT done AND platform = :platform AND lease_ms <= :now
                ORDER BY number LIMIT :limit {skip_locked})
            UPDATE inbox SET owner = :owner, lease_ms = :lease, attempts = attempts + 1
            WHERE number IN (SELECT number FROM picked)
            RETURNING number, platform, id, chat, payload, received_ms, attempts""",
            platform=platform,
            owner=owner,
            now=now_ms,
            lease=lease_until_ms,
            limit=limit,
        )
        return [InboxEvent(*row[1:]) for row in sorted(rows)]

    async def done(self, platform: str, event_id: str) -> None:
        """The row stays, to know the update when it comes again; what it said does not."""
        await self._session.rows(
            "UPDATE inbox SET done = TRUE, payload = '' WHERE platform = :platform AND id = :id AND NOT done",
            platform=platform,
            id=event_id,
        )

    async def renew(self, owner: str, lease_until_ms: int) -> None:
        await self._session.rows(
            "UPDATE inbox SET lease_ms = :lease WHERE NOT done AND owner = :owner", owner=owner, lease=lease_until_ms
        )

    async def release(self, owner: str) -> None:
        await self._session.rows(
            "UPDATE inbox SET lease_ms = 0, owner = '' WHERE NOT done AND (owner = :owner OR :owner = '')", owner=owner
        )

    async def sweep(self, before_ms: int) -> int:
        return len(
            await self._session.rows(
                "DELETE FROM inbox WHERE done AND received_ms < :before RETURNING 1", before=before_ms
            )
        )
