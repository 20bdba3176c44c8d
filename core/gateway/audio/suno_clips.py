"""Reads Suno's tasks and clips, in the stock server's form and its siblings' (gateway contract, audio 2.4, 2.6). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.gateway.extract import is_url
from core.values import Json

State = Literal["running", "done", "failed"]

CLIPS_MAX = 4
TEXT_CHARS = 6_000
WORD_CHARS = 300

_STATES: Mapping[str, State] = {
    "SUCCESS": "done",
    "COMPLETE": "done",
    "COMPLETED": "done",
    "SUCCEEDED": "done",
    "FAILURE": "failed",
    "FAIL": "failed",
    "FAILED": "failed",
    "ERROR": "failed",
}
"""Anything else runs."""
_DONE = frozenset({"complete", "completed", "succeeded", "success"})
_MODERATED = {"moderation_failure": "content_policy_violation"}


@dataclass(frozen=True, slots=True)
class Task:
    """`word`: the state as it was told, upper case. `data`: clips, or words."""

    id: str
    state: State
    word: str
    reason: str
    data: Json


@dataclass(frozen=True, slots=True)
class Clip:
    """`seconds` 0: not told. `error`: why it failed, `code`: in the words of our own codes, as far as they are known."""

    id: str
    status: str
    audio: str
    picture: str
    title: str
    lyrics: str
    seconds: float
    error: str
    code: str

    @property
    def is_done(self) -> bool:
        return self.status in _DONE and bool(self.audio)


def is_task(data: Json) -> bool:
    return isinstance(data, dict) and "status" in data and ("task_id" in data or "id" in data)


def task_of(data: Json) -> Task:
    """Of what `is_task` says yes to."""
    word = str(data.get("status") or "").strip().upper()
    told = data.get("data")
    if isinstance(told, str):
        told = _decoded(told)
    task_id = data.get("task_id") or data.get("id")
    return Task(str(task_id or "")[:191], _STATES.get(word, "running"), word, _text(data.get("fail_reason")), told)


def clips_of(data: Json) -> list[Clip]:
    listed = data if isinstance(data, list) else [data]
    return [_clip(each) for each in listed[:CLIPS_MAX] if isinstance(each, dict)]


def _clip(told: Mapping[str, Json]) -> Clip:
    metadata = told.get("metadata")
    more: Mapping[str, Json] = metadata if isinstance(metadata, dict) else {}
    error = _text(more.get("error_message") or told.get("error_message") or told.get("msg"))
    kind = _text(more.get("error_type") or told.get("error_type"))
    pictures = (told.get(name) for name in ("image_large_url", "image_url"))
    lyrics = next((text for text in (told.get("prompt"), more.get("prompt"), told.get("lyric")) if text), "")
    return Clip(
        id=_text(told.get("id") or told.get("clip_id")),
        status=_text(told.get("status") or told.get("state")).lower(),
        audio=next((str(url) for url in (told.get("audio_url"), told.get("cld2AudioUrl")) if is_url(url)), ""),
        picture=next((str(url) for url in pictures if is_url(url)), ""),
        title=_text(told.get("title")),
        lyrics=lyrics[:TEXT_CHARS] if isinstance(lyrics, str) else "",
        seconds=_seconds(told.get("duration")) or _seconds(more.get("duration")),
        error=error or kind,
        code=_MODERATED.get(kind, kind),
    )


def _seconds(value: Json) -> float:
    try:
        seconds = float(value) if not isinstance(value, bool) else 0.0
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return seconds if 0 < seconds < 86_400 else 0.0


def _decoded(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(value: Json) -> str:
    return value.strip()[:WORD_CHARS] if isinstance(value, str) else ""
