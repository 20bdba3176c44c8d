"""Sentences to be brought to people once (core.ports.Notices). A done row stays, without its words, so that nobody is
told twice."""

from __future__ import annotations

from collections.abc import Sequence

from core.assistant import Reminder
from core.values import Notice, Place
from storage.codec import dump, load
from storage.session import Row, Session

REMINDER = "key = 'reminder' AND NOT done"
"""Also, in these very words, the condition of an index."""


class NoticeTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, notices: Sequence[Notice]) -> None:
        await self._session.each(
            """INSERT INTO notices (id, key, params, person_id, platform, chat, thread, private, due_ms, version, attempts)
            VALUES (:id, :key, :params, :person_id, :platform, :chat, :thread, :private, :due_ms, 0, 0)
            ON CONFLICT (id) DO NOTHING""",
            [
                {
                    "id": notice.id,
                    "key": notice.key,
                    "params": dump(dict(notice.params)),
                    "person_id": notice.person_id,
                    "platform": notice.place.platform if notice.place else None,
                    "chat": notice.place.chat if notice.place else None,
                    "thread": notice.place.thread if notice.place else None,
                    "private": notice.place.private if notice.place else None,
                    "due_ms": notice.due_ms,
                }
                for notice in notices
            ],
        )

    async def claim(self, now_ms: int, lease_until_ms: int, limit: int) -> list[Notice]:
        rows = await self._session.rows(
            """WITH picked AS MATERIALIZED (
                SELECT number FROM notices WHERE NOT done AND due_ms <= :now
                ORDER BY due_ms, number LIMIT :limit {skip_locked})
            UPDATE notices SET due_ms = :lease, version = version + 1, attempts = attempts + 1
            WHERE number IN (SELECT number FROM picked)
            RETURNING number, id, key, params, person_id, platform, chat, thread, private, due_ms, version, attempts""",
            now=now_ms,
            lease=lease_until_ms,
            limit=limit,
        )
        return [_read(row) for row in sorted(rows)]

    async def done(self, notice_id: str) -> None:
        await self._session.rows("UPDATE notices SET done = TRUE, params = '{}' WHERE id = :id", id=notice_id)

    async def retry(self, notice_id: str, due_ms: int) -> None:
        await self._session.rows(
            "UPDATE notices SET due_ms = :due WHERE id = :id AND NOT done", id=notice_id, due=due_ms
        )

    async def reminders(self, person_id: str) -> list[Reminder]:
        rows = await self._session.rows(
            f"""SELECT id, params, due_ms, platform, chat, thread, private FROM notices
            WHERE person_id = :person AND {REMINDER} ORDER BY due_ms, number""",
            person=person_id,
        )
        return [
            Reminder(id_, str(load(params).get("text", "")), due_ms, _place(*at)) for id_, params, due_ms, *at in rows
        ]

    async def drop_reminder(self, person_id: str, notice_id: str) -> bool:
        return await self._session.changed(
            f"""UPDATE notices SET done = TRUE, params = '{{}}'
            WHERE id = :id AND person_id = :person AND {REMINDER} RETURNING id""",
            id=notice_id,
            person=person_id,
        )


def _read(row: Row) -> Notice:
    _, id_, key, params, person_id, platform, chat, thread, private, due_ms, version, attempts = row
    place = None if platform is None else _place(platform, chat, thread, private)
    return Notice(id_, key, load(params), person_id, place, due_ms, version, attempts)


def _place(platform: str | None, chat: str | None, thread: str | None, private: bool | None) -> Place:
    return Place(platform or "", chat or "", thread or "", bool(private))
