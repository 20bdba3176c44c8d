"""Midjourney tasks: how far they are, and how they are shown (gateway contract, images 7.4 and 7.5). No web server here."""

import secrets
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.mj_buttons import buttons
from bots.sandbox.mj_flags import Wish
from bots.sandbox.mj_plans import Plan

Status = Literal["", "SUBMITTED", "IN_PROGRESS", "MODAL", "SUCCESS", "FAILURE", "CANCEL"]
Json = dict[str, object]

_UNSEEN_UNTIL = 0.1  # of the whole time
_SUBMITTED_UNTIL = 0.2
_PREVIEW_FROM = 0.25
_FAILS_AT = 0.5
_STUCK_AT = 0.4
_TERMINAL = ("SUCCESS", "FAILURE", "CANCEL")
_BYTES_MAX = 64 * 1024 * 1024
TIMED_OUT = "上游任务超时"


@dataclass(slots=True)
class Task:
    """One order. `born` on the behaviour's clock, anew when its window is confirmed; times in milliseconds."""

    action: str
    prompt: str
    wish: Wish
    plan: Plan
    owner: str
    born: float
    parked: bool = False  # its window waits to be confirmed
    patience: float = 1.0  # how many times the usual duration it takes
    endless: bool = False
    cancelled: bool = False
    blank: bool = False  # it succeeds without a picture
    failure: str = ""
    text: str = ""  # what a describe told
    state: str = ""
    looks: int = 0
    hidden: int = 0  # looks that are still not to find it
    used: set[str] = field(default_factory=set)  # ids of buttons that were pressed
    id: str = ""
    job: str = field(default_factory=lambda: str(uuid.uuid4()))
    submitted_ms: int = field(default_factory=lambda: int(time.time() * 1000))
    started_ms: int = 0
    finished_ms: int = 0

    def progress(self, behaviour: Behaviour) -> float:
        """From 0 to 1, by time or by looks: the first sees the beginning, the last the end."""
        pool = behaviour.mj
        if pool.polls is not None:
            steps = round(pool.polls * self.patience) - 1
            progress = min(1.0, max(0, self.looks - 1) / steps) if steps > 0 else 1.0
        else:
            passed, whole = self._passed(behaviour), pool.task_s * self.patience
            if pool.refresh_s > 0:
                passed -= passed % pool.refresh_s
            progress = min(1.0, passed / whole) if whole > 0 else 1.0
        return min(_STUCK_AT, progress) if self.endless else progress

    def status(self, behaviour: Behaviour) -> Status:
        if self.parked:
            return "FAILURE" if self._passed(behaviour) >= behaviour.mj.modal_s else "MODAL"
        progress = self.progress(behaviour)
        if progress >= _FAILS_AT and (self.failure or self.cancelled):
            return "FAILURE" if self.failure else "CANCEL"
        if progress >= 1:
            return "SUCCESS"
        return "" if progress < _UNSEEN_UNTIL else "SUBMITTED" if progress < _SUBMITTED_UNTIL else "IN_PROGRESS"

    def confirmed(self, now: float) -> None:
        """Its window is closed: it begins."""
        self.parked, self.born, self.looks = False, now, 0

    def _passed(self, behaviour: Behaviour) -> float:
        return behaviour.clock() - self.born


class Tasks:
    """The tasks of one sandbox, the oldest forgotten when there are too many or they hold too many bytes."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._bytes = 0
        self._last = 0
        self._tasks: OrderedDict[str, Task] = OrderedDict()

    def add(self, task: Task) -> None:
        """Gives it an id of 16 digits."""
        self._last = max(self._last + 1, int(time.time() * 1000) * 1000 + secrets.randbelow(1000))
        task.id = str(self._last)
        self._tasks[task.id] = task
        self._bytes += task.plan.weight
        while len(self._tasks) > self._kept or (self._bytes > _BYTES_MAX and len(self._tasks) > 1):
            self._bytes -= self._tasks.popitem(last=False)[1].plan.weight

    def get(self, task_id: str) -> Task | None:
        return self._tasks.get(task_id)

    def owned(self, task_id: object, owner: str) -> Task | None:
        """Tasks belong to the account that made them (images 7.1)."""
        task = self._tasks.get(task_id) if isinstance(task_id, str) else None
        return task if task is not None and task.owner == owner else None

    def change(self, task: Task, plan: Plan) -> None:
        """Give the task another plan."""
        if task.id in self._tasks:
            self._bytes += plan.weight - task.plan.weight
        task.plan = plan

    def remove(self, task: Task) -> None:
        if self._tasks.pop(task.id, None) is not None:
            self._bytes -= task.plan.weight


def shape(task: Task, behaviour: Behaviour, link: Callable[[str], str]) -> Json:
    """The task object. `link` makes an address of the part of a name that comes behind the id."""
    status, percent = task.status(behaviour), round(task.progress(behaviour) * 100)
    _stamp(task, status)
    done = status == "SUCCESS"
    shown = "" if task.blank else _image(task, status, percent, link)
    scale = 1000 if behaviour.mj.seconds else 1
    told = {"promptEn": task.prompt, "prompt": task.prompt, "finalPrompt": ""}
    if task.action == "DESCRIBE":
        told = dict.fromkeys(told, "")
        told[behaviour.mj.described_in] = task.text if done else ""
    body: Json = {
        "id": task.id,
        "action": task.action,
        "customId": "",
        "botType": "",
        "prompt": told["prompt"],
        "promptEn": told["promptEn"],
        "description": "Submit success",
        "state": task.state,
        "submitTime": task.submitted_ms // scale,
        "startTime": task.started_ms // scale,
        "finishTime": task.finished_ms // scale,
        "imageUrl": shown,
        "status": status,
        "progress": _progress(status, percent),
        "failReason": (task.failure or TIMED_OUT) if status == "FAILURE" else "",
        "buttons": buttons(task.plan, task.wish, task.job, task.used) if done else None,
        "maskBase64": "",
        "properties": {"finalPrompt": told["finalPrompt"], "finalZhPrompt": ""},
    }
    if behaviour.mj.tiles and done and not task.plan.single:
        body["imageUrls"] = [{"url": link(f"-{number}.png")} for number in range(1, 5)]
    return body


def _progress(status: Status, percent: int) -> str:
    """On failure the relay too says 100% (images 7.5)."""
    if status in ("", "MODAL"):
        return "" if status == "" else "0%"
    return "100%" if status in _TERMINAL else f"{percent}%"


def _image(task: Task, status: Status, percent: int, link: Callable[[str], str]) -> str:
    if status == "SUCCESS":
        return link(".png")
    if status == "IN_PROGRESS" and percent >= _PREVIEW_FROM * 100 and task.action != "DESCRIBE":
        return link(f"-{percent}.webp")
    return ""


def _stamp(task: Task, status: Status) -> None:
    now_ms = int(time.time() * 1000)
    if status not in ("", "MODAL"):
        task.started_ms = task.started_ms or now_ms
    if status in _TERMINAL:
        task.finished_ms = task.finished_ms or now_ms
