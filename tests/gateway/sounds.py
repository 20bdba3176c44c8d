"""Sounds of the contract's table: `recorded/sounds/*.json` has an order, the request that it makes, every reply to it
with what that means, and what looks at its task tell. Tests of the families play theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from core.catalog import Catalog, ModelSpec, load_catalog
from core.errors import BotError
from core.gateway.client import Gateway
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted
from core.values import Artifact, Json, Order, Past
from tests.gateway.conftest import Scripted, Seen
from tests.gateway.films import input_of
from tests.gateway.test_images_recorded import parts_of

SOUNDS = Path(__file__).parent / "recorded" / "sounds"
WELL = {"base_resp": {"status_code": 0, "status_msg": "success"}, "system_voice": []}


def recorded(*families: str) -> list[Path]:
    return sorted(path for family in families for path in SOUNDS.glob(f"{family}_*.json"))


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return case


def order_of(case: dict[str, Any]) -> Order:
    told = case["order"]
    past: tuple[Past, ...] = ()
    if former := told.get("past"):
        past = (Past("the former words", task_id=former["task_id"], words=former.get("words", "")),)
    inputs = tuple(input_of(each) for each in told.get("inputs", []))
    options, action, press = told.get("options", {}), told.get("action", ""), told.get("press", "")
    return Order("audio", case["model"], told["prompt"], options, inputs, past=past, action=action, press=press)


def spec_of(case: dict[str, Any], catalog: Catalog) -> ModelSpec:
    """With the operator's `row` over the built-in one, where the case has such."""
    if row := case.get("row"):
        catalog = load_catalog({"models": {case["model"]: row}})
    found = catalog.find(case["model"])  # hidden ones too
    assert found is not None
    return found


async def is_answered(case: dict[str, Any], gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    """One request goes out whatever comes, and each reply means what the case says."""
    spec, order = spec_of(case, catalog), order_of(case)
    for reply in case["replies"]:
        scripted.seen.clear()
        scripted.handler = _answering(reply, case.get("upload"))
        assert await _meant(gateway.submit(spec, order)) == reply["is"], reply
        sent = _without_probe(scripted.seen)
        if upload := case.get("upload"):
            _is_upload(sent.pop(0), upload)
        (seen,) = sent
        assert (seen.method, seen.path) == ("POST", case["path"])
        if "json" in case:
            assert json.loads(seen.body) == case["json"]
        else:
            _is_form(seen, case["form"], case["file"])


async def is_looked_at(case: dict[str, Any], gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    spec = spec_of(case, catalog)
    task_id = case["replies"][0]["is"]["task"]
    for look in case["looks"]:
        scripted.seen.clear()
        scripted.handler = _answering(look)
        assert await _meant(gateway.poll(spec, task_id)) == look["is"], look
        assert [seen.path for seen in _without_probe(scripted.seen)] == [case["poll"]] * look.get("sent", 1), look


def _answering(reply: dict[str, Any], upload: dict[str, Any] | None = None) -> Any:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/get_voice"):
            return web.json_response(WELL)
        if upload and request.path == upload["path"]:
            return web.json_response(upload["body"])
        status = reply.get("status", 200)
        if "body" in reply:
            return web.json_response(reply["body"], status=status)
        return web.Response(text=reply["text"], content_type=reply["type"], status=status)

    return handler


def _without_probe(seen: list[Seen]) -> list[Seen]:
    return [each for each in seen if not each.path.endswith("/get_voice")]


def _is_upload(seen: Seen, upload: dict[str, Any]) -> None:
    assert (seen.method, seen.path) == ("POST", upload["path"])
    _is_form(seen, upload["form"], upload["file"])


def _is_form(seen: Seen, form: dict[str, str], file: list[str]) -> None:
    fields, files = parts_of(seen)
    assert dict(fields) == form
    assert [list(each) for each in files] == [file]


async def _meant(call: Any) -> dict[str, Json]:
    try:
        return told(await call)
    except BotError as raised:
        return {"raises": type(raised).__name__}


def told(outcome: Submitted | Polled) -> dict[str, Json]:
    match outcome:
        case Accepted(task_id):
            return {"task": task_id}
        case Again(progress, listen=listen):
            return {"again": progress, "listen": listen} if listen else {"again": progress}
        case Ready((Artifact("text") as words,), transcript):
            return {"words": words.text, "title": words.title, "transcript": transcript}
        case Ready(artifacts, _, buttons, refunded):
            shown: dict[str, Json] = {"songs": [_sound(each) for each in artifacts]}
            if buttons or artifacts[0].performer:
                shown["buttons"] = [button.id for button in buttons]
            return {**shown, "refunded": True} if refunded else shown
        case Broken(error):
            return {"error": type(error).__name__}
    raise AssertionError(outcome)


def _sound(sound: Artifact) -> dict[str, Json]:
    """A song of Suno's in full, of others what is told of them."""
    shown: dict[str, Json] = {"hex": sound.data.hex(), "mime": sound.mime} if sound.data else {"url": sound.url}
    if sound.performer:
        shown |= {"cover": sound.cover, "title": sound.title, "performer": sound.performer, "text": sound.text}
        return {**shown, "seconds": sound.duration_s, "id": sound.remote_id}
    return {**shown, "seconds": sound.duration_s} if sound.duration_s else shown
