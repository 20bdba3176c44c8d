"""Claude's native Messages: reads the events of a stream, or a whole message (gateway contract, chat 9.2-9.4, 9.6, 9.7).

Blocks are kept as they came, because the vendor wants them back unchanged: together they are the `Echo`. Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from core.errors import UpstreamDown
from core.gateway.chat.native import is_shallow, object_of
from core.gateway.chat.openai_parts import below, count, text
from core.gateway.extract import is_url
from core.gateway.failures import from_told, told_error
from core.gateway.wire import Refusal, Start, WireEvent
from core.values import (
    Citation,
    Echo,
    Finished,
    Json,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)

TITLE_CHARS = 300

_REASONS = {
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "tool_use": StopReason.TOOLS,
    "pause_turn": StopReason.TOOLS,
    "refusal": StopReason.REFUSED,
}
_SAYS = {"text_delta": "text", "thinking_delta": "thinking"}
"""The kind of block that a delta belongs to; the words stand in a field of the same name."""


@dataclass(slots=True)
class _Block:
    """`pieces`: of its words, or of the JSON text of its input."""

    number: int
    kind: str
    fields: dict[str, Json]
    pieces: list[str] = field(default_factory=list)
    citations: list[Json] = field(default_factory=list)
    open: bool = True

    def echo(self) -> Json:
        """As it goes back; None for what the vendor would refuse: texts of blanks, thoughts that lost their signature,
        calls without a name."""
        joined = "".join(self.pieces)
        if self.kind == "text":
            kept = {name: value for name, value in self.fields.items() if name != "citations"}
            cited = {"citations": self.citations} if self.citations else {}
            return {**kept, "text": joined, **cited} if joined.strip() else None
        if self.kind == "thinking":
            return {**self.fields, "thinking": joined} if text(self.fields.get("signature")) else None
        if self.kind == "tool_use" and not (text(self.fields.get("id")) and text(self.fields.get("name"))):
            return None
        if self.kind.endswith("tool_use"):
            return {**self.fields, "input": object_of(joined) if joined.strip() else self.fields.get("input") or {}}
        return self.fields


class Reader:
    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._id = ""
        self._blocks: list[_Block] = []
        self._at: dict[Json, _Block] = {}
        self._reason = ""
        self._told: dict[str, int] = {}
        self._reported = Usage()

    def parse_event(self, data: Json) -> tuple[WireEvent, ...]:
        if not isinstance(data, dict):
            return ()
        match data.get("type"):
            case "content_block_delta":
                return tuple(self._delta(data))
            case "content_block_start":
                return tuple(self._open(data.get("index"), data.get("content_block")))
            case "content_block_stop":
                return tuple(self._close(self._block(data)))
            case "message_start":
                return tuple(self._start(data.get("message")))
            case "message_delta":
                return tuple(self._message_delta(data.get("delta"), data.get("usage")))
            case "message_stop":
                return tuple(self._end())
            case "message":
                return tuple(self._whole(data))
            case "ping":
                return ()
            case kind:
                if told := told_error(data):
                    raise from_told(told, UpstreamDown)
                if kind == "error":
                    raise UpstreamDown("an error without words")
                return ()

    # --- the frame --------------------

    def _start(self, message: Json) -> list[WireEvent]:
        """Of another answer: what stood before it is void, here and for whoever listens."""
        told = message if isinstance(message, dict) else {}
        started = Start(text(told.get("id")), text(told.get("model")), once=True)
        if started.id != self._id:
            self._begin()
            self._id = started.id
        return [started, *self._usage(told.get("usage"))]

    def _message_delta(self, delta: Json, usage: Json) -> list[WireEvent]:
        events: list[WireEvent] = []
        if isinstance(delta, dict) and (reason := text(delta.get("stop_reason"))):
            self._reason = reason
            explanation = text(below(delta, "stop_details", "explanation")).strip()
            if reason == "refusal" and explanation:
                events.append(Refusal("\n\n" + explanation if self._has_words() else explanation))
        return events + self._usage(usage)

    def _has_words(self) -> bool:
        return any(block.kind == "text" and block.pieces for block in self._blocks)

    def _end(self) -> list[WireEvent]:
        events = [event for block in self._blocks for event in self._close(block)]
        events += self._usage({})
        if items := tuple(item for block in self._blocks if (item := block.echo())):
            events.append(Echo("claude", items))
        events.append(Finished(_REASONS.get(self._reason, StopReason.STOP)))
        return events

    def _whole(self, message: dict[str, Json]) -> list[WireEvent]:
        """The answer of an upstream that does not stream."""
        events = self._start(message)
        content = message.get("content")
        for number, block in enumerate(content if isinstance(content, list) else []):
            events += self._open(number, block)
            events += self._close(self._at.get(number))
        return events + self._message_delta(message, None) + self._end()

    # --- blocks --------------------

    def _open(self, index: Json, given: Json) -> list[WireEvent]:
        fields = given if isinstance(given, dict) and is_shallow(given) else {}
        block = _Block(len(self._blocks), text(fields.get("type")), dict(fields))
        self._blocks.append(block)
        self._at[index if isinstance(index, int) else None] = block
        events: list[WireEvent] = []
        if block.kind in _SAYS.values():
            events += self._say(block, text(fields.get(block.kind)))
        elif block.kind == "tool_use":
            events.append(ToolCall(block.number, text(fields.get("id")), text(fields.get("name"))))
        cited = fields.get("citations")
        block.citations += cited if isinstance(cited, list) else []
        return events

    def _block(self, data: dict[str, Json]) -> _Block | None:
        """By its index; where a relay leaves that out, the last one."""
        index = data.get("index")
        return self._at.get(index if isinstance(index, int) else None)

    def _delta(self, data: dict[str, Json]) -> list[WireEvent]:
        delta = data.get("delta")
        if not isinstance(delta, dict):
            return []
        kind, block = text(delta.get("type")), self._block(data)
        says = _SAYS.get(kind)
        if says and (block is None or block.kind != says):  # some relay forgot to start it
            self._open(data.get("index"), {"type": says})
            block = self._blocks[-1]
        if block is None:
            return []
        if says:
            return self._say(block, text(delta.get(says)))
        if kind == "input_json_delta":
            return self._input(block, text(delta.get("partial_json")))
        if kind == "signature_delta":
            block.fields["signature"] = text(delta.get("signature"))
        elif kind == "citations_delta" and is_shallow(delta):
            block.citations.append(delta.get("citation"))
        return []

    def _say(self, block: _Block, words: str) -> list[WireEvent]:
        if not words:
            return []
        block.pieces.append(words)
        return [ThoughtDelta(words) if block.kind == "thinking" else TextDelta(words)]

    def _input(self, block: _Block, piece: str) -> list[WireEvent]:
        if not piece:
            return []
        block.pieces.append(piece)
        return [ToolCall(block.number, arguments=piece)] if block.kind == "tool_use" else []

    def _close(self, block: _Block | None) -> list[WireEvent]:
        """Citations are told behind the words of their block: some upstreams send them in front of the words."""
        if block is None or not block.open:
            return []
        block.open = False
        if block.kind == "tool_use" and not "".join(block.pieces).strip():
            return [ToolCall(block.number, arguments=_whole_input(block.fields.get("input")))]
        pages = [cited for cited in block.citations if isinstance(cited, dict) and is_url(cited.get("url"))]
        titles = {page["url"]: text(page.get("title"))[:TITLE_CHARS] for page in pages}
        return [Citation(url, title) for url, title in titles.items()]

    # --- usage --------------------

    def _usage(self, usage: Json) -> list[WireEvent]:
        """The last value of each field that is not missing; of input the vendor tells what was not in its cache (9.2)."""
        if not isinstance(usage, dict):
            return []
        told = {
            "fresh": count(usage.get("input_tokens")),
            "written": count(usage.get("cache_creation_input_tokens")),
            "read": count(usage.get("cache_read_input_tokens")),
            "output": count(usage.get("output_tokens")),
            "thoughts": count(below(usage, "output_tokens_details", "thinking_tokens")),
            "searches": count(below(usage, "server_tool_use", "web_search_requests")),
        }
        self._told.update({name: number for name, number in told.items() if number})
        said = {name: self._told.get(name, 0) for name in told}
        report = Usage(
            input_tokens=said["fresh"] + said["written"] + said["read"],
            cached_tokens=said["read"],
            output_tokens=said["output"],
            thought_tokens=said["thoughts"],
            searches=said["searches"] or sum(map(_is_search, self._blocks)),
        )
        if report == self._reported:
            return []
        self._reported = report
        return [UsageReport(report)]


def _whole_input(value: Json) -> str:
    """The input of a call that came with the block's start."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "{}"


def _is_search(block: _Block) -> bool:
    """A search that found something; one that failed has an error in place of the list, and is not charged."""
    return block.kind == "web_search_tool_result" and isinstance(block.fields.get("content"), list)
