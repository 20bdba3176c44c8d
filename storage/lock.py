"""One bot process on one SQLite file: an operating-system lock beside it, which a dead process cannot keep."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SQLITE = "sqlite:///"


class Locked(Exception):
    """Another process runs on this database."""


@contextmanager
def exclusive(url: str) -> Iterator[bool]:
    """Hold the lock while inside; yields True when this process is surely the only one (SQLite), False where replicas may
    share the database (PostgreSQL, or a system without such locks). Raises Locked."""
    if not url.startswith(SQLITE) or sys.platform == "win32":
        yield False
        return
    import fcntl  # noqa: PLC0415 # not on Windows

    path = Path(url.removeprefix(SQLITE) + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Locked(str(path)) from None
        yield True
