"""Lanes of turns, inside a transaction: what starts at once, what waits and what starts after it. Keeps nothing in memory.

A lane has one running or undelivered turn, whose row with its lease is the lock, so it holds across replicas.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from core import bill, questions
from core.assistant import preferences
from core.catalog import Catalog, ModelSpec
from core.context import Context, Past, build
from core.errors import BotError, NoSearch, NoVision
from core.ledger import Purse
from core.limits import Limits
from core.plans import Rules
from core.ports import Clock, Tx
from core.questions import Question
from core.values import Access, Ending, Micros, Person, Sender, Started, ToolSpec, Turn, TurnState

NAMED = 8
"""So many models are named in a sentence."""


class LaneTaken(Exception):
    """Somebody else was faster in this lane: look again."""


@dataclass(frozen=True, slots=True)
class Ready(Started):
    """Started in a transaction that is not committed yet. `context`: what its model will be asked."""

    context: Context
    access: Access


class Tools(Protocol):
    """What is asked of `core.tools.table.Toolbox` here. Touches no store: it is called inside transactions."""

    async def offered(self, access: Access, spec: ModelSpec) -> tuple[ToolSpec, ...]: ...


class Hearing(Protocol):
    """What is asked of `core.listening.Listening` here."""

    def price(self, parts: Question, spec: ModelSpec) -> Micros: ...


class Lanes:
    def __init__(
        self,
        catalog: Catalog,
        purse: Purse,
        rules: Rules,
        tools: Tools,
        listening: Hearing,
        clock: Clock,
        owner: str,
        limits: Limits,
    ) -> None:
        self._catalog = catalog
        self._tools = tools
        self._listening = listening
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
            raise NoVision(model=spec.name, allowed=", ".join(seeing[:NAMED]))

    def searching(self, spec: ModelSpec) -> ModelSpec:
        """The model itself if it can search the web, else the first that can. Raises NoSearch when none does."""
        if "search" in spec.can:
            return spec
        found = next((row for row in self._catalog.visible("chat") if "search" in row.can), None)
        if found is None:
            raise NoSearch
        return found

    def spec_of(self, turn: Turn) -> ModelSpec:
        """Also of a model that is no longer offered. Raises UnknownModel when there is none at all."""
        return self._catalog.find(turn.model) or self._catalog.default("chat")

    # --- starting --------------------

    async def start(self, tx: Tx, access: Access, turn: Turn) -> Ready:
        """Hold the money and take the lane. Raises OverLimit kinds, PromptTooLong, NoHearing, LaneTaken."""
        ready = await self._ready(tx, access, turn)
        if not await tx.conversations.add_turn(ready.turn):
            raise LaneTaken
        await tx.conversations.set_head(turn.conversation_id, turn.id)
        return ready

    async def _ready(self, tx: Tx, access: Access, turn: Turn) -> Ready:
        spec = self.spec_of(turn)
        tools = await self._tools.offered(access, spec)
        context = await self.context(tx, turn, access, tools)
        ceiling, floor = bill.bounds(spec, context.input_tokens, tools=bool(tools), search=turn.search)
        extra = self.hearing(turn)
        hold = await self._purse.hold_chat(tx, access, ceiling + extra, floor + extra, spec.name, turn.id)
        tainted = turn.tainted or turn.search or questions.tainted(turn.question) or context.past.tainted
        ready = replace(self.leased(turn), state=TurnState.RUNNING, hold=hold, tainted=tainted)
        return Ready(ready, context, access)

    def hearing(self, turn: Turn) -> Micros:
        """What writing down the sound of its question may cost. Raises NoHearing."""
        return self._listening.price(turn.question, self.spec_of(turn))

    async def context(
        self, tx: Tx, turn: Turn, access: Access | None = None, tools: tuple[ToolSpec, ...] = ()
    ) -> Context:
        """Raises PromptTooLong."""
        person = access.person if access else await tx.people.person(turn.person_id)
        return build(self.spec_of(turn), self._rules, turn, await self._past(tx, turn, person), tools)

    async def _past(self, tx: Tx, turn: Turn, person: Person | None) -> Past:
        """The branch after its last summary. Costs the same in a long conversation as in a short one."""
        limit = self._limits.history_turns
        history = await tx.conversations.history(turn.parent_id, limit, to_summary=True) if turn.parent_id else []
        summary = await tx.conversations.summary([history[0].id]) if history else None
        tainted = any(before.tainted or before.person_id != turn.person_id for before in history)
        if summary:
            history = history[1:]
        where = preferences(person).memories if person else "nowhere"
        shown = where == "everywhere" or (where == "private" and turn.place.private)
        memories = [memory.text for memory in await tx.memories.of_person(turn.person_id)] if shown else []
        return Past(history, summary.text if summary else "", memories, tainted)

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
