"""Discord's servers, channels and direct messages as a Place: the server is the chat, its channel or thread the thread.

So one server is allowed, and has a purse, as a whole, while each channel is a conversation of its own. A direct message is a
chat without thread.
"""

from __future__ import annotations

import discord

from core.values import Place

PLATFORM = "discord"
GuildChannel = discord.abc.GuildChannel | discord.Thread


def place_of(guild_id: int | None, channel_id: int) -> Place:
    if guild_id is None:
        return Place(PLATFORM, str(channel_id), private=True)
    return Place(PLATFORM, str(guild_id), str(channel_id))


def first_channel(guild: discord.Guild) -> discord.TextChannel | None:
    """Where the bot may write when nobody has said where: the system channel, else the topmost."""
    me = guild.me
    candidates = [guild.system_channel, *guild.text_channels]
    return next((c for c in candidates if c is not None and c.permissions_for(me).send_messages), None)
