"""A started turn: its stream, its end and what it cost, its delivery, and what becomes of it when a process dies.

Here is what one process knows of its turns; what is true for all of them is in the rows, written before it shows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from core import bill, questions
from core.answering import Running
from core.context import Context
from core.errors import BotError, NoHearing, PromptTooLong
from core.keeping import Keeping
from core.lanes import Lanes, LaneTaken, Ready
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.orders import OF_JOB
from core.ports import Clock, Contended, Store, Tx
from core.prices import chat_cost
from core.questions import Question
from core.rounds import Rounds
from core.tools.wording import DEED_CHARS, one_line
from core.values import (
    Access,
    Asked,
    Cause,
    Deed,
    Draft,
    Ending,
    Job,
    Joined,
    Micros,
    Place,
    SentPart,
    Started,
    Turn,
    TurnState,
)

log = logging.getLogger(__name__)

JOINS = 10
"""So many messages join one answer; each makes the model read everything again."""

CLAIM = 100
WRITE_AGAIN_S = (0.5, 2.0, 8.0)
"""The end of an answer is in memory alone, so a database that is away for a moment is waited for."""


@dataclass(frozen=True, slots=True)
class Reworded(Joined):
    """Its question has changed in a transaction that is not committed yet."""

    context: Context


class Turns:
    """`running`: the answers of this process by turn id."""

    def __init__(
        self,
        store: Store,
        lanes: Lanes,
        rounds: Rounds,
        purse: Purse,
        keeping: Keeping,
        clock: Clock,
        owner: str,
        limits: Limits = LIMITS,
        *,
        ended: Callable[[Turn], None] = lambda _: None,
    ) -> None:
        """`ended`: told of every answer that has been written down whole."""
        self._store = store
        self._rounds = rounds
        self._purse = purse
        self._keeping = keeping
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._ended = ended
        self.lanes = lanes
        self._closing = False
        self._delivering: set[str] = set()
        self.running: dict[str, Running] = {}

    # --- starting --------------------

    async def start(self, tx: Tx, access: Access, turn: Turn) -> Started:
        """Hold the money and take the lane, in the caller's transaction. Raises OverLimit kinds, PromptTooLong, LaneTaken."""
        return await self.lanes.start(tx, access, turn)

    def own(self, asked: Asked) -> Asked:
        """After the commit: a started turn is this process's to run, and one with another question is asked anew."""
        match asked:
            case Ready(turn, context, access):
                self.running[turn.id] = Running(
                    turn, access, self._clock, self._limits, context, context.input_tokens, offered=context.tools
                )
                return Started(turn)
            case Reworded(turn, context):
                running = self.running[turn.id]
                running.joins += 1
                if turn.version > running.turn.version:  # two that join at once may hear of their commits in any order
                    running.turn, running.context, running.input_tokens = turn, context, context.input_tokens
                return Joined(turn)
            case _:
                return asked

    async def next_in_lane(self, lane: str) -> Turn | None:
        """Start what waits behind a finished answer, joined into one question. A turn that could not start (no credits left)
        comes back ANSWERED with its error, to be told. After `close` nothing starts."""
        if self._closing:
            return None
        try:
            async with self._store.begin() as tx:
                ready = await self.lanes.start_waiting(tx, lane)
        except (LaneTaken, Contended):
            return None
        except BotError as error:
            return await self._refuse(lane, error)
        return self.own(ready).turn if ready else None

    async def _refuse(self, lane: str, error: BotError) -> Turn | None:
        try:
            async with self._store.begin() as tx:
                told = await self.lanes.refuse_waiting(tx, lane, error)
        except (LaneTaken, Contended):
            return None
        if told:
            self._delivering.add(told.id)
        return told

    # --- another question for an answer that nobody has seen --------------------

    def is_new(self, turn: Turn) -> bool:
        """Started here in this moment: its transaction has ended, and whoever made it has not heard so yet."""
        return turn.state is TurnState.RUNNING and turn.owner == self._owner and turn.id not in self.running

    def _unseen(self, turn: Turn) -> Running | None:
        """The answer of this turn, if it runs here and may still begin again."""
        running = self.running.get(turn.id)
        if running is None or not running.unseen or running.joins >= JOINS:
            return None
        return running

    async def reword(self, tx: Tx, after: ExitStack, turn: Turn, question: Question) -> Reworded | None:
        """Change the question of a running turn, in the caller's transaction; None when it is too late or too much for the
        hold. The model is asked again when the caller leaves `after`, which must be after the transaction. Raises
        LaneTaken."""
        running = self._unseen(turn)
        if running is None:
            return None
        tainted = turn.tainted or questions.tainted(question)
        wanted = replace(turn, question=question, tainted=tainted)
        try:
            context = await self.lanes.context(tx, wanted, running.access, running.offered)
            hold = turn.hold - self.lanes.hearing(wanted)
        except (PromptTooLong, NoHearing):
            return None
        running = self._unseen(turn)
        if running is None or not bill.buys_answer(self.lanes.spec_of(turn), hold, context.input_tokens):
            return None
        running.pause()
        after.callback(self._go_on, running)
        saved = await tx.conversations.save_turn(wanted, turn.version)
        if saved is None:
            raise LaneTaken
        return Reworded(saved, context)

    def _go_on(self, running: Running) -> None:
        running.resume()
        self._read(running)

    # --- running --------------------

    async def run(self, turn: Turn) -> AsyncIterator[Draft]:
        """Ask the model and yield the answer so far, as often as the caller looks; `outcome` tells how it ended."""
        running = self.running[turn.id]
        if not running.begun:
            self._read(running)
        try:
            async for draft in running.drafts():
                yield draft
        finally:
            running.end(Ending.INTERRUPTED)
            await running.settled()

    def _read(self, running: Running) -> None:
        running.begin(
            lambda request: self._rounds.ask(running, request),
            lambda: self._rounds.first(running),
            lambda request, heard: self._rounds.next(running, request, heard),
        )

    async def outcome(self, turn_id: str) -> Turn | None:
        """Write the whole answer down and settle its price, before its last parts are sent. None: another process has taken
        the turn over."""
        running = self.running.get(turn_id)
        if running is None:
            async with self._store.read() as tx:
                return await tx.conversations.turn(turn_id)
        try:
            return await self._closed(running)
        finally:
            self.running.pop(turn_id, None)

    async def _closed(self, running: Running) -> Turn | None:
        """Once, whoever asks: an answer that was stopped for a new one is settled before that one begins."""
        async with running.lock:
            if running.closed is None:
                running.end(Ending.INTERRUPTED)
                await running.settled()
                running.closed = (await self._write_end(running),)
            return running.closed[0]

    async def _write_end(self, running: Running) -> Turn | None:
        error = running.error
        turn = replace(
            running.turn,
            answer=running.text,
            thoughts=running.thoughts[: self._limits.thoughts_chars],
            media=await self._keeping.pictures((*running.media, *running.heard.media)),
            deeds=tuple(running.deeds),
            tainted=running.tainted or running.turn.tainted,
            ending=running.ending,
            shown=running.shown,
            usage=self._rounds.usage(running),
            error_key=error.key if error else "",
            error_params=dict(error.params) if error else {},
        )
        spec = self._rounds.spec_that_answered(running)
        cost = bill.cost(spec, turn)
        rounds = chat_cost(spec, running.past)
        if turn.ending is Ending.STOPPED:
            cost = cost or rounds  # else tools would be free for all who stop in time
        cost, lost = (cost + running.extra, 0) if cost else (0, rounds + running.extra)
        for wait_s in WRITE_AGAIN_S:
            try:
                return await self._close(turn, cost, lost)
            except Exception:
                log.exception("the end of an answer could not be written yet", extra={"turn": turn.id})
                await self._clock.sleep(wait_s)
        return await self._close(turn, cost, lost)

    async def _close(self, turn: Turn, cost: Micros, lost: Micros = 0) -> Turn | None:
        """RUNNING -> ANSWERED, with the money settled in the same commit, and the time to deliver it. `lost`: what the
        gateway had for an answer that its person does not pay for."""
        answered = replace(self.lanes.leased(turn), state=TurnState.ANSWERED, cost=min(cost, turn.hold))
        async with self._store.begin() as tx:
            saved = await tx.conversations.save_turn(answered, turn.version)
            if saved:
                await self._purse.settle(tx, turn.id, cost)
                if lost:
                    cause = Cause(turn.person_id, "chat", turn.model)
                    await self._purse.book_house(tx, f"{turn.id}:lost", lost, cause)
        if saved:
            self._delivering.add(turn.id)
            self._ended(saved)
        else:
            log.warning("turn was taken over", extra={"turn": turn.id})
        return saved

    async def run_checkpoints(self) -> None:
        """Until cancelled: write down all running answers every few seconds, in one transaction, keep their leases, and hear
        what another process wants stopped."""
        while True:
            await self._clock.sleep(self._limits.checkpoint_s)
            try:
                await self.checkpoint()
            except Exception:
                log.exception("checkpoint failed")  # the leases outlive many of these; the next one may work

    async def checkpoint(self) -> None:
        texts = {turn_id: (running.text, running.shown) for turn_id, running in self.running.items()}
        if not texts and not self._delivering:
            return
        async with self._store.begin() as tx:
            stopping = await tx.conversations.checkpoint(self._owner, texts, self._delivering, self._lease_ms())
        for turn_id in stopping:
            self._end_here(turn_id)

    def _lease_ms(self) -> int:
        return self._clock.now_ms() + self._limits.turn_lease_ms

    def _end_here(self, turn_id: str) -> None:
        if running := self.running.get(turn_id):
            running.end(Ending.STOPPED)

    # --- delivering --------------------

    def shown(self, turn_id: str) -> None:
        """The first word is being shown: from now on nothing joins."""
        if running := self.running.get(turn_id):
            running.shown = True

    async def spoken(self, turn_id: str) -> None:
        """Some of it is about to be heard: nothing joins any more, and what there is stays, is remembered and charged."""
        self.shown(turn_id)
        if running := self.running.get(turn_id):
            async with self._store.begin() as tx:
                await tx.conversations.checkpoint(self._owner, {turn_id: (running.text, True)}, (), self._lease_ms())

    async def part_sent(self, turn_id: str, part: SentPart) -> None:
        """With the text so far, if the answer still grows: what a person has for good is remembered, and charged."""
        async with self._store.begin() as tx:
            await tx.conversations.save_part(turn_id, part)
            if part.final and (running := self.running.get(turn_id)):
                await tx.conversations.checkpoint(self._owner, {turn_id: (running.text, True)}, (), self._lease_ms())

    async def parts(self, turn_id: str) -> list[SentPart]:
        async with self._store.read() as tx:
            return await tx.conversations.parts(turn_id)

    async def done(self, turn_id: str, part: SentPart | None = None) -> None:
        """All is delivered, `part` being the last of it; the lane is free."""
        self._delivering.discard(turn_id)
        async with self._store.begin() as tx:
            if part:
                await tx.conversations.save_part(turn_id, part)
            await tx.conversations.finish(turn_id)

    # --- stopping --------------------

    async def stop(self, *, place: Place | None = None, turn_id: str = "", person_id: str = "") -> int:
        """End running answers and drop what waits behind them; what came is kept. Returns how many."""
        async with self._store.begin() as tx:
            stopped = await tx.conversations.request_stop(place=place, turn_id=turn_id, person_id=person_id)
        for each in stopped:
            self._end_here(each)
        return len(stopped)

    async def halt(self, turn: Turn) -> None:
        """Stop an answer because its question is asked anew. If it runs here its money is free afterwards; on another
        process that takes until its next checkpoint."""
        if turn.state not in {TurnState.QUEUED, TurnState.RUNNING}:
            return
        await self.stop(turn_id=turn.id)
        if running := self.running.get(turn.id):
            await self._closed(running)

    # --- after a crash, before a stop --------------------

    async def recover(self, platforms: Collection[str]) -> list[Turn]:
        """Answers that a dead process left: unfinished ones end as interrupted at their checkpoint, finished ones are to be
        delivered to their end. Queued turns whose lane is free are started."""
        now_ms = self._clock.now_ms()
        lease_ms = now_ms + self._limits.turn_lease_ms
        async with self._store.begin() as tx:
            claimed = await tx.conversations.claim_turns(platforms, self._owner, now_ms, lease_ms, CLAIM)
        found: list[Turn] = []
        try:
            for turn in claimed:
                if taken := await self._taken_over(turn):
                    found.append(taken)
            async with self._store.read() as tx:
                lanes = await tx.conversations.queued_lanes(platforms, CLAIM)
            for lane in lanes:
                if started := await self.next_in_lane(lane):
                    found.append(started)
        except BaseException:
            for turn in found:  # nobody will hear of them, so their leases must run out
                self._delivering.discard(turn.id)
                self.running.pop(turn.id, None)
            raise
        return found

    async def _taken_over(self, turn: Turn) -> Turn | None:
        """None: it was ours all the time (this process slept longer than its leases)."""
        if running := self.running.get(turn.id):
            running.turn = replace(running.turn, version=turn.version)
            return None
        if turn.id in self._delivering:
            return None
        if turn.state is TurnState.ANSWERED:
            self._delivering.add(turn.id)
            return turn
        ended = replace(turn, ending=Ending.STOPPED if turn.stopping else Ending.INTERRUPTED)
        return await self._close(*(await self._billed(ended)))

    async def _billed(self, turn: Turn) -> tuple[Turn, Micros]:
        """Charged are the input and the checkpoint. What tools ordered is known by their orders."""
        try:
            async with self._store.read() as tx:
                turn = replace(turn, deeds=tuple(_ordered(job) for job in await tx.jobs.of_turn(turn.id)))
                context = await self.lanes.context(tx, turn)
        except BotError:
            return turn, 0  # the models have changed so much that nobody can say
        turn = replace(turn, usage=bill.filled(turn.usage, context.input_tokens, turn.answer))
        return turn, bill.cost(self.lanes.spec_of(turn), turn)

    async def close(self, seconds: float) -> None:
        """Let running answers finish for so long, then end them as interrupted; what came of them is kept and delivered.
        Nothing that waits is started any more."""
        self._closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(running.over() for running in self.running.values()))
        for running in self.running.values():
            running.end(Ending.INTERRUPTED)

    async def release(self) -> None:
        """Hand back the leases of what could not be delivered in time."""
        async with self._store.begin() as tx:
            await tx.conversations.release(self._owner)


def _ordered(job: Job) -> Deed:
    """What a tool did of which only the order is left."""
    return Deed(job.kind, one_line(f"ordered with {job.model}: {job.prompt}", DEED_CHARS), f"{OF_JOB}{job.id}")
