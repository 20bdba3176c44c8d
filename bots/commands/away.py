"""Messages that were written down long before they could be answered: one note for each chat, with a button to answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bots.commands import inputs, parking
from bots.commands.request import Request
from bots.outlet import Button, OutletError
from core.errors import BotError
from core.ports import Clock
from core.questions import QUOTED
from core.values import Part

log = logging.getLogger(__name__)

WAIT_S = 3.0
"""So long the messages of a chat are collected: after a start they come all at once."""
MESSAGES_MOST = 10
"""The latest of each person; the note is about these."""
BUTTONS_MOST = 5

Missed = tuple[Request, Sequence[str]]
"""A message and its events in the inbox, which are done when it is parked."""


class Away:
    """Each chat that missed something has a task that collects, then tells. Until then the events stay open, so that a stop
    in between loses nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._chats: dict[str, list[Missed]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, request: Request, event_ids: Sequence[str]) -> None:
        key = request.place.chat_key
        if key in self._chats:
            self._chats[key].append((request, event_ids))
            return
        self._chats[key] = [(request, event_ids)]
        task = asyncio.create_task(self._tell(key), name=f"away {key}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def told(self) -> None:
        """When every chat has its note."""
        await asyncio.gather(*self._tasks)

    async def _tell(self, key: str) -> None:
        try:
            await self._clock.sleep(WAIT_S)
            await _note(self._chats.pop(key))
        except OutletError as error:
            log.warning("not said in %s: %s", key, error)
        except Exception:
            log.exception("what was missed in %s", key)
        finally:
            self._chats.pop(key, None)


async def _note(missed: list[Missed]) -> None:
    persons: dict[str, list[Missed]] = {}
    for request, event_ids in missed:
        persons.setdefault(request.access.person.id, []).append((request, event_ids))
    buttons = []
    for theirs in persons.values():
        last = theirs[-1][0]
        turn = await parking.park(last, await _parts(theirs), [each for _, ids in theirs for each in ids if each])
        label = last.words("button-answer-now")
        if len(persons) > 1:
            label = f"{label}: {last.access.sender.name}"[:40]
        buttons.append((Button(label, f"away:{turn.id}"),))
    await missed[-1][0].tell("away-note", count=len(missed), buttons=tuple(buttons[:BUTTONS_MOST]))


async def _parts(theirs: list[Missed]) -> tuple[Part, ...]:
    """Each message is a text (perhaps empty) with its files behind it; see `parking.messages`."""
    found: list[Part] = []
    for request, _ in theirs[-MESSAGES_MOST:]:
        passed_on = QUOTED if request.incoming.forwarded else ""
        found.append(Part("text", text=request.incoming.text, role=passed_on))
        try:
            found += await inputs.asked(request)
        except (BotError, OutletError):
            continue  # the file is gone or no use: its text is kept
    return tuple(found)
