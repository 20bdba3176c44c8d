"""The routes. `/healthz`: the loop turns. `/readyz`: the database answers. `/metrics`: Prometheus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bots.http.links import MEDIA_PATH, Links
from core.ports import Media

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

READY_WITHIN_S = 5.0

SAFE_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
}
"""Shown in a browser; everything else is downloaded."""


@dataclass(frozen=True, slots=True)
class Port:
    """What the HTTP port needs. `problems`: what is not ready, in a word each; `extra`: routes of the front ends (POST)."""

    problems: Callable[[], Awaitable[list[str]]]
    metrics: Callable[[], Awaitable[bytes]]
    media: Media
    links: Links
    extra: Mapping[str, Handler] = field(default_factory=dict)


def build_app(port: Port) -> web.Application:
    app = web.Application(client_max_size=4 * 1024 * 1024)

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def ready(_request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                problems = await port.problems()
        except TimeoutError:
            problems = ["timeout"]
        return web.json_response({"ok": not problems, "problems": problems}, status=503 if problems else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=await port.metrics(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def media(request: web.Request) -> web.StreamResponse:
        key, name = request.match_info["key"], request.match_info["name"]
        if not port.links.valid(key, name, request.query.get("until", ""), request.query.get("sign", "")):
            raise web.HTTPNotFound
        return await _stream(request, port.media, key, name)

    app.router.add_get("/healthz", health)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", metrics)
    app.router.add_get(MEDIA_PATH + "/{key}/{name}", media)
    for path, handler in port.extra.items():
        app.router.add_post(path, handler)
    return app


async def _stream(request: web.Request, media: Media, key: str, name: str) -> web.StreamResponse:
    kind = SAFE_TYPES.get(name.rpartition(".")[2].lower())
    response = web.StreamResponse(
        headers={
            "Content-Type": kind or "application/octet-stream",
            "Content-Disposition": "inline" if kind else "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, max-age=86400",
        }
    )
    chunks = media.stream(key)
    try:
        first = await anext(chunks)
    except (KeyError, StopAsyncIteration):
        raise web.HTTPNotFound from None
    await response.prepare(request)
    await response.write(first)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


@asynccontextmanager
async def serve(port: Port, host: str, number: int) -> AsyncIterator[int]:
    """Listen; yields the real port number. Raises OSError when the address is taken."""
    runner = web.AppRunner(build_app(port), access_log=None, handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, number).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
