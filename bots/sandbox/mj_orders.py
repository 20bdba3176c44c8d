"""Midjourney's submits: from a body to a task and its submit result (gateway contract, images 7.2, 7.3 and 7.7 to 7.9)."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from bots.sandbox import mj_plans
from bots.sandbox.behaviour import Pool
from bots.sandbox.directives import Flags, directives, worded
from bots.sandbox.fields import text
from bots.sandbox.mj_buttons import Deed, buttons, deed
from bots.sandbox.mj_flags import Wish, parse
from bots.sandbox.mj_gallery import Gallery
from bots.sandbox.mj_inputs import PICTURE_MAX, Inputs
from bots.sandbox.mj_plans import Plan
from bots.sandbox.mj_tasks import Task, Tasks
from bots.sandbox.mj_trouble import check_told, lost_parent, told_failure
from bots.sandbox.refusals import LineCut, MidjourneyRefusal, Refusal, SubmitRefusal, unknown_model
from bots.sandbox.shelf import File
from bots.sandbox.state import KEY, SEEN, Sandbox

Json = dict[str, object]

_SLOW = 10
_STATE_MAX = 255
_BOTS = ("MID_JOURNEY", "NIJI_JOURNEY")
_DIMENSIONS = {"PORTRAIT": (2, 3), "SQUARE": (1, 1), "LANDSCAPE": (3, 2)}
_WINDOWS = ("INPAINT", "CUSTOM_ZOOM")
_REMIXED = ("VARIATION", "LOW_VARIATION", "HIGH_VARIATION", "PAN", "REROLL")
_VARIED = {"VARIATION": 0.3, "LOW_VARIATION": 0.18, "HIGH_VARIATION": 0.5}
_ZOOMED = {"50": 2.0, "75": 1.5}


class Orders:
    def __init__(self, sandbox: Sandbox, tasks: Tasks, gallery: Gallery) -> None:
        self._sandbox = sandbox
        self._tasks = tasks
        self._gallery = gallery
        self._inputs = Inputs(sandbox)

    async def imagine(self, request: web.Request) -> web.Response:
        body = self._body(request)
        prompt = text(body.get("prompt"))
        if not prompt.strip():
            raise MidjourneyRefusal("prompt_is_required")
        told = self._told(prompt)
        pictures, wish = await self._inputs.several(body.get("base64Array")), parse(prompt)
        if wish.zoom is not None:
            wish = replace(wish, problem="[Invalid parameter] Unrecognized argument(s): --zoom")
        seed = secrets.randbelow(2**32) if wish.seed is None else wish.seed
        plan = Plan(
            "imagine",
            wish.text,
            seed,
            mj_plans.tile_size(*(wish.ratio or (1, 1))),
            pictures + await self._inputs.behind(wish.links),
            await self._inputs.behind(wish.likeness),
        )
        return self._take(request, body, self._task(request, "IMAGINE", prompt, wish, plan, told), told)

    async def blend(self, request: web.Request) -> web.Response:
        body = self._body(request)
        pictures = await self._inputs.several(body.get("base64Array"))
        if not 2 <= len(pictures) <= 5:
            raise SubmitRefusal(4, "图片参数错误，2~5张图片")
        ratio = _DIMENSIONS.get(text(body.get("dimensions")) or "SQUARE")
        if ratio is None:
            raise SubmitRefusal(4, "dimensions 参数错误")
        plan = Plan("blend", "", secrets.randbelow(2**32), mj_plans.tile_size(*ratio), pictures)
        return self._take(request, body, self._task(request, "BLEND", "", Wish(ratio=ratio), plan, {}), {})

    async def describe(self, request: web.Request) -> web.Response:
        body = self._body(request)
        told = text(body.get("base64")) or (text(body.get("link")) if self._pool.newer else "")
        if not told:
            raise SubmitRefusal(4, "base64不能为空")
        picture = await self._sandbox.studio.shrink(await self._inputs.one(told), 1024)
        size = await self._sandbox.studio.measure(picture) or (1, 1)
        plan = Plan("describe", "", 0, size, (picture,))
        task = self._task(request, "DESCRIBE", "", Wish(), plan, {})
        task.text = await self._gallery.described(picture, text(body.get("language")).lower().startswith("zh"))
        return self._take(request, body, task, {})

    async def upload(self, request: web.Request) -> web.Response:
        """At once, and no task (images 7.8)."""
        body = self._body(request)
        if not self._pool.uploads:
            raise SubmitRefusal(4, "禁止上传")
        listed = body.get("base64Array")
        if not isinstance(listed, list) or not listed:
            raise SubmitRefusal(4, "base64 参数错误")
        pictures = await self._inputs.several(listed)
        links = [
            self._sandbox.publish(request, f"{secrets.token_hex(8)}.jpg", File(data, "image/jpeg")) for data in pictures
        ]
        return web.json_response({"code": 1, "description": "提交成功", "result": links, "properties": {}})

    async def action(self, request: web.Request) -> web.Response:
        body = self._body(request)
        parent = self._tasks.owned(body.get("taskId"), request[KEY])
        if parent is None:
            raise MidjourneyRefusal("task_not_found")
        if parent.status(self._sandbox.behaviour) != "SUCCESS":
            raise MidjourneyRefusal("task_status_not_success")
        custom_id = text(body.get("customId"))
        offered = [one["customId"] for one in buttons(parent.plan, parent.wish, parent.job, ())]
        asked = deed(custom_id) if custom_id in offered else None
        if asked is None:
            raise Refusal(400, "invalid_request", f"unknown_action:{custom_id[:100]}")
        plan = await self._pressed(parent, asked)
        task = self._task(request, asked.action, parent.prompt, parent.wish, plan, {})
        task.patience = parent.patience
        remix = self._pool.remix or (self._pool.newer and body.get("enableRemix") is True)
        task.parked = asked.action in _WINDOWS or (remix and asked.action in _REMIXED)
        parent.used.add(custom_id)
        return self._take(request, body, task, {})

    async def modal(self, request: web.Request) -> web.Response:
        body = self._body(request)
        task = self._tasks.owned(body.get("taskId"), request[KEY])
        if task is None:
            raise lost_parent()
        prompt = text(body.get("prompt"))
        told = self._told(prompt)
        if task.status(self._sandbox.behaviour) != "MODAL":
            raise SubmitRefusal(4, "关联任务状态错误")
        if not prompt.strip() and not self._pool.newer:
            raise SubmitRefusal(4, "prompt不能为空")
        wish = parse(prompt) if prompt.strip() else task.wish
        plan = mj_plans.reworded(task.plan, wish.text) if prompt.strip() and not wish.problem else task.plan
        if task.action == "INPAINT":
            plan = replace(plan, mask=await self._mask(body.get("maskBase64"), plan))
        if task.action == "CUSTOM_ZOOM":
            wish, plan = _custom_zoom(wish, plan)
        self._tasks.change(task, plan)
        task.prompt, task.wish = prompt or task.prompt, wish
        task.failure = wish.problem or told_failure(told, self._pool)
        task.confirmed(self._sandbox.behaviour.clock())
        if self._pool.modal_moves:
            self._tasks.remove(task)
            self._tasks.add(task)
        return self._answer(request, task, told)

    # --- parts of these --------------------

    @property
    def _pool(self) -> Pool:
        return self._sandbox.behaviour.mj

    def _body(self, request: web.Request) -> Mapping[str, object]:
        """The body of a submit to a pool that is stocked. Raises `Refusal`."""
        mode = request.path.split("/")[1].removeprefix("mj").removeprefix("-")
        if mode not in self._pool.modes:
            raise unknown_model(f"mj_{request.path.rpartition('/')[2]}")
        seen = request[SEEN]
        if not isinstance(seen.body, dict):
            raise MidjourneyRefusal("bind_request_body_failed")
        if text(seen.json.get("botType")) not in ("", *_BOTS):
            raise SubmitRefusal(4, "botType 参数错误")
        return seen.json

    def _told(self, prompt: str) -> Flags:
        """The directives of a prompt, after those that refuse it were obeyed. Raises `Refusal`."""
        told = directives(prompt)
        self._sandbox.check_told(told)
        check_told(told, worded(prompt), prompt, self._pool)
        return told

    def _task(self, request: web.Request, action: str, prompt: str, wish: Wish, plan: Plan, told: Flags) -> Task:
        task = Task(action, prompt, wish, plan, request[KEY], self._sandbox.behaviour.clock())
        task.hidden = self._pool.hidden_looks
        task.patience = _SLOW if "slow" in told else 1
        task.endless = "never" in told
        task.parked = "parked" in told
        task.cancelled = "cancel" in told
        task.blank = "noimage" in told
        task.failure = wish.problem or told_failure(told, self._pool)
        return task

    def _take(self, request: web.Request, body: Mapping[str, object], task: Task, told: Flags) -> web.Response:
        task.state = text(body.get("state"))[:_STATE_MAX]
        self._tasks.add(task)
        return self._answer(request, task, told)

    def _answer(self, request: web.Request, task: Task, told: Flags) -> web.Response:
        """The submit result of a task that was taken. Raises `LineCut`."""
        if "cut" in told:
            raise LineCut
        code, description, properties = 1, "提交成功", dict[str, object]()
        if task.parked and "parked" not in told:
            code, description, properties = 21, "Waiting for window confirm", {"finalPrompt": "", "remix": True}
        elif "queued" in told:
            code, description, properties = 22, "排队中，前面还有1个任务", {"numberOfQueues": 1}
        elif "exists" in told:
            code, description, properties = 21, "任务已存在", {"status": "SUBMITTED", "imageUrl": ""}
        rewrites = self._pool.rewrites
        if rewrites == "all" or (rewrites == "stock" and not (code == 21 and task.action in _WINDOWS)):
            code = 1
        properties["discordInstanceId"] = "1118138338562560102"
        return web.json_response(
            {"code": code, "description": description, "result": task.id, "properties": properties}
        )

    async def _pressed(self, parent: Task, asked: Deed) -> Plan:
        """What is painted when this button is pressed."""
        seed, plan = secrets.randbelow(2**32), parent.plan
        match asked.action:
            case "REROLL":
                return mj_plans.rerolled(plan, seed)
            case "UPSCALE":
                return mj_plans.upscaled(plan, await self._gallery.kept(parent, int(asked.detail)), 2)
            case "UPSCALE_HD":
                amount = 0.3 if asked.detail == "creative" else 0.0
                return mj_plans.upscaled(
                    plan, await self._gallery.kept(parent), 4 if asked.detail == "4x" else 2, amount
                )
            case "VARIATION":
                return mj_plans.varied(plan, await self._gallery.kept(parent, int(asked.detail)), seed, 0.3)
        picture = await self._gallery.kept(parent)
        match asked.action:
            case "PAN":
                return mj_plans.panned(plan, picture, seed, asked.detail)
            case "INPAINT":
                return mj_plans.inpainted(plan, picture, seed)
            case "ZOOM" | "CUSTOM_ZOOM":
                times = _ZOOMED.get(asked.detail, 1.0)
                return mj_plans.zoomed(plan, picture, seed, times, square=asked.detail == "100")
            case action:
                return mj_plans.varied(plan, picture, seed, _VARIED[action])

    async def _mask(self, value: object, plan: Plan) -> bytes:
        """Only the prefix of PNG is known, and the size must be that of the picture (images 7.9). Raises `SubmitRefusal`."""
        told = text(value)
        studio = self._sandbox.studio
        data = await studio.decode(told) if told.startswith("data:image/png;base64,") else None
        if not data or len(data) > PICTURE_MAX or not data.startswith(b"\x89PNG"):
            raise SubmitRefusal(4, "maskBase64 参数错误")
        if await studio.measure(data) != plan.canvas:
            raise SubmitRefusal(4, f"maskBase64 尺寸错误，应为 {plan.canvas[0]}x{plan.canvas[1]}")
        return data


def _custom_zoom(wish: Wish, plan: Plan) -> tuple[Wish, Plan]:
    """Its words must say how far."""
    if wish.problem:
        return wish, plan
    if wish.zoom is None:
        return replace(wish, problem="提交失败"), plan
    size = mj_plans.tile_size(*wish.ratio) if wish.ratio else plan.size
    return wish, replace(plan, amount=wish.zoom, size=size)
