"""The loops of a process, watched: one that dies stops the process, since a restart is harmless and half a bot is not."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine

log = logging.getLogger(__name__)

Stop = Callable[[], Awaitable[None]]


class Supervisor:
    """Runs named loops until the stop signal, or until one of them ends by itself, which is a failure."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.failed: str = ""

    def start(self, name: str, loop: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(loop, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)
        return task

    def stop(self) -> None:
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    async def wait(self) -> None:
        await self._stop.wait()

    def listen(self) -> None:
        """SIGTERM and SIGINT begin an orderly stop; a second one is the system's own business."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled, number)

    def _signalled(self, number: signal.Signals) -> None:
        asyncio.get_running_loop().remove_signal_handler(number)
        self.stop()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self._stop.is_set():
            return
        error = task.exception()
        self.failed = task.get_name()
        log.critical("the loop %s ended", task.get_name(), exc_info=error)
        self.stop()

    async def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
