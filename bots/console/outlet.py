"""Outlet and Exchange of the terminal: text goes to the screen, files into a folder, buttons get numbers to be typed."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

from bots.console.screen import Screen
from bots.outlet import (
    Button,
    Buttons,
    Form,
    MediaFile,
    MessageGone,
    Outlet,
    Rendered,
    SentMedia,
    Surface,
    Unavailable,
)
from bots.surfaces import CONSOLE
from bots.texts import Texts
from core.values import Attachment, Place, Sender

CHUNK_BYTES = 256 * 1024
KEPT_MOST = 500
"""Messages and buttons that are remembered."""


class ConsoleOutlet:
    """`results`: the folder that pictures and films are put into."""

    def __init__(self, screen: Screen, texts: Texts, locale: str, results: Path) -> None:
        self._screen = screen
        self._texts = texts
        self._locale = locale
        self._results = results
        self._ids = itertools.count(1)
        self._session = secrets.token_hex(4)
        self._shown: dict[str, str] = {}  # message id -> its text
        self._running: set[str] = set()  # messages that are the line of something on its way
        self._files: dict[str, list[Path]] = {}
        self._buttons: dict[int, tuple[Button, str]] = {}
        self._numbers = itertools.count(1)
        self._drafting = False

    @property
    def surface(self) -> Surface:
        return CONSOLE

    # --- text --------------------

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
        message_id = self._keep(text.text)
        if "cancel" in _deeds(buttons):
            self._running.add(message_id)
        whole = text.text + self._numbered(buttons, message_id)
        if self._drafting and not reply_to:  # the answer that was growing; what comes in between replies to something
            self._drafting = False
            self._screen.grown(whole)
        else:
            self._screen.line(whole)
        return message_id

    async def edit(
        self, place: Place, message_id: str, text: Rendered, *, buttons: Buttons = (), drop_media: bool = False
    ) -> None:
        """An order on its way has a line that changes; how it ends is told by a message of its own. An answer that grows by
        edits is written when it is whole."""
        if message_id not in self._shown:
            raise MessageGone(message_id)
        if drop_media:
            await self._drop_files(message_id)
        if self._shown[message_id] == text.text:
            return
        self._shown[message_id] = text.text
        deeds = _deeds(buttons)
        if "cancel" in deeds:
            self._running.add(message_id)
            self._screen.status(message_id, text.text)
        elif message_id in self._running:
            self._settle(message_id)
        elif "stop" not in deeds:
            self._screen.line(text.text + self._numbered(buttons, message_id))

    def revise(self, message_id: str, text: str, buttons: Buttons) -> None:
        """A button of this message was pressed, and this is what it says now."""
        self._settle(message_id)
        if message_id in self._shown:
            self._shown[message_id] = text
        self._screen.line(text + self._numbered(buttons, message_id))

    def _settle(self, message_id: str) -> None:
        self._running.discard(message_id)
        self._screen.settle(message_id)

    async def draft(self, place: Place, draft_id: int, text: Rendered, *, stop: bool = True) -> None:
        self._drafting = True
        self._screen.grow(text.text)

    async def typing(self, place: Place, what: Literal["typing", "photo", "video", "audio"] = "typing") -> None:
        """The terminal shows the text itself."""

    # --- files --------------------

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
        paths = [await asyncio.to_thread(_save, file, self._results) for file in files if file.path]
        message_id = self._keep(caption.text)
        self._files[message_id] = paths
        songs = [_song(file) for file in files if file.title]
        text = "\n".join([*([caption.text] if caption.text else []), *songs, *map(self._saved, paths)])
        self._screen.line(text + self._numbered(buttons, message_id))
        return SentMedia((message_id,), tuple("" for _ in files))

    async def show_media(
        self, place: Place, message_id: str, file: MediaFile, caption: Rendered, *, buttons: Buttons = ()
    ) -> str:
        """The file takes the place of the message's files in the folder, which a film of previews would fill."""
        if message_id not in self._shown:
            raise MessageGone(message_id)
        before = await self._drop_files(message_id)
        if file.path:
            path = await asyncio.to_thread(_save, file, self._results)
            self._files[message_id] = [path]
            if path not in before:
                self._screen.line(self._saved(path))
        await self.edit(place, message_id, caption, buttons=buttons)
        return ""

    async def delete(self, place: Place, message_id: str) -> None:
        """The files of a result go; what was written stays written."""
        self._settle(message_id)
        for path in await self._drop_files(message_id):
            self._screen.line(self._texts(self._locale, "console-deleted", path=str(_short(path))))

    async def _drop_files(self, message_id: str) -> list[Path]:
        """Those that the message had."""
        paths = self._files.pop(message_id, [])
        for path in paths:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        return paths

    def _saved(self, path: Path) -> str:
        return self._texts(self._locale, "console-saved", path=str(_short(path)))

    async def private(self, sender_id: str) -> Place:
        return Place(CONSOLE.platform, CONSOLE.platform, private=True)

    def start_link(self, code: str) -> str:
        return ""

    async def file_limit(self, place: Place) -> int:
        return CONSOLE.file_max_bytes

    async def download(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """A file of this machine that the person named. Raises Unavailable when it is gone or may not be read."""
        try:
            opened = await asyncio.to_thread(Path(attachment.ref).open, "rb")
        except OSError as error:
            raise Unavailable(type(error).__name__) from None
        with opened as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk

    def new_id(self, what: str) -> str:
        """Of a message, unlike those of other sessions: orders outlive theirs."""
        return f"{what}-{self._session}-{next(self._ids)}"

    # --- buttons --------------------

    def button(self, number: int) -> tuple[Button, str] | None:
        """The button of this number, and the message that carries it."""
        return self._buttons.get(number)

    def _numbered(self, buttons: Buttons, message_id: str) -> str:
        lines = []
        for row in buttons:
            words = []
            for button in row:
                if button.url:
                    words.append(f"{button.label}: {button.url}")
                    continue
                number = next(self._numbers)
                self._buttons[number] = (button, message_id)
                self._buttons.pop(number - KEPT_MOST, None)
                words.append(f"#{number} {button.label}")
            lines.append("  " + "   ".join(words))
        return "".join(f"\n{line}" for line in lines)

    def _keep(self, text: str) -> str:
        message_id = self.new_id("said")
        self._shown[message_id] = text
        for old in list(self._shown)[:-KEPT_MOST]:
            del self._shown[old]
            self._files.pop(old, None)
        return message_id


class ConsoleExchange:
    """`pressed`: the message whose button was typed, "" for a line."""

    def __init__(self, outlet: ConsoleOutlet, place: Place, asker: Sender, pressed: str = "") -> None:
        self._outlet = outlet
        self._place = place
        self._asker = asker
        self._pressed = pressed

    @property
    def outlet(self) -> Outlet:
        return self._outlet

    @property
    def asker(self) -> Sender:
        return self._asker

    async def say(self, text: Rendered, *, buttons: Buttons = (), private: bool = False) -> str:
        return await self._outlet.send(self._place, text, buttons=buttons)

    async def revise(self, text: Rendered, *, buttons: Buttons = ()) -> None:
        if self._pressed:
            self._outlet.revise(self._pressed, text.text, buttons)
        else:
            await self.say(text, buttons=buttons)

    async def ask(self, text: Rendered, form: Form) -> str:
        return await self.say(text)

    async def open(self) -> str:
        return ""


def _save(file: MediaFile, folder: Path) -> Path:
    """A copy under a name that is free."""
    if file.path is None:
        raise ValueError(f"{file.name} has no path")
    folder.mkdir(parents=True, exist_ok=True)
    name = Path(Path(file.name).name or "result")
    for number in itertools.count(1):
        target = folder / (name.name if number == 1 else f"{name.stem}-{number}{name.suffix}")
        try:
            with target.open("xb") as copy, file.path.open("rb") as source:
                shutil.copyfileobj(source, copy)
        except FileExistsError:
            continue
        return target
    raise AssertionError("there is always a free number")


def _song(file: MediaFile) -> str:
    """What a player would show."""
    called = " – ".join(each for each in (file.title, file.performer) if each)
    minutes, seconds = divmod(round(file.duration_s), 60)
    return f"♪ {called} ({minutes}:{seconds:02})" if file.duration_s else f"♪ {called}"


def _deeds(buttons: Buttons) -> set[str]:
    return {button.data.rpartition(":")[2] for row in buttons for button in row}


def _short(path: Path) -> Path:
    """As one would type it from here."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path.resolve()
