"""What is kept about a person: all of it in one value, and the end of it.

The person's row, identities (without names) and ledger stay: a ban, a plan and a spent allowance must outlive the words.
"""

from __future__ import annotations

from dataclasses import asdict

from core.values import Json
from storage import summaries
from storage.assets import AssetTable
from storage.codec import PERSON_COLUMNS, read_person
from storage.codec_jobs import JOB_COLUMNS, read_job
from storage.codec_turns import TURN_COLUMNS, read_turn
from storage.memories import MemoryTable
from storage.notices import NoticeTable
from storage.proposals import PROPOSAL_COLUMNS, read_proposal
from storage.session import Session
from storage.turn_sql import FORGOTTEN
from storage.voices import VoiceTable

OPEN_TURN = "state IN ('running', 'answered')"
NO_WORDS = ", ".join(f"{word} = '{none}'" for word, none in FORGOTTEN.items())
OPEN_JOB = "state IN ('queued', 'sending', 'waiting', 'modal', 'ready')"


# --- export --------------------


async def export(session: Session, person_id: str) -> dict[str, Json]:
    return {
        "person": await _person(session, person_id),
        "identities": await _table(
            session, "identities", ("platform", "platform_id", "name", "language"), "person_id = :id", person_id
        ),
        "conversations": await _conversations(session, person_id),
        "turns": await _turns(session, person_id),
        "summaries": await _table(
            session,
            "summaries",
            ("turn_id", "created_ms", "text"),
            "turn_id IN (SELECT id FROM turns WHERE person_id = :id)",
            person_id,
        ),
        "jobs": await _jobs(session, person_id),
        "proposals": await _proposals(session, person_id),
        "assets": await _assets(session, person_id),
        "voices": await _voices(session, person_id),
        "memories": [asdict(memory) for memory in await MemoryTable(session).of_person(person_id)],
        "reminders": [
            {"id": each.id, "place": each.place.key, "due_ms": each.due_ms, "text": each.text}
            for each in await NoticeTable(session).reminders(person_id)
        ],
        "ledger": await _table(
            session,
            "entries",
            ("ref", "step", "account_id", "daily", "kept", "what", "model", "created_ms"),
            "person_id = :id OR account_id = 'person:' || :id",
            person_id,
        ),
    }


async def _table(
    session: Session, table: str, columns: tuple[str, ...], where: str, person_id: str
) -> list[dict[str, Json]]:
    names = ", ".join(columns)
    rows = await session.rows(f"SELECT {names} FROM {table} WHERE {where} ORDER BY 1, 2", id=person_id)
    return [dict(zip(columns, row, strict=True)) for row in rows]


async def _person(session: Session, person_id: str) -> Json:
    names = ", ".join(PERSON_COLUMNS)
    row = await session.row(f"SELECT {names} FROM persons WHERE id = :id", id=person_id)
    return asdict(read_person(row)) if row else None


async def _conversations(session: Session, person_id: str) -> list[Json]:
    rows = await _table(
        session,
        "conversations",
        ("id", "scope", "model", "persona", "effort", "search", "system"),
        "id IN (SELECT conversation_id FROM turns WHERE person_id = :id)",
        person_id,
    )
    return [{**row, "search": bool(row["search"])} for row in rows]


async def _turns(session: Session, person_id: str) -> list[Json]:
    names = ", ".join(TURN_COLUMNS)
    rows = await session.rows(f"SELECT {names} FROM turns WHERE person_id = :id ORDER BY number", id=person_id)
    turns = map(read_turn, rows)
    return [
        {
            "id": turn.id,
            "conversation_id": turn.conversation_id,
            "place": turn.place.key,
            "created_ms": turn.created_ms,
            "model": turn.model,
            "persona": turn.persona,
            "question": [
                {"kind": part.kind, "text": part.text, "name": part.name, "media": part.media} for part in turn.question
            ],
            "effort": turn.effort,
            "search": turn.search,
            "system": turn.system,
            "thoughts": turn.thoughts,
            "answer": turn.answer,
            "media": [artifact.media for artifact in turn.media],
            "deeds": [asdict(deed) for deed in turn.deeds],
            "tainted": turn.tainted,
            "ending": turn.ending.value if turn.ending else None,
            "usage": asdict(turn.usage),
            "cost": turn.cost,
        }
        for turn in turns
    ]


async def _jobs(session: Session, person_id: str) -> list[Json]:
    names = ", ".join(JOB_COLUMNS)
    rows = await session.rows(f"SELECT {names} FROM jobs WHERE person_id = :id ORDER BY number", id=person_id)
    return [
        {
            "id": job.id,
            "place": job.place.key,
            "created_ms": job.created_ms,
            "kind": job.kind,
            "model": job.model,
            "prompt": job.prompt,
            "options": dict(job.options),
            "inputs": [part.media for part in job.inputs],
            "state": job.state.value,
            "quote": job.quote,
            "results": [artifact.media for artifact in job.results if artifact.media],
            "words": [artifact.text for artifact in job.results if artifact.text],
            "action": job.action,
            "turn_id": job.turn_id,
            "continues": job.continues,
            "transcript": job.transcript,
        }
        for job in map(read_job, rows)
    ]


async def _proposals(session: Session, person_id: str) -> list[Json]:
    names = ", ".join(PROPOSAL_COLUMNS)
    rows = await session.rows(f"SELECT {names} FROM proposals WHERE person_id = :id ORDER BY number", id=person_id)
    return [
        {
            "id": proposal.id,
            "turn_id": proposal.turn_id,
            "place": proposal.place.key,
            "created_ms": proposal.created_ms,
            "tool": proposal.tool,
            "title": proposal.title,
            "arguments": dict(proposal.arguments),
            "price": proposal.price,
            "state": proposal.state.value,
        }
        for proposal in map(read_proposal, rows)
    ]


async def _assets(session: Session, person_id: str) -> list[Json]:
    return [
        {
            "id": asset.id,
            "name": asset.name,
            "kind": asset.kind,
            "media": asset.media,
            "place": asset.place.key,
            "created_ms": asset.created_ms,
            "state": asset.state,
            "remote_id": asset.remote_id,
        }
        for asset in await AssetTable(session).of_person(person_id)
    ]


async def _voices(session: Session, person_id: str) -> list[Json]:
    """Without what the vendor calls them: whoever knows that could speak with them."""
    return [
        {
            "id": voice.id,
            "name": voice.name,
            "sample": voice.sample,
            "place": voice.place.key,
            "created_ms": voice.created_ms,
            "used_ms": voice.used_ms,
            "keep": voice.keep,
            "gone": voice.gone,
        }
        for voice in await VoiceTable(session).of_person(person_id)
    ]


# --- forget --------------------


async def forget(session: Session, person_id: str) -> list[str]:
    """Turns that run at the moment lose their words now and end without any; open jobs, which are paid for, stay. All turns
    are locked first, so that what is being written about them is either seen here or finds them gone."""
    await session.rows("SELECT 1 FROM turns WHERE person_id = :id ORDER BY number {for_update}", id=person_id)
    await summaries.forget(session, person_id)
    running = await session.rows(
        f"""UPDATE turns SET {NO_WORDS}, error_params = '{{}}', stopping = TRUE, forgotten = TRUE
        WHERE person_id = :id AND {OPEN_TURN} RETURNING id""",
        id=person_id,
    )
    turns = await session.rows(
        f"DELETE FROM turns WHERE person_id = :id AND NOT ({OPEN_TURN}) RETURNING id, conversation_id",
        id=person_id,
    )
    jobs = await session.rows(
        f"DELETE FROM jobs WHERE person_id = :id AND NOT ({OPEN_JOB}) RETURNING id",
        id=person_id,
    )
    gone = [id_ for id_, _ in turns]
    await session.rows("DELETE FROM turn_parts WHERE turn_id {in ids}", ids=gone)
    assets = await session.rows("DELETE FROM assets WHERE person_id = :id RETURNING id", id=person_id)
    voices = await session.rows("DELETE FROM voices WHERE person_id = :id RETURNING id", id=person_id)
    refs = [f"turn:{id_}" for id_ in gone] + [f"job:{id_}" for (id_,) in jobs]
    await session.rows("DELETE FROM links WHERE ref {in refs}", refs=refs)
    await _forget_conversations(session, person_id, gone, sorted({conversation for _, conversation in turns}))
    await _forget_settings(session, person_id)
    refs += [f"turn:{id_}" for (id_,) in running] + [f"asset:{id_}" for (id_,) in assets]
    refs += [f"voice:{id_}" for (id_,) in voices]
    return await _unread(session, refs)


async def _forget_conversations(session: Session, person_id: str, gone: list[str], conversations: list[str]) -> None:
    """Those of the person alone, by their scope's end or by their turns; in a shared one the head moves off."""
    await session.rows("UPDATE conversations SET head = '' WHERE head <> '' AND head {in gone}", gone=gone)
    await session.rows(
        "DELETE FROM conversations WHERE substr(scope, length(scope) - length(:own) + 1) = :own", own=f"|{person_id}"
    )
    await session.rows(
        """DELETE FROM conversations WHERE id {in ids}
        AND NOT EXISTS (SELECT 1 FROM turns WHERE turns.conversation_id = conversations.id)""",
        ids=conversations,
    )


async def _forget_settings(session: Session, person_id: str) -> None:
    await session.rows("UPDATE persons SET settings = '{}', locale = NULL, name = '' WHERE id = :id", id=person_id)
    await session.rows(
        "UPDATE identities SET name = '', name_key = '', language = '' WHERE person_id = :id", id=person_id
    )
    for table in ("notices", "memories", "proposals"):
        await session.rows(f"DELETE FROM {table} WHERE person_id = :id", id=person_id)


async def _unread(session: Session, refs: list[str]) -> list[str]:
    """The files that only these named."""
    rows = await session.rows("DELETE FROM media_refs WHERE ref {in refs} RETURNING key", refs=refs)
    keys = sorted({key for (key,) in rows})
    left = await session.rows("SELECT DISTINCT key FROM media_refs WHERE key {in keys}", keys=keys)
    return sorted(set(keys) - {key for (key,) in left})
