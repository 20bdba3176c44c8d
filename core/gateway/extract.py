"""Reads results out of replies: one tolerant reader of media and one of a task's state serve all families. Pure.

Gateway contract: images 1.3 (media of a blocking call), videos 1 (state, progress and link of a task).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from core.values import Artifact, Json, Kind

URL_CHARS = 8_192
TEXT_CHARS = 2_000
ARTIFACTS_MAX = 20

_DATA_URI = re.compile(  # with line breaks only where a bracket ends it, as in Markdown: words may follow
    r"data:([a-z]+/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=_\-\s]+(?=\))|[A-Za-z0-9+/_\-]+={0,2})", re.IGNORECASE
)
_URL = re.compile(  # of Markdown, with one pair of brackets in it at most, or bare
    r"\]\((https?://(?:[^()\s]|\([^()\s]*\))+)\)|(https?://[^\s\"'<>`]+)", re.IGNORECASE
)
_TRAILING = ")]}>,;.'\"`*"


# --- media of a reply --------------------


def media_of(body: Json, kind: Kind = "image") -> tuple[tuple[Artifact, ...], str]:
    """All media of a reply, in order and once each, and the words beside them (a caption, or a refusal in prose)."""
    texts: list[str] = []
    found: dict[tuple[str, bytes], Artifact] = {}
    if isinstance(body, dict):
        for artifact in _media(body, kind, texts):
            found.setdefault((artifact.url, artifact.data), artifact)
            if len(found) == ARTIFACTS_MAX:
                break
    return tuple(found.values()), " ".join(texts)[:TEXT_CHARS]


def _media(body: dict[str, Json], kind: Kind, texts: list[str]) -> Iterator[Artifact]:
    for item in _items(body.get("data")):
        yield from _of_item(item, kind)
    media = body.get("media")
    for url in _items(media.get("outputs") if isinstance(media, dict) else None):
        yield from _of_address(url, kind)
    for choice in _items(body.get("choices")):
        message = (choice.get("message") or choice.get("delta")) if isinstance(choice, dict) else None
        if isinstance(message, dict):
            yield from _of_content(message.get("content"), kind, texts)
            yield from _of_content(message.get("images"), kind, texts)
    for candidate in _items(body.get("candidates")):
        content = candidate.get("content") if isinstance(candidate, dict) else None
        for part in _items(content.get("parts") if isinstance(content, dict) else None):
            yield from _of_part(part, kind, texts)


def _items(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _of_item(item: Json, kind: Kind) -> Iterator[Artifact]:
    """An entry of `data`: of `b64_json` and `url` the unused one may be absent, null or empty."""
    if not isinstance(item, dict):
        yield from _of_address(item, kind)
        return
    inline = item.get("b64_json")
    decoded = list(_decoded("", inline.rpartition(",")[2], kind)) if isinstance(inline, str) else []
    yield from decoded or _of_address(item.get("url"), kind)


def _of_address(value: Json, kind: Kind) -> Iterator[Artifact]:
    if not isinstance(value, str):
        return
    if match := _DATA_URI.match(value):
        yield from _decoded(match[1], match[2], kind)
    elif is_url(value):
        yield Artifact(kind, url=value)


def _of_content(content: Json, kind: Kind, texts: list[str]) -> Iterator[Artifact]:
    """The content of a chat message: text, or a list of parts."""
    for part in _items(content):
        if isinstance(part, str):
            yield from _of_text(part, kind, texts)
        elif isinstance(part, dict):
            image = part.get("image_url")
            yield from _of_address(image.get("url") if isinstance(image, dict) else image, kind)
            yield from _of_content(part.get("text"), kind, texts)


def _of_text(text: str, kind: Kind, texts: list[str]) -> Iterator[Artifact]:
    before = len(texts)
    for match in _DATA_URI.finditer(text):
        yield from _decoded(match[1], match[2], kind)
    rest = _DATA_URI.sub(" ", text)
    for match in _URL.finditer(rest):
        yield from _of_address(match[1] or match[2].rstrip(_TRAILING), kind)
    if words := rest.strip():
        texts.insert(before, words)


def _of_part(part: Json, kind: Kind, texts: list[str]) -> Iterator[Artifact]:
    """A part of Gemini's native shape, in either spelling. Thoughts are skipped."""
    if not isinstance(part, dict) or part.get("thought") is True:
        return
    inline = part.get("inlineData") or part.get("inline_data")
    if isinstance(inline, dict) and isinstance(inline.get("data"), str):
        mime = inline.get("mimeType") or inline.get("mime_type") or ""
        yield from _decoded(str(mime), inline["data"], kind)
    file = part.get("fileData") or part.get("file_data")
    if isinstance(file, dict):
        yield from _of_address(file.get("fileUri") or file.get("file_uri"), kind)
    yield from _of_address(part.get("url"), kind)
    yield from _of_content(part.get("text"), kind, texts)


def _decoded(mime: str, text: str, kind: Kind) -> Iterator[Artifact]:
    if data := decode_base64(text):
        yield Artifact(kind, data=data, mime=mime.lower())


def decode_base64(text: str) -> bytes:
    """Either alphabet, with or without padding and line breaks; empty when it is none."""
    compact = "".join(text.split()) if any(mark in text for mark in " \n\r\t") else text
    compact = compact.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def is_url(value: Json) -> bool:
    return isinstance(value, str) and value[:8].lower().startswith(("http://", "https://")) and len(value) <= URL_CHARS


# --- the state of a task --------------------

State = Literal["queued", "running", "done", "failed"]

_WORDS: tuple[tuple[str, State], ...] = (
    ("queued pending submitted not_start notstart created starting unknown throttled preparing", "queued"),
    ("in_progress processing running generating", "running"),
    ("completed complete succeeded succeed success finished finish done", "done"),
    ("failed failure fail error cancelled canceled expired rejected", "failed"),
)
_STATES = {word: state for words, state in _WORDS for word in words.split()}


@dataclass(frozen=True, slots=True)
class TaskView:
    """What a reply says of a task, whatever its shape. `progress` in per cent, -1 = not told."""

    id: str = ""
    state: State = "running"
    progress: int = -1
    urls: tuple[str, ...] = ()
    code: str = ""
    message: str = ""


def read_task(body: Json, url_order: Iterable[str]) -> TaskView:
    """The shapes V, T and VS of the contract, and what lies between them. A missing state of a task is "queued" when
    nothing but its id is told; an unknown word means that it runs."""
    outer = body if isinstance(body, dict) else {}
    data = outer.get("data")
    task = data if "code" in outer and isinstance(data, dict) else outer
    word = task.get("status") or task.get("state") or task.get("task_status")
    state = _STATES.get(str(word or "queued").lower().replace("-", "_").strip(), "running")
    task_id = task.get("task_id") or task.get("id") or data
    code, message = _reason(task, outer) if state == "failed" else ("", "")
    return TaskView(
        id=str(task_id)[:200] if isinstance(task_id, str | int) else "",
        state=state,
        progress=_progress(task.get("progress")),
        urls=_urls(task, url_order) if state == "done" else (),
        code=code,
        message=message,
    )


def _progress(value: Json) -> int:
    """37, "37%" or 0.37."""
    if isinstance(value, str):
        digits = value.strip().removesuffix("%")
        value = int(digits) if digits.isdecimal() and len(digits) <= 3 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return -1
    if isinstance(value, float) and 0 < value <= 1:
        value *= 100
    return int(value) if 0 <= value <= 100 else -1


def _urls(task: dict[str, Json], url_order: Iterable[str]) -> tuple[str, ...]:
    """Links in the row's order, those that are the gateway's own /content last."""
    found = [url for place in url_order for url in _at(task, place) if is_url(url)]
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda url: url.partition("?")[0].endswith("/content")))


def _at(value: Json, place: str) -> list[Json]:
    """All values at `a.b[0].c` or `a[*].b`."""
    values = [value]
    for step in place.replace("[", ".[").split("."):
        if step == "[*]":
            values = [item for each in values if isinstance(each, list) for item in each[:ARTIFACTS_MAX]]
        elif step.startswith("["):
            at = int(step[1:-1])
            values = [each[at] for each in values if isinstance(each, list) and len(each) > at]
        else:
            values = [each[step] for each in values if isinstance(each, dict) and step in each]
    return values


def _reason(task: dict[str, Json], outer: dict[str, Json]) -> tuple[str, str]:
    """Why it failed. Depending on the shape the words stand in the error, in `fail_reason` or where a link should be; a code
    may stand in the upstream's own body alone, which is `data` within the task."""
    code, message = _error(task)
    raw_code, raw_message = _error(task.get("data"))
    failure_code = [_word(value) for place in ("failureCode", "data.failureCode") for value in _at(task, place)]
    candidates = [
        message,
        *(_word(task.get(name)) for name in ("fail_reason", "failure", "url", "result_url")),
        *(_word(value) for value in _at(task, "metadata.url")),
        raw_message,
        *(_word(value) for value in _at(task, "data.failure")),
        _word(outer.get("message")),
    ]
    codes = (code, *failure_code, raw_code)
    told = next((words for words in candidates if words and not is_url(words)), "")
    return next((word for word in codes if word and word.lower() not in _STATES), ""), told


def _error(task: Json) -> tuple[str, str]:
    """Code and words of an error, which may be words alone."""
    error = task.get("error") if isinstance(task, dict) else None
    if isinstance(error, dict):
        return _word(error.get("code")), _word(error.get("message"))
    return "", _word(error)


def _word(value: Json) -> str:
    if isinstance(value, str):
        return value.strip()[:TEXT_CHARS]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
