"""The state behind the Discord stand-in: people, servers, channels, messages and what each phone shows of them.

Nothing here knows HTTP. Every change goes through `World.touch`, which wakes whoever waits for it.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from tests.standins.discord_rules import EPHEMERAL, Json, RefusedError, walk

TEXT, DM, THREAD = 0, 1, 11
EPOCH_MS = 1_420_070_400_000
MIB = 1024 * 1024
NONCE_LIFE_S = 300.0
MENTION = re.compile(r"<@!?(\d+)>")

# The few permissions a bot like ours meets, by their bits.
PERMISSIONS = {
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "create_public_threads": 1 << 35,
    "send_messages_in_threads": 1 << 38,
}
ALL_PERMISSIONS = sum(PERMISSIONS.values())
ADMINISTRATOR, MANAGE_GUILD = 1 << 3, 1 << 5


class Clock:
    """Real monotonic seconds plus whatever a test adds, so that fifteen minutes pass at once."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def now(self) -> float:
        return time.monotonic() + self._offset_s

    def advance(self, seconds: float) -> None:
        self._offset_s += seconds


@dataclass(slots=True, eq=False)
class Person:
    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    dms_open: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Guild:
    id: int
    name: str
    owner: Person
    locale: str = "en-US"
    file_limit: int = 10 * MIB
    joined: bool = True
    admins: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Channel:
    id: int
    kind: int
    name: str
    guild: Guild | None = None
    person: Person | None = None
    parent: "Channel | None" = None
    denied: set[str] = field(default_factory=set)
    gone: bool = False
    typing: list[float] = field(default_factory=list)

    @property
    def file_limit(self) -> int:
        return self.guild.file_limit if self.guild else 10 * MIB

    @property
    def bot_permissions(self) -> int:
        return ALL_PERMISSIONS & ~sum(PERMISSIONS[name] for name in self.denied)

    def allows(self, name: str) -> bool:
        return name not in self.denied and (self.parent is None or name not in self.parent.denied)


@dataclass(slots=True, eq=False)
class File:
    id: int
    name: str
    data: bytes
    content_type: str
    description: str | None = None
    expired: bool = False
    extra: Json = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Message:
    id: int
    channel: Channel
    author: Person
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    reply_to: "Message | None" = None
    pings: set[int] = field(default_factory=set)
    shown_to: Person | None = None  # set: ephemeral
    from_interaction: bool = False
    interaction: Json | None = None
    loading: bool = False
    deleted: bool = False
    sent_s: float = 0.0
    edited_s: float | None = None
    history: list[str] = field(default_factory=list)  # every text it ever had, newest last
    thread: Channel | None = None

    @property
    def text(self) -> str:
        """The words a person reads, of plain messages and of components V2."""
        displays = [str(item["content"]) for item in walk(self.components) if item["type"] == 10]
        return "\n".join([self.content, *displays]) if displays else self.content

    @property
    def controls(self) -> list[Json]:
        """Buttons and selects, in reading order."""
        return [item for item in walk(self.components) if item["type"] in {2, 3, 5, 6, 7, 8}]

    @property
    def labels(self) -> list[str]:
        return [str(item.get("label", "")) for item in self.controls]

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)


@dataclass(frozen=True, slots=True)
class Call:
    """One REST call as it arrived, and how it ended."""

    at_s: float
    method: str
    path: str
    body: Json
    files: tuple[str, ...]
    status: int
    code: int


@dataclass(slots=True, eq=False)
class Interaction:
    id: int
    token: str
    kind: int
    person: Person
    channel: Channel
    data: Json
    made_s: float
    user_install: bool = False
    message: Message | None = None  # the one whose button was pressed
    answer: int | None = None  # type of the first answer
    original: Message | None = None
    followups: int = 0
    choices: list[Json] | None = None
    modal: Json | None = None


Listener = Callable[[str, Json, Channel | None, Guild | None], None]


class World:
    """All of it. `bot` is the application's own account."""

    def __init__(self, token: str, *, guild_file_limit: int = 10 * MIB) -> None:
        self.token = token
        self.clock = Clock()
        self.changed = asyncio.Condition()
        self.base_url = ""
        self.guild_file_limit = guild_file_limit
        self._serial = count(1)
        self.people: dict[int, Person] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.files: dict[int, File] = {}
        self.interactions: dict[int, Interaction] = {}
        self.commands: dict[int, list[Json]] = {}  # by guild id; 0 is global
        self.command_syncs = 0
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.answer_within_s = 3.0
        self.token_life_s = 900.0
        self.listener: Listener = lambda *_: None
        self._nonces: dict[tuple[int, str], tuple[float, Message]] = {}
        self.bot = self.add_person("starlight", bot=True)
        self.application_id = self.bot.id

    async def touch(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def new_id(self) -> int:
        """A snowflake: real milliseconds, so that ages read from ids are right, and a serial."""
        return ((int(time.time() * 1000) - EPOCH_MS) << 22) | (next(self._serial) & 0x3FFFFF)

    def add_person(self, name: str, *, bot: bool = False, locale: str = "en-US") -> Person:
        person = Person(self.new_id(), name, bot=bot, locale=locale)
        self.people[person.id] = person
        return person

    def add_guild(self, name: str, owner: Person, *, joined: bool = True) -> Guild:
        guild = Guild(self.new_id(), name, owner, file_limit=self.guild_file_limit, joined=joined)
        self.guilds[guild.id] = guild
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        channel = Channel(self.new_id(), TEXT, name, guild=guild)
        self.channels[channel.id] = channel
        return channel

    def add_thread(self, parent: Channel, name: str, thread_id: int | None = None) -> Channel:
        thread = Channel(thread_id or self.new_id(), THREAD, name, guild=parent.guild, parent=parent)
        self.channels[thread.id] = thread
        return thread

    def dm_of(self, person: Person) -> Channel:
        for channel in self.channels.values():
            if channel.person is person:
                return channel
        channel = Channel(self.new_id(), DM, person.name, person=person)
        self.channels[channel.id] = channel
        return channel

    def channel(self, channel_id: int) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None or channel.gone:
            raise RefusedError(404, 10003, "Unknown Channel")
        if channel.guild and not channel.guild.joined:
            raise RefusedError(403, 50001, "Missing Access")
        return channel

    def message(self, channel: Channel, message_id: int) -> Message:
        message = self.messages.get(message_id)
        if message is None or message.deleted or message.channel is not channel:
            raise RefusedError(404, 10008, "Unknown Message")
        return message

    def same_nonce(self, author: Person, nonce: str) -> Message | None:
        """The message an earlier call with this nonce made, within the few minutes that Discord remembers."""
        at_s, message = self._nonces.get((author.id, nonce), (float("-inf"), None))
        return message if self.clock.now() - at_s < NONCE_LIFE_S else None

    def add_message(self, message: Message) -> None:
        message.sent_s = self.clock.now()
        message.history.append(message.text)
        self.messages[message.id] = message
        if message.nonce:
            self._nonces[(message.author.id, message.nonce)] = (message.sent_s, message)

    def visible(self, channel: Channel, person: Person | None = None) -> list[Message]:
        """What a phone shows of the channel: to `person`, or (None) to anybody who got no ephemeral messages."""
        return [
            message
            for message in self.messages.values()
            if message.channel is channel
            and not message.deleted
            and (message.shown_to is None or message.shown_to is person)
        ]

    def stamp(self, at_s: float) -> str:
        """A monotonic moment as Discord writes time."""
        wall = time.time() - (self.clock.now() - at_s)
        return datetime.fromtimestamp(wall, UTC).isoformat()
