"""All that is shown with an answer beside its words: pictures, what its tools began, and its voice."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bots.cards import Accepted, Cards, Dealer
from bots.ladder import Ladder, Link
from bots.outlet import OutletError
from bots.parts import Parts
from bots.pictures import Pictures
from bots.post import Post
from bots.sentences import Sentences
from bots.shows import Show, Shows
from core.ports import Clock, Media, Renditions, Store
from core.typical import Takes, unknown
from core.values import Draft, Ending, Micros, Turn

log = logging.getLogger(__name__)

LOOK_AGAIN_S = (0.5, 2.0, 0.0)


class Spoken(Protocol):
    """What is asked of `core.aloud.Aloud`: an answer that is spoken while it is written."""

    def push(self, draft: Draft) -> None: ...

    async def end(self) -> None:
        """Never raises."""


class Speaker(Protocol):
    """What is asked of `core.speaking.Speaking`."""

    def begin(self, turn: Turn, keep: Callable[[], Awaitable[None]]) -> Spoken | None:
        """Speak the answer as it comes. `keep` writes down what there is of it, before anything is heard."""

    async def answer(self, turn: Turn) -> None:
        """Have what is left of the answer spoken and brought to where it stands, soon; the same turn once. Never raises."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind that which is shown with an answer, beside its words. `money`: an amount in words, in a language.
    `link`: makes a signed link to a stored file. `speaker`: None where there is no voice. `takes`: how long the orders of a
    model take."""

    store: Store
    media: Media
    renditions: Renditions
    orders: Accepted
    money: Callable[[Micros, str], str]
    link: Link | None = None
    speaker: Speaker | None = None
    takes: Takes = unknown


class Beside:
    """The words are out before anything of this is shown: nothing here may cost them."""

    def __init__(self, post: Post, texts: Sentences, clock: Clock, behind: Behind) -> None:
        self.shows = Shows(behind.store)
        self._clock = clock
        self._dealer = Dealer(post, texts, behind.money, behind.store, behind.orders, behind.takes)
        ladder = Ladder(behind.store, behind.media, behind.renditions, behind.link)
        self._pictures = Pictures(post, texts, ladder)
        self._speaker = behind.speaker

    async def cards(self, turn: Turn) -> Cards:
        """What its tools began. A database that is away for a moment is waited for; never raises."""
        for wait_s in LOOK_AGAIN_S:
            try:
                return await self._dealer.of(turn)
            except Exception:
                log.exception("what an answer began could not be looked up", extra={"turn": turn.id})
                await self._clock.sleep(wait_s)
        return Cards()

    def spoken(self, turn: Turn, show: Show, keep: Callable[[], Awaitable[None]]) -> Spoken | None:
        """Told of the answer as it grows, where its person wants to hear it."""
        return self._speaker.begin(turn, keep) if show.voice and self._speaker is not None else None

    async def show(self, turn: Turn, parts: Parts, show: Show, cards: Cards) -> None:
        """Raises OutletError when the platform stays away or the chat is gone."""
        try:
            if show.voice and self._speaker is not None and turn.ending is not Ending.FAILED and turn.answer.strip():
                await self._speaker.answer(turn)
            await self._pictures.send(turn, parts)
            await self._dealer.show(turn, cards)
        except OutletError:
            raise
        except Exception:
            log.exception("what belongs below an answer could not be shown", extra={"turn": turn.id})
