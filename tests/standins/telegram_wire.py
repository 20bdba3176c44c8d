"""The wire of the Telegram stand-in: calls as clients write them (multipart, urlencoded or JSON), answers as Telegram does.

Knows bytes and JSON only; nothing about chats.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

Json = dict[str, Any]

_NAME = re.compile(rb'\bname="((?:[^"\\\r\n]|\\.)*)"')
_FILENAME = re.compile(rb'\bfilename="((?:[^"\\\r\n]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


class ApiError(Exception):
    """A refusal, as the Bot API writes it: {"ok": false, "error_code", "description", "parameters"?}."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad(description: str) -> ApiError:
    """A 400 in Telegram's words."""
    return ApiError(400, f"Bad Request: {description}")


@dataclass(slots=True, frozen=True)
class Upload:
    """A file that came with a call."""

    name: str
    data: bytes


@dataclass(slots=True)
class Form:
    """The parameters of one call: all strings, as on the wire, and its files by attachment key."""

    fields: dict[str, str]
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The parameter, or an empty string."""
        return self.fields.get(name, "")

    def integer(self, name: str) -> int | None:
        """The parameter as a number; None if absent; ApiError 400 if it is no number."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except ValueError:
            raise bad(f"can't parse {name}: expected an Integer") from None

    def required(self, name: str) -> int:
        """The parameter as a number; ApiError 400 if it is absent."""
        value = self.integer(name)
        if value is None:
            raise bad(f"parameter {name} is required")
        return value

    def flag(self, name: str) -> bool:
        """The parameter as a yes or no."""
        return self.fields.get(name, "").lower() in {"true", "1", "yes"}

    def items(self, name: str) -> list[Any] | None:
        """The parameter as a JSON list; None if absent."""
        value = self._decoded(name)
        if value is not None and not isinstance(value, list):
            raise bad(f"can't parse {name}: expected an Array")
        return value

    def mapping(self, name: str) -> Json | None:
        """The parameter as a JSON object; None if absent."""
        value = self._decoded(name)
        if value is not None and not isinstance(value, dict):
            raise bad(f"can't parse {name}: expected an Object")
        return value

    def _decoded(self, name: str) -> Any:
        value = self.fields.get(name)
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None


def parse_form(content_type: str, body: bytes) -> Form:
    """Read a call's body. Text-only calls of aiogram are urlencoded, calls with files are multipart."""
    if content_type.startswith("multipart/form-data"):
        found = _BOUNDARY.search(content_type)
        if found is None:
            raise bad("multipart without a boundary")
        return _parse_multipart(body, found[1].encode())
    if content_type.startswith("application/json"):
        raw = json.loads(body or b"{}")
        return Form({k: v if isinstance(v, str) else json.dumps(v) for k, v in raw.items() if v is not None})
    return Form(dict(parse_qsl(body.decode(), keep_blank_values=True)))


def _parse_multipart(body: bytes, boundary: bytes) -> Form:
    form = Form({})
    mark = b"--" + boundary
    if not body.startswith(mark):
        raise bad("multipart body does not start with its boundary")
    for part in body[len(mark) :].split(b"\r\n" + mark):
        if part.startswith(b"--"):
            return form
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            raise bad("a multipart field without a name")
        filename = _FILENAME.search(head)
        if filename is None:
            form.fields[name[1].decode()] = data.decode()
        else:
            form.files[name[1].decode()] = Upload(_ESCAPED.sub(r"\1", filename[1].decode()), data)
    raise bad("multipart body without its end")


def answered(result: Any) -> web.Response:
    """A success."""
    return _json(200, {"ok": True, "result": result})


def refused(error: ApiError) -> web.Response:
    """A refusal."""
    reply: Json = {"ok": False, "error_code": error.status, "description": error.description}
    if error.parameters:
        reply["parameters"] = error.parameters
    return _json(error.status, reply)


def _json(status: int, reply: Json) -> web.Response:
    return web.Response(status=status, body=json.dumps(reply).encode(), content_type="application/json")
