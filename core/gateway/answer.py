"""Makes one answer out of a stream's payloads: decodes, lets the family read, and keeps the little state an answer has
(whether it began again, how it ended, text that is not text). No I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby

from core.gateway.chat.inlined import InlinedText
from core.gateway.wire import ChatAdapter, Refusal, Start, WireEvent
from core.values import (
    AnsweredBy,
    ChatEvent,
    Finished,
    Json,
    MediaOut,
    Restarted,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
)

HEAVY_BYTES = 256 * 1024


class Answer:
    def __init__(self, adapter: ChatAdapter, *, restarts: bool, max_chars: int, picture_chars: int) -> None:
        """`restarts`: whether a second start marker voids what came. `max_chars`: after so many it is cut as too long."""
        self._adapter = adapter
        self._restarts = restarts
        self._max_chars = max_chars
        self._picture_chars = picture_chars
        self._id: str | None = None
        self._model = ""
        self._begin()

    def _begin(self) -> None:
        self._reader = self._adapter.reader()
        self._inlined = InlinedText(self._picture_chars)
        self._deltas = 0
        self._chars = 0
        self._reason: StopReason | None = None
        self._refused = False
        self._tools = False

    @property
    def finished(self) -> bool:
        """A finish reason was seen, or it is long enough."""
        return self._reason is not None

    @property
    def too_long(self) -> bool:
        return self._chars > self._max_chars

    def heavy(self, payload: bytes) -> bool:
        """Whether to feed this in a thread."""
        return len(payload) > HEAVY_BYTES or self._inlined.heavy("")

    def feed(self, payload: bytes, events: list[ChatEvent]) -> None:
        """Adds the events of one payload. Raises GatewayError for an error told in it; what is no JSON is skipped."""
        for data in _decoded(payload):
            wire_events = self._reader.parse_event(data)
            if self._begins_again(wire_events):
                self._begin()
                events.append(Restarted())
                wire_events = self._reader.parse_event(data)  # a reader of its own for the new answer
            self._take(wire_events, events)

    def flush(self) -> list[ChatEvent]:
        """The end of the stream: what was held back, then `Finished` if the answer is complete."""
        events = self._inlined.flush()
        if self._reason is not None:
            events.append(Finished(self._ending(self._reason)))
        return events

    def _ending(self, reason: StopReason) -> StopReason:
        if self.too_long:
            return StopReason.LENGTH
        if self._refused:
            return StopReason.REFUSED
        return StopReason.TOOLS if self._tools and reason is StopReason.STOP else reason

    def _take(self, wire_events: Iterable[WireEvent], events: list[ChatEvent]) -> None:
        for event in wire_events:
            match event:
                case TextDelta(text):
                    self._text(text, events)
                case Refusal(text):
                    self._refused = True
                    self._text(text, events)
                case Start(answer_id, model):
                    self._id, self._deltas = answer_id, 0
                    if model and model != self._model:
                        self._model = model
                        events.append(AnsweredBy(model))
                case Finished(reason):
                    self._reason = reason
                case ToolCall():
                    self._tools = True
                    self._deltas += 1
                    events.append(event)
                case ThoughtDelta(text):
                    self._deltas += 1
                    self._chars += len(text)
                    events.append(event)
                case _:
                    events.append(event)

    def _text(self, text: str, events: list[ChatEvent]) -> None:
        self._deltas += 1
        for event in self._inlined.feed(text):
            if isinstance(event, TextDelta | ThoughtDelta):
                self._chars += len(event.text)
            events.append(event)
        if self.too_long:
            self._reason = StopReason.LENGTH

    def _begins_again(self, wire_events: Iterable[WireEvent]) -> bool:
        """The gateway tried again upstream when a new id starts after an answer had begun. Some channels give every chunk a
        role and an id of its own; there never more than one delta stands between two starts."""
        started = next((event for event in wire_events if isinstance(event, Start)), None)
        if started is None or self._id is None or started.id == self._id:
            return False
        return self._restarts and self._deltas > (0 if started.once else 1)


def _decoded(payload: bytes) -> list[Json]:
    """The JSON of a payload; of several lines that are no value together, that of each line."""
    try:
        return [json.loads(payload.decode("utf-8", "replace"))]
    except (ValueError, RecursionError):
        lines = payload.split(b"\n")
        return [value for line in lines for value in _decoded(line)] if len(lines) > 1 else []


def joined(events: list[ChatEvent]) -> list[ChatEvent]:
    """The same events with neighbouring pieces of text put together: what came at once is handled at once."""
    if len(events) < 2:
        return events
    result: list[ChatEvent] = []
    for kind, group in groupby(events, type):
        run = list(group)
        if kind is TextDelta or kind is ThoughtDelta:
            text = "".join(event.text for event in run if isinstance(event, TextDelta | ThoughtDelta))
            result.append(TextDelta(text) if kind is TextDelta else ThoughtDelta(text))
        else:
            result += run
    return result


def is_content(event: ChatEvent) -> bool:
    """Whether something of the answer itself came with this event."""
    return isinstance(event, TextDelta | ThoughtDelta | ToolCall | MediaOut)
