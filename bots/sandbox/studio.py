"""Pillow and PyAV behind async doors: imported at first use, run in threads, a few at a time, films cached."""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from bots.sandbox.film_script import Script
from bots.sandbox.shelf import File, Shelf
from bots.sandbox.sizes import Size

if TYPE_CHECKING:
    from bots.sandbox.viewing import View

T = TypeVar("T")

_AT_ONCE = 2
_FILMS_BYTES_MAX = 64 * 1024 * 1024


class Studio:
    """All that is heavy in the sandbox. One for each running sandbox."""

    def __init__(self) -> None:
        self._seats = asyncio.Semaphore(_AT_ONCE)
        self._filming = asyncio.Lock()
        self._films = Shelf(_FILMS_BYTES_MAX)

    async def measure(self, data: bytes) -> Size | None:
        """Width and height of a picture; None when the bytes are none."""

        def work() -> Size | None:
            from bots.sandbox import drawing

            return drawing.measure(data)

        return await self.run(work)

    async def decode(self, uri: str) -> bytes | None:
        """The bytes of a base64 `data:` address; None when it is none."""
        return await self.run(lambda: _decode(uri))

    async def unpack(self, encoded: str) -> bytes | None:
        """The bytes of base64 text; None when it is none."""
        return await self.run(lambda: _unpack(encoded))

    async def draw(self, prompt: str, index: int, size: Size, form: str) -> bytes:
        def work() -> bytes:
            from bots.sandbox import drawing

            return drawing.draw(prompt, index, size, form)

        return await self.run(work)

    async def edit(
        self, pictures: Sequence[bytes], mask: bytes | None, prompt: str, size: Size | None, form: str
    ) -> bytes:
        """`pictures` and `mask` must have been measured."""

        def work() -> bytes:
            from bots.sandbox import drawing

            return drawing.edit(pictures, mask, prompt, size, form)

        return await self.run(work)

    async def finish(self, data: bytes, form: str, *, clear: bool, marked: bool) -> bytes:
        def work() -> bytes:
            from bots.sandbox import drawing

            return drawing.finished(data, form, clear=clear, marked=marked)

        return await self.run(work)

    async def has_alpha(self, data: bytes) -> bool:
        """Whether a picture that has been measured may be transparent somewhere."""

        def work() -> bool:
            from bots.sandbox import drawing

            return drawing.has_alpha(data)

        return await self.run(work)

    async def shrink(self, data: bytes, side_max: int) -> bytes:
        def work() -> bytes:
            from bots.sandbox import drawing

            return drawing.shrink(data, side_max)

        return await self.run(work)

    async def view(self, data: bytes, *, stills: bool) -> "View | None":
        """What a film shows; None when the bytes are none."""

        def work() -> "View | None":
            from bots.sandbox import viewing

            return viewing.view(data, stills=stills)

        return await self.run(work)

    async def heard_s(self, data: bytes) -> float | None:
        """How many seconds of sound it holds; None when it holds none."""

        def work() -> float | None:
            from bots.sandbox import viewing

            return viewing.heard_s(data)

        return await self.run(work)

    async def compact(self, data: bytes, seconds: float) -> bytes | None:
        """The sound of a film or of a sound file, small enough to be kept; None when it has none."""

        def work() -> bytes | None:
            from bots.sandbox import viewing

            return viewing.compact(data, seconds)

        return await self.run(work)

    async def film(self, script: Script) -> bytes:
        """One encoding at a time; the same film is encoded once."""

        def work() -> bytes:
            from bots.sandbox import filming

            return filming.play(script)

        name = script.name
        async with self._filming:
            kept = self._films.get(name)
            if kept is None:
                kept = File(await self.run(work), "video/mp4")
                self._films.put(name, kept)
        return kept.data

    async def music(self, prompt: str, seconds: int, form: str, take: int = 0) -> bytes:
        """`form`: "mp3" or "wav". `take` tells the pieces of one prompt apart."""

        def work() -> bytes:
            from bots.sandbox import melody

            piece = hashlib.sha256(prompt.encode("utf-8", "replace")).digest()[0] + take
            return melody.music(piece % melody.PIECES, seconds, form)

        return await self.run(work)

    async def speech(self, text: str, pitch_hz: float, form: str, rate: int) -> tuple[bytes, int]:
        """The file, and how many milliseconds it is long. `form`: one of `speaking.FORMS`."""

        def work() -> tuple[bytes, int]:
            from bots.sandbox import speaking

            return speaking.spoken(text, pitch_hz, form, rate)

        return await self.run(work)

    async def run(self, work: Callable[[], T]) -> T:
        """Any heavy work, in a thread."""
        async with self._seats:
            return await asyncio.to_thread(work)


def _decode(uri: str) -> bytes | None:
    head, comma, tail = uri.partition(",")
    if not comma or not (head.startswith("data:") and head.endswith(";base64")):
        return None
    return _unpack(tail)


def _unpack(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
