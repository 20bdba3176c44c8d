"""Films of the contract's table: `recorded/films/*.json` has an order, the request that it makes, what its task tells in
every shape, and what goes wrong. Tests of the families play theirs."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from core.catalog import Catalog, ModelSpec
from core.errors import GatewayError
from core.gateway.client import Gateway
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted
from core.values import Json, Order, Part, Past
from tests.gateway.conftest import Scripted
from tests.gateway.test_images_recorded import parts_of

FILMS = Path(__file__).parent / "recorded" / "films"


def recorded(*families: str) -> list[Path]:
    return sorted(path for family in families for path in FILMS.glob(f"{family}_*.json"))


def read(path: Path) -> dict[str, Json]:
    case: dict[str, Json] = json.loads(path.read_text("utf-8"))
    return case


def order_of(case: dict[str, Json]) -> Order:
    told = case["order"]
    past: tuple[Past, ...] = ()
    if former := told.get("past"):
        film = Part("video", mime="video/mp4", url=former["url"], data=b"its bytes")
        past = (Past("the former words", task_id=former["task_id"], results=(film,)),)
    inputs = tuple(input_of(each) for each in told.get("inputs", []))
    options, action = told.get("options", {}), told.get("action", "")
    return Order("video", case["model"], told["prompt"], options, inputs, past=past, action=action)


def input_of(told: dict[str, Any]) -> Part:
    data = base64.b64decode(told.get("data", ""))
    return Part(told["kind"], mime=told["mime"], role=told["role"], data=data, url=told.get("url", ""))


def spec_of(case: dict[str, Json], catalog: Catalog) -> ModelSpec:
    found = catalog.find(case["model"])  # hidden ones too
    assert found is not None
    return found


async def submitted(gateway: Gateway, catalog: Catalog, case: dict[str, Json]) -> Submitted:
    return await gateway.submit(spec_of(case, catalog), order_of(case))


async def goes_out(case: dict[str, Json], gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.reply(200, case["reply"])
    outcome = await submitted(gateway, catalog, case)
    assert told(outcome) == case.get("ready", {"task": case["reply"]["id"]})
    (seen,) = scripted.seen
    assert (seen.method, seen.path) == ("POST", case["path"])
    if "json" in case:
        assert json.loads(seen.body) == case["json"]
    else:
        assert parts_of(seen) == (case["form"], case["files"])


async def is_looked_at(case: dict[str, Json], gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    """Each look asks at the addresses that the case answers, and at no other."""
    for look in case["looks"]:
        scripted.seen.clear()
        scripted.handler = _answering(look["replies"])
        outcome = await gateway.poll(spec_of(case, catalog), case["reply"]["id"])
        assert told(outcome) == look["is"], f"{told(outcome)} of {look}"
        assert [seen.path for seen in scripted.seen] == list(look["replies"])


async def goes_wrong(case: dict[str, Json], gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    for error in case["errors"]:
        scripted.seen.clear()
        scripted.reply(error["status"], error["body"])
        try:
            outcome = await submitted(gateway, catalog, case)
        except GatewayError as raised:
            assert type(raised).__name__ == error["is"]
        else:
            raise AssertionError(f"{error} was taken for {outcome}")
        assert len(scripted.seen) == error["sent"]


def told(outcome: Submitted | Polled) -> dict[str, Json]:
    match outcome:
        case Accepted(task_id):
            return {"task": task_id}
        case Again(progress, queued):
            return {"again": progress, "queued": True} if queued else {"again": progress}
        case Ready((film,)):
            return {"url": film.url, "content": film.content}
        case Broken(error):
            return {"error": type(error).__name__}
    raise AssertionError(outcome)


def _answering(replies: dict[str, Json]) -> Any:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(replies[request.path]) if request.path in replies else web.Response(status=404)

    return handler
