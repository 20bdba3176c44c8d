"""Facts that people want to be remembered (core.ports.Memories)."""

from __future__ import annotations

from core.assistant import Memory
from storage.session import Session


class MemoryTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, memory: Memory, most: int) -> bool:
        """The person's row is locked, so that of many at once no more than fit are taken."""
        await self._session.rows("SELECT 1 FROM persons WHERE id = :person {for_update}", person=memory.person_id)
        row = await self._session.row(
            """SELECT COUNT(*), SUM(CASE WHEN text = :text OR id = :id THEN 1 ELSE 0 END)
            FROM memories WHERE person_id = :person""",
            person=memory.person_id,
            text=memory.text,
            id=memory.id,
        )
        count, known = row or (0, 0)
        if known or count >= most:
            return bool(known)
        await self._session.rows(
            "INSERT INTO memories (id, person_id, text, created_ms) VALUES (:id, :person, :text, :created)",
            id=memory.id,
            person=memory.person_id,
            text=memory.text,
            created=memory.created_ms,
        )
        return True

    async def of_person(self, person_id: str) -> list[Memory]:
        rows = await self._session.rows(
            "SELECT id, person_id, text, created_ms FROM memories WHERE person_id = :person ORDER BY number",
            person=person_id,
        )
        return [Memory(*row) for row in rows]

    async def drop(self, person_id: str, memory_id: str) -> bool:
        return await self._session.changed(
            "DELETE FROM memories WHERE id = :id AND person_id = :person RETURNING id", id=memory_id, person=person_id
        )
