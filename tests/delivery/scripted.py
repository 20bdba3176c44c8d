"""The answers' side of the core in memory: models that speak by script, and a record that outlives a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field, replace

from core.values import Draft, Ending, Place, SentPart, Turn, TurnState

DM = Place("telegram", "7", private=True)
GROUP = Place("telegram", "-100", "4")
CHANNEL = Place("discord", "1", "55")


def turn_of(place: Place, number: int = 1, **changes: object) -> Turn:
    turn = Turn(
        id=f"turn{number:012d}",
        conversation_id="c",
        lane=f"{place.key}|p",
        parent_id="",
        person_id="p",
        account_id="p",
        place=place,
        origin_id="11",
        model="m",
        persona="",
        question=(),
        state=TurnState.RUNNING,
        created_ms=0,
    )
    return replace(turn, **changes)  # type: ignore[arg-type]  # tests name real fields


@dataclass(slots=True)
class Script:
    """What a model says: pieces with the seconds before each. `restart_after`: after so many pieces it begins again.
    `drafts`: what is to be seen of it instead, with the seconds before each look."""

    pieces: list[tuple[float, str]]
    ending: Ending = Ending.COMPLETE
    restart_after: int = 0
    error_key: str = ""
    drafts: list[tuple[float, Draft]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(piece for _, piece in self.pieces)


def words_at(text: str, per_s: float, size: int = 5, first_s: float = 0.3) -> Script:
    """A text in pieces of `size` characters, so many pieces a second."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return Script([(first_s if number == 0 else 1 / per_s, piece) for number, piece in enumerate(pieces)])


@dataclass(slots=True)
class ScriptedTurns:
    """Turns by id; `step` is told before and after each write, so that a test can end the process there."""

    scripts: dict[str, Script] = field(default_factory=dict)
    turns: dict[str, Turn] = field(default_factory=dict)
    written: dict[str, dict[int, SentPart]] = field(default_factory=dict)
    following: dict[str, list[Turn]] = field(default_factory=dict)
    shown_at: dict[str, float] = field(default_factory=dict)
    token_at: dict[str, float] = field(default_factory=dict)
    asked_at: dict[str, float] = field(default_factory=dict)
    finished_at: dict[str, float] = field(default_factory=dict)
    done_at: dict[str, float] = field(default_factory=dict)
    dead: Callable[[str], bool] = lambda name: False
    checkpoint_s: float = 3.0
    _stopped: dict[str, asyncio.Event] = field(default_factory=dict)

    def add(self, turn: Turn, script: Script) -> Turn:
        self.turns[turn.id] = turn
        self.scripts[turn.id] = script
        self.written.setdefault(turn.id, {})
        return turn

    def stop(self, turn_id: str) -> None:
        self._stopped.setdefault(turn_id, asyncio.Event()).set()

    async def run(self, turn: Turn) -> AsyncIterator[Draft]:
        script, loop = self.scripts[turn.id], asyncio.get_running_loop()
        stopped = self._stopped.setdefault(turn.id, asyncio.Event())
        self.asked_at[turn.id] = checkpoint_s = loop.time()
        text, ending, restarted = "", script.ending, False
        for number, (wait_s, piece) in enumerate(script.pieces, 1):
            await asyncio.sleep(wait_s)
            if stopped.is_set():
                ending = Ending.STOPPED
                break
            text += piece
            self.token_at.setdefault(turn.id, loop.time())
            if script.restart_after and number == script.restart_after:
                text, restarted = "", True
            if loop.time() - checkpoint_s >= self.checkpoint_s:
                checkpoint_s = loop.time()
                self.turns[turn.id] = replace(self.turns[turn.id], answer=text)
            yield Draft(text, thoughts=turn.thoughts, restarted=restarted)
            restarted = False
        for wait_s, draft in script.drafts:
            await asyncio.sleep(wait_s)
            text = draft.text
            yield draft
        self.finished_at[turn.id] = loop.time()
        self.turns[turn.id] = replace(turn, answer=text, ending=ending, error_key=script.error_key)

    async def outcome(self, turn_id: str) -> Turn | None:
        await self._step("outcome")
        turn = replace(self.turns[turn_id], state=TurnState.ANSWERED)
        self.turns[turn_id] = turn
        await self._step("outcome done")
        return turn

    def shown(self, turn_id: str) -> None:
        self.shown_at.setdefault(turn_id, asyncio.get_running_loop().time())

    async def spoken(self, turn_id: str) -> None:
        self.shown(turn_id)

    async def part_sent(self, turn_id: str, part: SentPart) -> None:
        await self._step("part")
        self.written[turn_id][part.number] = part
        await self._step("part done")

    async def parts(self, turn_id: str) -> list[SentPart]:
        return [part for _, part in sorted(self.written[turn_id].items())]

    async def done(self, turn_id: str, part: SentPart | None = None) -> None:
        await self._step("done")
        if part is not None:
            self.written[turn_id][part.number] = part
        self.turns[turn_id] = replace(self.turns[turn_id], state=TurnState.DONE)
        self.done_at[turn_id] = asyncio.get_running_loop().time()

    async def next_in_lane(self, lane: str) -> Turn | None:
        waiting = self.following.get(lane)
        return waiting.pop(0) if waiting else None

    async def recover(self, platforms: Collection[str]) -> list[Turn]:
        found = []
        for turn in list(self.turns.values()):
            if turn.state is TurnState.RUNNING:
                self.turns[turn.id] = replace(turn, state=TurnState.ANSWERED, ending=Ending.INTERRUPTED)
            if turn.place.platform in platforms and self.turns[turn.id].state is TurnState.ANSWERED:
                found.append(self.turns[turn.id])
        return found

    async def _step(self, name: str) -> None:
        if self.dead(name):
            await asyncio.Event().wait()


class PlainTexts:
    """Sentences as their keys, so that tests can tell them from what a model said."""

    def __call__(self, locale: str, key: str, **params: object) -> str:
        shown = " ".join(f"{name}={value}" for name, value in sorted(params.items()))
        return f"[{key}{' ' + shown if shown else ''}]"

    def pick(self, language: str | None) -> str:
        return "zh" if language == "zh" else "en"
