"""Answering on the spot: a message by a reply, an interaction through its token, whose first answer is due within 3 s."""

from __future__ import annotations

import asyncio
import secrets
from enum import Enum, auto

from bots.discord import payloads
from bots.discord.api import Api
from bots.discord.failures import TokenOver
from bots.discord.hooks import Hook, Hooks
from bots.outlet import AnswerLost, Buttons, ChatGone, Form, MessageGone, Outlet, OutletError, Rendered
from core.values import Json, Place, Sender

_CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"
_FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
_MESSAGE, _DEFER, _DEFER_UPDATE, _UPDATE, _MODAL = 4, 5, 6, 7, 9
_LOADING = 1 << 7


class MessageExchange:
    """The way back to whoever wrote a message."""

    def __init__(self, outlet: Outlet, place: Place, sender: Sender, message_id: str, pointer: Rendered) -> None:
        """`pointer`: what the channel is told when a private answer finds no open DM."""
        self._outlet = outlet
        self._place = place
        self._sender = sender
        self._message_id = message_id
        self._pointer = pointer

    @property
    def outlet(self) -> Outlet:
        return self._outlet

    @property
    def asker(self) -> Sender:
        return self._sender

    async def say(self, text: Rendered, *, buttons: Buttons = (), private: bool = False) -> str:
        if private and not self._place.private:
            return await self._say_in_dm(text, buttons)
        return await self._reply(text, buttons)

    async def _reply(self, text: Rendered, buttons: Buttons) -> str:
        return await _send(self._outlet, self._place, text, buttons, reply_to=self._message_id, ping=self._sender.id)

    async def _say_in_dm(self, text: Rendered, buttons: Buttons) -> str:
        try:
            await _send(self._outlet, await self._outlet.private(self._sender.id), text, buttons)
        except ChatGone:
            await self._reply(self._pointer, ())
        return ""

    async def revise(self, text: Rendered, *, buttons: Buttons = ()) -> None:
        await self.say(text, buttons=buttons)

    async def ask(self, text: Rendered, form: Form) -> str:
        """Only an interaction can show a form."""
        return await self._reply(text, ())

    async def open(self) -> str:
        return ""


async def _send(
    outlet: Outlet, place: Place, text: Rendered, buttons: Buttons, *, reply_to: str = "", ping: str = ""
) -> str:
    """An ordinary message, once more when Discord's answer is lost: by the nonce it is not shown twice."""
    nonce = secrets.token_hex(8)
    try:
        return await outlet.send(place, text, reply_to=reply_to, buttons=buttons, nonce=nonce, ping=ping)
    except AnswerLost:
        return await outlet.send(place, text, reply_to=reply_to, buttons=buttons, nonce=nonce, ping=ping)


class Stage(Enum):
    FRESH = auto()  # nothing was answered; 3 s are running
    WAITING = auto()  # deferred: our message says "is thinking" and waits for its text
    ANSWERED = auto()  # more can be said by follow-ups
    ASKED = auto()  # by a form; the same, but the message with the button is no answer of ours
    OVER = auto()  # the token is of no use
    UNKNOWN = auto()  # from the journal: an earlier process may have answered


class HookExchange:
    """The way back to whoever used a slash command or pressed a button. One call at a time, in the order they came.

    `private`: a deferred answer will be seen by the asker alone. `pressed`: the id of the message with the button.
    """

    def __init__(
        self,
        outlet: Outlet,
        api: Api,
        hooks: Hooks,
        hook: Hook,
        place: Place,
        sender: Sender,
        *,
        private: bool = False,
        pressed: str = "",
        replayed: bool = False,
    ) -> None:
        self._outlet = outlet
        self._api = api
        self._hooks = hooks
        self._hook = hook
        self._place = place
        self._sender = sender
        self._private = private and not place.private
        self._pressed = pressed
        self._stage = Stage.UNKNOWN if replayed else Stage.FRESH
        self._opening = ""
        self._handed_out = False
        self._lock = asyncio.Lock()

    @property
    def outlet(self) -> Outlet:
        return self._outlet

    @property
    def asker(self) -> Sender:
        return self._sender

    async def open(self) -> str:
        await self.hold()
        if self._stage is not Stage.WAITING:
            return ""
        self._handed_out = True
        return self._opening

    async def hold(self) -> None:
        """Tell Discord that an answer will come, if it has none yet."""
        async with self._lock:
            await self._find_out()
            if self._stage is Stage.FRESH:
                await self._defer()

    async def close(self) -> None:
        """The work is done. A press that nothing was said to must not look failed, nor a command think forever."""
        async with self._lock:
            if self._stage is Stage.FRESH and self._pressed:
                await self._defer()
            elif self._stage is Stage.WAITING and not self._handed_out:
                await self._by_token("DELETE", _ORIGINAL)
                self._stage = Stage.ANSWERED

    async def say(self, text: Rendered, *, buttons: Buttons = (), private: bool = False) -> str:
        private = private and not self._place.private
        async with self._lock:
            await self._find_out()
            try:
                if self._stage is Stage.FRESH:
                    return await self._first(text, buttons, private=private)
                if self._stage is Stage.WAITING:
                    return await self._fill(text, buttons, private=private)
                if self._stage in (Stage.ANSWERED, Stage.ASKED):
                    return await self._follow_up(text, buttons, private=private)
            except TokenOver:
                self._stage = Stage.OVER
        return await self._elsewhere(text, buttons, private=private)

    async def revise(self, text: Rendered, *, buttons: Buttons = ()) -> None:
        if not self._pressed:
            await self.say(text, buttons=buttons)
            return
        async with self._lock:
            await self._find_out()
            body = payloads.edited(text.text, buttons)
            try:
                if self._stage is Stage.FRESH:
                    await self._callback(_UPDATE, body)
                    self._stage = Stage.ANSWERED
                    return
                if self._stage is Stage.ANSWERED:
                    await self._by_token("PATCH", _ORIGINAL, body)
                    return
            except TokenOver:
                self._stage = Stage.OVER
        await self._outlet.edit(self._place, self._pressed, text, buttons=buttons)

    async def ask(self, text: Rendered, form: Form) -> str:
        """A form can only be the first answer. Too late for it, the words are an ordinary message: what somebody replies to
        the answer of an interaction is not shown to us."""
        async with self._lock:
            await self._find_out()
            if self._stage is Stage.FRESH and form.fields:
                try:
                    await self._callback(_MODAL, payloads.modal(form))
                except TokenOver:
                    self._stage = Stage.OVER
                else:
                    self._stage = Stage.ASKED
                    return ""
        return await self._elsewhere(text, (), private=False)

    # -- the stages ----------------------------------------------------------------------------------------------

    async def _defer(self) -> None:
        """A press is only acknowledged; a command gets its "is thinking" message, which is then open for the answer."""
        try:
            if self._pressed:
                await self._callback(_DEFER_UPDATE)
                self._stage = Stage.ANSWERED
                return
            made = await self._callback(_DEFER, {"flags": payloads.EPHEMERAL} if self._private else None)
        except TokenOver:
            self._stage = Stage.OVER
            return
        self._stage = Stage.WAITING
        self._opened(str(made["interaction"].get("response_message_id") or ""))

    def _opened(self, message_id: str) -> None:
        """A message that only the asker sees has no id for others: nobody can edit it later."""
        if message_id and not self._private:
            self._hooks.keep(message_id, self._hook)
            self._opening = message_id

    async def _first(self, text: Rendered, buttons: Buttons, *, private: bool) -> str:
        made = await self._callback(_MESSAGE, payloads.answer(text.text, buttons, private=private))
        self._stage = Stage.ANSWERED
        return self._kept(made["resource"]["message"], private=private)

    async def _fill(self, text: Rendered, buttons: Buttons, *, private: bool) -> str:
        """The waiting message takes the text. Was it deferred for all to see, a private answer has to replace it."""
        if private and not self._private:
            await self._by_token("DELETE", _ORIGINAL)
            self._hooks.forget(self._opening)
            self._stage, self._opening = Stage.ANSWERED, ""
            return await self._follow_up(text, buttons, private=True)
        filled = await self._by_token("PATCH", _ORIGINAL, payloads.edited(text.text, buttons))
        self._stage = Stage.ANSWERED
        return self._kept(filled, private=self._private)

    async def _follow_up(self, text: Rendered, buttons: Buttons, *, private: bool) -> str:
        body = payloads.answer(text.text, buttons, private=private)
        return self._kept(await self._by_token("POST", _FOLLOW_UP, body), private=private)

    async def _elsewhere(self, text: Rendered, buttons: Buttons, *, private: bool) -> str:
        """Too late for the token: as an ordinary message of the bot."""
        place = await self._outlet.private(self._sender.id) if private else self._place
        sent = await _send(self._outlet, place, text, buttons, ping=self._sender.id)
        return "" if private else sent

    async def _find_out(self) -> None:
        """After a restart: what the earlier process had answered, as far as Discord tells."""
        if self._stage is not Stage.UNKNOWN:
            return
        try:
            original = await self._by_token("GET", _ORIGINAL)
        except MessageGone:
            self._stage = Stage.ANSWERED
        except OutletError:
            self._stage = Stage.OVER
        else:
            waiting = bool(original.get("flags", 0) & _LOADING)
            self._private = bool(original.get("flags", 0) & payloads.EPHEMERAL)
            self._stage = Stage.WAITING if waiting else Stage.ANSWERED
            if waiting:
                self._opened(str(original["id"]))

    # -- calls ---------------------------------------------------------------------------------------------------

    async def _callback(self, kind: int, data: Json = None) -> Json:
        body: Json = {"type": kind} if data is None else {"type": kind, "data": data}
        ours = {"webhook_id": self._hook.interaction_id, "webhook_token": self._hook.token}
        return await self._surely("POST", _CALLBACK, body, {"with_response": "1"}, ours)

    async def _by_token(self, method: str, path: str, body: Json = None) -> Json:
        query = {"wait": "1"} if method == "POST" else None
        ours = {"webhook_id": self._hook.application_id, "webhook_token": self._hook.token}
        return await self._surely(method, path, body, query, ours)

    async def _surely(
        self, method: str, path: str, body: Json, query: dict[str, str] | None, ours: dict[str, str]
    ) -> Json:
        """Once more when Discord's answer is lost: words that are read twice are better than none."""
        try:
            return await self._api.call(method, path, body, query=query, **ours)
        except AnswerLost:
            return await self._api.call(method, path, body, query=query, **ours)

    def _kept(self, message: Json, *, private: bool) -> str:
        if private:
            return ""
        message_id = str(message["id"])
        self._hooks.keep(message_id, self._hook)
        return message_id
