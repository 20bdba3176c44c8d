"""Which of our messages carry media, so far as this process knows: Telegram changes their words by another call than those of
a text, and refuses the wrong one."""

from __future__ import annotations

from collections import OrderedDict

from core.values import Place

KEPT_MOST = 5_000
"""Messages. What is forgotten costs a refused call."""


class Carriers:
    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def has(self, place: Place, message_id: str) -> bool:
        return (place.chat, message_id) in self._known

    def add(self, place: Place, message_id: str) -> None:
        self._known[place.chat, message_id] = None
        self._known.move_to_end((place.chat, message_id))
        if len(self._known) > KEPT_MOST:
            self._known.popitem(last=False)

    def drop(self, place: Place, message_id: str) -> None:
        self._known.pop((place.chat, message_id), None)
