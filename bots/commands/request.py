"""What a handler gets: who asks, what they wrote, the use cases, and the ways to answer."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.commands.table import Command
from bots.markdown import sanitized
from bots.outlet import Buttons, Exchange, OutletError, Rendered, Surface
from bots.pages import pages
from bots.services import Services
from core.errors import BadOption, BotError
from core.ports import NewId
from core.values import Access, Attachment, Incoming, Json, Part, Place, Sender

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command whose options came apart already (a slash command). The text option is among `options`."""

    place: Place
    sender: Sender
    message_id: str
    command: str
    options: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    event_id: str = ""
    opening_id: str = ""
    received_ms: int = 0


@dataclass(frozen=True, slots=True)
class Press:
    """A button of one of our messages was pressed, or a form filled in (`fields`). `message_id`: of that message."""

    place: Place
    sender: Sender
    message_id: str
    data: str
    event_id: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Request:
    """One thing a person wants. `slash`: by a command of the platform's own, whose answer can be held open; `pressed`: by a
    button; `fields`: what was filled in the form behind it. `inputs`: files of it that lie in the media store already.
    `settled`: the use case has marked the inbox event done in its own commit."""

    services: Services
    exchange: Exchange
    access: Access
    incoming: Incoming
    new_id: NewId
    command: Command | None = None
    text: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Part, ...] = ()
    slash: bool = False
    pressed: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    settled: bool = False

    @property
    def locale(self) -> str:
        return self.access.locale

    @property
    def place(self) -> Place:
        return self.access.place

    def words(self, key: str, **params: Json) -> str:
        return self.services.texts(self.locale, key, **params)

    def money(self, micros: int) -> str:
        return self.services.texts.money(micros, self.locale)

    async def say(self, text: str, *, buttons: Buttons = (), private: bool | None = None) -> str:
        """Answer; longer than the platform takes: in several messages, cut between lines, the buttons under the last.
        Returns the last message's id ("" when it has none)."""
        hidden = self.private if private is None else private
        surface = self.exchange.outlet.surface
        *first, last = pages(plain(text, surface).text, surface.text_cut)
        for page in first:
            await self.exchange.say(Rendered(page), private=hidden)
        return await self.exchange.say(Rendered(last), buttons=buttons, private=hidden)

    async def tell(self, key: str, *, buttons: Buttons = (), private: bool | None = None, **params: Json) -> str:
        return await self.say(self.words(key, **params), buttons=buttons, private=private)

    async def revise(self, text: str, *, buttons: Buttons = ()) -> None:
        """For presses: change the message with the button. What is longer than a message is cut."""
        surface = self.exchange.outlet.surface
        await self.exchange.revise(Rendered(pages(plain(text, surface).text, surface.text_cut)[0]), buttons=buttons)

    @property
    def private(self) -> bool:
        return self.command is not None and self.command.private

    async def complain(self, error: BotError) -> None:
        """The sentence of an error; where others read along, only its asker need read about limits and rights."""
        hidden = self.private or self.pressed or error.key.startswith(PRIVATE_ERRORS)
        await self.say(self.explained(error), private=hidden)

    def explained(self, error: BotError) -> str:
        return self.words(error.key, **self._named(error))

    def _named(self, error: BotError) -> Mapping[str, Json]:
        """A thing that no option is typed for is called by its name in the person's language."""
        key = f"name-{error.params.get('name')}"
        if error.key != BadOption.key or not self.services.texts.has(key, self.locale):
            return error.params
        return {**error.params, "name": self.words(key)}

    async def delivered(self, text: str, *, buttons: Buttons = ()) -> str:
        """Say what must not undo what was done: when the chat is gone, the deed stands. Returns "" then."""
        try:
            return await self.say(text, buttons=buttons)
        except OutletError as error:
            log.warning("not said in %s: %s", self.place.chat_key, error)
            return ""


PRIVATE_ERRORS = (
    "error-over-quota", "error-group-over-quota", "error-house-limit", "error-too-fast", "error-too-many-jobs",
    "error-queue-full", "error-not-invited", "error-owners-only", "error-bad-code",
)  # fmt: skip


_MARKS = re.compile(r"([\\\\*_~`|])")


def plain(text: str, surface: Surface) -> Rendered:
    """A sentence of ours as it stands: where the text itself is Markdown, a star of a prompt or a name is no style."""
    text = sanitized(text)
    return Rendered(_MARKS.sub(r"\\\1", text) if surface.platform == "discord" else text)
