"""Seedance's library of a person's own files: put in by a link, looked at until it may be used, named `asset://ID` in an
order (gateway contract, videos 5.3, 5.4, 5.1). Pure.

Where it is and what it calls things says the row (`asset_create`, `asset_get`, `asset_kinds`, `asset_link`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from core.catalog import ModelSpec
from core.errors import GatewayError, NoResult, TaskFailed, UpstreamDown
from core.gateway.failures import Told, from_told, told_error
from core.gateway.wire import WireReply, WireRequest
from core.values import Json, Kind

CREATE_S = 30.0
_ID = re.compile(r"[A-Za-z0-9._-]{1,200}")
_STATES: dict[str, Literal["checking", "active", "failed"]] = {
    "processing": "checking",
    "active": "active",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """How an asset is doing. `error`: why it failed."""

    state: Literal["checking", "active", "failed"]
    error: GatewayError | None = None


def keeps(spec: ModelSpec) -> bool:
    """Whether files can be put into a library by this row."""
    return bool(spec.extra.get("asset_create") and spec.extra.get("asset_get"))


def to_create(link: str, name: str, kind: Kind, spec: ModelSpec) -> WireRequest:
    """`kind`: one of the row's `asset_kinds`."""
    body: dict[str, Json] = {"url": link, "name": name, "assetType": spec.extra["asset_kinds"][kind]}
    return WireRequest("POST", spec.extra["asset_create"], json=body, timeout_s=CREATE_S)


def parse_create(reply: WireReply) -> str:
    """The asset's id. Raises NoResult when none is told: without it the file can be neither asked for nor used."""
    found = _result(reply.body).get("Id")
    if isinstance(found, str) and _ID.fullmatch(found):
        return found
    if told := _error(reply.body):
        raise from_told(told, TaskFailed)
    raise NoResult("an asset without an id")


def to_look(remote_id: str, spec: ModelSpec) -> WireRequest:
    return WireRequest("GET", spec.extra["asset_get"].replace("{id}", quote(remote_id, safe="")))


def parse_look(reply: WireReply) -> Seen:
    """Raises GatewayError when the reply is about the question, not about the asset."""
    result = _result(reply.body)
    state = _STATES.get(str(result.get("Status")).casefold())
    if state == "failed":
        return Seen("failed", from_told(_of(result.get("Error")) or Told(), TaskFailed))
    if state:
        return Seen(state)
    raise from_told(_error(reply.body) or Told(message="an asset without a state"), UpstreamDown)


def link_to(remote_id: str, spec: ModelSpec) -> str:
    """What stands in an order in place of the file's address."""
    return str(spec.extra["asset_link"]).replace("{id}", remote_id)


def _result(body: Json) -> dict[str, Json]:
    found = body.get("Result") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def _error(body: Json) -> Told | None:
    """In the vendor's way, or in one of the gateway's."""
    metadata = body.get("ResponseMetadata") if isinstance(body, dict) else None
    return _of(metadata.get("Error") if isinstance(metadata, dict) else None) or told_error(body)


def _of(error: Json) -> Told | None:
    if not isinstance(error, dict):
        return None
    code, message = error.get("Code"), error.get("Message")
    return Told(code if isinstance(code, str) else "", message if isinstance(message, str) else "")
