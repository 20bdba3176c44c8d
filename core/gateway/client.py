"""The gateway, as the rest of the core knows it: streams answers, submits and polls tasks, fetches results.

Adapters say what to send and what replies mean, `failures.py` what went wrong; here is what happens on the line. Only a
call that surely was not taken is repeated, and reads; never an order that may have arrived.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import ParamSpec, TypeVar

import httpx
import stamina

from core.catalog import ModelSpec
from core.errors import BadKey, BadRequest, GatewayError, NoFunds, NoResult, NotTaken, TaskExpired, Unsure, UpstreamDown
from core.gateway import account
from core.gateway.account import Balance, Listed
from core.gateway.answer import HEAVY_BYTES, Answer
from core.gateway.download import Downloads, Page, Pages, Resolve, Trusted, origin_of, resolve_name
from core.gateway.failures import REQUEST_ID, from_exception, from_reply
from core.gateway.families import CHAT, TASKS
from core.gateway.orders_stream import Heard, read_order, unheard
from core.gateway.pump import Pump, TooMuch
from core.gateway.refused_fields import Refused, RefusedFields, named_in, without
from core.gateway.sse import SseDecoder
from core.gateway.stream import AnswerStream, Lines, WholeBody
from core.gateway.wire import (
    ChatAdapter,
    LongCall,
    OrderReader,
    Polled,
    Ready,
    SecondLook,
    Submitted,
    TaskAdapter,
    WireReply,
    WireRequest,
)
from core.limits import Limits
from core.ports import Clock, Media
from core.said import Said, collected
from core.values import Artifact, ChatEvent, ChatRequest, Json, Order, Part

P = ParamSpec("P")
T = TypeVar("T")

ERROR_BYTES = 256 * 1024
ERROR_S = 30.0
LINE_BYTES = 48 * 1024 * 1024
"""The longest line of a stream: some upstreams put a picture into one."""
BALANCE_KEPT_S = 300.0
_NO_HEADERS: Mapping[str, str] = {}
_AS_IS = {"Accept-Encoding": "identity"}
_AGAIN = stamina.AsyncRetryingCaller(attempts=3, timeout=None, wait_initial=0.3, wait_max=2.0, wait_jitter=0.3)


@dataclass(frozen=True, slots=True)
class Transports:
    """How connections are made; built where proxies are known. `streams` carries questions only, never an order."""

    orders: Callable[[], httpx.AsyncBaseTransport]
    streams: Callable[[], httpx.AsyncBaseTransport]


@asynccontextmanager
async def open_gateway(
    base_url: str,
    key: str,
    *,
    media: Media,
    transports: Transports,
    clock: Clock,
    limits: Limits,
    allow_hosts: frozenset[str] = frozenset(),
    on_trouble: Callable[[GatewayError], None] = lambda _: None,
    resolve: Resolve = resolve_name,
) -> AsyncIterator[Gateway]:
    """`on_trouble` is told of a key that is refused or empty. Raises ValueError for a base URL or key that cannot be one."""
    stamina.instrumentation.set_on_retry_hooks([])  # a second try is no news; the last error is logged by who asked
    base = _base(base_url)
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ValueError("the gateway's key has characters that no key has")
    async with _client(transports.orders()) as orders, _client(transports.streams()) as streams:
        trusted = Trusted(origin_of(httpx.URL(base)), key, frozenset(host.lower() for host in allow_hosts))
        downloads = Downloads(orders, trusted, connect_s=limits.connect_s, resolve=resolve)
        pages = Pages(orders, connect_s=limits.connect_s, resolve=resolve)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        yield Gateway(base, headers, orders, streams, downloads, pages, media, clock, limits, on_trouble)


def _base(base_url: str) -> str:
    """Without a slash or `/v1` at its end: people paste both, and all paths bring their own."""
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL:
        raise ValueError("the gateway's base URL is no URL") from None
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ValueError("the gateway's base URL must be http(s)://host")
    return str(url).rstrip("/").removesuffix("/v1")


def _client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    headers = {"User-Agent": "starlight-bot", "Accept": "application/json"}
    return httpx.AsyncClient(transport=transport, trust_env=False, cookies=no_cookies, headers=headers)


class _Declined(Exception):
    """A bad request, with the reply that says why; never leaves the gateway."""

    def __init__(self, error: GatewayError, reply: Json) -> None:
        super().__init__(str(error))
        self.error = error
        self.reply = reply


class Gateway:
    """Made by `open_gateway`. All methods raise GatewayError and nothing else of the line."""

    def __init__(
        self,
        base: str,
        headers: dict[str, str],
        orders: httpx.AsyncClient,
        streams: httpx.AsyncClient,
        downloads: Downloads,
        pages: Pages,
        media: Media,
        clock: Clock,
        limits: Limits,
        on_trouble: Callable[[GatewayError], None],
    ) -> None:
        self._base = base
        self._headers = headers
        self._orders = orders
        self._streams = streams
        self._downloads = downloads
        self._pages = pages
        self._media = media
        self._clock = clock
        self._limits = limits
        self._on_trouble = on_trouble
        self._balance: tuple[float, Balance | None] | None = None
        self._refused_fields = RefusedFields()

    # --- chat --------------------

    async def stream_chat(self, spec: ModelSpec, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        """The answer as it comes; `Finished` is the last event. Without one it raises: NotTaken and refusals before the
        first event, UpstreamDown when nothing of the answer came, Unsure when it was cut off in the middle. Pictures of the
        request carry their bytes."""
        response = await self._asked(spec, request)
        limits, restarts = self._limits, bool(spec.extra["restarts"])
        answer = Answer(CHAT[spec.family], restarts=restarts, max_chars=limits.stream_chars, picture_chars=LINE_BYTES)
        pump = Pump(_pieces(response), idle_s=spec.idle_s, total_s=limits.turn_s, max_bytes=limits.reply_bytes)
        try:
            async with pump, aclosing(AnswerStream(pump, _lines(response), answer).batches()) as batches:
                async for events in batches:
                    for event in events:
                        yield event
        except GatewayError as error:
            error.request_id = error.request_id or response.headers.get(REQUEST_ID, "")
            raise self._noted(error) from None
        finally:
            await response.aclose()

    async def ask(self, spec: ModelSpec, request: ChatRequest) -> Said:
        """A whole answer at once, for work that nobody watches; at most `stream_chars` long, then its reason is LENGTH.
        Raises as `stream_chat` does."""
        async with aclosing(self.stream_chat(spec, request)) as events:  # type: ignore[type-var] # an async generator
            return await collected(events)

    async def _asked(self, spec: ModelSpec, request: ChatRequest) -> httpx.Response:
        """The stream of an answer. Fields that the model refuses by name are left out, once more and from then on."""
        adapter, upstream = CHAT[spec.family], spec.upstream
        weight = sum(len(part.data) for message in request.messages for part in message.parts)
        known = self._refused_fields.of(spec.family, upstream)
        wire, left_out = await _aside(weight, _question, adapter, request, spec, known)
        try:
            return await _AGAIN(NotTaken, lambda: self._open(wire, upstream))
        except _Declined as declined:
            named = {(field, "") for field in named_in(declined.reply, adapter.REFUSABLE)}
            shorter, refused = await _aside(weight, _question, adapter, request, spec, known | named)
            if refused == left_out:
                raise declined.error from None
        try:
            response = await _AGAIN(NotTaken, lambda: self._open(shorter, upstream))
        except _Declined as declined:
            raise declined.error from None
        self._refused_fields.remember(spec.family, upstream, refused)
        return response

    async def _open(self, wire: WireRequest, model: str) -> httpx.Response:
        """A stream whose status is success. Raises _Declined for a bad request."""
        # the silence of the body is watched by the pump: this transport would set a timer anew for each piece
        request = self._request(self._streams, wire, None, _AS_IS)
        try:
            async with asyncio.timeout(wire.timeout_s):
                response = await self._streams.send(request, stream=True)
        except Exception as error:  # a transport may raise anything
            raise from_exception(error, order=False) from None
        if response.is_success:
            return response
        try:
            body = await _read(response, ERROR_BYTES)
        except Exception:
            body = b""  # the status says enough
        finally:
            await response.aclose()
        reply = _json(body)
        refusal = self._refused(response, reply, order=False, model=model)
        raise _Declined(refusal, reply) if isinstance(refusal, BadRequest) else refusal

    # --- tasks --------------------

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard = unheard) -> Submitted:
        """Send an order once; again only when it surely was not taken. `heard` is told how a long call goes."""
        adapter = TASKS[spec.family]
        filled = replace(order, inputs=tuple([await self._filled(part) for part in order.inputs]))
        weight = sum(len(part.data) for part in filled.inputs)
        wire = await _aside(weight, _encoded, adapter.to_submit, filled, spec)

        async def send() -> Submitted:
            if isinstance(adapter, LongCall):
                return await self._long_call(wire, adapter.order_reader(order, spec), spec, heard)
            body, response = await self._exchange(wire, order=True, model=spec.upstream)
            return await _aside(len(body), _submitted, adapter, body, response, spec)

        return await _AGAIN(NotTaken, send)

    async def _long_call(self, wire: WireRequest, reader: OrderReader, spec: ModelSpec, heard: Heard) -> Submitted:
        """An order that stays open until its film is made; silence and total time are the row's."""
        request = self._request(self._orders, wire, None, _AS_IS)
        try:
            async with asyncio.timeout(wire.timeout_s + self._limits.connect_s):
                response = await self._orders.send(request, stream=True)
        except Exception as error:  # a transport may raise anything, and what is unknown is unsure
            raise from_exception(error, order=True) from None
        try:
            if not response.is_success:
                raise self._refused(response, await _error_of(response), order=True, model=spec.upstream)
            limits = self._limits
            pump = Pump(_pieces(response), idle_s=spec.idle_s, total_s=spec.deadline_s, max_bytes=limits.reply_bytes)
            async with pump:
                return await read_order(pump, _lines(response), reader, heard)
        except GatewayError as error:
            error.request_id = error.request_id or response.headers.get(REQUEST_ID, "")
            raise
        finally:
            await response.aclose()

    async def poll(self, spec: ModelSpec, task_id: str) -> Polled:
        adapter = TASKS[spec.family]
        polled = await self._look(
            adapter.to_poll(task_id, spec), lambda reply: adapter.parse_poll(reply, task_id, spec)
        )
        if isinstance(polled, Ready) and isinstance(adapter, SecondLook) and not polled.has_link:
            return await self._second_look(adapter.to_second_look(task_id, spec), polled, spec, task_id)
        return polled

    async def _second_look(self, wire: WireRequest | None, first: Ready, spec: ModelSpec, task_id: str) -> Polled:
        """A finished task without a link may show it at the other address; whatever goes wrong there changes nothing."""
        if wire is None:
            return first
        adapter = TASKS[spec.family]
        try:
            second = await self._look(wire, lambda reply: adapter.parse_poll(reply, task_id, spec))
        except GatewayError:
            return first
        return second if isinstance(second, Ready) and second.has_link else first

    async def _look(self, wire: WireRequest, parse: Callable[[WireReply], T]) -> T:
        """A read: repeated once or twice when the line or the gateway fails."""

        async def read() -> T:
            limited = replace(wire, timeout_s=min(wire.timeout_s, self._limits.poll_s))
            body, response = await self._exchange(limited, order=False)
            reply = await _aside(len(body), _reply, body, response, order=False)
            return parse(reply)

        return await _AGAIN((NotTaken, UpstreamDown), read)

    # --- results --------------------

    async def fetch(self, spec: ModelSpec, artifact: Artifact) -> tuple[str, int]:
        """Bring a result into the media store; returns its key and size. Raises GatewayError, or FileTooLarge."""
        if artifact.data:
            return await self._media.put(artifact.data, self._limits.artifact_bytes)
        own = self._base + artifact.content if artifact.content else ""
        if not artifact.url and not own:
            raise NoResult(f"{spec.name}: a result without an address")
        if artifact.url and artifact.url != own:
            try:
                return await self._download(artifact.url)
            except (TaskExpired, NoResult, UpstreamDown, NotTaken):
                if not own:
                    raise
        return await self._download(own or artifact.url)

    async def _download(self, url: str) -> tuple[str, int]:
        limits = self._limits

        async def once() -> tuple[str, int]:
            try:
                async with (
                    asyncio.timeout(limits.turn_s),
                    aclosing(self._downloads.chunks(url, limits.artifact_bytes)) as chunks,
                ):
                    return await self._media.put(chunks, limits.artifact_bytes)
            except TimeoutError:
                raise UpstreamDown(f"a download of more than {limits.turn_s:g} s") from None

        try:
            return await _AGAIN((NotTaken, UpstreamDown), once)
        except GatewayError as error:
            raise self._noted(error) from None

    async def page(self, url: str) -> Page:
        """A public page of the web, for the assistant; it has nothing to do with the gateway and gets no key."""
        try:
            async with asyncio.timeout(self._limits.page_s):
                return await self._pages.page(url, self._limits.page_bytes)
        except TimeoutError:
            raise UpstreamDown(f"a page that took more than {self._limits.page_s:g} s") from None

    # --- the account --------------------

    async def listing(self) -> list[Listed]:
        """The gateway's models, with a hint which may chat."""
        return await self._look(WireRequest("GET", "/v1/models"), lambda reply: account.read_models(reply.body))

    async def models(self) -> list[str]:
        return [model.name for model in await self.listing()]

    async def balance(self) -> Balance | None:
        """What is left for the key, asked at most every five minutes; None when the gateway does not tell."""
        now = self._clock.monotonic()
        if self._balance is None or now - self._balance[0] > BALANCE_KEPT_S:
            self._balance = (now, await self._ask_balance())
        return self._balance[1]

    async def _ask_balance(self) -> Balance | None:
        try:
            limit = await self._get_json("/v1/dashboard/billing/subscription")
            told = account.read_billing(limit, await self._get_json("/v1/dashboard/billing/usage"))
            return told or account.read_token_usage(await self._get_json("/api/usage/token/"))
        except (NotTaken, BadKey, NoFunds):
            raise
        except GatewayError:
            return None

    async def _get_json(self, path: str) -> Json:
        return await self._look(WireRequest("GET", path), lambda reply: reply.body)

    # --- the line --------------------

    async def _exchange(self, wire: WireRequest, *, order: bool, model: str = "") -> tuple[bytes, httpx.Response]:
        """One call and its whole body. Silence is bounded by the request's own limit, the total by twice that."""
        request = self._request(self._orders, wire, wire.timeout_s)
        try:
            async with asyncio.timeout(2 * wire.timeout_s + self._limits.connect_s):
                response = await self._orders.send(request, stream=True)
                try:
                    body = await _read(response, self._limits.reply_bytes)
                finally:
                    await response.aclose()
        except Exception as error:  # a transport may raise anything, and what is unknown is unsure
            raise from_exception(error, order=order) from None
        if not response.is_success:
            raise self._refused(response, _json(body), order=order, model=model)
        return body, response

    def _request(
        self,
        client: httpx.AsyncClient,
        wire: WireRequest,
        read_s: float | None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> httpx.Request:
        wait_s = self._limits.connect_s
        timeout = httpx.Timeout(wire.timeout_s, read=read_s, connect=wait_s, pool=wait_s)
        sent = {**self._headers, **headers, **wire.headers}
        # text parts as files without a name: a form is multipart even when it has no file
        parts: list[_FormPart] = [(name, (None, value.encode("utf-8", "replace"))) for name, value in wire.form]
        parts += [(file.name, (file.filename, file.data, file.mime)) for file in wire.files]
        if wire.content:
            sent["Content-Type"] = "application/json"
        return client.build_request(
            wire.method,
            self._base + wire.path,
            content=wire.content or None,
            files=parts or None,
            headers=sent,
            timeout=timeout,
        )

    def _refused(self, response: httpx.Response, body: Json, *, order: bool, model: str) -> GatewayError:
        now_ms = self._clock.now_ms()
        return self._noted(
            from_reply(response.status_code, body, response.headers, order=order, model=model, now_ms=now_ms)
        )

    def _noted(self, error: GatewayError) -> GatewayError:
        if isinstance(error, BadKey | NoFunds):
            self._on_trouble(error)
        return error

    # --- inputs --------------------

    async def _filled(self, part: Part) -> Part:
        """An input with its bytes. Raises BadRequest when the store has swept it."""
        if part.data or not part.media:
            return part
        try:
            return replace(part, data=await self._media.read(part.media))
        except KeyError:
            raise BadRequest(f"input {part.media} is gone") from None


# --- pure steps, run in a thread when they are heavy --------------------

_FormPart = tuple[str, tuple[None, bytes] | tuple[str, bytes, str]]


async def _aside(weight: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work`, in a thread when it has more than 256 kB to chew."""
    if weight > HEAVY_BYTES:
        return await asyncio.to_thread(work, *args, **kwargs)
    return work(*args, **kwargs)


def _question(
    adapter: ChatAdapter, request: ChatRequest, spec: ModelSpec, refused: Refused
) -> tuple[WireRequest, Refused]:
    """A question without the fields that were refused before, and those that it would have had."""
    left_out: Refused = frozenset()

    def build(request: ChatRequest, spec: ModelSpec) -> WireRequest:
        nonlocal left_out
        wire = adapter.to_request(request, spec)
        body, left_out = without(wire.json, refused, adapter.REFUSABLE)
        return replace(wire, json=body)

    return _encoded(build, request, spec), left_out


def _encoded(build: Callable[[T, ModelSpec], WireRequest], request: T, spec: ModelSpec) -> WireRequest:
    wire = build(request, spec)
    if wire.json is None:
        return wire
    # plain ASCII: half a surrogate pair, which people can type, would be no UTF-8
    return replace(wire, json=None, content=json.dumps(wire.json, separators=(",", ":")).encode("ascii"))


def _submitted(adapter: TaskAdapter, body: bytes, response: httpx.Response, spec: ModelSpec) -> Submitted:
    return adapter.parse_submit(_reply(body, response, order=True), spec)


def _reply(body: bytes, response: httpx.Response, *, order: bool) -> WireReply:
    decoded = _json(body)
    if decoded is None:
        kind = Unsure if order else UpstreamDown
        raise kind(f"HTTP {response.status_code} without JSON", request_id=response.headers.get(REQUEST_ID, ""))
    return WireReply(response.status_code, decoded, response.headers)


def _json(body: bytes) -> Json:
    """None when it is none."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > max_bytes:
            raise TooMuch
    return bytes(body)


async def _error_of(response: httpx.Response) -> Json:
    """What an error's body says; None when it cannot be had: its status says enough."""
    try:
        async with asyncio.timeout(ERROR_S):
            return _json(await _read(response, ERROR_BYTES))
    except Exception:
        return None


def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it comes off the line, when nobody compressed it against our wish."""
    if "content-encoding" in response.headers:
        return response.aiter_bytes()
    return response.aiter_raw()


def _lines(response: httpx.Response) -> Lines:
    is_json = response.headers.get("content-type", "").lower().startswith("application/json")
    return WholeBody() if is_json else SseDecoder(LINE_BYTES)
