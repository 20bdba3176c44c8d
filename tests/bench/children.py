"""The processes of the bench: started, listened to, measured from outside, stopped. Linux only (/proc, CPU clocks)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

START_S = 60.0
STOP_S = 15.0


class Child:
    """A running process. Its output is kept in `lines`, so that it never blocks on a full pipe."""

    def __init__(self, process: asyncio.subprocess.Process, begun_s: float) -> None:
        self.begun_s = begun_s
        self.lines: list[str] = []
        self._process = process
        self._more = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while raw := await self._process.stdout.readline():
            self.lines.append(raw.decode("utf-8", "replace").rstrip("\n"))
            self._more.set()
        self._more.set()

    async def line(self, wanted: Callable[[str], bool] = lambda _: True) -> str:
        """The first line that is wanted. Raises RuntimeError with what was said when the process ends before."""
        seen = 0
        async with asyncio.timeout(START_S):
            while True:
                while seen < len(self.lines):
                    seen += 1
                    if wanted(self.lines[seen - 1]):
                        return self.lines[seen - 1]
                if self._reader.done():
                    raise RuntimeError("a process ended early:\n" + "\n".join(self.lines[-20:]))
                self._more.clear()
                await self._more.wait()

    async def said(self) -> dict[str, Any]:
        """The JSON line with which a stand-in tells its address."""
        found: dict[str, Any] = json.loads(await self.line())
        return found

    @property
    def cpu_s(self) -> float:
        """User and system time of all its threads so far, to the nanosecond (a process's clock, by its id)."""
        return time.clock_gettime((~self._process.pid << 3) | 2)

    @property
    def memory_mb(self) -> float:
        return self._status("VmRSS")

    @property
    def peak_mb(self) -> float:
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        text = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        line = next(line for line in text.splitlines() if line.startswith(name + ":"))
        return int(line.split()[1]) / 1024

    def kill(self) -> None:
        self._process.kill()

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        await self._process.wait()
        await self._reader


@asynccontextmanager
async def child(*words: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> AsyncIterator[Child]:
    """`python WORDS`, ended with the block. Errors are part of its output."""
    begun_s = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=cwd or Path.cwd(),
        env={**clean(), **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Child(process, begun_s)
    try:
        yield running
    finally:
        await running.stop()


def clean() -> dict[str, str]:
    """What a process needs of our surroundings, and none of the operator's settings."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR", "SSL_CERT_FILE"}}
    root = str(Path(__file__).parents[2])
    return {**kept, "LANG": "C.UTF-8", "PYTHONPATH": root}
