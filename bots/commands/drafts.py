"""The draft of a storyboard: a parked turn (`parking.py`) that buttons change until it is filmed or dropped.

Each shot has a key of its own, which stays when others come and go: a button that is pressed late, or twice, never means
another shot than the one that it stood for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bots.commands import parking
from bots.commands.request import Request
from core.errors import AnswerGone, BotError, TooFast
from core.storyboard import Shot, dumped, loaded
from core.values import Part, Turn

ROLE = "board"
TRIES = 8
AGAIN_MS = 30_000
"""After this an order that was begun and never acknowledged is taken up by the next press."""


class ShotGone(BotError):
    key = "error-shot-gone"


@dataclass(frozen=True, slots=True)
class Item:
    key: int
    shot: Shot


@dataclass(frozen=True, slots=True)
class Draft:
    """`origin`: the message that the film answers. `keys`: so many were given out. `ordered_ms`: when `ordered_by` (an event)
    set about ordering it, 0 = nobody did."""

    model: str
    options: Mapping[str, str]
    script: str
    items: tuple[Item, ...]
    origin: str
    seconds: int = 0
    keys: int = 0
    dropped: bool = False
    ordered_ms: int = 0
    ordered_by: str = ""

    @property
    def shots(self) -> tuple[Shot, ...]:
        return tuple(item.shot for item in self.items)

    def at(self, key: int) -> int:
        """The place of a shot, from 0. Raises ShotGone."""
        found = next((at for at, item in enumerate(self.items) if item.key == key), None)
        if found is None:
            raise ShotGone
        return found

    def cut(self, shots: tuple[Shot, ...]) -> Draft:
        """With these shots in place of all there were."""
        items = tuple(Item(self.keys + number, shot) for number, shot in enumerate(shots, 1))
        return replace(self, items=items, keys=self.keys + len(shots))

    def timed(self, shots: tuple[Shot, ...]) -> Draft:
        """The same shots, with other lengths or words."""
        items = tuple(replace(item, shot=shot) for item, shot in zip(self.items, shots, strict=True))
        return replace(self, items=items)

    def added(self, at: int, shot: Shot) -> Draft:
        """With one more before the place `at`."""
        item = Item(self.keys + 1, shot)
        return replace(self, items=(*self.items[:at], item, *self.items[at:]), keys=item.key)

    def removed(self, at: int) -> Draft:
        return replace(self, items=(*self.items[:at], *self.items[at + 1 :]))


async def begin(request: Request, draft: Draft) -> str:
    """Park it; returns the id that its buttons name. The event of the command ends in the same commit."""
    event_id = request.incoming.event_id
    turn = await parking.park(request, (_part(draft),), [event_id] if event_id else [])
    request.settled = bool(event_id)
    return turn.id


async def read(request: Request, turn_id: str) -> Draft:
    """Raises AnswerGone when there is none, when it is somebody else's, or was dropped."""
    return _read(await parking.parked(request, turn_id))


async def change(request: Request, turn_id: str, changed: Callable[[Draft], Draft], *, settles: bool = True) -> Draft:
    """What `changed` makes of it, written only over what it was made of, so that no change undoes another. With `settles` the
    event of the press ends in the same commit, and is never done twice. Raises AnswerGone, and what `changed` raises."""
    event_id = request.incoming.event_id if settles else ""
    for _ in range(TRIES):
        turn = await parking.parked(request, turn_id)
        draft = changed(_read(turn))
        async with request.services.store.begin() as tx:
            saved = await tx.conversations.save_turn(replace(turn, question=(_part(draft),)), turn.version)
            if saved is not None and event_id:
                await tx.inbox.done(request.place.platform, event_id)
        if saved is not None:
            request.settled = request.settled or bool(event_id)
            return draft
    raise TooFast(seconds=1)


# --- as it is kept --------------------


def _part(draft: Draft) -> Part:
    told = {
        "model": draft.model,
        "options": dict(draft.options),
        "script": draft.script,
        "shots": dumped(draft.shots),
        "own": [item.key for item in draft.items],
        "origin": draft.origin,
        "seconds": draft.seconds,
        "keys": draft.keys,
        "dropped": draft.dropped,
        "ordered_ms": draft.ordered_ms,
        "ordered_by": draft.ordered_by,
    }
    return Part("text", text=json.dumps(told, ensure_ascii=False), role=ROLE)


def _read(turn: Turn) -> Draft:
    text = next((part.text for part in turn.question if part.role == ROLE), None)
    if text is None:
        raise AnswerGone(f"{turn.id} holds no storyboard")
    told = json.loads(text)
    if told["dropped"]:
        raise AnswerGone(f"{turn.id} was dropped")
    shots, own = loaded(told.pop("shots")), told.pop("own")
    return Draft(**told, items=tuple(Item(key, shot) for key, shot in zip(own, shots, strict=True)))
