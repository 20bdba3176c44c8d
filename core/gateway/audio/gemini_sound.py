"""What the families that make sounds by `generateContent` have alike: the request, and sounds and words out of the answer
(gateway contract, chat 8.1-8.2 and 8.7, audio 4 and 5.1). One blocking call, no task. Pure.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from urllib.parse import quote

from core.catalog import ModelSpec
from core.errors import BadRequest, GatewayError, Moderated, NoResult
from core.gateway.extract import TEXT_CHARS, decode_base64
from core.gateway.failures import Told, from_told, told_error
from core.gateway.options import put_options, worded_prompt
from core.gateway.wire import WireRequest
from core.values import Json, Order

PARTS_MAX = 1_000

_REFUSED = frozenset(["SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"])


@dataclass(frozen=True, slots=True)
class Sound:
    """Bytes with their type as the answer tells it, in lower case."""

    mime: str
    data: bytes


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Pictures of the order go before its words."""
    extra = spec.extra
    chosen = spec.chosen(order.options)
    parts: list[Json] = [
        {"inlineData": {"mimeType": part.mime or "image/png", "data": base64.b64encode(part.data).decode()}}
        for part in order.inputs
        if part.data
    ]
    parts.append({"text": worded_prompt(order.prompt, chosen, spec)})
    body: dict[str, Json] = {
        "contents": [{"role": "user", "parts": parts}],
        "generationConfig": deepcopy(extra["generation"]),
    }
    put_options(body, chosen, spec, extra["fields"])
    path = extra["path"].replace("{model}", quote(spec.upstream, safe=""))
    return WireRequest("POST", path, json=body | extra["body"], timeout_s=spec.submit_s)


def sounds_of(body: Json) -> tuple[list[Sound], str]:
    """All sounds of an answer and the words beside them, in order; thoughts and pictures are left out."""
    sounds: list[Sound] = []
    words: list[str] = []
    for part in _parts(body):
        inline = _table(part.get("inlineData")) or _table(part.get("inline_data"))
        mime = (_text(inline.get("mimeType")) or _text(inline.get("mime_type"))).strip().lower()
        if mime.startswith("audio/") and (data := decode_base64(_text(inline.get("data")))):
            sounds.append(Sound(mime, data))
        if said := _text(part.get("text")).strip():
            words.append(said)
    return sounds, "\n".join(words)[:TEXT_CHARS]


def why_silent(body: Json, words: str, spec: ModelSpec) -> GatewayError:
    """What an answer without a sound means: blocked, refused in prose, or it just did not come about."""
    if told := told_error(body):
        return from_told(told, BadRequest, model=spec.upstream)
    outer = _table(body)
    if blocked := _text(_table(outer.get("promptFeedback")).get("blockReason")):
        return from_told(Told("prompt_blocked", blocked), Moderated)
    reason = _text(_candidate(outer).get("finishReason")).strip().upper()
    message = f"no sound: {words[:200]}" if words else "no sound"
    return from_told(Told(reason, message), Moderated if reason in _REFUSED else NoResult)


def _parts(body: Json) -> Iterator[dict[str, Json]]:
    parts = _table(_candidate(_table(body)).get("content")).get("parts")
    for part in parts[:PARTS_MAX] if isinstance(parts, list) else ():
        if isinstance(part, dict) and part.get("thought") is not True:
            yield part


def _candidate(body: dict[str, Json]) -> dict[str, Json]:
    candidates = body.get("candidates")
    return _table(candidates[0]) if isinstance(candidates, list) and candidates else {}


def _table(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
