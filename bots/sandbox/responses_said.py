"""One answer as a Responses object, whole or as events (gateway contract, chat 7.3 and 7.4). Pure, but for ids and time."""

import json
import time
from collections.abc import Iterator

from bots.sandbox.fields import below, items, mapping
from bots.sandbox.question import Fields
from bots.sandbox.responses_items import ids_of, open_seal
from bots.sandbox.responses_rules import ENCRYPTED
from bots.sandbox.turn import NO_PICTURE, Item, Page, Picture, Say, Search, Thought, Turn, Use

Json = dict[str, object]


class Response:
    def __init__(self, turn: Turn, body: Fields) -> None:
        self._turn = turn
        self._body = body
        self._sequence = 0
        self._output: list[Json] = []  # finished items
        self._held = b""
        self._created = int(time.time())
        self._thought = any(isinstance(item, Thought) for item in turn.items)
        self._encrypted = ENCRYPTED in items(body.get("include"))
        self._aloud = below(body, "reasoning", "summary") is not None

    def whole(self) -> Json:
        for _ in self.deltas():
            pass
        self._finish()
        return self._object(self._status)

    def opening(self) -> bytes:
        started = {**self._object("in_progress"), "output": [], "usage": None}
        return self._event("response.created", response=started) + self._event("response.in_progress", response=started)

    def deltas(self) -> Iterator[bytes]:
        for run in _runs(self._turn):
            for frame in self._run(run):
                yield self._held + frame
                self._held = b""

    def ending(self) -> bytes:
        """The last event holds the whole response, with its usage. Without a finish it is missing."""
        ending = self._finish()
        if self._turn.stop is None:
            return ending
        status = self._status
        return ending + self._event(f"response.{status}", response=self._object(status))

    def broken(self, *, bare: bool) -> bytes:
        error = {"code": "server_error", "message": "The model failed to generate a response."}
        if bare:
            return f"{json.dumps({'error': {'type': 'server_error', **error}})}\n".encode()
        failed = {**self._object("failed"), "error": error, "output": [], "usage": None}
        return self._event("response.failed", response=failed)

    @property
    def _status(self) -> str:
        return "incomplete" if self._turn.stop == "length" else "completed"

    def _object(self, status: str) -> Json:
        body, turn = self._body, self._turn
        reason = {"reason": "max_output_tokens"} if status == "incomplete" else None
        return {
            "id": f"resp_{turn.id}",
            "object": "response",
            "created_at": self._created,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": reason,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "model": turn.model,
            "output": list(self._output),
            "parallel_tool_calls": body.get("parallel_tool_calls", True),
            "previous_response_id": None,
            "reasoning": {"effort": below(body, "reasoning", "effort"), "summary": below(body, "reasoning", "summary")},
            "service_tier": "default",
            "store": body.get("store", True),
            "temperature": body.get("temperature", 1.0),
            "text": mapping(body.get("text")) or {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": items(body.get("tools")),
            "top_p": body.get("top_p", 1.0),
            "truncation": "disabled",
            "usage": self._usage(),
            "user": None,
            "metadata": {},
        }

    def _usage(self) -> Json | None:
        turn = self._turn
        if not turn.shows_usage:
            return None
        output = turn.thought_tokens + turn.said_tokens
        return {
            "input_tokens": turn.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": turn.thought_tokens},
            "total_tokens": turn.prompt_tokens + output,
        }

    # --- items as events --------------------

    def _run(self, run: list[Item]) -> Iterator[bytes]:
        first = run[0]
        match first:
            case Thought():
                yield from self._reasoning(first)
            case Search():
                yield from self._search(first)
            case Use():
                yield from self._call(first)
            case Say() | Picture():
                yield from self._message([Say((NO_PICTURE,)) if isinstance(item, Picture) else item for item in run])

    def _reasoning(self, item: Thought) -> Iterator[bytes]:
        id_ = ids_of("rs", self._turn.id, thought=True)
        started: Json = {"id": id_, "type": "reasoning", "summary": []}
        place = {"item_id": id_, "output_index": len(self._output), "summary_index": 0}
        text = item.text if self._aloud else ""
        head = self._added(started)
        if text:
            part = {"type": "summary_text", "text": ""}
            head += self._event("response.reasoning_summary_part.added", **place, part=part)
            for piece in item.pieces:
                yield head + self._event("response.reasoning_summary_text.delta", **place, delta=piece)
                head = b""
            part = {"type": "summary_text", "text": text}
            head += self._event("response.reasoning_summary_text.done", **place, text=text)
            head += self._event("response.reasoning_summary_part.done", **place, part=part)
        summary = [{"type": "summary_text", "text": text}] if text else []
        more = {"encrypted_content": open_seal(id_)} if self._encrypted else {}
        self._held += head + self._done({**started, "summary": summary, **more})

    def _search(self, item: Search) -> Iterator[bytes]:
        action: Json = {"type": "search", "query": item.query, "queries": [item.query]}
        if "web_search_call.action.sources" in items(self._body.get("include")):
            action["sources"] = [{"type": "url", "url": page.url} for page in item.pages]
        done: Json = {"id": f"ws_{item.id}", "type": "web_search_call", "status": "completed", "action": action}
        place = {"item_id": done["id"], "output_index": len(self._output)}
        frame = self._added({"id": done["id"], "type": "web_search_call", "status": "in_progress"})
        for step in ("in_progress", "searching", "completed"):
            frame += self._event(f"response.web_search_call.{step}", **place)
        yield frame + self._done(done)

    def _call(self, item: Use) -> Iterator[bytes]:
        id_ = ids_of("fc", self._turn.id, thought=self._thought, number=len(self._output))
        done: Json = {"id": id_, "type": "function_call", "status": "completed", "arguments": item.arguments}
        done |= {"call_id": f"call_{item.id}", "name": item.name}
        place = {"item_id": id_, "output_index": len(self._output)}
        head = self._added({**done, "status": "in_progress", "arguments": ""})
        for half in item.halves:
            yield head + self._event("response.function_call_arguments.delta", **place, delta=half)
            head = b""
        self._held += self._event("response.function_call_arguments.done", **place, arguments=item.arguments)
        self._held += self._done(done)

    def _message(self, run: list[Item]) -> Iterator[bytes]:
        """All words in one message with one part; annotations follow the words they stand behind."""
        id_ = ids_of("msg", self._turn.id, thought=self._thought, number=len(self._output))
        message: Json = {"id": id_, "type": "message", "status": "in_progress", "role": "assistant", "content": []}
        place: Json = {"item_id": id_, "output_index": len(self._output), "content_index": 0}
        kind, field = ("refusal", "refusal") if self._turn.refusal else ("output_text", "text")
        empty: Json = {"type": kind, field: ""} if self._turn.refusal else _part("", [])
        head = self._added(message) + self._event("response.content_part.added", **place, part=empty)
        words, notes = "", list[Json]()
        for item in run:
            if not isinstance(item, Say):
                continue
            start = len(words)
            for piece in item.pieces:
                more: Json = {} if self._turn.refusal else {"logprobs": []}
                yield head + self._event(f"response.{kind}.delta", **place, delta=piece, **more)
                head, words = b"", words + piece
            for page in item.pages:
                note = _annotation(page, start, len(words))
                at = {**place, "annotation_index": len(notes)}
                self._held += self._event("response.output_text.annotation.added", **at, annotation=note)
                notes.append(note)
        part: Json = {"type": kind, field: words} if self._turn.refusal else _part(words, notes)
        self._held += head + self._event(f"response.{kind}.done", **place, **{field: words})
        self._held += self._event("response.content_part.done", **place, part=part)
        cut = self._turn.stop == "length"
        self._held += self._done({**message, "status": "incomplete" if cut else "completed", "content": [part]})

    def _finish(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _added(self, item: Json) -> bytes:
        return self._event("response.output_item.added", output_index=len(self._output), item=item)

    def _done(self, item: Json) -> bytes:
        frame = self._event("response.output_item.done", output_index=len(self._output), item=item)
        self._output.append(item)
        return frame

    def _event(self, type: str, **fields: object) -> bytes:  # noqa: A002 # the wire's own name of it
        data = json.dumps({"type": type, "sequence_number": self._sequence, **fields})
        self._sequence += 1
        return f"event: {type}\ndata: {data}\n\n".encode()


def _runs(turn: Turn) -> list[list[Item]]:
    """Items that become one item of output: words that follow each other are one message."""
    runs: list[list[Item]] = []
    spoken = [*turn.items, Say((turn.refusal,))] if turn.refusal else turn.items
    for item in spoken:
        if isinstance(item, Say | Picture) and runs and isinstance(runs[-1][0], Say):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _part(text: str, notes: list[Json]) -> Json:
    return {"type": "output_text", "annotations": notes, "logprobs": [], "text": text}


def _annotation(page: Page, start: int, end: int) -> Json:
    url = f"{page.url}?utm_source=openai"
    return {"type": "url_citation", "start_index": start, "end_index": end, "title": page.title, "url": url}
