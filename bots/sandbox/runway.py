"""Runway's own format: `image_to_video`, `video_to_video`, `tasks/{id}` (gateway contract, videos 7.1)."""

import secrets
import time
import uuid
from collections.abc import Callable, Iterable

from aiohttp import web

from bots.sandbox.film_desk import Desk
from bots.sandbox.film_orders import Fields, FilmOrder, fields_of, model_of
from bots.sandbox.film_shapes import shape_t
from bots.sandbox.film_tasks import Task
from bots.sandbox.footage import hosts_of, upstream
from bots.sandbox.refusals import TaskRefusal
from bots.sandbox.runway_orders import from_film, from_picture
from bots.sandbox.state import SEEN, Sandbox

_VERSION = "2024-11-06"
_REFUSED = ("Text input was flagged", "SAFETY.INPUT.TEXT")
_BROKEN = "INTERNAL.BAD_OUTPUT.CODE01"
_SIBLING = {
    "PENDING": "pending",
    "THROTTLED": "pending",
    "RUNNING": "processing",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}

Json = dict[str, object]


class Runway:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._desk = Desk(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/runwayml/v1/image_to_video", self._from_picture)
        yield web.post("/runwayml/v1/video_to_video", self._from_film)
        yield web.get("/runwayml/v1/tasks/{id}", self._poll)
        yield web.get("/files/runway/{id}.mp4", self._file)

    async def _from_picture(self, request: web.Request) -> web.Response:
        return await self._submit(request, from_picture)

    async def _from_film(self, request: web.Request) -> web.Response:
        return await self._submit(request, from_film)

    async def _submit(self, request: web.Request, read: Callable[[Fields, frozenset[str]], FilmOrder]) -> web.Response:
        _check_version(request)
        body = fields_of(request[SEEN])
        self._sandbox.check_model(model_of(body), "video")
        task = await self._desk.take(request, read(body, hosts_of(self._sandbox, request)), _REFUSED)
        task.id = str(uuid.uuid4())
        task.unseen = self._sandbox.behaviour.films.runway_unseen
        self._desk.add(task)
        return web.json_response(self._submitted(request, task))

    def _submitted(self, request: web.Request, task: Task) -> Json:
        if self._sandbox.behaviour.films.runway == "sibling":
            return self._sibling(request, task)
        return {"id": task.id}

    async def _poll(self, request: web.Request) -> web.Response:
        """A new task is not found at first (videos 7.1)."""
        _check_version(request)
        task_id = request.match_info["id"]
        task = None if task_id.startswith("task_") else self._sandbox.films.get(task_id)
        if task is None:
            raise TaskRefusal(400, "task_not_exist", "task_not_exist")
        if task.unseen > 0:
            task.unseen -= 1
            raise TaskRefusal(400, "task_not_exist", "task_not_exist")
        task.polls += 1
        behaviour = self._sandbox.behaviour
        if behaviour.films.runway == "sibling":
            return web.json_response(self._sibling(request, task))
        if behaviour.films.runway == "wrapped":
            return web.json_response(shape_t(task, behaviour, self._url(request, task), ""))
        return web.json_response(self._vendor(request, task))

    def _vendor(self, request: web.Request, task: Task) -> Json:
        status = self._status(task)
        body: Json = {"id": task.id, "status": status, "createdAt": _stamp(task)}
        if status == "RUNNING":
            body["progress"] = round(task.progress(self._sandbox.behaviour), 2)
        if status == "SUCCEEDED":
            body["output"] = [] if task.empty else [self._url(request, task)]
        if status == "FAILED" and task.failure:
            body["failure"], body["failureCode"] = _why(task.failure)
        return body

    def _sibling(self, request: web.Request, task: Task) -> Json:
        status = self._status(task)
        link = self._url(request, task) if status == "SUCCEEDED" and not task.empty else None
        body: Json = {
            "id": task.id,
            "state": _SIBLING[status],
            "prompt": task.order.prompt,
            "video": link,
            "video_raw": link,
            "created_at": _stamp(task),
        }
        if status == "FAILED" and task.failure:
            body["failure"], body["failureCode"] = _why(task.failure)
        return body

    def _status(self, task: Task) -> str:
        match task.status(self._sandbox.behaviour):
            case "completed":
                return "SUCCEEDED"
            case "failed":
                return "CANCELLED" if task.cancelled else "FAILED"
            case "in_progress" if not task.throttled:
                return "RUNNING"
            case _:
                return "THROTTLED" if task.throttled else "PENDING"

    def _url(self, request: web.Request, task: Task) -> str:
        """A fresh link at each look."""
        return self._sandbox.file_url(request, f"runway/{task.id}.mp4") + f"?_jwt={secrets.token_hex(16)}"

    async def _file(self, request: web.Request) -> web.Response:
        task = self._sandbox.films.get(request.match_info["id"])
        if task is None or task.status(self._sandbox.behaviour) != "completed":
            return web.Response(status=404, text="gone")
        return await self._desk.film(task)


def _check_version(request: web.Request) -> None:
    if request.headers.get("X-Runway-Version") != _VERSION:
        raise upstream("A valid X-Runway-Version header is required.")


def _why(failure: tuple[str, str]) -> tuple[str, str]:
    """Words and code: a reason that is a code of Runway's stands in both places."""
    words, code = failure
    if words.partition(".")[0] in ("SAFETY", "INPUT_PREPROCESSING", "INTERNAL", "ASSET", "THIRD_PARTY"):
        return "The task failed.", words
    return words, code if "." in code else _BROKEN


def _stamp(task: Task) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(task.created_at))
