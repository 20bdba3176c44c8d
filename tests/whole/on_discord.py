"""Somebody in their direct messages with the bot, who uses slash commands as the app offers them."""

from __future__ import annotations

import mimetypes
import re

from bots.commands import table
from tests.hostile.rig import House
from tests.standins.discord import DiscordStandin
from tests.standins.discord_rules import VOICE_MESSAGE
from tests.standins.discord_world import Interaction, Message
from tests.whole.hands import File, Hands, Seen
from tests.whole.things import letter

_LINK = re.compile(r"\]\(<?(https?://[^\s<>)]+)")
_ESCAPE = re.compile(r"\\([^A-Za-z0-9\s])")
"""The app shows only the mark behind the backslash."""
_FOLD = re.compile(r"^-# 💭 \|\|(.*)\|\|", re.MULTILINE)


class OnDiscord(Hands):
    platform = "discord"
    paste_most = 1_900

    def __init__(self, house: House, standin: DiscordStandin, name: str) -> None:
        super().__init__(house)
        self.phone = standin.phone
        self.me = self.phone.person(name)
        self.dm = self.phone.dm(self.me)
        self._pressed: Interaction | None = None

    async def write(self, text: str, *files: File, reply_to: Seen | None = None) -> Seen:
        replied = reply_to.whose if reply_to else None
        if [file.how for file in files] == ["voice"]:
            return seen_of(await self.phone.voice(self.dm, self.me, files[0].data, reply_to=replied))
        attachments = [(file.name, file.data) for file in files]
        said = await self.phone.say(self.dm, self.me, text, reply_to=replied, attachments=attachments)
        return seen_of(said)

    async def asks_about(self, strange: str, question: str) -> None:
        """Discord shows a bot nothing of what others write to each other."""
        await self.write(question, letter(strange))

    async def use(self, command: str, text: str = "", *files: File, **options: str) -> None:
        known = table.find(command)
        assert known is not None, command
        words = {known.rest.name: text} if text and known.rest else {}
        attachments = {
            "shape" if file.how == "drawing" else f"file{'' if number == 1 else number}": (file.name, file.data)
            for number, file in enumerate(files, 1)
        }
        await self.phone.slash(self.dm, self.me, command, {**words, **options}, attachments=attachments)

    async def press(self, seen: Seen, label: str) -> None:
        found = next((each for each in seen.whose.labels if label in each), None)
        assert found is not None, f"no button {label!r} among {seen.whose.labels}"
        self._pressed = await self.phone.press(seen.whose, found, self.me)

    async def tells(self, seen: Seen, label: str, words: str, *, asked: str, region: str = "") -> None:
        """In a form, whose region is chosen from a list. Its title is short, so it need not say what the question says."""
        await self.press(seen, label)
        pressed = self._pressed
        assert pressed is not None
        await self.until(lambda: pressed.modal, f"a form for {label}")
        await self.phone.submit(pressed, {"words": words, **({"region": region} if region else {})})

    async def meets(self, other: Hands) -> None:
        assert isinstance(other, OnDiscord)
        club = self.phone.guild("Club", self.me, joined=False)
        self.dm = other.dm = self.phone.channel(club)
        await self.phone.add_bot(club)

    async def watches(self, question: str, words: str) -> Seen:
        await self.write(question)
        await self.until(lambda: self._find(words), words)
        growing = self._find(words)
        assert growing is not None
        return await self.presses(growing, "Stop", "Stopped")

    def sees(self) -> list[Seen]:
        shown = self.phone.from_bot(self.dm, self.me)
        return [seen_of(message) for message in shown if not message.loading]

    async def changed(self) -> None:
        async with self.phone.world.changed:
            await self.phone.world.changed.wait()


def seen_of(message: Message) -> Seen:
    return Seen(
        "discord",
        _ESCAPE.sub(r"\1", message.text),
        tuple(_LINK.findall(message.text)),
        tuple(message.labels),
        "\n".join(_FOLD.findall(message.text)),
        ("voice",) if message.flags & VOICE_MESSAGE else tuple(_kind(file.name) for file in message.files),
        tuple(file.data for file in message.files),
        message,
    )


def _kind(name: str) -> str:
    """As the app shows it."""
    kind = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    return {"image": "photo", "video": "video", "audio": "audio"}.get(kind, "document")
