"""Where orders for films become tasks, whatever wire they came by, and where films are handed out."""

from aiohttp import web

from bots.sandbox.directives import directives, worded
from bots.sandbox.film_orders import FilmOrder
from bots.sandbox.film_tasks import Task
from bots.sandbox.footage import Footage
from bots.sandbox.refusals import LineCut
from bots.sandbox.state import Sandbox

_SLOW = 10
_REFUSED = ("content policy violation", "failed")


class Desk:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._footage = Footage(sandbox)

    async def take(self, request: web.Request, order: FilmOrder, refused: tuple[str, str] = _REFUSED) -> Task:
        """A task that waits to be sent out by `add`. `refused`: how `[refuse]` ends. Raises `Refusal`."""
        told, words = directives(order.prompt), worded(order.prompt)
        self._sandbox.check_told(told)
        behaviour = self._sandbox.behaviour
        order, script = await self._footage.script(request, order)
        task = Task(order, script, behaviour.clock(), at_once=behaviour.video_at_once or "done" in told)
        task.patience = _SLOW if "slow" in told else 1
        task.endless, task.empty = "never" in told, "filtered" in told
        task.cancelled, task.throttled = "cancel" in told, "queued" in told
        if "fail" in told or task.cancelled:
            task.failure = behaviour.video_failure
        if "refuse" in told:
            task.failure = refused
        if "reason" in words:
            task.failure = (words["reason"], behaviour.video_failure[1])
        return task

    def add(self, task: Task) -> None:
        """From now on it can be asked for. Raises `LineCut` where the line is to break."""
        self._sandbox.films.add(task)
        if "cut" in directives(task.order.prompt):
            raise LineCut

    async def film(self, task: Task) -> web.Response:
        data = await self._sandbox.studio.film(task.script)
        headers = {"Cache-Control": "public, max-age=86400"}
        return web.Response(body=data, content_type="video/mp4", headers=headers)
