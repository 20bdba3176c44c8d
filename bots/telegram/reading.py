"""Telegram's updates as our values: messages, presses, the Stop button, the bot's comings and goings. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.enums import ContentType
from aiogram.types import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    InaccessibleMessage,
    Message,
    MessageEntity,
    MessageGenerationStopped,
    MessageOriginUser,
    User,
)

from bots.commands.dispatch import Press
from bots.kinds import kind_of
from bots.telegram.surface import PLATFORM
from core.values import Attachment, Incoming, Json, Place, ReplyTo, Sender

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member", "stopped_message_generation"]
"""The kinds of update that are asked for."""

_ODDITIES = frozenset(
    (
        "sticker",
        "location",
        "venue",
        "contact",
        "poll",
        "dice",
        "story",
        "checklist",
        "game",
        "paid_media",
        "rich_message",
    )
)
"""What a person may send that we cannot read, by Telegram's names."""

_PRESENT = frozenset({"member", "administrator", "creator", "restricted"})


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own account. `sees_all`: privacy mode is off."""

    id: int
    username: str
    sees_all: bool = False


# --- before it is written down --------------------


def is_for_us(update: Json, me: Me) -> bool:
    """Whether a raw update is worth writing down. With privacy mode off a group sends us everything: what does not call the
    bot is not kept. Parts of albums are, since their words may stand in another part."""
    message = update.get("message") or update.get("edited_message")
    if message is None:
        return any(kind in update for kind in UPDATES)
    if message.get("from", {}).get("is_bot") and "sender_chat" not in message:
        return False
    if message.get("chat", {}).get("type") == "private" or "media_group_id" in message:
        return True
    if "migrate_to_chat_id" in message or "migrate_from_chat_id" in message:
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == me.id:
        return True
    text = message.get("text") or message.get("caption") or ""
    if text.lstrip().startswith("/") or f"@{me.username}".lower() in text.lower():
        return True
    marks = message.get("entities") or message.get("caption_entities") or ()
    return any(mark.get("user", {}).get("id") == me.id for mark in marks)


# --- messages --------------------


def incoming_of(message: Message, me: Me, event_id: str, *, edited: bool = False) -> Incoming | None:
    """A message of somebody; None for bots' messages and Telegram's own ("pinned a message")."""
    sender = _sender(message)
    attachments = attachments_of(message)
    text = message.text or message.caption or ""
    if sender is None or not (text or attachments):
        return None
    marks = message.entities or message.caption_entities or []
    return Incoming(
        place=place_of(message.chat, message.message_thread_id if message.is_topic_message else None),
        sender=sender,
        message_id=str(message.message_id),
        text=_words(text, marks, me),
        attachments=attachments,
        reply=_reply(message, me),
        mentioned=any(_names_us(text, mark, me) for mark in marks),
        edited=edited,
        event_id=event_id,
        album=message.media_group_id or "",
        received_ms=1000 * (message.edit_date or int(message.date.timestamp())),
        forwarded=_is_passed_on(message),
    )


def place_of(chat: Chat, thread: int | None = None) -> Place:
    return Place(PLATFORM, str(chat.id), str(thread) if thread else "", private=chat.type == "private")


def _sender(message: Message) -> Sender | None:
    """Channels and anonymous admins write in the name of a chat."""
    chat, user = message.sender_chat, message.from_user
    if chat is not None:
        if message.is_automatic_forward:  # a channel's post in its discussion group: nobody asks anything
            return None
        own = chat.id == message.chat.id
        return Sender(PLATFORM, str(chat.id), chat.title or "", anonymous=True, chat_admin=own)
    if user is None or user.is_bot:
        return None
    return sender_of(user)


def sender_of(user: User) -> Sender:
    return Sender(PLATFORM, str(user.id), user.username or user.full_name, user.language_code or "", is_bot=user.is_bot)


def _reply(message: Message, me: Me) -> ReplyTo | None:
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created is not None:  # every first message of a topic "replies" to that
        return None
    author = replied.from_user.id if replied.from_user else replied.sender_chat.id if replied.sender_chat else ""
    quoted = message.quote.text if message.quote else ""
    return ReplyTo(
        message_id=str(replied.message_id),
        own=author == me.id,
        author_id="" if _is_passed_on(replied) else str(author),
        text=quoted or replied.text or replied.caption or "",
        attachments=attachments_of(replied),
    )


# --- words --------------------


def _words(text: str, marks: list[MessageEntity], me: Me) -> str:
    """The text without the bot's name at its ends, and with the code fences and links that Telegram turned into entities."""
    raw = text.encode("utf-16-le")
    pieces: list[tuple[int, int, str]] = []  # start, end, what stands there instead
    for mark in marks:
        start, end = 2 * mark.offset, 2 * (mark.offset + mark.length)
        inside = raw[start:end].decode("utf-16-le", "replace")
        if mark.type == "pre":
            pieces.append((start, end, f"```{mark.language or ''}\n{inside}\n```"))
        elif mark.type == "code":
            pieces.append((start, end, f"`{inside}`"))
        elif mark.type == "text_link" and mark.url != inside:
            pieces.append((start, end, f"{inside} ({mark.url})"))
        elif mark.type in {"mention", "text_mention"} and _names_us(text, mark, me) and _at_an_end(raw, start, end):
            pieces.append((start, end, ""))
    return _replaced(raw, pieces).strip()


def _at_an_end(raw: bytes, start: int, end: int) -> bool:
    return not raw[:start].decode("utf-16-le", "replace").strip() or not raw[end:].decode("utf-16-le").strip(
        " ?!.,？！。，"
    )


def _replaced(raw: bytes, pieces: list[tuple[int, int, str]]) -> str:
    """Later pieces first, so that the offsets of the others stay true; of overlapping ones the first stands."""
    kept: list[tuple[int, int, str]] = []
    for piece in sorted(pieces):
        if not kept or piece[0] >= kept[-1][1]:
            kept.append(piece)
    for start, end, instead in reversed(kept):
        raw = raw[:start] + instead.encode("utf-16-le") + raw[end:]
    return raw.decode("utf-16-le", "replace")


def _names_us(text: str, mark: MessageEntity, me: Me) -> bool:
    """A mention of the bot, or a command that names it (/image@us)."""
    if mark.type == "text_mention":
        return mark.user is not None and mark.user.id == me.id
    if mark.type not in {"mention", "bot_command"}:
        return False
    return mark.extract_from(text).lower().partition("@")[2] == me.username.lower()


# --- files --------------------


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """The file of a message, or a note of what we cannot read."""
    found = _picture(message) or _film(message) or _sound(message) or _document(message)
    if found is not None:
        return (found,)
    kind = ContentType(message.content_type).value
    return (Attachment("document", "", what=kind),) if kind in _ODDITIES else ()


def _picture(message: Message) -> Attachment | None:
    if not message.photo:
        return None
    largest = message.photo[-1]
    return Attachment(
        "image",
        largest.file_id,
        mime="image/jpeg",
        size=largest.file_size or 0,
        width=largest.width,
        height=largest.height,
    )


def _film(message: Message) -> Attachment | None:
    if message.video_note is not None:
        note = message.video_note
        size, seconds = note.file_size or 0, float(note.duration)
        return Attachment(
            "video",
            note.file_id,
            mime="video/mp4",
            size=size,
            width=note.length,
            height=note.length,
            duration_s=seconds,
            what=_said(message, "video_note"),
        )
    film = message.animation or message.video  # an animation carries a document too
    if film is None:
        return None
    return Attachment(
        "video",
        film.file_id,
        mime=film.mime_type or "video/mp4",
        name=film.file_name or "",
        size=film.file_size or 0,
        width=film.width,
        height=film.height,
        duration_s=float(film.duration),
    )


def _sound(message: Message) -> Attachment | None:
    if message.voice is not None:
        voice = message.voice
        mime = voice.mime_type or "audio/ogg"
        size, seconds = voice.file_size or 0, float(voice.duration)
        what = _said(message, "voice")
        return Attachment("audio", voice.file_id, mime=mime, size=size, duration_s=seconds, what=what)
    if message.audio is None:
        return None
    song = message.audio
    return Attachment(
        "audio",
        song.file_id,
        mime=song.mime_type or "audio/mpeg",
        name=song.file_name or "",
        size=song.file_size or 0,
        duration_s=float(song.duration),
    )


def _said(message: Message, what: str) -> str:
    """What is passed on was said by somebody else: a recording, not the sender's own words."""
    return "" if message.forward_origin else what


def _is_passed_on(message: Message) -> bool:
    """Whether its words are another's than the sender's."""
    origin, user = message.forward_origin, message.from_user
    own = isinstance(origin, MessageOriginUser) and user is not None and origin.sender_user.id == user.id
    return origin is not None and not own


def _document(message: Message) -> Attachment | None:
    if message.document is None:
        return None
    file = message.document
    mime = file.mime_type or ""
    return Attachment(kind_of(mime), file.file_id, mime=mime, name=file.file_name or "", size=file.file_size or 0)


# --- all else --------------------


def press_of(query: CallbackQuery, event_id: str) -> Press | None:
    """A press on one of our messages, also one that is too old to be looked at; None for inline messages."""
    message = query.message
    if message is None or not query.data:
        return None
    thread = None
    if not isinstance(message, InaccessibleMessage) and message.is_topic_message:
        thread = message.message_thread_id
    place = place_of(message.chat, thread)
    return Press(place, sender_of(query.from_user), str(message.message_id), query.data, event_id)


def stopped_of(stopped: MessageGenerationStopped) -> tuple[Place, int]:
    """The Stop button of a draft: where, and which draft."""
    return place_of(stopped.chat, stopped.message_thread_id), stopped.draft_id


def joined_of(change: ChatMemberUpdated) -> tuple[Place, Sender] | None:
    """Somebody put the bot into a group; None for all other changes."""
    was, is_now = change.old_chat_member.status, change.new_chat_member.status
    if change.chat.type not in {"group", "supergroup"} or was in _PRESENT or is_now not in _PRESENT:
        return None
    return place_of(change.chat), sender_of(change.from_user)


def migrated_of(message: Message) -> tuple[str, str] | None:
    """A group became a supergroup: its old and its new id. Told twice, in each of the two chats."""
    if message.migrate_to_chat_id is not None:
        return str(message.chat.id), str(message.migrate_to_chat_id)
    if message.migrate_from_chat_id is not None:
        return str(message.migrate_from_chat_id), str(message.chat.id)
    return None
