"""Video tasks and the three shapes they are shown in: V, T and VS (gateway contract, videos 2). No web server here."""

import json
import secrets
import string
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from bots.sandbox.behaviour import Behaviour, VideoResult
from bots.sandbox.film_orders import FilmOrder

Status = Literal["queued", "in_progress", "completed", "failed"]

_QUEUED_UNTIL = 0.1  # of the whole time
_FAILS_AT = 0.5
_STUCK_AT = 0.3
_STATUS_T = {"queued": "QUEUED", "in_progress": "IN_PROGRESS", "completed": "SUCCESS", "failed": "FAILURE"}
_STATUS_VS = {"queued": "queued", "in_progress": "processing", "completed": "succeeded", "failed": "failed"}
_ALPHABET = string.ascii_letters + string.digits


@dataclass(slots=True)
class Task:
    """One film on its way. `failure` is set when it is to fail; `picture` holds its first frame, small."""

    order: FilmOrder
    born: float  # on the behaviour's clock
    patience: int = 1  # how many times the usual duration it takes
    endless: bool = False  # it is never done
    failure: tuple[str, str] | None = None
    at_once: bool = False
    picture: bytes | None = None
    polls: int = 0
    id: str = field(default_factory=lambda: "task_" + "".join(secrets.choice(_ALPHABET) for _ in range(32)))
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

    def result_place(self, behaviour: Behaviour) -> VideoResult:
        """Where the link is: Veo gives none, Kling puts it into `metadata`, the others into `video_url`."""
        if behaviour.video_result != "family":
            return behaviour.video_result
        if self.order.model.startswith("veo"):
            return "content"
        return "metadata.url" if self.order.model.startswith("kling") else "video_url"


class Tasks:
    """The tasks of one sandbox, the oldest forgotten when there are too many."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._tasks: OrderedDict[str, Task] = OrderedDict()

    def add(self, task: Task) -> None:
        self._tasks[task.id] = task
        while len(self._tasks) > self._kept:
            self._tasks.popitem(last=False)

    def get(self, task_id: str) -> Task | None:
        return self._tasks.get(task_id)


def shape_v(task: Task, behaviour: Behaviour, url: str) -> dict[str, object]:
    """The OpenAI-style video object, which is also every submit answer."""
    status = task.status(behaviour)
    body: dict[str, object] = {
        "id": task.id,
        "task_id": task.id,
        "object": "video",
        "model": task.order.model,
        "status": status,
        "progress": 100 if status == "failed" else int(task.progress(behaviour) * 100),
        "created_at": task.created_at,
        "seconds": str(task.order.seconds),
        "size": _size(task),
    }
    if status in ("completed", "failed"):
        body["completed_at"] = int(time.time())
    if status == "completed":
        body |= _result(task, behaviour, url)
    if status == "failed" and task.failure:
        body["error"] = dict(zip(("message", "code"), task.failure, strict=True))
    return body


def shape_t(task: Task, behaviour: Behaviour, url: str) -> dict[str, object]:
    """The task envelope of `/v1/video/generations/{id}`."""
    status = task.status(behaviour)
    reason = task.failure[0] if status == "failed" and task.failure else ""
    data: dict[str, object] = {
        "task_id": task.id,
        "platform": "54",
        "action": "generate",
        "status": _STATUS_T[status],
        "progress": f"{100 if status == 'failed' else int(task.progress(behaviour) * 100)}%",
        "fail_reason": reason,
        "result_url": url if status == "completed" else "",
        "submit_time": task.created_at,
        "finish_time": int(time.time()) if status in ("completed", "failed") else 0,
        "created_at": task.created_at,
        "properties": {"input": "", "origin_model_name": task.order.model},
        "data": [{"url": url}] if status == "completed" else {},
    }
    return {"code": "success", "message": "", "data": data}


def shape_vs(task: Task, behaviour: Behaviour, content_url: str) -> dict[str, object]:
    """The simple envelope of Veo: the reason of a failure lands in `url`, a trap of the contract."""
    status = task.status(behaviour)
    url = {"completed": content_url, "failed": task.failure[0] if task.failure else ""}.get(status, "")
    data: dict[str, object] = {
        "task_id": task.id,
        "status": _STATUS_VS[status],
        "url": url,
        "format": "mp4",
        "error": None,
        "metadata": None,
    }
    return {"code": "success", "message": "", "data": data}


def status_word(task: Task, behaviour: Behaviour) -> str:
    return _STATUS_T[task.status(behaviour)]


def other_ratios(order: FilmOrder) -> str:
    """The header with the multipliers of the price (videos 2, "Polling and money")."""
    return json.dumps({"seconds": order.seconds, "size": 1})


def _size(task: Task) -> str:
    return "x".join(map(str, task.order.size))


def _result(task: Task, behaviour: Behaviour, url: str) -> dict[str, object]:
    match task.result_place(behaviour):
        case "metadata.url":
            file = {"FileType": "mp4", "FileUrl": url, "StorageMode": "Temporary"}
            return {"metadata": {"url": url, "output": {"FileInfos": [file]}}}
        case "content":
            return {}
        case place:
            return {place: url}
