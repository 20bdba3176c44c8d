"""The facts about a person that they want to be remembered: kept, shown, forgotten. Theirs alone."""

from __future__ import annotations

import unicodedata

from core.assistant import Memory
from core.errors import EmptyPrompt, PromptTooLong, TooMuchKept
from core.limits import LIMITS, Limits
from core.ports import Clock, NewId, Store
from core.values import Incoming

DIGITS_MOST = 4
"""A longer number is a word of a fact, perhaps."""


class Remembering:
    def __init__(self, store: Store, clock: Clock, new_id: NewId, limits: Limits = LIMITS) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    async def remember(self, person_id: str, fact: str) -> Memory:
        """One line. Raises EmptyPrompt, PromptTooLong, TooMuchKept."""
        text = " ".join(fact.split())
        if not any(unicodedata.category(letter)[0] in "LNPS" for letter in text):  # nothing that can be seen
            raise EmptyPrompt(command="remember")
        if len(text) > self._limits.memory_chars:
            raise PromptTooLong(limit=self._limits.memory_chars, length=len(text))
        memory = Memory(self._new_id(), person_id, text, self._clock.now_ms())
        async with self._store.begin() as tx:
            if not await tx.memories.add(memory, self._limits.memories):
                raise TooMuchKept(what="memories", limit=self._limits.memories)
        return memory

    async def all(self, person_id: str) -> list[Memory]:
        """Oldest first."""
        async with self._store.read() as tx:
            return await tx.memories.of_person(person_id)

    async def named(self, person_id: str, which: str) -> list[Memory]:
        """What `forget` would forget."""
        return _chosen(await self.all(person_id), which)

    async def drop(self, person_id: str, memory_id: str, incoming: Incoming | None = None) -> bool:
        """One fact; False when it is not there, or somebody else's. `incoming`: the message that wants it is handled in the
        same commit, for a number means another fact afterwards."""
        async with self._store.begin() as tx:
            if incoming and incoming.event_id:
                await tx.inbox.done(incoming.place.platform, incoming.event_id)
            return await tx.memories.drop(person_id, memory_id)

    async def forget(self, person_id: str, which: str) -> list[Memory]:
        """By number (1 = the oldest), by words that only some facts have, or "all"; returns what was forgotten."""
        chosen = await self.named(person_id, which)
        async with self._store.begin() as tx:
            for memory in chosen:
                await tx.memories.drop(person_id, memory.id)
        return chosen


def _chosen(known: list[Memory], which: str) -> list[Memory]:
    wanted = which.strip().casefold()
    if wanted in {"all", "全部"}:
        return known
    if wanted.isdecimal() and len(wanted) <= DIGITS_MOST:
        number = int(wanted)
        return known[number - 1 : number] if number else []
    return [memory for memory in known if wanted and wanted in memory.text.casefold()]
