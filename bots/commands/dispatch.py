"""The door of all front ends: a message, a slash command, a press, an edit come in here; access, addressing, grammar, the
right handler, and one boundary for everything that goes wrong.

Each method returns when the event is handled and its inbox row is done (that of a missed message follows with the note); none
raises but for cancellation, which leaves the row for another. Front ends run every event in a task of its own: some wait for
company.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from weakref import WeakValueDictionary

from structlog.contextvars import bound_contextvars

from bots.commands import grammar, inputs, parking, table, written
from bots.commands.away import Away
from bots.commands.gathering import Gathering
from bots.commands.handlers import HANDLERS, PRESSES, chat, follow_up, media, songs, start, wanted
from bots.commands.request import Invocation, Press, Request
from bots.commands.table import Command
from bots.outlet import Exchange, OutletError, Rendered
from bots.services import Services
from core.codes import WrongCodes
from core.errors import (
    Anonymous,
    Banned,
    BotError,
    NotInvited,
    OwnersOnly,
    PromptTooLong,
    TooFast,
)
from core.limits import LIMITS
from core.ports import NewId
from core.questions import is_quoted
from core.values import Incoming, Place, Sender

__all__ = ["Dispatcher", "Invocation", "Press"]

log = logging.getLogger(__name__)

TEXT_MOST = 4 * LIMITS.prompt_chars
"""Longer texts are not even looked into."""


class UnknownCommand(BotError):
    key = "error-unknown-command"  # command, near


def new_id() -> str:
    return secrets.token_hex(8)


class Dispatcher:
    def __init__(self, services: Services, new_id: NewId = new_id) -> None:
        self._services = services
        self._new_id = new_id
        self._gathering = Gathering(services.clock)
        self._away = Away(services.clock)
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def close(self) -> None:
        """Nothing comes in any more. What was missed and not yet told stays in the inbox."""
        await self._away.close()

    # --- what comes in --------------------

    async def message(self, incoming: Incoming, exchange: Exchange) -> None:
        if incoming.sender.is_bot:
            await self._done(incoming.place, [incoming.event_id])
            return
        gathered = await self._gathering.gather(incoming)
        if gathered is None:
            return
        try:
            async with self._order(gathered.message):
                events = [piece.event_id for piece in gathered.pieces]
                await self._guard(gathered.message, events, exchange, self._message)
        finally:
            gathered.finish()

    def _order(self, incoming: Incoming) -> AbstractAsyncContextManager[None]:
        """What one person writes in one place is handled in the order it came; only /stop overtakes."""
        line = grammar.command_line(incoming.text)
        if line and line.name == "stop":
            return nullcontext()
        key = f"{incoming.place.key}|{incoming.sender.id}"
        lock = self._orders.get(key)
        if lock is None:
            lock = self._orders[key] = asyncio.Lock()
        return lock

    async def command(self, invocation: Invocation, exchange: Exchange) -> None:
        command = table.find(invocation.command)
        incoming = Incoming(
            invocation.place,
            invocation.sender,
            invocation.message_id,
            text=typed(command, invocation.options) if command else "",
            attachments=invocation.attachments,
            mentioned=True,
            event_id=invocation.event_id,
            opening_id=invocation.opening_id,
            received_ms=invocation.received_ms,
        )

        async def run(request: Request) -> None:
            request.slash = True
            known = self._command(invocation.command, request)
            request.command = known
            request.text, request.options = apart(known, invocation.options)
            await HANDLERS[known.name](request)

        await self._guard(incoming, [invocation.event_id], exchange, run)

    async def press(self, press: Press, exchange: Exchange) -> None:
        verb, *ref = press.data.split(":")
        incoming = Incoming(press.place, press.sender, press.message_id, mentioned=True, event_id=press.event_id)

        async def run(request: Request) -> None:
            request.pressed, request.fields = True, press.fields
            handler = self._answer_missed if verb == "away" else PRESSES.get(verb)
            if handler is None:
                log.warning("a button of no use: %.60r", press.data)
                await request.tell("button-gone", private=True)
                return
            await handler(request, ref)

        await self._guard(incoming, [press.event_id], exchange, run)
        try:
            await exchange.open()  # some presses are answered with nothing: the button must not spin on
        except OutletError as error:
            log.info("press not answered in %s: %s", press.place.chat_key, error)

    async def edited(self, incoming: Incoming, exchange: Exchange) -> None:
        """An edited question is answered again; edits of anything else change nothing."""
        line = grammar.command_line(incoming.text)
        if incoming.sender.is_bot or not addressed(incoming) or (line and line.name not in {"chat", "search"}):
            await self._done(incoming.place, [incoming.event_id])
            return

        async def run(request: Request) -> None:
            self._read(request, line or grammar.CommandLine("chat", "", incoming.text))
            await chat.edited(request)

        await self._guard(incoming, [incoming.event_id], exchange, run)

    async def stopped(self, place: Place, draft_id: int) -> None:
        """The native Stop button of a private chat's draft; it names no person."""
        try:
            await self._services.chat.stop_place(place)
        except Exception:
            log.exception("stop of draft %s in %s", draft_id, place.chat_key)

    async def joined(self, place: Place, sender: Sender) -> None:
        """Somebody added the bot to a group."""
        locale = self._services.texts.pick(sender.language)
        try:
            allowed = await self._services.directory.group_added(place, sender)
            key = "group-hello" if allowed else "group-not-allowed"
            text = Rendered(self._services.texts(locale, key, chat=place.chat_key))
            await self._services.deliverer.paced(place, lambda outlet, there: outlet.send(there, text))
        except OutletError as error:
            log.warning("no greeting in %s: %s", place.chat_key, error)
        except BotError as error:
            log.info("added to %s by somebody who may not: %s", place.chat_key, error)
        except Exception:
            log.exception("added to %s", place.chat_key)

    # --- a message --------------------

    async def _message(self, request: Request) -> None:
        incoming = request.incoming
        if len(incoming.text) > TEXT_MOST:
            raise PromptTooLong(limit=LIMITS.prompt_chars, length=len(incoming.text))
        line = grammar.command_line(incoming.text)
        if line and not incoming.forwarded:
            self._read(request, line)
            await HANDLERS[line.name](request)
            return
        asked = await parking.answered(request)
        spoken = inputs.spoken(incoming.attachments)
        if asked and wanted.is_answered_by(asked, incoming):
            await wanted.fulfil(request, asked)
            return
        if await follow_up.answered(request) or await songs.answered(request):
            return
        self._read(request, grammar.CommandLine("chat", "", incoming.text))
        files = incoming.attachments or request.inputs
        if not request.text and not files and not (incoming.reply and not incoming.reply.own):
            await request.tell("hello-called")
        elif not request.text and incoming.attachments and not spoken and request.place.private:
            await media.ask_what_for(request)
        else:
            await chat.ask(request)

    def _command(self, name: str, request: Request) -> Command:
        command = table.find(name)
        if command is None:
            known = [each.name for each in table.COMMANDS if each.who == "anyone"]
            close = table.near(name, known) or ["help"]
            raise UnknownCommand(command=f"/{name}", near=", ".join(f"/{each}" for each in close))
        if command.who == "owner" and not request.access.person.is_owner:
            raise OwnersOnly
        self._services.metrics.commands.labels(command.name).inc()
        return command

    def _read(self, request: Request, line: grammar.CommandLine) -> None:
        """Bring the text apart, as the command's style wants it."""
        command = self._command(line.name, request)
        request.command = command
        parsed = written.read(command, line.rest, self._services.catalog)
        request.text, request.options = parsed.text, parsed.options

    async def _answer_missed(self, request: Request, ref: Sequence[str]) -> None:
        """Retry on the "I was away" note: each message of then is handled as if it came now."""
        turn = await parking.parked(request, ref[0] if ref else "")
        await request.revise(request.words("away-answering"))
        for words, files in parking.messages(turn):
            message = replace(
                request.incoming,
                message_id=turn.origin_id,
                text=words.text,
                event_id="",
                forwarded=is_quoted(words),
            )
            again = replace(request, incoming=message, inputs=files, command=None, text="", options={})
            try:
                await self._message(again)
            except BotError as error:
                await again.complain(error)

    # --- around it all --------------------

    async def _guard(
        self,
        incoming: Incoming,
        event_ids: Sequence[str],
        exchange: Exchange,
        run: Callable[[Request], Awaitable[None]],
    ) -> None:
        """Who it is, whether they may, the work, and what became of it."""
        if not addressed(incoming):
            await self._done(incoming.place, event_ids)
            return
        reference = secrets.token_hex(4)
        with bound_contextvars(request=reference):
            await self._guarded(incoming, event_ids, exchange, run, reference)

    async def _guarded(
        self,
        incoming: Incoming,
        event_ids: Sequence[str],
        exchange: Exchange,
        run: Callable[[Request], Awaitable[None]],
        reference: str,
    ) -> None:
        """`reference` is in every line that the log gets of this, and is what a person is told when it breaks."""
        request: Request | None = None
        try:
            request = await self._admit(incoming, exchange)
            if request and self._is_stale(incoming):
                self._away.add(request, event_ids)
                return  # the events are done with the note
            if request:
                await run(request)
        except BotError as error:
            await self._refuse(error, incoming, exchange, request)
        except OutletError as error:
            log.warning("not said in %s: %s", incoming.place.chat_key, error)
        except Exception:
            await self._break(incoming, exchange, request, reference)
        settled = request.incoming.event_id if request and request.settled else ""
        await self._done(incoming.place, [event_id for event_id in event_ids if event_id != settled])

    async def _admit(self, incoming: Incoming, exchange: Exchange) -> Request | None:
        """None: a code was tried, and that is all there is to it."""
        line = grammar.command_line(incoming.text)
        code = line.rest if line and line.name == "start" else ""
        if code and not incoming.sender.anonymous:
            await start.use_code(self._services, incoming, exchange, code, self._new_id)
            return None
        access = await self._services.directory.meet(incoming.place, incoming.sender)
        return Request(self._services, exchange, access, incoming, self._new_id)

    def _is_stale(self, incoming: Incoming) -> bool:
        """Written down before we went away. A press is never stale: it is pressed again when it matters; nor is an edit: its
        age is that of what it changes."""
        if incoming.edited:
            return False
        age_ms = self._services.clock.now_ms() - incoming.received_ms
        return bool(incoming.received_ms) and age_ms > LIMITS.stale_event_ms

    async def _refuse(self, error: BotError, incoming: Incoming, exchange: Exchange, request: Request | None) -> None:
        log.info("refused: %s (%s)", error.key, error, extra={"request_id": error.request_id})
        self._services.metrics.errors.labels(error.key).inc()
        try:
            if request:
                await request.complain(error)
            elif await self._may_hear(error, incoming):
                locale = self._services.texts.pick(incoming.sender.language)
                text = self._services.texts(locale, error.key, **error.params)
                await exchange.say(Rendered(text), private=not isinstance(error, Anonymous))
        except OutletError as failure:
            log.warning("not said in %s: %s", incoming.place.chat_key, failure)

    async def _may_hear(self, error: BotError, incoming: Incoming) -> bool:
        """Before somebody is let in: the banned and the hasty hear nothing, strangers one sentence a day, and who tries wrong
        codes one an hour, in private."""
        if isinstance(error, WrongCodes):
            return await self._services.directory.hasty_due(incoming.place, incoming.sender)
        if isinstance(error, Banned | TooFast):
            return False
        if isinstance(error, NotInvited):
            if not incoming.place.private:
                return False
            return await self._services.directory.refusal_due(incoming.place, incoming.sender)
        return True

    async def _break(self, incoming: Incoming, exchange: Exchange, request: Request | None, reference: str) -> None:
        """Something unexpected: a reference for the log, a sentence for the person."""
        self._services.metrics.errors.labels("error-internal").inc()
        log.exception("unexpected, reference %s", reference, extra={"reference": reference})
        locale = request.locale if request else self._services.texts.pick(incoming.sender.language)
        text = self._services.texts(locale, "error-internal", reference=reference)
        try:
            await exchange.say(Rendered(text))
        except Exception as failure:
            log.warning("not said in %s: %s", incoming.place.chat_key, failure)

    async def _done(self, place: Place, event_ids: Sequence[str]) -> None:
        ids = [event_id for event_id in event_ids if event_id]
        if not ids:
            return
        try:
            async with self._services.store.begin() as tx:
                for event_id in ids:
                    await tx.inbox.done(place.platform, event_id)
        except Exception:
            log.exception("events of %s stay open", place.chat_key)


def apart(command: Command, options: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """A slash command's options as the text and the options of one that is typed."""
    rest = dict(options)
    text = rest.pop(command.rest.name, "") if command.rest else ""
    if command.name in table.LED:
        text = f"{rest.pop('action', '')} {text}".strip()
    return text, rest


def typed(command: Command, options: Mapping[str, str]) -> str:
    """A slash command as one would type it, for when it can only be answered later."""
    text, rest = apart(command, options)
    words = [f"/{command.name}", *(f'--{name} "{value}"' for name, value in rest.items())]
    if command.style != "words" and text:
        words.append("--")
    return " ".join([*words, text]).strip()


def addressed(incoming: Incoming) -> bool:
    """Whether the bot is meant. In a group: by a command (one that names another bot is not ours; `mentioned` says that it
    names us), by its name, or by a reply to it."""
    if incoming.place.private:
        return True
    line = grammar.command_line(incoming.text)
    if line and line.addressee and not incoming.mentioned:
        return False
    if line and table.find(line.name) and not incoming.forwarded:
        return True
    return incoming.mentioned or bool(incoming.reply and incoming.reply.own)
