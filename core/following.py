"""Writes down how an order goes that is one long call: its progress, and the gateway's own name of it, which is all that is
left of it should this process die."""

from __future__ import annotations

import logging

from core.gateway.wire import News
from core.jobs import move
from core.values import Job, JobState
from core.workshop import Workshop

log = logging.getLogger(__name__)

NOTE_EVERY_S = 5.0


class Following:
    """`job`: as it was last written."""

    def __init__(self, shop: Workshop, job: Job) -> None:
        self.job = job
        self._shop = shop
        self._noted_s = shop.clock.monotonic()

    async def heard(self, news: News) -> None:
        """At most every five seconds and only what is new, but a name at once. Never raises: the order on the line must not
        die of a busy database."""
        named = bool(news.task_id) and news.task_id != self.job.task_id
        due = news.progress > self.job.progress and self._shop.clock.monotonic() - self._noted_s >= NOTE_EVERY_S
        if not named and not due:
            return
        self._noted_s = self._shop.clock.monotonic()
        try:
            await self._note(news)
        except Exception:
            log.exception("job %s: its progress could not be written down", self.job.id)

    async def _note(self, news: News) -> None:
        until_ms = self._shop.leases.until_ms()

        def told(current: Job) -> Job:
            progress = max(current.progress, news.progress)
            task_id = news.task_id or current.task_id
            return move(current, JobState.SENDING, progress=progress, task_id=task_id, due_ms=until_ms)

        saved = await self._shop.leases.keep(self.job, told, still_held=True)
        if saved is not None:
            self.job = saved
            self._shop.notes.show(saved)
