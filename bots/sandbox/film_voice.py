"""A film's talk as a chat completion (gateway contract, chat 6.4 and 6.5). Pure, but for ids and time."""

import json
import secrets
import time
from collections.abc import Iterator

from bots.sandbox.film_talk import Talk

Json = dict[str, object]


class FilmVoice:
    """Variant B changes the id with each chunk, sends `content: null` beside its progress, and shouts its finish."""

    def __init__(self, talk: Talk, model: str, *, prompt_tokens: int, done: bool = True) -> None:
        self._talk = talk
        self._model = model
        self._prompt_tokens = prompt_tokens
        self._trouble = talk.trouble or "generation broke off"
        self._done = done
        self._id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())
        self._shouts = talk.variant == "B"

    def opening(self) -> bytes:
        return b"" if self._shouts else self._chunk({"role": "assistant", "content": ""})

    def deltas(self) -> Iterator[bytes]:
        for number, thought in enumerate(self._talk.thoughts):
            delta: Json = {"content": None, "reasoning_content": thought, "tool_calls": None}
            yield self._chunk({"role": "assistant", **delta} if number == 0 else delta)
        last = len(self._talk.pieces) - 1
        for number, piece in enumerate(self._talk.pieces):
            if self._shouts:
                finish = "STOP" if number == last else None
                yield self._chunk({"content": piece, "reasoning_content": None, "tool_calls": None}, finish)
            else:
                yield self._chunk({"content": piece})

    def ending(self) -> bytes:
        ending = b"" if self._shouts else self._chunk({}, "stop")
        return ending + b"data: [DONE]\n\n" if self._done else ending

    def broken(self, *, bare: bool) -> bytes:
        error = {"message": self._trouble, "type": "server_error", "code": "generation_failed", "status_code": 500}
        line = json.dumps({"error": error})
        return f"{line}\n".encode() if bare else f"data: {line}\n\ndata: [DONE]\n\n".encode()

    def whole(self) -> Json:
        message = {"role": "assistant", "content": "".join(self._talk.pieces), "refusal": None}
        body = self._envelope("chat.completion")
        body["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
        body["usage"] = {
            "prompt_tokens": self._prompt_tokens,
            "completion_tokens": 10,
            "total_tokens": self._prompt_tokens + 10,
        }
        return body

    def _chunk(self, delta: Json, finish: str | None = None) -> bytes:
        body = self._envelope("chat.completion.chunk")
        choice: Json = {"index": 0, "delta": delta, "finish_reason": finish}
        if self._shouts:
            body["id"] = f"chatcmpl-{secrets.token_hex(6)}"
            body["usage"] = {"prompt_tokens": 0}
            choice["native_finish_reason"] = finish
        body["choices"] = [choice]
        return f"data: {json.dumps(body)}\n\n".encode()

    def _envelope(self, kind: str) -> Json:
        return {"id": self._id, "object": kind, "created": self._created, "model": self._model}
