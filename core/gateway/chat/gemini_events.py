"""Gemini's native `streamGenerateContent`: reads the chunks of a stream, or a whole answer, which looks like one (gateway
contract, chat 8.2-8.4).

The model's parts are kept as they came, signatures included, because the vendor wants them back unchanged: together they are
the `Echo`. Only neighbouring pieces of unsigned text are joined. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from core.errors import GatewayError, Moderated, RateLimited, UpstreamDown
from core.gateway.chat.native import is_shallow
from core.gateway.chat.openai_parts import below, count, text
from core.gateway.extract import decode_base64, is_url
from core.gateway.failures import Told, from_told, told_error
from core.gateway.wire import Start, WireEvent
from core.values import (
    Artifact,
    Citation,
    Echo,
    Finished,
    Json,
    Kind,
    MediaOut,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)

TITLE_CHARS = 300

_REFUSED = """SAFETY RECITATION LANGUAGE BLOCKLIST PROHIBITED_CONTENT SPII IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT
    IMAGE_RECITATION MODEL_ARMOR"""
_BROKEN = """OTHER MALFORMED_FUNCTION_CALL UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS MISSING_THOUGHT_SIGNATURE
    MALFORMED_RESPONSE IMAGE_OTHER NO_IMAGE"""
"""The model or the vendor stumbled: a failure when nothing of the answer came, else its end."""

_REASONS = {
    "STOP": StopReason.STOP,
    "MAX_TOKENS": StopReason.LENGTH,
    **dict.fromkeys(_REFUSED.split(), StopReason.REFUSED),
}
_BY_CODE: dict[str, type[GatewayError]] = {"429": RateLimited, "RESOURCE_EXHAUSTED": RateLimited}
_WORDS = frozenset({"text", "thought"})
_NO_REASON = frozenset({"", "FINISH_REASON_UNSPECIFIED"})


class Reader:
    def __init__(self) -> None:
        self._started = False
        self._something = False  # of the answer: words, calls, media
        self._calls = 0
        self._parts: list[Json] = []
        self._run: list[str] = []  # pieces of unsigned text that follow each other
        self._run_thinks = False
        self._echoed = 0
        self._cited: set[str] = set()
        self._queries: set[str] = set()
        self._usage = Usage()

    def parse_event(self, data: Json) -> tuple[WireEvent, ...]:
        return tuple(self._events(data))

    def _events(self, data: Json) -> Iterator[WireEvent]:
        if isinstance(data, list):  # what a vendor sends who was not asked for events: one array of all chunks
            for chunk in data:
                if isinstance(chunk, dict):
                    yield from self._events(chunk)
            return
        if not isinstance(data, dict):
            return
        candidate = _candidate(data.get("candidates"))
        if candidate is None and (told := told_error(data)):
            raise from_told(told, _BY_CODE.get(told.code, UpstreamDown))
        if candidate is not None and not self._started:
            self._started = True
            yield Start(text(data.get("responseId")), text(data.get("modelVersion")))
        candidate = candidate or {}
        yield from self._content(candidate.get("content"))
        yield from self._citations(candidate.get("groundingMetadata"))
        yield from self._report(data.get("usageMetadata"))
        yield from self._ending(text(candidate.get("finishReason")).upper(), data.get("promptFeedback"))

    # --- parts --------------------

    def _content(self, content: Json) -> Iterator[WireEvent]:
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else []:
            if not isinstance(part, dict):
                continue
            if words := text(part.get("text")):
                yield self._say(words, thinks=part.get("thought") is True)
            if part.keys() <= _WORDS:
                self._keep_words(part)
            elif is_shallow(part) and _is_whole(part.get("functionCall")):
                self._keep(part)
                yield from self._rarities(part)

    def _say(self, words: str, *, thinks: bool) -> WireEvent:
        if thinks:
            return ThoughtDelta(words)
        self._something = True
        return TextDelta(words)

    def _rarities(self, part: dict[str, Json]) -> Iterator[WireEvent]:
        """What most parts have none of: calls, media."""
        call = part.get("functionCall")
        if isinstance(call, dict):
            yield self._call(call)
        inline = part.get("inlineData") or part.get("inline_data")
        if isinstance(inline, dict) and part.get("thought") is not True and (artifact := _artifact(inline)):
            self._something = True
            yield MediaOut(artifact)

    def _call(self, call: dict[str, Json]) -> ToolCall:
        """Whole in one part. Where the gateway dropped its id it gets one of ours."""
        number, args = self._calls, call.get("args")
        self._calls += 1
        self._something = True
        arguments = json.dumps(args, ensure_ascii=False) if isinstance(args, dict) else "{}"
        return ToolCall(number, text(call.get("id")) or f"call_{number}", text(call.get("name")), arguments)

    def _keep_words(self, part: dict[str, Json]) -> None:
        thinks = part.get("thought") is True
        if self._run and thinks is not self._run_thinks:
            self._end_run()
        self._run_thinks = thinks
        self._run.append(text(part.get("text")))

    def _keep(self, part: dict[str, Json]) -> None:
        """All but pictures of its thinking, which are large and of no use without a signature."""
        self._end_run()
        if part.get("thought") is not True or part.get("thoughtSignature"):
            self._parts.append(part)

    def _end_run(self) -> None:
        if words := "".join(self._run):
            self._parts.append({"text": words, "thought": True} if self._run_thinks else {"text": words})
        self._run.clear()

    # --- what stands beside them --------------------

    def _citations(self, grounding: Json) -> Iterator[WireEvent]:
        """Each page once; the vendor tells them after the text, and searches by their words."""
        if not isinstance(grounding, dict):
            return
        queries = grounding.get("webSearchQueries")
        self._queries.update(query for query in _list(queries) if isinstance(query, str) and query)
        for chunk in _list(grounding.get("groundingChunks")):
            uri, title = text(below(chunk, "web", "uri")), text(below(chunk, "web", "title"))
            if is_url(uri) and uri not in self._cited:
                self._cited.add(uri)
                yield Citation(uri, title[:TITLE_CHARS])

    def _report(self, usage: Json) -> Iterator[WireEvent]:
        """On each chunk, of all so far. What tools (the search) brought into the prompt is counted beside it."""
        told = usage if isinstance(usage, dict) else {}
        thoughts = count(told.get("thoughtsTokenCount"))
        later = Usage(
            input_tokens=count(told.get("promptTokenCount")) + count(told.get("toolUsePromptTokenCount")),
            cached_tokens=count(told.get("cachedContentTokenCount")),
            output_tokens=count(told.get("candidatesTokenCount")) + thoughts,
            thought_tokens=thoughts,
            searches=len(self._queries) or int(bool(self._cited)),
        )
        if (usage_now := self._usage | later) != self._usage:
            self._usage = usage_now
            yield UsageReport(usage_now)

    # --- the end --------------------

    def _ending(self, reason: str, feedback: Json) -> Iterator[WireEvent]:
        blocked = text(feedback.get("blockReason")) if isinstance(feedback, dict) else ""
        if reason in _NO_REASON:
            if not blocked or blocked.startswith("BLOCK_REASON"):
                return
            if not self._something:
                raise from_told(Told("prompt_blocked", blocked), Moderated)
            reason = "SAFETY"
        if reason in _BROKEN.split() and not self._something:
            raise from_told(Told(reason, "no answer"), UpstreamDown)
        self._end_run()
        if len(self._parts) > self._echoed:
            self._echoed = len(self._parts)
            yield Echo("gemini", tuple(self._parts))
        yield Finished(self._reason(reason))

    def _reason(self, reason: str) -> StopReason:
        """An unknown word: the vendor stopped it (8.2), which only matters when nothing came."""
        unknown = StopReason.STOP if self._something else StopReason.REFUSED
        return _REASONS.get(reason, unknown)


def _candidate(candidates: Json) -> dict[str, Json] | None:
    first = _list(candidates)[:1]
    return first[0] if first and isinstance(first[0], dict) else None


def _is_whole(call: Json) -> bool:
    """A call has a name, or nobody can answer it and the vendor refuses the whole."""
    return not isinstance(call, dict) or bool(text(call.get("name")))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


_KINDS: dict[str, Kind] = {"image": "image", "audio": "audio", "video": "video"}


def _artifact(inline: dict[str, Json]) -> Artifact | None:
    mime = (text(inline.get("mimeType")) or text(inline.get("mime_type"))).lower()
    kind = _KINDS.get(mime.partition("/")[0])
    data = decode_base64(text(inline.get("data"))) if kind else b""
    return Artifact(kind, data=data, mime=mime) if kind and data else None
