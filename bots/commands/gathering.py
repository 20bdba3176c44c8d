"""Company: the parts of an album and the pieces of a long text arrive as messages of their own and are one message.

Everything else passes at once. Bounded: so many open windows, so many pieces in one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from core.ports import Clock
from core.values import Incoming

WAIT_S = 0.8
LONG_CHARS = 4000
"""The platforms' apps cut a long text at their limit of a message."""
WINDOWS_MOST = 1000
PIECES_MOST = 12


@dataclass(slots=True)
class _Window:
    pieces: list[Incoming] = field(default_factory=list)
    grown: bool = False
    closed: bool = False
    finished: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Gathered:
    """One message made of `pieces`. Whoever got it calls `finish` when it is handled: the others wait for that, so that none
    of their events counts as handled before."""

    message: Incoming
    pieces: tuple[Incoming, ...]
    _window: _Window | None = None

    def finish(self) -> None:
        if self._window:
            self._window.finished.set()


class Gathering:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    async def gather(self, incoming: Incoming) -> Gathered | None:
        """The whole message, for the first of its pieces; None for the others, once the whole is handled."""
        key = _key(incoming)
        window = self._windows.get(key)
        if window and not window.closed and self._belongs(window, incoming):
            window.pieces.append(incoming)
            window.grown = _expects(incoming)
            window.closed = not window.grown or len(window.pieces) >= PIECES_MOST
            await window.finished.wait()
            return None
        if not _expects(incoming) or len(self._windows) >= WINDOWS_MOST or window:
            return Gathered(incoming, (incoming,))
        return await self._lead(key, incoming)

    async def _lead(self, key: str, incoming: Incoming) -> Gathered:
        window = self._windows[key] = _Window([incoming])
        try:
            waiting = True
            while waiting and not window.closed:
                window.grown = False
                await self._clock.sleep(WAIT_S)
                waiting = window.grown
        except BaseException:
            window.finished.set()
            raise
        finally:
            window.closed = True
            self._windows.pop(key, None)
        return Gathered(_whole(window.pieces), tuple(window.pieces), window)

    def _belongs(self, window: _Window, incoming: Incoming) -> bool:
        return bool(incoming.album) or (not incoming.attachments and not incoming.text.startswith("/"))


def _key(incoming: Incoming) -> str:
    return f"{incoming.place.key}|{incoming.sender.id}|{incoming.album}"


def _expects(incoming: Incoming) -> bool:
    return bool(incoming.album) or len(incoming.text) >= LONG_CHARS


def _whole(pieces: list[Incoming]) -> Incoming:
    """In the order they were written. The first reply counts; a mention in any piece is a mention."""
    ordered = sorted(pieces, key=lambda piece: (len(piece.message_id), piece.message_id))
    return replace(
        ordered[0],
        text="\n".join(piece.text for piece in ordered if piece.text),
        attachments=tuple(attachment for piece in ordered for attachment in piece.attachments),
        reply=next((piece.reply for piece in ordered if piece.reply), None),
        mentioned=any(piece.mentioned for piece in ordered),
        forwarded=any(piece.forwarded for piece in ordered),
    )
