"""The one table of what the assistant may do by itself. `Toolbox` runs a call of a model: it checks the arguments, asks the
person first where money or changes are at stake, bounds time and text, and never raises.

    FREE      runs at once
    CHANGES   runs at once, unless words of strangers have been read: then it waits for a press
    COSTS     runs at once while all that this answer orders stays within the person's `ask_above`; else, or once words of
              strangers have been read, it waits for a press. Owners too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol
from weakref import WeakValueDictionary

from core.assistant import Proposal, ProposalState, preferences
from core.errors import BotError, JobGone
from core.fence import fenced
from core.limits import LIMITS, Limits
from core.orders import call_id
from core.plans import Rules
from core.ports import Clock, Store
from core.specs import ModelSpec
from core.tools.arguments import BadArguments, read
from core.tools.sentences import told
from core.tools.wording import bounded, one_line
from core.values import Access, Call, Deed, Json, Micros, Part, ToolSpec, Turn

log = logging.getLogger(__name__)

TOOLS_MOST = 64
"""So many are offered to a model; their descriptions are paid for with every question."""

TITLE_CHARS = 600
"""Whole for a fact and for a reminder: nobody says yes to what they are not shown."""


class Effect(StrEnum):
    """COSTS: orders one job through `orders.place(…, turn_id=…, number=…)`, so that the same call never orders twice."""

    FREE = "free"
    CHANGES = "changes"
    COSTS = "costs"


@dataclass(frozen=True, slots=True)
class Acting:
    """One call of one turn. `number`: of the call, never used twice in a turn. `question`: of the turn, its files are called
    "attached:1", "attached:2" … `past`: the branch before it, oldest first. `tainted`: words of strangers were read;
    `seen`: what tools and searches of this turn have brought so far.
    `confirmed`: the person pressed the button."""

    access: Access
    turn: Turn
    number: int
    question: tuple[Part, ...]
    past: tuple[Turn, ...]
    tainted: bool
    confirmed: bool = False
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text`: for the model. `untrusted`: it has words of strangers, and the turn is tainted from now on. `deed`: kept with
    the turn."""

    text: str
    untrusted: bool = False
    failed: bool = False
    deed: Deed | None = None


class Tool(Protocol):
    @property
    def spec(self) -> ToolSpec: ...

    @property
    def effect(self) -> Effect: ...

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        """What it would cost now; 0 for FREE and CHANGES. Checks the arguments as well: raises BotError."""

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        """One line of data (a model, a prompt, a time) that tells the person what their press does."""

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        """Raises BotError."""


class Source(Protocol):
    async def tools(self, access: Access) -> Sequence[Tool]:
        """What this person may use here and now, by their plan, the place and the models that there are."""


class Toolbox:
    """`sources`: in order of rank; a name that is taken already is left out."""

    def __init__(
        self, store: Store, rules: Rules, clock: Clock, sources: Sequence[Source], limits: Limits = LIMITS
    ) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._sources = tuple(sources)
        self._limits = limits
        self._ordering: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def offered(self, access: Access, spec: ModelSpec) -> tuple[ToolSpec, ...]:
        """What a question of this person to this model is sent with."""
        if "tools" not in spec.can:
            return ()
        return tuple(tool.spec for tool in (await self._tools(access)).values())

    async def _tools(self, access: Access) -> dict[str, Tool]:
        if not preferences(access.person).tools:
            return {}
        found: dict[str, Tool] = {}
        for source in self._sources:
            try:
                for tool in await source.tools(access):
                    found.setdefault(tool.spec.name, tool)
            except Exception:  # one server that is away takes nothing from the others
                log.exception("a source of tools is out of order")
        return dict(list(found.items())[:TOOLS_MOST])

    # --- a call of a model --------------------

    async def run(self, acting: Acting, call: Call) -> Outcome:
        """Raises nothing but CancelledError."""
        try:
            async with asyncio.timeout(self._limits.tool_s):
                return self._shown(call.name, await self._run(acting, call))
        except BadArguments as error:
            return Outcome(str(error), failed=True)
        except BotError as error:
            return Outcome(told(error), failed=True)
        except TimeoutError:
            return _late(call.name, self._limits)
        except Exception:
            log.exception("a tool broke", extra={"tool": call.name[:64], "turn": acting.turn.id})
            return Outcome("The tool broke. Do not call it again; tell the person so.", failed=True)

    async def _run(self, acting: Acting, call: Call) -> Outcome:
        tools = await self._tools(acting.access)
        tool = tools.get(call.name)
        if tool is None:
            raise BadArguments(f"There is no tool {call.name[:64]!r}. There are: {', '.join(tools) or 'none'}.")
        arguments = await read(call.arguments, tool.spec.parameters)
        match tool.effect:
            case Effect.FREE:
                return await tool.run(acting, arguments)
            case Effect.CHANGES:
                return await self._weighed(acting, tool, arguments)
            case Effect.COSTS:
                # calls at once are added up one by one
                async with self._ordering.setdefault(acting.turn.id, asyncio.Lock()):
                    return await self._weighed(acting, tool, arguments)

    async def _weighed(self, acting: Acting, tool: Tool, arguments: Mapping[str, Json]) -> Outcome:
        async with self._store.read() as tx:
            turn = await tx.conversations.turn(acting.turn.id)
        if turn is not None and turn.stopping:  # also when all words of the person were deleted in the meantime
            raise BadArguments("Nothing was done: the person has stopped this answer.")
        price = await tool.price(acting, arguments)
        if not acting.confirmed and await self._asks(acting, tool, price):
            return await self._propose(acting, tool, arguments, price)
        return await tool.run(acting, arguments)

    async def _asks(self, acting: Acting, tool: Tool, price: Micros) -> bool:
        """Whether the person has to press first."""
        if tool.effect is Effect.CHANGES:
            return acting.tainted
        async with self._store.read() as tx:
            ordered = {job.id: job.quote for job in await tx.jobs.of_turn(acting.turn.id)}
        if call_id(acting.turn.id, acting.number) in ordered:
            return False  # the same call once more: it orders nothing
        free = preferences(acting.access.person).ask_above * self._rules.credit
        return acting.tainted or free <= 0 or price + sum(ordered.values()) > free

    async def _propose(self, acting: Acting, tool: Tool, arguments: Mapping[str, Json], price: Micros) -> Outcome:
        title = one_line(await tool.title(acting, arguments), TITLE_CHARS)
        turn, access = acting.turn, acting.access
        proposal = Proposal(
            id=f"{turn.id}-{acting.number}",
            turn_id=turn.id,
            person_id=access.person.id,
            account_id=access.account_id,
            place=access.place,
            locale=access.locale,
            tool=tool.spec.name,
            arguments=arguments,
            price=price,
            created_ms=self._clock.now_ms(),
            title=title,
            origin_id=turn.origin_id,
        )
        async with self._store.begin() as tx:
            known = [each for each in await tx.proposals.of_turn(turn.id) if each.id != proposal.id]
            if len(known) >= self._limits.proposals_per_turn:
                return Outcome(
                    f"Not done, and not asked: {len(known)} questions wait for the person already.", failed=True
                )
            await tx.proposals.add(proposal)
        costs = f" ({self._rules.credits(price)} credits)" if price else ""
        return Outcome(
            f"Nothing is done yet: a button under your answer asks the person to confirm this{costs}. Do not call it again "
            "for the same; tell them in few words what waits for their press.",
            deed=Deed(tool.spec.name, f"asked the person to confirm: {title}"),
        )

    # --- the press --------------------

    async def confirm(self, access: Access, proposal: Proposal) -> Outcome:
        """The person said yes. Raises JobGone when it is not theirs, was answered already, cannot be done any more or costs
        more than was shown, and what the tool raises. An order that could not be placed (no credits left, a crash) may be
        pressed again."""
        found, acting = await self._proposed(access, proposal.id)
        tool = (await self._tools(access)).get(found.tool)
        if tool is None:
            raise JobGone(f"{found.id}: no tool {found.tool}")
        price = await tool.price(acting, found.arguments)
        if price > found.price:
            raise JobGone(f"{found.id}: now {price}, shown {found.price}")
        async with self._store.begin() as tx:
            ended = await tx.proposals.end(found.id, ProposalState.DONE)
        if not ended and not (tool.effect is Effect.COSTS and await self._unplaced(found, acting)):
            raise JobGone(f"{found.id}: answered already")
        try:
            async with asyncio.timeout(self._limits.tool_s):
                return self._shown(found.tool, await tool.run(acting, found.arguments))
        except TimeoutError:
            return _late(found.tool, self._limits)

    async def decline(self, access: Access, proposal: Proposal) -> None:
        """The person said no. Raises JobGone when it is not theirs or was answered already."""
        async with self._store.begin() as tx:
            found = await tx.proposals.get(proposal.id)
            mine = found is not None and found.person_id == access.person.id
            if not mine or not await tx.proposals.end(proposal.id, ProposalState.DECLINED):
                raise JobGone(proposal.id)

    async def _proposed(self, access: Access, proposal_id: str) -> tuple[Proposal, Acting]:
        """As it is stored, and the call it stands for."""
        async with self._store.read() as tx:
            found = await tx.proposals.get(proposal_id)
            turn = await tx.conversations.turn(found.turn_id) if found else None
            if found is None or turn is None or found.person_id != access.person.id:
                raise JobGone(proposal_id)
            parent_id = turn.parent_id
            past = await tx.conversations.history(parent_id, self._limits.history_turns) if parent_id else []
        there = replace(access, place=found.place, locale=found.locale)
        number = int(found.id.rpartition("-")[2])
        return found, Acting(there, turn, number, turn.question, tuple(past), tainted=turn.tainted, confirmed=True)

    async def _unplaced(self, proposal: Proposal, acting: Acting) -> bool:
        """Said yes to, but there is no job of it."""
        async with self._store.read() as tx:
            current = await tx.proposals.get(proposal.id)
            job = await tx.jobs.get(call_id(acting.turn.id, acting.number))
        return current is not None and current.state is ProposalState.DONE and job is None

    # --- what the model reads --------------------

    def _shown(self, name: str, outcome: Outcome) -> Outcome:
        text = bounded(outcome.text, self._limits.tool_chars)
        return replace(outcome, text=fenced(name, text) if outcome.untrusted else text)


def _late(name: str, limits: Limits) -> Outcome:
    late = (
        f"The tool {name[:64]} gave no answer within {limits.tool_s:g} seconds; nobody knows whether it did anything."
    )
    return Outcome(late, failed=True)
