"""Seedance's own route: `POST /v1/video/generations`. Its tasks are asked for where all are (gateway contract, videos 5)."""

from collections.abc import Iterable

from aiohttp import web

from bots.sandbox.assets import Assets
from bots.sandbox.film_desk import Desk
from bots.sandbox.film_inputs import wrong
from bots.sandbox.film_orders import fields_of, model_of
from bots.sandbox.film_shapes import other_ratios, shape_v
from bots.sandbox.footage import hosts_of
from bots.sandbox.refusals import unknown_model
from bots.sandbox.seedance_orders import seedance_order
from bots.sandbox.state import KEY, SEEN, Sandbox

_REFUSED = ("InputTextRisk", "failed")
_BODY_MAX = 64 * 1024 * 1024
_SERVED = "doubao-seedance"


class Seedance:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._assets = Assets(sandbox)
        self._desk = Desk(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/video/generations", self._submit)
        yield from self._assets.routes()

    async def _submit(self, request: web.Request) -> web.Response:
        if request[SEEN].size > _BODY_MAX:
            raise wrong("the request must be smaller than 64 MB")
        body = fields_of(request[SEEN])
        model, owner = model_of(body), request[KEY]
        self._sandbox.check_model(model, "video")
        if not model.startswith(_SERVED):
            raise unknown_model(model)
        behaviour, hosts = self._sandbox.behaviour, hosts_of(self._sandbox, request)
        order = seedance_order(
            body, behaviour.films, hosts, lambda asset_id, medium: self._assets.link(asset_id, medium, owner)
        )
        task = await self._desk.take(request, order, _REFUSED)
        self._desk.add(task)
        headers = {"X-New-Api-Other-Ratios": other_ratios(task.order)}
        url = self._sandbox.file_url(request, f"videos/{task.id}.mp4")
        return web.json_response(shape_v(task, behaviour, url), headers=headers)
