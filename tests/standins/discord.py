"""A strict stand-in for Discord over real sockets, for the real discord.py: REST under /api/v10, a gateway, and attachments.

In a test: `async with DiscordStandin() as discord:` and then `discord.phone`. In a process of its own:
`python -m tests.standins.discord --port N`; it prints one JSON line with its addresses and is driven through POST /standin.
"""

import argparse
import asyncio
import json
import signal
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.standins.discord_control import Control
from tests.standins.discord_faults import Faults, Limits
from tests.standins.discord_gateway import Gateway
from tests.standins.discord_phone import Phone
from tests.standins.discord_rest import BODY_MAX, PREFIX, Rest
from tests.standins.discord_world import Clock, World

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAx.standin.discord-token"  # the shape of a real one, worth nothing


class DiscordStandin:
    """One Discord. `api_url` and `gateway_url` are what DISCORD_API_URL and DISCORD_GATEWAY_URL should say."""

    def __init__(self, token: str = TOKEN, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.token = token
        self.world = World(token)
        self.gateway = Gateway(self.world)
        self.rest = Rest(self.world)
        self.phone = Phone(self.world, self.gateway)
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    @property
    def api_url(self) -> str:
        return self.world.base_url + PREFIX

    @property
    def gateway_url(self) -> str:
        return self.world.base_url.replace("http", "ws", 1) + "/gateway"

    @property
    def faults(self) -> Faults:
        return self.rest.faults

    @property
    def clock(self) -> Clock:
        return self.world.clock

    def limit(self, count: int = 5, window_s: float = 5.0, global_per_s: int = 50) -> None:
        """Switches rate limits on."""
        self.rest.limits = Limits(count, window_s, global_per_s)

    async def start(self) -> None:
        app = web.Application(client_max_size=BODY_MAX)
        app.add_routes([*self.rest.routes(), web.get("/gateway", self.gateway.connect)])
        app.add_routes([web.get("/gateway/", self.gateway.connect), web.post("/standin", Control(self.phone).serve)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.world.base_url = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self.gateway.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def serve(port: int) -> None:
    """Runs until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with DiscordStandin(port=port) as standin:
        addresses = {
            "api_url": standin.api_url,
            "gateway_url": standin.gateway_url,
            "control_url": f"{standin.world.base_url}/standin",
            "token": standin.token,
        }
        print(json.dumps(addresses), flush=True)  # noqa: T201 - the one line the parent process reads
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))
