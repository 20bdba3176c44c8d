"""The messages of one answer: which part was sent as which message, and what goes out next. Each part is written down when
it has been sent, so that another process can go on where this one ended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bots.fold import head_length, headed
from bots.outlet import AnswerLost, Buttons, ChatGone, MessageGone, OutletError, Rejected, Rendered, TooLarge
from bots.post import Post
from bots.splitting import Span
from core.ports import Clock
from core.values import SentPart, Turn

log = logging.getLogger(__name__)

DELETE_PATIENCE_S = 10.0
BESIDE = 1_000_000
"""From this number on, messages that carry no words of the answer: its pictures."""


class Record(Protocol):
    """What `core.turns.Turns` keeps of an answer's messages."""

    def shown(self, turn_id: str) -> None: ...

    async def part_sent(self, turn_id: str, part: SentPart) -> None: ...


@dataclass(slots=True)
class _Open:
    """The message that is being written: part `number`, from `start` of the answer. `message_id`: it is on the screen and
    is edited. `unsure`: it may be there, but its id was lost."""

    number: int = 1
    start: int = 0
    message_id: str = ""
    unsure: bool = False


class Parts:
    def __init__(
        self,
        post: Post,
        turn: Turn,
        record: Record,
        clock: Clock,
        *,
        sent: Sequence[SentPart] | None = None,
        reply: bool = False,
    ) -> None:
        """`sent`: what an earlier process wrote down (it may have sent one message more than that); None: there was none.
        `reply`: the first message answers the question visibly. `head` stands above the words of the first message and is
        no part of the answer. `drafted`: the last thing on the screen is a draft without words."""
        self._post, self._turn, self._record, self._clock = post, turn, record, clock
        self._reply = reply
        self._round = 0
        self._done: list[str] = []
        self._said = ""
        self._last_s: float | None = None
        self._open = _Open(message_id=turn.opening_id)
        self._beside: frozenset[int] = frozenset()
        self.head = Rendered("")
        self.drafted = False
        self.complete = False
        if sent is not None:
            self._go_on(sent)

    def _go_on(self, sent: Sequence[SentPart]) -> None:
        self._beside = frozenset(part.number for part in sent if part.number >= BESIDE)
        finals = [part for part in sent if part.final and part.number < BESIDE]
        number = max((part.number for part in finals), default=0) + 1
        end = max((part.end for part in finals), default=0)
        draft = next((part.message_id for part in sent if part.number == number and not part.final), "")
        opening = self._turn.opening_id if number == 1 else ""
        self._open = _Open(number, min(end, len(self._turn.answer)), draft or opening, unsure=not draft)
        self.complete = any(part.end == len(self._turn.answer) for part in finals)

    @property
    def start(self) -> int:
        """Up to here the answer has been sent for good."""
        return self._open.start

    @property
    def number(self) -> int:
        return self._open.number

    def agrees(self, answer: str) -> bool:
        """Whether what this process sent so far is how the answer begins."""
        return answer.startswith(self._said)

    @property
    def unsure(self) -> bool:
        """A message may be on the screen that we have no id of: another preview could be one more."""
        return self._open.unsure

    @property
    def is_open(self) -> bool:
        """A message is on the screen that must still become the next part."""
        return bool(self._open.message_id)

    @property
    def reply_to(self) -> str:
        return self.question if self._open.number == 1 else ""

    @property
    def question(self) -> str:
        """The message that is answered visibly, "" for none."""
        return self._turn.origin_id if self._reply else ""

    @property
    def head_room(self) -> int:
        """What the open message needs for `head`, in UTF-16 units."""
        return head_length(self.head) if self._open.number == 1 else 0

    def headed(self, rendered: Rendered) -> Rendered:
        """The words of the open message with what stands above them."""
        return headed(self.head, rendered) if self._open.number == 1 else rendered

    def has_beside(self, number: int) -> bool:
        """Whether an earlier process sent this message that carries no words."""
        return BESIDE + number in self._beside

    async def beside(self, number: int, message_id: str) -> None:
        """Write down a message that carries no words."""
        await self._record.part_sent(self._turn.id, SentPart(BESIDE + number, message_id, final=True))

    @property
    def nonce(self) -> str:
        return f"{self._turn.id[:18]}:{self._round}:{self._open.number}"

    async def preview(self, rendered: Rendered, buttons: Buttons) -> None:
        """Show a text that still grows, once. Raises OutletError."""
        place, outlet = self._post.here(self._turn.place), self._post.outlets[self._turn.place.platform]
        if self._open.message_id:
            try:
                await outlet.edit(place, self._open.message_id, rendered, buttons=buttons)
            except MessageGone:
                self._anew()
                raise
            return
        try:
            message_id = await outlet.send(place, rendered, reply_to=self.reply_to, buttons=buttons, nonce=self.nonce)
        except AnswerLost:
            self._open.unsure = True
            raise
        self._open.message_id = message_id
        start = self._open.start
        await self._record.part_sent(self._turn.id, SentPart(self._open.number, message_id, start, start))

    async def final(self, span: Span, source: str, buttons: Buttons = ()) -> None:
        """Send a part of `source` for good and write it down. Raises OutletError when that cannot be."""
        self._said = source[: span.end]
        await self._record.part_sent(self._turn.id, await self.put(span, buttons))

    async def put(self, span: Span, buttons: Buttons = ()) -> SentPart:
        """Send a part for good; the caller writes it down."""
        await self.gap()
        try:
            message_id = await self._put(self.headed(span.rendered), buttons)
        except (Rejected, TooLarge) as error:  # the platform dislikes the form: the words alone
            log.warning("a part was sent without its form: %s", error)
            message_id = await self._put(Rendered(span.rendered.text), ())
        return self.sent(message_id, span.end)

    async def gap(self) -> None:
        """The platform wants a pause between the parts of an answer."""
        if self._last_s is not None:
            gap_s = self._last_s + self._post.surface(self._turn.place).part_gap_s - self._clock.monotonic()
            if gap_s > 0:
                await self._clock.sleep(gap_s)

    def sent(self, message_id: str, end: int) -> SentPart:
        """The answer is on its way up to `end`, in this message; what to write down."""
        part = SentPart(self._open.number, message_id, self._open.start, end, final=True)
        self._done.append(message_id)
        self._last_s = self._clock.monotonic()
        self._open = _Open(self._open.number + 1, end)
        return part

    async def void(self) -> None:
        """The answer began again: what was sent is void. The first message is written anew, the others are deleted."""
        done, self._done = self._done, []
        if not done:
            return
        self._said = ""
        self._round += 1
        if self._open.message_id:
            done.append(self._open.message_id)
        for number, message_id in enumerate(done, 1):
            await self._record.part_sent(self._turn.id, SentPart(number, message_id))
            if number > 1:
                await self._delete(message_id)
        self._open = _Open(message_id=done[0])

    # --- inside --------------------

    async def _put(self, rendered: Rendered, buttons: Buttons) -> str:
        opened, place = self._open, self._turn.place
        if opened.message_id:
            message_id = opened.message_id
            try:
                await self._post.must(place, lambda out, there: out.edit(there, message_id, rendered, buttons=buttons))
                return message_id
            except MessageGone:
                self._anew()
        try:
            sent_id = await self._send(rendered, buttons, self.reply_to)
        except MessageGone:  # what it answers
            sent_id = await self._send(rendered, buttons, "")
        if opened.unsure:  # a platform that drops repeated sends has shown an older text
            opened.message_id = sent_id
            await self._refresh(sent_id, rendered, buttons)
        return sent_id

    def _anew(self) -> None:
        """The open message was deleted by somebody: the next one is another message, not the same sent again."""
        self._open.message_id, self._open.unsure = "", False
        self._round += 1

    async def _send(self, rendered: Rendered, buttons: Buttons, reply_to: str) -> str:
        nonce = self.nonce
        return await self._post.must(
            self._turn.place,
            lambda out, there: out.send(there, rendered, reply_to=reply_to, buttons=buttons, nonce=nonce),
        )

    async def _refresh(self, message_id: str, rendered: Rendered, buttons: Buttons) -> None:
        try:
            await self._post.must(
                self._turn.place, lambda out, there: out.edit(there, message_id, rendered, buttons=buttons)
            )
        except MessageGone:
            return

    async def _delete(self, message_id: str) -> None:
        try:
            await self._post.must(
                self._turn.place, lambda out, there: out.delete(there, message_id), patience_s=DELETE_PATIENCE_S
            )
        except ChatGone:
            raise
        except OutletError:
            return
