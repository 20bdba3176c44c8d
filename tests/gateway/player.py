"""Plays streams byte by byte without a line, so that a test may look between any two of them."""

from __future__ import annotations

from core.gateway.answer import Answer, joined
from core.gateway.families import CHAT
from core.gateway.sse import SseDecoder
from core.values import ChatEvent
from tests.gateway.replay import RECORDED


def read(name: str) -> bytes:
    """`family/name`."""
    return (RECORDED / f"{name}.sse").read_bytes()


class Player:
    """Feeds bytes at any cut; `events` are those of the answer so far. GatewayErrors of the stream pass."""

    def __init__(self, family: str, *, restarts: bool = True) -> None:
        self.answer = Answer(CHAT[family], restarts=restarts, max_chars=400_000, picture_chars=100_000)
        self.lines = SseDecoder(200_000)
        self.events: list[ChatEvent] = []

    def feed(self, piece: bytes) -> None:
        for payload in self.lines.feed(piece):
            self.answer.feed(payload, self.events)

    def end(self) -> list[ChatEvent]:
        for payload in self.lines.flush():
            self.answer.feed(payload, self.events)
        self.events += self.answer.flush()
        return joined(self.events)


def play(name: str) -> list[ChatEvent]:
    player = Player(name.partition("/")[0])
    player.feed(read(name))
    return player.end()
