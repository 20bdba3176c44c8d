"""The state of the Discord stand-in as Discord's JSON. Reads the world, changes nothing."""

from tests.standins.discord_rules import LOADING, Json
from tests.standins.discord_world import (
    ADMINISTRATOR,
    ALL_PERMISSIONS,
    DM,
    MANAGE_GUILD,
    THREAD,
    Channel,
    File,
    Guild,
    Interaction,
    Message,
    Person,
    World,
)

REPLY, NORMAL, THREAD_CREATED, CHAT_COMMAND = 19, 0, 18, 20


def user(person: Person) -> Json:
    return {
        "id": str(person.id),
        "username": person.name,
        "discriminator": "0",
        "global_name": person.name.title(),
        "avatar": None,
        "bot": person.bot,
    }


def member(person: Person, guild: Guild) -> Json:
    permissions = ALL_PERMISSIONS
    if person is guild.owner or person.id in guild.admins:
        permissions |= ADMINISTRATOR | MANAGE_GUILD
    return {
        "roles": [],
        "nick": None,
        "avatar": None,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": str(permissions),
    }


def channel(world: World, item: Channel) -> Json:
    body: Json = {"id": str(item.id), "type": item.kind, "last_message_id": None}
    if item.kind == DM:
        return body | {"recipients": [user(item.person)] if item.person else []}
    assert item.guild is not None
    body |= {"guild_id": str(item.guild.id), "name": item.name, "rate_limit_per_user": 0}
    if item.kind == THREAD:
        return body | _thread_fields(world, item)
    denied = ALL_PERMISSIONS & ~item.bot_permissions
    everyone = {"id": str(item.guild.id), "type": 0, "allow": "0", "deny": str(denied)}
    return body | {
        "position": 0,
        "permission_overwrites": [everyone],
        "nsfw": False,
        "topic": None,
        "parent_id": None,
    }


def _thread_fields(world: World, item: Channel) -> Json:
    assert item.parent is not None
    return {
        "parent_id": str(item.parent.id),
        "owner_id": str(world.bot.id),
        "message_count": 0,
        "member_count": 2,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": "2026-01-01T00:00:00+00:00",
            "locked": False,
        },
    }


def guild(world: World, item: Guild) -> Json:
    channels = [c for c in world.channels.values() if c.guild is item and not c.gone]
    everyone = {
        "id": str(item.id),
        "name": "@everyone",
        "permissions": str(ALL_PERMISSIONS),
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    texts = [c for c in channels if c.kind != THREAD]
    return {
        "id": str(item.id),
        "name": item.name,
        "owner_id": str(item.owner.id),
        "preferred_locale": item.locale,
        "premium_tier": 3 if item.file_limit > 50 << 20 else 2 if item.file_limit > 10 << 20 else 0,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "member_count": 5,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [everyone],
        "channels": [channel(world, c) for c in texts],
        "threads": [channel(world, c) for c in channels if c.kind == THREAD],
        "members": [member(world.bot, item) | {"user": user(world.bot)}],
        "voice_states": [],
        "presences": [],
        "system_channel_id": str(texts[0].id) if texts else None,
    }


def attachment(world: World, item: File, channel_id: int) -> Json:
    url = f"{world.base_url}/attachments/{channel_id}/{item.id}/{item.name}?ex=1&hm=2"
    body: Json = {
        "id": str(item.id),
        "filename": item.name,
        "size": len(item.data),
        "url": url,
        "proxy_url": url,
        "content_type": item.content_type,
    }
    if item.description:
        body["description"] = item.description
    return body | item.extra


def message(world: World, item: Message, *, nested: bool = False) -> Json:
    """Full form, without blanking; MESSAGE_CREATE and REST blank it for those without the intent."""
    body: Json = {
        "id": str(item.id),
        "channel_id": str(item.channel.id),
        "author": user(item.author),
        "content": item.content,
        "timestamp": world.stamp(item.sent_s),
        "edited_timestamp": world.stamp(item.edited_s) if item.edited_s is not None else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [user(world.people[i]) for i in sorted(item.pings) if i in world.people],
        "mention_roles": [],
        "attachments": [attachment(world, f, item.channel.id) for f in item.files],
        "embeds": item.embeds,
        "components": item.components,
        "pinned": False,
        "flags": item.flags | (LOADING if item.loading else 0),
        "type": CHAT_COMMAND if item.interaction else REPLY if item.reply_to else NORMAL,
    }
    if item.nonce:
        body["nonce"] = item.nonce
    if item.interaction:
        body |= {"interaction_metadata": item.interaction, "application_id": str(world.application_id)}
        body["webhook_id"] = str(world.application_id)
    if item.reply_to and not nested:
        body["message_reference"] = {
            "message_id": str(item.reply_to.id),
            "channel_id": str(item.channel.id),
            "type": 0,
        }
        gone = item.reply_to.deleted
        body["referenced_message"] = None if gone else message(world, item.reply_to, nested=True)
    return body


def readable(world: World, item: Message, content_intent: bool) -> bool:
    """Whether the bot may read the words: in DMs, its own, when it is mentioned or replied to with a ping."""
    if content_intent or item.author is world.bot or item.channel.kind == DM:
        return True
    if world.bot.id not in item.pings:
        return False
    in_words = world.bot.mention in item.content
    return in_words or not (item.reply_to and item.reply_to.from_interaction)


def for_bot(world: World, item: Message, content_intent: bool) -> Json:
    """The message as the bot may see it: blank where it lacks the message content intent."""
    body = message(world, item)
    if not readable(world, item, content_intent):
        _blank(body)
    replied = body.get("referenced_message")
    if replied and item.reply_to and not readable(world, item.reply_to, content_intent):
        _blank(replied)
    if item.channel.guild:
        body |= {"guild_id": str(item.channel.guild.id), "member": member(item.author, item.channel.guild)}
    return body


def _blank(body: Json) -> None:
    body |= {"content": "", "attachments": [], "embeds": [], "components": []}


def interaction(world: World, item: Interaction) -> Json:
    where = item.channel
    guild_of = where.guild
    body: Json = {
        "id": str(item.id),
        "application_id": str(world.application_id),
        "type": item.kind,
        "token": item.token,
        "version": 1,
        "channel_id": str(where.id),
        "channel": channel(world, where),
        "app_permissions": str(where.bot_permissions),
        "locale": item.person.locale,
        "entitlements": [],
        "attachment_size_limit": where.file_limit,
        "context": 0 if guild_of else 1,
        "authorizing_integration_owners": {"1": str(item.person.id)}
        if item.user_install
        else {"0": str(guild_of.id if guild_of else 0)},
        "data": item.data,
    }
    if guild_of:
        body |= {
            "guild_id": str(guild_of.id),
            "guild_locale": guild_of.locale,
            "guild": {"id": str(guild_of.id), "locale": guild_of.locale, "features": []},
            "member": member(item.person, guild_of) | {"user": user(item.person)},
        }
    else:
        body["user"] = user(item.person)
    if item.message:
        body["message"] = message(world, item.message)
    return body
