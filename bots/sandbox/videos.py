"""Polled videos: `POST /v1/videos` and its remix, `GET /v1/videos/{id}`, its `/content`, `GET /v1/video/generations/{id}`.

Gateway contract, videos 2 to 6 and 8. A film is encoded when it is first fetched, not before.
"""

from collections.abc import Iterable
from dataclasses import replace

from aiohttp import web

from bots.sandbox.fields import text
from bots.sandbox.film_desk import Desk
from bots.sandbox.film_inputs import wrong
from bots.sandbox.film_makers import made_of
from bots.sandbox.film_orders import fields_of, model_of
from bots.sandbox.film_shapes import other_ratios, shape_t, shape_v, shape_vs, status_word
from bots.sandbox.film_tasks import Task
from bots.sandbox.footage import hosts_of
from bots.sandbox.refusals import PlainRefusal, TaskRefusal
from bots.sandbox.state import SEEN, Sandbox


class Videos:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._desk = Desk(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/videos", self._submit)
        yield web.post("/v1/videos/{id}/remix", self._remix)
        yield web.get("/v1/videos/{id}", self._poll)
        yield web.get("/v1/videos/{id}/content", self._content)
        yield web.get("/v1/video/generations/{id}", self._poll_envelope)
        yield web.get("/files/videos/{id}.mp4", self._file)

    async def _submit(self, request: web.Request) -> web.Response:
        seen = request[SEEN]
        fields = fields_of(seen)
        self._sandbox.check_model(model_of(fields), "video")
        order = made_of(fields, seen, self._sandbox.behaviour.films, hosts_of(self._sandbox, request))
        return self._taken(request, await self._desk.take(request, order))

    async def _remix(self, request: web.Request) -> web.Response:
        """A film made anew with other words (videos 3.1): the same pictures in other colours."""
        past = self._task(request)
        prompt = text(fields_of(request[SEEN]).get("prompt"))
        if not prompt.strip():
            raise wrong("prompt is required")
        if past.status(self._sandbox.behaviour) != "completed":
            raise wrong("the video to remix is not completed")
        view = await self._sandbox.studio.view(await self._sandbox.studio.film(past.script), stills=True)
        task = await self._desk.take(request, replace(past.order, prompt=prompt, inputs=(), remix_of=past.id))
        task.script = replace(task.script, stills=view.stills if view else (), recoloured=True, sound=past.script.sound)
        return self._taken(request, task)

    def _taken(self, request: web.Request, task: Task) -> web.Response:
        self._desk.add(task)
        headers = {"X-New-Api-Other-Ratios": other_ratios(task.order)}
        return web.json_response(shape_v(task, self._sandbox.behaviour, self._url(request, task)), headers=headers)

    async def _poll(self, request: web.Request) -> web.Response:
        task = self._asked_for(request)
        return web.json_response(shape_v(task, self._sandbox.behaviour, self._url(request, task)))

    async def _poll_envelope(self, request: web.Request) -> web.Response:
        """Veo's channels answer in a shape of their own (videos 6.4)."""
        task = self._asked_for(request)
        behaviour = self._sandbox.behaviour
        content = f"{request.url.origin()}/v1/videos/{task.id}/content"
        if task.model.startswith("veo") and behaviour.films.veo_query == "VS":
            return web.json_response(shape_vs(task, behaviour, content))
        return web.json_response(shape_t(task, behaviour, self._url(request, task), content))

    def _asked_for(self, request: web.Request) -> Task:
        task = self._task(request)
        task.polls += 1
        return task

    def _task(self, request: web.Request) -> Task:
        """Raises `TaskRefusal`. The tasks of other wires have ids of other forms."""
        task_id = request.match_info["id"]
        task = self._sandbox.films.get(task_id) if task_id.startswith("task_") else None
        if task is None:
            raise TaskRefusal(400, "task_not_exist", "task_not_exist")
        return task

    async def _content(self, request: web.Request) -> web.Response:
        task = self._sandbox.films.get(request.match_info["id"])
        if task is None:
            raise PlainRefusal(404, "", "Task not found", kind="invalid_request_error")
        behaviour = self._sandbox.behaviour
        if task.status(behaviour) != "completed":
            message = f"Task is not completed yet, current status: {status_word(task, behaviour)}"
            raise PlainRefusal(400, "", message, kind="invalid_request_error")
        if task.empty:
            raise PlainRefusal(502, "", "Failed to fetch video content", kind="server_error")
        return await self._desk.film(task)

    async def _file(self, request: web.Request) -> web.Response:
        """The result by link, for anyone who has it."""
        task = self._sandbox.films.get(request.match_info["id"])
        if task is None or task.empty or task.status(self._sandbox.behaviour) != "completed":
            return web.Response(status=404, text="gone")
        return await self._desk.film(task)

    def _url(self, request: web.Request, task: Task) -> str:
        return self._sandbox.file_url(request, f"videos/{task.id}.mp4")
