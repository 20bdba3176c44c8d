"""What people keep in the vendor's library under names of their own (core.ports.Assets)."""

from __future__ import annotations

from core.specs import folded
from core.values import Asset
from storage.codec import place_values, take_place
from storage.media_index import note_references
from storage.session import Row, Session

COLUMNS = (
    "id", "person_id", "name", "kind", "media", "mime", "size", "platform", "chat", "thread", "private", "created_ms",
    "state", "remote_id", "error_key", "due_ms", "version",
    "link", "link_until_ms",
)  # fmt: skip
ASSET = ", ".join(COLUMNS)
OPEN = "state IN ('new', 'checking')"
"""Also, in these very words, the condition of an index."""


class AssetTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, asset: Asset, most: int) -> bool:
        """The person's row is locked, so that of many at once no more than fit are taken."""
        await self._session.rows("SELECT 1 FROM persons WHERE id = :person {for_update}", person=asset.person_id)
        row = await self._session.row("SELECT COUNT(*) FROM assets WHERE person_id = :person", person=asset.person_id)
        if row is None or row[0] >= most:
            return False
        added = await self._session.changed(
            f"""INSERT INTO assets (folded, {ASSET}) VALUES (:folded, {", ".join(f":{name}" for name in COLUMNS)})
            ON CONFLICT (person_id, folded) DO NOTHING RETURNING id""",
            folded=folded(asset.name),
            id=asset.id,
            person_id=asset.person_id,
            name=asset.name,
            kind=asset.kind,
            media=asset.media,
            mime=asset.mime,
            size=asset.size,
            created_ms=asset.created_ms,
            state=asset.state,
            remote_id=asset.remote_id,
            error_key=asset.error_key,
            due_ms=asset.due_ms,
            version=asset.version,
            link=asset.link,
            link_until_ms=asset.link_until_ms,
            **place_values(asset.place),
        )
        if added:
            await note_references(self._session, _ref(asset.id), [asset.media])
        return added

    async def get(self, asset_id: str) -> Asset | None:
        row = await self._session.row(f"SELECT {ASSET} FROM assets WHERE id = :id", id=asset_id)
        return _read(row) if row else None

    async def of_person(self, person_id: str) -> list[Asset]:
        rows = await self._session.rows(
            f"SELECT {ASSET} FROM assets WHERE person_id = :person ORDER BY number", person=person_id
        )
        return [_read(row) for row in rows]

    async def claim(self, now_ms: int, lease_until_ms: int) -> Asset | None:
        row = await self._session.row(
            f"""WITH picked AS MATERIALIZED (
                SELECT number FROM assets WHERE {OPEN} AND due_ms <= :now
                ORDER BY due_ms, number LIMIT 1 {{skip_locked}})
            UPDATE assets SET due_ms = :lease, version = version + 1
            WHERE number IN (SELECT number FROM picked) RETURNING {ASSET}""",
            now=now_ms,
            lease=lease_until_ms,
        )
        return _read(row) if row else None

    async def next_due_ms(self) -> int | None:
        row = await self._session.row(f"SELECT MIN(due_ms) FROM assets WHERE {OPEN}")
        return None if row is None or row[0] is None else int(row[0])

    async def save(self, asset: Asset, version: int) -> bool:
        return await self._session.changed(
            """UPDATE assets SET state = :state, remote_id = :remote, error_key = :error, due_ms = :due,
            version = version + 1 WHERE id = :id AND version = :version RETURNING id""",
            state=asset.state,
            remote=asset.remote_id,
            error=asset.error_key,
            due=asset.due_ms,
            id=asset.id,
            version=version,
        )

    async def drop(self, person_id: str, asset_id: str) -> bool:
        dropped = await self._session.changed(
            "DELETE FROM assets WHERE id = :id AND person_id = :person RETURNING id", id=asset_id, person=person_id
        )
        if dropped:
            await self._session.rows("DELETE FROM media_refs WHERE ref = :ref", ref=_ref(asset_id))
        return dropped


def _ref(asset_id: str) -> str:
    return f"asset:{asset_id}"


def _read(row: Row) -> Asset:
    values = dict(zip(COLUMNS, row, strict=True))
    place = take_place(values)
    return Asset(place=place, **values)
