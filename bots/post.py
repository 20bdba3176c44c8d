"""Calls to the platforms that must arrive: paced, repeated where that is right, following chats that moved.

What may be dropped (previews, typing) does not go through here: see `live.py`."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from bots.outlet import (
    AnswerLost,
    ChatGone,
    ChatMoved,
    Flooded,
    MessageGone,
    Outlet,
    OutletError,
    Rejected,
    Surface,
    TooLarge,
    Unavailable,
)
from bots.pace import Pacer
from core.ports import Clock, DeliverLater, Store, Undeliverable
from core.values import Place

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Moved = Callable[[Place, str], Awaitable[None]]
"""Told that a chat (a place in it) has a new id: the store follows."""

ONE_TRY = 0.0
PATIENCE_S = 24 * 3600.0
PACED_PATIENCE_S = 60.0
"""For what a person waits for with a finger on the button."""
PAUSE_S = 0.5
PAUSE_MOST_S = 60.0
MOVES_KEPT = 1_000
LOST_S, AWAY_S = 3.0, 10.0
"""When the worker is to come again: after a lost answer, and when the platform is not to be reached."""
QUIET_S = 5.0
"""A chat that is closed by flood control for longer is left to the worker."""


def following(store: Store) -> Moved:
    """Everything kept of a chat moves with it."""

    async def moved(place: Place, new_chat: str) -> None:
        async with store.begin() as tx:
            await tx.people.migrate_group(place.platform, place.chat, new_chat)

    return moved


class Post:
    """One for a process: all platforms, one pace."""

    def __init__(self, outlets: Mapping[str, Outlet], pacer: Pacer, clock: Clock, moved: Moved | None = None) -> None:
        self.outlets = outlets
        self.pacer = pacer
        self._clock = clock
        self._moved = moved
        self._moves: OrderedDict[str, str] = OrderedDict()

    def surface(self, place: Place) -> Surface:
        return self.outlets[place.platform].surface

    def here(self, place: Place) -> Place:
        """Where a place is now."""
        new_chat = self._moves.get(place.chat_key)
        return place if new_chat is None else replace(place, chat=new_chat)

    async def follow(self, place: Place, new_chat: str) -> None:
        """A chat moved: remember it here, and in the store."""
        self._moves[place.chat_key] = new_chat
        while len(self._moves) > MOVES_KEPT:
            self._moves.popitem(last=False)
        if self._moved is not None:
            await self._moved(place, new_chat)

    async def must(
        self,
        place: Place,
        call: Callable[[Outlet, Place], Awaitable[Result]],
        *,
        calls: int = 1,
        patience_s: float = PATIENCE_S,
    ) -> Result:
        """Make a call until it is done. When the platform's answer is lost it is made again: the person may see a message
        twice, but never miss one. Raises OutletError: at once what repeating does not help, else after `patience_s`
        (0: one try)."""
        begun, failures, moves = self._clock.monotonic(), 0, 0
        while True:
            there = self.here(place)
            await self.pacer.final(there, calls)
            problem: OutletError
            try:
                return await call(self.outlets[place.platform], there)
            except Flooded as error:
                self.pacer.flooded(there, error.retry_after_s)
                problem, pause_s = error, 0.0  # the pacer waits
            except ChatMoved as error:
                moves += 1
                if moves > 3:
                    raise
                await self.follow(there, error.new_chat)
                continue
            except (AnswerLost, Unavailable) as error:
                problem, pause_s = error, min(PAUSE_MOST_S, PAUSE_S * 2 ** min(failures, 10))
                failures += 1
            if self._clock.monotonic() + pause_s - begun >= patience_s:
                raise problem
            log.info("a call to %s is made again: %s", place.platform, problem)
            if pause_s:
                await self._clock.sleep(pause_s)


@contextmanager
def translated(post: Post, place: Place) -> Iterator[None]:
    """The platform's trouble in the worker's words: Undeliverable or DeliverLater."""
    quiet_s = post.pacer.closed_s(post.here(place))
    if quiet_s > QUIET_S:
        raise DeliverLater(quiet_s)
    try:
        yield
    except Flooded as error:
        raise DeliverLater(error.retry_after_s) from error
    except ChatGone as error:
        raise Undeliverable(str(error)) from error
    except Unavailable as error:
        raise DeliverLater(AWAY_S) from error
    except (Rejected, TooLarge, MessageGone, ChatMoved) as error:
        raise Undeliverable(f"refused: {error}") from error
    except OutletError as error:  # the answer was lost
        raise DeliverLater(LOST_S) from error
