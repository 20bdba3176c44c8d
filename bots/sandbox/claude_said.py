"""One answer as Claude's message, whole or as events (gateway contract, chat 9.2 to 9.7). Pure, but for ids."""

import json
from collections.abc import Iterator, Mapping

from bots.sandbox.seals import seal
from bots.sandbox.turn import NO_PICTURE, Item, Page, Picture, Say, Search, Thought, Turn, Use

_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}

Block = dict[str, object]


class Message:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._index = -1
        self._held = b""  # written before the next delta

    def whole(self) -> dict[str, object]:
        body = self._envelope([block for item in self._turn.items for block in _blocks(item)])
        body |= {"stop_reason": self._reason, "stop_sequence": None}
        if self._turn.refusal:
            body["stop_details"] = self._details()
        if self._turn.shows_usage:
            body["usage"] = self._usage()
        return body

    def opening(self) -> bytes:
        message = self._envelope([]) | {"stop_reason": None, "stop_sequence": None}
        if self._turn.shows_usage:
            message["usage"] = self._usage_before() | {"output_tokens": 1}
        return _event("message_start", message=message)

    def deltas(self) -> Iterator[bytes]:
        for item in self._turn.items:
            for frame in self._item(item):
                yield self._held + frame
                self._held = b""

    def ending(self) -> bytes:
        delta: Block = {"stop_reason": self._reason, "stop_sequence": None}
        if self._turn.refusal:
            delta["stop_details"] = self._details()
        more = {"usage": self._usage()} if self._turn.shows_usage else {}
        ending = self._held + _event("message_delta", delta=delta, **more)
        return ending if self._turn.stop is None else ending + _event("message_stop")

    def broken(self, *, bare: bool) -> bytes:
        error = {"type": "overloaded_error", "message": "Overloaded"}
        if bare:
            return f"{json.dumps({'type': 'error', 'error': error})}\n".encode()
        return _event("error", error=error)

    @property
    def _reason(self) -> str | None:
        stop = self._turn.stop
        return stop if stop is None else _REASONS.get(stop, stop)

    def _envelope(self, content: list[Block]) -> Block:
        return {
            "id": f"msg_{self._turn.id}",
            "type": "message",
            "role": "assistant",
            "model": self._turn.model,
            "content": content,
        }

    def _details(self) -> Block:
        return {"type": "refusal", "category": None, "explanation": self._turn.refusal}

    def _usage_before(self) -> Block:
        return {
            "input_tokens": self._turn.prompt_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "service_tier": "standard",
        }

    def _usage(self) -> Block:
        turn = self._turn
        usage = self._usage_before() | {"output_tokens": turn.thought_tokens + turn.said_tokens}
        if turn.thought_tokens:
            usage["output_tokens_details"] = {"thinking_tokens": turn.thought_tokens}
        if turn.searches:
            usage["server_tool_use"] = {"web_search_requests": turn.searches}
        return usage

    # --- blocks as events --------------------

    def _item(self, item: Item) -> Iterator[bytes]:
        match item:
            case Thought(_, True):
                yield from self._block(_blocks(item)[0])
            case Thought(pieces):
                start: Block = {"type": "thinking", "thinking": "", "signature": ""}
                yield from self._block(start, *({"type": "thinking_delta", "thinking": piece} for piece in pieces))
                self._hold_before_stop({"type": "signature_delta", "signature": seal("thinking", item.text)})
            case Say(pieces, pages):
                yield from self._block({"type": "text", "text": ""}, *(_text(piece) for piece in pieces))
                for page in pages:
                    self._hold_before_stop({"type": "citations_delta", "citation": _citation(page)})
            case Use(name):
                start = {"type": "tool_use", "id": f"toolu_{item.id}", "name": name, "input": {}}
                yield from self._block(start, *(_json(piece) for piece in ("", *item.halves)))
            case Search():
                yield from self._search(item)
            case Picture():
                yield from self._block({"type": "text", "text": ""}, _text(NO_PICTURE))

    def _search(self, item: Search) -> Iterator[bytes]:
        blocks = _blocks(item)
        if item.asks:
            start = {**blocks[0], "input": {}}
            yield from self._block(start, _json(""), _json(json.dumps({"query": item.query}, ensure_ascii=False)))
        if item.finds:
            yield from self._block(blocks[-1])

    def _block(self, start: Block, *deltas: Mapping[str, object]) -> Iterator[bytes]:
        """One block; the first yield holds its start, its stop waits for the next delta or the end."""
        self._index += 1
        head = _event("content_block_start", index=self._index, content_block=start)
        if self._index == 0:
            head += _event("ping")
        for delta in deltas:
            yield head + _event("content_block_delta", index=self._index, delta=delta)
            head = b""
        if head:
            yield head
        self._held += _event("content_block_stop", index=self._index)

    def _hold_before_stop(self, delta: Block) -> None:
        stop = _event("content_block_stop", index=self._index)
        self._held = (
            self._held.removesuffix(stop) + _event("content_block_delta", index=self._index, delta=delta) + stop
        )


def _blocks(item: Item) -> list[Block]:
    """The item's blocks, complete."""
    match item:
        case Thought(_, True):
            return [{"type": "redacted_thinking", "data": seal("redacted")}]
        case Thought():
            return [{"type": "thinking", "thinking": item.text, "signature": seal("thinking", item.text)}]
        case Say(_, pages):
            citations = [_citation(page) for page in pages] or None
            return [{"type": "text", "text": item.text, "citations": citations}]
        case Use(name, arguments):
            return [{"type": "tool_use", "id": f"toolu_{item.id}", "name": name, "input": _object(arguments)}]
        case Search(query, pages):
            id_ = item.id if item.id.startswith("srvtoolu_") else f"srvtoolu_{item.id}"
            asked: Block = {"type": "server_tool_use", "id": id_, "name": "web_search", "input": {"query": query}}
            results: list[object] = [_result(page) for page in pages]
            found: Block = {"type": "web_search_tool_result", "tool_use_id": id_, "content": results}
            return [asked] * item.asks + [found] * item.finds
        case Picture():
            return [{"type": "text", "text": NO_PICTURE, "citations": None}]


def _result(page: Page) -> Block:
    return {
        "type": "web_search_result",
        "url": page.url,
        "title": page.title,
        "encrypted_content": seal("page", page.url),
        "page_age": "2 hours ago",
    }


def _citation(page: Page) -> Block:
    return {
        "type": "web_search_result_location",
        "url": page.url,
        "title": page.title,
        "encrypted_index": seal("index", page.url),
        "cited_text": page.quote.strip(),
    }


def _object(arguments: str) -> object:
    try:
        found = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(piece: str) -> Block:
    return {"type": "text_delta", "text": piece}


def _json(piece: str) -> Block:
    return {"type": "input_json_delta", "partial_json": piece}


def _event(type: str, **fields: object) -> bytes:  # noqa: A002 # the wire's own name of it
    return f"event: {type}\ndata: {json.dumps({'type': type, **fields})}\n\n".encode()
