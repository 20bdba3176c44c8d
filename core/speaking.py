"""Answers read aloud: an order like any other, so it is made, paid, refunded and brought by the same engine."""

from __future__ import annotations

import asyncio
import logging

from core.assistant import preferences
from core.catalog import Catalog
from core.errors import BotError
from core.orders import Orders
from core.plans import Rules
from core.ports import Store
from core.prices import quote
from core.specs import ModelSpec
from core.spoken import spoken
from core.values import Access, Ending, Micros, Order, Person, Sender, Turn

log = logging.getLogger(__name__)

SPOKEN_CHARS = 1_500
"""About a minute and a half of speech."""

_WHOLE = frozenset({Ending.COMPLETE, Ending.LENGTH})


class Speaking:
    def __init__(self, store: Store, orders: Orders, catalog: Catalog, rules: Rules) -> None:
        self._store = store
        self._orders = orders
        self._catalog = catalog
        self._rules = rules

    def model(self) -> ModelSpec | None:
        """The operator's choice, else the first that reads aloud; None: there is none."""
        chosen = self._catalog.find(self._rules.speech_model) if self._rules.speech_model else None
        if chosen is not None and chosen.speaks and not chosen.hidden:
            return chosen
        return next((spec for spec in self._catalog.visible("audio") if spec.speaks), None)

    def price(self) -> Micros | None:
        """Of one answer read aloud; None: there is no model for it."""
        spec = self.model()
        return None if spec is None else quote(spec, {})

    async def answer(self, turn: Turn) -> None:
        """Order the answer's words as speech, if its person wants that: in private chats only, and once for each turn. Never
        raises: the text is there already, and whoever cannot pay reads it."""
        try:
            await self._answer(turn)
        except BotError as error:
            log.info("an answer is not read aloud: %s", error, extra={"turn": turn.id})
        except Exception:
            log.exception("an answer could not be read aloud", extra={"turn": turn.id})

    async def _answer(self, turn: Turn) -> None:
        spec = self.model()
        if spec is None or turn.ending not in _WHOLE or not turn.place.private:
            return
        person = await self._listener(turn)
        if person is None:
            return
        most = min(SPOKEN_CHARS, spec.prompt_bytes // 4) if spec.prompt_bytes else SPOKEN_CHARS
        words = await asyncio.to_thread(spoken, turn.answer, most)
        if words:
            access = Access(person, Sender(turn.place.platform, ""), turn.place, turn.account_id, turn.locale)
            await self._orders.place(access, turn.origin_id, Order("audio", spec.name, words), once=f"voice:{turn.id}")

    async def _listener(self, turn: Turn) -> Person | None:
        """The person who asked, if they want to hear answers."""
        async with self._store.read() as tx:
            person = await tx.people.person(turn.person_id)
        return person if person is not None and not person.banned and preferences(person).voice else None
