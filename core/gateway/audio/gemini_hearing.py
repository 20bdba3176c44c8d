"""What is said in a recording, by a model of `generateContent` that hears (gateway contract, audio 5.2). One blocking call,
no task. Pure."""

from __future__ import annotations

import base64
from copy import deepcopy
from urllib.parse import quote

from core.catalog import ModelSpec
from core.errors import NeedsInput
from core.gateway.audio.gemini_sound import sounds_of, why_silent
from core.gateway.wire import Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json, Order

BLOCKS = True

_MIMES = {"audio/mpeg": "audio/mp3", "audio/mp4": "audio/aac"}
"""What the wire calls them."""


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Raises NeedsInput without a recording."""
    part = next((part for part in order.inputs if part.kind in {"audio", "video"} and part.data), None)
    if part is None:
        raise NeedsInput(command="transcribe")
    inline = {"mimeType": _MIMES.get(part.mime, part.mime), "data": base64.b64encode(part.data).decode()}
    language = spec.chosen(order.options).get("language", "")
    words = spec.extra["words"] + (spec.extra["language_words"].format(language=language) if language else "")
    said: list[Json] = [{"text": words}, {"inlineData": inline}]
    body: dict[str, Json] = {
        "contents": [{"role": "user", "parts": said}],
        "generationConfig": deepcopy(spec.extra["generation"]),
    }
    path = spec.extra["path"].replace("{model}", quote(spec.upstream, safe=""))
    return WireRequest("POST", path, json=body | spec.extra["body"], timeout_s=spec.submit_s)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    _, words = sounds_of(reply.body)
    return Ready((Artifact("text", text=words),)) if words else Broken(why_silent(reply.body, words, spec))


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")
