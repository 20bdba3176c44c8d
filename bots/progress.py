"""The acknowledgement of a running job, kept up to date: at the platform's pace, only on change, never queued."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass

from bots.format import shown_as_is
from bots.outlet import Button, Buttons, ChatMoved, Flooded, MessageGone, OutletError, Rendered
from bots.post import Post
from bots.sentences import Sentences
from core.ports import Clock
from core.values import Job, JobState

log = logging.getLogger(__name__)

JOBS_KEPT = 5_000
BAR = 10
"""Characters of the bar."""
_CANCELLABLE = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING, JobState.MODAL})


@dataclass(frozen=True, slots=True)
class _Shown:
    text: str
    state: JobState
    at_s: float
    gone: bool = False


class Progress:
    def __init__(self, post: Post, texts: Sentences, clock: Clock) -> None:
        self._post, self._texts, self._clock = post, texts, clock
        self._shown: OrderedDict[str, _Shown] = OrderedDict()

    async def show(self, job: Job) -> None:
        """Never raises."""
        place = self._post.here(job.place)
        if not job.ack_id or job.muted or place.platform not in self._post.outlets or not self._is_due(job):
            return
        text = self._text(job)
        before = self._shown.get(job.id)
        if (before is not None and before.text == text) or not self._post.pacer.preview(place):
            return
        gone = False
        try:
            await self._post.outlets[place.platform].edit(
                place, job.ack_id, Rendered(text), buttons=cancel_button(self._texts, job)
            )
        except Flooded as error:
            self._post.pacer.flooded(place, error.retry_after_s)
            return
        except ChatMoved as error:
            await self._post.follow(place, error.new_chat)
            return
        except MessageGone:
            gone = True
        except OutletError as error:
            log.info("job %s: its progress could not be shown: %s", job.id, error)
        self._keep(job.id, _Shown(text, job.state, self._clock.monotonic(), gone))

    def forget(self, job_id: str) -> None:
        self._shown.pop(job_id, None)

    def _is_due(self, job: Job) -> bool:
        before = self._shown.get(job.id)
        if before is None:
            return True
        if before.gone:
            return False
        if before.state is not job.state:
            return True
        age_s = (self._clock.now_ms() - job.created_ms) / 1000
        pace = self._post.surface(job.place).progress_s
        every_s = pace[0] if age_s < 60 else pace[1] if age_s < 180 else pace[2]
        return self._clock.monotonic() - before.at_s >= every_s

    def _text(self, job: Job) -> str:
        elapsed_s = max(0, (self._clock.now_ms() - job.created_ms) // 1000)
        surface = self._post.surface(job.place)
        percent = min(100, max(0, job.progress))
        filled = percent * BAR // 100
        told = job.state is JobState.SENDING and (job.progress >= 0 or job.task_id)  # a long call: the gateway is at it
        return self._texts(
            job.locale,
            "progress-line",
            kind=job.kind,
            model=shown_as_is(job.model, surface),
            state=str(JobState.WAITING if told else job.state),
            known="yes" if job.progress >= 0 else "no",
            percent=percent,
            bar="▰" * filled + "▱" * (BAR - filled),
            elapsed=elapsed_s,
            price=job.quote,
        )

    def _keep(self, job_id: str, shown: _Shown) -> None:
        self._shown[job_id] = shown
        self._shown.move_to_end(job_id)
        while len(self._shown) > JOBS_KEPT:
            self._shown.popitem(last=False)


def cancel_button(texts: Sentences, job: Job) -> Buttons:
    if job.state not in _CANCELLABLE:
        return ()
    return ((Button(texts(job.locale, "button-cancel"), data=f"job:{job.id}:cancel"),),)
