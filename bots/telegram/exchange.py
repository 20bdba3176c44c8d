"""Answering on the spot: a message by a message, a press by its toast or by changing what carries the button. At the pace
that Telegram allows."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery

from bots.outlet import AnswerLost, Buttons, ChatGone, ChatMoved, Flooded, Form, OutletError, Rendered, Unavailable
from bots.telegram import payloads
from bots.telegram.failures import translated
from bots.telegram.outlet import TelegramOutlet
from bots.telegram.surface import TOAST_MAX
from core.values import Place, Sender

log = logging.getLogger(__name__)

_TRIES = 4
_REST_S = 1.0  # before a call is repeated that never left, or whose answer was lost
_ANSWER_S = 10

T = TypeVar("T")


class Pace(Protocol):
    """The part of bots.pace.Pacer that answers need."""

    async def final(self, place: Place, calls: int = 1) -> None: ...

    def flooded(self, place: Place, retry_after_s: float) -> None: ...


class MessageExchange:
    """The way back to whoever wrote a message. `pointer`: what a group is told when a private answer finds no open DM."""

    def __init__(
        self, outlet: TelegramOutlet, pace: Pace, place: Place, sender: Sender, message_id: str, pointer: Rendered
    ) -> None:
        self._outlet = outlet
        self._pace = pace
        self._place = place
        self._sender = sender
        self._message_id = message_id
        self._pointer = pointer

    @property
    def outlet(self) -> TelegramOutlet:
        return self._outlet

    @property
    def asker(self) -> Sender:
        return self._sender

    async def say(self, text: Rendered, *, buttons: Buttons = (), private: bool = False) -> str:
        """In a group as a reply, which notifies the asker."""
        if private and not self._place.private:
            return await self._say_in_private(text, buttons)
        return await self._say_here(text, buttons)

    async def revise(self, text: Rendered, *, buttons: Buttons = ()) -> None:
        await self.say(text, buttons=buttons)

    async def ask(self, text: Rendered, form: Form) -> str:
        """By a message that opens the asker's field as a reply to it."""
        return await self._ask(text, form, "" if self._place.private else self._message_id)

    async def _ask(self, text: Rendered, form: Form, reply_to: str) -> str:
        placeholder = next((field.label for field in form.fields if not field.choices), "")

        async def send(place: Place) -> str:
            return await self._outlet.ask(place, text, reply_to=reply_to, placeholder=placeholder)

        return await self._paced(self._place, send)

    async def open(self) -> str:
        return ""

    async def _say_here(self, text: Rendered, buttons: Buttons) -> str:
        reply_to = "" if self._place.private else self._message_id

        async def send(place: Place) -> str:
            return await self._outlet.send(place, text, reply_to=reply_to, buttons=buttons, ping=self._sender.id)

        return await self._paced(self._place, send)

    async def _say_in_private(self, text: Rendered, buttons: Buttons) -> str:
        async def send(place: Place) -> str:
            return await self._outlet.send(place, text, buttons=buttons)

        try:
            await self._paced(await self._outlet.private(self._sender.id), send)
        except ChatGone:
            await self._say_here(self._pointer, ())
        return ""

    async def _paced(self, place: Place, call: Callable[[Place], Awaitable[T]]) -> T:
        """The call, when its turn has come; again when it was surely not done, and once when nobody knows: words that are
        read twice are better than none."""
        lost = False
        for _ in range(_TRIES - 1):
            await self._pace.final(place)
            try:
                return await call(place)
            except Flooded as flooded:
                self._pace.flooded(place, flooded.retry_after_s)
            except Unavailable:
                self._pace.flooded(place, _REST_S)
            except AnswerLost:
                if lost:
                    raise
                lost = True
                self._pace.flooded(place, _REST_S)
            except ChatMoved as moved:
                place = replace(place, chat=moved.new_chat)
        await self._pace.final(place)
        return await call(place)


class PressExchange(MessageExchange):
    """The way back to whoever pressed a button. `message_id`: of the message that carries it."""

    def __init__(
        self,
        outlet: TelegramOutlet,
        pace: Pace,
        place: Place,
        sender: Sender,
        message_id: str,
        pointer: Rendered,
        bot: Bot,
        query_id: str,
    ) -> None:
        super().__init__(outlet, pace, place, sender, message_id, pointer)
        self._bot = bot
        self._query_id = query_id
        self._answered = False

    async def say(self, text: Rendered, *, buttons: Buttons = (), private: bool = False) -> str:
        """A short private answer is a toast, as long as the press is unanswered."""
        short = not buttons and len(text.text.encode("utf-16-le")) // 2 <= TOAST_MAX
        if private and short and not self._answered and await self._answer(text.text):
            return ""
        return await super().say(text, buttons=buttons, private=private)

    async def revise(self, text: Rendered, *, buttons: Buttons = ()) -> None:
        async def edit(place: Place) -> None:
            await self._outlet.edit(place, self._message_id, text, buttons=buttons)

        await self._paced(self._place, edit)

    async def ask(self, text: Rendered, form: Form) -> str:
        """The message with the button is not theirs: in a group they are asked by name."""
        await self.open()
        named = text if self._place.private else payloads.addressed(text, self._sender)
        return await self._ask(named, form, self._message_id)

    async def open(self) -> str:
        """Stop the button's spinner."""
        if not self._answered:
            await self._answer("")
        return ""

    async def _answer(self, text: str) -> bool:
        """Whether the press was answered; one that is too old is nobody's loss."""
        self._answered = True
        method = AnswerCallbackQuery(callback_query_id=self._query_id, text=text or None, show_alert=bool(text) or None)
        try:
            with translated():
                await self._bot(method, request_timeout=_ANSWER_S)
        except OutletError as error:
            log.info("press not answered: %s", error)
            return False
        return True
