"""The HTTP port: health, readiness, metrics, and signed links that cannot be forged or outlived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bots.http import server
from bots.http.links import LIFE_S, Links
from storage.media import open_media
from tests.clocks import FakeClock

PNG = b"\x89PNG\r\n\x1a\n" + bytes(600_000)


class House:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.media = open_media(str(folder))
        self.problems: list[str] = []
        self.hang = False

    async def check(self) -> list[str]:
        if self.hang:
            await asyncio.Event().wait()
        return self.problems

    async def metrics(self) -> bytes:
        return b"starlight_jobs 1\n"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[httpx.AsyncClient, Links]]:
        links = Links("http://public", ("token",), self.clock)
        port = server.Port(self.check, self.metrics, self.media, links)
        async with server.serve(port, "127.0.0.1", 0) as number:
            links = Links(f"http://127.0.0.1:{number}", ("token",), self.clock)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{number}") as client:
                yield client, links


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "media")


async def test_health_is_the_loop_and_readiness_is_the_rest(house: House) -> None:
    async with house.open() as (client, _):
        assert (await client.get("/healthz")).json() == {"ok": True}
        assert (await client.get("/readyz")).status_code == 200
        house.problems = ["database"]
        reply = await client.get("/readyz")
        assert (reply.status_code, reply.json()["problems"]) == (503, ["database"])


async def test_readiness_that_hangs_is_not_ready(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "READY_WITHIN_S", 0.01)
    house.hang = True
    async with house.open() as (client, _):
        assert (await client.get("/readyz")).json() == {"ok": False, "problems": ["timeout"]}


async def test_metrics_are_text(house: House) -> None:
    async with house.open() as (client, _):
        reply = await client.get("/metrics")
        assert reply.text == "starlight_jobs 1\n"
        assert reply.headers["content-type"].startswith("text/plain")


async def test_a_link_gives_its_file_and_nothing_runs_in_the_browser(house: House) -> None:
    key, _ = await house.media.put(PNG, len(PNG))
    async with house.open() as (client, links):
        reply = await client.get(links.link(key, "狐狸 fox.png") or "")
        assert reply.content == PNG
        assert reply.headers["content-type"] == "image/png"
        assert reply.headers["x-content-type-options"] == "nosniff"
        page = await client.get(links.link(key, "evil.html") or "")
        assert page.headers["content-type"] == "application/octet-stream"
        assert page.headers["content-disposition"] == "attachment"


async def test_forged_stretched_renamed_and_old_links_find_nothing(house: House) -> None:
    key, _ = await house.media.put(PNG, len(PNG))
    other, _ = await house.media.put(b"other", 5)
    async with house.open() as (client, links):
        good = links.link(key, "a.png") or ""
        bad = [
            good.replace(key, other),
            good.replace("a.png", "b.html"),
            good.replace("until=1", "until=2"),
            good[:-1] + ("0" if good[-1] != "0" else "1"),
            good.split("?")[0],
            good.replace(key, "../../etc/passwd"),
            Links("http://x", ("another token",), house.clock).link(key, "a.png") or "",
        ]
        for url in bad:
            path = url.partition("//")[2].partition("/")[2]
            assert (await client.get("/" + path)).status_code == 404, url
        house.clock.advance(LIFE_S + 1)
        assert (await client.get(good)).status_code == 404


async def test_a_swept_file_is_not_found(house: House) -> None:
    key, _ = await house.media.put(PNG, len(PNG))
    async with house.open() as (client, links):
        await house.media.delete([key])
        assert (await client.get(links.link(key, "a.png") or "")).status_code == 404


def test_no_public_url_no_links(house: House) -> None:
    assert Links("", ("token",), house.clock).link("k", "n") is None


async def test_a_taken_port_is_an_os_error(house: House) -> None:
    port = server.Port(house.check, house.metrics, house.media, Links("", (), house.clock))
    async with server.serve(port, "127.0.0.1", 0) as number:
        with pytest.raises(OSError, match=r"in use|Address"):
            async with server.serve(port, "127.0.0.1", number):
                pass
