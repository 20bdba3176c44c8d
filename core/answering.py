"""One running answer: reads the model's streams without pauses into a growing text that others look at when they like.

An answer has one round, or several: after a round that ends with calls of tools the model is asked again with their results.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from core.context import Context
from core.errors import (
    BotError,
    GatewayError,
    Moderated,
    NoResult,
    NotTaken,
    RateLimited,
    Unsure,
    UpstreamDown,
)
from core.heard import Heard, Sources
from core.limits import Limits
from core.ports import Clock
from core.values import (
    Access,
    Artifact,
    ChatEvent,
    ChatRequest,
    Deed,
    Draft,
    Ending,
    Micros,
    StopReason,
    ToolSpec,
    Turn,
    Usage,
)

log = logging.getLogger(__name__)

Ask = Callable[[ChatRequest], AsyncIterator[ChatEvent]]
Prepare = Callable[[], Awaitable[ChatRequest]]
Act = Callable[[ChatRequest, Heard], Awaitable[ChatRequest | None]]
"""Carries out what a round called for; gives what to ask next, or None when the answer must end here."""

AGAIN_AFTER_S = (2.0, 6.0)
"""A question may be asked again while nothing has come (gateway contract, chat 2.2)."""

PATIENCE_S = 30.0
"""A gateway that wants us to wait longer has refused."""

_ENDINGS = {
    StopReason.STOP: Ending.COMPLETE,
    StopReason.TOOLS: Ending.COMPLETE,
    StopReason.LENGTH: Ending.LENGTH,
    StopReason.REFUSED: Ending.REFUSED,
}


@dataclass(slots=True, eq=False)
class Running:
    """The state of one answer in this process. `shown`: a person has seen a word of it, `acted`: a tool was called, so
    nothing may join any more; `joins`: how often something did. `context`: of the question as it is now, until it is asked.

    `past`, `media`, `deeds`, `rounds`, `calls`: of the rounds that have ended; `extra`: what was paid to other models,
    `written`: the words of files that they wrote down for it, by the file.
    `offered`, `branch`: the tools and the turns that the model was shown; `seen`: what tools have brought. `doing`: the
    tool that runs now.

    `lock`: of whoever writes the end down, which `closed` says has been done, with this row (None: another process has
    the turn)."""

    turn: Turn
    access: Access | None
    clock: Clock
    limits: Limits
    context: Context | None = None
    input_tokens: int = 0
    shown: bool = False
    acted: bool = False
    joins: int = 0
    past: Usage = field(default_factory=Usage)
    extra: Micros = 0
    written: dict[str, str] = field(default_factory=dict)
    media: list[Artifact] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    tainted: bool = False
    offered: tuple[ToolSpec, ...] = ()
    branch: tuple[Turn, ...] = ()
    seen: list[str] = field(default_factory=list)
    rounds: int = 0
    calls: int = 0
    doing: str = ""
    ending: Ending | None = None
    error: BotError | None = None
    begun: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    closed: tuple[Turn | None] | None = None
    sources: Sources = field(default_factory=Sources)
    heard: Heard = field(init=False)
    _said: list[str] = field(default_factory=list)
    _thought: list[str] = field(default_factory=list)
    _tail: str = ""
    _restarted: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _reader: asyncio.Task[None] | None = None
    _readers: set[asyncio.Task[None]] = field(default_factory=set)  # also those that still let go of their line
    _pauses: int = 0
    _unpaused: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.heard = Heard(self.limits, self.sources)

    @property
    def text(self) -> str:
        """All of the answer so far."""
        return "".join((*self._said, self.heard.text, self._tail))

    @property
    def thoughts(self) -> str:
        return "".join((*self._thought, self.heard.thoughts))

    @property
    def unseen(self) -> bool:
        """Nobody has seen a word and nothing was done, so it may still begin again."""
        return not self.shown and not self.acted and self.ending is None

    # --- the life of the stream --------------------

    def begin(self, ask: Ask, prepare: Prepare, act: Act) -> None:
        """Start reading, or start again with another question: what came before is void. Does nothing while the question
        is being changed, and after the end."""
        if self._pauses or self.ending is not None:
            return
        self._let_go()
        self._restarted = bool(self.heard.text or self.heard.thoughts)
        self.heard.void()
        self.begun = True
        self._reader = asyncio.create_task(self._read(ask, prepare, act), name=f"answer {self.turn.id}")
        self._readers.add(self._reader)
        self._reader.add_done_callback(self._readers.discard)

    def pause(self) -> None:
        """Let go of the stream, so that the answer cannot end by itself while its question is changed. Each `pause` is
        followed by a `resume`."""
        self._pauses += 1
        self._unpaused.clear()
        self.begun = True
        self._let_go()

    def resume(self) -> None:
        """`begin` works again; nothing is read until then."""
        self._pauses -= 1
        if not self._pauses:
            self._unpaused.set()

    def _let_go(self) -> None:
        if self._reader:
            self._reader.cancel()
            self._reader = None

    def end(self, ending: Ending) -> None:
        """Stop reading now and keep what came. Does nothing once the answer has ended."""
        if self.ending is None:
            self._let_go()
            self._end_as(ending)

    def _end_as(self, ending: Ending) -> None:
        self._tail = self.sources.listed() if self.text.strip() else ""
        self.ending = ending
        self._over.set()
        self._changed.set()

    async def over(self) -> None:
        """Until the answer has ended."""
        await self._over.wait()

    async def settled(self) -> None:
        """After the end: until nobody changes the question any more and the line is free."""
        if self._pauses:
            await self._unpaused.wait()
        if self._readers:
            await asyncio.wait(self._readers)

    async def drafts(self) -> AsyncIterator[Draft]:
        """The answer so far, whenever it has changed since the last look; ends with the answer. Latest wins."""
        while self.ending is None:
            await self._changed.wait()
            self._changed.clear()
            text, thoughts = self.text, self.thoughts
            if text or thoughts or self.doing or self._restarted:
                restarted, self._restarted = self._restarted, False
                yield Draft(text, thoughts, restarted, self.doing)

    # --- the reader --------------------

    async def _read(self, ask: Ask, prepare: Prepare, act: Act) -> None:
        error: BotError | None = None
        try:
            async with asyncio.timeout(self.limits.turn_s):
                request: ChatRequest | None = await prepare()
                while request is not None:
                    await self._ask_until_taken(ask, request)
                    request = await self._go_on(act, request)
        except TimeoutError:
            error = UpstreamDown("the answer took too long")
        except BotError as caught:
            error = caught
        except Exception as caught:
            log.exception("answer failed", extra={"turn": self.turn.id})
            error = BotError(repr(caught), reference=self.turn.id)
        if self._reads():
            self._conclude(error)

    def _reads(self) -> bool:
        """Whether the reader that calls is the answer's: a line that was let go of says nothing about it any more."""
        return self._reader is asyncio.current_task()

    async def _ask_until_taken(self, ask: Ask, request: ChatRequest) -> None:
        for wait_s in (*AGAIN_AFTER_S, None):
            try:
                await self._consume(ask(request))
            except (NotTaken, RateLimited, UpstreamDown, Unsure) as error:
                asked_s = error.retry_after_s if isinstance(error, RateLimited) else 0.0
                if self.heard.something or wait_s is None or asked_s > PATIENCE_S or not self._reads():
                    raise
                log.info("asking again", extra={"turn": self.turn.id, "error": str(error)})
                await self.clock.sleep(max(wait_s, asked_s))
            else:
                return

    async def _consume(self, events: AsyncIterator[ChatEvent]) -> None:
        """Read to the finish reason, after which nothing comes (the gateway client sees to that)."""
        async with aclosing(events) as stream:  # type: ignore[type-var] # an async generator, seen through its protocol
            async for event in stream:
                finished = self.heard.take(event)
                self._restarted = self._restarted or self.heard.restarted
                self.heard.restarted = False
                self._changed.set()
                if finished:
                    return
        raise Unsure("the stream ended without a finish reason")

    # --- one round after the other --------------------

    async def _go_on(self, act: Act, request: ChatRequest) -> ChatRequest | None:
        """What to ask after a round that ended with calls; None after the last round."""
        heard = self.heard
        if heard.reason is not StopReason.TOOLS or not self._reads():
            return None
        self.acted = True
        following = await act(request, heard)
        if following is not None:
            self.keep_round(heard.usage)
        return following

    def keep_round(self, usage: Usage) -> None:
        """The round has ended and another one follows: what it said stays. `usage`: with what the gateway did not tell."""
        ended = self.heard
        self._said.append(ended.text + "\n\n" if ended.text.strip() else "")
        self._thought.append(ended.thoughts)
        self.media += ended.media
        self.past += usage
        self.heard = Heard(self.limits, self.sources, answered_by=ended.answered_by)

    def do(self, tool: str) -> None:
        """The tool that runs now, "" = none; whoever watches is told."""
        self.doing = tool
        self._changed.set()

    # --- the end --------------------

    def _conclude(self, error: BotError | None) -> None:
        """The stream is over. Success only when a finish reason was seen, and there is something to show for it."""
        if self.ending is not None:
            return
        finish = self.heard.reason
        said = bool(self.text.strip() or self.media or self.heard.media or self.deeds or (self.rounds and finish))
        if said and finish and (error is None or finish is not StopReason.TOOLS):
            self._end_as(_ENDINGS[finish])
            return
        self.error = error or self._nothing_said()
        level = logging.INFO if isinstance(self.error, GatewayError) else logging.WARNING
        facts = {"turn": self.turn.id, "error": str(self.error), "request_id": self.error.request_id}
        log.log(level, "answer broke", extra=facts)
        self._end_as(Ending.CUT if said else Ending.FAILED)

    def _nothing_said(self) -> BotError:
        finish = self.heard.reason
        return Moderated("no words") if finish is StopReason.REFUSED else NoResult(f"no words, {finish}")
