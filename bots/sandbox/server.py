"""The door of the sandbox: keys, request ids, scripted faults and the record of requests, for all wires alike."""

import random
import string
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from bots.sandbox import record
from bots.sandbox.account import Account
from bots.sandbox.behaviour import Behaviour
from bots.sandbox.chat import Chat
from bots.sandbox.claude import Claude
from bots.sandbox.faults import HTML_PAGE, Drop, Fault, Hang, Reply, Speech
from bots.sandbox.gemini import Gemini
from bots.sandbox.images import Images
from bots.sandbox.midjourney import Midjourney
from bots.sandbox.minimax import MiniMax
from bots.sandbox.openai_sound import OpenAISound
from bots.sandbox.refusals import LineCut, PlainRefusal, Refusal, UsageRefusal
from bots.sandbox.responses import Responses
from bots.sandbox.runway import Runway
from bots.sandbox.seedance import Seedance
from bots.sandbox.state import KEY, SEEN, SPEECH, Sandbox, Wire
from bots.sandbox.suno import Suno
from bots.sandbox.uploads import Uploads
from bots.sandbox.videos import Videos

__all__ = ["SANDBOX", "Sandbox", "build_app", "serve"]

WIRES: Sequence[type[Wire]] = (
    Account,
    Chat,
    Responses,
    Claude,
    Gemini,
    Images,
    Midjourney,
    Videos,
    Seedance,
    Runway,
    Suno,
    MiniMax,
    OpenAISound,
    Uploads,
)

SANDBOX = web.AppKey("sandbox", Sandbox)
_REQUEST_ID = web.RequestKey("request_id", str)
_FALLBACK = "/{tail}"
_OPEN = ("/files/", "/mj/image/")  # results, for anyone who has the link
_STOP_S = 0.1  # running answers get this long when the sandbox stops


def build_app(behaviour: Behaviour | None = None) -> web.Application:
    """The application, not yet served; its `Sandbox` is under the key `SANDBOX`."""
    sandbox = Sandbox(behaviour or Behaviour())
    app = web.Application(middlewares=[_door], client_max_size=record.BODY_MAX)
    app[SANDBOX] = sandbox
    app.on_response_prepare.append(_sign)
    for wire in WIRES:
        app.add_routes(wire(sandbox).routes())
    app.router.add_get("/files/{name}", _file)
    app.router.add_route("*", "/{tail:.*}", _fallback)
    return app


@asynccontextmanager
async def serve(host: str = "127.0.0.1", port: int = 0, behaviour: Behaviour | None = None) -> AsyncIterator[Sandbox]:
    """Serve a sandbox while the block runs. Port 0 = any free one; raises OSError when the port is taken."""
    app = build_app(behaviour)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_STOP_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        app[SANDBOX].base_url = f"http://{shown}:{bound}"
        yield app[SANDBOX]
    finally:
        await runner.cleanup()


@web.middleware
async def _door(request: web.Request, handler: Handler) -> web.StreamResponse:
    request_id = request[_REQUEST_ID] = _new_request_id()
    try:
        return await _enter(request, handler)
    except Refusal as refusal:
        body = refusal.body(request_id)
        if isinstance(body, str):
            return web.Response(status=refusal.status, text=body, content_type="text/html")
        return web.json_response(body, status=refusal.status, headers=refusal.headers)


async def _enter(request: web.Request, handler: Handler) -> web.StreamResponse:
    sandbox = request.app[SANDBOX]
    resource = request.match_info.route.resource
    pattern = resource.canonical if resource else request.path
    route = f"{request.method} {pattern}"
    fault = sandbox.behaviour.next_fault(route)
    if fault == Drop("head"):
        return _drop(request)
    try:
        request[SEEN] = seen = await record.read(request, route)
    except record.TooLarge:
        raise Refusal(413, "read_request_body_failed", "request body too large") from None
    sandbox.requests.add(seen)
    if pattern != _FALLBACK and not pattern.startswith(_OPEN):
        request[KEY] = _checked_key(request, sandbox.behaviour)
    if request.method == "POST":
        sandbox.submits[pattern] += 1
    if (instead := await _suffer(request, fault)) is not None:
        return instead
    lost = fault == Drop("answer")
    try:
        response = await handler(request)
    except LineCut:
        response, lost = web.Response(), True
    if request.method == "POST" and response.status < 400:
        sandbox.accepted[pattern] += 1
    return _drop(request) if lost else response


async def _suffer(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    """What a fault answers instead of the handler, if it does."""
    match fault:
        case Drop("body"):
            return _drop(request)
        case Hang():
            await fault.hold()
        case Speech():
            request[SPEECH] = fault
        case Reply(status, str(page), headers):
            return web.Response(status=status, text=page, content_type="text/html", headers=headers)
        case Reply(status, body, headers):
            return web.json_response(body, status=status, headers=headers)
    return None


def _checked_key(request: web.Request, behaviour: Behaviour) -> str:
    key = _key(request)
    if key and key not in behaviour.bad_keys:
        return key
    refusal = UsageRefusal if request.path.startswith("/api/usage/") else Refusal
    raise refusal(401, "", "无效的令牌")


def _key(request: web.Request) -> str:
    """The bearer's, or in the vendors' own places on their own paths (gateway contract, chat 1, images 7.1)."""
    own = ""
    if request.path.startswith("/v1beta/"):
        own = request.query.get("key", "") or request.headers.get("x-goog-api-key", "")
    elif request.path == "/v1/messages":
        own = request.headers.get("x-api-key", "")
    elif request.path.startswith("/mj"):
        own = request.headers.get("mj-api-secret", "")
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return own.strip() or (key.strip() if scheme.lower() == "bearer" else "")


def _drop(request: web.Request) -> web.StreamResponse:
    """Close the line; what was written before still arrives, the answer returned here does not."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Oneapi-Request-Id"] = request[_REQUEST_ID]


def _new_request_id() -> str:
    tail = "".join(random.choices(string.ascii_letters + string.digits, k=8))
    return f"{time.strftime('%Y%m%d%H%M%S')}{time.time_ns() % 10**10:010d}{tail}"


async def _file(request: web.Request) -> web.StreamResponse:
    """Results by link, for anyone who has it."""
    file = request.app[SANDBOX].files.get(request.match_info["name"])
    if file is None:
        return web.Response(status=404, text="gone")
    return web.Response(body=file.data, content_type=file.content_type)


async def _fallback(request: web.Request) -> web.StreamResponse:
    """Unknown paths (gateway contract, audio 1.4): JSON under /v1 and /api, elsewhere the console's page, HTTP 200."""
    if request.path.startswith(("/v1", "/api", "/runwayml")):
        message = f"Invalid URL ({request.method} {request.path})"
        raise PlainRefusal(404, "", message, kind="invalid_request_error")
    page = HTML_PAGE.format(title="Starlight sandbox gateway")
    return web.Response(text=page, content_type="text/html")
