"""A platform in memory, as strict as the real one and with its limiter: what people see, what was called when, and faults."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bots.markdown import is_blank, utf16_length
from bots.outlet import (
    AnswerLost,
    Buttons,
    ChatGone,
    ChatMoved,
    Flooded,
    MediaFile,
    MessageGone,
    Outlet,
    Rejected,
    Rendered,
    SentMedia,
    Surface,
    TooLarge,
    Unavailable,
)
from core.values import Attachment, Place
from tests.standins.discord_faults import Limits as DiscordWindows
from tests.standins.telegram_faults import TelegramLimiter

Fault = Literal[
    "flood",
    "lost",
    "done-lost",
    "away",
    "gone-chat",
    "gone-message",
    "moved",
    "rejected",
    "too-large",
    "die",
    "done-die",
]


@dataclass(slots=True)
class Message:
    id: str
    rendered: Rendered
    buttons: Buttons = ()
    reply_to: str = ""
    files: tuple[MediaFile, ...] = ()
    contents: tuple[bytes, ...] = ()
    ping: str = ""

    @property
    def text(self) -> str:
        return self.rendered.text


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    place: Place
    at_s: float
    text: str = ""
    draft_id: int = 0


class Limiter(Protocol):
    def wait_s(self, method: str, place: Place, messages: int, now_s: float) -> float: ...


class TelegramShape:
    """3 at once and then 1/s in a chat, 20 a minute in a group, 30/s over all; all calls count."""

    def __init__(self) -> None:
        self._limiter = TelegramLimiter()

    def wait_s(self, method: str, place: Place, messages: int, now_s: float) -> float:
        if method == "delete":
            return 0.0
        return self._limiter.refuse(int(place.chat), not place.private, messages, now_s)


METHODS = {"send": "POST", "send_media": "POST", "edit": "PATCH", "show_media": "PATCH", "delete": "DELETE"}


class DiscordShape:
    """5 in 5 s of a channel."""

    def __init__(self) -> None:
        self._windows = DiscordWindows()

    def wait_s(self, method: str, place: Place, messages: int, now_s: float) -> float:
        path = f"/channels/{place.thread or place.chat}/messages" + (
            "/1" if method in {"edit", "show_media", "delete"} else ""
        )
        if method == "typing":
            path = f"/channels/{place.thread or place.chat}/typing"
        allowance = self._windows.take(now_s, METHODS.get(method, "POST"), path)
        return allowance.reset_after_s if allowance.refused else 0.0


class NoLimit:
    def wait_s(self, method: str, place: Place, messages: int, now_s: float) -> float:
        return 0.0


@dataclass(slots=True)
class World:
    """One platform. `decide`: the fault that a call meets, by its method and number. `latency_s`: least and most of a way."""

    surface: Surface
    limiter: Limiter = field(default_factory=NoLimit)
    decide: Callable[[str, int], Fault | None] = lambda method, number: None
    latency_s: tuple[float, float] = (0.0, 0.0)
    dedupes: bool = False
    on_death: Callable[[], None] = lambda: None
    file_bytes: int = 10**9
    calls: list[Call] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    drafts: dict[str, Rendered] = field(default_factory=dict)
    refusals: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    lost: int = 0
    moved_to: str = ""
    random: random.Random = field(default_factory=lambda: random.Random(7))
    _nonces: dict[str, str] = field(default_factory=dict)
    _number: int = 100

    def texts(self, chat: str = "") -> list[str]:
        return [message.text for message in self.messages.values() if not chat or message.id.startswith(f"{chat}-")]

    def methods(self) -> list[str]:
        return [call.method for call in self.calls]


class StrictOutlet(Outlet):
    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def surface(self) -> Surface:
        return self._world.surface

    async def send(
        self,
        place: Place,
        text: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> str:
        self._check(text, self._world.surface.text_max)
        self._check_buttons(buttons)
        if len(nonce) > 25:
            self._world.problems.append(f"nonce of {len(nonce)}")
        async with _Way(self._world, "send", place, text.text):
            return self._post(place, Message("", text, buttons, reply_to, ping=ping), nonce)

    async def edit(
        self, place: Place, message_id: str, text: Rendered, *, buttons: Buttons = (), drop_media: bool = False
    ) -> None:
        self._check(text, self._world.surface.text_max)
        async with _Way(self._world, "edit", place, text.text):
            message = self._world.messages.get(message_id)
            if message is None:
                raise MessageGone(message_id)
            message.rendered, message.buttons = text, buttons
            if drop_media and self._world.surface.platform == "discord":
                message.files = message.contents = ()

    async def draft(self, place: Place, draft_id: int, text: Rendered, *, stop: bool = True) -> None:
        if not place.private or not self._world.surface.drafts_in_private or draft_id == 0:
            self._world.problems.append("a draft where there are none")
        if text.text:
            self._check(text, self._world.surface.text_max)
        async with _Way(self._world, "draft", place, text.text, draft_id):
            self._world.drafts[place.key] = text

    async def typing(self, place: Place, what: Literal["typing", "photo", "video", "audio"] = "typing") -> None:
        async with _Way(self._world, "typing", place, what):
            return

    async def send_media(
        self,
        place: Place,
        files: tuple[MediaFile, ...],
        caption: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> SentMedia:
        if caption.text:
            self._check(caption, self._world.surface.caption_max)
        self._check_buttons(buttons)
        contents = tuple(file.path.read_bytes() if file.path else b"" for file in files)
        async with _Way(self._world, "send_media", place, caption.text, messages=len(files)):
            if any(len(content) > self._world.file_bytes for content in contents):
                raise TooLarge("file")
            message = Message("", caption, buttons, reply_to, files, contents, ping)
            ids = (self._post(place, message, nonce),)
            return SentMedia(ids, tuple(self._id_of(file) for file in files))

    async def show_media(
        self, place: Place, message_id: str, file: MediaFile, caption: Rendered, *, buttons: Buttons = ()
    ) -> str:
        self._check(caption, self._world.surface.caption_max)
        self._check_buttons(buttons)
        content = file.path.read_bytes() if file.path else b""
        async with _Way(self._world, "show_media", place, caption.text):
            message = self._world.messages.get(message_id)
            if message is None:
                raise MessageGone(message_id)
            if len(content) > self._world.file_bytes:
                raise TooLarge("file")
            message.rendered, message.buttons = caption, buttons
            message.files, message.contents = (file,), (content,)
            return self._id_of(file)

    async def delete(self, place: Place, message_id: str) -> None:
        async with _Way(self._world, "delete", place):
            self._world.messages.pop(message_id, None)

    async def private(self, sender_id: str) -> Place:
        if sender_id.startswith("closed"):
            raise ChatGone(sender_id)
        return Place(self._world.surface.platform, sender_id, private=True)

    def start_link(self, code: str) -> str:
        return ""

    async def file_limit(self, place: Place) -> int:
        return self._world.surface.file_max_bytes

    async def download(self, attachment: Attachment) -> AsyncIterator[bytes]:
        yield b""

    def _post(self, place: Place, message: Message, nonce: str) -> str:
        world = self._world
        if world.dedupes and nonce in world._nonces:
            return world._nonces[nonce]
        world._number += 1
        message.id = f"{place.chat}-{world._number}"
        world.messages[message.id] = message
        world.drafts.pop(place.key, None)
        if nonce:
            world._nonces[nonce] = message.id
        return message.id

    def _id_of(self, file: MediaFile) -> str:
        """Discord has none."""
        return file.file_id or f"id-of-{file.name}" if self._world.surface.platform == "telegram" else ""

    def _check_buttons(self, buttons: Buttons) -> None:
        """What the platform would drop in silence, or refuse."""
        most = self._world.surface.button_rows_max
        if len(buttons) > most or any(not 0 < len(row) <= 5 for row in buttons):
            self._world.problems.append(f"rows of {[len(row) for row in buttons]} buttons")
        for row in buttons:
            for button in row:
                if not button.url and not re.fullmatch(r"[A-Za-z0-9:._-]{1,60}", button.data):
                    self._world.problems.append(f"a button with {button.data}")
                if is_blank(button.label):
                    self._world.problems.append("a button without a label")

    def _check(self, text: Rendered, most: int) -> None:
        """What the platform would answer with 400, and what it would drop in silence."""
        problems, size = self._world.problems, utf16_length(text.text)
        if is_blank(text.text):
            problems.append("an empty text")
        if size > most:
            problems.append(f"{size} characters")
        if self._world.surface.entities_max == 0 and text.entities:
            problems.append("entities where there are none")
        if len(text.entities) > 100:
            problems.append(f"{len(text.entities)} entities")
        inside = {utf16_length(text.text[: at + 1]) - 1 for at, symbol in enumerate(text.text) if symbol > "\uffff"}
        for entity in text.entities:
            ends = {entity.offset, entity.offset + entity.length}
            if entity.offset < 0 or entity.length <= 0 or max(ends) > size or ends & inside:
                problems.append(f"bad entity {entity}")
        if re.search("[\ud800-\udfff\x00]", text.text):
            problems.append("half a character")


class _Way:
    """The way of a call to the platform and back: time, limiter, faults."""

    def __init__(
        self, world: World, method: str, place: Place, text: str = "", draft_id: int = 0, messages: int = 1
    ) -> None:
        self._world, self._method, self._place, self._messages = world, method, place, messages
        self._text, self._draft_id = text, draft_id
        self._fault: Fault | None = None

    async def __aenter__(self) -> None:
        world, now_s = self._world, asyncio.get_running_loop().time
        call = Call(self._method, self._place, now_s(), self._text, self._draft_id)
        world.calls.append(call)
        self._fault = world.decide(self._method, len(world.calls))
        if self._fault == "die":
            await self._die()
        await asyncio.sleep(world.random.uniform(*world.latency_s))
        if self._fault not in (None, "done-lost", "done-die"):
            self._raise(self._fault)
        wait_s = world.limiter.wait_s(self._method, self._place, self._messages, now_s())
        if wait_s:
            world.refusals.append(call)
            raise Flooded(wait_s)

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            return
        if self._fault == "done-die":
            await self._die()
        await asyncio.sleep(self._world.random.uniform(*self._world.latency_s))
        if self._fault == "done-lost":
            self._world.lost += 1
            raise AnswerLost("on the way back")

    async def _die(self) -> None:
        self._world.on_death()
        await asyncio.Event().wait()

    def _raise(self, fault: Fault | None) -> None:
        match fault:
            case "flood":
                raise Flooded(3)
            case "lost":
                raise AnswerLost("on the way there")
            case "away":
                raise Unavailable("no way")
            case "gone-chat":
                raise ChatGone("blocked")
            case "gone-message":
                raise MessageGone("deleted")
            case "rejected":
                raise Rejected("not like this")
            case "too-large":
                raise TooLarge("for the platform")
            case "moved":
                if self._place.chat != self._world.moved_to:
                    raise ChatMoved(self._world.moved_to)
