"""A chat that became another one: a Telegram group that was made a supergroup has a new id, and is the same to its people."""

from __future__ import annotations

from storage.session import Params, Session

ONE_FOR_EACH = {"groups": "", "links": " AND there.message_id = links.message_id"}
"""Tables with one row for each (chat, ...): where the new chat has a row of its own already, that one stands."""


async def move(session: Session, platform: str, old: str, new: str) -> None:
    if old == new:
        return
    chats = {"platform": platform, "old": old, "new": new}
    await _move_rows(session, chats)
    await _move_scopes(session, f"{platform}:{old}:", f"{platform}:{new}:")
    await _move_purse(session, f"place:{platform}:{old}", f"place:{platform}:{new}")


async def _move_rows(session: Session, chats: Params) -> None:
    moved = "chat = :new WHERE platform = :platform AND chat = :old"
    for table in ("turns", "jobs", "notices", "proposals"):
        await session.rows(f"UPDATE {table} SET {moved}", **chats)
    for table, same in ONE_FOR_EACH.items():
        taken = f"SELECT 1 FROM {table} AS there WHERE there.platform = :platform AND there.chat = :new{same}"
        await session.rows(f"UPDATE {table} SET {moved} AND NOT EXISTS ({taken})", **chats)
        await session.rows(f"DELETE FROM {table} WHERE platform = :platform AND chat = :old", **chats)


async def _move_scopes(session: Session, old: str, new: str) -> None:
    """Scopes begin with the place's key."""
    await session.rows(
        """UPDATE conversations SET scope = :new || substr(scope, length(:old) + 1)
        WHERE substr(scope, 1, length(:old)) = :old
        AND NOT EXISTS (SELECT 1 FROM conversations AS there
            WHERE there.scope = :new || substr(conversations.scope, length(:old) + 1))""",
        old=old,
        new=new,
    )


async def _move_purse(session: Session, old: str, new: str) -> None:
    """The account takes the new name, with its entries; if the new chat has a purse already, both become one."""
    accounts = {"old": old, "new": new}
    await session.rows(
        """UPDATE accounts SET id = :new WHERE id = :old
        AND NOT EXISTS (SELECT 1 FROM accounts AS there WHERE there.id = :new)""",
        **accounts,
    )
    rows = await session.rows(
        "SELECT id, daily, kept FROM accounts WHERE id = :old OR id = :new ORDER BY id {for_update}", **accounts
    )
    balances = {id_: (daily, kept) for id_, daily, kept in rows}
    if old in balances:
        await session.rows("UPDATE entries SET account_id = :new WHERE account_id = :old", **accounts)
        await session.rows("DELETE FROM accounts WHERE id = :old", old=old)
        await session.rows(
            "UPDATE accounts SET daily = daily + :daily, kept = kept + :kept WHERE id = :new",
            new=new,
            daily=balances[old][0],
            kept=balances[old][1],
        )
    for table in ("turns", "jobs", "proposals"):
        await session.rows(f"UPDATE {table} SET account_id = :new WHERE account_id = :old", **accounts)
