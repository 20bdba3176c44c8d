"""Posting and changing messages in the Discord stand-in, for bot calls, interaction answers and people alike."""

import base64
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from tests.standins.discord_rules import (
    EPHEMERAL,
    VOICE_MESSAGE,
    Json,
    RefusedError,
    check_components,
    check_content,
    check_embeds,
    check_flags,
    check_mentions,
    empty_message,
    invalid,
)
from tests.standins.discord_world import (
    MENTION,
    THREAD,
    Channel,
    File,
    Message,
    Person,
    World,
)

UNSET: Any = object()


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Form:
    """A request body: its JSON, and the files of a multipart by their index."""

    json: Json
    files: dict[int, Upload] = field(default_factory=dict)


def check_may_send(channel: Channel, form: Form) -> None:
    """Refuses as Discord does where the bot may not write."""
    if channel.person and not channel.person.dms_open:
        raise RefusedError(403, 50007, "Cannot send messages to this user")
    if not channel.allows("view_channel"):
        raise RefusedError(403, 50001, "Missing Access")
    needed = ["send_messages_in_threads" if channel.kind == THREAD else "send_messages"]
    needed += ["attach_files"] if form.files else []
    if any(not channel.allows(name) for name in needed):
        raise RefusedError(403, 50013, "Missing Permissions")


def build(world: World, channel: Channel, author: Person, form: Form, file_limit: int) -> Message:
    """A message that obeys every limit; not yet posted. Raises RefusedError."""
    body = form.json
    flags = check_flags(body)
    check_mentions(body)
    files = new_files(body, form, file_limit)
    message = Message(
        world.new_id(),
        channel,
        author,
        content=check_content(body),
        embeds=check_embeds(body),
        components=check_components(body, flags),
        files=files,
        flags=flags,
        nonce=_nonce(body),
        reply_to=_reference(world, channel, body),
    )
    if flags & VOICE_MESSAGE:
        _check_voice(message)
    if not (message.content or message.embeds or message.files or message.components):
        raise empty_message()
    message.pings = pings(message, body.get("allowed_mentions"))
    return message


def _nonce(body: Json) -> str | None:
    nonce = body.get("nonce")
    if nonce is None:
        return None
    if len(str(nonce)) > 25:
        raise invalid("nonce: Must be 25 or fewer in length.")
    return str(nonce)


def _reference(world: World, channel: Channel, body: Json) -> Message | None:
    reference = body.get("message_reference")
    if not reference:
        return None
    found = world.messages.get(int(reference["message_id"]))
    if found is not None and not found.deleted and found.channel is channel and found.shown_to is None:
        return found
    if reference.get("fail_if_not_exists", True):
        raise invalid("message_reference: Unknown message")
    return None


def _check_voice(message: Message) -> None:
    fits = len(message.files) == 1 and {"duration_secs", "waveform"} <= set(message.files[0].extra)
    if not fits or not message.files[0].content_type.startswith("audio/"):
        raise RefusedError(400, 50161, "Voice messages must have a single audio attachment")
    if message.content or message.embeds or message.components:
        raise RefusedError(400, 50160, "Voice messages do not support additional content")
    if len(base64.b64decode(message.files[0].extra["waveform"], validate=True)) > 256:
        raise RefusedError(400, 50163, "Voice messages must have a waveform of at most 256 bytes")


def pings(message: Message, allowed: Json | None) -> set[int]:
    """Who is notified: mentions in the words and the author of the replied message, as far as allowed."""
    mentioned = {int(found) for found in MENTION.findall(message.content)}
    replied = {message.reply_to.author.id} if message.reply_to else set()
    if allowed is None:
        return mentioned | replied
    named = {int(value) for value in allowed.get("users", [])}
    mentioned = mentioned if "users" in allowed.get("parse", []) else mentioned & named
    return mentioned | (replied if allowed.get("replied_user") else set())


def new_files(body: Json, form: Form, limit: int) -> list[File]:
    """The uploads, described by the `attachments` of the JSON. 413/40005 when one is too large."""
    described = {str(item["id"]): item for item in body.get("attachments") or []}
    if len(form.files) > 10 or len(described) > 10:
        raise invalid("attachments: Must be 10 or fewer in length.")
    made: list[File] = []
    for index, upload in form.files.items():
        if len(upload.data) > limit:
            raise RefusedError(413, 40005, "Request entity too large")
        note = described.get(str(index), {})
        extra = {key: note[key] for key in ("duration_secs", "waveform") if key in note}
        name = str(note.get("filename") or upload.name)
        made.append(File(0, name, upload.data, upload.content_type, note.get("description"), extra=extra))
    return made


async def post(world: World, message: Message) -> Message:
    """Shows the message on the phones and tells the gateway."""
    for file in message.files:
        if not file.id:
            file.id = world.new_id()
        world.files[file.id] = file
    world.add_message(message)
    if message.shown_to is None:
        world.listener("MESSAGE_CREATE", {"message": message}, message.channel, message.channel.guild)
    await world.touch()
    return message


async def change(world: World, message: Message, form: Form, file_limit: int) -> Message:
    """A PATCH: only what the body names is replaced. Raises RefusedError and then changes nothing."""
    body = form.json
    flags = message.flags | (check_flags(body) & ~EPHEMERAL)
    check_mentions(body)
    new = new_files(body, form, file_limit)
    files = _kept(message, body, form.files) + new
    content = check_content(body) if "content" in body else message.content
    embeds = check_embeds(body) if "embeds" in body else message.embeds
    shape = {"content": content, "embeds": embeds, "components": body.get("components", message.components)}
    components = check_components(shape, flags)
    if len(files) > 10:
        raise invalid("attachments: Must be 10 or fewer in length.")
    if not (content or embeds or files or components):
        raise empty_message()
    message.content, message.embeds, message.components = content, embeds, components or []
    message.files, message.flags, message.loading = files, flags, False
    for file in new:
        file.id = world.new_id()
        world.files[file.id] = file
    await changed(world, message)
    return message


def _kept(message: Message, body: Json, uploads: Collection[int]) -> list[File]:
    """Those that were there and are named; all, when the body names none at all."""
    if body.get("attachments", UNSET) is UNSET:
        return message.files
    keep = {str(item["id"]) for item in body["attachments"] or []}
    if unknown := keep - {str(file.id) for file in message.files} - {str(index) for index in uploads}:
        raise invalid(f"attachments: {sorted(unknown)} are neither here nor uploaded")
    if left_out := {str(index) for index in uploads} - keep:
        raise invalid(f"attachments: uploads {sorted(left_out)} are not named")
    return [file for file in message.files if str(file.id) in keep]


async def changed(world: World, message: Message) -> None:
    message.edited_s = world.clock.now()
    message.history.append(message.text)
    if message.shown_to is None:
        world.listener("MESSAGE_UPDATE", {"message": message}, message.channel, message.channel.guild)
    await world.touch()


async def delete(world: World, message: Message) -> None:
    message.deleted = True
    if message.shown_to is None:
        body: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild:
            body["guild_id"] = str(message.channel.guild.id)
        world.listener("MESSAGE_DELETE", body, message.channel, message.channel.guild)
    await world.touch()
