"""Lanes of turns, inside a transaction: what starts at once, what waits and what starts after it. Keeps nothing in memory.

A lane has one running or undelivered turn, whose row with its lease is the lock, so it holds across replicas.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from core import bill, questions
from core.catalog import Catalog, ModelSpec
from core.context import Context, build
from core.errors import BotError, NoVision
from core.ledger import Purse
from core.limits import Limits
from core.plans import Rules
from core.ports import Clock, Tx
from core.questions import Question
from core.values import Access, Ending, Sender, Started, Turn, TurnState

SEEING_NAMED = 8


class LaneTaken(Exception):
    """Somebody else was faster in this lane: look again."""


@dataclass(frozen=True, slots=True)
class Ready(Started):
    """Started in a transaction that is not committed yet. `context`: what its model will be asked."""

    context: Context


class Lanes:
    def __init__(self, catalog: Catalog, purse: Purse, rules: Rules, clock: Clock, owner: str, limits: Limits) -> None:
        self._catalog = catalog
        self._purse = purse
        self._rules = rules
        self._clock = clock
        self._owner = owner
        self._limits = limits

    # --- models --------------------

    def choose(self, wanted: str, usual: str) -> ModelSpec:
        """The model asked for, else the conversation's while it still exists, else the default. Raises UnknownModel."""
        if wanted:
            return self._catalog.get(wanted, "chat")
        if usual:
            with suppress(BotError):
                return self._catalog.get(usual, "chat")
        return self._catalog.default("chat")

    def check_sight(self, spec: ModelSpec, question: Question) -> None:
        """Raises NoVision."""
        if "image" not in spec.inputs and any(part.kind == "image" for part in question):
            seeing = [row.name for row in self._catalog.visible("chat") if "image" in row.inputs]
            raise NoVision(model=spec.name, allowed=", ".join(seeing[:SEEING_NAMED]))

    def spec_of(self, turn: Turn) -> ModelSpec:
        """Also of a model that is no longer offered. Raises UnknownModel when there is none at all."""
        return self._catalog.find(turn.model) or self._catalog.default("chat")

    # --- starting --------------------

    async def start(self, tx: Tx, access: Access, turn: Turn) -> Ready:
        """Hold the money and take the lane. Raises OverLimit kinds, PromptTooLong, LaneTaken."""
        ready = await self._ready(tx, access, turn)
        if not await tx.conversations.add_turn(ready.turn):
            raise LaneTaken
        await tx.conversations.set_head(turn.conversation_id, turn.id)
        return ready

    async def _ready(self, tx: Tx, access: Access, turn: Turn) -> Ready:
        spec = self.spec_of(turn)
        context = await self.context(tx, turn)
        ceiling, floor = bill.bounds(spec, context.input_tokens)
        hold = await self._purse.hold_chat(tx, access, ceiling, floor, spec.name, turn.id)
        return Ready(replace(self.leased(turn), state=TurnState.RUNNING, hold=hold), context)

    async def context(self, tx: Tx, turn: Turn) -> Context:
        """Raises PromptTooLong."""
        history = await tx.conversations.history(turn.parent_id, self._limits.history_turns) if turn.parent_id else []
        return build(self.spec_of(turn), self._rules, turn.persona, history, turn.question)

    def leased(self, turn: Turn) -> Turn:
        """Ours, for as long as a lease lasts."""
        return replace(turn, owner=self._owner, lease_ms=self._clock.now_ms() + self._limits.turn_lease_ms)

    # --- what waits --------------------

    async def start_waiting(self, tx: Tx, lane: str) -> Ready | None:
        """Start what waits in a free lane; None when nothing does, or something runs. Raises OverLimit kinds, PromptTooLong,
        LaneTaken."""
        turn = await self._merged(tx, lane)
        if turn is None:
            return None
        person = await tx.people.person(turn.person_id)
        if person is None or person.banned:
            await tx.conversations.save_turn(replace(turn, state=TurnState.DROPPED), turn.version)
            return None
        access = Access(person, Sender(turn.place.platform, ""), turn.place, turn.account_id, turn.locale)
        ready = await self._ready(tx, access, turn)
        return replace(ready, turn=await self._take(tx, ready.turn))

    async def refuse_waiting(self, tx: Tx, lane: str, error: BotError) -> Turn | None:
        """What waits cannot start: its answer is the reason. Raises LaneTaken."""
        turn = await self._merged(tx, lane)
        if turn is None:
            return None
        failed = replace(turn, ending=Ending.FAILED, error_key=error.key, error_params=dict(error.params))
        return await self._take(tx, replace(self.leased(failed), state=TurnState.ANSWERED))

    async def _merged(self, tx: Tx, lane: str) -> Turn | None:
        """What waits in a free lane, as one turn; the others are dropped."""
        waiting = await tx.conversations.lane(lane)
        if not waiting or any(turn.state is not TurnState.QUEUED for turn in waiting):
            return None
        taken = questions.together(waiting, self._limits)
        for turn in taken[1:]:
            if not await tx.conversations.save_turn(replace(turn, state=TurnState.DROPPED), turn.version):
                raise LaneTaken
        conversation = await tx.conversations.conversation_by_id(taken[0].conversation_id)
        return replace(questions.merged(taken), parent_id=conversation.head)

    async def _take(self, tx: Tx, turn: Turn) -> Turn:
        saved = await tx.conversations.save_turn(turn, turn.version)
        if saved is None:
            raise LaneTaken
        await tx.conversations.set_head(saved.conversation_id, saved.id)
        return saved
