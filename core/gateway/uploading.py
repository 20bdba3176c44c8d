"""The gateway's file upload: nobody knows where it is, so its place is the operator's to name (gateway contract, audio 7).
Pure.

`starlight doctor` tries the candidates; whatever their reply looks like, one tolerant reader finds the address in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.errors import BadRequest, NoResult
from core.gateway.failures import from_told, told_error
from core.gateway.wire import WireFile, WireRequest
from core.values import Json, Kind

IMAGE_BYTES = 10 * 1024 * 1024
OTHER_BYTES = 20 * 1024 * 1024
URL_CHARS = 8_192
UPLOAD_S = 60.0
NOT_THERE = frozenset({404, 405, 501})
"""Statuses of a path that the gateway does not serve; a page of HTML says the same."""


@dataclass(frozen=True, slots=True)
class UploadPlace:
    """One file a call, at `path`, as the part `file_field`; `form`: text parts beside it."""

    path: str
    file_field: str = "file"
    form: Mapping[str, str] = field(default_factory=dict)


CANDIDATES = (
    UploadPlace("/v1/files", form={"purpose": "user_data"}),
    UploadPlace("/api/upload"),
    UploadPlace("/v1/upload"),
    UploadPlace("/v1/files/upload"),
)


def most_bytes(kind: Kind) -> int:
    """The largest file of a kind that an upload is tried with."""
    return IMAGE_BYTES if kind == "image" else OTHER_BYTES


def to_upload(place: UploadPlace, name: str, mime: str, data: bytes) -> WireRequest:
    file = WireFile(place.file_field, name, mime or "application/octet-stream", data)
    return WireRequest("POST", place.path, form=tuple(place.form.items()), files=(file,), timeout_s=UPLOAD_S)


def parse_upload(body: Json) -> str:
    """The address in a reply of success. Raises GatewayError for an error it tells, and NoResult without an address."""
    for text in _texts(body):
        if isinstance(text, str) and _is_address(text):
            return text
    if told := told_error(body):
        raise from_told(told, BadRequest)
    raise NoResult("an upload without an address")


def _texts(body: Json) -> Iterator[Json]:
    """Where siblings of the gateway put it, best first."""
    whole = body if isinstance(body, dict) else {}
    data, file = whole.get("data"), whole.get("file")
    yield whole.get("url")
    if isinstance(data, dict):
        yield from (data.get(name) for name in ("url", "file_url", "download_url"))
    if isinstance(file, dict):
        yield file.get("url")
    if isinstance(data, list) and data and isinstance(data[0], dict):
        yield data[0].get("url")
    yield data


def _is_address(text: str) -> bool:
    begins = text.startswith(("http://", "https://"))
    return begins and len(text) <= URL_CHARS and text.isprintable() and " " not in text
