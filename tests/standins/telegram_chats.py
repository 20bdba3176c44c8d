"""The state of the Telegram stand-in: people, chats, messages, drafts, files, as a phone would see them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.standins.telegram_wire import ApiError, Json, bad

DRAFT_LIFE_S = 30.0
BOT_ID = 4242
BOT_NAME = "starlight_test_bot"


@dataclass(slots=True, frozen=True)
class User:
    """Somebody with a phone, or a bot. A person's private chat with the bot has the person's id."""

    id: int
    first_name: str
    username: str = ""
    language_code: str = ""
    is_bot: bool = False

    def wire(self) -> Json:
        """As the Bot API shows a user."""
        shown: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            shown["username"] = self.username
        if self.language_code:
            shown["language_code"] = self.language_code
        return shown


@dataclass(slots=True)
class Media:
    """A file in a message. `kind` is the field of the Bot API: photo, video, audio, voice, document, animation, sticker."""

    kind: str
    file_id: str
    data: bytes
    name: str
    details: Json = field(default_factory=dict)
    thumbnail: bytes | None = None

    def wire(self) -> Json:
        """As fields of a message."""
        base: Json = {"file_id": self.file_id, "file_unique_id": f"u{self.file_id}", "file_size": len(self.data)}
        if self.kind == "photo":
            return {"photo": [base | self.details]}
        if self.kind != "sticker":
            base["file_name"] = self.name
        return {self.kind: base | self.details}


@dataclass(slots=True)
class Shown:
    """A message as a phone shows it; `text` is the caption when there is media."""

    chat: int
    message_id: int
    sender: User
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    buttons: list[list[Json]] = field(default_factory=list)
    media: Media | None = None
    reply_to: int | None = None
    thread: int | None = None
    album: str | None = None
    edits: int = 0
    sent_at: float = 0.0
    changed_at: float = 0.0
    date: int = 0
    preview: bool = True
    silent: bool = False
    reactions: list[str] = field(default_factory=list)
    service: Json = field(default_factory=dict)
    forces: Json | None = None  # the ForceReply it came with

    def button(self, label: str) -> Json:
        """The button whose data is `label` or whose text contains it; AssertionError if there is none."""
        flat = [button for row in self.buttons for button in row]
        for button in flat:
            if label == button.get("callback_data") or label in button["text"]:
                return button
        raise AssertionError(f"no button {label!r} among {[b['text'] for b in flat]}")


@dataclass(slots=True)
class Draft:
    """A text that grows at the bottom of a private chat; gone 30 s after its last frame."""

    draft_id: int
    thread: int | None
    text: str
    entities: list[Json]
    can_stop: bool
    first_at: float
    at: float
    frames: int = 1
    stopped: bool = False


@dataclass(slots=True)
class Chat:
    """One chat. `kind`: private, group or supergroup; `topics`: thread id → open or closed, for forums."""

    id: int
    kind: str
    title: str
    forum: bool = False
    messages: dict[int, Shown] = field(default_factory=dict)
    drafts: dict[int | None, Draft] = field(default_factory=dict)
    topics: dict[int, bool] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    members: dict[int, User] = field(default_factory=dict)
    refusal: str = ""  # why the bot may not write here: the text of the 403
    migrated_to: int | None = None
    actions: list[tuple[float, str]] = field(default_factory=list)
    last_id: int = 0

    def wire(self) -> Json:
        """As the Bot API shows a chat."""
        shown: Json = {"id": self.id, "type": self.kind}
        if self.kind == "private":
            return shown | {"first_name": self.title}
        return shown | {"title": self.title} | ({"is_forum": True} if self.forum else {})


class State:
    """All chats and files. `changed` is called after each change that a phone would show."""

    def __init__(self, clock: Callable[[], float], changed: Callable[[], None]) -> None:
        self.clock = clock
        self.changed = changed
        self.bot = User(BOT_ID, "Starlight", BOT_NAME, is_bot=True)
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, Media] = {}
        self._file_ids: Iterator[int] = itertools.count(1)

    def writable(self, chat_id: int) -> Chat:
        """The chat, if the bot may write there; ApiError otherwise."""
        chat = self.known(chat_id)
        if chat.migrated_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        if chat.refusal:
            raise ApiError(403, f"Forbidden: {chat.refusal}")
        return chat

    def known(self, chat_id: int) -> Chat:
        """The chat; ApiError 400 if the bot never met it."""
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad("chat not found")
        return chat

    def topic(self, chat: Chat, thread: int | None) -> int | None:
        """The thread, if messages can be written there; ApiError 400 otherwise."""
        if thread is None:
            return None
        if thread not in chat.topics:
            raise bad("message thread not found")
        if not chat.topics[thread]:
            raise bad("TOPIC_CLOSED")
        return thread

    def store(self, kind: str, data: bytes, name: str, details: Json, thumbnail: bytes | None = None) -> Media:
        """Keep a file under a new id."""
        media = Media(kind, f"{kind}-{next(self._file_ids)}", data, name, details, thumbnail)
        self.files[media.file_id] = media
        return media

    def post(self, chat: Chat, sender: User, **content: object) -> Shown:
        """A new message at the bottom of a chat. The bot's own end the draft of their topic."""
        chat.last_id += 1
        now = self.clock()
        shown = Shown(chat.id, chat.last_id, sender, sent_at=now, changed_at=now, date=int(time.time()))
        for name, value in content.items():
            setattr(shown, name, value)
        chat.messages[shown.message_id] = shown
        if sender.id == self.bot.id:
            chat.drafts.pop(shown.thread, None)
        self.changed()
        return shown

    def draft(self, chat: Chat, thread: int | None = None) -> Draft | None:
        """The draft that the phone shows now in a topic, if any."""
        draft = chat.drafts.get(thread)
        if draft is None or draft.stopped or self.clock() - draft.at > DRAFT_LIFE_S:
            return None
        return draft

    def wire(self, shown: Shown, nested: bool = False) -> Json:
        """As the Bot API shows a message. A replied message is nested once, as there."""
        chat = self.chats[shown.chat]
        message: Json = {
            "message_id": shown.message_id,
            "date": shown.date,
            "chat": chat.wire(),
            "from": shown.sender.wire(),
            **shown.service,
        }
        if shown.media is not None:
            message |= shown.media.wire()
        if shown.text:
            word, marks = ("caption", "caption_entities") if shown.media else ("text", "entities")
            message[word] = shown.text
            if shown.entities:
                message[marks] = shown.entities
        if shown.buttons:
            message["reply_markup"] = {"inline_keyboard": shown.buttons}
        if shown.album:
            message["media_group_id"] = shown.album
        if shown.edits:
            message["edit_date"] = shown.date + 1
        message |= self._thread_wire(chat, shown)
        replied = chat.messages.get(shown.reply_to or 0)
        if replied is not None and not nested:
            message["reply_to_message"] = self.wire(replied, nested=True)
        return message

    def _thread_wire(self, chat: Chat, shown: Shown) -> Json:
        if shown.thread is not None:
            return {"message_thread_id": shown.thread, "is_topic_message": True}
        if shown.reply_to is not None and chat.kind == "supergroup" and not chat.forum:
            return {"message_thread_id": shown.reply_to}  # a chain of replies is a thread too, but no topic
        return {}
