"""Video tasks: how far they are and how they end. How they are shown is in `film_shapes`. No web server here."""

import secrets
import string
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from bots.sandbox.behaviour import Behaviour, VideoResult
from bots.sandbox.film_orders import FilmOrder
from bots.sandbox.film_script import Script

Status = Literal["queued", "in_progress", "completed", "failed"]

_QUEUED_UNTIL = 0.1  # of the whole time
_FAILS_AT = 0.5
_STUCK_AT = 0.3
_BYTES_MAX = 128 * 1024 * 1024
_ALPHABET = string.ascii_letters + string.digits
_IN_METADATA = ("kling", "doubao-seedance")


def new_id() -> str:
    return "task_" + "".join(secrets.choice(_ALPHABET) for _ in range(32))


@dataclass(slots=True)
class Task:
    """One film on its way. `failure`: message and code, set when it is to fail."""

    order: FilmOrder
    script: Script
    born: float  # on the behaviour's clock
    patience: int = 1  # how many times the usual duration it takes
    endless: bool = False  # it is never done
    failure: tuple[str, str] | None = None
    cancelled: bool = False
    throttled: bool = False
    empty: bool = False  # it succeeds without a film: all of it was filtered
    at_once: bool = False
    polls: int = 0
    unseen: int = 0  # looks that are still not to find it
    id: str = field(default_factory=new_id)
    created_at: int = field(default_factory=lambda: int(time.time()))

    def progress(self, behaviour: Behaviour) -> float:
        """From 0 to 1, by time or by polls."""
        if self.at_once:
            return 1.0
        progress = self._elapsed(behaviour)
        return min(_STUCK_AT, progress) if self.endless else progress

    def _elapsed(self, behaviour: Behaviour) -> float:
        if behaviour.video_polls is not None:
            return min(1.0, self.polls / (max(1, behaviour.video_polls) * self.patience))
        passed = behaviour.clock() - self.born
        return min(1.0, passed / (behaviour.video_s * self.patience)) if behaviour.video_s > 0 else 1.0

    def status(self, behaviour: Behaviour) -> Status:
        progress = self.progress(behaviour)
        if self.failure and progress >= _FAILS_AT:
            return "failed"
        if progress >= 1:
            return "completed"
        return "queued" if progress < _QUEUED_UNTIL else "in_progress"

    def percent(self, behaviour: Behaviour) -> int:
        """From 0 to 100; Veo tells no more than that it runs (videos 6.4)."""
        status = self.status(behaviour)
        if status == "failed":
            return 100
        if self.model.startswith("veo") and status != "completed":
            return 50 if status == "in_progress" else 0
        return int(self.progress(behaviour) * 100)

    def is_fresh(self, behaviour: Behaviour) -> bool:
        """Whether its row was only just made: the first look at a Seedance task finds it not started (videos 2)."""
        waits = self.status(behaviour) in ("queued", "in_progress")
        return waits and self.polls <= 1 and self.model.startswith("doubao")

    @property
    def model(self) -> str:
        return self.order.model.lower()

    def result_place(self, behaviour: Behaviour) -> VideoResult:
        """Where the link is: Veo gives none, Kling and Seedance put it into `metadata`, the others into `video_url`."""
        if behaviour.video_result != "family":
            return behaviour.video_result
        if self.model.startswith("veo"):
            return "content"
        return "metadata.url" if self.model.startswith(_IN_METADATA) else "video_url"


class Tasks:
    """The tasks of one sandbox, the oldest forgotten when there are too many or they hold too many bytes."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._bytes = 0
        self._tasks: OrderedDict[str, Task] = OrderedDict()

    def add(self, task: Task) -> None:
        self._tasks[task.id] = task
        self._bytes += task.script.weight
        while len(self._tasks) > self._kept or (self._bytes > _BYTES_MAX and len(self._tasks) > 1):
            self._bytes -= self._tasks.popitem(last=False)[1].script.weight

    def get(self, task_id: str) -> Task | None:
        return self._tasks.get(task_id)
