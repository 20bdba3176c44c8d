"""The messages that carry answers and results: the parts of a turn, and what a message of ours belongs to."""

from __future__ import annotations

from core.values import Place, SentPart
from storage.session import Session


async def save_part(session: Session, turn_id: str, part: SentPart) -> None:
    await session.rows(
        """INSERT INTO turn_parts (turn_id, part, message_id, starts, ends, final)
        VALUES (:turn, :part, :message, :starts, :ends, :final)
        ON CONFLICT (turn_id, part) DO UPDATE SET message_id = excluded.message_id, starts = excluded.starts,
            ends = excluded.ends, final = excluded.final""",
        turn=turn_id,
        part=part.number,
        message=part.message_id,
        starts=part.start,
        ends=part.end,
        final=part.final,
    )
    await session.rows(
        """INSERT INTO links (platform, chat, message_id, ref)
        SELECT platform, chat, :message, 'turn:' || id FROM turns WHERE id = :turn AND :message <> ''
        ON CONFLICT (platform, chat, message_id) DO UPDATE SET ref = excluded.ref WHERE links.ref <> excluded.ref""",
        turn=turn_id,
        message=part.message_id,
    )


async def parts(session: Session, turn_id: str) -> list[SentPart]:
    rows = await session.rows(
        "SELECT part, message_id, starts, ends, final FROM turn_parts WHERE turn_id = :turn ORDER BY part",
        turn=turn_id,
    )
    return [SentPart(number, message, start, end, bool(final)) for number, message, start, end, final in rows]


async def link(session: Session, place: Place, message_id: str, ref: str) -> None:
    await session.rows(
        """INSERT INTO links (platform, chat, message_id, ref) VALUES (:platform, :chat, :message, :ref)
        ON CONFLICT (platform, chat, message_id) DO UPDATE SET ref = excluded.ref""",
        platform=place.platform,
        chat=place.chat,
        message=message_id,
        ref=ref,
    )


async def linked(session: Session, place: Place, message_id: str) -> str | None:
    row = await session.row(
        "SELECT ref FROM links WHERE platform = :platform AND chat = :chat AND message_id = :message",
        platform=place.platform,
        chat=place.chat,
        message=message_id,
    )
    return str(row[0]) if row else None
