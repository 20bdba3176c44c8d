"""Turns of a talk about pictures: what the model wrote is kept as a transcript without the bytes of its pictures, and said
again with them when the next words change the result (gateway contract, images 4.2). Pure.

All but the bytes goes back exactly as it came, signatures of thoughts above all: without them the vendor refuses the turn.
The place of a picture's bytes holds `@` and its number among the results.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from sys import maxsize

from core.catalog import ModelSpec
from core.gateway.chat.native import is_shallow
from core.gateway.extract import decode_base64
from core.gateway.image.bodies import UNSEEN, words_then
from core.values import Artifact, Json, Part, Past

TRANSCRIPT_BYTES = 256 * 1024

_INLINE = ("inlineData", "inline_data")
_NUMBERED = re.compile(r"@([0-9]{1,2})")


def user_turn(words: str, pictures: Sequence[Part]) -> Json:
    """Words first, then what they are about."""
    parts: list[Json] = [{"text": words}] if words else []
    parts += [{"inlineData": {"mimeType": part.mime or "image/png", "data": _encoded(part)}} for part in pictures]
    return {"role": "user", "parts": parts}


def past_turns(past: Sequence[Past], pictures: Sequence[Part], spec: ModelSpec) -> list[Json]:
    """The latest of these jobs as turns, as many as fit beside the new `pictures` into the row's `request_bytes`; those
    before one that cannot be said again are left out."""
    left = (spec.extra["request_bytes"] or maxsize) - _weight(pictures)
    turns: list[Json] = []
    for job in reversed(past):
        asked = [part for part in job.inputs if part.data and part.kind == "image" and part.role not in UNSEEN]
        left -= _weight(asked) + _weight(job.results) + len(job.transcript)
        answered = _model_turn(job) if left >= 0 else None
        if answered is None:
            break
        turns = [user_turn(words_then(job, spec), asked), answered, *turns]
    return turns


def transcript_of(body: Json, artifacts: Sequence[Artifact]) -> str:
    """What the model wrote, without the bytes of its pictures; "" when it cannot be said again: too long, or its pictures
    stand elsewhere than in it."""
    content = _content(body)
    if content is None or not is_shallow(content):
        return ""
    numbers = {artifact.data: number for number, artifact in enumerate(artifacts)}
    parts = [kept for part in content["parts"] if (kept := _emptied(part, numbers)) is not None]
    text = json.dumps({**content, "parts": parts}, separators=(",", ":"))
    shown = {data for part in parts if (data := _data(part))}
    return text if len(shown) == len(artifacts) and len(text) <= TRANSCRIPT_BYTES else ""


def _content(body: Json) -> dict[str, Json] | None:
    """Of the first candidate, when it has a list of parts."""
    candidates = body.get("candidates") if isinstance(body, dict) else None
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    content = first.get("content") if isinstance(first, dict) else None
    return content if isinstance(content, dict) and isinstance(content.get("parts"), list) else None


def _emptied(part: Json, numbers: dict[bytes, int]) -> Json | None:
    """None: a picture that is no result, such as those of its thinking, which the vendor does not want back."""
    if not isinstance(part, dict):
        return None
    data = _data(part)
    if not data:
        return part
    number = numbers.get(decode_base64(data)) if part.get("thought") is not True else None
    return None if number is None else _with_data(part, f"@{number}")


def _model_turn(job: Past) -> Json | None:
    """The transcript with its pictures put back; None when one of them is gone."""
    try:
        content = json.loads(job.transcript)
    except (ValueError, RecursionError):
        return None
    written = content.get("parts") if isinstance(content, dict) else None
    parts: list[Json] = []
    for part in written if isinstance(written, list) else []:
        match = _NUMBERED.fullmatch(_data(part))
        number = int(match[1]) if match else -1
        if _data(part) and not (0 <= number < len(job.results) and job.results[number].data):
            return None
        parts.append(_with_data(part, _encoded(job.results[number])) if match else part)
    return {"role": "model", **content, "parts": parts} if parts else None


def _data(part: Json) -> str:
    """The base64 of a part, in either spelling; "" when it has none."""
    inline = next((part[key] for key in _INLINE if part.get(key)), None) if isinstance(part, dict) else None
    data = inline.get("data") if isinstance(inline, dict) else None
    return data if isinstance(data, str) else ""


def _with_data(part: dict[str, Json], data: str) -> Json:
    key = next(key for key in _INLINE if part.get(key))
    return {**part, key: {**part[key], "data": data}}


def _encoded(part: Part) -> str:
    return base64.b64encode(part.data).decode()


def _weight(parts: Sequence[Part]) -> int:
    """Bytes as base64."""
    return sum(len(part.data) * 4 // 3 for part in parts)
