"""Suno's tasks: how far they are and how they end. How they are shown is in `suno_shapes`. No web server here."""

import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.film_tasks import new_id
from bots.sandbox.suno_orders import SunoOrder

Status = Literal["NOT_START", "SUBMITTED", "QUEUED", "IN_PROGRESS", "SUCCESS", "FAILURE"]
ClipState = Literal["submitted", "queued", "streaming", "complete", "error"]

_STEPS: tuple[tuple[float, Status], ...] = (
    (0.1, "NOT_START"),
    (0.2, "SUBMITTED"),
    (0.35, "QUEUED"),
    (1.0, "IN_PROGRESS"),
)
"""Until so much of the whole time."""
_FAILS_AT = 0.5
_ONE_DONE_AT = 0.75
_STUCK_AT = 0.6
_TERMINAL = ("SUCCESS", "FAILURE")
CLIPS = 2
LENGTHS_S = (20, 24)


@dataclass(slots=True)
class Task:
    order: SunoOrder
    owner: str
    born: float  # on the behaviour's clock
    patience: int = 1  # how many times the usual duration it takes
    endless: bool = False
    failure: tuple[str, str] | None = None  # what is said of it, and the kind of the clips' error
    good_clips: int = 0  # of a task that fails: none or the first
    silent: bool = False  # it succeeds without a song
    looks: int = 0
    id: str = field(default_factory=new_id)
    clips: tuple[str, ...] = field(default_factory=lambda: tuple(str(uuid.uuid4()) for _ in range(CLIPS)))
    submitted_s: int = field(default_factory=lambda: int(time.time()))
    started_s: int = 0
    finished_s: int = 0

    def progress(self, behaviour: Behaviour) -> float:
        """From 0 to 1, by time or by looks: the first sees the beginning, the last the end."""
        sounds = behaviour.sounds
        if sounds.song_polls is not None:
            steps = sounds.song_polls * self.patience - 1
            progress = min(1.0, max(0, self.looks - 1) / steps) if steps > 0 else 1.0
        else:
            whole = sounds.song_s * self.patience
            progress = min(1.0, (behaviour.clock() - self.born) / whole) if whole > 0 else 1.0
        return min(_STUCK_AT, progress) if self.endless else progress

    def status(self, behaviour: Behaviour) -> Status:
        progress = self.progress(behaviour)
        if self.failure and progress >= _FAILS_AT:
            status: Status = "FAILURE"
        else:
            status = next((name for until, name in _STEPS if progress < until), "SUCCESS")
        now_s = int(time.time())
        if status != "NOT_START":
            self.started_s = self.started_s or now_s
        if status in _TERMINAL:
            self.finished_s = self.finished_s or now_s
        return status

    def states(self, behaviour: Behaviour) -> tuple[ClipState, ...]:
        """Of its clips: the first is done before the second."""
        match self.status(behaviour):
            case "NOT_START":
                return ()
            case "SUBMITTED":
                return ("submitted", "submitted")
            case "QUEUED":
                return ("queued", "queued")
            case "IN_PROGRESS":
                done = self.progress(behaviour) >= _ONE_DONE_AT
                return ("complete", "streaming") if done else ("streaming", "queued")
            case "FAILURE":
                return ("complete" if self.good_clips else "error", "error")
        return ("complete", "complete")


class Tasks:
    """The tasks of one sandbox, the oldest forgotten when there are too many."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._tasks: OrderedDict[str, Task] = OrderedDict()
        self._clips: dict[str, str] = {}

    def add(self, task: Task) -> None:
        self._tasks[task.id] = task
        self._clips |= dict.fromkeys(task.clips, task.id)
        while len(self._tasks) > self._kept:
            for clip in self._tasks.popitem(last=False)[1].clips:
                del self._clips[clip]

    def owned(self, task_id: object, owner: str) -> Task | None:
        """Tasks belong to the account that made them (audio 1.3)."""
        task = self._tasks.get(task_id) if isinstance(task_id, str) else None
        return task if task is not None and task.owner == owner else None

    def of_clip(self, clip_id: str) -> Task | None:
        return self._tasks.get(self._clips.get(clip_id, ""))
