"""What is said in a recording, by the OpenAI form (gateway contract, audio 6). One blocking call, no task. Pure.

The result is words, and in `transcript` the times of their pieces where the upstream tells them.
"""

from __future__ import annotations

import json

from core.catalog import ModelSpec
from core.errors import BadRequest, NeedsInput, NoResult
from core.gateway.failures import from_told, told_error
from core.gateway.options import as_text, put_options
from core.gateway.wire import Broken, Polled, Ready, Submitted, WireFile, WireReply, WireRequest
from core.values import Artifact, Json, Order

BLOCKS = True
TAKES_BYTES = True

PIECES_MAX = 5_000
TIMED_CHARS = 60_000
"""Of the words of all pieces."""
_ENDINGS = {
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/webm": "webm",
    "video/webm": "webm",
}


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """A recording by the ending of its type: some upstreams go by the name alone. Raises NeedsInput without one."""
    part = next((part for part in order.inputs if part.kind in {"audio", "video"} and part.data), None)
    if part is None:
        raise NeedsInput(command="transcribe")
    body: dict[str, Json] = {"model": spec.upstream, **spec.extra["body"]}
    chosen = spec.chosen(order.options)
    put_options(body, chosen, spec, spec.extra["fields"])
    if chosen.get("times") == "on":
        body |= spec.extra["with_times"]
    if order.prompt.strip():
        body["prompt"] = order.prompt.strip()[: spec.extra["hint_chars"]]
    file = WireFile("file", f"voice.{_ENDINGS.get(part.mime, 'mp4')}", part.mime, part.data)
    form = tuple((name, as_text(value)) for name, value in body.items())
    return WireRequest("POST", spec.extra["path"], form=form, files=(file,), timeout_s=spec.submit_s)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """JSON, or text where the upstream ignores what it was asked for."""
    if told := told_error(reply.body):
        return Broken(from_told(told, BadRequest, model=spec.upstream))
    body = reply.body if isinstance(reply.body, dict) else {}
    words = body.get("text")
    if not isinstance(words, str):
        words = reply.content.decode("utf-8", "replace") if reply.content and not body else ""
    pieces = _pieces(body.get("segments"))
    if not words.strip() and not pieces:
        return Broken(NoResult(f"{spec.name}: nothing was heard"))
    times = json.dumps(pieces, ensure_ascii=False) if pieces else ""
    return Ready((Artifact("text", text=words.strip() or " ".join(text for *_, text in pieces)),), transcript=times)


def _pieces(told: Json) -> list[tuple[float, float, str]]:
    """(from, to, words) of each, in seconds; those that make no sense are left out."""
    pieces: list[tuple[float, float, str]] = []
    left = TIMED_CHARS
    for each in told[:PIECES_MAX] if isinstance(told, list) else ():
        if not isinstance(each, dict):
            continue
        start, end, text = _seconds(each.get("start")), _seconds(each.get("end")), each.get("text")
        if isinstance(text, str) and text.strip() and 0 <= start <= end:
            pieces.append((start, end, text.strip()[:left]))
            left -= len(pieces[-1][2])
            if not left:
                break
    return pieces


def _seconds(told: Json) -> float:
    """-1 for what is none."""
    number = isinstance(told, int | float) and not isinstance(told, bool)
    return round(float(told), 3) if number and 0 <= told < 86_400 else -1.0


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")
