"""Writes down what was spoken, for models that cannot hear: another model of the catalogue listens."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Protocol

from core import bill
from core.catalog import Catalog, ModelSpec
from core.context import message_tokens
from core.errors import FileLost, NoHearing
from core.gateway.client import Gateway
from core.plans import Rules
from core.ports import Media
from core.prices import chat_cost
from core.questions import Question
from core.values import ChatMessage, ChatRequest, Micros, Part, Usage

log = logging.getLogger(__name__)

NOTHING = "[no speech]"
ORDER = (
    "Write down word for word what is said, in its own language, with punctuation. Nothing else. "
    f"If nobody speaks, write {NOTHING}."
)
WRITTEN_TOKENS = 4_000
"""The longest that is written down of one file: about twenty minutes of speech."""


class Sounds(Protocol):
    """What is asked of `core.reading.Reading`."""

    def to_write_down(self, parts: Question, spec: ModelSpec) -> tuple[int, ...]:
        """The numbers of the parts with sound that this model cannot hear and that nobody has written down yet."""

    async def sound_of(self, part: Part) -> Part:
        """The part itself, or the sound track of a film. Raises BadFile when there is none."""


class Listening:
    def __init__(self, catalog: Catalog, rules: Rules, gateway: Gateway, sounds: Sounds, media: Media) -> None:
        self._catalog = catalog
        self._rules = rules
        self._gateway = gateway
        self._sounds = sounds
        self._media = media

    def listener(self) -> ModelSpec:
        """Who writes down: the operator's choice, else the first chat model that hears. Raises NoHearing."""
        chosen = self._catalog.find(self._rules.transcribe_model) if self._rules.transcribe_model else None
        found = chosen or next((row for row in self._catalog.visible("chat") if "audio" in row.inputs), None)
        if found is None:
            raise NoHearing
        return found

    def price(self, parts: Question, spec: ModelSpec) -> Micros:
        """What writing down may cost, for the hold; 0 when the model hears by itself. Raises NoHearing."""
        numbers = self._sounds.to_write_down(parts, spec)
        if not numbers:
            return 0
        listener = self.listener()
        heard = sum(message_tokens(ChatMessage("user", (parts[number],))) for number in numbers)
        return chat_cost(listener, Usage(input_tokens=heard, output_tokens=WRITTEN_TOKENS * len(numbers)))

    async def write_down(self, parts: Question, spec: ModelSpec) -> tuple[Question, Micros]:
        """The parts with what was said in them, and what that cost. Raises GatewayError, BadFile, FileLost, NoHearing."""
        cost = 0
        written = list(parts)
        for number in self._sounds.to_write_down(parts, spec):
            text, price = await self._write_down(parts[number])
            written[number] = replace(parts[number], text=text)
            cost += price
        return tuple(written), cost

    async def _write_down(self, part: Part) -> tuple[str, Micros]:
        listener = self.listener()
        sound = await self._sounds.sound_of(part)
        try:
            sound = replace(sound, data=sound.data or await self._media.read(sound.media))
        except KeyError as error:
            raise FileLost(sound.media) from error
        asked = ChatMessage("user", (sound, Part("text", text=ORDER)))
        request = ChatRequest((asked,), max_tokens=min(WRITTEN_TOKENS, listener.max_output))
        told = await self._gateway.ask(listener.routed({"audio"}), request)
        usage = bill.filled(told.usage, message_tokens(asked), told.text)
        return told.text.strip() or NOTHING, chat_cost(listener, usage)
