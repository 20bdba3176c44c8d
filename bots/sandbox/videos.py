"""Polled videos: `POST /v1/videos`, `GET /v1/videos/{id}`, its `/content`, and `GET /v1/video/generations/{id}`.

Gateway contract, videos 2, 3 and 6. A film is encoded when it is first fetched, not before.
"""

import json
from collections.abc import Iterable

from aiohttp import web

from bots.sandbox import sizes
from bots.sandbox.directives import directives
from bots.sandbox.film_orders import FilmOrder, fields_of, files_of, model_of, order_of
from bots.sandbox.film_tasks import Task, Tasks, other_ratios, shape_t, shape_v, shape_vs, status_word
from bots.sandbox.refusals import LineCut, PlainRefusal, TaskRefusal
from bots.sandbox.state import SEEN, Sandbox

_SLOW = 10
_PICTURE_SIDE_MAX = 640
_REFUSED = ("content policy violation", "failed")


class Videos:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._tasks = Tasks(sandbox.behaviour.tasks_kept)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/videos", self._submit)
        yield web.get("/v1/videos/{id}", self._poll)
        yield web.get("/v1/videos/{id}/content", self._content)
        yield web.get("/v1/video/generations/{id}", self._poll_envelope)
        yield web.get("/files/videos/{id}.mp4", self._file)

    async def _submit(self, request: web.Request) -> web.Response:
        seen = request[SEEN]
        fields = fields_of(seen)
        self._sandbox.check_model(model_of(fields), "video")
        order = order_of(fields, files_of(seen))
        told = directives(order.prompt)
        self._sandbox.check_told(told)
        behaviour = self._sandbox.behaviour
        task = Task(order, behaviour.clock(), at_once=behaviour.video_at_once)
        task.picture = await self._picture(order)
        task.endless = "never" in told
        if "slow" in told:
            task.patience = _SLOW
        if "fail" in told:
            task.failure = behaviour.video_failure
        if "refuse" in told:
            task.failure = _REFUSED
        self._tasks.add(task)
        if "cut" in told:
            raise LineCut
        headers = {"X-New-Api-Other-Ratios": other_ratios(order)}
        return web.json_response(shape_v(task, behaviour, self._url(request, task)), headers=headers)

    async def _picture(self, order: FilmOrder) -> bytes | None:
        """The first frame, made small. A link is not followed: the sandbox goes nowhere."""
        studio = self._sandbox.studio
        data = order.file
        if data is None and order.link.startswith("data:"):
            data = await studio.decode(order.link) or b""
        if data is None:
            return None
        size = await studio.measure(data)
        if size is None:
            raise _upstream("Invalid image file.")
        if order.model.startswith("sora") and size != order.size:
            raise _upstream("Inpaint image must match the requested width and height")
        return await studio.shrink(data, _PICTURE_SIDE_MAX)

    async def _poll(self, request: web.Request) -> web.Response:
        task = self._asked_for(request)
        return web.json_response(shape_v(task, self._sandbox.behaviour, self._url(request, task)))

    async def _poll_envelope(self, request: web.Request) -> web.Response:
        """Veo's channels answer in a shape of their own (videos 6.4)."""
        task = self._asked_for(request)
        behaviour = self._sandbox.behaviour
        if task.order.model.startswith("veo"):
            content = f"{request.url.origin()}/v1/videos/{task.id}/content"
            return web.json_response(shape_vs(task, behaviour, content))
        return web.json_response(shape_t(task, behaviour, self._url(request, task)))

    def _asked_for(self, request: web.Request) -> Task:
        task = self._tasks.get(request.match_info["id"])
        if task is None:
            raise TaskRefusal(400, "task_not_exist", "task_not_exist")
        task.polls += 1
        return task

    async def _content(self, request: web.Request) -> web.Response:
        task = self._tasks.get(request.match_info["id"])
        if task is None:
            raise PlainRefusal(404, "", "Task not found", kind="invalid_request_error")
        behaviour = self._sandbox.behaviour
        if task.status(behaviour) != "completed":
            message = f"Task is not completed yet, current status: {status_word(task, behaviour)}"
            raise PlainRefusal(400, "", message, kind="invalid_request_error")
        return await self._film(task)

    async def _file(self, request: web.Request) -> web.Response:
        """The result by link, for anyone who has it."""
        task = self._tasks.get(request.match_info["id"])
        if task is None or task.status(self._sandbox.behaviour) != "completed":
            return web.Response(status=404, text="gone")
        return await self._film(task)

    async def _film(self, task: Task) -> web.Response:
        order = task.order
        size = sizes.fit(order.size, self._sandbox.behaviour.film_side_max)
        data = await self._sandbox.studio.film(order.prompt, size, order.seconds, task.picture)
        headers = {"Cache-Control": "public, max-age=86400"}
        return web.Response(body=data, content_type="video/mp4", headers=headers)

    def _url(self, request: web.Request, task: Task) -> str:
        return self._sandbox.file_url(request, f"videos/{task.id}.mp4")


def _upstream(message: str) -> TaskRefusal:
    """Refused by the vendor at submit: its own body as text inside ours (videos 2)."""
    inner = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
    return TaskRefusal(400, "fail_to_fetch_task", json.dumps(inner))
