"""Brings a database to the newest schema: numbered scripts, forward only, each in the same transaction as its number."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from storage.session import Session

FOLDER = Path(__file__).parent / "sql"


class BadStore(Exception):
    """The database cannot be used; the message says why in one line, without secrets."""


@cache
def scripts() -> dict[int, str]:
    return {int(path.name[:4]): path.read_text("utf-8") for path in sorted(FOLDER.glob("[0-9]*.sql"))}


def statements(script: str) -> list[str]:
    """A script ends each statement with a semicolon at the end of a line, and comments have lines of their own."""
    lines = [line for line in script.splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return "\n".join([*lines, ""]).split(";\n")[:-1]


async def migrate(session: Session, now_ms: int) -> int:
    """Inside one transaction that no second process can be in. Returns the schema's version. Raises BadStore when the
    database was made by a newer program."""
    await session.rows(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, applied_ms BIGINT NOT NULL)"
    )
    row = await session.row("SELECT MAX(version) FROM schema_version")
    have = int(row[0] or 0) if row else 0
    newest = max(scripts())
    if have > newest:
        raise BadStore(f"the database has schema {have}, this program knows {newest}: it needs a newer version")
    for number, script in scripts().items():
        if number > have:
            for statement in statements(script):
                await session.rows(statement)
            await session.rows(
                "INSERT INTO schema_version (version, applied_ms) VALUES (:version, :now)", version=number, now=now_ms
            )
    return newest
