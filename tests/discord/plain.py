"""discord.py as it comes, for the tests of the stand-in itself."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import yarl

with warnings.catch_warnings():  # discord.py imports audioop, which Python 3.11 calls deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.standins.discord import DiscordStandin
from tests.standins.discord_world import Channel

INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


class PlainClient(discord.Client):
    """discord.py as it comes: what it saw is kept, what a test adds to `answers` is done on an interaction."""

    def __init__(self, intents: discord.Intents = INTENTS, shard: int | None = None) -> None:
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            guild_ready_timeout=0,
            shard_id=shard,
            shard_count=None if shard is None else 2,
        )
        self.tree = discord.app_commands.CommandTree(self)
        self.seen: list[discord.Message] = []
        self.saw = asyncio.Event()
        self.edits: list[discord.RawMessageUpdateEvent] = []
        self.joined: list[discord.Guild] = []
        self.resumed = 0
        self.on_press: Callable[[discord.Interaction], Awaitable[object]] | None = None

    async def on_message(self, message: discord.Message) -> None:
        self.seen.append(message)
        self.saw.set()

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.edits.append(event)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.joined.append(guild)

    async def on_resumed(self) -> None:
        self.resumed += 1

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component and self.on_press is not None:
            await self.on_press(interaction)


@asynccontextmanager
async def running(client: PlainClient, standin: DiscordStandin, token: str = "") -> AsyncIterator[PlainClient]:
    """The client logged in, connected, and closed again."""
    Route.BASE = standin.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(standin.gateway_url)
    async with client:
        await client.login(token or standin.token)
        gateway = asyncio.create_task(client.connect())
        await client.wait_until_ready()
        yield client
        await client.close()
        await asyncio.gather(gateway, return_exceptions=True)


async def seen(client: PlainClient, count: int) -> list[discord.Message]:
    """Waits until the client has seen that many messages."""
    async with asyncio.timeout(10):
        while len(client.seen) < count:
            client.saw.clear()
            await client.saw.wait()
    return client.seen


def text_channel(client: PlainClient, channel: Channel) -> discord.PartialMessageable:
    return client.get_partial_messageable(channel.id, guild_id=channel.guild.id if channel.guild else None)


async def refused(work: Awaitable[object]) -> tuple[int, int]:
    with pytest.raises(discord.HTTPException) as caught:
        await work
    return caught.value.status, caught.value.code
