"""What a stream of Chat Completions says (gateway contract, chat 5.3, 5.4, 5.9). Pure."""

from __future__ import annotations

from core.errors import UpstreamDown
from core.gateway.chat.openai_parts import below, count, text
from core.gateway.failures import from_told, told_error
from core.gateway.wire import Refusal, Start, WireEvent
from core.values import (
    Citation,
    Finished,
    Json,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)

_REASONS = {
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "max_output_tokens": StopReason.LENGTH,
    "tool_calls": StopReason.TOOLS,
    "tool_use": StopReason.TOOLS,
    "function_call": StopReason.TOOLS,
    "content_filter": StopReason.REFUSED,
    "refusal": StopReason.REFUSED,
    "safety": StopReason.REFUSED,
    "prohibited_content": StopReason.REFUSED,
    "blocklist": StopReason.REFUSED,
    "recitation": StopReason.REFUSED,
}
"""Everything else, and gateways leak much else, means that the model stopped by itself."""

ID_CHARS = 40


class Reader:
    """Reads chunks, or a whole completion from an upstream that does not stream."""

    def __init__(self) -> None:
        self._started = False
        self._id = ""
        self._calls: list[_Call] = []
        self._by_key: dict[str | int, _Call] = {}

    def parse_event(self, data: Json) -> tuple[WireEvent, ...]:
        if not isinstance(data, dict):
            return ()
        if data.get("error") and (told := told_error(data)):
            raise from_told(told, UpstreamDown)
        choices = data.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return _without_choice(data)
        delta = choice.get("delta") or choice.get("message")
        events: list[WireEvent] = []
        if isinstance(delta, dict):
            if "role" in delta or not self._started:
                events.append(self._start(data))
            content = delta.get("content")
            if content.__class__ is str and content:
                events.append(TextDelta(content))
            elif content:
                events.extend(_text_parts(content))
            if len(delta) > 1 or not content:
                self._rarities(delta, events)
        if reason := choice.get("finish_reason"):
            events.extend(self._named_calls())
            events.append(Finished(_REASONS.get(str(reason).lower(), StopReason.STOP)))
        if usage := data.get("usage"):
            events.extend(_usage(usage))
        return tuple(events)

    def _start(self, data: dict[str, Json]) -> Start:
        self._started, self._id = True, str(data.get("id") or "")
        return Start(self._id, text(data.get("model")))

    def _rarities(self, delta: dict[str, Json], events: list[WireEvent]) -> None:
        """What most chunks have none of: thoughts, refusals, spoken words, tool calls, citations."""
        if thought := text(delta.get("reasoning_content")) or text(delta.get("reasoning")):
            events.insert(1 if events and isinstance(events[0], Start) else 0, ThoughtDelta(thought))
        if refusal := text(delta.get("refusal")):
            events.append(Refusal(refusal))
        if spoken := text(below(delta, "audio", "transcript")):
            events.append(TextDelta(spoken))
        calls = delta.get("tool_calls")
        for call in calls if isinstance(calls, list) else []:
            if isinstance(call, dict):
                events.append(self._tool_call(call))
        annotations = delta.get("annotations")
        for note in annotations if isinstance(annotations, list) else []:
            cited = note.get("url_citation") if isinstance(note, dict) else None
            if isinstance(cited, dict) and isinstance(cited.get("url"), str):
                events.append(Citation(cited["url"], str(cited.get("title") or "")))

    # --- calls --------------------

    def _tool_call(self, piece: dict[str, Json]) -> ToolCall:
        """A piece of a call, under our own count of calls. Pieces belong together by index; where it is missing, by id; where
        both are, to the last call. Some upstreams give every whole call the index 0: a new id with a name is a new call."""
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        call_id, name = str(piece.get("id") or ""), str(function.get("name") or "")
        index = piece.get("index")
        key: str | int = index if isinstance(index, int) else call_id
        known = self._by_key.get(key) if key != "" else (self._calls[-1] if self._calls and not name else None)
        if known is None or (name and call_id and known.id and call_id != known.id):
            known = _Call(len(self._calls))
            self._calls.append(known)
            if key != "":
                self._by_key[key] = known
        known.id = known.id or call_id
        return ToolCall(known.number, call_id, name, str(function.get("arguments") or ""))

    def _named_calls(self) -> list[WireEvent]:
        """Ids for calls that came without one: results are told apart by them."""
        unnamed = [call for call in self._calls if not call.id]
        for call in unnamed:
            call.id = f"call_{call.number}_{self._id}"[:ID_CHARS]
        return [ToolCall(call.number, call.id) for call in unnamed]


class _Call:
    def __init__(self, number: int) -> None:
        self.number = number
        self.id = ""


def _without_choice(data: dict[str, Json]) -> tuple[WireEvent, ...]:
    if told := told_error(data):
        raise from_told(told, UpstreamDown)
    return tuple(_usage(data.get("usage")))


def _text_parts(content: Json) -> list[WireEvent]:
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return [TextDelta(words) for words in texts if isinstance(words, str) and words]


def _usage(usage: Json) -> list[WireEvent]:
    if not isinstance(usage, dict):
        return []
    told = Usage(
        input_tokens=count(usage.get("prompt_tokens")),
        cached_tokens=count(below(usage, "prompt_tokens_details", "cached_tokens")),
        output_tokens=count(usage.get("completion_tokens")),
        thought_tokens=count(below(usage, "completion_tokens_details", "reasoning_tokens")),
    )
    return [UsageReport(told)] if told != Usage() else []
