"""Runs answers: asks the model and, beside that, shows the answer as it grows; then sends what is left of it, with a word on
how it ended, until every part has arrived, and what belongs below it; then goes on with what waits behind it. Finishes what
dead processes left."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Protocol

from bots.beside import Behind, Beside
from bots.cards import Cards
from bots.finals import Finals
from bots.live import Live
from bots.outlet import Button, Buttons, ChatGone, Outlet, OutletError, Rendered
from bots.pace import Pacer, woken
from bots.parts import Parts, Record
from bots.post import Moved, Post
from bots.sentences import Sentences
from bots.shows import Show
from bots.signs import Signs
from core.ports import Clock
from core.values import Draft, Ending, Place, SentPart, Turn, TurnState

log = logging.getLogger(__name__)

NO_DRAFTS_KEPT = 1_000


class Turns(Record, Protocol):
    """What is asked of `core.turns.Turns`."""

    def run(self, turn: Turn) -> AsyncIterator[Draft]: ...

    async def outcome(self, turn_id: str) -> Turn | None: ...

    async def spoken(self, turn_id: str) -> None: ...

    async def parts(self, turn_id: str) -> list[SentPart]: ...

    async def done(self, turn_id: str, part: SentPart | None = None) -> None: ...

    async def next_in_lane(self, lane: str) -> Turn | None: ...

    async def recover(self, platforms: Collection[str]) -> list[Turn]: ...


async def _all_done(tasks: list[asyncio.Task[None]], finished: asyncio.Event) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
    finished.set()


class Gauges(Protocol):
    """What is asked of `bots.metrics.Metrics`."""

    def first_text(self, platform: str, seconds: float) -> None: ...

    def answered(self, platform: str, ending: str, seconds: float) -> None: ...


class _Watched:
    """A record that notes when the first word was shown."""

    def __init__(self, record: Record, note: Callable[[], None]) -> None:
        self._record, self._note = record, note

    def shown(self, turn_id: str) -> None:
        self._note()
        self._record.shown(turn_id)

    async def part_sent(self, turn_id: str, part: SentPart) -> None:
        await self._record.part_sent(turn_id, part)


class Answers:
    """The answers of this process. `start` returns at once; each answer is a task of its own."""

    def __init__(
        self,
        turns: Turns,
        outlets: Mapping[str, Outlet],
        pacer: Pacer,
        texts: Sentences,
        clock: Clock,
        *,
        moved: Moved | None = None,
        gauges: Gauges | None = None,
        behind: Behind | None = None,
    ) -> None:
        """`moved`: told that a chat has a new id. `gauges`: told how long answers take. `behind`: without it, words are all
        that is shown."""
        self._gauges = gauges
        self._turns, self._texts, self._clock = turns, texts, clock
        self._post = Post(outlets, pacer, clock, moved)
        self._finals = Finals(self._post, texts)
        self._beside = Beside(self._post, texts, clock, behind) if behind else None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places: dict[str, int] = {}  # answers now running in a place
        self._drafting: set[str] = set()  # places with an open draft
        self._no_drafts: dict[str, None] = {}  # chats that refuse drafts
        self._closing = False

    @property
    def running(self) -> int:
        return len(self._tasks)

    def start(self, turn: Turn, *, recovered: bool = False) -> None:
        """Run a turn that holds its lane, or tell one that was answered already. `recovered`: some parts may be out."""
        if turn.id not in self._tasks and not self._closing:
            task = asyncio.create_task(self._lane(turn, recovered), name=f"turn {turn.id}")
            self._tasks[turn.id] = task
            task.add_done_callback(lambda _: self._tasks.pop(turn.id, None))

    async def recover(self) -> None:
        """Take over the answers of dead processes, and lanes where something waits."""
        if not self._closing:
            for turn in await self._turns.recover(list(self._post.outlets)):
                self.start(turn, recovered=turn.state is TurnState.ANSWERED)

    async def close(self, seconds: float) -> None:
        """Let what is being delivered arrive, at most so long; the rest is left for the next process."""
        self._closing = True
        if not self._tasks:
            return
        tasks = list(self._tasks.values())
        finished = asyncio.Event()
        waiting = asyncio.create_task(_all_done(tasks, finished))
        await woken(finished, self._clock, seconds)
        for task in tasks:
            task.cancel()
        await waiting

    # --- one answer after the other --------------------

    async def _lane(self, turn: Turn, recovered: bool) -> None:
        following: Turn | None = turn
        while following is not None:
            turn = following
            try:
                await self._answer(turn, recovered)
            except Exception:
                await self._broken(turn)
            following = None if self._closing else await self._next(turn)
            recovered = False

    async def _next(self, turn: Turn) -> Turn | None:
        try:
            return await self._turns.next_in_lane(turn.lane)
        except Exception:
            log.exception("what waits behind an answer could not start", extra={"turn": turn.id})
            return None  # recover() finds it

    async def _broken(self, turn: Turn) -> None:
        """A bug of ours: a reference for the log, a sentence for the person."""
        reference = secrets.token_hex(4)
        log.exception("answer broke", extra={"turn": turn.id, "reference": reference})
        sentence = Rendered(self._texts(turn.locale, "error-internal", reference=reference))
        buttons = self._button(turn, "button-retry", "retry")
        try:
            await self._turns.outcome(turn.id)
            await self._post.must(
                turn.place, lambda out, there: out.send(there, sentence, buttons=buttons), patience_s=60
            )
        except Exception:
            log.exception("and could not be told", extra={"turn": turn.id})
        try:
            await self._turns.done(turn.id)  # else its lane would stay locked as long as this process lives
        except Exception:
            log.exception("and its lane stays locked", extra={"turn": turn.id})

    async def _answer(self, turn: Turn, recovered: bool) -> None:
        busy = self._places.get(turn.place.key, 0)
        self._places[turn.place.key] = busy + 1
        try:
            sent = await self._turns.parts(turn.id) if recovered else None
            reply = bool(busy) or not turn.place.private
            parts = Parts(self._post, turn, self._turns, self._clock, sent=sent, reply=reply)
            show = await self._beside.shows.of(turn) if self._beside else Show()
            ended: Turn | None = turn
            if turn.state is TurnState.RUNNING:
                ended = await self._stream(turn, parts, show)
            if ended is not None:  # else another process has it now
                await self._finish(ended, parts, show)
                if self._gauges and ended.ending and not recovered:
                    self._gauges.answered(turn.place.platform, ended.ending, self._age_s(turn))
        finally:
            self._places[turn.place.key] -= 1
            if not self._places[turn.place.key]:
                del self._places[turn.place.key]

    async def _stream(self, turn: Turn, parts: Parts, show: Show) -> Turn | None:
        """The turn as it ended, written down at once: not only when the platform has answered the last preview."""
        surface = self._post.surface(turn.place)
        key = turn.place.key
        drafts = (
            surface.drafts_in_private
            and turn.place.private
            and not turn.opening_id
            and key not in self._drafting
            and turn.place.chat_key not in self._no_drafts
        )
        if drafts:
            self._drafting.add(key)
        live = Live(
            self._post,
            turn,
            parts,
            _Watched(self._turns, lambda: self._first_text(turn)),
            self._clock,
            drafts=drafts,
            no_drafts=lambda: self._refuses_drafts(turn.place),
            signs=Signs(self._texts, turn.locale, surface, thoughts=show.thoughts),
            stop=self._button(turn, "button-stop", "stop"),
            too_long=Rendered(self._texts(turn.locale, "answer-long")),
        )
        spoken = self._beside.spoken(turn, show, lambda: self._turns.spoken(turn.id)) if self._beside else None
        try:
            async with live:
                async for draft in self._turns.run(turn):
                    live.push(draft)
                    if spoken:
                        spoken.push(draft)
                live.end()
                return await self._turns.outcome(turn.id)
        finally:
            if spoken:
                await spoken.end()
            if drafts:
                self._drafting.discard(key)

    def _age_s(self, turn: Turn) -> float:
        return max(0.0, (self._clock.now_ms() - turn.created_ms) / 1000)

    def _first_text(self, turn: Turn) -> None:
        if self._gauges:
            self._gauges.first_text(turn.place.platform, self._age_s(turn))

    def _refuses_drafts(self, place: Place) -> None:
        self._no_drafts[place.chat_key] = None
        while len(self._no_drafts) > NO_DRAFTS_KEPT:
            del self._no_drafts[next(iter(self._no_drafts))]

    # --- the end of an answer --------------------

    async def _finish(self, turn: Turn, parts: Parts, show: Show) -> None:
        last: SentPart | None = None
        try:
            cards = await self._beside.cards(turn) if self._beside else Cards()
            signs = Signs(self._texts, turn.locale, self._post.surface(turn.place), thoughts=show.thoughts)
            parts.head = signs.head("" if turn.ending is Ending.FAILED else turn.thoughts)
            below = bool(cards or (self._beside and turn.media))
            last = await self._finals.deliver(turn, parts, show, below=below)
            if self._beside and (below or show.voice):
                if last is not None:
                    await self._turns.part_sent(turn.id, last)
                    last = None
                await self._beside.show(turn, parts, show, cards)
        except ChatGone as error:
            log.info("an answer's chat is gone: %s", error, extra={"turn": turn.id})
        except OutletError as error:  # tried for a day
            log.error("an answer could not be delivered: %s", error, extra={"turn": turn.id})
        await self._turns.done(turn.id, last)

    def _button(self, turn: Turn, label: str, verb: str) -> Buttons:
        return ((Button(self._texts(turn.locale, label), data=f"turn:{turn.id}:{verb}"),),)
