"""Midjourney: submits, looks at tasks, seeds and pictures (gateway contract, images 7). Asynchronous, the only such family
of pictures."""

import re
from collections.abc import Iterable

from aiohttp import web

from bots.sandbox.directives import directives
from bots.sandbox.fields import items
from bots.sandbox.mj_gallery import Gallery
from bots.sandbox.mj_orders import Orders
from bots.sandbox.mj_tasks import Json, Task, Tasks, shape
from bots.sandbox.mj_trouble import lost_parent
from bots.sandbox.refusals import MidjourneyRefusal, SubmitRefusal
from bots.sandbox.state import KEY, SEEN, Sandbox

_PREFIXES = ("/mj", "/mj-fast/mj", "/mj-relax/mj", "/mj-turbo/mj")
_IDS_MAX = 1000
_FILE = re.compile(r"(\d{16})(?:-(\d{1,3})\.webp|-([1-4])\.png|\.png)")


class Midjourney:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._tasks = Tasks(sandbox.behaviour.tasks_kept)
        self._gallery = Gallery(sandbox.studio)
        self._orders = Orders(sandbox, self._tasks, self._gallery)

    def routes(self) -> Iterable[web.RouteDef]:
        orders = self._orders
        for prefix in _PREFIXES:
            yield web.post(f"{prefix}/submit/imagine", orders.imagine)
            yield web.post(f"{prefix}/submit/blend", orders.blend)
            yield web.post(f"{prefix}/submit/describe", orders.describe)
            yield web.post(f"{prefix}/submit/action", orders.action)
            yield web.post(f"{prefix}/submit/modal", orders.modal)
            yield web.post(f"{prefix}/submit/upload-discord-images", orders.upload)
            yield web.get(f"{prefix}/task/{{id}}/fetch", self._fetch)
            yield web.get(f"{prefix}/task/{{id}}/image-seed", self._seed)
            yield web.post(f"{prefix}/task/list-by-condition", self._list)
        yield web.get("/files/mj/{name}", self._file)
        yield web.get("/mj/image/{id}", self._relayed)

    async def _fetch(self, request: web.Request) -> web.Response:
        task = self._found(request.match_info["id"], request[KEY])
        if task is None:
            raise MidjourneyRefusal("task_no_found")
        return web.json_response(self._look(request, task))

    async def _list(self, request: web.Request) -> web.Response:
        """Unknown ids are missing, and the order is nobody's promise (images 7.6)."""
        seen = request[SEEN]
        if not isinstance(seen.body, dict):
            raise MidjourneyRefusal("bind_request_body_failed")
        ids = dict.fromkeys(item for item in items(seen.json.get("ids"))[:_IDS_MAX] if isinstance(item, str))
        found = [self._found(task_id, request[KEY]) for task_id in ids]
        return web.json_response([self._look(request, task) for task in reversed(found) if task is not None])

    async def _seed(self, request: web.Request) -> web.Response:
        task = self._tasks.owned(request.match_info["id"], request[KEY])
        if task is None:
            raise lost_parent()
        if task.status(self._sandbox.behaviour) != "SUCCESS":
            raise SubmitRefusal(4, "关联任务状态错误", status=400)
        if task.action == "DESCRIBE" or "no-seed" in directives(task.prompt):
            raise SubmitRefusal(3, "未找到 seed")
        body: Json = {"code": 1, "description": "成功", "result": str(task.plan.seed), "properties": {}}
        return web.json_response(body)

    async def _file(self, request: web.Request) -> web.Response:
        """A result, a tile of it, or a preview, for anyone who has the link."""
        match = _FILE.fullmatch(request.match_info["name"])
        task = self._tasks.get(match[1]) if match else None
        if match is None or task is None or task.parked:
            return web.Response(status=404, text="gone")
        if match[2]:
            return web.Response(body=await self._gallery.preview(task, int(match[2])), content_type="image/webp")
        if task.status(self._sandbox.behaviour) != "SUCCESS":
            return web.Response(status=404, text="gone")
        picture = await (self._gallery.tile(task, int(match[3])) if match[3] else self._gallery.finished(task))
        return web.Response(body=picture, content_type="image/png")

    async def _relayed(self, request: web.Request) -> web.Response:
        """The relay's own link: whatever there is to see now (images 1.4)."""
        task = self._tasks.get(request.match_info["id"])
        behaviour = self._sandbox.behaviour
        status = task.status(behaviour) if task is not None else ""
        if task is None or status not in ("SUCCESS", "IN_PROGRESS"):
            raise MidjourneyRefusal("midjourney_task_not_found", status=404)
        if status == "SUCCESS":
            return web.Response(body=await self._gallery.finished(task), content_type="image/png")
        percent = round(task.progress(behaviour) * 100)
        return web.Response(body=await self._gallery.preview(task, percent), content_type="image/webp")

    def _found(self, task_id: str, owner: str) -> Task | None:
        """The task, as one more look at it finds it."""
        task = self._tasks.owned(task_id, owner)
        if task is None:
            return None
        if task.hidden > 0:
            task.hidden -= 1
            return None
        task.looks += 1
        return task

    def _look(self, request: web.Request, task: Task) -> Json:
        def link(ending: str) -> str:
            if self._sandbox.behaviour.mj.relay_links and not re.fullmatch(r"-\d\.png", ending):
                return f"{request.url.origin()}/mj/image/{task.id}?rand={task.looks}"
            return self._sandbox.file_url(request, f"mj/{task.id}{ending}")

        return shape(task, self._sandbox.behaviour, link)
