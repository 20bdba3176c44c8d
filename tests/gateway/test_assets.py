"""Seedance's library: what is asked, and whatever is answered is understood (gateway contract, videos 5.3, 5.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.catalog import load_catalog
from core.errors import Copyrighted, GatewayError, NoResult, RateLimited, TaskFailed, UpstreamDown
from core.gateway.video.assets import keeps, link_to, parse_create, parse_look, to_create, to_look
from core.gateway.wire import WireReply
from core.values import Json

SPEC = load_catalog().get("seedance-2.0", "video")


def test_requests() -> None:
    sent = to_create("https://example.com/cat.jpg", "cat", "video", SPEC)
    assert (sent.method, sent.path) == ("POST", "/api/asset/createMedia")
    assert sent.json == {"url": "https://example.com/cat.jpg", "name": "cat", "assetType": "Video"}
    assert to_look("asset-1&x=2", SPEC).path == "/api/asset/get?id=asset-1%26x%3D2"
    assert link_to("asset-1", SPEC) == "asset://asset-1"


def test_a_row_says_whether_there_is_one() -> None:
    assert keeps(SPEC)
    assert not keeps(replace(SPEC, extra={**SPEC.extra, "asset_create": ""}))
    assert not keeps(load_catalog().get("sdance2-fast-15s", "video"))


def test_the_id_of_a_new_one() -> None:
    assert (
        parse_create(WireReply(200, {"Result": {"Id": "asset-20260324111811-p9fjp"}})) == "asset-20260324111811-p9fjp"
    )


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, NoResult),
        ([], NoResult),
        ({"Result": None}, NoResult),
        ({"Result": {"Id": 7}}, NoResult),
        ({"Result": {"Id": "a b\n"}}, NoResult),
        ({"Result": {"Id": "x" * 300}}, NoResult),
        ({"ResponseMetadata": {"Error": {"Code": "InputImageCopyright", "Message": "no"}}}, Copyrighted),
        ({"error": {"message": "too many requests", "type": "rate_limit_error"}}, RateLimited),
    ],
)
def test_no_id(body: Json, error: type[GatewayError]) -> None:
    with pytest.raises(GatewayError) as raised:
        parse_create(WireReply(200, body))
    assert type(raised.value) is error


@pytest.mark.parametrize(("status", "state"), [("Processing", "checking"), ("active", "active"), ("Failed", "failed")])
def test_states(status: str, state: str) -> None:
    seen = parse_look(WireReply(200, {"Result": {"Id": "a", "Status": status}}))
    assert (seen.state, type(seen.error)) == (state, TaskFailed if state == "failed" else type(None))


@pytest.mark.parametrize("body", [None, {}, {"Result": {"Status": "Odd"}}, {"Result": {"Status": []}}, {"Result": []}])
def test_no_state_is_no_end(body: Json) -> None:
    with pytest.raises(UpstreamDown):
        parse_look(WireReply(200, body))
