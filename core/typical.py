"""How long orders of a model take here, and what is told of one that is on its way: the bar, and how long it will be still.
The functions are pure; `Typical` asks the store."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal

from core.catalog import Catalog
from core.jobs import AT_GATEWAY, HANDMADE
from core.ports import Clock, Store
from core.values import Job, JobState

log = logging.getLogger(__name__)

ORDERS_MOST, ORDERS_LEAST = 30, 3
KEPT_S = 300.0
STEADY = frozenset({"midjourney"})
"""Families that report how far they really are: their word is worth more than the time."""

MODELS_KEPT = 500
LONGEST_S = 7 * 86_400.0

AT_TYPICAL, MOST, MOST_BELIEVED = 80.0, 95.0, 97
"""Per cent at the typical time, that time alone comes near to, and that are ever shown of something unfinished."""
BEHIND_SHARE, BEHIND_MOST = 0.25, 10.0
OVERDUE = 1.5
"""Half of all orders take longer than the median: only from here on is that worth a word."""

Takes = Callable[[str], Awaitable[float]]
"""How many seconds an order of this model takes, 0 = nobody knows."""


async def unknown(model: str) -> float:
    return 0.0


class Typical:
    """`seconds` is a `Takes`."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store, self._catalog, self._clock = store, catalog, clock
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()  # model -> until when, seconds

    async def seconds(self, model: str) -> float:
        """The median of the model's last orders here; where there are too few, what its row says. Never raises."""
        until_s, found = self._known.get(model, (0.0, 0.0))
        now_s = self._clock.monotonic()
        if model in self._known and now_s < until_s:
            return found
        try:
            found = await self._median(model)
        except Exception:
            log.exception("how long %s takes could not be looked up", model)
            found = 0.0
        spec = self._catalog.find(model)
        found = found or (spec.typical_s if spec is not None else 0.0)
        self._known[model] = (now_s + KEPT_S, found)
        self._known.move_to_end(model)
        while len(self._known) > MODELS_KEPT:
            self._known.popitem(last=False)
        return found

    async def _median(self, model: str) -> float:
        async with self._store.read() as tx:
            took_ms = await tx.jobs.durations(model, ORDERS_MOST)
        took_s = [each / 1000 for each in took_ms if 0 < each / 1000 < LONGEST_S]
        return median(took_s) if len(took_s) >= ORDERS_LEAST else 0.0


async def takes_s(takes: Takes, job: Job) -> float:
    """What we make by ourselves of other results takes as long as those do: nobody knows."""
    return 0.0 if job.action in HANDMADE else await takes(job.model)


# --- what is told --------------------


@dataclass(frozen=True, slots=True)
class Outlook:
    """`percent`: of the bar, -1 = there is none. `word`: what is said of the time: that it takes `seconds` in all ("usual"),
    that `seconds` are left ("left"), that it takes longer than usual ("late"), or nothing. `seconds` are rounded."""

    percent: int = -1
    word: Literal["usual", "left", "late", "none"] = "none"
    seconds: int = 0


def outlook(job: Job, now_ms: int, typical_s: float, before: int = -1) -> Outlook:
    """Of a job on its way. `before`: the per cent that were shown last. Before an order is at the gateway nothing is known
    but how long it takes in all, and of a call that tells nothing neither. What is made of others is as far as they are."""
    if job.action in HANDMADE and job.state in {JobState.QUEUED, JobState.SENDING}:
        return Outlook(min(MOST_BELIEVED, max(before, job.progress)))
    if job.state in {JobState.QUEUED, JobState.SENDING} and not is_told_of(job):
        return Outlook(word="usual" if typical_s > 0 else "none", seconds=spoken_s(typical_s))
    if job.state not in AT_GATEWAY and job.state is not JobState.SENDING:
        return Outlook()
    elapsed_s = max(0.0, (now_ms - job.sent_ms) / 1000)
    steady = job.family in STEADY and job.progress > 0
    percent = shown_percent(job.progress, elapsed_s, 0.0 if steady else typical_s, before)
    if typical_s > 0 and elapsed_s < typical_s:
        return Outlook(percent, "left", spoken_s(typical_s - elapsed_s))
    return Outlook(percent, "late" if 0 < OVERDUE * typical_s <= elapsed_s else "none")


def is_told_of(job: Job) -> bool:
    """Of a call that is all of the work: whether the gateway has said that it is at it."""
    return job.state is JobState.SENDING and (job.progress >= 0 or bool(job.task_id))


def shown_percent(reported: int, elapsed_s: float, typical_s: float, before: int = -1) -> int:
    """The bar's per cent, from what the gateway reports (-1 or 0: nothing) and from the time; -1: there is nothing to go by.

    What is reported is mostly canned (10, 30, 50, 100): a bar of it stands still for minutes, then leaps. So time leads. It
    rises evenly to 80 at the typical time, and from there ever more slowly towards 95: the film is late by now, and nobody
    knows how much. A report that is ahead of the time is believed by half, as a task may well be quick, but the canned 100 of
    one that is still being packed is not its end. One that is behind holds the bar back by a quarter of the way, at most 10:
    a task that says 30 for ever is late at worst, and time has told that already. Never 100 before the end, and never back:
    `before` is what was shown last. Where no typical time is known, the report is all there is."""
    if typical_s <= 0:
        percent = float(reported) if reported > 0 else -1.0
    else:
        percent = _by_time(elapsed_s / typical_s)
        if reported > percent:
            percent = (percent + reported) / 2
        elif reported > 0:
            percent -= min(BEHIND_MOST, (percent - reported) * BEHIND_SHARE)
    return min(MOST_BELIEVED, max(before, int(percent)))


def _by_time(share: float) -> float:
    """Per cent after this share of the typical time."""
    if share <= 1:
        return AT_TYPICAL * max(0.0, share)
    return MOST - (MOST - AT_TYPICAL) / share


def spoken_s(seconds: float) -> int:
    """As one says it, in coarse steps: 40 s, 2 min, 25 min, 3 h. 0 stays 0; what is not is never told as 0."""
    if seconds <= 0:
        return 0
    for below_s, step_s in ((55, 10), (570, 60), (3_300, 300), (10_800, 1_800)):
        if seconds < below_s:
            return max(step_s, _rounded(seconds, step_s))
    return _rounded(seconds, 3_600)


def _rounded(seconds: float, step_s: int) -> int:
    return int(seconds / step_s + 0.5) * step_s
