"""What a person does and sees, said the same way for every front end."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.hostile.rig import House

WITHIN_S = 10.0
_RUNNING = {"Cancel", "取消"}
"""Only what is still being made has such a button; a picture above it is a preview."""


@dataclass(frozen=True, slots=True)
class File:
    """`how` it is sent where a platform knows ways: as a picture, as a file, by speaking, as a film; or what for: as the
    drawing that shows a command what is to be changed."""

    how: Literal["photo", "document", "voice", "video", "drawing"]
    name: str
    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """One message, on a platform. `links`: addresses that can be tapped, in order. `fold`: the words that are folded away
    above its text. `files`: what came with it. `whose`: the platform's own message."""

    platform: str
    text: str
    links: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    fold: str = ""
    kinds: tuple[str, ...] = ()
    files: tuple[bytes, ...] = field(default=(), repr=False)
    whose: Any = field(default=None, repr=False, compare=False)


class Hands(ABC):
    """A person whom the bot has never met, in private with it. `paste_most`: characters that they get into one message."""

    platform: str
    can_reply = True
    paste_most = 3_900

    def __init__(self, house: House) -> None:
        self.house = house

    # --- each front end's own way --------------------

    @abstractmethod
    async def write(self, text: str, *files: File, reply_to: Seen | None = None) -> Seen:
        """Their own message, for replies to it."""

    @abstractmethod
    async def asks_about(self, strange: str, question: str) -> None:
        """About the words of a stranger: a message in a group, or where the bot sees none of others, a file."""

    @abstractmethod
    async def use(self, command: str, text: str = "", *files: File, **options: str) -> None:
        """A command as people use it here: typed, or by the platform's form."""

    @abstractmethod
    async def press(self, seen: Seen, label: str) -> None:
        """A button by a part of its label."""

    @abstractmethod
    async def tells(self, seen: Seen, label: str, words: str, *, asked: str, region: str = "") -> None:
        """A button that asks for words: they are given in its form, or as an answer to the question, of which `asked` is a
        part. `region`: which part of the picture they are about, if it asks for that too."""

    @abstractmethod
    async def watches(self, question: str, words: str) -> Seen:
        """Asks, sees `words` of an answer that is still growing, and stops it."""

    @abstractmethod
    def sees(self) -> list[Seen]:
        """All that the bot has written, oldest first."""

    @abstractmethod
    async def changed(self) -> None:
        """Until something on the screen may have changed."""

    async def meets(self, other: Hands) -> None:
        """Both go on in a group with the bot; what they do and see is there from now on."""
        raise AssertionError("nobody else is here")

    async def is_told(self, part: str) -> None:
        """Until these words of a short answer to the last press, which nobody else sees, have come."""
        await self.hears(part)

    async def leave(self) -> None:  # noqa: B027 # most have nothing to put away
        """The scene is over."""

    # --- the same for all --------------------

    async def behind_the_scenes(self, look: Callable[[], object]) -> None:
        """Until something has happened that shows on no screen."""
        async with asyncio.timeout(WITHIN_S):
            while not look():  # noqa: ASYNC110 # looked at from beside
                await asyncio.sleep(0.01)  # the database tells nobody

    async def says(self, text: str, *files: File, reply_to: Seen | None = None) -> list[Seen]:
        """Everything that comes of a message, when all is at rest again."""
        before = len(self.sees())
        await self.write(text, *files, reply_to=reply_to)
        return await self._after(before)

    async def uses(self, command: str, text: str = "", *files: File, **options: str) -> list[Seen]:
        before = len(self.sees())
        await self.use(command, text, *files, **options)
        return await self._after(before)

    async def gets(self, words: str) -> Seen:
        """The newest message with files and these words, when all is at rest."""
        await self.until(lambda: self._brought(words), f"a file with {words!r}")
        await self.house.at_rest()
        return self._brought(words)[-1]

    async def presses(self, seen: Seen, label: str, until: str) -> Seen:
        """What stands on the screen after a press, with these words in it."""
        await self.press(seen, label)
        return await self.hears(until)

    async def hears(self, part: str) -> Seen:
        """The newest message with these words, when all is at rest."""
        await self.until(lambda: self._find(part) is not None, part)
        await self.house.at_rest()
        found = self._find(part)
        assert found is not None, f"{part!r} was taken back"
        return found

    async def hears_file(self, kind: str) -> Seen:
        """The newest message with a file of this kind."""
        await self.until(lambda: any(kind in seen.kinds for seen in self.sees()), kind)
        await self.house.at_rest()
        return next(seen for seen in reversed(self.sees()) if kind in seen.kinds)

    async def _after(self, before: int) -> list[Seen]:
        await self.until(lambda: len(self.sees()) > before, "anything new")
        await self.house.at_rest()
        return self.sees()[before:]

    def _brought(self, words: str) -> list[Seen]:
        return [seen for seen in self.sees() if seen.kinds and words in seen.text and not _RUNNING & {*seen.buttons}]

    def _find(self, part: str) -> Seen | None:
        return next((seen for seen in reversed(self.sees()) if part in seen.text), None)

    async def until(self, look: Callable[[], object], what: str) -> None:
        """Until something is seen on the screen."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while not look():
                    await self.changed()
        except TimeoutError:
            raise AssertionError(f"never seen: {what!r}\n{told(self.sees())}") from None


def typed(command: str, text: str, files: Sequence[File], options: Mapping[str, str]) -> str:
    """The command as a line of text. A drawing among the files is the last of them, and an option says so."""
    drawn = {"only": "shape"} if any(file.how == "drawing" for file in files) else {}
    named = "".join(f" --{name} {value}" for name, value in {**drawn, **options}.items())
    return f"/{command}{named} {text}".strip()


def told(seen: Sequence[Seen]) -> str:
    """All of it, for a failing test."""
    return "\n".join(f"- {each.text!r} {each.fold!r} {list(each.kinds)} {list(each.buttons)}" for each in seen)


def text_of(seen: Sequence[Seen]) -> str:
    return "\n".join(each.text for each in seen)
