"""What lies in the media store, for how long, and under which ids the platforms know it (core.ports.MediaIndex)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from core.values import OPEN_STATES, JobState
from storage.session import Session

_MAKING = ", ".join(f"'{state.value}'" for state in sorted(OPEN_STATES - {JobState.READY}))
UNUSED = f"""NOT EXISTS (
    SELECT 1 FROM media_refs JOIN jobs ON jobs.id = substr(media_refs.ref, 5)
    LEFT JOIN jobs AS whole ON whole.id = jobs.part_of
    WHERE media_refs.key = media.key AND (jobs.state IN ({_MAKING}) OR whole.state IN ({_MAKING})))
    AND NOT EXISTS (SELECT 1 FROM voices WHERE voices.sample = media.key)"""
"""No job that is under way has it, nor a piece of one (a reference is "job:ID"), and no voice was cloned from it: it may have
to be cloned again."""


class MediaTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, key: str, mime: str, size: int, now_ms: int, expires_ms: int) -> None:
        await self._session.rows(
            """INSERT INTO media (key, mime, size, created_ms, expires_ms) VALUES (:key, :mime, :size, :now, :expires)
            ON CONFLICT (key) DO UPDATE SET expires_ms = excluded.expires_ms
            WHERE excluded.expires_ms > media.expires_ms""",
            key=key,
            mime=mime,
            size=size,
            now=now_ms,
            expires=expires_ms,
        )

    async def prolong(self, keys: Collection[str], expires_ms: int) -> frozenset[str]:
        rows = await self._session.rows(
            """UPDATE media SET expires_ms = CASE WHEN expires_ms < :expires THEN :expires ELSE expires_ms END
            WHERE key {in keys} RETURNING key""",
            keys=sorted(keys),
            expires=expires_ms,
        )
        return frozenset(key for (key,) in rows)

    async def expired(self, now_ms: int, limit: int) -> list[str]:
        rows = await self._session.rows(
            f"SELECT key FROM media WHERE expires_ms <= :now AND {UNUSED} ORDER BY expires_ms LIMIT :limit",
            now=now_ms,
            limit=limit,
        )
        return [key for (key,) in rows]

    async def oldest(self, limit: int) -> list[tuple[str, int]]:
        rows = await self._session.rows(
            f"SELECT key, size FROM media WHERE {UNUSED} ORDER BY created_ms, key LIMIT :limit", limit=limit
        )
        return [(key, size) for key, size in rows]

    async def total_bytes(self) -> int:
        row = await self._session.row("SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM media")
        return int(row[0]) if row else 0

    async def drop(self, keys: Sequence[str]) -> None:
        await self._session.rows("DELETE FROM media WHERE key {in keys}", keys=list(keys))
        await self._session.rows("DELETE FROM media_refs WHERE key {in keys}", keys=list(keys))

    async def file_id(self, platform: str, key: str) -> str | None:
        row = await self._session.row(
            "SELECT file_id FROM media_file_ids WHERE platform = :platform AND key = :key", platform=platform, key=key
        )
        return str(row[0]) if row else None

    async def set_file_id(self, platform: str, key: str, file_id: str) -> None:
        await self._session.rows(
            """INSERT INTO media_file_ids (platform, key, file_id) VALUES (:platform, :key, :file_id)
            ON CONFLICT (platform, key) DO UPDATE SET file_id = excluded.file_id""",
            platform=platform,
            key=key,
            file_id=file_id,
        )


async def note_references(session: Session, ref: str, keys: Iterable[str]) -> None:
    """`ref` ("turn:ID", "job:ID", "asset:ID") names these files; left out are empty keys and those that say "job:ID" or
    "asset:ID", whose files that job or asset itself names."""
    named = sorted({key for key in keys if key and ":" not in key})
    await session.each(
        "INSERT INTO media_refs (ref, key) VALUES (:ref, :key) ON CONFLICT (ref, key) DO NOTHING",
        [{"ref": ref, "key": key} for key in named],
    )
