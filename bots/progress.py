"""The acknowledgement of a running job, kept up to date: at the platform's pace, only on change, never queued. Where the
gateway lets us look at what is in the making, it becomes a picture, with the line below it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from bots.fit_told import fit_told
from bots.format import inert
from bots.ladder import Fitted, Ladder, named
from bots.outlet import Button, Buttons, ChatMoved, Flooded, MessageGone, OutletError, Rejected, Rendered, TooLarge
from bots.post import Post
from bots.sentences import Sentences
from bots.wholes import Whole, whole
from core.jobs import HANDMADE
from core.ports import Clock, Store
from core.typical import Outlook, Takes, is_told_of, outlook, takes_s, unknown
from core.values import Artifact, Job, JobState, Place

log = logging.getLogger(__name__)

JOBS_KEPT = 5_000
BAR = 10
"""Characters of the bar."""
STEP = 5
"""Per cent: less is not worth a call."""
SETTLE_S = 30.0
_LINK = re.compile(r"https://[\w.-]{1,100}/[\w.~/?=&%-]{0,300}", re.ASCII)
_RUNNING = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING, JobState.MODAL})


@dataclass(frozen=True, slots=True)
class _Shown:
    """`reported`: of the job when this was shown. `pictured`: there is a picture; `blind`: there can be none."""

    text: str
    state: JobState
    reported: int
    ahead: Outlook
    at_s: float
    pictured: bool = False
    blind: bool = False
    gone: bool = False
    listen: str = ""


class Progress:
    def __init__(
        self, post: Post, texts: Sentences, clock: Clock, ladder: Ladder, store: Store, takes: Takes = unknown
    ) -> None:
        self._post, self._texts, self._clock, self._ladder, self._store = post, texts, clock, ladder, store
        self._takes = takes
        self._shown: OrderedDict[str, _Shown] = OrderedDict()
        self._busy: dict[str, asyncio.Event] = {}

    async def show(self, job: Job, preview: Artifact | None = None, listen: str = "") -> None:
        """Never raises. `preview`: what it looks like so far; `listen`: a link to what it sounds like."""
        place = self._post.here(job.place)
        if not job.ack_id or job.muted or place.platform not in self._post.outlets or job.id in self._busy:
            return
        done = self._busy[job.id] = asyncio.Event()
        try:
            await self._show(place, job, preview, listen if _LINK.fullmatch(listen) else "")
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

    async def _show(self, place: Place, job: Job, preview: Artifact | None, listen: str) -> None:
        """Raises Flooded and ChatMoved."""
        typical_s, before = await takes_s(self._takes, job), self._shown.get(job.id)
        listen = (before.listen if before is not None else "") or listen
        ahead = outlook(job, self._clock.now_ms(), typical_s, before.ahead.percent if before is not None else -1)
        moved = before is None or preview is not None or job.action in HANDMADE or _has_moved(before.ahead, ahead)
        heard_now = before is not None and not before.gone and listen != before.listen
        if not heard_now and not self._is_due(job, before, moved):
            return
        text = self._text(job, ahead, await whole(self._store, job))
        if changes := fit_told(partial(self._texts, job.locale), job.inputs):
            text = f"{text}\n{changes}"
        if listen:
            text = f"{text}\n{self._texts(job.locale, 'progress-listen', url=listen)}"
        if before is not None and before.text == text:
            return
        if not self._post.pacer.preview(place):
            return
        shown = _Shown(text, job.state, job.progress, ahead, self._clock.monotonic(), listen=listen)
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

    def _is_due(self, job: Job, before: _Shown | None, moved: bool) -> bool:
        if before is None:
            return True
        if before.gone:
            return False
        if before.state is not job.state:
            return True
        if not moved or (before.pictured and before.reported == job.progress):
            return False
        age_s = (self._clock.now_ms() - job.created_ms) / 1000
        pace = self._post.surface(job.place).progress_s
        every_s = pace[0] if age_s < 60 else pace[1] if age_s < 180 else pace[2]
        return self._clock.monotonic() - before.at_s >= every_s

    def _text(self, job: Job, ahead: Outlook, made: Whole) -> str:
        elapsed_s = max(0, (self._clock.now_ms() - job.created_ms) // 1000)
        surface = self._post.surface(job.place)
        percent = max(0, ahead.percent)
        filled = percent * BAR // 100
        return self._texts(
            job.locale,
            "progress-line",
            kind=job.kind,
            model=inert(job.model, surface),
            state="shot" if made.shot else str(JobState.WAITING if is_told_of(job) else made.state),
            shot=made.shot,
            shots=made.shots,
            known="yes" if ahead.percent >= 0 else "no",
            percent=percent,
            bar="▰" * filled + "▱" * (BAR - filled),
            elapsed=elapsed_s,
            word=ahead.word,
            left=ahead.seconds,
            price=made.price,
        )

    def _keep(self, job_id: str, shown: _Shown) -> None:
        self._shown[job_id] = shown
        self._shown.move_to_end(job_id)
        while len(self._shown) > JOBS_KEPT:
            self._shown.popitem(last=False)


def _has_moved(before: Outlook, now: Outlook) -> bool:
    """More than the seconds that went by: the bar moves with every look, and not every look is worth a call."""
    return before.word != now.word or now.percent - before.percent >= STEP or (before.percent < 0 <= now.percent)


def cancel_button(texts: Sentences, job: Job) -> Buttons:
    if job.state not in _RUNNING:
        return ()
    return ((Button(texts(job.locale, "button-cancel"), data=f"job:{job.id}:cancel"),),)
