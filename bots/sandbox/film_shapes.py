"""The three shapes in which a video task is shown: V, T and VS (gateway contract, videos 2), with their traps. Pure."""

import json
import time
from typing import Literal

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.film_orders import FilmOrder
from bots.sandbox.film_tasks import Task

Json = dict[str, object]

_T = {"queued": "QUEUED", "in_progress": "IN_PROGRESS", "completed": "SUCCESS", "failed": "FAILURE"}
_VS = {"queued": "queued", "in_progress": "processing", "completed": "succeeded", "failed": "failed"}
_TOKENS_PER_S = 21_780
_ENDED = ("completed", "failed")


def shape_v(task: Task, behaviour: Behaviour, url: str) -> Json:
    """The OpenAI-style video object, which is also every submit answer."""
    status = task.status(behaviour)
    fresh = task.is_fresh(behaviour) and task.polls > 0
    body: Json = {
        "id": task.id,
        "task_id": task.id,
        "object": "video",
        "model": task.order.model,
        "status": "unknown" if fresh else status,
        "progress": 0 if fresh else task.percent(behaviour),
        "created_at": task.created_at,
        "seconds": f"{task.order.seconds:g}",
        "size": "x".join(map(str, task.order.size)),
    }
    if task.order.remix_of:
        body["remixed_from_video_id"] = task.order.remix_of
    if status in _ENDED:
        body["completed_at"] = int(time.time())
    if status == "completed":
        body |= _result(task, behaviour, url)
    if status == "failed" and task.failure:
        body["error"] = dict(zip(("message", "code"), task.failure, strict=True))
        if task.result_place(behaviour) == "metadata.url":
            body["metadata"] = {"url": task.failure[0]}  # a trap: no link, but the reason
    return body


def _result(task: Task, behaviour: Behaviour, url: str) -> Json:
    match task.result_place(behaviour):
        case "metadata.url" if task.model.startswith("kling"):
            file = {"FileType": "mp4", "FileUrl": url, "StorageMode": "Temporary"}
            return {"metadata": {"url": url, "output": {"FileInfos": [file]}}}
        case "metadata.url":
            return {"metadata": {"url": url}}
        case "content":
            return {}
        case place:
            return {place: url}


def shape_t(task: Task, behaviour: Behaviour, url: str, content_url: str) -> Json:
    """The task envelope of `/v1/video/generations/{id}`. Without a link, `result_url` holds the reason of a failure."""
    status = task.status(behaviour)
    reason = task.failure[0] if status == "failed" and task.failure else ""
    data: Json = {
        "id": task.created_at % 100_000,
        "task_id": task.id,
        "platform": "54",
        "action": "generate",
        "status": status_word(task, behaviour),
        "progress": f"{0 if task.is_fresh(behaviour) else task.percent(behaviour)}%",
        "fail_reason": reason,
        "result_url": content_url if status == "completed" else reason,
        "submit_time": task.created_at,
        "start_time": 0 if task.is_fresh(behaviour) else task.created_at,
        "finish_time": int(time.time()) if status in _ENDED else 0,
        "created_at": task.created_at,
        "updated_at": int(time.time()),
        "user_id": 1,
        "group": "default",
        "channel_id": 9,
        "quota": 1_900_000,
        "properties": {"input": "", "origin_model_name": task.order.model},
        "data": {},
    }
    if status == "completed":
        data |= _finished(task, behaviour.films.task_result, url)
    elif reason and task.failure:
        data["data"] = {"status": "failed", "error": {"code": task.failure[0], "message": task.failure[1]}}
    return {"code": "success", "message": "", "data": data}


def _finished(task: Task, form: Literal["array", "object", "fail_reason", "content"], url: str) -> Json:
    """Where channels put the link (videos 2, "Traps")."""
    if form == "array":
        return {"data": [{"url": url}]}
    if form == "object":
        return {"data": _raw(task, url)}
    if form == "fail_reason":
        return {"fail_reason": url, "result_url": "", "data": {}}
    return {"data": {}}


def _raw(task: Task, url: str) -> Json:
    """What the vendor itself answers."""
    tokens = int(task.order.seconds * _TOKENS_PER_S)
    usage = {"completion_tokens": tokens, "total_tokens": tokens}
    return {"id": f"cgt-{task.id[-12:]}", "status": "succeeded", "content": {"video_url": url}, "usage": usage}


def shape_vs(task: Task, behaviour: Behaviour, content_url: str) -> Json:
    """The simple envelope of Veo: the reason of a failure lands in `url`, a trap of the contract."""
    status = task.status(behaviour)
    url = {"completed": content_url, "failed": task.failure[0] if task.failure else ""}.get(status, "")
    data: Json = {
        "task_id": task.id,
        "status": _VS[status],
        "url": url,
        "format": "mp4",
        "error": None,
        "metadata": None,
    }
    return {"code": "success", "message": "", "data": data}


def status_word(task: Task, behaviour: Behaviour) -> str:
    return "NOT_START" if task.is_fresh(behaviour) else _T[task.status(behaviour)]


def other_ratios(order: FilmOrder) -> str:
    """The header with the multipliers of the price (videos 2, "Polling and money")."""
    return json.dumps({"seconds": order.seconds, "size": 1})
