"""What a stream of Responses says (gateway contract, chat 7.3, 7.4). Pure.

The same words come up to four times: as deltas, and whole at the end of their part, their item and the answer. Each is
given once: whole texts only add what their deltas left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from core.errors import UpstreamDown
from core.gateway.chat.native import is_shallow
from core.gateway.chat.openai_parts import below, count, number, text
from core.gateway.chat.openai_responses_calls import Calls
from core.gateway.failures import Told, from_told, told_error
from core.gateway.wire import Refusal, Start, WireEvent
from core.values import (
    Citation,
    Echo,
    Finished,
    Json,
    StopReason,
    TextDelta,
    ThoughtDelta,
    Usage,
    UsageReport,
)

FAMILY = "openai_responses"

_STARTS = frozenset({"response.created", "response.queued", "response.in_progress"})
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_BROKEN = frozenset({"failed", "cancelled"})
_DELTAS = {
    "response.output_text.delta": "words",
    "response.refusal.delta": "refusal",
    "response.reasoning_summary_text.delta": "summary",
    "response.reasoning_text.delta": "thought",
}
_WHOLES = {
    "response.output_text.done": ("words", "text"),
    "response.refusal.done": ("refusal", "refusal"),
    "response.reasoning_summary_text.done": ("summary", "text"),
    "response.reasoning_text.done": ("thought", "text"),
}
_PART_KINDS = {"output_text": ("words", "text"), "refusal": ("refusal", "refusal")}
_EVENTS: Mapping[str, Callable[[str], WireEvent]] = {
    "words": TextDelta,
    "refusal": Refusal,
    "summary": ThoughtDelta,
    "thought": ThoughtDelta,
}

Key = tuple[str, str, str]
"""Kind of text, item, part."""


class Reader:
    """Reads events, or a whole response from an upstream that does not stream."""

    def __init__(self) -> None:
        self._started = False
        self._over = False
        self._said: dict[Key, list[str]] = {}
        self._calls = Calls()
        self._cited: set[str] = set()
        self._items: dict[str, Json] = {}

    def parse_event(self, data: Json) -> tuple[WireEvent, ...]:
        if not isinstance(data, dict):
            return ()
        kind = text(data.get("type"))
        if self._over and kind not in _STARTS:
            return ()
        if said := _DELTAS.get(kind):
            return tuple(self._delta(said, data))
        if whole := _WHOLES.get(kind):
            return tuple(self._whole((whole[0], *_place(data)), text(data.get(whole[1]))))
        if kind in _STARTS:
            return self._start(data.get("response"))
        if kind in _ENDS:
            return tuple(self._end(data.get("response"), kind.partition(".")[2]))
        if kind == "error":
            # flat, unless a gateway nests it (contract 7.4)
            told = told_error(data) or Told(text(data.get("code")), text(data.get("message")))
            raise from_told(told, UpstreamDown)
        if not kind:
            return tuple(self._bare(data))
        return tuple(self._rarities(kind, data))

    def _bare(self, data: dict[str, Json]) -> Iterator[WireEvent]:
        """JSON without a type: an error, or a whole response."""
        if told := told_error(data):
            raise from_told(told, UpstreamDown)
        status = text(data.get("status"))
        if isinstance(data.get("output"), list) and (not status or f"response.{status}" in _ENDS):
            yield from self._end(data, status or "completed")

    def _start(self, response: Json) -> tuple[WireEvent, ...]:
        response = response if isinstance(response, dict) else {}
        self._started = True
        return (Start(text(response.get("id")), text(response.get("model")), once=True),)

    # --- texts --------------------

    def _delta(self, kind: str, data: dict[str, Json]) -> Iterator[WireEvent]:
        if piece := text(data.get("delta")):
            yield from self._say((kind, *_place(data)), piece)

    def _say(self, key: Key, piece: str) -> Iterator[WireEvent]:
        said = self._said.get(key)
        if said is None:
            if key[0] == "summary" and any(other[0] == "summary" for other in self._said):
                piece = "\n\n" + piece  # a summary has several parts, each with its own heading
                self._said[key] = [piece[2:]]
            else:
                self._said[key] = [piece]
        else:
            said.append(piece)
        yield _EVENTS[key[0]](piece)

    def _whole(self, key: Key, whole: str) -> Iterator[WireEvent]:
        """What of a whole text has not been said; nothing when it is not the text that its deltas began."""
        said = self._said.get(key)
        if said is None:
            # some gateways count parts otherwise at their end, so the same text is looked for under other keys
            if whole and not any(
                key[0] == other[0] and whole == "".join(pieces) for other, pieces in self._said.items()
            ):
                yield from self._say(key, whole)
            return
        before = "".join(said)
        if len(whole) > len(before) and whole.startswith(before):
            yield from self._say(key, whole[len(before) :])

    # --- items --------------------

    def _rarities(self, kind: str, data: dict[str, Json]) -> Iterator[WireEvent]:
        index = number(data.get("output_index"))
        match kind:
            case "response.output_item.added" | "response.output_item.done":
                item = data.get("item")
                is_done = kind.endswith(".done")
                if isinstance(item, dict):
                    if is_done:
                        self._items[index or text(item.get("id")) or str(len(self._items))] = item
                    yield from self._item(item, index, is_done=is_done)
            case "response.content_part.done":
                yield from self._part(data.get("part"), *_place(data))
            case "response.output_text.annotation.added":
                yield from self._cite([data.get("annotation")], again=True)
            case "response.function_call_arguments.delta":
                yield from self._calls.piece(data, text(data.get("delta")))
            case "response.function_call_arguments.done":
                yield from self._calls.whole(data, text(data.get("arguments")))

    def _item(self, item: dict[str, Json], index: str, *, is_done: bool) -> Iterator[WireEvent]:
        """An item as it begins or ends; those of the answer's end have no index, for they may be fewer."""
        match item.get("type"):
            case "function_call":
                yield from self._calls.item(item, index)
            case "message" if is_done:
                for at, part in enumerate(_list(item.get("content"))):
                    yield from self._part(part, index or text(item.get("id")), str(at))
            case "web_search_call" if is_done:
                yield UsageReport(Usage(searches=_searches(list(self._items.values()))))
            case "reasoning" if is_done:
                for at, part in enumerate(_list(item.get("summary"))):
                    summary = text(part.get("text")) if isinstance(part, dict) else ""
                    yield from self._whole(("summary", index or text(item.get("id")), str(at)), summary)

    def _part(self, part: Json, item: str, at: str) -> Iterator[WireEvent]:
        if not isinstance(part, dict):
            return
        kind = text(part.get("type"))
        if named := _PART_KINDS.get(kind):
            yield from self._whole((named[0], item, at), text(part.get(named[1])))
        yield from self._cite(_list(part.get("annotations")), again=False)

    def _cite(self, notes: list[Json], *, again: bool) -> Iterator[WireEvent]:
        """`again`: a page may be cited in several places; the notes that are repeated at the end add only new pages."""
        for note in notes:
            url = text(note.get("url")) if isinstance(note, dict) else ""
            if url and (again or url not in self._cited):
                self._cited.add(url)
                yield Citation(url, text(note.get("title")))

    # --- the end --------------------

    def _end(self, response: Json, kind: str) -> Iterator[WireEvent]:
        response = response if isinstance(response, dict) else {}
        status = text(response.get("status")) or kind
        if kind in _BROKEN or status in _BROKEN:
            error = response.get("error")
            error = error if isinstance(error, dict) else {}
            words = text(error.get("message")) or f"the response is {status}"
            raise from_told(Told(text(error.get("code")), words), UpstreamDown)
        if not self._started:
            yield from self._start(response)
        output = _list(response.get("output"))
        yield from self._missed(output)
        yield from self._usage(response.get("usage"), output)
        items = output or list(self._items.values())
        if items and all(map(is_shallow, items)):
            yield Echo(FAMILY, tuple(items))
        self._over = True
        yield Finished(self._reason(response, "incomplete" if "incomplete" in (kind, status) else "completed"))

    def _reason(self, response: dict[str, Json], status: str) -> StopReason:
        if status == "completed":
            return StopReason.TOOLS if self._calls.any else StopReason.STOP
        why = text(below(response, "incomplete_details", "reason"))
        return StopReason.REFUSED if why == "content_filter" else StopReason.LENGTH

    def _missed(self, output: list[Json]) -> Iterator[WireEvent]:
        """What the whole answer has beyond what the stream said."""
        items = [item for item in output if isinstance(item, dict)]
        for kind in ("summary", "words", "refusal"):
            texts = list(_texts(items, kind))
            said = "".join(piece for key, pieces in self._said.items() if key[0] == kind for piece in pieces)
            whole = "".join(texts)
            if said:
                texts = [whole[len(said) :]] if whole.startswith(said) else []
            for at, words in enumerate(texts):
                if words:
                    yield from self._say((kind, "end", str(at)), words)
        for item in items:
            if item.get("type") == "function_call":
                yield from self._calls.item(item, "")
            for part in _list(item.get("content")) if item.get("type") == "message" else []:
                yield from self._cite(_list(part.get("annotations")) if isinstance(part, dict) else [], again=False)

    def _usage(self, usage: Json, output: list[Json]) -> Iterator[WireEvent]:
        usage = usage if isinstance(usage, dict) else {}
        told = Usage(
            input_tokens=count(usage.get("input_tokens")),
            cached_tokens=count(below(usage, "input_tokens_details", "cached_tokens")),
            output_tokens=count(usage.get("output_tokens")),
            thought_tokens=count(below(usage, "output_tokens_details", "reasoning_tokens")),
            searches=max(_searches(output), _searches(list(self._items.values()))),
        )
        if told != Usage():
            yield UsageReport(told)


def _place(data: dict[str, Json]) -> tuple[str, str]:
    """Item and part of a text. By number where there is one: some gateways make up ids anew for each event."""
    item = number(data.get("output_index")) or text(data.get("item_id"))
    return item, number(data.get("content_index")) or number(data.get("summary_index")) or "0"


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _texts(items: list[dict[str, Json]], kind: str) -> Iterator[str]:
    """All texts of this kind in whole items."""
    for item in items:
        is_thinking = item.get("type") == "reasoning"
        if is_thinking is not (kind == "summary") or not (is_thinking or item.get("type") == "message"):
            continue
        for part in _list(item.get("summary" if is_thinking else "content")):
            if not isinstance(part, dict):
                continue
            said, field = ("summary", "text") if is_thinking else _PART_KINDS.get(text(part.get("type")), ("", ""))
            if said == kind:
                yield text(part.get(field))


def _searches(items: list[Json]) -> int:
    """Searches, which cost; opening a page that was found does not."""
    calls = [item for item in items if isinstance(item, dict) and item.get("type") == "web_search_call"]
    return sum((text(below(call, "action", "type")) or "search") == "search" for call in calls)
