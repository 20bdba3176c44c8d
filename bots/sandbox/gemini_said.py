"""One answer as Gemini's responses, whole or in chunks (gateway contract, chat 8.2 and 8.3). Pure, but for ids."""

import base64
import json
from collections.abc import Iterator

from bots.sandbox.answers import split
from bots.sandbox.gemini_rules import sign_call
from bots.sandbox.seals import seal
from bots.sandbox.turn import Item, Page, Picture, Say, Search, Thought, Turn, Use

_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}

Json = dict[str, object]


class Candidate:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._thought = 0  # tokens so far
        self._said = 0
        self._calls = 0

    def whole(self) -> Json:
        parts = [part for item in self._turn.items for part in self._whole_item(item)]
        if self._turn.thoughts and not self._calls and parts:
            parts[-1]["thoughtSignature"] = seal("answer", self._turn.text)
        self._thought, self._said = self._turn.thought_tokens, self._turn.said_tokens
        return self._chunk(parts, self._reason, last=True)

    def opening(self) -> bytes:
        return b""

    def deltas(self) -> Iterator[bytes]:
        for item in self._turn.items:
            for part in self._parts(item):
                yield _event(self._chunk([part]))

    def ending(self) -> bytes:
        """The last chunk: an empty part with the signature, the finish, the pages and the whole count."""
        self._thought, self._said = self._turn.thought_tokens, self._turn.said_tokens
        parts: list[Json] = []
        if self._turn.thoughts and not self._calls:
            parts = [{"text": "", "thoughtSignature": seal("answer", self._turn.text)}]
        return _event(self._chunk(parts, self._reason, last=True))

    def broken(self, *, bare: bool) -> bytes:
        error: Json = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
        return f"{json.dumps(error)}\n".encode() if bare else _event(error)

    @property
    def _reason(self) -> str | None:
        stop = self._turn.stop
        return stop if stop is None else _REASONS.get(stop, stop)

    def _whole_item(self, item: Item) -> list[Json]:
        match item:
            case Thought() | Say():
                part: Json = {"text": item.text}
                if isinstance(item, Thought):
                    part["thought"] = True
                return [part] if item.text else []
            case _:
                return list(self._parts(item))

    def _parts(self, item: Item) -> Iterator[Json]:
        match item:
            case Thought(pieces):
                for piece in pieces:
                    self._thought += len(split(piece))
                    yield {"text": piece, "thought": True}
            case Say(pieces):
                for piece in pieces:
                    self._said += len(split(piece))
                    yield {"text": piece}
            case Use():
                yield self._call(item)
            case Picture(_, mime, data):
                yield {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}}
            case Search():
                return

    def _call(self, item: Use) -> Json:
        """Of several calls at once only the first is signed."""
        try:
            arguments = json.loads(item.arguments or "{}")
        except (ValueError, RecursionError):
            arguments = {}
        arguments = arguments if isinstance(arguments, dict) else {}
        part: Json = {"functionCall": {"id": item.id, "name": item.name, "args": arguments}}
        if not self._calls:
            part["thoughtSignature"] = sign_call(item.name, arguments)
        self._calls += 1
        return part

    def _chunk(self, parts: list[Json], reason: str | None = None, *, last: bool = False) -> Json:
        turn = self._turn
        candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if not parts:
            del candidate["content"]  # as the vendor leaves it out
        if reason is not None:
            candidate["finishReason"] = reason
        if last and turn.refusal:
            candidate["finishMessage"] = turn.refusal
        if last and turn.searches:
            candidate["groundingMetadata"] = _grounding(turn)
        chunk: Json = {"candidates": [candidate], "modelVersion": turn.model, "responseId": turn.id}
        if turn.shows_usage:
            chunk["usageMetadata"] = self._usage()
        return chunk

    def _usage(self) -> Json:
        prompt = self._turn.prompt_tokens
        usage: Json = {
            "promptTokenCount": prompt,
            "candidatesTokenCount": self._said,
            "totalTokenCount": prompt + self._said + self._thought,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
        }
        if self._thought:
            usage["thoughtsTokenCount"] = self._thought
        return usage


def _grounding(turn: Turn) -> Json:
    """Pages, and which bytes of the answer rest on which of them."""
    queries = [item.query for item in turn.items if isinstance(item, Search)]
    pages: list[Page] = []
    supports: list[Json] = []
    place = 0
    for item in turn.items:
        if not isinstance(item, Say):
            continue
        end = place + len(item.text.encode())
        if item.pages:
            segment = {"startIndex": place, "endIndex": end, "text": item.text}
            indices = list(range(len(pages), len(pages) + len(item.pages)))
            supports.append({"segment": segment, "groundingChunkIndices": indices})
            pages += item.pages
        place = end
    return {
        "webSearchQueries": queries,
        "groundingChunks": [{"web": {"uri": page.url, "title": page.title}} for page in pages],
        "groundingSupports": supports,
        "searchEntryPoint": {"renderedContent": "<div>sandbox</div>"},
    }


def _event(chunk: Json) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()
