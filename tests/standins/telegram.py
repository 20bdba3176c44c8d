"""A strict stand-in for the Telegram Bot API, over a real socket, for the real aiogram.

    async with TelegramStandIn() as telegram:
        bot = Bot(telegram.token, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))
        ann = telegram.phone.person("Ann")
        telegram.phone.say(ann, ann, "hello")
        await telegram.phone.until(lambda: telegram.phone.visible(ann)[1:])

It refuses what Telegram refuses, in Telegram's words; what Telegram would swallow silently is kept in `violations`.
Run by itself (`python -m tests.standins.telegram --help`) it serves a bench from a process of its own.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from aiohttp import web

from tests.standins.telegram_chats import State
from tests.standins.telegram_faults import LIMITED, Call, Drop, Faults, Hold, Limiter, Page, Refuse, Slow
from tests.standins.telegram_methods import Methods
from tests.standins.telegram_phone import Phone
from tests.standins.telegram_updates import Updates
from tests.standins.telegram_wire import ApiError, Form, answered, parse_form, refused

TOKEN = "4242:stand-in-token"


class TelegramStandIn:
    """The server. `clock` (seconds) drives limits and lifetimes; `latency_s` is added to each call but getUpdates.

    `local_folder` makes it a local Bot API server: files are handed out as paths there, up to 2,000 MB.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        limiter: Limiter | None = None,
        latency_s: float = 0.0,
        token: str = TOKEN,
        local_folder: Path | None = None,
    ) -> None:
        self.token = token
        self.url = ""
        self.limiter = limiter
        self.faults = Faults()
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.updates = Updates()
        self.state = State(clock, self._changed)
        self.methods = Methods(self.state, self.violations.append, local=local_folder is not None)
        self.methods.local_folder = local_folder
        self.phone = Phone(self.state, self.methods, self.updates, self.calls)
        self._clock = clock
        self._latency_s = latency_s
        self._runner: web.ServerRunner | None = None
        self.extra_routes: dict[str, Callable[[web.BaseRequest], object]] = {}

    async def __aenter__(self) -> TelegramStandIn:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `url` is known afterwards."""
        server = web.Server(self._serve, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop listening and drop what is in flight."""
        await self.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def of(self, *methods: str, chat: int | None = None) -> list[Call]:
        """The calls of these methods so far, in one chat if given."""
        return [call for call in self.calls if call.method in methods and chat in (None, call.chat)]

    @property
    def refusals(self) -> list[Call]:
        """The calls that met a 429."""
        return [call for call in self.calls if call.status == 429]

    def _changed(self) -> None:
        self.phone.ring()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        prefix = f"/bot{self.token}/"
        if path.startswith(prefix):
            return await self._call(request, path[len(prefix) :])
        if path.startswith(f"/file{prefix}files/"):
            return self._file(path.rpartition("/")[2])
        route = self.extra_routes.get(path)
        if route is not None:
            reply = route(request)
            result = await reply if inspect.isawaitable(reply) else reply
            return web.json_response(result)
        if path.startswith("/bot"):
            return refused(ApiError(401, "Unauthorized"))
        return refused(ApiError(404, "Not Found"))

    def _file(self, file_id: str) -> web.StreamResponse:
        media = self.state.files.get(file_id)
        if media is None:
            return refused(ApiError(404, "Not Found"))
        return web.Response(body=media.data, content_type="application/octet-stream")

    async def _call(self, request: web.BaseRequest, method: str) -> web.StreamResponse:
        body = await request.content.read()  # request.read() stops at 1 MB
        form = parse_form(request.headers.get("Content-Type", ""), body)
        call = self._record(method, form)
        fault = self.faults.next_for(call)
        if isinstance(fault, Hold):
            fault.reached.set()
            await fault.go.wait()
        pause = self._latency_s + (fault.seconds if isinstance(fault, Slow) else 0.0)
        if pause and method != "getUpdates":
            await asyncio.sleep(pause)
        if isinstance(fault, Page):
            self._done(call, fault.status, "a proxy's page")
            return web.Response(status=fault.status, text=fault.text, content_type="text/html")
        if fault == Drop(applied=False):
            return self._cut(request, call)
        response = await self._answer(call, form, fault)
        return self._cut(request, call) if isinstance(fault, Drop) else response

    async def _answer(self, call: Call, form: Form, fault: object) -> web.Response:
        try:
            if isinstance(fault, Refuse):
                raise fault.error
            self._limit(call, form)
            result = await self._result(call.method, form)
        except ApiError as error:
            self._done(call, error.status, error.description)
            return refused(error)
        self._done(call, 200, "")
        return answered(result)

    async def _result(self, method: str, form: Form) -> object:
        if method == "getUpdates":
            return await self.updates.poll(form)
        if method == "setWebhook":
            return self.updates.set_webhook(form)
        if method == "deleteWebhook":
            return self.updates.delete_webhook(form)
        if method == "getWebhookInfo":
            return self.updates.webhook_info(form)
        run = self.methods.table.get(method)
        if run is None:
            raise ApiError(404, "Not Found")
        return run(form)

    def _limit(self, call: Call, form: Form) -> None:
        if self.limiter is None or call.method not in LIMITED or call.chat is None:
            return
        chat = self.state.chats.get(call.chat)
        messages = len(form.items("media") or ()) if call.method == "sendMediaGroup" else 1
        is_group = chat is not None and chat.kind != "private"
        wait = self.limiter.refuse(call.chat, is_group, messages, self._clock())
        if wait:
            raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def _record(self, method: str, form: Form) -> Call:
        sizes = {name: len(upload.data) for name, upload in form.files.items()}
        chat = form.fields.get("chat_id", "")
        number = int(chat) if chat.lstrip("-").isdigit() else None
        call = Call(method, form.fields, sizes, number, self._clock())
        self.calls.append(call)
        self.phone.ring()
        return call

    def _done(self, call: Call, status: int, description: str) -> None:
        call.status, call.description, call.done_at = status, description, self._clock()
        self.phone.ring()

    def _cut(self, request: web.BaseRequest, call: Call) -> web.Response:
        """Drop the line without an answer."""
        self._done(call, 0, "line dropped")
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


if __name__ == "__main__":
    from tests.standins.telegram_process import main

    main()
