"""Interaction tokens: with one, for 15 minutes, messages can be answered and edited wherever the person is.

A token is a secret of its interaction; it is kept in memory and in the journal, and shown nowhere.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

TOKEN_LIFE_MS = 14 * 60_000  # Discord's 15 minutes, with a margin
HOOKS_MAX = 5000


@dataclass(frozen=True, slots=True)
class Hook:
    """An interaction: its id and token, and when it came (Unix ms)."""

    application_id: str
    interaction_id: str
    token: str = field(repr=False)
    made_ms: int

    def alive(self, now_ms: int) -> bool:
        return now_ms - self.made_ms < TOKEN_LIFE_MS


class Hooks:
    """Which message of ours can be edited by which token. Bounded, the oldest is forgotten: the bot's own token does then."""

    def __init__(self) -> None:
        self._by_message: OrderedDict[str, Hook] = OrderedDict()

    def keep(self, message_id: str, hook: Hook) -> None:
        self._by_message[message_id] = hook
        while len(self._by_message) > HOOKS_MAX:
            self._by_message.popitem(last=False)

    def find(self, message_id: str, now_ms: int) -> Hook | None:
        hook = self._by_message.get(message_id)
        if hook is not None and not hook.alive(now_ms):
            self.forget(message_id)
            return None
        return hook

    def forget(self, message_id: str) -> None:
        self._by_message.pop(message_id, None)
