"""The tasks of the bench's gateway: each family's own state at its own address, and films that end when the bench says."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Iterable

from aiohttp import web

from core.values import Json

PROGRESS = 30


class Tasks:
    """Which family a task is of stands in front of its id ("veo-17"). `polls`: when each was looked at."""

    def __init__(self, film: bytes, look_s: float) -> None:
        self._film = film
        self._look_s = look_s
        self.ends: dict[str, float] = {}  # task -> when it is finished
        self.polls: dict[str, list[float]] = {}
        self.finished: dict[str, float] = {}  # task -> when that was told
        self.requests = 0

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/v1/videos/{task}", self.videos)
        app.router.add_get("/v1/video/generations/{task}", self.generations)
        app.router.add_get("/runwayml/v1/tasks/{task}", self.runway)
        app.router.add_post("/mj/task/list-by-condition", self.midjourney)
        app.router.add_get("/mj/task/{task}/fetch", self.one_of_midjourney)
        app.router.add_post("/suno/fetch", self.suno)
        app.router.add_get("/suno/fetch/{task}", self.one_of_suno)
        app.router.add_get("/files/{task}.mp4", self.file)
        app.router.add_get("/bench/films", self.told_films)
        app.router.add_post("/bench/films", self.set_films)

    async def _look(self, tasks: Iterable[str]) -> float:
        now = time.monotonic()
        self.requests += 1
        for task in tasks:
            self.polls.setdefault(task, []).append(now)
        await asyncio.sleep(self._look_s)
        return now

    def _link(self, request: web.Request, task: str, now: float) -> str:
        """Of a finished film; "" while it is made."""
        if self.ends.get(task, now + 1) > now:
            return ""
        self.finished.setdefault(task, now)
        return f"{request.url.origin()}/files/{task}.mp4"

    async def videos(self, request: web.Request) -> web.Response:
        """Shape V (gateway contract, videos 2). Veo shows no link there."""
        task = request.match_info["task"]
        link = self._link(request, task, await self._look([task]))
        body: dict[str, Json] = {
            "id": task,
            "task_id": task,
            "object": "video",
            "model": "a-model",
            "status": "completed" if link else "in_progress",
            "progress": 100 if link else PROGRESS,
            "created_at": 1_760_000_000,
        }
        if link and not task.startswith("veo-"):
            body["video_url"] = link
        return web.json_response(body)

    async def generations(self, request: web.Request) -> web.Response:
        """Shape T, and for Veo's finished films shape VS."""
        task = request.match_info["task"]
        if task.startswith("veo-"):
            self.requests += 1
            link = self._link(request, task, time.monotonic())
            data: dict[str, Json] = {"task_id": task, "status": "succeeded", "url": link, "format": "mp4"}
            return web.json_response({"code": "success", "message": "", "data": data | {"error": None}})
        link = self._link(request, task, await self._look([task]))
        data = {
            "id": 12_345,
            "task_id": task,
            "platform": "54",
            "action": "generate",
            "status": "SUCCESS" if link else "IN_PROGRESS",
            "progress": "100%" if link else f"{PROGRESS}%",
            "fail_reason": "",
            "result_url": link,
            "submit_time": 1_760_000_000,
            "start_time": 1_760_000_001,
            "properties": {"input": "", "origin_model_name": "a-model"},
            "data": {"data": [{"url": link}]} if link else {},
        }
        return web.json_response({"code": "success", "message": "", "data": data})

    async def runway(self, request: web.Request) -> web.Response:
        task = request.match_info["task"]
        link = self._link(request, task, await self._look([task]))
        body: dict[str, Json] = {"id": task, "status": "RUNNING", "createdAt": "2026-01-01T00:00:00.000Z"}
        told: dict[str, Json] = {"status": "SUCCEEDED", "output": [link]} if link else {"progress": PROGRESS / 100}
        return web.json_response(body | told)

    async def midjourney(self, request: web.Request) -> web.Response:
        tasks = (await request.json())["ids"]
        await self._look(tasks)
        return web.json_response([_picture(task) for task in tasks])

    async def one_of_midjourney(self, request: web.Request) -> web.Response:
        task = request.match_info["task"]
        await self._look([task])
        return web.json_response(_picture(task))

    async def suno(self, request: web.Request) -> web.Response:
        tasks = (await request.json())["ids"]
        await self._look(tasks)
        return web.json_response({"code": "success", "message": "", "data": [_song(task) for task in tasks]})

    async def one_of_suno(self, request: web.Request) -> web.Response:
        task = request.match_info["task"]
        await self._look([task])
        return web.json_response({"code": "success", "message": "", "data": _song(task)})

    async def file(self, request: web.Request) -> web.Response:
        """A film that no other task has: the box at its end is one that players skip."""
        name = request.match_info["task"].encode()
        body = self._film + struct.pack(">I4s", 8 + len(name), b"free") + name
        return web.Response(body=body, content_type="video/mp4")

    async def set_films(self, request: web.Request) -> web.Response:
        self.ends = await request.json()
        return web.json_response(True)

    async def told_films(self, _request: web.Request) -> web.Response:
        return web.json_response({"polls": self.polls, "finished": self.finished, "requests": self.requests})


def _picture(task: str) -> Json:
    """A grid that is being painted (gateway contract, images 7.4)."""
    return {
        "id": task,
        "action": "IMAGINE",
        "prompt": "a fox in the snow",
        "promptEn": "a fox in the snow",
        "description": "Submit success",
        "submitTime": 1_760_000_000_000,
        "startTime": 1_760_000_001_000,
        "imageUrl": "",
        "status": "IN_PROGRESS",
        "progress": f"{PROGRESS}%",
        "failReason": "",
        "buttons": None,
        "properties": {"finalPrompt": "a fox in the snow"},
    }


def _song(task: str) -> Json:
    """Two clips that have only begun (gateway contract, audio 2)."""
    clips = [{"id": f"{task}-{number}", "status": "submitted", "title": "", "audio_url": ""} for number in (1, 2)]
    return {
        "task_id": task,
        "action": "MUSIC",
        "status": "IN_PROGRESS",
        "fail_reason": "",
        "submit_time": 1_760_000_000,
        "start_time": 1_760_000_001,
        "progress": "0%",
        "data": clips,
    }
