"""Cloned voices, each its person's own (core.ports.Voices)."""

from __future__ import annotations

from core.specs import folded
from core.values import Voice
from storage.codec import PLACE_COLUMNS, place_values, take_place
from storage.media_index import note_references
from storage.session import Row, Session

VOICE_COLUMNS = (
    "id",
    "person_id",
    "name",
    "remote_id",
    "model",
    "sample",
    "sample_mime",
    "sample_size",
    *PLACE_COLUMNS,
    "job_id",
    "created_ms",
    "used_ms",
    "keep",
    "gone",
    "locale",
)
VOICE = ", ".join(VOICE_COLUMNS)
_ADDED = (*VOICE_COLUMNS, "folded")
_ADD = f"INSERT INTO voices ({', '.join(_ADDED)}) VALUES ({', '.join(f':{column}' for column in _ADDED)})"


class VoiceTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, voice: Voice, most: int) -> bool:
        """The person's row is locked, so that of many at once no more than fit are taken."""
        await self._session.rows("SELECT 1 FROM persons WHERE id = :person {for_update}", person=voice.person_id)
        row = await self._session.row(
            """SELECT COUNT(*), SUM(CASE WHEN folded = :folded THEN 1 ELSE 0 END)
            FROM voices WHERE person_id = :person""",
            person=voice.person_id,
            folded=folded(voice.name),
        )
        count, known = row or (0, 0)
        if known or count >= most:
            return False
        values = {column: getattr(voice, column) for column in VOICE_COLUMNS if column not in PLACE_COLUMNS}
        await self._session.rows(_ADD, **values, **place_values(voice.place), folded=folded(voice.name))
        await note_references(self._session, f"voice:{voice.id}", [voice.sample])
        return True

    async def get(self, voice_id: str) -> Voice | None:
        row = await self._session.row(f"SELECT {VOICE} FROM voices WHERE id = :id", id=voice_id)
        return read_voice(row) if row else None

    async def of_person(self, person_id: str) -> list[Voice]:
        rows = await self._session.rows(
            f"SELECT {VOICE} FROM voices WHERE person_id = :person ORDER BY number", person=person_id
        )
        return [read_voice(row) for row in rows]

    async def used(self, voice_id: str, now_ms: int) -> None:
        await self._session.rows("UPDATE voices SET used_ms = :now WHERE id = :id", id=voice_id, now=now_ms)

    async def set_keep(self, person_id: str, voice_id: str, keep: bool) -> bool:
        return await self._session.changed(
            "UPDATE voices SET keep = :keep WHERE id = :id AND person_id = :person RETURNING id",
            id=voice_id,
            person=person_id,
            keep=keep,
        )

    async def set_gone(self, voice_id: str) -> None:
        await self._session.rows("UPDATE voices SET gone = TRUE WHERE id = :id", id=voice_id)

    async def made(self, voice_id: str, job_id: str, now_ms: int) -> None:
        await self._session.rows(
            "UPDATE voices SET used_ms = :now, gone = FALSE WHERE id = :id AND job_id = :job",
            id=voice_id,
            job=job_id,
            now=now_ms,
        )

    async def not_made(self, voice_id: str, job_id: str) -> None:
        dropped = await self._session.changed(
            "DELETE FROM voices WHERE id = :id AND job_id = :job AND used_ms = 0 RETURNING id", id=voice_id, job=job_id
        )
        if dropped:
            await self._session.rows("DELETE FROM media_refs WHERE ref = :ref", ref=f"voice:{voice_id}")
            return
        await self._session.rows(
            "UPDATE voices SET gone = TRUE WHERE id = :id AND job_id = :job", id=voice_id, job=job_id
        )

    async def again(self, person_id: str, voice_id: str, remote_id: str, job_id: str, *, before: str) -> bool:
        return await self._session.changed(
            """UPDATE voices SET remote_id = :remote, job_id = :job
            WHERE id = :id AND person_id = :person AND job_id = :before AND gone RETURNING id""",
            before=before,
            id=voice_id,
            person=person_id,
            remote=remote_id,
            job=job_id,
        )

    async def unused(self, before_ms: int, limit: int, skip: int = 0) -> list[Voice]:
        rows = await self._session.rows(
            f"""SELECT {VOICE} FROM voices WHERE keep AND NOT gone AND used_ms < :before
            ORDER BY used_ms, number LIMIT :limit OFFSET :skip""",
            before=before_ms,
            limit=limit,
            skip=skip,
        )
        return [read_voice(row) for row in rows]

    async def drop(self, person_id: str, voice_id: str) -> bool:
        dropped = await self._session.changed(
            "DELETE FROM voices WHERE id = :id AND person_id = :person RETURNING id", id=voice_id, person=person_id
        )
        if dropped:
            await self._session.rows("DELETE FROM media_refs WHERE ref = :ref", ref=f"voice:{voice_id}")
        return dropped


def read_voice(row: Row) -> Voice:
    values = dict(zip(VOICE_COLUMNS, row, strict=True))
    return Voice(place=take_place(values), keep=bool(values.pop("keep")), gone=bool(values.pop("gone")), **values)
