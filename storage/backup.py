"""A copy of the database beside the running bot: one file that holds the money, whole at one moment."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.engine import BadStore, sqlite_path

BUSY_S = 10.0


async def backup(url: str, target: Path) -> None:
    """Copy an SQLite database to `target`, a new file that only this user may read. Raises BadStore."""
    if url.startswith(("postgresql:", "postgres:")):
        raise BadStore("this command copies SQLite files; for PostgreSQL use pg_dump with the same DATABASE_URL")
    await asyncio.to_thread(_copy, Path(sqlite_path(url)), target)


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BadStore(f"there is no database at {source}")
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise BadStore(f"{target} exists already; a backup never overwrites a file") from None
    except OSError as error:
        raise BadStore(f"cannot write {target}: {error.strerror}") from error
    try:
        _copy_database(source, target)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise BadStore(f"the backup failed: {error}") from error
        raise


def _copy_database(source: Path, target: Path) -> None:
    """In one step: what the bot writes meanwhile comes after the copy, and does not wait for it. The copy is one file, not
    the three that a write-ahead log makes of it."""
    uri = f"{source.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")
        (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
