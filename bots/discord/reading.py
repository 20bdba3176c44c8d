"""What discord.py hands over, as our values: messages, slash commands, presses, forms. Reads only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import discord

from bots.commands.request import Invocation, Press
from bots.discord.hooks import Hook
from bots.discord.payloads import FIELD_MAX, FIELDS_MAX
from bots.discord.places import PLATFORM, place_of
from bots.kinds import kind_of
from core.values import Attachment, Incoming, Json, ReplyTo, Sender

_EMOJI = re.compile(r"<a?(:\w+:)\d+>")
_PEOPLE_WRITE = (discord.MessageType.default, discord.MessageType.reply)
_FILE_OPTION = discord.AppCommandOptionType.attachment.value
_SHOWN_BY = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_HEX = re.compile(r"[0-9a-fA-F]{1,10}")
LINK_CHARS = 2_048
_NESTED = (discord.AppCommandOptionType.subcommand.value, discord.AppCommandOptionType.subcommand_group.value)


def is_from_a_person(message: discord.Message) -> bool:
    """Not of a bot (loops burn money), a webhook or Discord itself."""
    return not message.author.bot and message.webhook_id is None and message.type in _PEOPLE_WRITE


def calls(message: discord.Message, bot_id: int) -> bool:
    """Whether it is for us: written in a DM, naming the bot, or a reply to it that pings."""
    return message.guild is None or any(user.id == bot_id for user in message.mentions)


def incoming_of(message: discord.Message, bot_id: int, event_id: str, now_ms: int, *, edited: bool = False) -> Incoming:
    forwarded = list(message.message_snapshots)
    passed_on = [replace(_attachment(file), what="") for snapshot in forwarded for file in snapshot.attachments]
    return Incoming(
        place=place_of(message.guild.id if message.guild else None, message.channel.id),
        sender=_sender(message.author),
        message_id=str(message.id),
        text=_all_words(message, bot_id),
        attachments=(*(_attachment(file) for file in message.attachments), *passed_on, *_oddities(message)),
        reply=_reply(message, bot_id),
        mentioned=message.guild is not None and calls(message, bot_id),
        edited=edited,
        event_id=event_id,
        received_ms=now_ms,
        forwarded=bool(forwarded),
    )


def _all_words(message: discord.Message, bot_id: int) -> str:
    """Also those of messages that it passes on."""
    words = [_words(message, bot_id), *(snapshot.content for snapshot in message.message_snapshots)]
    return "\n".join(word for word in words if word)


def _words(message: discord.Message, bot_id: int) -> str:
    """The text without the bot's name, with other people's names in place of their numbers."""
    text = re.sub(rf"<@!?{bot_id}>", "", message.content)
    for user in message.mentions:
        text = re.sub(rf"<@!?{user.id}>", f"@{user.name}", text)
    return _EMOJI.sub(r"\1", text).strip()


def _oddities(message: discord.Message) -> Iterator[Attachment]:
    """What we cannot use but must not meet with silence."""
    for sticker in message.stickers:
        yield Attachment("document", "", name=sticker.name, what="sticker")
    if message.poll is not None:
        yield Attachment("document", "", what="poll")


def _shown(address: str) -> tuple[str, int]:
    """Where the world sees a file, and until when in milliseconds: Discord signs its addresses for about a day and puts no
    secret of ours into them. ("", 0) for any other address, and for one that does not say when it ends."""
    try:
        parts = urlsplit(address)
        plain = parts.scheme == "https" and parts.netloc in _SHOWN_BY  # no port, nobody's name before it
        ends = parse_qs(parts.query).get("ex", [])
    except ValueError:
        return "", 0
    written = address.isprintable() and " " not in address
    if not (plain and written) or len(address) > LINK_CHARS or len(ends) != 1 or not _HEX.fullmatch(ends[0]):
        return "", 0
    return address, int(ends[0], 16) * 1000


def _attachment(file: discord.Attachment) -> Attachment:
    mime = (file.content_type or "").split(";")[0].strip()
    link, until_ms = _shown(file.url)
    return Attachment(
        kind=kind_of(mime),
        ref=file.url,
        mime=mime,
        name=file.filename,
        size=file.size,
        width=file.width or 0,
        height=file.height or 0,
        duration_s=file.duration or 0.0,
        what="voice" if file.is_voice_message() else "",
        link=link,
        link_until_ms=until_ms,
    )


def _reply(message: discord.Message, bot_id: int) -> ReplyTo | None:
    reference = message.reference
    if message.type is not discord.MessageType.reply or reference is None or reference.message_id is None:
        return None
    replied = reference.resolved
    if not isinstance(replied, discord.Message):
        return ReplyTo(str(reference.message_id))
    return ReplyTo(
        message_id=str(replied.id),
        own=replied.author.id == bot_id,
        author_id="" if replied.message_snapshots else str(replied.author.id),
        text=_all_words(replied, bot_id),
        attachments=tuple(_attachment(file) for file in replied.attachments),
    )


def _sender(user: discord.User | discord.Member, language: str = "", *, admin: bool = False) -> Sender:
    if (
        isinstance(user, discord.Member) and user.guild is not None
    ):  # a server that is not known yet has no rights to read
        admin = admin or user.guild_permissions.manage_guild
    return Sender(PLATFORM, str(user.id), user.name, language, is_bot=user.bot, chat_admin=admin)


# --- interactions --------------------


def hook_of(interaction: discord.Interaction, now_ms: int) -> Hook:
    return Hook(str(interaction.application_id), str(interaction.id), interaction.token, now_ms)


def invocation_of(interaction: discord.Interaction, event_id: str, now_ms: int) -> Invocation:
    data = _data(interaction)
    name, options = _flat(str(data["name"]), data.get("options", []))
    files = data.get("resolved", {}).get("attachments", {})
    given = [option for option in options if option["type"] == _FILE_OPTION and option["value"] in files]
    return Invocation(
        place=place_of(interaction.guild_id, interaction.channel_id or 0),
        sender=_sender(interaction.user, interaction.locale.value, admin=interaction.permissions.manage_guild),
        message_id=command_id(interaction.id),
        command=name,
        options={option["name"]: _text(option["value"]) for option in options if option["type"] != _FILE_OPTION},
        attachments=tuple(_uploaded(files[option["value"]], option["name"]) for option in given),
        event_id=event_id,
        received_ms=now_ms,
    )


def command_id(interaction_id: int) -> str:
    """A slash command has no message. This stands for it, and cannot be taken for a message's id."""
    return f"slash-{interaction_id}"


def _flat(name: str, options: list[Json]) -> tuple[str, list[Json]]:
    """Subcommands as one name: "admin grant"."""
    while options and options[0]["type"] in _NESTED:
        name, options = f"{name} {options[0]['name']}", options[0].get("options", [])
    return name, options


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _uploaded(file: Mapping[str, Json], option: str) -> Attachment:
    mime = str(file.get("content_type") or "").split(";")[0].strip()
    link, until_ms = _shown(str(file["url"]))
    return Attachment(
        kind=kind_of(mime),
        ref=str(file["url"]),
        mime=mime,
        name=str(file["filename"]),
        size=int(file["size"]),
        width=int(file.get("width") or 0),
        height=int(file.get("height") or 0),
        duration_s=float(file.get("duration_secs") or 0.0),
        option=option,
        link=link,
        link_until_ms=until_ms,
    )


def press_of(interaction: discord.Interaction, event_id: str) -> Press:
    """A button's data, or for a menu its chosen value."""
    data = _data(interaction)
    chosen = data.get("values") or [data["custom_id"]]
    return Press(
        place=place_of(interaction.guild_id, interaction.channel_id or 0),
        sender=_sender(interaction.user, interaction.locale.value, admin=interaction.permissions.manage_guild),
        message_id=str(interaction.message.id) if interaction.message else "",
        data=str(chosen[0]),
        event_id=event_id,
    )


def submitted_of(interaction: discord.Interaction, event_id: str) -> Press:
    """A form that was filled in: its data and fields."""
    labels = _data(interaction).get("components", [])[:FIELDS_MAX]
    filled = [label["component"] for label in labels if "component" in label]
    return replace(press_of(interaction, event_id), fields={item["custom_id"]: _field(item) for item in filled})


def _field(item: Mapping[str, Json]) -> str:
    """The words, or of a menu the chosen value."""
    chosen = item.get("values") or [item.get("value") or ""]
    return str(chosen[0])[:FIELD_MAX]


def typed_of(interaction: discord.Interaction) -> tuple[str, str, str, dict[str, str]]:
    """Of an autocomplete: the command, the option being typed, what is there so far, and the options that are filled in."""
    data = _data(interaction)
    name, options = _flat(str(data["name"]), data.get("options", []))
    focused = next(option for option in options if option.get("focused"))
    others = {option["name"]: _text(option["value"]) for option in options if option is not focused}
    return name, str(focused["name"]), str(focused["value"]), others


def _data(interaction: discord.Interaction) -> Mapping[str, Json]:
    data: Mapping[str, Json] = interaction.data or {}
    return data
