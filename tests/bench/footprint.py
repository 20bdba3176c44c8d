"""Memory and start of the real process, beside a script that only imports the same libraries; and the console alone."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.children import child, clean
from tests.bench.stage import Phones, Remote, open_session, ours, telegram, upstream
from tests.bench.tables import Aims, show, table

STARTS = 3
REST_S = 3.0
STREAM_S = 6.0
"""So long all conversations stream before memory is read: two checkpoints of each."""
OPEN_S = 45.0


async def start_and_memory(folder: Path, aims: Aims, conversations: int) -> None:
    async with (
        open_session() as session,
        telegram(session) as phones,
        upstream(session, "--rate", "2", "--tokens", "1000") as gateway,
    ):
        imports_s, imports_mb = await _imports("telegram")
        starts = [await _start(folder / f"start{number}", phones, gateway) for number in range(STARTS)]
        ready_s, rest_mb = statistics.median(each[0] for each in starts), statistics.median(each[1] for each in starts)
        streaming_mb, open_at_once = await _crowd(folder / "crowd", phones, gateway, conversations)
    rows = [
        ["imports alone", f"{imports_s:.2f}", f"{imports_mb:.0f}", ""],
        ["ready, at rest", f"{ready_s:.2f}", f"{rest_mb:.0f}", f"+{rest_mb - imports_mb:.0f}"],
        [f"{open_at_once} streaming", "", f"{streaming_mb:.0f}", f"+{streaming_mb - imports_mb:.0f}"],
    ]
    show(table(f"Start and memory (median of {STARTS})", ["", "start s", "MB", "over imports"], rows))
    aims.promise("conversations that did not stream at once", conversations - open_at_once)
    aims.most("ready after imports", ready_s - imports_s, 0.7, " s")
    aims.most("at rest over imports", rest_mb - imports_mb, 20, " MB")
    aims.most(f"{conversations} streaming over imports", streaming_mb - imports_mb, 110, " MB")


async def _imports(kind: str) -> tuple[float, float]:
    """Seconds and MB, the median of a few."""
    seconds, sizes = [], []
    for _ in range(STARTS + 1):
        async with child("-m", "tests.bench.libraries", kind) as process:
            await process.line()
            seconds.append(time.monotonic() - process.begun_s)
            sizes.append(process.memory_mb)
    return statistics.median(seconds[1:]), statistics.median(sizes[1:])  # the first one wakes the disk


async def _start(folder: Path, phones: Phones, gateway: Remote) -> tuple[float, float]:
    """A new house: seconds until the start report is out, and the memory a while later."""
    async with ours(folder, phones, gateway) as process:
        ready_s = time.monotonic() - process.begun_s
        await asyncio.sleep(REST_S)
        return ready_s, process.memory_mb


async def _crowd(folder: Path, phones: Phones, gateway: Remote, conversations: int) -> tuple[float, int]:
    """Peak memory while so many conversations stream, and how many really did."""
    async with ours(folder, phones, gateway) as process:
        await phones.say(
            [(chat, f"Tell me a long story, #crowd{chat}") for chat in range(10_000, 10_000 + conversations)]
        )
        open_now = await _opened(gateway, conversations)
        await asyncio.sleep(STREAM_S)
        peak_mb = process.peak_mb
        process.kill()  # nobody waits for a thousand stories
    return peak_mb, open_now


async def _opened(gateway: Remote, wanted: int) -> int:
    end, count = time.monotonic() + OPEN_S, 0
    while count < wanted and time.monotonic() < end:
        await asyncio.sleep(0.25)
        count = (await gateway.get("/bench/times"))["open"]
    return count


# --- the console --------------------


def console(folder: Path, aims: Aims) -> None:
    """`printf '' | starlight console` in an empty folder: the sandbox as the gateway, and the end of the input at once."""
    runs = [_console(folder / f"console{number}") for number in range(STARTS + 1)][1:]
    seconds, size = statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)
    show(table(f"The console alone (median of {STARTS})", ["", "s", "MB"], [["ours", f"{seconds:.2f}", f"{size:.0f}"]]))
    aims.promise("console runs that failed", sum(run[2] != 0 for run in runs))
    aims.most("console, start to end", seconds, 1.5, " s")
    aims.most("console, peak memory", size, 100, " MB")


def _console(folder: Path) -> tuple[float, float, int]:
    """Seconds, peak MB, exit code."""
    folder.mkdir(parents=True)
    begun = time.monotonic()
    words = [sys.executable, "-m", "bots", "console"]
    process = subprocess.Popen(
        words, cwd=folder, env=clean(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - begun, usage.ru_maxrss / 1024, process.returncode
