"""One growing message of one answer: a native draft where the platform has it, else typing and paced edits.

The latest text wins, one request is in flight, nothing is queued; text is rendered only when it is about to be sent. A full
message is sent for good in mid-stream and the next one goes on. Previews may be dropped; `answers.py` sends the end.
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

from bots.format import fits, with_line
from bots.markdown import blank_until, is_blank
from bots.outlet import Buttons, ChatGone, ChatMoved, Flooded, MessageGone, OutletError, Rejected, Rendered
from bots.pace import woken
from bots.parts import Parts, Record
from bots.post import Post
from bots.signs import Signs
from bots.splitting import Span, cut, settled
from core.ports import Clock
from core.values import Draft, Turn

log = logging.getLogger(__name__)

DRAFT_GROWTH = 15
FAILURES = 3
"""So many previews fail in a row (not by flood control): no more of them for this answer."""
TYPING_S = 4.5
TYPING_GROUP_S = 9.0
TYPING_MOST_S = 60.0
IDLE_S = 60.0
LOOK_S = 0.25
"""How often a text that has grown too little is looked at again."""
NOTHING = Rendered("")


class Rest(NamedTuple):
    """So long there is nothing to do; `news`: unless more text comes."""

    seconds: float
    news: bool = False


class Live:
    """`async with Live(...) as live:` shows what is pushed; leaving it lets the request in flight land."""

    def __init__(
        self,
        post: Post,
        turn: Turn,
        parts: Parts,
        record: Record,
        clock: Clock,
        *,
        drafts: bool,
        no_drafts: Callable[[], None],
        signs: Signs,
        stop: Buttons = (),
        too_long: Rendered = NOTHING,
    ) -> None:
        """`drafts`: use native drafts; `no_drafts` is told when the chat refuses them. `signs`: what is shown before the
        words and while a tool runs. `stop`: the buttons of an edited preview. `too_long`: shown while the answer grows
        beyond what is sent as text."""
        self._post, self._turn, self._parts, self._record, self._clock = post, turn, parts, record, clock
        self._surface = post.surface(turn.place)
        self._drafts, self._no_drafts = drafts, no_drafts
        self._signs, self._stop, self._too_long = signs, stop, too_long
        self._text = ""
        self._thoughts = ""
        self._doing = ""
        self._restarted = False
        self._news = asyncio.Event()
        self._end = asyncio.Event()
        self._off = False
        self._begun_s = clock.monotonic()
        self._first_s = 0.0  # when there was something to show
        self._not_before_s = 0.0
        self._signed_s: float | None = None  # when the last preview or sign of life went
        self._last: Rendered | None = None  # what the open message shows
        self._seen = 0  # characters of the answer that the last preview had
        self._sign = ""  # what the last preview said below the words, or in place of them
        self._kind: tuple[bool, str] | None = None  # of the last preview: with words? which tool?
        self._grown = 0  # characters of words and thoughts then
        self._shows = 0
        self._frames = 0  # previews, those without a word too
        self._failures = 0
        self._task: asyncio.Task[None]

    def push(self, draft: Draft) -> None:
        """The answer so far."""
        self._text, self._doing = draft.text, draft.doing
        self._thoughts = draft.thoughts if self._signs.thoughts else ""
        if draft.restarted or len(draft.text) < self._parts.start:
            self._restarted = True
        self._news.set()

    def end(self) -> None:
        """Nothing new begins; the request in flight may land."""
        self._end.set()
        self._news.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        if kind is not None:
            self._task.cancel()
        (failure,) = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(failure, Exception):  # what was shown does not matter: the answer is sent all the same
            log.error("previews broke", exc_info=failure, extra={"turn": self._turn.id})

    # --- the loop --------------------

    async def _run(self) -> None:
        with self._post.pacer.stream(self._post.here(self._turn.place)):
            while not (self._end.is_set() or self._off):
                self._news.clear()
                try:
                    rest = await self._step()
                except OutletError as error:
                    rest = await self._failed(error)
                if rest.seconds > 0:
                    await woken(self._news if rest.news else self._end, self._clock, rest.seconds)

    async def _step(self) -> Rest:
        """Do what is due."""
        if self._restarted:
            self._restarted = False
            self._seen = 0
            await self._parts.void()
        text = settled(self._text)
        words = not is_blank(text[self._parts.start :])
        sign = self._sign_now(text, words)
        now = self._clock.monotonic()
        if not self._is_new(text, words, sign):
            return await self._sign_of_life(now)
        self._first_s = self._first_s or now
        if self._not_before_s > now:
            return Rest(self._not_before_s - now)
        first_s = self._first_wait_s(text, now)
        if first_s > 0:
            return Rest(min(first_s, LOOK_S))
        if self._has_grown(text, words, now):
            return await self._show(text, words, sign, now)
        return Rest(min((await self._sign_of_life(now)).seconds, LOOK_S))

    def _sign_now(self, text: str, words: bool) -> str:
        """The tool that runs; before the first word, the thinking. A message of its own would be left over behind a part
        that was sent for good, if nothing followed."""
        if not words and not self._drafts and self._parts.number > 1:
            return ""
        if self._doing:
            return self._signs.doing(self._doing)
        return self._signs.thinking(self._thoughts) if is_blank(text) else ""

    def _is_new(self, text: str, words: bool, sign: str) -> bool:
        if words:
            return len(text) != self._seen or sign != self._sign
        return bool(sign) and sign != self._sign

    def _first_wait_s(self, text: str, now: float) -> float:
        """An edited preview begins with a little more than a word, so that it does not jump."""
        if self._drafts or self._shows or self._last is not None or self._parts.number > 1:
            return 0.0
        if len(text) - blank_until(text, 0) >= self._surface.first_edit_chars:
            return 0.0
        return self._first_s + self._surface.first_edit_s - now

    def _has_grown(self, text: str, words: bool, now: float) -> bool:
        """Whether there is enough more to show, or something else, or the model pauses and there is a little."""
        if self._last is None or (self._signed_s is not None and now - self._signed_s > 3 * self._step_s(now)):
            return True
        if (words, self._doing) != self._kind:
            return True
        least = self._surface.min_growth_chars
        grown = abs(len(text) + len(self._thoughts) - self._grown)
        return grown >= (min(DRAFT_GROWTH, least) if self._drafts else least)

    def _step_s(self, now: float) -> float:
        place, surface = self._turn.place, self._surface
        pace = surface.draft_pace if self._drafts else surface.private_pace if place.private else surface.group_pace
        age_s = now - self._begun_s
        return self._post.pacer.step_s(self._post.here(place), pace, age_s, self._frames, share=not self._drafts)

    async def _show(self, text: str, words: bool, sign: str, now: float) -> Rest:
        place = self._post.here(self._turn.place)
        urgent = not self._shows and (words or not self._frames)
        wait_s = self._post.pacer.preview_wait_s(place, urgent=urgent)
        if wait_s > 0:
            self._not_before_s = now + wait_s
            return Rest(wait_s)
        self._parts.head = self._signs.head(self._thoughts)
        span = next(cut(text, self._surface, self._parts.start, head=self._parts.head_room), None)
        if span is None and not sign:
            return Rest(IDLE_S, news=True)
        whole = span is None or span.end == len(text)
        if span is not None and not whole and self._parts.number < self._surface.parts_max:
            self._frames += 1
            self._count()
            await self._parts.final(span, text)
            self._last, self._seen, self._sign, self._kind = None, span.end, "", None
            return Rest(0.0)
        rendered = self._rendered(span, sign) if whole else self._too_long
        self._seen, self._sign, self._kind = len(text), sign, (words, self._doing)
        self._grown = len(text) + len(self._thoughts)
        if rendered != self._last:
            self._post.pacer.book(place)
            self._frames += 1
            self._parts.drafted = self._drafts and span is None
            if span is not None:
                self._count()
            await self._send(rendered)
        now = self._clock.monotonic()
        self._not_before_s = now + self._step_s(now)
        return Rest(0.0)

    def _rendered(self, span: Span | None, sign: str) -> Rendered:
        """The words so far with the fold above them and the sign below, if there is room for that; or the sign alone."""
        if span is None:
            return with_line(NOTHING, sign, self._surface)
        signed = with_line(span.rendered, sign, self._surface) if sign else span.rendered
        room = self._surface.text_max - self._parts.head_room
        return self._parts.headed(signed if fits(signed, self._surface, room) else span.rendered)

    async def _send(self, rendered: Rendered) -> None:
        if self._drafts:
            await self._draft(rendered)
        else:
            await self._parts.preview(rendered, self._stop)
        self._last = rendered
        self._failures = 0
        self._signed_s = self._clock.monotonic()

    async def _draft(self, rendered: Rendered) -> None:
        place = self._post.here(self._turn.place)
        number = zlib.crc32(f"{self._turn.id}:{self._parts.nonce}".encode()) or 1
        await self._post.outlets[place.platform].draft(place, number, rendered)

    def _count(self) -> None:
        """A word is about to be seen."""
        self._shows += 1
        if self._shows == 1:
            self._record.shown(self._turn.id)

    # --- while there is nothing new to show --------------------

    async def _sign_of_life(self, now: float) -> Rest:
        """Typing, "thinking", or keeping a draft alive."""
        every_s = self._sign_every_s(now)
        if every_s is None:
            return Rest(IDLE_S, news=True)
        wait_s = 0.0 if self._signed_s is None else self._signed_s + every_s - now
        place = self._post.here(self._turn.place)
        wait_s = max(wait_s, self._post.pacer.preview_wait_s(place))
        if wait_s > 0:
            return Rest(wait_s, news=True)
        self._post.pacer.book(place)
        self._signed_s = now
        if self._drafts:
            await self._draft(self._last or NOTHING)
        else:
            await self._post.outlets[place.platform].typing(place)
        return Rest(0.0)

    def _sign_every_s(self, now: float) -> float | None:
        if self._drafts:
            return self._surface.draft_life_s * 2 / 3
        if self._parts.is_open or self._shows or now - self._begun_s > TYPING_MOST_S:
            return None
        return TYPING_S if self._turn.place.private else TYPING_GROUP_S

    async def _failed(self, error: OutletError) -> Rest:
        """What a failed preview means for the next one."""
        place, now = self._post.here(self._turn.place), self._clock.monotonic()
        self._signed_s = now
        if isinstance(error, Flooded):
            self._post.pacer.flooded(place, error.retry_after_s)
            self._not_before_s = now + error.retry_after_s
        elif isinstance(error, ChatMoved) and self._failures < FAILURES:
            self._failures += 1
            await self._post.follow(place, error.new_chat)
        elif isinstance(error, Rejected) and self._drafts:
            log.info("no drafts in this chat: %s", error)
            self._drafts = False
            self._no_drafts()
        else:
            # a message that is gone is sent anew; typing may fail
            self._failures += not isinstance(error, MessageGone) and (self._drafts or self._frames > 0)
            self._off = isinstance(error, ChatGone) or self._failures >= FAILURES or self._parts.unsure
            self._not_before_s = now + self._step_s(now)
        self._last, self._seen, self._sign = None, self._parts.start, ""
        return Rest(0.0)
