"""The operator's tool servers (MCP): kept connected in the background, so that one that is down or slow holds up nobody.

Each server has one task that opens its session, lists its tools and closes it again; calls go through the open session. A
server that cannot be reached is tried again with growing pauses, and meanwhile its tools are not offered.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from core.accounts import group_account
from core.ports import Clock
from core.servers import McpServer
from core.tools.mcp_tools import TOOLS_PER_SERVER, Declined, Forgotten, Lost, McpTool, rows, words
from core.tools.table import Outcome, Tool
from core.values import Access, Json

if TYPE_CHECKING:
    from core.tools.mcp_line import Line

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
OPEN_S = 60.0
"""A server may have to be downloaded before it starts (uvx, npx)."""
LOOK_AGAIN_S = 300.0
"""So often its tools are listed again, which shows too that it still answers."""
BACK_S = 5.0
"""So long a call waits for a server that was started anew."""
CALLS_AT_ONCE = 16
CLOSE_S = 3.0
SAID_CHARS = 300


class McpServers:
    """A source of tools for the toolbox. `run` is a loop for the supervisor."""

    def __init__(self, servers: Iterable[McpServer], clock: Clock, environment: Mapping[str, str]) -> None:
        """`environment`: where the servers' "env:NAME" are found. Raises KeyError."""
        self._held = [_Held(server.resolved(environment), clock) for server in servers]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may hold."""
        return tuple(secret for held in self._held for secret in held.server.secrets)

    async def run(self) -> None:
        """Until it is cancelled, which ends all sessions."""
        if not self._held:
            await asyncio.Event().wait()
        await asyncio.to_thread(importlib.import_module, "core.tools.mcp_line")
        tasks = [asyncio.create_task(held.keep(), name=f"mcp {held.server.name}") for held in self._held]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task  # none ends by itself: raises what it died of
        finally:
            for held in self._held:
                held.is_stopping = True
            for _ in range(2):  # the second time in the middle of its good-bye
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks, timeout=CLOSE_S)

    async def tools(self, access: Access) -> Sequence[Tool]:
        plan = plan_of(access)
        return [tool for held in self._held for tool in held.tools if held.is_for(plan)]

    def up(self) -> dict[str, bool]:
        """Which servers are connected now."""
        return {held.server.name: held.is_up for held in self._held}


def plan_of(access: Access) -> str:
    """Of the purse that pays; "" = an owner, who may use everything."""
    if access.unlimited:
        return ""
    if access.group is not None and access.account_id == group_account(access.place):
        return access.group.plan or "default"
    return access.person.plan


class _Held:
    """One server and its session."""

    def __init__(self, server: McpServer, clock: Clock) -> None:
        self.server = server
        self.is_stopping = False
        self._clock = clock
        self._tools: tuple[McpTool, ...] = ()
        self._line: Line | None = None
        self._back = asyncio.Event()
        self._look = asyncio.Event()
        self._broken = asyncio.Event()
        self._room = asyncio.Semaphore(CALLS_AT_ONCE)

    @property
    def is_up(self) -> bool:
        return self._line is not None and not self._broken.is_set()

    @property
    def tools(self) -> tuple[McpTool, ...]:
        return self._tools if self.is_up else ()

    def is_for(self, plan: str) -> bool:
        return not plan or not self.server.plans or plan in self.server.plans

    # --- the session --------------------

    async def keep(self) -> None:
        """Connected for ever, as far as the server lets us."""
        pause_s, told = FIRST_PAUSE_S, False
        while not self.is_stopping:  # a cancellation that meets a dying session may be lost in the SDK
            was_up, why = await self._session()
            if self.is_stopping:
                return
            if was_up:
                pause_s, told = FIRST_PAUSE_S, False
            if not told:
                log.warning("a tool server is away", extra={"server": self.server.name, "why": why})
                told = True
            await self._clock.sleep(pause_s * random.uniform(0.8, 1.2))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _session(self) -> tuple[bool, str]:
        """One session from its beginning to its end: whether there was one, and why it ended."""
        from core.tools.mcp_line import connected  # noqa: PLC0415 - the SDK, loaded by `run`

        was_up = False
        self._broken.clear()
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(OPEN_S):
                    line = await stack.enter_async_context(connected(self.server, self._look.set, self._broken.set))
                    await self._list(line)
                was_up = True
                log.info("a tool server is here", extra={"server": self.server.name, "tools": len(self._tools)})
                self._line = line
                self._back.set()
                await self._watch(line)
        except asyncio.CancelledError:
            if self.is_stopping:
                raise
            return was_up, "its line broke"  # what the SDK cancelled within, it did not wrap
        except BaseExceptionGroup as group:
            return was_up, self._safe(_first(group))
        except Exception as error:
            return was_up, self._safe(error)
        finally:
            self._line, self._tools = None, ()
            self._back.clear()
        return was_up, "its line broke"

    async def _list(self, line: Line) -> None:
        self._look.clear()
        self._tools = rows(self.server, await line.tools(4 * TOOLS_PER_SERVER), self.ask)

    async def _watch(self, line: Line) -> None:
        """Until it is broken."""
        while True:
            pause = asyncio.create_task(self._clock.sleep(LOOK_AGAIN_S))
            waits = {pause, *(asyncio.create_task(each.wait()) for each in (self._broken, self._look))}
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if self._broken.is_set():
                return
            async with asyncio.timeout(self.server.timeout_s):
                await self._list(line)

    def _safe(self, error: BaseException) -> str:
        """For the log: what went wrong, without addresses and keys."""
        text = f"{type(error).__name__}: {error}"
        for secret in (self.server.url, *self.server.secrets):
            text = text.replace(secret, "***") if secret else text
        return text[:SAID_CHARS]

    # --- calls --------------------

    async def ask(self, name: str, arguments: Mapping[str, Json]) -> Outcome:
        """One call, and once more when the server was started anew in between. Raises nothing but CancelledError."""
        try:
            async with asyncio.timeout(self.server.timeout_s), self._room:
                try:
                    return await self._call(name, arguments)
                except Forgotten:
                    await self._come_back()
                    return await self._call(name, arguments)
        except TimeoutError:
            late = f"The tool server gave no answer within {self.server.timeout_s:g} seconds"
            return Outcome(f"{late}; nobody knows whether it did anything.", failed=True)
        except Declined as error:
            return Outcome(str(error)[: self.server.max_chars], untrusted=True, failed=True)
        except Lost:
            self._broken.set()
            lost = (
                "The tool server cannot be reached; nobody knows whether it did anything. It may be back in a minute."
            )
            return Outcome(lost, failed=True)

    async def _come_back(self) -> None:
        """Raises Lost."""
        self._back.clear()
        self._broken.set()
        try:
            async with asyncio.timeout(BACK_S):
                await self._back.wait()
        except TimeoutError:
            raise Lost("not back yet") from None

    async def _call(self, name: str, arguments: Mapping[str, Json]) -> Outcome:
        if self._line is None:
            raise Lost("not connected")
        answer = await self._line.call(name, arguments)
        return Outcome(words(answer, self.server.max_chars), untrusted=True, failed=answer.failed)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What it is really about, under all wrappers."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
