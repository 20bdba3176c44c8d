"""The guard of downloads: what it fetches, what it refuses, and who is given the key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from ipaddress import ip_address

import httpx
import pytest

from core.catalog import Catalog
from core.errors import BadKey, GatewayError, NoResult, NotPublic, TaskExpired, UpstreamDown
from core.gateway.client import Gateway, Transports
from core.gateway.download import is_public
from core.values import Artifact
from tests.gateway.conftest import KEY, MemoryMedia, Open, Scripted

PUBLIC = "93.184.215.14"
OTHER = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


class Net(httpx.AsyncBaseTransport):
    """All of the internet: names, and what their servers answer. Keeps what reached it."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {"cdn.example": [PUBLIC]}
        self.replies: dict[str, httpx.Response] = {}
        self.dead: set[str] = set()
        self.requests: list[httpx.Request] = []

    async def resolve(self, host: str, port: int) -> Collection[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        if host not in self.names:
            raise OSError("no such name")
        return self.names[host]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host in self.dead:
            raise httpx.ConnectError("refused")
        name = request.headers["host"]
        return self.replies.get(f"{name}{request.url.path}", httpx.Response(200, content=b"film"))

    def redirect(self, place: str, to: str, status: int = 302) -> None:
        self.replies[place] = httpx.Response(status, headers={"Location": to})


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
async def gateway(net: Net, opened: Open) -> AsyncIterator[Gateway]:
    transports = Transports(orders=lambda: net, streams=httpx.AsyncHTTPTransport)
    yield await opened(
        "https://gateway.example/",
        transports=transports,
        resolve=net.resolve,
        allow_hosts=frozenset({"Files.internal"}),
    )


async def fetch(gateway: Gateway, catalog: Catalog, url: str) -> tuple[str, int]:
    return await gateway.fetch(catalog.default("video"), Artifact("video", url=url))


async def test_a_public_name_is_pinned_to_its_address(
    gateway: Gateway, net: Net, catalog: Catalog, media: MemoryMedia
) -> None:
    key, size = await fetch(gateway, catalog, "https://cdn.example/v/a.mp4?sig=%2Fx%3D")
    assert (media.files[key], size) == (b"film", 4)
    request = net.requests[0]
    assert str(request.url) == f"https://{PUBLIC}/v/a.mp4?sig=%2Fx%3D"
    assert request.headers["host"] == "cdn.example"
    assert request.extensions["sni_hostname"] == "cdn.example"
    assert request.headers["connection"] == "close"  # another name may live at the same address
    assert "authorization" not in request.headers
    await fetch(gateway, catalog, "https://cdn.example:8443/a")
    assert str(net.requests[1].url) == f"https://{PUBLIC}:8443/a"
    assert net.requests[1].headers["host"] == "cdn.example:8443"


async def test_an_address_that_does_not_answer_gives_way_to_another(
    gateway: Gateway, net: Net, catalog: Catalog
) -> None:
    net.names["cdn.example"] = [OTHER, PUBLIC]
    net.dead = {PUBLIC}
    await fetch(gateway, catalog, "https://cdn.example/a")
    assert [request.url.host for request in net.requests] == [PUBLIC, OTHER]


BLOCKED = [
    "https://127.0.0.1/a",
    "https://2130706433/a",
    "https://0x7f.1/a",
    "https://10.1.2.3/a",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/a",
    "https://[::ffff:10.0.0.1]/a",
    "https://[64:ff9b::a00:1]/a",
    "https://[2002:a00:1::]/a",
    "https://localhost/a",
    "https://inside.example/a",
    "https://both.example/a",
    "http://cdn.example/a",
    "http://gateway.example/a",
    "https://user:secret@cdn.example/a",
    "file:///etc/passwd",
    "ftp://cdn.example/a",
    "gopher://cdn.example/a",
    "data:video/mp4;base64,AAAA",
    "//cdn.example/a",
    "https:///a",
    "not an address",
    "https://cdn.example/" + "x" * 9_000,
]


def private_names(net: Net) -> None:
    net.names |= {
        "localhost": ["127.0.0.1"],
        "2130706433": ["127.0.0.1"],
        "0x7f.1": ["127.0.0.1"],
        "inside.example": ["192.168.1.5"],
        "both.example": [PUBLIC, "10.0.0.1"],
    }


@pytest.mark.parametrize("url", BLOCKED)
async def test_what_is_not_public_is_never_asked(gateway: Gateway, net: Net, catalog: Catalog, url: str) -> None:
    private_names(net)
    with pytest.raises(NoResult):
        await fetch(gateway, catalog, url)
    assert net.requests == []


@pytest.mark.parametrize("url", [url for url in BLOCKED[:-3] if not url.startswith("//")])
async def test_redirects_are_judged_again(gateway: Gateway, net: Net, catalog: Catalog, url: str) -> None:
    private_names(net)
    net.redirect("cdn.example/a", url)
    with pytest.raises(GatewayError):
        await fetch(gateway, catalog, "https://cdn.example/a")
    assert {request.url.host for request in net.requests} == {PUBLIC}


LOCAL = "http://localhost:8000/films/a.mp4"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (LOCAL, "localhost:8000"),
        ("http://cdn.example/a", "cdn.example"),
        ("https://10.1.2.3/a", "10.1.2.3"),
        ("https://inside.example:8443/a", "inside.example:8443"),
    ],
)
async def test_a_link_that_is_not_public_is_the_operators_to_mend(
    gateway: Gateway, net: Net, catalog: Catalog, troubles: list[GatewayError], url: str, host: str
) -> None:
    private_names(net)
    with pytest.raises(NotPublic) as caught:
        await fetch(gateway, catalog, url)
    assert caught.value.params == {"host": host} and troubles == [caught.value]


COPY = "/v1/videos/t/content"


async def test_the_gateways_own_copy_stands_for_it(
    gateway: Gateway, net: Net, catalog: Catalog, media: MemoryMedia, troubles: list[GatewayError]
) -> None:
    key, _ = await gateway.fetch(catalog.default("video"), Artifact("video", url=LOCAL, content=COPY))
    assert media.files[key] == b"film" and troubles == []
    assert [request.url.path for request in net.requests] == [COPY]


@pytest.mark.parametrize(("status", "expected"), [(404, NotPublic), (400, UpstreamDown), (502, UpstreamDown)])
async def test_what_may_pass_is_looked_at_again(
    gateway: Gateway, net: Net, catalog: Catalog, troubles: list[GatewayError], status: int, expected: type[Exception]
) -> None:
    net.replies[f"gateway.example{COPY}"] = httpx.Response(status)
    with pytest.raises(expected):
        await gateway.fetch(catalog.default("video"), Artifact("video", url=LOCAL, content=COPY))
    assert [type(error) for error in troubles] == ([NotPublic] if expected is NotPublic else [])


async def test_a_name_that_moves_is_judged_at_every_step(gateway: Gateway, net: Net, catalog: Catalog) -> None:
    answers = [[PUBLIC], ["127.0.0.1"]]
    net.redirect("cdn.example/a", "/b")

    async def moving(host: str, port: int) -> Collection[str]:
        return answers.pop(0)

    gateway._downloads._resolve = moving
    with pytest.raises(NoResult):
        await fetch(gateway, catalog, "https://cdn.example/a")
    assert len(net.requests) == 1


async def test_redirects_are_followed_so_far_and_no_further(gateway: Gateway, net: Net, catalog: Catalog) -> None:
    net.names["other.example"] = [OTHER]
    net.redirect("cdn.example/a", "https://other.example/b", 307)
    net.redirect("other.example/b", "c", 301)
    await fetch(gateway, catalog, "https://cdn.example/a")
    assert [str(request.url) for request in net.requests][1:] == [f"https://[{OTHER}]/b", f"https://[{OTHER}]/c"]
    net.redirect("cdn.example/loop", "/loop")
    net.requests.clear()
    with pytest.raises(NoResult):
        await fetch(gateway, catalog, "https://cdn.example/loop")
    assert len(net.requests) == 6


async def test_the_key_goes_to_the_gateway_alone(gateway: Gateway, net: Net, catalog: Catalog) -> None:
    net.redirect("gateway.example/v1/videos/t/content", "https://cdn.example/a")
    await gateway.fetch(catalog.default("video"), Artifact("video", content="/v1/videos/t/content"))
    assert [request.headers.get("authorization") for request in net.requests] == [f"Bearer {KEY}", None]
    net.requests.clear()
    private_names(net)
    for url in ("https://gateway.example.evil.example/a", "https://gateway.example:8443/a", "https://cdn.example/a"):
        net.names |= {"gateway.example.evil.example": [PUBLIC], "gateway.example": [PUBLIC]}
        await fetch(gateway, catalog, url)
    assert all(KEY not in str(request.headers.raw) for request in net.requests)
    assert len(net.requests) == 3


async def test_hosts_that_the_operator_names_are_trusted(gateway: Gateway, net: Net, catalog: Catalog) -> None:
    await fetch(gateway, catalog, "http://files.internal/a")
    assert str(net.requests[0].url) == "http://files.internal/a"
    assert "authorization" not in net.requests[0].headers


async def test_a_name_without_an_address(gateway: Gateway, net: Net, catalog: Catalog) -> None:
    with pytest.raises(UpstreamDown):
        await fetch(gateway, catalog, "https://nowhere.example/a")
    net.names["nowhere.example"] = []
    with pytest.raises(UpstreamDown):
        await fetch(gateway, catalog, "https://nowhere.example/a")


async def test_a_link_to_the_bots_own_machine(opened: Open, scripted: Scripted, catalog: Catalog) -> None:
    """Over real sockets: the gateway's own port is its origin, another port of the same machine is not."""
    scripted.reply(302, {}, Location="http://127.0.0.1:9/")
    gateway = await opened(scripted.url)
    with pytest.raises(NoResult):
        await fetch(gateway, catalog, f"{scripted.url}/film")
    with pytest.raises(NoResult):
        await fetch(gateway, catalog, "https://localhost/film")
    assert len(scripted.seen) == 1


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::", "64:ff9b::808:808"],
)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


NOT_PUBLIC = [
    *("0.1.2.3", "127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.1.1", "100.64.0.1"),
    *("192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2002:c0a8:1::"),
    *("2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:0:7f00:1:0:0:f7f7:f7f7"),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "error"), [("https://cdn.example/a", TaskExpired), ("https://gateway.example/a", BadKey)]
)
async def test_only_who_was_given_the_key_can_refuse_it(
    gateway: Gateway, net: Net, catalog: Catalog, url: str, error: type[GatewayError]
) -> None:
    net.replies[url.removeprefix("https://")] = httpx.Response(401)
    with pytest.raises(error):
        await fetch(gateway, catalog, url)
