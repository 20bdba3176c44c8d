"""Somebody at the console of the machine, which reads a pipe and writes a text."""

from __future__ import annotations

import asyncio
import io
import mimetypes
import os
import re
import signal
from pathlib import Path

from bots.console.front import Console
from bots.console.lines import PipedLines
from tests.hostile.rig import House
from tests.whole.hands import File, Hands, Seen, typed
from tests.whole.things import letter

_BUTTON = re.compile(r"#(\d+) (.+?)(?=   #\d|$)", re.MULTILINE)
_LINK = re.compile(r"\]\(<?(https?://[^\s<>)]+)")
_SAVED = re.compile(r"^Saved: (.+)$", re.MULTILINE)


class Paper(io.StringIO):
    """Each thing that is written, by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.changed = asyncio.Event()

    def write(self, text: str, /) -> int:
        self.written.append(text)
        self.changed.set()
        return len(text)


class OnConsole(Hands):
    platform = "console"
    can_reply = False

    def __init__(self, house: House, folder: Path, name: str) -> None:
        super().__init__(house)
        self._name = name
        self._folder = folder / name
        self._mine = self._folder / "mine"
        self._mine.mkdir(parents=True)
        self._begin(live=False)

    def _begin(self, *, live: bool) -> None:
        """`live`: on a terminal, where an answer is written as it grows."""
        self._paper = Paper()
        reading, self._pen = os.pipe()
        self._pipe = os.fdopen(reading)
        bot, lines = self.house.bot, PipedLines(self._pipe)
        console = Console(
            bot.services.texts, results=self._folder, lines_in=lines, out=self._paper, live=live, user=self._name
        )
        bot.outlets[console.name] = console.outlet
        self._session = asyncio.create_task(console.run(bot.services, bot.dispatcher))

    async def write(self, text: str, *files: File, reply_to: Seen | None = None) -> Seen:
        assert reply_to is None, "nobody can reply here"
        line = " ".join([text, *map(self._saved, files)])
        os.write(self._pen, f"{line}\n".encode())
        return _seen(line)

    async def asks_about(self, strange: str, question: str) -> None:
        await self.write(question, letter(strange))

    def _saved(self, file: File) -> str:
        path = self._mine / file.name
        path.write_bytes(file.data)
        return f"@{path}"

    async def use(self, command: str, text: str = "", *files: File, **options: str) -> None:
        await self.write(typed(command, text, files, options), *files)

    async def press(self, seen: Seen, label: str) -> None:
        """The number that stands before it."""
        found = [number for number, each in _BUTTON.findall(seen.whose) if label in each]
        assert found, f"no button {label!r} in {seen.whose!r}"
        os.write(self._pen, f"#{found[-1]}\n".encode())

    async def tells(self, seen: Seen, label: str, words: str, *, asked: str, region: str = "") -> None:
        """The next line is the answer."""
        if region:
            seen, label = await self.presses(seen, label, "Which part"), region
        await self.presses(seen, label, asked)
        await self.write(words)

    async def watches(self, question: str, words: str) -> Seen:
        """Ctrl-C stops it."""
        await self.leave()
        self._begin(live=True)
        await self.write(question)
        await self.until(lambda: words in "".join(self._paper.written), words)
        os.kill(os.getpid(), signal.SIGINT)
        await self.until(lambda: "Stopped" in "".join(self._paper.written), "Stopped")
        await self.house.at_rest()
        return _seen("".join(self._paper.written))

    def sees(self) -> list[Seen]:
        return [_seen(text) for text in self._paper.written if text.strip()]

    async def changed(self) -> None:
        self._paper.changed.clear()
        await self._paper.changed.wait()

    async def leave(self) -> None:
        os.close(self._pen)
        assert await asyncio.wait_for(self._session, 10) == 0
        self._pipe.close()


def _seen(text: str) -> Seen:
    paths = [Path(path) for path in _SAVED.findall(text)]
    lines = text.rstrip("\n").split("\n")
    return Seen(
        "console",
        text,
        tuple(_LINK.findall(text)),
        tuple(label for line in lines if line.startswith("  #") for _, label in _BUTTON.findall(line)),
        "\n".join(line.removeprefix("  │ ") for line in lines if line.startswith("  │ ")),
        tuple(_kind(path) for path in paths),
        tuple(path.read_bytes() for path in paths if path.exists()),
        text,
    )


def _kind(path: Path) -> str:
    """As a file manager shows it."""
    kind = (mimetypes.guess_type(path.name)[0] or "").partition("/")[0]
    if path.suffix == ".ogg":
        return "voice"
    return {"image": "photo", "video": "video", "audio": "audio"}.get(kind, "document")
