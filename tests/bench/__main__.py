"""`make bench`, or `make bench ARGS="turns jobs"`: measures, prints tables, and says which aims are met.

The exit code is 1 when a promise is broken (an answer that is not whole, a refused call, a result that did not arrive).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import films, footprint, history, turns
from tests.bench.tables import Aims, show

PARTS = ("turns", "fast", "limiter", "memory", "console", "history", "jobs")


async def measure(parts: list[str], options: argparse.Namespace, folder: Path) -> Aims:
    aims = Aims()
    if "turns" in parts:
        await turns.idle_and_storm(folder, aims, options.people, options.rounds)
    if "fast" in parts:
        await turns.fast(folder, aims, options.rounds)
    if "limiter" in parts:
        await turns.limited(folder, aims, options.people)
    if "memory" in parts:
        await footprint.start_and_memory(folder, aims, options.conversations)
    if "console" in parts:
        footprint.console(folder, aims)
    if "history" in parts:
        await history.long_conversations(folder, aims)
    if "jobs" in parts:
        await films.films(folder, aims, options.films)
    return aims


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    words.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    words.add_argument("--people", type=int, default=100, help="who ask at once")
    words.add_argument("--rounds", type=int, default=10, help="turns one after the other")
    words.add_argument("--conversations", type=int, default=1000, help="that stream at once, for memory")
    words.add_argument("--films", type=int, default=5000, help="open videos")
    options = words.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        words.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="starlight-bench-") as folder:
        aims = asyncio.run(measure(options.parts or list(PARTS), options, Path(folder)))
    show(aims.table())
    show(f"{time.monotonic() - begun:.0f} s")
    sys.exit(1 if aims.broken else 0)


if __name__ == "__main__":
    main()
