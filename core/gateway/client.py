"""The gateway, as the rest of the core knows it: streams answers, submits and polls tasks, fetches results.

Adapters say what to send and what replies mean, `failures.py` what went wrong; here is what happens on the line. Only a
call that surely was not taken is repeated, and reads; never an order that may have arrived.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx
import stamina

from core.catalog import ModelSpec
from core.errors import BadKey, BadRequest, GatewayError, NoFunds, NotOffered, NotPublic, NotTaken, UpstreamDown
from core.gateway import account
from core.gateway.account import Balance, Listed
from core.gateway.answer import Answer
from core.gateway.asking import Asking, RefusedQuestion
from core.gateway.audio import minimax
from core.gateway.calls import AGAIN, RawReply, aside, check_offered, json_of
from core.gateway.download import Downloads, Page, Pages, Resolve, Trusted, origin_of, resolve_name
from core.gateway.failures import REQUEST_ID, from_exception, from_reply
from core.gateway.families import CHAT, TASKS
from core.gateway.library import RemoteLibrary
from core.gateway.orders_stream import Heard, read_order, unheard
from core.gateway.pump import Pump, TooMuch
from core.gateway.results import Results
from core.gateway.sse import SseDecoder
from core.gateway.stream import AnswerStream, Lines, WholeBody
from core.gateway.tasks import Tasks
from core.gateway.uploading import NOT_THERE, UploadPlace, parse_upload, to_upload
from core.gateway.video.assets import Seen
from core.gateway.wire import Broken, OrderReader, Polled, Submitted, WireRequest
from core.limits import Limits
from core.ports import Clock, Media
from core.said import Said, collected
from core.values import Artifact, ChatEvent, ChatRequest, Json, Kind, Order

ERROR_BYTES = 256 * 1024
READ_BYTES = 64 * 1024
"""What a read may have to say; more is an upload."""
ERROR_S = 30.0
LINE_BYTES = 48 * 1024 * 1024
"""The longest line of a stream: some upstreams put a picture into one."""
_NO_HEADERS: Mapping[str, str] = {}
Told = TypeVar("Told", Submitted, Polled)
_AS_IS = {"Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Transports:
    """How connections are made; built where proxies are known. `streams` carries questions and reads, which may be asked
    again, and never an order."""

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
    minimax_prefix: str = "",
) -> AsyncIterator[Gateway]:
    """`on_trouble` is told of a key that is refused or empty, and of results whose links are not public.
    `minimax_prefix`: where MiniMax is served, "" = it is found out. Raises ValueError for a base URL or key that cannot be
    one."""
    stamina.instrumentation.set_on_retry_hooks([])  # a second try is no news; the last error is logged by who asked
    base = _base(base_url)
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ValueError("the gateway's key has characters that no key has")
    async with _client(transports.orders()) as orders, _client(transports.streams()) as streams:
        trusted = Trusted(origin_of(httpx.URL(base)), key, frozenset(host.lower() for host in allow_hosts))
        downloads = Downloads(orders, trusted, connect_s=limits.connect_s, resolve=resolve)
        pages = Pages(orders, connect_s=limits.connect_s, resolve=resolve)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        gateway = Gateway(
            base, headers, orders, streams, downloads, pages, media, clock, limits, on_trouble, minimax_prefix
        )
        try:
            yield gateway
        finally:
            await gateway.close()


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
        minimax_prefix: str,
    ) -> None:
        self._base = base
        self._headers = headers
        self._orders = orders
        self._streams = streams
        self._downloads = downloads
        self._pages = pages
        self._asking = Asking(self._open)
        self._tasks = Tasks(self, media, clock, limits, minimax_prefix)
        self._library = RemoteLibrary(self, limits)
        self._key_balance = account.KeyBalance(self._get_json, clock)
        self._results = Results(base, downloads, media, limits, self._noted)
        self._clock = clock
        self._limits = limits
        self._on_trouble = on_trouble

    async def close(self) -> None:
        await self._tasks.close()

    # --- chat --------------------

    async def stream_chat(self, spec: ModelSpec, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        """The answer as it comes; `Finished` is the last event. Without one it raises: NotTaken and refusals before the
        first event, UpstreamDown when nothing of the answer came, Unsure when it was cut off in the middle. Pictures of the
        request carry their bytes."""
        response = await self._asking.asked(spec, request)
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

    async def _open(self, wire: WireRequest, model: str) -> httpx.Response:
        """A stream whose status is success. Raises RefusedQuestion for a bad request."""
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
        reply = json_of(body)
        refusal = self._refused(response.status_code, response.headers, reply, order=False, model=model)
        raise RefusedQuestion(refusal, reply) if isinstance(refusal, BadRequest) else refusal

    # --- tasks and their results --------------------

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard = unheard) -> Submitted:
        """Send an order once; again only when it surely was not taken. `heard` is told how a long call goes. Raises BadInput
        too, for what the order's wire finds wrong, and SourceGone."""
        return self._heard_of(await self._tasks.submit(spec, order, heard))

    async def confirm(self, spec: ModelSpec, order: Order, task_id: str) -> Submitted:
        """Answer the window that a task waits in. Raises as `submit` does, and is as little repeated."""
        return self._heard_of(await self._tasks.confirm(spec, order, task_id))

    async def poll(self, spec: ModelSpec, task_id: str) -> Polled:
        return self._heard_of(await self._tasks.poll(spec, task_id))

    async def seed(self, spec: ModelSpec, task_id: str) -> str:
        """Which seed a finished task had; may take minutes. Raises NoResult when there is none."""
        return await self._tasks.seed(spec, task_id)

    def blocks(self, family: str) -> bool:
        """Whether its submits are all of the work and may take minutes."""
        return family in TASKS and TASKS[family].BLOCKS

    async def fetch(self, spec: ModelSpec, artifact: Artifact, max_bytes: int = 0) -> tuple[str, int]:
        """Bring a result into the media store; returns its key and size. `max_bytes` 0: as large as results may be. Raises
        GatewayError, or FileTooLarge."""
        return await self._results.fetch(spec, artifact, max_bytes)

    async def system_voices(self) -> Sequence[tuple[str, str]]:
        """(id, name) of MiniMax's own voices; a free call. Raises GatewayError, NotOffered where there are none."""
        return await self._tasks.look(minimax.probe(), minimax.system_voices)

    async def minimax_prefix(self) -> str:
        """Where MiniMax is served, by configuration or by a free call. Raises GatewayError, NotOffered for nowhere."""
        return await self._tasks.minimax_prefix()

    async def add_asset(self, spec: ModelSpec, link: str, name: str, kind: Kind) -> str:
        """Put the file at a public address into the vendor's library, once; returns the vendor's id of it."""
        return await self._library.add(spec, link, name, kind)

    async def asset(self, spec: ModelSpec, remote_id: str) -> Seen:
        return await self._library.look(spec, remote_id)

    async def upload(self, place: UploadPlace, name: str, mime: str, data: bytes) -> str:
        """Put a file on the gateway; returns where the world finds it for some hours. It costs nothing and may be repeated.
        Raises NotOffered where the gateway serves no such path, NoResult for a reply without an address, BadRequest for a
        file that it refuses."""

        async def once() -> str:
            raw = await self._whole(to_upload(place, name, mime, data), order=False)
            body = await aside(len(raw.body), json_of, raw.body)
            if raw.status in NOT_THERE or (body is None and 200 <= raw.status < 300):
                raise NotOffered(f"HTTP {raw.status} for an upload")
            if not 200 <= raw.status < 300:
                raise self._refused(raw.status, raw.headers, body, order=False, model="")
            return parse_upload(body)

        return await AGAIN((NotTaken, UpstreamDown), once)

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
        return await self._tasks.look(WireRequest("GET", "/v1/models"), lambda reply: account.read_models(reply.body))

    async def models(self) -> list[str]:
        return [model.name for model in await self.listing()]

    async def balance(self) -> Balance | None:
        """What is left for the key, asked at most every five minutes; None when the gateway does not tell."""
        return await self._key_balance.balance()

    async def _get_json(self, path: str) -> Json:
        return await self._tasks.look(WireRequest("GET", path), lambda reply: reply.body)

    # --- the line --------------------

    async def exchange(self, wire: WireRequest, *, order: bool, model: str = "") -> RawReply:
        """One call and its whole body. Raises GatewayError for whatever is no success."""
        raw = await self._whole(wire, order=order)
        if not 200 <= raw.status < 300:
            told = await aside(len(raw.body), json_of, raw.body)
            raise self._refused(raw.status, raw.headers, told, order=order, model=model)
        return raw

    async def _whole(self, wire: WireRequest, *, order: bool) -> RawReply:
        """Whatever its status says. Silence is bounded by the request's own limit, the total by twice that."""
        # the streams' transport does not tell whether a request left, and knows no write timeout: small reads only
        large = bool(wire.files) or len(wire.content) > READ_BYTES
        client = self._orders if order or large else self._streams
        request = self._request(client, wire, wire.timeout_s)
        try:
            async with asyncio.timeout(2 * wire.timeout_s + self._limits.connect_s):
                response = await client.send(request, stream=True)
                try:
                    body = await _read(response, self._limits.reply_bytes)
                finally:
                    await response.aclose()
        except Exception as error:  # a transport may raise anything, and what is unknown is unsure
            raise from_exception(error, order=order) from None
        return RawReply(response.status_code, body, response.headers)

    async def follow(self, wire: WireRequest, reader: OrderReader, spec: ModelSpec, heard: Heard) -> Submitted:
        """An order that stays open until its film is made; silence and total time are the row's."""
        request = self._request(self._orders, wire, None, _AS_IS)
        try:
            async with asyncio.timeout(wire.timeout_s + self._limits.connect_s):
                response = await self._orders.send(request, stream=True)
        except Exception as error:  # a transport may raise anything, and what is unknown is unsure
            raise from_exception(error, order=True) from None
        try:
            if not response.is_success:
                told = await _error_of(response)
                raise self._refused(response.status_code, response.headers, told, order=True, model=spec.upstream)
            check_offered(wire, response.headers)
            limits = self._limits
            pump = Pump(_pieces(response), idle_s=spec.idle_s, total_s=spec.deadline_s, max_bytes=limits.reply_bytes)
            async with pump:
                return await read_order(pump, _lines(response), reader, heard)
        except GatewayError as error:
            error.request_id = error.request_id or response.headers.get(REQUEST_ID, "")
            raise
        finally:
            await response.aclose()

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

    def _refused(self, status: int, headers: Mapping[str, str], body: Json, *, order: bool, model: str) -> GatewayError:
        now_ms = self._clock.now_ms()
        return self._noted(from_reply(status, body, headers, order=order, model=model, now_ms=now_ms))

    def _heard_of(self, outcome: Told) -> Told:
        """A refused key or an empty one is told in replies of success too (gateway contract, audio 3.1)."""
        if isinstance(outcome, Broken):
            self._noted(outcome.error)
        return outcome

    def _noted(self, error: GatewayError) -> GatewayError:
        if isinstance(error, BadKey | NoFunds | NotPublic):
            self._on_trouble(error)
        return error


_FormPart = tuple[str, tuple[None, bytes] | tuple[str, bytes, str]]


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
            return json_of(await _read(response, ERROR_BYTES))
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
