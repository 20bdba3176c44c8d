"""An answer that is spoken while it is written: as soon as a sentence stands that will stay, it is ordered as speech; the
pieces after it grow, so that few orders are made."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import BotError
from core.spoken import cut, first_sentence, lasting
from core.values import Draft, Turn

log = logging.getLogger(__name__)

Keep = Callable[[], Awaitable[None]]
"""Writes down what there is of the answer: what is heard must stay."""

GROWTH = 24
"""Characters by which an answer has grown before it is looked at again."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`sizes`: of the pieces that are spoken before the end, in characters; `chars`: of all together, so that the last alone
    fits too."""

    sizes: Sequence[int]
    chars: int


class Orders(Protocol):
    """What is asked of `core.speaking.Speaking`."""

    async def bounds(self, turn: Turn) -> Bounds | None:
        """None: nobody hears it."""

    async def order(self, turn: Turn, number: int, words: str) -> None:
        """The piece `number` of an answer, from 0. Raises OverLimit and BadInput."""


class Aloud:
    """`push` what there is of the answer, `end` when nothing more comes. What has not been spoken then is left to others."""

    def __init__(self, orders: Orders, turn: Turn, keep: Keep) -> None:
        self._orders, self._turn, self._keep = orders, turn, keep
        self._said: list[str] = []
        self._text = ""
        self._void = False
        self._over = False
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"aloud {turn.id}")

    def push(self, draft: Draft) -> None:
        """Of an answer that begins again nothing more is spoken, once something was."""
        self._void = self._void or draft.restarted
        self._text = draft.text
        self._news.set()

    async def end(self) -> None:
        """Until the piece that is being ordered is ordered. Never raises."""
        self._over = True
        self._news.set()
        await self._task

    async def _run(self) -> None:
        try:
            await self._speak()
        except BotError as error:
            log.info("an answer is not spoken any further: %s", error, extra={"turn": self._turn.id})
        except Exception:
            log.exception("an answer could not be spoken while it came", extra={"turn": self._turn.id})

    async def _speak(self) -> None:
        looked, bounds = 0, await self._orders.bounds(self._turn)
        while bounds is not None and len(self._said) < len(bounds.sizes):
            await self._news.wait()
            self._news.clear()
            if self._over or (self._void and self._said):
                return
            self._void, text = False, self._text
            if 0 <= len(text) - looked < GROWTH:
                continue
            looked = len(text)
            words = await asyncio.to_thread(lasting, text)
            piece = next_piece(cut(words, bounds.chars), self._said, bounds.sizes)
            if not piece or self._gone(text):
                continue
            await self._keep()
            if self._gone(text):
                continue
            await self._orders.order(self._turn, len(self._said), piece)
            self._said.append(piece)

    def _gone(self, text: str) -> bool:
        """Nothing more is wanted, or the answer has begun again meanwhile."""
        return self._over or self._void or not self._text.startswith(text)


def next_piece(words: str, said: Sequence[str], sizes: Sequence[int]) -> str:
    """What is spoken next of these `words`: the first sentence, later as much as the piece has room for, and "" as long as
    there is less."""
    rest = unsaid(words, said)
    size = sizes[len(said)]
    if not said:
        return first_sentence(rest, size)
    return cut(rest, size) if len(rest) >= size else ""


def unsaid(words: str, said: Sequence[str]) -> str:
    """What of the words comes behind the pieces that were said; pieces of a beginning that is void do not count."""
    for first in range(len(said) + 1):
        rest: str | None = words
        for piece in said[first:]:
            rest = rest[len(piece) :].lstrip() if rest is not None and rest.startswith(piece) else None
        if rest is not None:
            return rest
    return words
