"""All that is shown with an answer beside its words: pictures, what its tools began, and its voice."""

from __future__ import annotations

import logging
from collections.abc import Callable
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
from core.values import Ending, Micros, Turn

log = logging.getLogger(__name__)

LOOK_AGAIN_S = (0.5, 2.0, 0.0)


class Speaker(Protocol):
    """What is asked of `core.speaking.Speaking`."""

    async def answer(self, turn: Turn) -> None:
        """Have the answer spoken and brought to where it stands, soon; the same turn once. Never raises."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind that which is shown with an answer, beside its words. `money`: an amount in words, in a language.
    `link`: makes a signed link to a stored file. `speaker`: None where there is no voice."""

    store: Store
    media: Media
    renditions: Renditions
    orders: Accepted
    money: Callable[[Micros, str], str]
    link: Link | None = None
    speaker: Speaker | None = None


class Beside:
    """The words are out before anything of this is shown: nothing here may cost them."""

    def __init__(self, post: Post, texts: Sentences, clock: Clock, behind: Behind) -> None:
        self.shows = Shows(behind.store)
        self._clock = clock
        self._dealer = Dealer(post, texts, behind.money, behind.store, behind.orders)
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
