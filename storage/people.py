"""Who they are, where they may be served, and by whose invitation (core.ports.People)."""

from __future__ import annotations

from collections.abc import Mapping

from core.values import Group, Json, Person, Place, Role, Sender
from storage import chats, privacy
from storage.codec import PERSON_COLUMNS, dump, person_values, read_person
from storage.session import Session, Value

PERSON = ", ".join(PERSON_COLUMNS)
PERSON_OF_IDENTITY = ", ".join(f"persons.{column}" for column in PERSON_COLUMNS)


def name_key(name: str) -> str:
    """What two spellings of a name have in common."""
    return name.strip().removeprefix("@").casefold()


class PeopleTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    # --- persons and their identities --------------------

    async def person_of(self, platform: str, platform_id: str) -> Person | None:
        row = await self._session.row(
            f"""SELECT {PERSON_OF_IDENTITY} FROM identities JOIN persons ON persons.id = identities.person_id
            WHERE platform = :platform AND platform_id = :id""",
            platform=platform,
            id=platform_id,
        )
        return read_person(row) if row else None

    async def person(self, person_id: str) -> Person | None:
        row = await self._session.row(f"SELECT {PERSON} FROM persons WHERE id = :id", id=person_id)
        return read_person(row) if row else None

    async def add_person(self, person: Person, sender: Sender) -> Person:
        known = await self.person_of(sender.platform, sender.id)
        if known:
            return known
        columns = ", ".join(f":{column}" for column in PERSON_COLUMNS)
        made = await self._session.changed(
            f"INSERT INTO persons ({PERSON}) VALUES ({columns}) ON CONFLICT (id) DO NOTHING RETURNING id",
            **person_values(person),
        )
        linked = await self._session.changed(
            """INSERT INTO identities (platform, platform_id, person_id, name, name_key, language)
            VALUES (:platform, :id, :person, :name, :name_key, :language) ON CONFLICT DO NOTHING RETURNING person_id""",
            platform=sender.platform,
            id=sender.id,
            person=person.id,
            name=sender.name,
            name_key=name_key(sender.name),
            language=sender.language,
        )
        if made and not linked:  # another process met the same sender in this moment
            await self._session.rows("DELETE FROM persons WHERE id = :id", id=person.id)
        return await self.person_of(sender.platform, sender.id) or person

    async def note_sender(self, sender: Sender) -> None:
        await self._session.rows(
            """UPDATE identities SET name = :name, name_key = :name_key, language = :language
            WHERE platform = :platform AND platform_id = :id AND (name <> :name OR language <> :language)""",
            platform=sender.platform,
            id=sender.id,
            name=sender.name,
            name_key=name_key(sender.name),
            language=sender.language,
        )

    async def identities(self, person_id: str) -> list[Sender]:
        rows = await self._session.rows(
            """SELECT platform, platform_id, name, language FROM identities WHERE person_id = :id
            ORDER BY platform, platform_id""",
            id=person_id,
        )
        return [Sender(*row) for row in rows]

    async def find(self, platform: str, name_or_id: str) -> Person | None:
        """A name that several people bear finds nobody."""
        known = await self.person_of(platform, name_or_id.strip())
        key = name_key(name_or_id)
        if known or not key:
            return known
        rows = await self._session.rows(
            f"""SELECT DISTINCT {PERSON_OF_IDENTITY} FROM identities JOIN persons ON persons.id = identities.person_id
            WHERE platform = :platform AND name_key = :key LIMIT 2""",
            platform=platform,
            key=key,
        )
        return read_person(rows[0]) if len(rows) == 1 else None

    async def owners(self) -> list[Person]:
        rows = await self._session.rows(f"SELECT {PERSON} FROM persons WHERE role = 'owner' ORDER BY created_ms, id")
        return [read_person(row) for row in rows]

    async def count(self) -> dict[str, int]:
        counts = dict.fromkeys((*Role, "banned"), 0)
        for role, banned, count in await self._session.rows(
            "SELECT role, banned, COUNT(*) FROM persons GROUP BY role, banned"
        ):
            counts[role] += count
            counts["banned"] += count if banned else 0
        return {str(name): count for name, count in counts.items()}

    async def everyone(self, after_id: str, limit: int) -> list[Person]:
        rows = await self._session.rows(
            f"""SELECT {PERSON} FROM persons WHERE id > :after AND NOT banned AND role IN ('owner', 'member')
            ORDER BY id LIMIT :limit""",
            after=after_id,
            limit=limit,
        )
        return [read_person(row) for row in rows]

    async def set_role(self, person_id: str, role: Role) -> None:
        await self._set(person_id, "role", role.value)

    async def set_plan(self, person_id: str, plan: str) -> None:
        await self._set(person_id, "plan", plan)

    async def set_banned(self, person_id: str, banned: bool) -> None:
        await self._set(person_id, "banned", banned)

    async def set_locale(self, person_id: str, locale: str | None) -> None:
        await self._set(person_id, "locale", locale)

    async def set_settings(self, person_id: str, settings: Mapping[str, Json]) -> None:
        await self._set(person_id, "settings", dump(dict(settings)))

    async def _set(self, person_id: str, column: str, value: Value) -> None:
        await self._session.rows(
            f"UPDATE persons SET {column} = :value WHERE id = :id",
            id=person_id,
            value=value,
        )

    # --- groups --------------------

    async def group(self, place: Place) -> Group | None:
        row = await self._session.row(
            "SELECT allowed, active, plan, locale FROM groups WHERE platform = :platform AND chat = :chat",
            platform=place.platform,
            chat=place.chat,
        )
        return Group(Place(place.platform, place.chat), bool(row[0]), bool(row[1]), row[2], row[3]) if row else None

    async def save_group(self, group: Group) -> None:
        await self._session.rows(
            """INSERT INTO groups (platform, chat, allowed, active, plan, locale)
            VALUES (:platform, :chat, :allowed, :active, :plan, :locale)
            ON CONFLICT (platform, chat) DO UPDATE SET allowed = excluded.allowed, active = excluded.active,
                plan = excluded.plan, locale = excluded.locale""",
            platform=group.place.platform,
            chat=group.place.chat,
            allowed=group.allowed,
            active=group.active,
            plan=group.plan,
            locale=group.locale,
        )

    async def migrate_group(self, platform: str, old_chat: str, new_chat: str) -> None:
        await chats.move(self._session, platform, old_chat, new_chat)

    # --- invitations --------------------

    async def add_invite(self, code_hash: str, kind: str, uses: int, expires_ms: int, by: str) -> None:
        await self._session.rows(
            """INSERT INTO invites (code_hash, kind, uses, expires_ms, made_by) VALUES (:code, :kind, :uses, :expires, :by)
            ON CONFLICT (code_hash) DO NOTHING""",
            code=code_hash,
            kind=kind,
            uses=uses,
            expires=expires_ms,
            by=by,
        )

    async def use_invite(self, code_hash: str, kind: str, now_ms: int) -> bool:
        return await self._session.changed(
            """UPDATE invites SET uses = uses - 1
            WHERE code_hash = :code AND kind = :kind AND uses > 0 AND expires_ms > :now RETURNING uses""",
            code=code_hash,
            kind=kind,
            now=now_ms,
        )

    async def drop_invites(self, kind: str) -> None:
        await self._session.rows("DELETE FROM invites WHERE kind = :kind", kind=kind)

    # --- what is known of a person --------------------

    async def export(self, person_id: str) -> dict[str, Json]:
        return await privacy.export(self._session, person_id)

    async def forget(self, person_id: str) -> list[str]:
        return await privacy.forget(self._session, person_id)
