"""One answer as a chat completion, whole or as events (gateway contract, chat 5.3, 5.4, 5.8 to 5.10). Pure but for time."""

import base64
import json
import time
from collections.abc import Iterator

from bots.sandbox.turn import Page, Picture, Say, Search, Thought, Turn, Use

Json = dict[str, object]


class Completion:
    """The events are encoded once around what changes."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._claude = turn.model.startswith("claude")
        self._gemini = turn.model.startswith("gemini")
        self._created = int(time.time())
        self._calls = 0
        head = self._envelope("chat.completion.chunk")
        self._head = f"data: {json.dumps(head)[:-1]}, "

    # --- events --------------------

    def opening(self) -> bytes:
        empty = f'{self._head}"choices":[],"usage":null}}\n\n'.encode() if self._turn.speech.empty_chunk else b""
        return self._chunk('{"role":"assistant","content":"","refusal":null}') + empty

    def deltas(self) -> Iterator[bytes]:
        for place, item in enumerate(self._turn.items):
            match item:
                case Thought(pieces):
                    yield from (self._chunk(f'{{"reasoning_content":{json.dumps(piece)}}}') for piece in pieces)
                    if self._claude and item.text:
                        yield self._chunk('{"reasoning_content":"\\n"}')  # its mark of an end (chat 5.9)
                case Say(pieces):
                    yield from (self._chunk(f'{{"content":{json.dumps(piece)}}}') for piece in pieces)
                case Picture():
                    yield self._chunk(f'{{"content":{json.dumps(_markdown(item))}}}')
                case Use():
                    yield from self._call(item, place)
                case Search():
                    pass
        if self._turn.refusal:
            yield self._chunk(f'{{"refusal":{json.dumps(self._turn.refusal)}}}')

    def ending(self) -> bytes:
        turn = self._turn
        usage = json.dumps(self._usage()) if turn.shows_usage else "null"
        with_finish = turn.speech.usage == "finish"
        ending = b""
        if notes := self._annotations():
            ending += self._chunk(json.dumps({"annotations": notes}))
        if turn.stop is not None:
            ending += self._chunk("{}", json.dumps(turn.stop), usage if with_finish else "null")
        if turn.shows_usage and not with_finish:
            ending += f'{self._head}"choices":[],"usage":{usage}}}\n\n'.encode()
        return ending + b"data: [DONE]\n\n" if turn.speech.done else ending

    def broken(self, *, bare: bool) -> bytes:
        error = {"message": "upstream broke off", "type": "server_error", "param": None, "code": None}
        line = json.dumps({"error": error})
        return f"{line}\n".encode() if bare else f"data: {line}\n\ndata: [DONE]\n\n".encode()

    def _call(self, item: Use, place: int) -> Iterator[bytes]:
        """Three habits: pieces under an index; Claude's index is that of its block; Gemini's call is whole, without one."""
        index, self._calls = self._calls, self._calls + 1
        function: Json = {"name": item.name, "arguments": item.arguments if self._gemini else ""}
        call: Json = {"id": f"call_{item.id}", "type": "function", "function": function}
        if self._gemini:
            yield self._chunk(json.dumps({"tool_calls": [call]}))
            return
        at = {"index": place if self._claude else index}
        yield self._chunk(json.dumps({"tool_calls": [{**at, **call}]}))
        for half in item.halves:
            yield self._chunk(json.dumps({"tool_calls": [{**at, "function": {"arguments": half}}]}))

    def _chunk(self, delta: str, finish: str = "null", usage: str = "null") -> bytes:
        choice = f'{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}'
        return f'{self._head}"choices":[{choice}],"usage":{usage}}}\n\n'.encode()

    # --- whole --------------------

    def whole(self) -> Json:
        turn = self._turn
        uses = [item for item in turn.items if isinstance(item, Use)]
        message: Json = {
            "role": "assistant",
            "content": None if turn.refusal or (uses and not turn.text) else self._content(),
            "refusal": turn.refusal or None,
            "annotations": self._annotations(),
        }
        if turn.thoughts:
            message["reasoning_content"] = turn.thoughts
        if uses:
            message["tool_calls"] = [
                {"id": f"call_{use.id}", "type": "function", "function": {"name": use.name, "arguments": use.arguments}}
                for use in uses
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": turn.stop}
        body = self._envelope("chat.completion") | {"choices": [choice]}
        if turn.shows_usage:
            body["usage"] = self._usage()
        return body

    def _content(self) -> str:
        """Of Claude's answers with searches only the last block arrives whole (gateway contract, chat 5.9)."""
        said = [item for item in self._turn.items if isinstance(item, Say | Picture)]
        if self._claude and self._turn.searches:
            said = said[-1:]
        return "".join(_markdown(item) if isinstance(item, Picture) else item.text for item in said)

    def _envelope(self, kind: str) -> Json:
        turn = self._turn
        return {
            "id": f"chatcmpl-{turn.id}",
            "object": kind,
            "created": self._created,
            "model": turn.model,
            "system_fingerprint": "fp_sandbox",
        }

    def _annotations(self) -> list[Json]:
        """Where in the text each page is cited. Claude's are lost on this route."""
        notes: list[Json] = []
        place = 0
        for item in self._turn.items:
            if isinstance(item, Say):
                end = place + len(item.text)
                notes += [_annotation(page, place, end) for page in item.pages]
                place = end
        return [] if self._claude else notes

    def _usage(self) -> Json:
        turn = self._turn
        completion = turn.thought_tokens + turn.said_tokens
        return {
            "prompt_tokens": turn.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": turn.prompt_tokens + completion,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": turn.thought_tokens, "audio_tokens": 0},
        }


def _annotation(page: Page, start: int, end: int) -> Json:
    cited = {"start_index": start, "end_index": end, "title": page.title, "url": page.url}
    return {"type": "url_citation", "url_citation": cited}


def _markdown(picture: Picture) -> str:
    return f"![image](data:{picture.mime};base64,{base64.b64encode(picture.data).decode()})"
