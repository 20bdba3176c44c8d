"""Words in what a person and the bot said to each other.

A question is kept as JSON, which engines read differently. So the statement looks for a word as JSON would write it, which
passes every turn that has it and those that have it only in a file or in somebody else's message; these are sifted out here.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.questions import VOICE, is_quoted
from core.values import Part
from storage.codec import dump, load_parts
from storage.session import Row, Session

FOUND_MOST = 50
PAGE = 100
PAGES = 20
"""How far a search goes among turns that only seem to fit."""

WORDS_MOST = 8
WORD_CHARS = 100
"""What of many or long words the statement looks for; the rest is seen to here."""

Found = tuple[str, int, str, str]


async def turns(
    session: Session, person_id: str, conversation_id: str, words: Sequence[str], limit: int
) -> list[Found]:
    wanted = [word.lower() for word in words if word]
    written = [_written(word[:WORD_CHARS]) for word in wanted[:WORDS_MOST]]
    sql = f"""SELECT number, id, created_ms, question, answer FROM turns
        WHERE conversation_id = :conversation AND person_id = :person AND state IN ('answered', 'done') AND NOT forgotten
        AND number < :before{_conditions(written)} ORDER BY number DESC LIMIT {PAGE}"""
    patterns = _patterns(written)
    found: list[Found] = []
    before = 2**62
    for _ in range(PAGES):
        rows = await session.rows(sql, conversation=conversation_id, person=person_id, before=before, **patterns)
        found += [each for each in map(_read, rows) if _has(each, wanted)]
        if len(found) >= limit or len(rows) < PAGE:
            break
        before = rows[-1][0]
    return found[: min(limit, FOUND_MOST)]


def _written(word: str) -> list[str]:
    """How a word in small letters may stand in a text: SQLite knows the capitals of plain Latin letters only."""
    return [word] if word.isascii() else list(dict.fromkeys((word, word.capitalize(), word.upper())))


def _conditions(written: Sequence[Sequence[str]]) -> str:
    found = []
    for n, forms in enumerate(written):
        names = [f"{n}_{number}" for number in range(len(forms))]
        said = [rf"lower(answer) LIKE lower(:said{name}) ESCAPE '\'" for name in names]
        asked = [rf"lower(question) LIKE lower(:asked{name}) ESCAPE '\'" for name in names]
        found.append(f" AND ({' OR '.join(said + asked)})")
    return "".join(found)


def _patterns(written: Sequence[Sequence[str]]) -> dict[str, str]:
    named = [(f"{n}_{number}", form) for n, forms in enumerate(written) for number, form in enumerate(forms)]
    said = {f"said{name}": _like(form) for name, form in named}
    return said | {f"asked{name}": _like(dump(form)[1:-1]) for name, form in named}


def _like(word: str) -> str:
    for sign in ("\\", "%", "_"):
        word = word.replace(sign, "\\" + sign)
    return f"%{word}%"


def _read(row: Row) -> Found:
    _, id_, created_ms, question, answer = row
    return id_, created_ms, "\n".join(part.text for part in load_parts(question) if part.text and _own(part)), answer


def _own(part: Part) -> bool:
    """Written or spoken by the person themselves."""
    return VOICE in part.role or (part.kind == "text" and not is_quoted(part))


def _has(found: Found, wanted: Sequence[str]) -> bool:
    _, _, question, answer = found
    return all(word in question.lower() or word in answer.lower() for word in wanted)
