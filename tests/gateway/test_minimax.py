"""MiniMax: speech, songs, words and cloned voices as recorded; errors by number in both forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from core.catalog import Catalog
from core.errors import (
    BadOption,
    BadRequest,
    EmptyPrompt,
    GatewayError,
    NeedsInput,
    NoResult,
    PromptTooLong,
    SourceGone,
)
from core.gateway.client import Gateway
from core.gateway.families import TASKS
from core.gateway.wire import Broken, Uploads, WireReply
from core.values import Json, Order, Part
from tests.gateway import sounds
from tests.gateway.conftest import Scripted

CASES = sounds.recorded("minimax")
CLONE = sounds.SOUNDS / "minimax_clone.json"
OK = {"status_code": 0}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_orders(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    await sounds.is_answered(sounds.read(path), gateway, scripted, catalog)


async def test_the_first_words_of_a_voice(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    await sounds.is_looked_at(sounds.read(CLONE), gateway, scripted, catalog)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"file": None, "base_resp": {"status_code": 2013, "status_msg": "invalid params"}}, BadRequest),
        ({"file": None, "base_resp": OK}, NoResult),
        ({"file": {"file_id": True}, "base_resp": OK}, NoResult),
        ({"file": {"file_id": 1.5e17}, "base_resp": OK}, NoResult),
        ({"file": {"file_id": ""}, "base_resp": OK}, NoResult),
        ([], NoResult),
        ({"error": {"message": "minimax error: 1008 - insufficient balance"}}, GatewayError),
    ],
)
def test_an_upload_without_a_number(catalog: Catalog, body: Json, kind: type[GatewayError]) -> None:
    adapter = TASKS["minimax_clone"]
    assert isinstance(adapter, Uploads)
    with pytest.raises(kind):
        adapter.parse_upload(
            WireReply(200, body), sounds.order_of(sounds.read(CLONE)), catalog.get("voice-clone", "audio")
        )


def test_a_number_as_text_is_a_number_again(catalog: Catalog) -> None:
    adapter, spec = TASKS["minimax_clone"], catalog.get("voice-clone", "audio")
    assert isinstance(adapter, Uploads)
    body = {"file": {"file_id": "9223372036854775807"}, "base_resp": OK}
    order = adapter.parse_upload(WireReply(200, body), sounds.order_of(sounds.read(CLONE)), spec)
    assert order.inputs == ()
    assert adapter.to_submit(order, spec).json["file_id"] == 9_223_372_036_854_775_807


@pytest.mark.parametrize(("number", "noted"), [(1004, True), (2049, True), (1008, True), (2056, True), (2013, False)])
async def test_what_the_operator_alone_can_mend_is_told_to_them(
    gateway: Gateway, scripted: Scripted, catalog: Catalog, troubles: list[GatewayError], number: int, noted: bool
) -> None:
    spec = catalog.get("speech-2.8-hd", "audio")
    refused = {"data": None, "base_resp": {"status_code": number, "status_msg": "no"}}

    async def handler(request: web.Request) -> web.Response:
        return web.json_response(sounds.WELL if request.path.endswith("/get_voice") else refused)

    scripted.handler = handler
    outcome = await gateway.submit(spec, Order("audio", spec.name, "hello", {"voice": "female-tianmei"}))
    assert isinstance(outcome, Broken)
    assert troubles == ([outcome.error] if noted else [])


def test_what_is_missing_or_too_much(catalog: Catalog) -> None:
    def refused(name: str, order: Order, kind: type[Exception]) -> None:
        spec = catalog.get(name, "audio")
        with pytest.raises(kind):
            TASKS[spec.family].to_submit(order, spec)

    words = Order("audio", "", "x" * 9_901, {"voice": "female-tianmei"})
    refused("speech-2.8-hd", words, PromptTooLong)
    refused("music-2.6", replace(words, prompt=" "), EmptyPrompt)
    refused("music-2.6", words, BadOption)
    refused("music-2.6", replace(words, action="sing"), BadOption)
    refused("minimax-lyrics", replace(words, prompt=""), EmptyPrompt)
    refused("minimax-lyrics", replace(words, action="rewrite"), SourceGone)
    refused("voice-clone", words, BadRequest)
    adapter, picture = TASKS["minimax_clone"], Part("image", data=b"x")
    assert isinstance(adapter, Uploads)
    with pytest.raises(NeedsInput):
        adapter.to_upload(replace(words, inputs=(picture,)), catalog.get("voice-clone", "audio"))
