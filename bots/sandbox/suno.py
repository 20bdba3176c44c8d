"""Suno: songs in three ways and words for songs, as tasks (gateway contract, audio 2)."""

import re
import uuid
from collections.abc import Iterable

from aiohttp import web

from bots.sandbox.directives import directives, worded
from bots.sandbox.fields import items
from bots.sandbox.refusals import LineCut, no_json
from bots.sandbox.state import KEY, SEEN, Sandbox
from bots.sandbox.suno_orders import SunoOrder, invalid, lost, order_of
from bots.sandbox.suno_shapes import Json, shape, title_of
from bots.sandbox.suno_tasks import LENGTHS_S, Task, Tasks

_SLOW = 10
_IDS_MAX = 1000
_FILE = re.compile(r"([0-9a-f-]{36})(-large)?\.(mp3|jpeg)")
_COVER, _LARGE_COVER = (360, 360), (720, 720)


class Suno:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._tasks = Tasks(sandbox.behaviour.tasks_kept)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/suno/submit/{action}", self._submit)
        yield web.get("/suno/fetch/{id}", self._fetch)
        yield web.post("/suno/fetch", self._fetch_many)
        yield web.get("/files/suno/{name}", self._file)

    async def _submit(self, request: web.Request) -> web.Response:
        seen = request[SEEN]
        if not isinstance(seen.body, dict):
            raise no_json()
        order = order_of(request.match_info["action"], seen.json)
        self._sandbox.check_model("suno_lyrics" if order.action == "LYRICS" else "suno_music", "song", "words")
        if order.task_id and self._tasks.owned(order.task_id, request[KEY]) is None:
            raise lost("task_origin_not_exist")
        self._sandbox.check_told(directives(order.said))
        task = self._task(order, request[KEY])
        self._tasks.add(task)
        if "cut" in directives(order.said):
            raise LineCut
        return web.json_response({"code": "success", "message": "", "data": task.id})

    def _task(self, order: SunoOrder, owner: str) -> Task:
        told, words = directives(order.said), worded(order.said)
        behaviour = self._sandbox.behaviour
        task = Task(order, owner, behaviour.clock(), endless="never" in told, silent="noimage" in told)
        if behaviour.sounds.task_ids == "uuid":
            task.id = str(uuid.uuid4())
        task.patience = _SLOW if "slow" in told else 1
        if "refuse" in told:
            task.failure = ("Prompt likely copyrighted", "moderation_failure")
        elif "fail" in told or "partial" in told:
            task.failure, task.good_clips = ("internal error", "generation_failure"), int("partial" in told)
        elif "reason" in words:
            task.failure = (words["reason"], "other")
        elif order.clip_id and self._unknown(order, owner):
            task.failure = ("clip not found", "other")
        return task

    def _unknown(self, order: SunoOrder, owner: str) -> bool:
        source = self._tasks.owned(order.task_id, owner)
        return source is None or order.clip_id not in source.clips

    async def _fetch(self, request: web.Request) -> web.Response:
        task = self._tasks.owned(request.match_info["id"], request[KEY])
        if task is None:
            raise lost()
        return web.json_response({"code": "success", "message": "", "data": self._look(request, task)})

    async def _fetch_many(self, request: web.Request) -> web.Response:
        """Unknown ids are missing, and the order is nobody's promise (audio 2.5)."""
        seen = request[SEEN]
        if not isinstance(seen.body, dict) or not isinstance(seen.json.get("ids"), list):
            raise invalid("ids must be a list")
        ids = dict.fromkeys(each for each in items(seen.json["ids"])[:_IDS_MAX] if isinstance(each, str))
        found = [self._tasks.owned(task_id, request[KEY]) for task_id in ids]
        data = [self._look(request, task) for task in reversed(found) if task is not None]
        return web.json_response({"code": "success", "message": "", "data": data})

    def _look(self, request: web.Request, task: Task) -> Json:
        task.looks += 1
        return shape(task, self._sandbox.behaviour, lambda name: self._sandbox.file_url(request, f"suno/{name}"))

    async def _file(self, request: web.Request) -> web.Response:
        """A song or its cover, for anyone who has the link."""
        match = _FILE.fullmatch(request.match_info["name"])
        task = self._tasks.of_clip(match[1]) if match else None
        number = task.clips.index(match[1]) if match and task else 0
        studio = self._sandbox.studio
        if match is None or task is None:
            return web.Response(status=404, text="gone")
        if match[3] == "jpeg":
            size = _LARGE_COVER if match[2] else _COVER
            return web.Response(body=await studio.draw(title_of(task), number, size, "jpeg"), content_type="image/jpeg")
        if number >= len(states := task.states(self._sandbox.behaviour)) or states[number] != "complete":
            return web.Response(status=404, text="gone")
        song = await studio.music(task.order.said, LENGTHS_S[number], "mp3", number)
        return web.Response(body=song, content_type="audio/mpeg")
