"""The REST half of the Discord stand-in: routes under /api/v10, the attachment CDN, and the gate every call goes through."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

from aiohttp import BodyPartReader, hdrs, web

from tests.standins import discord_interactions as interactions
from tests.standins import discord_payloads as payloads
from tests.standins.discord_command_rules import check_commands
from tests.standins.discord_faults import Fault, Faults, Limits
from tests.standins.discord_messages import Form, Upload, build, change, check_may_send, delete, post
from tests.standins.discord_rules import SUPPRESS_EMBEDS, Json, RefusedError, check_flags, invalid, text_of
from tests.standins.discord_world import THREAD, Call, Channel, Message, World

PREFIX = "/api/v10"
BODY_MAX = 210 << 20
# Refusals that a well-behaved bot never causes; the others (message gone, closed DMs, ...) are the state of the world.
BUGS = frozenset({50006, 50035, 50109, 40060, 10062, 10015, 50161, 40094, 40005, 50005, 20028})
Handler = Callable[[web.Request, Form], Awaitable[web.Response]]


def reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with the exact content type, which discord.py insists on."""
    raw = json.dumps(body).encode()
    return web.Response(body=raw, status=status, headers={"Content-Type": "application/json", **(headers or {})})


def without_translations(item: Json) -> Json:
    """A command or option as the list shows it unless translations are asked for."""
    plain = {key: value for key, value in item.items() if not key.endswith("_localizations")}
    if "options" in plain:
        plain["options"] = [without_translations(option) for option in plain["options"]]
    return plain


async def read_form(request: web.Request) -> Form:
    """The body as JSON plus files. Raises RefusedError on anything else."""
    kind = request.headers.get(hdrs.CONTENT_TYPE, "")
    if kind.startswith("multipart/form-data"):
        return await _read_multipart(request)
    raw = await request.read()
    if not raw:
        return Form({})
    if kind != "application/json":
        raise RefusedError(
            400, 50035, "Invalid Form Body", f'Expected "Content-Type" of application/json, got {kind!r}'
        )
    try:
        body = json.loads(raw)
    except ValueError:
        raise RefusedError(400, 50109, "The request body contains invalid JSON.") from None
    return Form(body if isinstance(body, dict) else {"": body})


async def _read_multipart(request: web.Request) -> Form:
    body: Json = {}
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise invalid("nested multipart")
        name = part.name or ""
        data = bytes(await part.read())
        if name == "payload_json":
            body = json.loads(data)
        elif name.startswith("files[") and name.endswith("]"):
            kind = part.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
            files[int(name[6:-1])] = Upload(part.filename or "file", data, kind)
        else:
            raise invalid(f"multipart: unknown part {name!r}")
    return Form(body, files)


class Rest:
    """All routes over one world, with scripted faults and, when `limits` is set, rate limits."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.limits: Limits | None = None

    def routes(self) -> list[web.RouteDef]:
        one = r"/channels/{channel:\d+}/messages/{message:\d+}"
        hook = r"/webhooks/{app:\d+}/{token}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/users/@me", self.me),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway),
            ("POST", "/users/@me/channels", self.open_dm),
            ("GET", r"/channels/{channel:\d+}", self.get_channel),
            ("POST", r"/channels/{channel:\d+}/messages", self.send),
            ("GET", one, self.get_message),
            ("PATCH", one, self.edit),
            ("DELETE", one, self.delete),
            ("POST", r"/channels/{channel:\d+}/typing", self.typing),
            ("POST", one + "/threads", self.thread),
            ("POST", r"/channels/{channel:\d+}/threads", self.thread),
            ("GET", r"/applications/{app:\d+}/commands", self.commands),
            ("PUT", r"/applications/{app:\d+}/commands", self.sync),
            ("GET", r"/applications/{app:\d+}/guilds/{guild:\d+}/commands", self.commands),
            ("PUT", r"/applications/{app:\d+}/guilds/{guild:\d+}/commands", self.sync),
            ("POST", r"/interactions/{id:\d+}/{token}/callback", self.answer),
            ("POST", hook, self.follow_up),
            ("GET", hook + "/messages/{which}", self.hook_get),
            ("PATCH", hook + "/messages/{which}", self.hook_edit),
            ("DELETE", hook + "/messages/{which}", self.hook_delete),
        ]
        api = [web.route(method, PREFIX + path, self._gated(handler)) for method, path, handler in table]
        unknown = web.route("*", PREFIX + "/{rest:.*}", self._gated(self.unknown))
        return [*api, unknown, web.get(r"/attachments/{channel:\d+}/{file:\d+}/{name}", self.download)]

    # -- the gate --------------------------------------------------------------------------------------------

    def _gated(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            at_s, path, form = time.monotonic(), request.path.removeprefix(PREFIX), Form({})
            try:
                form = await read_form(request)
                fault = self.faults.take(request.method, path, form.json)
                response = await self._answer(request, path, form, handler, fault)
            except RefusedError as refused:
                if refused.code in BUGS:
                    self.world.violations.append(f"{request.method} {path}: {refused}")
                response, code = reply(refused.body(), refused.status), refused.code
            else:
                code = 0
            names = tuple(upload.name for upload in form.files.values())
            lost = request.transport is None or request.transport.is_closing()
            status = 0 if lost else response.status
            self.world.calls.append(Call(at_s, request.method, path, form.json, names, status, code))
            await self.world.touch()
            return response

        return serve

    async def _answer(
        self, request: web.Request, path: str, form: Form, handler: Handler, fault: Fault | None
    ) -> web.Response:
        if fault is not None and fault.kind == "hold":
            fault.arrived.set()
            await self.world.touch()
            await fault.release.wait()
        elif fault is not None:
            return await self._fail(request, form, handler, fault)
        return await self._allowed(request, path, form, handler)

    async def _fail(self, request: web.Request, form: Form, handler: Handler, fault: Fault) -> web.Response:
        fault.arrived.set()
        if fault.kind in ("drop_before", "drop_after"):
            if fault.kind == "drop_after":
                self._check_token(request)
                await handler(request, form)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.kind == "html":
            page = b"<html><body><h1>Bad gateway</h1></body></html>"
            return web.Response(body=page, status=fault.status, content_type="text/html")
        if fault.kind == "limited":
            return self._too_many(fault.retry_after_s, is_global=fault.global_limit, via=fault.via, headers={})
        return reply({"message": "scripted", "code": fault.code}, fault.status)

    async def _allowed(self, request: web.Request, path: str, form: Form, handler: Handler) -> web.Response:
        self._check_token(request)
        if self.limits is None:
            return await handler(request, form)
        allowance = self.limits.take(self.world.clock.now(), request.method, path)
        headers = allowance.headers(time.time())
        if allowance.refused:
            self.world.violations.append(f"429 for {request.method} {path}")
            return self._too_many(allowance.reset_after_s, is_global=allowance.is_global, via=True, headers=headers)
        response = await handler(request, form)
        response.headers.update(headers)
        return response

    @staticmethod
    def _too_many(after_s: float, *, is_global: bool, via: bool, headers: dict[str, str]) -> web.Response:
        body = {"message": "You are being rate limited.", "retry_after": round(after_s, 3), "global": is_global}
        headers = headers | {"Retry-After": str(int(after_s) + 1)} | ({"Via": "1.1 google"} if via else {})
        return reply(body, 429, headers)

    def _check_token(self, request: web.Request) -> None:
        if request.path.startswith((f"{PREFIX}/interactions/", f"{PREFIX}/webhooks/")):
            return
        if request.headers.get(hdrs.AUTHORIZATION) != f"Bot {self.world.token}":
            raise RefusedError(401, 0, "401: Unauthorized")

    # -- the application -------------------------------------------------------------------------------------

    async def unknown(self, request: web.Request, _: Form) -> web.Response:
        self.world.violations.append(f"unknown route {request.method} {request.path}")
        raise RefusedError(404, 0, "404: Not Found")

    async def me(self, _request: web.Request, _: Form) -> web.Response:
        return reply(payloads.user(self.world.bot) | {"verified": True, "email": None, "flags": 0})

    async def application(self, _request: web.Request, _: Form) -> web.Response:
        owner = next(iter(self.world.people.values()))
        return reply(
            {
                "id": str(self.world.application_id),
                "name": self.world.bot.name,
                "description": "",
                "icon": None,
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "00",
                "flags": 0,
                "owner": payloads.user(owner),
                "team": None,
                "rpc_origins": [],
                "tags": [],
                "redirect_uris": [],
                "interactions_endpoint_url": None,
                "role_connections_verification_url": None,
                "approximate_guild_count": len(self.world.guilds),
                "approximate_user_install_count": 0,
                "integration_types_config": {"0": {}, "1": {}},
            }
        )

    async def gateway(self, _request: web.Request, _: Form) -> web.Response:
        url = self.world.base_url.replace("http", "ws", 1) + "/gateway"
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 16}
        return reply({"url": url, "shards": 1, "session_start_limit": limit})

    async def commands(self, request: web.Request, _: Form) -> web.Response:
        known = self.world.commands.get(int(request.match_info.get("guild", 0)), [])
        wanted = request.query.get("with_localizations") in ("1", "true")
        return reply(known if wanted else [without_translations(command) for command in known])

    async def sync(self, request: web.Request, form: Form) -> web.Response:
        guild_id = int(request.match_info.get("guild", 0))
        made = [
            command | {"id": str(self.world.new_id()), "application_id": str(self.world.application_id), "version": "1"}
            for command in check_commands(form.json.get("", []))
        ]
        self.world.commands[guild_id] = made
        self.world.command_syncs += 1
        return reply(made)

    # -- channels and messages -------------------------------------------------------------------------------

    def _channel(self, request: web.Request) -> Channel:
        return self.world.channel(int(request.match_info["channel"]))

    def _message(self, request: web.Request) -> Message:
        return self.world.message(self._channel(request), int(request.match_info["message"]))

    def _own(self, request: web.Request) -> Message:
        message = self._message(request)
        if message.shown_to is not None:
            raise RefusedError(404, 10008, "Unknown Message")
        return message

    async def open_dm(self, _request: web.Request, form: Form) -> web.Response:
        person = self.world.people.get(int(form.json.get("recipient_id", 0)))
        if person is None or person is self.world.bot:
            raise RefusedError(400, 50033, "Invalid Recipient(s)")
        return reply(payloads.channel(self.world, self.world.dm_of(person)))

    async def get_channel(self, request: web.Request, _: Form) -> web.Response:
        return reply(payloads.channel(self.world, self._channel(request)))

    async def send(self, request: web.Request, form: Form) -> web.Response:
        channel = self._channel(request)
        check_may_send(channel, form)
        message = build(self.world, channel, self.world.bot, form, channel.file_limit)
        if message.ephemeral:
            raise invalid("flags: only answers to interactions are ephemeral")
        known = self.world.same_nonce(self.world.bot, message.nonce) if message.nonce else None
        if known is not None and form.json.get("enforce_nonce"):
            return reply(payloads.message(self.world, known))
        return reply(payloads.message(self.world, await post(self.world, message)))

    async def get_message(self, request: web.Request, _: Form) -> web.Response:
        return reply(payloads.for_bot(self.world, self._message(request), content_intent=False))

    async def edit(self, request: web.Request, form: Form) -> web.Response:
        message = self._own(request)
        if message.author is not self.world.bot:
            if set(form.json) == {"flags"} and check_flags(form.json) & ~SUPPRESS_EMBEDS == 0:
                raise RefusedError(403, 50013, "Missing Permissions")
            raise RefusedError(403, 50005, "Cannot edit a message authored by another user")
        if not message.channel.allows("view_channel"):
            raise RefusedError(403, 50001, "Missing Access")
        changed = await change(self.world, message, form, message.channel.file_limit)
        return reply(payloads.message(self.world, changed))

    async def delete(self, request: web.Request, _: Form) -> web.Response:
        message = self._own(request)
        if message.author is not self.world.bot:
            raise RefusedError(403, 50003 if message.channel.person else 50013, "Missing Permissions")
        await delete(self.world, message)
        return web.Response(status=204)

    async def typing(self, request: web.Request, _: Form) -> web.Response:
        channel = self._channel(request)
        check_may_send(channel, Form({}))
        channel.typing.append(time.monotonic())
        return web.Response(status=204)

    async def thread(self, request: web.Request, form: Form) -> web.Response:
        parent = self._channel(request)
        if parent.kind == THREAD or parent.guild is None:
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        if not parent.allows("create_public_threads"):
            raise RefusedError(403, 50013, "Missing Permissions")
        name = text_of(form.json, "name", 1, 100, "thread")
        if form.json.get("auto_archive_duration", 1440) not in (60, 1440, 4320, 10080):
            raise invalid("auto_archive_duration: 60, 1440, 4320 or 10080")
        message = self._message(request) if "message" in request.match_info else None
        if message is not None and message.thread is not None:
            raise RefusedError(400, 160004, "A thread has already been created for this message")
        thread = self.world.add_thread(parent, name, message.id if message else None)
        if message is not None:
            message.thread = thread
        body = payloads.channel(self.world, thread)
        self.world.listener("THREAD_CREATE", body | {"newly_created": True}, thread, parent.guild)
        return reply(body, 201)

    # -- interactions ----------------------------------------------------------------------------------------

    async def answer(self, request: web.Request, form: Form) -> web.Response:
        match = request.match_info
        body = await interactions.answer(self.world, int(match["id"]), match["token"], form)
        if request.query.get("with_response") in ("1", "true"):
            return reply(body)
        return web.Response(status=204)

    async def follow_up(self, request: web.Request, form: Form) -> web.Response:
        message = await interactions.follow_up(self.world, request.match_info["token"], form)
        if request.query.get("wait") in ("1", "true"):
            return reply(payloads.message(self.world, message))
        return web.Response(status=204)

    async def hook_get(self, request: web.Request, _: Form) -> web.Response:
        match = request.match_info
        return reply(payloads.message(self.world, interactions.find(self.world, match["token"], match["which"])))

    async def hook_edit(self, request: web.Request, form: Form) -> web.Response:
        match = request.match_info
        message = await interactions.edit(self.world, match["token"], match["which"], form)
        return reply(payloads.message(self.world, message))

    async def hook_delete(self, request: web.Request, _: Form) -> web.Response:
        await interactions.remove(self.world, request.match_info["token"], request.match_info["which"])
        return web.Response(status=204)

    # -- CDN -------------------------------------------------------------------------------------------------

    async def download(self, request: web.Request) -> web.Response:
        file = self.world.files.get(int(request.match_info["file"]))
        await asyncio.sleep(0)
        if file is None or file.expired:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.data, content_type=file.content_type.split(";")[0])
