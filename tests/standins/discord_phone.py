"""What people do in the Discord stand-in, as a test says it: write, reply, edit, use commands, press buttons, and look.

Looking is awaitable: `await phone.until(lambda: ...)` is woken by every change and never sleeps.
"""

import asyncio
import mimetypes
from collections.abc import Callable, Iterable, Mapping
from secrets import token_hex
from typing import TypeVar

from tests.standins import discord_payloads as payloads
from tests.standins.discord_command_rules import Value, fill, find_command
from tests.standins.discord_gateway import Gateway
from tests.standins.discord_interactions import AUTOCOMPLETE, COMPONENT, MODAL, SLASH
from tests.standins.discord_messages import changed, delete, pings, post
from tests.standins.discord_modals import filled_in
from tests.standins.discord_rules import SELECTS, Json
from tests.standins.discord_world import Call, Channel, File, Guild, Interaction, Message, Person, World

CAP_S = 10.0
T = TypeVar("T")
Picture = tuple[str, bytes]  # name, bytes


class Phone:
    """Every person's phone at once; who acts is an argument."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway

    # -- the scene -------------------------------------------------------------------------------------------

    def person(self, name: str, *, bot: bool = False, locale: str = "en-US") -> Person:
        return self.world.add_person(name, bot=bot, locale=locale)

    def guild(self, name: str, owner: Person, *, joined: bool = True) -> Guild:
        return self.world.add_guild(name, owner, joined=joined)

    def channel(self, guild: Guild, name: str = "general") -> Channel:
        return self.world.add_channel(guild, name)

    def dm(self, person: Person) -> Channel:
        return self.world.dm_of(person)

    async def thread(self, parent: Channel, name: str) -> Channel:
        thread = self.world.add_thread(parent, name)
        self.world.listener("THREAD_CREATE", payloads.channel(self.world, thread), thread, parent.guild)
        await self.world.touch()
        return thread

    async def add_bot(self, guild: Guild) -> None:
        guild.joined = True
        self.world.listener("GUILD_CREATE", payloads.guild(self.world, guild), None, guild)
        await self.world.touch()

    async def remove_bot(self, guild: Guild) -> None:
        guild.joined = False
        self.world.listener("GUILD_DELETE", {"id": str(guild.id)}, None, guild)
        await self.world.touch()

    async def delete_channel(self, channel: Channel) -> None:
        channel.gone = True
        event = "THREAD_DELETE" if channel.parent else "CHANNEL_DELETE"
        self.world.listener(event, payloads.channel(self.world, channel), channel, channel.guild)
        await self.world.touch()

    # -- messages --------------------------------------------------------------------------------------------

    async def say(
        self,
        channel: Channel,
        person: Person,
        text: str = "",
        *,
        reply_to: Message | None = None,
        mention: bool = False,
        ping: bool = True,
        attachments: Iterable[Picture] = (),
    ) -> Message:
        """Writes. `mention` puts the bot's name before the text; `ping` is the switch beside a reply."""
        content = f"{self.world.bot.mention} {text}".strip() if mention else text
        files = [self._file(picture) for picture in attachments]
        message = Message(self.world.new_id(), channel, person, content=content, files=files, reply_to=reply_to)
        message.pings = pings(message, {"parse": ["users"], "replied_user": ping})
        return await post(self.world, message)

    async def voice(self, channel: Channel, person: Person, data: bytes, *, reply_to: Message | None = None) -> Message:
        """Speaks: a message that is one sound, with its wave as the apps draw it."""
        spoken = File(0, "voice-message.ogg", data, "audio/ogg", extra={"duration_secs": 3.2, "waveform": "AAAA"})
        message = Message(self.world.new_id(), channel, person, files=[spoken], flags=1 << 13, reply_to=reply_to)
        message.pings = pings(message, {"parse": [], "replied_user": True})
        return await post(self.world, message)

    @staticmethod
    def _file(picture: Picture) -> File:
        name, data = picture
        return File(0, name, data, mimetypes.guess_type(name)[0] or "application/octet-stream")

    async def edit(self, message: Message, text: str) -> None:
        message.content = text
        message.pings = pings(message, None)
        await changed(self.world, message)

    async def unfurl(self, message: Message) -> None:
        """Discord adds a link preview: an update that is no edit by anybody."""
        message.embeds = [*message.embeds, {"type": "link", "title": "A page", "url": "https://example.com"}]
        self.world.listener("MESSAGE_UPDATE", {"message": message}, message.channel, message.channel.guild)
        await self.world.touch()

    async def delete(self, message: Message) -> None:
        await delete(self.world, message)

    # -- interactions ----------------------------------------------------------------------------------------

    async def slash(
        self,
        channel: Channel,
        person: Person,
        path: str,
        options: Mapping[str, Value] | None = None,
        *,
        attachments: Mapping[str, Picture] | None = None,
        user_install: bool = False,
    ) -> Interaction:
        """Uses a synced command: "video", or "admin grant" for a subcommand. The app's own checks are AssertionErrors."""
        given, resolved = dict(options or {}), self._upload(channel, attachments or {})
        given |= {name: str(item.id) for name, item in resolved.items()}
        data = self._command(channel, path, given, None)
        if resolved:
            shown = {str(f.id): payloads.attachment(self.world, f, channel.id) for f in resolved.values()}
            data["resolved"] = {"attachments": shown}
        return await self._interact(SLASH, channel, person, data, user_install=user_install)

    async def autocomplete(
        self,
        channel: Channel,
        person: Person,
        path: str,
        option: str,
        typed: str,
        others: Mapping[str, Value] | None = None,
    ) -> list[Json]:
        """Types into an option and waits for the choices."""
        data = self._command(channel, path, dict(others or {}) | {option: typed}, option)
        interaction = await self._interact(AUTOCOMPLETE, channel, person, data)
        return await self.until(lambda: interaction.choices, missing=None)

    def _command(self, channel: Channel, path: str, given: dict[str, Value], focused: str | None) -> Json:
        guild_id = channel.guild.id if channel.guild else -1
        offered = [*self.world.commands.get(guild_id, []), *self.world.commands.get(0, [])]
        command, chain = find_command(offered, path)
        level = chain[-1] if chain else command
        options = fill(level.get("options") or [], given, focused)
        for sub in reversed(chain):
            options = [{"name": sub["name"], "type": sub["type"], "options": options}]
        data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": options}
        if command.get("guild_id"):
            data["guild_id"] = command["guild_id"]
        return data

    def _upload(self, channel: Channel, attachments: Mapping[str, Picture]) -> dict[str, File]:
        files = {name: self._file(picture) for name, picture in attachments.items()}
        for file in files.values():
            file.id = self.world.new_id()
            self.world.files[file.id] = file
        return files

    async def press(self, message: Message, button: str, person: Person) -> Interaction:
        """Presses a button by its label or custom id."""
        control = self._control(message, button)
        assert control["type"] == 2 and control["style"] != 5, f"{button} sends nothing"
        assert not control.get("disabled"), f"{button} is disabled"
        data = {"custom_id": control["custom_id"], "component_type": 2}
        return await self._interact(COMPONENT, message.channel, person, data, message)

    async def select(self, message: Message, select: str, values: list[str], person: Person) -> Interaction:
        """Chooses by value or label in the select with this custom id or placeholder."""
        control = self._control(message, select)
        assert control["type"] in SELECTS and not control.get("disabled"), f"{select} cannot be used"
        by_name = {key: option["value"] for option in control["options"] for key in (option["label"], option["value"])}
        assert control.get("min_values", 1) <= len(values) <= control.get("max_values", 1), "too few or many"
        chosen = [by_name[value] for value in values]
        data = {"custom_id": control["custom_id"], "component_type": control["type"], "values": chosen}
        return await self._interact(COMPONENT, message.channel, person, data, message)

    @staticmethod
    def _control(message: Message, name: str) -> Json:
        for control in message.controls:
            if name in (control.get("custom_id"), control.get("label"), control.get("placeholder")):
                return control
        raise AssertionError(f"no {name!r} under this message, only {message.labels}")

    async def submit(self, interaction: Interaction, fields: Mapping[str, str]) -> Interaction:
        """Fills in the modal that answered `interaction` and sends it; in a select by value or label. What is not named stays
        as it came. What the app would not let a person send is an AssertionError."""
        assert interaction.modal is not None, "no modal is open"
        rows = filled_in(interaction.modal, fields)
        data = {"custom_id": interaction.modal["custom_id"], "components": rows}
        return await self._interact(MODAL, interaction.channel, interaction.person, data, interaction.message)

    async def _interact(
        self,
        kind: int,
        channel: Channel,
        person: Person,
        data: Json,
        message: Message | None = None,
        *,
        user_install: bool = False,
    ) -> Interaction:
        interaction = Interaction(
            self.world.new_id(),
            token_hex(16),
            kind,
            person,
            channel,
            data,
            self.world.clock.now(),
            user_install=user_install,
            message=message,
        )
        self.world.interactions[interaction.id] = interaction
        guild = channel.guild if channel.guild and channel.guild.joined else None
        self.world.listener("INTERACTION_CREATE", payloads.interaction(self.world, interaction), channel, guild)
        await self.world.touch()
        return interaction

    # -- looking ---------------------------------------------------------------------------------------------

    async def until(self, look: Callable[[], T | None], *, missing: object = False, cap_s: float = CAP_S) -> T:
        """The first value of `look` that is true (with missing=None: not None); fails after `cap_s` real seconds."""
        async with self.world.changed:
            try:
                async with asyncio.timeout(cap_s):
                    while True:
                        value = look()
                        if value is not None and (missing is None or value):
                            return value
                        await self.world.changed.wait()
            except TimeoutError:
                raise AssertionError(f"never seen within {cap_s} s\n{self.story()}") from None

    async def answered(self, interaction: Interaction) -> Message | None:
        """Waits until the interaction has an answer that no longer says "thinking"; the message it led to."""
        await self.until(
            lambda: interaction.answer is not None and not (interaction.original and interaction.original.loading)
        )
        return interaction.original

    async def shows(self, channel: Channel, text: str, person: Person | None = None) -> Message:
        """Waits until a message of the bot that contains `text` is on the screen."""
        return await self.until(
            lambda: next((m for m in self.from_bot(channel, person) if text in m.text and not m.loading), None)
        )

    def visible(self, channel: Channel, person: Person | None = None) -> list[Message]:
        return self.world.visible(channel, person)

    def from_bot(self, channel: Channel, person: Person | None = None) -> list[Message]:
        return [message for message in self.visible(channel, person) if message.author is self.world.bot]

    @property
    def interactions(self) -> list[Interaction]:
        return list(self.world.interactions.values())

    @property
    def calls(self) -> list[Call]:
        return self.world.calls

    @property
    def violations(self) -> list[str]:
        return self.world.violations

    def story(self, last: int = 15) -> str:
        """The last calls and what is on every screen, for a failing test."""
        calls = [f"  {c.method} {c.path} -> {c.status} {c.code or ''} {str(c.body)[:160]}" for c in self.calls[-last:]]
        shown = [
            f"  #{m.channel.name} {m.author.name}{' (thinking)' if m.loading else ''}: {m.text[:160]!r} {m.labels}"
            for m in list(self.world.messages.values())[-last:]
            if not m.deleted
        ]
        return "\n".join(["calls:", *calls, "screens:", *shown, "violations:", *self.violations])
