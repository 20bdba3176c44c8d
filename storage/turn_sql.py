"""The statements about turns that are put together from their columns."""

from __future__ import annotations

from core.values import TurnState
from storage.codec_turns import TURN_COLUMNS

TURN = ", ".join(TURN_COLUMNS)
TURN_OF_LINE = ", ".join(f"turns.{column}" for column in TURN_COLUMNS)
HOLDS_LANE = "state IN ('running', 'answered')"
IN_LANE = "state IN ('queued', 'running', 'answered')"  # these very words are the condition of two indexes
OF_PLATFORMS = "platform || '' {in platforms}"
"""An expression of the platform, lest SQLite look for it in the index of all turns there ever were."""

LOCKING = frozenset({TurnState.RUNNING, TurnState.ANSWERED})

ADD_TURN = f"""INSERT INTO turns ({TURN}) VALUES ({", ".join(f":{column}" for column in TURN_COLUMNS)})
    ON CONFLICT DO NOTHING RETURNING id"""

FIXED = frozenset(
    ["id", "conversation_id", "lane", "person_id", "account_id", "platform", "chat", "thread", "private", "created_ms"]
)
FORGOTTEN = {"question": "[]", "answer": "", "system": "", "thoughts": "", "media": "[]", "deeds": "[]"}
"""The words of a turn, and what stands in their place when its person has had everything deleted."""

SAVED = tuple(column for column in TURN_COLUMNS if column not in FIXED | {"version", "stopping"} | set(FORGOTTEN))
"""What a turn is about never changes; a wish to stop is never lost; what was forgotten is not written again."""

SAVE_TURN = f"""UPDATE turns SET version = version + 1, stopping = (stopping OR :stopping),
    {", ".join(f"{word} = CASE WHEN forgotten THEN '{none}' ELSE :{word} END" for word, none in FORGOTTEN.items())},
    {", ".join(f"{column} = :{column}" for column in SAVED)}
    WHERE id = :id AND version = :version"""
SAVE = SAVE_TURN + " RETURNING version, forgotten"
SAVE_AND_TAKE_LANE = f"""{SAVE_TURN} AND NOT EXISTS (SELECT 1 FROM turns AS other
    WHERE other.lane = turns.lane AND other.state IN ('running', 'answered') AND other.id <> :id)
    RETURNING version, forgotten"""


def _history(onward: str) -> str:
    return f"""WITH RECURSIVE line (id, parent_id, depth) AS (
        SELECT id, parent_id, 1 FROM turns WHERE id = :id
        UNION ALL
        SELECT turns.id, turns.parent_id, line.depth + 1 FROM line JOIN turns ON turns.id = line.parent_id
        WHERE line.depth < :limit{onward})
    SELECT {TURN_OF_LINE} FROM line JOIN turns ON turns.id = line.id ORDER BY line.depth DESC"""


HISTORY = _history("")
HISTORY_TO_SUMMARY = _history(" AND NOT EXISTS (SELECT 1 FROM summaries WHERE summaries.turn_id = line.id)")
