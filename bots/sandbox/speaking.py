"""One chat answer as JSON and as server-sent events (gateway contract, chat 5.3, 5.4 and 5.8). Pure, but for id and time."""

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bots.sandbox import answers
from bots.sandbox.faults import Speech


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer, ready to be spoken."""

    model: str
    thoughts: Sequence[str]
    pieces: Sequence[str]
    speech: Speech
    tokens_per_s: float
    prompt_tokens: int
    shows_usage: bool

    def usage(self) -> dict[str, object]:
        reasoning = sum(len(answers.split(piece)) for piece in self.thoughts)
        completion = reasoning + sum(len(answers.split(piece)) for piece in self.pieces)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": 0},
        }


class Frames:
    """The server-sent events of one answer, encoded once around what changes (gateway contract, chat 5.4)."""

    def __init__(self, model: str) -> None:
        head = {
            "id": f"chatcmpl-{secrets.token_hex(8)}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": "fp_sandbox",
        }
        self._head = f"data: {json.dumps(head)[:-1]}, "

    def role(self) -> bytes:
        return self._chunk('{"role":"assistant","content":"","refusal":null}')

    def empty(self) -> bytes:
        return f'{self._head}"choices":[],"usage":null}}\n\n'.encode()

    def deltas(self, turn: Turn) -> Iterator[bytes]:
        for thought in turn.thoughts:
            yield self._chunk(f'{{"reasoning_content":{json.dumps(thought)}}}')
        if turn.speech.refusal:
            yield self._chunk(f'{{"refusal":{json.dumps(turn.speech.refusal)}}}')
        for piece in turn.pieces:
            yield self._chunk(f'{{"content":{json.dumps(piece)}}}')

    def ending(self, turn: Turn) -> Iterator[bytes]:
        usage = json.dumps(turn.usage()) if turn.shows_usage else "null"
        with_finish = turn.speech.usage == "finish"
        if turn.speech.finish is not None:
            yield self._chunk("{}", json.dumps(turn.speech.finish), usage if with_finish else "null")
        if turn.shows_usage and not with_finish:
            yield f'{self._head}"choices":[],"usage":{usage}}}\n\n'.encode()
        if turn.speech.done:
            yield b"data: [DONE]\n\n"

    def _chunk(self, delta: str, finish: str = "null", usage: str = "null") -> bytes:
        choice = f'{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}'
        return f'{self._head}"choices":[{choice}],"usage":{usage}}}\n\n'.encode()


def completion(turn: Turn) -> dict[str, object]:
    message: dict[str, object] = {
        "role": "assistant",
        "content": None if turn.speech.refusal else "".join(turn.pieces),
        "refusal": turn.speech.refusal or None,
        "annotations": [],
    }
    if turn.thoughts:
        message["reasoning_content"] = "".join(turn.thoughts)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": turn.speech.finish}
    body: dict[str, object] = {
        "id": f"chatcmpl-{secrets.token_hex(8)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": turn.model,
        "choices": [choice],
        "system_fingerprint": "fp_sandbox",
    }
    if turn.shows_usage:
        body["usage"] = turn.usage()
    return body
