"""A person's phone: what somebody does in Telegram, and what they see. No waiting but `until`, which wakes on each change."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable
from typing import TypeVar

from tests.standins import telegram_rules as rules
from tests.standins.telegram_chats import Chat, Draft, Shown, State, User
from tests.standins.telegram_faults import Call
from tests.standins.telegram_methods import Methods
from tests.standins.telegram_updates import Updates
from tests.standins.telegram_wire import Json

WAIT_S = 10.0
_MARKS = re.compile(r"(?:(?<=\s)|^)(?:(?P<bot_command>/\w{1,32}(?:@\w+)?)|(?P<mention>@\w{4,32}))")

T = TypeVar("T")
ChatLike = Chat | User | int


class Phone:
    """The hands and eyes of the people of a test."""

    def __init__(self, state: State, methods: Methods, updates: Updates, calls: list[Call]) -> None:
        self._state = state
        self._methods = methods
        self._updates = updates
        self._calls = calls
        self._ids = itertools.count(501)
        self._queries = itertools.count(1)
        self._rung: asyncio.Event | None = None
        self.last_update_id = 0

    # --- people and chats --------------------

    def person(self, name: str = "Ann", language: str = "en", username: str = "", user_id: int = 0) -> User:
        """Somebody who has opened a private chat with the bot."""
        user = User(user_id or next(self._ids), name, username, language)
        self._state.chats[user.id] = Chat(user.id, "private", name, members={user.id: user})
        return user

    def group(self, title: str, *members: User, forum: bool = False, kind: str = "supergroup") -> Chat:
        """A group that has the bot already; the first member owns it."""
        number = next(self._ids)
        chat_id = -number if kind == "group" else -1_000_000_000_000 - number
        people = {user.id: user for user in (*members, self._state.bot)}
        chat = Chat(chat_id, kind, title, forum, members=people, admins={user.id for user in members[:1]})
        self._state.chats[chat_id] = chat
        return chat

    def topic(self, chat: Chat, name: str = "Topic") -> int:
        """A new topic of a forum; its thread id."""
        chat.last_id += 1
        chat.topics[chat.last_id] = True
        return chat.last_id

    def chat(self, chat: ChatLike) -> Chat:
        """The chat of a person, or the chat itself."""
        if isinstance(chat, Chat):
            return chat
        return self._state.chats[chat.id if isinstance(chat, User) else chat]

    # --- what people do --------------------

    def say(
        self,
        chat: ChatLike,
        user: User,
        text: str,
        *,
        reply_to: Shown | None = None,
        thread: int | None = None,
        entities: list[Json] | None = None,
    ) -> Shown:
        """Write a text; commands and mentions are marked as clients mark them, unless entities are given."""
        marks = _marks(text) if entities is None else entities
        return self._send(chat, user, reply_to, thread, text=text, entities=marks)

    def photo(
        self,
        chat: ChatLike,
        user: User,
        data: bytes,
        caption: str = "",
        *,
        reply_to: Shown | None = None,
        thread: int | None = None,
        album: str | None = None,
    ) -> Shown:
        """Send a picture, recompressed or not; with `album` it belongs to one."""
        width, height = rules.photo_size(data)
        media = self._state.store("photo", data, "", {"width": width, "height": height})
        return self._send(
            chat, user, reply_to, thread, media=media, text=caption, entities=_marks(caption), album=album
        )

    def album(self, chat: ChatLike, user: User, pictures: list[bytes], caption: str = "") -> list[Shown]:
        """Several pictures at once: separate messages, the caption on the first."""
        album = f"person-album-{next(self._queries)}"
        return [
            self.photo(chat, user, data, caption if at == 0 else "", album=album) for at, data in enumerate(pictures)
        ]

    def document(
        self,
        chat: ChatLike,
        user: User,
        data: bytes,
        name: str,
        mime: str,
        caption: str = "",
        size: int = 0,
        album: str | None = None,
    ) -> Shown:
        """Send a file; `size` lies about it, for files that would be too big to keep here; with `album` it belongs to one."""
        details: Json = {"mime_type": mime} | ({"file_size": size} if size else {})
        media = self._state.store("document", data, name, details)
        return self._send(chat, user, None, None, media=media, text=caption, entities=_marks(caption), album=album)

    def documents(
        self, chat: ChatLike, user: User, files: list[tuple[bytes, str, str]], caption: str = ""
    ) -> list[Shown]:
        """Several files at once, of whatever kinds (bytes, name, type): clients put the caption below the last."""
        album, last = f"person-album-{next(self._queries)}", len(files) - 1
        return [
            self.document(chat, user, data, name, mime, caption if at == last else "", album=album)
            for at, (data, name, mime) in enumerate(files)
        ]

    def voice(self, chat: ChatLike, user: User, data: bytes = b"OggS", duration: int = 3) -> Shown:
        """Speak."""
        media = self._state.store("voice", data, "", {"duration": duration, "mime_type": "audio/ogg"})
        return self._send(chat, user, None, None, media=media)

    def video(self, chat: ChatLike, user: User, data: bytes, mime: str = "video/mp4", caption: str = "") -> Shown:
        """Send a film."""
        details: Json = {"width": 64, "height": 48, "duration": 1, "mime_type": mime}
        media = self._state.store("video", data, "", details)
        return self._send(chat, user, None, None, media=media, text=caption, entities=_marks(caption))

    def sticker(self, chat: ChatLike, user: User) -> Shown:
        """Send a sticker."""
        details: Json = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        media = self._state.store("sticker", b"RIFF", "", details | {"emoji": "👍"})
        return self._send(chat, user, None, None, media=media)

    def edit(self, message: Shown, text: str) -> None:
        """Change an own message."""
        message.text, message.entities = text, _marks(text)
        message.edits += 1
        self._deliver("edited_message", message)

    def delete(self, message: Shown) -> None:
        """Delete a message; bots are not told."""
        del self._state.chats[message.chat].messages[message.message_id]

    def press(self, message: Shown, label: str, user: User | None = None) -> str:
        """Press the button with this data or text; the query id, whose answer is in `answer(id)`."""
        chat = self._state.chats[message.chat]
        presser = user or chat.members[chat.id]
        return self.press_data(message, message.button(label)["callback_data"], presser)

    def press_data(self, message: Shown, data: str, user: User) -> str:
        """Press a button that may not be there any more."""
        chat = self._state.chats[message.chat]
        query = f"query-{next(self._queries)}"
        self._methods.queries[query] = self._state.clock()
        gone: Json = {"chat": chat.wire(), "message_id": message.message_id, "date": 0}
        shown = self._state.wire(message) if message.message_id in chat.messages else gone
        content: Json = {"id": query, "from": user.wire(), "chat_instance": "1", "message": shown, "data": data}
        self.last_update_id = self._updates.add("callback_query", content)
        return query

    def stop(self, chat: ChatLike, thread: int | None = None) -> Draft:
        """Press Stop on the draft that is shown; AssertionError if it has no such button."""
        target = self.chat(chat)
        draft = self._state.draft(target, thread)
        assert draft is not None and draft.can_stop, "no draft with a Stop button is shown"
        draft.stopped = True
        content: Json = {"chat": target.wire(), "draft_id": draft.draft_id}
        if thread is not None:
            content["message_thread_id"] = thread
        self.last_update_id = self._updates.add("stopped_message_generation", content)
        return draft

    def repeat(self, update_id: int | None = None) -> None:
        """Telegram delivers an update a second time; the last one unless told."""
        self._updates.repeat(update_id or self.last_update_id)

    # --- what happens to chats --------------------

    def add_bot(self, chat: Chat, user: User) -> None:
        """Somebody puts the bot into a group."""
        chat.members[self._state.bot.id] = self._state.bot
        chat.refusal = ""
        self._membership(chat, user, "left", "member")
        service: Json = {"new_chat_members": [self._state.bot.wire()]}
        self._send(chat, user, None, None, service=service)

    def join(self, chat: Chat, user: User) -> None:
        """Somebody enters a group."""
        chat.members[user.id] = user
        self._send(chat, user, None, None, service={"new_chat_members": [user.wire()]})

    def kick_bot(self, chat: Chat, user: User) -> None:
        """Somebody throws the bot out."""
        chat.refusal = f"bot was kicked from the {chat.kind} chat"
        self._membership(chat, user, "member", "kicked")

    def block(self, user: User) -> None:
        """A person blocks the bot."""
        chat = self._state.chats[user.id]
        chat.refusal = "bot was blocked by the user"
        self._membership(chat, user, "member", "kicked")

    def unblock(self, user: User) -> None:
        """... and thinks better of it."""
        chat = self._state.chats[user.id]
        chat.refusal = ""
        self._membership(chat, user, "kicked", "member")

    def migrate(self, chat: Chat, user: User) -> Chat:
        """A basic group becomes a supergroup under another id."""
        new = self.group(chat.title, *(member for member in chat.members.values() if not member.is_bot))
        chat.migrated_to = new.id
        self._send(chat, user, None, None, service={"migrate_to_chat_id": new.id})
        self._send(new, user, None, None, service={"migrate_from_chat_id": chat.id})
        return new

    def _membership(self, chat: Chat, user: User, old: str, new: str) -> None:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"status": status, "user": self._state.bot.wire(), **until}

        content: Json = {"chat": chat.wire(), "from": user.wire(), "date": 1_800_000_000}
        content |= {"old_chat_member": member(old), "new_chat_member": member(new)}
        self.last_update_id = self._updates.add("my_chat_member", content)

    # --- what people see --------------------

    def visible(self, chat: ChatLike) -> list[Shown]:
        """The messages of a chat, oldest first, everybody's."""
        return list(self.chat(chat).messages.values())

    def from_bot(self, chat: ChatLike) -> list[Shown]:
        """The bot's own messages of a chat, oldest first."""
        return [shown for shown in self.visible(chat) if shown.sender.id == self._state.bot.id]

    def last(self, chat: ChatLike) -> Shown | None:
        """The bot's newest message."""
        mine = self.from_bot(chat)
        return mine[-1] if mine else None

    def draft(self, chat: ChatLike, thread: int | None = None) -> Draft | None:
        """The draft that is shown now."""
        return self._state.draft(self.chat(chat), thread)

    def answer(self, query: str) -> Json | None:
        """How the bot answered a press: {"text", "alert", "url"}; None while the spinner turns."""
        return self._methods.answers.get(query)

    def asked(self, chat: ChatLike, user: User) -> Shown | None:
        """The newest message that turns this person's field into a reply to it; in a group a selective one does so for those
        whom it mentions or replies to."""
        target = self.chat(chat)
        return next((shown for shown in reversed(self.from_bot(chat)) if _forces(target, shown, user)), None)

    async def until(self, predicate: Callable[[], T | None], timeout_s: float = WAIT_S) -> T:
        """Wait until something true is seen and return it; AssertionError with what is seen instead after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (seen := predicate()):
                    await self.changed()
                return seen
        except TimeoutError:
            raise AssertionError(f"never seen in {timeout_s} s\n{self._report()}") from None

    async def changed(self) -> None:
        """Until something changes."""
        if self._rung is None:
            self._rung = asyncio.Event()
        await self._rung.wait()

    def ring(self) -> None:
        """Something changed (called by the server)."""
        if self._rung is not None:
            self._rung.set()
            self._rung = None

    def _report(self) -> str:
        lines = [
            f"  {shown.chat} #{shown.message_id} {shown.sender.first_name}: {shown.text[:120]!r}"
            f" {shown.media.kind if shown.media else ''}"
            for chat in self._state.chats.values()
            for shown in list(chat.messages.values())[-6:]
        ]
        calls = [f"  {call.method} → {call.status} {call.description}" for call in self._calls[-12:]]
        return "\n".join(["chats:", *lines, "last calls:", *calls])

    # --- sending --------------------

    def _send(self, chat: ChatLike, user: User, reply_to: Shown | None, thread: int | None, **content: object) -> Shown:
        target = self.chat(chat)
        replied = reply_to.message_id if reply_to else None
        shown = self._state.post(target, user, reply_to=replied, thread=thread, **content)
        self._deliver("message", shown)
        return shown

    def _deliver(self, kind: str, shown: Shown) -> None:
        if self._bot_reads(shown):
            self.last_update_id = self._updates.add(kind, self._state.wire(shown))

    def _bot_reads(self, shown: Shown) -> bool:
        """Privacy mode: in groups a bot gets commands, its mentions, replies to it and service messages."""
        chat = self._state.chats[shown.chat]
        if chat.refusal:
            return False
        if chat.kind == "private" or not self._methods.privacy_mode or shown.service:
            return True
        replied = chat.messages.get(shown.reply_to or 0)
        if replied is not None and replied.sender.id == self._state.bot.id:
            return True
        name = (self._state.bot.username or "").lower()
        for mark in shown.entities:
            word = rules.utf16_cut(shown.text, mark["offset"], mark["length"]).lower()
            if mark["type"] == "mention" and word == f"@{name}":
                return True
            if mark["type"] == "bot_command" and word.partition("@")[2] in ("", name):
                return True
        return False


def _forces(chat: Chat, shown: Shown, user: User) -> bool:
    if shown.forces is None:
        return False
    if not shown.forces.get("selective"):
        return True
    replied = chat.messages.get(shown.reply_to or 0)
    named = [mark["user"]["id"] for mark in shown.entities if mark["type"] == "text_mention"]
    return user.id in named or (replied is not None and replied.sender.id == user.id)


def _marks(text: str) -> list[Json]:
    return [
        {
            "type": found.lastgroup,
            "offset": rules.utf16_len(text[: found.start()]),
            "length": rules.utf16_len(found[0]),
        }
        for found in _MARKS.finditer(text)
    ]
