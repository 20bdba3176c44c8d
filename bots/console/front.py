"""The loop of the terminal: a line, its answer, the next line; orders go on meanwhile. At the end of a piped input all that
is on its way is waited for.

Ctrl-C once stops the running answer, twice leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from bots.commands.dispatch import Dispatcher, Press, new_id
from bots.console import lines
from bots.console.lines import Lines, PipedLines, TypedLines
from bots.console.outlet import ConsoleExchange, ConsoleOutlet
from bots.console.screen import Screen
from bots.services import Services
from bots.texts import Texts, spoken
from core.values import OPEN_STATES, Access, Incoming, Job, JobState, Person, Place, Role, Sender

PLATFORM = "console"
PLACE = Place(PLATFORM, PLATFORM, private=True)
PROMPT = "› "
LOOK_S = 0.05
"""So often it is looked whether an answer or an order has ended."""
TWICE_S = 2.0
INTERRUPTED = 130
_ENDED_BADLY = frozenset({JobState.FAILED, JobState.UNSURE})


class Console:
    """Made before the services, because its outlet is one of them; `run` is the whole session."""

    name = PLATFORM

    def __init__(
        self,
        texts: Texts,
        *,
        results: Path = Path("results"),
        lines_in: Lines | None = None,
        out: TextIO | None = None,
        live: bool | None = None,
        user: str = "",
    ) -> None:
        out = out or sys.stdout
        live = out.isatty() if live is None else live
        self._lines = lines_in or (TypedLines() if sys.stdin.isatty() and live else PipedLines(sys.stdin))
        self._asks = isinstance(self._lines, TypedLines)
        self._texts = texts
        self._locale = texts.pick(spoken())
        self._screen = Screen(out, live=live, typed=self._lines.typed if isinstance(self._lines, TypedLines) else str)
        self.outlet = ConsoleOutlet(self._screen, texts, self._locale, results)
        self._sender = Sender(PLATFORM, user or _user(), user or _user(), language=self._locale)
        self._leaving = asyncio.Event()
        self._ctrl_c_s = -TWICE_S

    def say(self, line: str) -> None:
        """For the start report."""
        self._screen.line(line)

    async def run(self, services: Services, dispatcher: Dispatcher) -> int:
        """Until the input ends, or somebody leaves; returns the exit code."""
        access = await self._owner(services)
        with self._interrupts(services, access):
            session = asyncio.create_task(self._session(services, dispatcher, access))
            leaving = asyncio.create_task(self._leaving.wait())
            await asyncio.wait({session, leaving}, return_when=asyncio.FIRST_COMPLETED)
            left = not session.done()
            for task in (session, leaving):
                task.cancel()
            await asyncio.gather(session, leaving, return_exceptions=True)
        if isinstance(self._lines, TypedLines):
            self._lines.close()
        if not left:
            session.result()
        return INTERRUPTED if left and not self._asks else 0

    # --- the session --------------------

    async def _session(self, services: Services, dispatcher: Dispatcher, access: Access) -> None:
        while True:
            self._screen.prompt(PROMPT if self._asks else "")
            typed = await self._lines.next(PROMPT)
            self._screen.submitted(typed or "")
            if typed is None or typed.strip() in {"/exit", "/quit"}:
                break
            if typed.strip():
                await self._handle(typed, services, dispatcher, access)
                await self._until(services, access, orders=False)
        if not self._asks:
            await self._until(services, access, orders=True)

    async def _handle(self, typed: str, services: Services, dispatcher: Dispatcher, access: Access) -> None:
        line = await asyncio.to_thread(lines.read, typed)
        if line.button is not None:
            await self._press(line.button, services, dispatcher, access)
            return
        incoming = Incoming(PLACE, self._sender, self.outlet.new_id("line"), line.text, line.attachments)
        await dispatcher.message(incoming, ConsoleExchange(self.outlet, PLACE, self._sender))

    async def _press(self, number: int, services: Services, dispatcher: Dispatcher, access: Access) -> None:
        """In a pipe the button may be one of a result that is still on its way."""
        if not self._asks and self.outlet.button(number) is None:
            await self._until(services, access, orders=True)
        found = self.outlet.button(number)
        if found is None:
            self.say(self._texts(self._locale, "console-no-button", number=str(number)))
            return
        button, message_id = found
        exchange = ConsoleExchange(self.outlet, PLACE, self._sender, message_id)
        await dispatcher.press(Press(PLACE, self._sender, message_id, button.data), exchange)

    async def _until(self, services: Services, access: Access, *, orders: bool) -> None:
        """Until no answer is being written, and if `orders`, until every order has come to its end and was told."""
        while services.answers.running or (orders and await self._expected(services, access)):
            await services.clock.sleep(LOOK_S)

    async def _expected(self, services: Services, access: Access) -> bool:
        return any(_is_expected(job) for job in await services.orders.mine(access, 50))

    # --- who sits here --------------------

    async def _owner(self, services: Services) -> Access:
        """Whoever can start the process may do everything."""
        async with services.store.begin() as tx:
            new = Person(new_id(), Role.OWNER, name=self._sender.name, created_ms=services.clock.now_ms())
            person = await tx.people.add_person(new, self._sender)
            if not person.is_owner:
                await tx.people.set_role(person.id, Role.OWNER)
        return await services.directory.meet(PLACE, self._sender)

    @contextlib.contextmanager
    def _interrupts(self, services: Services, access: Access) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[None]] = set()

        def pressed() -> None:
            if loop.time() - self._ctrl_c_s < TWICE_S:
                self._leaving.set()
                return
            self._ctrl_c_s = loop.time()
            task = loop.create_task(self._stop(services, access))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        try:
            loop.add_signal_handler(signal.SIGINT, pressed)
        except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
            yield
            return
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    async def _stop(self, services: Services, access: Access) -> None:
        if not await services.chat.stop(access):
            self.say(self._texts(self._locale, "console-leave"))


def _is_expected(job: Job) -> bool:
    if job.state in OPEN_STATES:
        return not job.muted
    return job.state in _ENDED_BADLY and not job.told


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "operator"
