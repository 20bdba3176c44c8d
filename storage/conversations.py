"""Conversations, turns and the messages that carry them (core.ports.Conversations).

A lane holds one running or answered turn: a unique index says so, and a turn of a dead process steps aside for a new one.
Locks on PostgreSQL: whoever changes what a lane holds reads the lane first, in the order of its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from core.assistant import Summary
from core.ports import Clock
from core.values import Conversation, Place, SentPart, Turn
from storage import messages, search, summaries
from storage.codec_turns import read_turn, turn_values
from storage.media_index import note_references
from storage.session import Row, Session, Value
from storage.turn_sql import (
    ADD_TURN,
    FIXED,
    HISTORY,
    HISTORY_TO_SUMMARY,
    HOLDS_LANE,
    IN_LANE,
    LOCKING,
    OF_PLATFORMS,
    SAVE,
    SAVE_AND_TAKE_LANE,
    TURN,
)


class ConversationTable:
    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    # --- conversations --------------------

    async def conversation(self, scope: str, new_id: str) -> Conversation:
        known = await self.find(scope)
        if known:
            return known
        await self._session.rows(
            """INSERT INTO conversations (id, scope, head, model, persona) VALUES (:id, :scope, '', '', '')
            ON CONFLICT (scope) DO NOTHING""",
            id=new_id,
            scope=scope,
        )
        return await self.find(scope) or Conversation(new_id, scope)

    async def find(self, scope: str) -> Conversation | None:
        return await self._conversation("scope", scope)

    async def conversation_by_id(self, conversation_id: str) -> Conversation:
        """Raises KeyError when it is gone."""
        known = await self._conversation("id", conversation_id)
        if known is None:
            raise KeyError(conversation_id)
        return known

    async def _conversation(self, column: str, value: str) -> Conversation | None:
        row = await self._session.row(
            f"SELECT id, scope, head, model, persona, effort, search, system FROM conversations WHERE {column} = :value",
            value=value,
        )
        if row is None:
            return None
        id_, scope, head, model, persona, effort, search, system = row
        return Conversation(id_, scope, head, model, persona, effort, bool(search), system)

    async def set_head(self, conversation_id: str, turn_id: str) -> None:
        await self._set(conversation_id, "head", turn_id)

    async def set_model(self, conversation_id: str, model: str) -> None:
        await self._set(conversation_id, "model", model)

    async def set_persona(self, conversation_id: str, persona: str) -> None:
        await self._set(conversation_id, "persona", persona)

    async def set_effort(self, conversation_id: str, effort: str) -> None:
        await self._set(conversation_id, "effort", effort)

    async def set_search(self, conversation_id: str, search: bool) -> None:
        await self._set(conversation_id, "search", search)

    async def set_system(self, conversation_id: str, system: str) -> None:
        await self._set(conversation_id, "system", system)

    async def _set(self, conversation_id: str, column: str, value: Value) -> None:
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
            await note_references(self._session, f"turn:{turn.id}", _files(turn))
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
        version, forgotten = row
        if not forgotten:
            await note_references(self._session, f"turn:{turn.id}", _files(turn))
        return replace(turn, version=version)

    async def taint(self, turn_id: str) -> None:
        await self._session.rows("UPDATE turns SET tainted = TRUE WHERE id = :id", id=turn_id)

    async def history(self, turn_id: str, limit: int, *, to_summary: bool = False) -> list[Turn]:
        statement = HISTORY_TO_SUMMARY if to_summary else HISTORY
        return [read_turn(row) for row in await self._session.rows(statement, id=turn_id, limit=limit)]

    async def summary(self, turn_ids: Sequence[str]) -> Summary | None:
        return await summaries.latest(self._session, turn_ids)

    async def save_summary(self, summary: Summary) -> None:
        await summaries.save(self._session, summary)

    async def search(
        self, person_id: str, conversation_id: str, words: Sequence[str], limit: int
    ) -> list[tuple[str, int, str, str]]:
        return await search.turns(self._session, person_id, conversation_id, words, limit)

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
        rows = await self._session.rows(
            f"""WITH picked AS MATERIALIZED (
                SELECT number FROM turns WHERE {HOLDS_LANE} AND lease_ms <= :now AND {OF_PLATFORMS}
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
            f"""SELECT lane FROM turns AS waiting WHERE {IN_LANE} AND state = 'queued' AND {OF_PLATFORMS}
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
        await messages.save_part(self._session, turn_id, part)

    async def parts(self, turn_id: str) -> list[SentPart]:
        return await messages.parts(self._session, turn_id)

    async def link(self, place: Place, message_id: str, ref: str) -> None:
        await messages.link(self._session, place, message_id, ref)

    async def linked(self, place: Place, message_id: str) -> str | None:
        return await messages.linked(self._session, place, message_id)


def _files(turn: Turn) -> list[str]:
    made = [key for artifact in turn.media for key in (artifact.media, artifact.thumbnail)]
    return [*(part.media for part in turn.question), *made]


def _number(row: Row) -> int:
    return int(row[0])
