"""One running answer: reads the model's stream without pauses into a growing text that others look at when they like."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import assert_never

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
from core.limits import Limits
from core.ports import Clock
from core.values import (
    ChatEvent,
    ChatRequest,
    Citation,
    Draft,
    Ending,
    Finished,
    MediaOut,
    Restarted,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Turn,
    Usage,
    UsageReport,
)

log = logging.getLogger(__name__)

Ask = Callable[[ChatRequest], AsyncIterator[ChatEvent]]
Prepare = Callable[[], Awaitable[ChatRequest]]

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
    """The state of one answer in this process. `shown`: a person has seen a word of it, so nothing may join any more;
    `joins`: how often something did. `context`: of the question as it is now, until it is asked. `lock`: of whoever writes
    the end down, which `closed` says has been done, with this row (None: another process has the turn)."""

    turn: Turn
    clock: Clock
    limits: Limits
    context: Context | None = None
    input_tokens: int = 0
    shown: bool = False
    joins: int = 0
    usage: Usage = field(default_factory=Usage)
    ending: Ending | None = None
    error: BotError | None = None
    begun: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    closed: tuple[Turn | None] | None = None
    _text: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _length: int = 0
    _thoughts_length: int = 0
    _finish: Ending | None = None
    _restarted: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _reader: asyncio.Task[None] | None = None
    _readers: set[asyncio.Task[None]] = field(default_factory=set)  # also those that still let go of their line
    _pauses: int = 0
    _unpaused: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def text(self) -> str:
        """All of the answer so far; pieces are joined only when somebody looks."""
        return _whole(self._text)

    @property
    def thoughts(self) -> str:
        return _whole(self._thoughts)

    # --- the life of the stream --------------------

    def begin(self, ask: Ask, prepare: Prepare) -> None:
        """Start reading, or start again with another question: what came before is void. Does nothing while the question
        is being changed, and after the end."""
        if self._pauses or self.ending is not None:
            return
        self._let_go()
        self._restarted = bool(self._text or self._thoughts)
        self._void()
        self.begun = True
        self._reader = asyncio.create_task(self._read(ask, prepare), name=f"answer {self.turn.id}")
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
            if self._text or self._thoughts or self._restarted:
                restarted, self._restarted = self._restarted, False
                yield Draft(self.text, self.thoughts, restarted)

    # --- the reader --------------------

    async def _read(self, ask: Ask, prepare: Prepare) -> None:
        error: BotError | None = None
        try:
            request = await prepare()
            async with asyncio.timeout(self.limits.turn_s):
                await self._ask_until_taken(ask, request)
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
                came = self._text or self._thoughts or self._finish
                if came or wait_s is None or asked_s > PATIENCE_S or not self._reads():
                    raise
                log.info("asking again", extra={"turn": self.turn.id, "error": str(error)})
                await self.clock.sleep(max(wait_s, asked_s))
            else:
                return

    async def _consume(self, events: AsyncIterator[ChatEvent]) -> None:
        """Read to the finish reason, after which nothing comes (the gateway client sees to that)."""
        async with aclosing(events) as stream:  # type: ignore[type-var] # an async generator, seen through its protocol
            async for event in stream:
                if self._take(event):
                    return
        raise Unsure("the stream ended without a finish reason")

    def _take(self, event: ChatEvent) -> bool:
        """One event; True when no more is wanted."""
        match event:
            case TextDelta(text):
                self._say(text)
            case ThoughtDelta(text):
                self._think(text)
            case UsageReport(usage):
                self.usage |= usage
            case Finished(reason):
                self._finish = _ENDINGS[reason]
            case Restarted():
                self._void()
                self._restarted = True
                self._changed.set()
            case MediaOut(artifact):
                if artifact.url:
                    self._say(f"\n\n{artifact.url}\n\n")
            case ToolCall() | Citation():
                pass  # neither tools nor search are offered to the model
            case _:
                assert_never(event)
        return self._finish is not None

    def _say(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)
        self._changed.set()
        if self._length > self.limits.stream_chars:
            self._finish = Ending.LENGTH

    def _think(self, text: str) -> None:
        if self._thoughts_length < self.limits.stream_chars:
            self._thoughts.append(text)
            self._thoughts_length += len(text)
        self._changed.set()

    def _void(self) -> None:
        self._text.clear()
        self._thoughts.clear()
        self._length = self._thoughts_length = 0
        self._finish = None
        self.usage = Usage()

    def _conclude(self, error: BotError | None) -> None:
        """The stream is over. Success only when a finish reason was seen, and there is something to show for it."""
        if self.ending is not None:
            return
        said = bool(self.text.strip())
        if said and self._finish:
            self._end_as(self._finish)
            return
        self.error = error or self._nothing_said()
        level = logging.INFO if isinstance(self.error, GatewayError) else logging.WARNING
        facts = {"turn": self.turn.id, "error": str(self.error), "request_id": self.error.request_id}
        log.log(level, "answer broke", extra=facts)
        self._end_as(Ending.CUT if said else Ending.FAILED)

    def _nothing_said(self) -> BotError:
        return Moderated("no words") if self._finish is Ending.REFUSED else NoResult(f"no words, {self._finish}")


def _whole(pieces: list[str]) -> str:
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""
