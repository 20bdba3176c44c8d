"""Answers read aloud: orders like any others, so they are made, paid, refunded and brought by the same engine. An answer is
spoken in pieces, each named after its turn and its number, so that none is ordered twice, and each brought behind the one
before it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from core.aloud import Aloud, Bounds, Keep, unsaid
from core.assistant import preferences
from core.catalog import Catalog
from core.errors import BotError, NoSpeech
from core.orders import Orders, id_of
from core.own_voices import VOICE
from core.plans import Rules
from core.ports import Store
from core.prices import quote
from core.speakers import speaker, voice_for
from core.specs import ModelSpec
from core.spoken import spoken
from core.values import Access, Ending, Micros, Order, Person, Sender, Turn

log = logging.getLogger(__name__)

SPOKEN_CHARS = 1_500
"""About a minute and a half of speech."""

SIZES = (200, 300, 600)
"""Of the pieces that are spoken while the answer is written: at first a sentence, then more. The rest is one more."""
FEW_SIZES = (200,)
"""Where every order has the same price."""
PIECES_MOST = 16

_WHOLE = frozenset({Ending.COMPLETE, Ending.LENGTH})


class Speaking:
    def __init__(self, store: Store, orders: Orders, catalog: Catalog, rules: Rules) -> None:
        self._store = store
        self._orders = orders
        self._catalog = catalog
        self._rules = rules

    # --- while it is written

    def begin(self, turn: Turn, keep: Keep) -> Aloud | None:
        """To be told of the answer as it grows; None: there is no model for it. `keep` is asked before anything is spoken."""
        if not turn.place.private or speaker(self._catalog, self._rules) is None:
            return None
        return Aloud(self, turn, keep)

    async def bounds(self, turn: Turn) -> Bounds | None:
        """What the model takes that reads this person's answers; None: there is none, or they do not want to hear them."""
        person = await self._listener(turn)
        spec = speaker(self._catalog, self._rules, person)
        if spec is None or person is None:
            return None
        return bounds_of(spec)

    # --- at its end

    async def answer(self, turn: Turn) -> None:
        """Order what has not been spoken of the answer, if its person wants that: in private chats only, and once for each
        turn. Never raises: the text is there already, and whoever cannot pay reads it."""
        try:
            await self._answer(turn)
        except BotError as error:
            log.info("an answer is not read aloud: %s", error, extra={"turn": turn.id})
        except Exception:
            log.exception("an answer could not be read aloud", extra={"turn": turn.id})

    async def _answer(self, turn: Turn) -> None:
        if turn.ending not in _WHOLE or not turn.place.private:
            return
        bounds = await self.bounds(turn)
        if bounds is None:
            return
        words = await asyncio.to_thread(spoken, turn.answer, bounds.chars)
        said = await self._said(turn)
        rest = unsaid(words, said)
        if rest and len(said) < PIECES_MOST:
            await self.order(turn, len(said), rest)

    async def _said(self, turn: Turn) -> Sequence[str]:
        """The pieces that were ordered, in their order."""
        said: list[str] = []
        async with self._store.read() as tx:
            while (job := await tx.jobs.get(_piece_id(turn, len(said)))) is not None and len(said) < PIECES_MOST:
                said.append(job.prompt)
        return said

    async def order(self, turn: Turn, number: int, words: str) -> None:
        """A piece of the answer, if its person wants to hear it; the same once. Raises NoSpeech, OverLimit, BadInput."""
        person = await self._listener(turn)
        spec = speaker(self._catalog, self._rules, person)
        if spec is None or person is None:
            raise NoSpeech
        access = Access(person, Sender(turn.place.platform, ""), turn.place, turn.account_id, turn.locale)
        voice = await voice_for(self._orders, access, spec)
        behind = _piece_id(turn, number - 1) if number else ""
        order = Order("audio", spec.name, words, {VOICE: voice} if voice else {})
        await self._orders.place(access, turn.origin_id, order, once=_name(turn, number), behind=behind)

    async def _listener(self, turn: Turn) -> Person | None:
        """The person who asked, if they want to hear answers."""
        async with self._store.read() as tx:
            person = await tx.people.person(turn.person_id)
        return person if person is not None and not person.banned and preferences(person).voice else None


def bounds_of(spec: ModelSpec) -> Bounds:
    chars = min(SPOKEN_CHARS, spec.prompt_bytes // 4) if spec.prompt_bytes else SPOKEN_CHARS
    return Bounds(SIZES if spec.price.per_million_chars else FEW_SIZES, chars)


def price_of(spec: ModelSpec) -> Micros:
    """Of one answer read aloud, at most: a Chinese character may count as two."""
    bounds = bounds_of(spec)
    return sum(quote(spec, {}, text="字" * size) for size in (*bounds.sizes, bounds.chars - sum(bounds.sizes)))


def _name(turn: Turn, number: int) -> str:
    return f"voice:{turn.id}:{number}"


def _piece_id(turn: Turn, number: int) -> str:
    return id_of(_name(turn, number))
