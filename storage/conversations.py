"""Conversations, turns and the messages that carry them (core.ports.Conversations).

A lane holds one running or answered turn: a unique index says so, and a turn of a dead process steps aside for a new one.
Locks on PostgreSQL: whoever changes what a lane holds reads the lane first, in the order of its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from core.ports import Clock
from core.values import Conversation, Place, SentPart, Turn, TurnState
from storage.codec import TURN_COLUMNS, read_turn, turn_values
from storage.media_index import note_references
from storage.session import Row, Session

TURN = ", ".join(TURN_COLUMNS)
TURN_OF_LINE = ", ".join(f"turns.{column}" for column in TURN_COLUMNS)
HOLDS_LANE = "state IN ('running', 'answered')"
IN_LANE = "state IN ('queued', 'running', 'answered')"  # these very words are the condition of two indexes
LOCKING = frozenset({TurnState.RUNNING, TurnState.ANSWERED})

ADD_TURN = f"""INSERT INTO turns ({TURN}) VALUES ({", ".join(f":{column}" for column in TURN_COLUMNS)})
    ON CONFLICT DO NOTHING RETURNING id"""

FIXED = frozenset(
    ["id", "conversation_id", "lane", "person_id", "account_id", "platform", "chat", "thread", "private", "created_ms"]
)
SAVED = tuple(column for column in TURN_COLUMNS if column not in FIXED | {"version", "stopping", "question", "answer"})
"""What a turn is about never changes; a wish to stop is never lost; what was forgotten is not written again."""

SAVE_TURN = f"""UPDATE turns SET version = version + 1, stopping = (stopping OR :stopping),
    question = CASE WHEN forgotten THEN '[]' ELSE :question END, answer = CASE WHEN forgotten THEN '' ELSE :answer END,
    {", ".join(f"{column} = :{column}" for column in SAVED)}
    WHERE id = :id AND version = :version"""
SAVE = SAVE_TURN + " RETURNING version"
SAVE_AND_TAKE_LANE = f"""{SAVE_TURN} AND NOT EXISTS (SELECT 1 FROM turns AS other
    WHERE other.lane = turns.lane AND other.state IN ('running', 'answered') AND other.id <> :id) RETURNING version"""

HISTORY = f"""WITH RECURSIVE line (id, parent_id, depth) AS (
        SELECT id, parent_id, 1 FROM turns WHERE id = :id
        UNION ALL
        SELECT turns.id, turns.parent_id, line.depth + 1 FROM line JOIN turns ON turns.id = line.parent_id
        WHERE line.depth < :limit)
    SELECT {TURN_OF_LINE} FROM line JOIN turns ON turns.id = line.id ORDER BY line.depth DESC"""


class ConversationTable:
    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    # --- conversations --------------------

    async def conversation(self, scope: str, new_id: str) -> Conversation:
        known = await self._conversation("scope", scope)
        if known:
            return known
        await self._session.rows(
            """INSERT INTO conversations (id, scope, head, model, persona) VALUES (:id, :scope, '', '', '')
            ON CONFLICT (scope) DO NOTHING""",
            id=new_id,
            scope=scope,
        )
        return await self._conversation("scope", scope) or Conversation(new_id, scope)

    async def conversation_by_id(self, conversation_id: str) -> Conversation:
        """Raises KeyError when it is gone."""
        known = await self._conversation("id", conversation_id)
        if known is None:
            raise KeyError(conversation_id)
        return known

    async def _conversation(self, column: str, value: str) -> Conversation | None:
        row = await self._session.row(
            f"SELECT id, scope, head, model, persona FROM conversations WHERE {column} = :value",
            value=value,
        )
        return Conversation(*row) if row else None

    async def set_head(self, conversation_id: str, turn_id: str) -> None:
        await self._set(conversation_id, "head", turn_id)

    async def set_model(self, conversation_id: str, model: str) -> None:
        await self._set(conversation_id, "model", model)

    async def set_persona(self, conversation_id: str, persona: str) -> None:
        await self._set(conversation_id, "persona", persona)

    async def _set(self, conversation_id: str, column: str, value: str) -> None:
        await self._session.rows(
            f"UPDATE conversations SET {column} = :value WHERE id = :id",
            id=conversation_id,
            value=value,
        )

    # --- turns --------------------

    async def add_turn(self, turn: Turn) -> bool:
        values = turn_values(turn)
        added = await self._session.changed(ADD_TURN, **values)
        if not added and turn.state in LOCKING and await self._clear_lane(turn.lane):
            added = await self._session.changed(ADD_TURN, **values)
        if added:
            await note_references(self._session, f"turn:{turn.id}", (part.media for part in turn.question))
        return added

    async def _clear_lane(self, lane: str) -> bool:
        """A dead process's turn gets a lane of its own, where it is recovered in its time."""
        return await self._session.changed(
            f"UPDATE turns SET lane = 'turn:' || id WHERE lane = :lane AND {HOLDS_LANE} AND lease_ms <= :now RETURNING id",
            lane=lane,
            now=self._clock.now_ms(),
        )

    async def turn(self, turn_id: str) -> Turn | None:
        row = await self._session.row(f"SELECT {TURN} FROM turns WHERE id = :id", id=turn_id)
        return read_turn(row) if row else None

    async def save_turn(self, turn: Turn, version: int) -> Turn | None:
        """Place, lane, person, account and conversation of a turn are never written again. None also when the turn would
        take a lane that another one holds."""
        values = {name: value for name, value in turn_values(turn).items() if name not in FIXED}
        values |= {"id": turn.id, "version": version}
        row = await self._session.row(SAVE_AND_TAKE_LANE if turn.state in LOCKING else SAVE, **values)
        if row is None:
            return None
        await note_references(self._session, f"turn:{turn.id}", (part.media for part in turn.question))
        return replace(turn, version=row[0])

    async def history(self, turn_id: str, limit: int) -> list[Turn]:
        return [read_turn(row) for row in await self._session.rows(HISTORY, id=turn_id, limit=limit)]

    async def lane(self, lane: str) -> list[Turn]:
        """In a writing transaction the rows are locked until its end."""
        rows = await self._session.rows(
            f"""SELECT {TURN} FROM turns WHERE lane = :lane AND {IN_LANE}
            ORDER BY number {{for_update}}""",
            lane=lane,
        )
        return [read_turn(row) for row in rows]

    async def turn_of_question(self, place: Place, origin_id: str) -> Turn | None:
        row = await self._session.row(
            f"""SELECT {TURN} FROM turns WHERE platform = :platform AND chat = :chat AND origin_id = :origin
            ORDER BY number DESC LIMIT 1""",
            platform=place.platform,
            chat=place.chat,
            origin=origin_id,
        )
        return read_turn(row) if row else None

    # --- while they run --------------------

    async def checkpoint(
        self, owner: str, texts: Mapping[str, tuple[str, bool]], delivering: Collection[str], lease_until_ms: int
    ) -> set[str]:
        await self._session.rows(
            "SELECT 1 FROM turns WHERE id {in ids} ORDER BY number {for_update}", ids=[*texts, *delivering]
        )
        await self._session.each(
            """UPDATE turns SET lease_ms = :lease, shown = (shown OR :shown),
                answer = CASE WHEN forgotten THEN '' ELSE :text END
            WHERE id = :id AND owner = :owner AND state = 'running'""",
            [
                {"id": id_, "owner": owner, "lease": lease_until_ms, "text": text, "shown": shown}
                for id_, (text, shown) in sorted(texts.items())
            ],
        )
        await self._session.each(
            "UPDATE turns SET lease_ms = :lease WHERE id = :id AND owner = :owner AND state = 'answered'",
            [{"id": id_, "owner": owner, "lease": lease_until_ms} for id_ in sorted(delivering)],
        )
        if not texts:
            return set()
        rows = await self._session.rows(
            "SELECT id FROM turns WHERE id {in ids} AND owner = :owner AND state = 'running' AND NOT stopping",
            ids=list(texts),
            owner=owner,
        )
        return set(texts) - {id_ for (id_,) in rows}

    async def request_stop(self, *, place: Place | None = None, turn_id: str = "", person_id: str = "") -> list[str]:
        if place is None and not turn_id:
            return []
        where = " AND id = :id" if turn_id else ""
        where += " AND platform = :platform AND chat = :chat AND thread = :thread" if place else ""
        where += " AND person_id = :person" if person_id else ""
        rows = await self._session.rows(
            f"""WITH picked AS MATERIALIZED (
                SELECT number FROM turns WHERE {IN_LANE} AND state <> 'answered'{where} ORDER BY number {{for_update}})
            UPDATE turns SET stopping = (state = 'running'),
                version = version + CASE state WHEN 'queued' THEN 1 ELSE 0 END,
                state = CASE state WHEN 'queued' THEN 'dropped' ELSE state END
            WHERE number IN (SELECT number FROM picked) RETURNING number, id""",
            **({"id": turn_id} if turn_id else {}),
            **({"platform": place.platform, "chat": place.chat, "thread": place.thread} if place else {}),
            **({"person": person_id} if person_id else {}),
        )
        return [id_ for _, id_ in sorted(rows)]

    async def finish(self, turn_id: str) -> None:
        await self._session.rows(
            "UPDATE turns SET state = 'done', version = version + 1 WHERE id = :id AND state = 'answered'", id=turn_id
        )

    # --- after a crash, before a stop --------------------

    async def claim_turns(
        self, platforms: Collection[str], owner: str, now_ms: int, lease_until_ms: int, limit: int
    ) -> list[Turn]:
        # an expression of the platform, lest SQLite look for it in the index of all turns there ever were
        rows = await self._session.rows(
            f"""WITH picked AS MATERIALIZED (
                SELECT number FROM turns WHERE {HOLDS_LANE} AND lease_ms <= :now AND platform || '' {{in platforms}}
                ORDER BY lease_ms, number LIMIT :limit {{skip_locked}})
            UPDATE turns SET owner = :owner, lease_ms = :lease, version = version + 1
            WHERE number IN (SELECT number FROM picked) RETURNING number, {TURN}""",
            platforms=list(platforms),
            owner=owner,
            now=now_ms,
            lease=lease_until_ms,
            limit=limit,
        )
        return [read_turn(row[1:]) for row in sorted(rows, key=_number)]

    async def queued_lanes(self, platforms: Collection[str], limit: int) -> list[str]:
        rows = await self._session.rows(
            f"""SELECT lane FROM turns AS waiting WHERE {IN_LANE} AND state = 'queued' AND platform {{in platforms}}
            AND NOT EXISTS (SELECT 1 FROM turns AS holder
                WHERE holder.lane = waiting.lane AND holder.state IN ('running', 'answered'))
            GROUP BY lane ORDER BY MIN(number) LIMIT :limit""",
            platforms=list(platforms),
            limit=limit,
        )
        return [lane for (lane,) in rows]

    async def release(self, owner: str) -> None:
        await self._session.rows(
            f"""UPDATE turns SET lease_ms = 0, owner = '', version = version + 1
            WHERE {HOLDS_LANE} AND (owner = :owner OR :owner = '')""",
            owner=owner,
        )

    # --- the messages that carry them --------------------

    async def save_part(self, turn_id: str, part: SentPart) -> None:
        await self._session.rows(
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
        await self._session.rows(
            """INSERT INTO links (platform, chat, message_id, ref)
            SELECT platform, chat, :message, 'turn:' || id FROM turns WHERE id = :turn AND :message <> ''
            ON CONFLICT (platform, chat, message_id) DO UPDATE SET ref = excluded.ref WHERE links.ref <> excluded.ref""",
            turn=turn_id,
            message=part.message_id,
        )

    async def parts(self, turn_id: str) -> list[SentPart]:
        rows = await self._session.rows(
            "SELECT part, message_id, starts, ends, final FROM turn_parts WHERE turn_id = :turn ORDER BY part",
            turn=turn_id,
        )
        return [SentPart(number, message, start, end, bool(final)) for number, message, start, end, final in rows]

    async def link(self, place: Place, message_id: str, ref: str) -> None:
        await self._session.rows(
            """INSERT INTO links (platform, chat, message_id, ref) VALUES (:platform, :chat, :message, :ref)
            ON CONFLICT (platform, chat, message_id) DO UPDATE SET ref = excluded.ref""",
            platform=place.platform,
            chat=place.chat,
            message=message_id,
            ref=ref,
        )

    async def linked(self, place: Place, message_id: str) -> str | None:
        row = await self._session.row(
            "SELECT ref FROM links WHERE platform = :platform AND chat = :chat AND message_id = :message",
            platform=place.platform,
            chat=place.chat,
            message=message_id,
        )
        return str(row[0]) if row else None


def _number(row: Row) -> int:
    return int(row[0])
