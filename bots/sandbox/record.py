"""What was asked of the sandbox: requests read in whole, within bounds, and kept for tests to look at."""

import asyncio
import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

BODY_MAX = 128 * 1024 * 1024  # gateway contract, chat 1: more is HTTP 413
JSON_INLINE_MAX = 256 * 1024  # larger JSON is parsed in a thread
PARTS_MAX = 64
KEPT_BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body; `filename` is None for a text field."""

    name: str
    filename: str | None
    content_type: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request. `body` is the parsed JSON value (None when it is none); `parts` those of a multipart body."""

    method: str
    path: str
    route: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)  # holds the key
    body: object
    parts: tuple[Part, ...]
    size: int
    broken: bool  # neither JSON nor multipart could be read from it

    @property
    def json(self) -> Mapping[str, object]:
        """The body as an object; empty when it is anything else."""
        return self.body if isinstance(self.body, dict) else {}

    def field(self, name: str) -> str | None:
        """The first text field of that name in a multipart body."""
        return next((part.text for part in self.parts if part.name == name and part.filename is None), None)

    def files(self, *names: str) -> list[Part]:
        return [part for part in self.parts if part.filename is not None and part.name in names]


class Record:
    """The last requests, oldest first; bounded in number and in bytes."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._bytes = 0
        self._seen: deque[Seen] = deque()

    def add(self, seen: Seen) -> None:
        self._seen.append(seen)
        self._bytes += seen.size
        while len(self._seen) > self._kept or (self._bytes > KEPT_BYTES_MAX and len(self._seen) > 1):
            self._bytes -= self._seen.popleft().size

    def to(self, route: str) -> list[Seen]:
        """The requests of a route, such as `POST /v1/videos` or `GET /v1/videos/{id}`."""
        return [seen for seen in self._seen if seen.route == route]

    def clear(self) -> None:
        self._seen.clear()
        self._bytes = 0

    def __iter__(self) -> Iterator[Seen]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)

    def __getitem__(self, index: int) -> Seen:
        return self._seen[index]


class TooLarge(Exception):
    """The body is over `BODY_MAX`."""


async def read(request: web.Request, route: str) -> Seen:
    """Read the request to its end. Raises `TooLarge`."""
    body: object = None
    parts: tuple[Part, ...] = ()
    broken = False
    if request.content_type.startswith("multipart/"):
        try:
            parts = tuple(await _read_parts(request))
        except (ValueError, AssertionError, HttpProcessingError):  # aiohttp, of malformed parts
            broken = True
        size = sum(len(part.data) for part in parts)
    else:
        raw = await _read_raw(request)
        size = len(raw)
        try:
            body = (await _parse(raw)) if raw else None
        except (ValueError, RecursionError):
            broken = True
    return Seen(
        method=request.method,
        path=request.path,
        route=route,
        query=dict(request.query),
        headers=request.headers,
        body=body,
        parts=parts,
        size=size,
        broken=broken,
    )


async def _parse(raw: bytes) -> object:
    if len(raw) > JSON_INLINE_MAX:
        return await asyncio.to_thread(json.loads, raw)
    return json.loads(raw)


async def _read_raw(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge from error


async def _read_parts(request: web.Request) -> list[Part]:
    parts: list[Part] = []
    left = BODY_MAX
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise ValueError("a part without a name")
        data = bytearray()
        while chunk := await part.read_chunk(64 * 1024):
            left -= len(chunk)
            if left < 0:
                raise TooLarge
            data += chunk
        parts.append(Part(part.name, part.filename, part.headers.get("Content-Type", "text/plain"), bytes(data)))
        if len(parts) > PARTS_MAX:
            raise ValueError("too many parts")
    return parts
