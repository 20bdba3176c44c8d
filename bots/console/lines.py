"""Lines from standard input, asked for one at a time, and what is in one: words, files of this machine, a button's number."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import mimetypes
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO, TypeVar, cast

from bots.kinds import kind_of
from core.values import Attachment

READ_BYTES = 64 * 1024
LINE_MOST = 400_000
_WORD = re.compile(r"""(?P<quote>["'])(?P<quoted>[^"'\n]+)(?P=quote)|(?P<plain>\S+)""")
_BUTTON = re.compile(r"#(\d{1,9})\Z")
Result = TypeVar("Result")


class Lines(Protocol):
    async def next(self, prompt: str) -> str | None:
        """The next line without its end, None at the end of the input."""


class PipedLines:
    """Reads the descriptor itself, in a thread that nothing waits for: a blocked read must not hold up the end."""

    def __init__(self, stream: TextIO) -> None:
        self._descriptor = stream.fileno()
        self._decoder = codecs.getincrementaldecoder(stream.encoding or "utf-8")("replace")
        self._rest = ""
        self._ended = False

    async def next(self, prompt: str) -> str | None:
        while "\n" not in self._rest and len(self._rest) < LINE_MOST and not self._ended:
            data = await in_thread(lambda: os.read(self._descriptor, READ_BYTES))
            self._rest += self._decoder.decode(data, final=not data)
            self._ended = not data
        if self._ended and not self._rest:
            return None
        line, _, self._rest = self._rest.partition("\n")
        return line.removesuffix("\r")


class TypedLines:
    """A prompt with line editing and history, where the system has it."""

    def __init__(self) -> None:
        self._typed = _editing()
        self._restore = _terminal()

    def typed(self) -> str:
        """What stands behind the prompt at this moment."""
        return self._typed()

    async def next(self, prompt: str) -> str | None:
        try:
            return await in_thread(lambda: input(prompt))
        except EOFError:
            return None

    def close(self) -> None:
        """A prompt that is still being asked has left the terminal in its own mode."""
        self._restore()


def _editing() -> Callable[[], str]:
    try:
        import readline  # noqa: PLC0415 - importing it is what switches it on, and some systems have none
    except ImportError:
        return str
    return readline.get_line_buffer


def _terminal() -> Callable[[], None]:
    try:
        import termios  # noqa: PLC0415 - not on every system
    except ImportError:
        return lambda: None
    try:
        mode = termios.tcgetattr(0)
    except termios.error:
        return lambda: None
    return lambda: termios.tcsetattr(0, termios.TCSADRAIN, mode)


async def in_thread(call: Callable[[], Result]) -> Result:
    """Like asyncio.to_thread, but in a thread that the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast("Result", result))

    def work() -> None:
        result, failure = None, None
        try:
            result = call()
        except BaseException as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants it any more
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=work, daemon=True, name="console-input").start()
    return await future


@dataclass(frozen=True, slots=True)
class Line:
    """`button`: the number of one, and nothing else was typed."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    button: int | None = None


def read(typed: str) -> Line:
    """Words that are paths of files come out as attachments; `@path` says so even without a slash."""
    pressed = _BUTTON.match(typed.strip())
    if pressed:
        return Line("", button=int(pressed[1]))
    found: list[Attachment] = []

    def take(match: re.Match[str]) -> str:
        word = match["quoted"] or match["plain"]
        attachment = _file(word)
        if attachment is None:
            return match[0]
        found.append(attachment)
        return ""

    text = _WORD.sub(take, typed)
    return Line(re.sub(r" {2,}", " ", text).strip() if found else typed.strip(), tuple(found))


def _file(word: str) -> Attachment | None:
    marked = word.startswith("@")
    name = word.removeprefix("@")
    looks = marked or "/" in name or "\\" in name or Path(name).suffix.lower() in mimetypes.types_map
    if not looks:
        return None
    try:
        path = Path(name).expanduser()
        size = path.stat().st_size if path.is_file() else -1
    except (OSError, ValueError, RuntimeError):
        return None
    if size < 0:
        return None
    mime = mimetypes.guess_type(path.name)[0] or ""
    return Attachment(kind_of(mime), str(path), mime=mime, name=path.name, size=size)
