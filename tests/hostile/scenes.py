"""People in front of the bot: Boss owns it, Ann and Bob are strangers whom an open house serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.hostile.rig import House, open_house
from tests.standins.discord import DiscordStandin
from tests.standins.discord_world import Channel, Message, Person
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown, User


class OnTelegram:
    def __init__(self, standin: TelegramStandIn, house: House, boss: User) -> None:
        self.standin, self.phone, self.house, self.boss = standin, standin.phone, house, boss
        self.ann, self.bob = self.phone.person("Ann"), self.phone.person("Bob")

    async def hears(self, part: str, chat: Any = None) -> Shown:
        """The bot's message with these words, when nothing is open any more."""
        where = chat or self.ann

        def look() -> Shown | None:
            return next((shown for shown in reversed(self.phone.from_bot(where)) if part in shown.text), None)

        await self.phone.until(look)
        await self.house.at_rest()
        found = look()
        assert found is not None, f"{part!r} was taken back"
        return found

    async def after(self, deed: Callable[[], Any], chat: Any = None) -> list[str]:
        """What the bot says to a deed, at least one thing, in all."""
        where = chat or self.ann
        before = {shown.message_id for shown in self.phone.from_bot(where)}

        def new() -> list[str]:
            return [shown.text for shown in self.phone.from_bot(where) if shown.message_id not in before]

        deed()
        await self.phone.until(new)
        await self.house.at_rest()
        return new()

    async def told(self, words: str, person: User | None = None) -> list[str]:
        """What somebody (Ann) is told in private about these words."""
        who = person or self.ann
        return await self.after(lambda: self.phone.say(who, who, words), who)

    async def heard(self) -> None:
        """Everything that was done so far has been dealt with: what the owner says now is answered, and all rests."""
        self.phone.say(self.boss, self.boss, "/language")
        many = len(self.phone.from_bot(self.boss))
        await self.phone.until(lambda: len(self.phone.from_bot(self.boss)) > many)
        await self.house.at_rest()


@asynccontextmanager
async def on_telegram(standin: TelegramStandIn, folder: Path, **options: Any) -> AsyncIterator[OnTelegram]:
    boss = standin.phone.person("Boss")
    async with open_house("telegram", standin, folder, owner=boss.id, **options) as house:
        yield OnTelegram(standin, house, boss)
        await house.at_rest()
        await house.check_books()


class OnDiscord:
    def __init__(self, standin: DiscordStandin, house: House, boss: Person, room: Channel) -> None:
        self.standin, self.phone, self.house, self.boss = standin, standin.phone, house, boss
        self.ann, self.bob = self.phone.person("ann"), self.phone.person("bob")
        self.dm = self.phone.dm(self.ann)
        self.room = room

    async def hears(self, part: str, channel: Channel | None = None) -> Message:
        where = channel or self.dm

        def look() -> Message | None:
            return next((m for m in reversed(self.phone.from_bot(where, self.ann)) if part in m.text), None)

        await self.phone.until(look)
        await self.house.at_rest()
        found = look()
        assert found is not None, f"{part!r} was taken back"
        return found

    async def heard(self) -> None:
        dm = self.phone.dm(self.boss)
        many = len(self.phone.from_bot(dm))
        await self.phone.say(dm, self.boss, "/language")
        await self.phone.until(lambda: len(self.phone.from_bot(dm)) > many)
        await self.house.at_rest()


@asynccontextmanager
async def on_discord(standin: DiscordStandin, folder: Path, **options: Any) -> AsyncIterator[OnDiscord]:
    boss = standin.phone.person("boss")
    room = standin.phone.channel(standin.phone.guild("club", boss))
    async with open_house("discord", standin, folder, owner=boss.id, **options) as house:
        await standin.phone.until(lambda: standin.gateway.connected and 0 in standin.world.commands)
        yield OnDiscord(standin, house, boss, room)
        await house.at_rest()
        await house.check_books()
