"""What a person wants to see and hear with the answers they get."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from core.assistant import preferences
from core.ports import Store
from core.values import Turn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Show:
    """`thoughts`: what the model thinks, folded; `cost`: a line on what the answer cost; `voice`: the answer read aloud."""

    thoughts: bool = False
    cost: bool = False
    voice: bool = False


class Shows:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, turn: Turn) -> Show:
        """Never raises: an answer is worth more than what stands beside it."""
        try:
            async with self._store.read() as tx:
                person = await tx.people.person(turn.person_id)
        except Exception:
            log.exception("nobody knows what is to be shown with an answer", extra={"turn": turn.id})
            return Show()
        if person is None:
            return Show()
        wanted = preferences(person)
        thinks = turn.effort not in {"", "off"}
        return Show(wanted.thoughts and thinks, wanted.cost, wanted.voice and turn.place.private)
