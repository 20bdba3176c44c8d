"""The lives of a bot, from outside: begun, watched, killed, asked to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.crash.child import Plan

CAP_S = 60.0
"""Nothing here takes this long, however busy the machine is."""
LOOK_S = 0.02


class Life:
    """A process of the bot. `code`: how it ended, None while it runs."""

    def __init__(self, plan: Plan, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.plan = plan
        self.code: int | None = None
        self._pid = pid
        self._reader, self._writer = reader, writer
        self._ending = asyncio.create_task(self._wait())

    async def _wait(self) -> int:
        self.code = int(await self._reader.readline())
        self._writer.close()
        await self._writer.wait_closed()
        return self.code

    async def ended(self) -> int:
        """Its exit code, negative: the signal."""
        async with asyncio.timeout(CAP_S):
            return await asyncio.shield(self._ending)

    async def killed(self) -> None:
        """SIGKILL; returns when it is gone."""
        if self.code is None:
            with suppress(ProcessLookupError):  # it was told to die, and nobody has said so yet
                os.kill(self._pid, signal.SIGKILL)
        await self.ended()

    def terminate(self) -> None:
        """SIGTERM."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)

    @property
    def steps(self) -> list[str]:
        """What it has committed so far, in order."""
        return self.plan.steps.read_text().splitlines() if self.plan.steps.exists() else []

    def has(self, *words: str) -> bool:
        """Whether there was a commit for each of these words."""
        steps = self.steps
        return all(any(word in step for step in steps) for word in words)

    @property
    def log(self) -> str:
        return self.plan.log.read_text(errors="replace") if self.plan.log.exists() else ""


async def until(true: Callable[[], object], what: str) -> None:
    """Look again and again until it is so; AssertionError after CAP_S."""
    try:
        async with asyncio.timeout(CAP_S):
            while not true():  # noqa: ASYNC110 # another process does it, or a file says so
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise AssertionError(f"{what}: not within {CAP_S:g} s") from None


class Nursery:
    """Where lives begin: a zygote behind a socket."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def begin(self, plan: Plan) -> Life:
        reader, writer = await asyncio.open_unix_connection(self._address)
        writer.write(plan.dump() + b"\n")
        return Life(plan, int(await reader.readline()), reader, writer)


@contextmanager
def open_nursery() -> Iterator[Nursery]:
    with tempfile.TemporaryDirectory(prefix="crash") as folder:
        address = str(Path(folder, "zygote"))
        with subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote", address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as zygote:
            assert zygote.stdout is not None and zygote.stdin is not None
            assert zygote.stdout.readline() == b"ready\n", "the zygote did not start"
            try:
                yield Nursery(address)
            finally:
                zygote.stdin.close()
                zygote.wait(CAP_S)
