"""Fetches results from addresses that a gateway named, and from nowhere it could be lured to.

Only https, or an origin that the operator configured; the name is resolved here, every address judged, and the connection
pinned to a judged address; redirects are judged again; the key goes to the gateway's own origin alone (gateway contract,
videos 1 rules 6 and 7, images 1.3).
"""

from __future__ import annotations

import asyncio
import socket
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from core.errors import FileTooLarge, NoResult, NotPublic, NotTaken, TaskExpired, UpstreamDown
from core.gateway.failures import from_exception, from_reply

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Collection[str]]]
"""All addresses of a name. Raises OSError when there are none."""

REDIRECTS_MAX = 5
ADDRESSES_MAX = 3
IDLE_S = 60.0
URL_CHARS = 8_192
HOST_CHARS = 253

PAGE_HEADERS = {"Accept": "text/html, text/plain, application/json, application/xml;q=0.9", "Accept-Encoding": "gzip"}

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class Trusted:
    """What the operator configured: origins ("https://host:443") and bare hosts that the address rule does not bind.
    `key` goes to `own`, the gateway's origin, only."""

    own: str
    key: str = field(repr=False, default="")
    hosts: frozenset[str] = frozenset()

    def covers(self, url: httpx.URL) -> bool:
        return origin_of(url) == self.own or url.host.lower() in self.hosts or f"{url.host}:{_port(url)}" in self.hosts

    def headers(self, url: httpx.URL) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key and origin_of(url) == self.own else {}


def origin_of(url: httpx.URL) -> str:
    return f"{url.scheme.lower()}://{url.host.lower()}:{_port(url)}"


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _shown(url: httpx.URL) -> str:
    """As DOWNLOAD_ALLOW_HOSTS would name it."""
    host = url.raw_host.decode("ascii", "replace")[:HOST_CHARS]
    return f"{host}:{url.port}" if url.port else host


async def resolve_name(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Downloads:
    def __init__(
        self, client: httpx.AsyncClient, trusted: Trusted, *, connect_s: float, resolve: Resolve = resolve_name
    ) -> None:
        self._client = client
        self._trusted = trusted
        self._resolve = resolve
        self._timeout = httpx.Timeout(IDLE_S, connect=connect_s)

    async def chunks(self, address: str, max_bytes: int) -> AsyncGenerator[bytes, None]:
        """The bytes behind an address. Raises GatewayError, or FileTooLarge when its size is told and too large."""
        async with self._opened(_parsed(address)) as response:
            _check(response, max_bytes)
            try:
                async for piece in response.aiter_bytes():
                    yield piece
            except httpx.HTTPError as error:
                raise from_exception(error, order=False) from None

    @asynccontextmanager
    async def _opened(self, url: httpx.URL) -> AsyncIterator[httpx.Response]:
        for _ in range(REDIRECTS_MAX + 1):
            response = await self._get(url)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
                url = _parsed(str(url.join(_parsed(response.headers["location"], relative=True))))
            finally:
                await response.aclose()
        raise NoResult(f"more than {REDIRECTS_MAX} redirects")

    async def _get(self, url: httpx.URL) -> httpx.Response:
        if self._trusted.covers(url):
            return await self._send(url, self._trusted.headers(url), {})
        if url.scheme != "https":
            raise NotPublic(f"not https: {url.scheme}://{url.host}", host=_shown(url))
        *others, last = await self._judged(url)
        for address in others:
            with suppress(NotTaken):  # this address does not answer, another one of the name may
                return await self._pinned(url, address)
        return await self._pinned(url, last)

    async def _pinned(self, url: httpx.URL, address: Address) -> httpx.Response:
        """To this address and no other, whatever the name says by now. No connection is kept: another name may live at
        the same address."""
        host = url.netloc.decode("ascii")
        return await self._send(
            url.copy_with(host=str(address)),
            {"Host": host, "Connection": "close"},
            {"sni_hostname": url.raw_host.decode("ascii")},
        )

    async def _send(self, url: httpx.URL, headers: Mapping[str, str], extensions: dict[str, str]) -> httpx.Response:
        request = self._client.build_request(
            "GET", url, headers=headers, extensions={**extensions, "timeout": self._timeout.as_dict()}
        )
        try:
            return await self._client.send(request, stream=True, follow_redirects=False)
        except Exception as error:
            raise from_exception(error, order=False) from None

    async def _judged(self, url: httpx.URL) -> list[Address]:
        """The addresses of a name, IPv4 first. Raises NotPublic when one of them is not public."""
        try:
            found = await self._resolve(url.host, _port(url))
            addresses = sorted({ip_address(text.partition("%")[0]) for text in found}, key=lambda each: each.version)
        except (OSError, ValueError, UnicodeError):
            raise UpstreamDown(f"no address for {url.host}") from None
        if not addresses:
            raise UpstreamDown(f"no address for {url.host}")
        if not all(is_public(address) for address in addresses):
            raise NotPublic(f"an address that is not public: {url.host}", host=_shown(url))
        return addresses[:ADDRESSES_MAX]


@dataclass(frozen=True, slots=True)
class Page:
    """As it came: `url`, where it was found in the end; `data`, its beginning, unpacked; `cut`: there was more."""

    url: str
    mime: str
    charset: str
    data: bytes
    cut: bool


class Pages(Downloads):
    """Pages of the open web, where nobody is trusted: public addresses on the usual port, https, and never a key."""

    def __init__(self, client: httpx.AsyncClient, *, connect_s: float, resolve: Resolve = resolve_name) -> None:
        super().__init__(client, Trusted(own=""), connect_s=connect_s, resolve=resolve)

    async def page(self, address: str, max_bytes: int) -> Page:
        """Raises GatewayError; the detail of NoResult is ours and says why."""
        async with self._opened(_parsed(address)) as response:
            if not response.is_success:
                raise NoResult(f"HTTP status {response.status_code}")
            data, cut = await _unpacked(response, max_bytes)
            request, kind = response.request, response.headers.get("content-type", "")
            url = f"https://{request.headers['host']}{request.url.raw_path.decode('ascii')}"
            return Page(url, kind.partition(";")[0].strip().lower(), response.charset_encoding or "", data, cut)

    async def _get(self, url: httpx.URL) -> httpx.Response:
        if url.scheme == "http" and url.port in {None, 80}:
            url = url.copy_with(scheme="https", port=None)  # people write http still; nearly every page has both
        if _port(url) != 443:
            raise NoResult(f"not the usual port: {_port(url)}")
        return await super()._get(url)

    async def _send(self, url: httpx.URL, headers: Mapping[str, str], extensions: dict[str, str]) -> httpx.Response:
        return await super()._send(url, {**PAGE_HEADERS, **headers}, extensions)


async def _unpacked(response: httpx.Response, max_bytes: int) -> tuple[bytes, bool]:
    """The first bytes of a body, and whether there were more. A little that unpacks to a lot is never unpacked whole."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip", "x-gzip", "deflate"}:
        raise NoResult(f"packed in a way that was not asked for: {packing[:40]}")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32) if packing != "identity" else None
    data = bytearray()
    try:
        async for piece in response.aiter_raw():
            data += unpacker.decompress(piece, max_bytes + 1 - len(data)) if unpacker else piece
            if len(data) > max_bytes:
                return bytes(data[:max_bytes]), True
    except zlib.error:
        raise NoResult("packed, but not as it says") from None
    except httpx.HTTPError as error:
        raise from_exception(error, order=False) from None
    return bytes(data), False


def _parsed(address: str, *, relative: bool = False) -> httpx.URL:
    if len(address) > URL_CHARS:
        raise NoResult("an address of more than 8192 characters")
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        raise NoResult("what was named is no address") from None
    if url.userinfo or (not relative and (url.scheme not in {"http", "https"} or not url.host)):
        raise NoResult(f"not an address to fetch: {url.scheme}://{url.host}")
    return url


def _check(response: httpx.Response, max_bytes: int) -> None:
    status = response.status_code
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    keyed = "authorization" in response.request.headers
    if status in {403, 404, 410} or (
        status in {401, 402} and not keyed
    ):  # without our key it says nothing about our key
        raise TaskExpired(f"HTTP {status} for the result")
    if status == 400:
        raise UpstreamDown("HTTP 400: the result is not there (yet)")
    if not 200 <= status < 300:
        raise from_reply(status, None, response.headers, order=False)
    if kind in {"text/html", "application/json"}:
        raise NoResult(f"{kind} instead of a file")
    size = response.headers.get("content-length", "")
    if size.isascii() and size.isdigit() and int(size) > max_bytes:
        raise FileTooLarge(f"{size} bytes", size=f"{int(size) >> 20} MB", limit=f"{max_bytes >> 20} MB")


def is_public(address: Address) -> bool:
    """Whether everybody can reach it, whatever it is wrapped in (IPv4-mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, IPv6Address):
        inner = _unwrapped(address)
        if inner is not None:
            return all(is_public(each) for each in inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def _unwrapped(address: IPv6Address) -> tuple[IPv4Address, ...] | None:
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return None
