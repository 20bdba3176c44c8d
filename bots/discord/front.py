"""Opens the Discord front end: login, outlet, gateway, slash commands. The way in for bots/app.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord
import yarl
from aiohttp_socks import ProxyConnector
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.discord.api import Api
from bots.discord.book import Book, same
from bots.discord.ears import Ears, Handler
from bots.discord.hooks import Hooks
from bots.discord.outlet import DiscordOutlet
from bots.outlet import OutletError
from bots.settings import BadSettings, Problem
from bots.texts import Texts
from core.limits import LIMITS, Limits
from core.ports import Clock, Store
from core.values import Json

log = logging.getLogger(__name__)

# Words come without the privileged message content intent in direct messages, mentions and replies: all that we read.
INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
LONGEST_WAIT_S = 30.0  # a longer rate limit is our pacing's business
LOGIN_S = 30.0
SYNC_AGAIN_S = 60.0
STOP_S = 5.0
_COMMANDS = "/applications/{application_id}/commands"
_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)


@dataclass(frozen=True, slots=True)
class DiscordOptions:
    """The settings of this front end. Addresses "" = Discord's own; `proxy`: http(s) or socks URL."""

    token: str
    api_url: str = ""
    gateway_url: str = ""
    proxy: str = ""
    shard_count: int = 0
    shard_ids: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return "DiscordOptions(...)"


class DiscordFront:
    """Logged in, not yet connected. `outlet` works at once; `run` hears until `stop`."""

    def __init__(
        self,
        client: discord.Client,
        outlet: DiscordOutlet,
        api: Api,
        hooks: Hooks,
        store: Store,
        clock: Clock,
        owner: str,
        texts: Texts,
        limits: Limits,
        syncs: bool,
    ) -> None:
        self.outlet = outlet
        self._client = client
        self._api = api
        self._hooks = hooks
        self._store = store
        self._clock = clock
        self._owner = f"{owner}-discord"
        self._texts = texts
        self._limits = limits
        self._syncs = syncs
        self._stopping = asyncio.Event()
        self._ears: Ears | None = None
        self._gateway: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self._client.user.name if self._client.user else ""

    def describe(self) -> list[tuple[str, dict[str, Json]]]:
        """What works, for the start report: keys of sentences, and their parameters."""
        application = self._client.application
        servers = application.approximate_guild_count if application else 0
        invite = discord.utils.oauth_url(self._client.application_id or 0, permissions=_PERMISSIONS)
        return [
            ("start-discord", {"name": self.name, "guilds": servers}),
            ("discord-invite", {"url": invite}),
        ]

    async def run(self, handler: Handler, book: Book) -> None:
        """Until `stop()`: hear and do. Then what is still heard is written down for the next process, until `close()`.
        Raises what ends the gateway for good."""
        self._ears = ears = self._make_ears(handler, book)
        ears.attach()
        self._gateway = gateway = asyncio.create_task(self._client.connect())
        replay, sync = asyncio.create_task(ears.replay()), asyncio.create_task(self._sync(book))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait([stopping, gateway, replay], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for each in (stopping, replay, sync):
                each.cancel()
            await asyncio.gather(stopping, replay, sync, return_exceptions=True)
            await ears.close(STOP_S)

    def stop(self) -> None:
        self._stopping.set()

    async def close(self) -> None:
        """Hear nothing any more. The outlet works until the client is closed."""
        if self._gateway is not None:
            self._gateway.cancel()
            await asyncio.gather(self._gateway, return_exceptions=True)
        if self._ears is not None:
            await self._ears.close(STOP_S)

    def _make_ears(self, handler: Handler, book: Book) -> Ears:
        return Ears(
            self._client,
            self.outlet,
            self._api,
            self._hooks,
            self._store,
            self._clock,
            self._owner,
            self._limits,
            self._texts,
            handler,
            book,
        )

    async def _sync(self, book: Book) -> None:
        """One look at the start, and one write when something has changed; from the process of the first shard."""
        while self._syncs:
            try:
                application = str(self._client.application_id)
                theirs = await self._api.call(
                    "GET", _COMMANDS, query={"with_localizations": "true"}, application_id=application
                )
                ours = book.payload()
                if not same(ours, theirs):
                    await self._api.call("PUT", _COMMANDS, ours, application_id=application)
                    log.info("slash commands synced", extra={"commands": len(ours)})
                return
            except OutletError as error:
                log.error("slash commands not synced", extra={"why": repr(error)})
                await self._clock.sleep(SYNC_AGAIN_S)


@asynccontextmanager
async def open_discord(
    options: DiscordOptions, *, store: Store, clock: Clock, owner: str, texts: Texts, limits: Limits = LIMITS
) -> AsyncIterator[DiscordFront]:
    """Raises BadSettings with the sentence that holds the fix when the login fails."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    if options.api_url:
        Route.BASE = options.api_url
    if options.gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(options.gateway_url)
    proxy = options.proxy if options.proxy.startswith("http") else None
    client = _client(options, proxy)
    downloads = aiohttp.ClientSession(
        connector=_connector(options.proxy), proxy=proxy, timeout=aiohttp.ClientTimeout(total=300, sock_read=30)
    )
    async with client, downloads:
        await _login(client, options)
        api, hooks = Api(client.http), Hooks()
        outlet = DiscordOutlet(client, api, hooks, downloads, clock, _origin(options.api_url))
        first = not options.shard_ids or 0 in options.shard_ids
        front = DiscordFront(client, outlet, api, hooks, store, clock, owner, texts, limits, syncs=first)
        try:
            yield front
        finally:
            await front.close()


def _client(options: DiscordOptions, proxy: str | None) -> discord.Client:
    settings: dict[str, Any] = {
        "intents": INTENTS,
        "allowed_mentions": discord.AllowedMentions.none(),
        "max_messages": None,
        "member_cache_flags": discord.MemberCacheFlags.none(),
        "chunk_guilds_at_startup": False,
        "guild_ready_timeout": 0.0,  # while the library waits, it takes a new server for a known one
        "max_ratelimit_timeout": LONGEST_WAIT_S,
        "proxy": proxy,
        "connector": _connector(options.proxy),
    }
    if options.shard_count:
        ids = list(options.shard_ids or range(options.shard_count))
        return discord.AutoShardedClient(shard_count=options.shard_count, shard_ids=ids, **settings)
    return discord.Client(**settings)


def _connector(proxy: str) -> aiohttp.BaseConnector | None:
    """SOCKS needs a connector of its own; names are resolved by the proxy."""
    if not proxy.startswith("socks"):
        return None
    return ProxyConnector.from_url(proxy.replace("socks5h", "socks5", 1), rdns=True)


async def _login(client: discord.Client, options: DiscordOptions) -> None:
    try:
        async with asyncio.timeout(LOGIN_S):
            await client.login(options.token)
    except discord.LoginFailure:
        raise BadSettings([Problem("why-token")]) from None
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        host = urlsplit(Route.BASE).hostname or ""
        raise BadSettings([Problem("why-unreachable", {"host": host})]) from error


def _origin(url: str) -> str:
    return str(yarl.URL(url).origin()) if url else ""
