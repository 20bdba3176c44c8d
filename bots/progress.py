"""The acknowledgement of a running job, kept up to date: at the platform's pace, only on change, never queued. Where the
gateway lets us look at what is in the making, it becomes a picture, with the line below it."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace

from bots.format import inert
from bots.ladder import Fitted, Ladder, named
from bots.outlet import Button, Buttons, ChatMoved, Flooded, MessageGone, OutletError, Rejected, Rendered, TooLarge
from bots.post import Post
from bots.sentences import Sentences
from core.ports import Clock, Store
from core.values import Artifact, Job, JobState, Place

log = logging.getLogger(__name__)

JOBS_KEPT = 5_000
BAR = 10
"""Characters of the bar."""
SETTLE_S = 30.0
_RUNNING = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING, JobState.MODAL})


@dataclass(frozen=True, slots=True)
class _Shown:
    """`percent`: of the job when this was shown. `pictured`: there is a picture; `blind`: there can be none."""

    text: str
    state: JobState
    percent: int
    at_s: float
    pictured: bool = False
    blind: bool = False
    gone: bool = False


class Progress:
    def __init__(self, post: Post, texts: Sentences, clock: Clock, ladder: Ladder, store: Store) -> None:
        self._post, self._texts, self._clock, self._ladder, self._store = post, texts, clock, ladder, store
        self._shown: OrderedDict[str, _Shown] = OrderedDict()
        self._busy: dict[str, asyncio.Event] = {}

    async def show(self, job: Job, preview: Artifact | None = None) -> None:
        """Never raises. `preview`: what it looks like so far."""
        place = self._post.here(job.place)
        if not job.ack_id or job.muted or place.platform not in self._post.outlets or job.id in self._busy:
            return
        done = self._busy[job.id] = asyncio.Event()
        try:
            await self._show(place, job, preview)
        except Flooded as error:
            self._post.pacer.flooded(place, error.retry_after_s)
        except ChatMoved as error:
            await self._post.follow(place, error.new_chat)
        except Exception:
            log.exception("job %s: its progress was not shown", job.id)
        finally:
            del self._busy[job.id]
            done.set()

    async def settle(self, job_id: str) -> bool:
        """The job has ended: once this returns, nothing that is still on its way writes over what is said of that. Whether
        the acknowledgement carries a preview, as far as this process has shown it."""
        busy = self._busy.get(job_id)
        if busy is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_S):
                    await busy.wait()
        shown = self._shown.pop(job_id, None)
        return shown is not None and shown.pictured

    # --- inside --------------------

    async def _show(self, place: Place, job: Job, preview: Artifact | None) -> None:
        """Raises Flooded and ChatMoved."""
        text, before = self._text(job), self._shown.get(job.id)
        if not self._is_due(job, before) or (before is not None and before.text == text):
            return
        if not self._post.pacer.preview(place):
            return
        shown = _Shown(text, job.state, job.progress, self._clock.monotonic())
        if before is not None:
            shown = replace(shown, pictured=before.pictured, blind=before.blind)
        self._keep(job.id, await self._edited(place, job, shown, preview))

    async def _edited(self, place: Place, job: Job, shown: _Shown, preview: Artifact | None) -> _Shown:
        """What is to be seen there now."""
        text, buttons = Rendered(shown.text), cancel_button(self._texts, job)
        try:
            if preview is not None and not shown.blind:
                if not await self._is_running(job):
                    return shown  # it took so long to fetch the preview that the job has ended
                if await self._pictured(place, job, preview, text, buttons):
                    return replace(shown, pictured=True)
                shown = replace(shown, blind=True)
                self._post.pacer.book(place)  # the second call for the same note
            await self._post.outlets[place.platform].edit(place, job.ack_id, text, buttons=buttons)
        except MessageGone:
            return replace(shown, gone=True)
        except (Flooded, ChatMoved):
            raise
        except OutletError as error:
            log.info("job %s: its progress could not be shown: %s", job.id, error)
        return shown

    async def _pictured(self, place: Place, job: Job, preview: Artifact, text: Rendered, buttons: Buttons) -> bool:
        """False: it cannot be shown. Raises OutletError for what has nothing to do with it."""
        file = Fitted(preview, named("preview", preview.mime), preview)
        try:
            async with self._ladder.opened([file], reuse=False, as_document=False) as (opened,):
                await self._post.outlets[place.platform].show_media(place, job.ack_id, opened, text, buttons=buttons)
        except (KeyError, Rejected, TooLarge, MessageGone) as error:
            log.info("job %s: no preview: %s", job.id, error)
            return False
        return True

    async def _is_running(self, job: Job) -> bool:
        async with self._store.read() as tx:
            now = await tx.jobs.get(job.id)
        return now is not None and now.state in _RUNNING and not now.muted

    def _is_due(self, job: Job, before: _Shown | None) -> bool:
        if before is None:
            return True
        if before.gone:
            return False
        if before.state is not job.state:
            return True
        if before.pictured and before.percent == job.progress:
            return False
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
            model=inert(job.model, surface),
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
    if job.state not in _RUNNING:
        return ()
    return ((Button(texts(job.locale, "button-cancel"), data=f"job:{job.id}:cancel"),),)
