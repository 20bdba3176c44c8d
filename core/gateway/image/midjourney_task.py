"""Reads a task of Midjourney: its status alone decides, never progress or code (gateway contract, images 7.4, 7.5). Pure.

Times are not read: some gateways tell seconds and some milliseconds, and the job has its own.
"""

from __future__ import annotations

import re

from core.catalog import ModelSpec
from core.errors import Declined, GatewayError, NoResult, TaskFailed
from core.gateway.extract import is_url
from core.gateway.failures import from_words
from core.gateway.image.midjourney_buttons import read_buttons
from core.gateway.wire import Again, Broken, Parked, Polled, Ready
from core.values import Artifact, Json

PICTURES_MOST = 4
TEXTS_MOST = 4
TEXT_CHARS = 2_000
REASON_CHARS = 200

_PROGRESS = re.compile(r"(\d{1,3})%")
_NUMBER = re.compile("[1-4]\ufe0f?\u20e3")
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{0,200})\]\(https?://[^()\s]{0,500}\)")
_ABOUT_THE_PROMPT = re.compile(
    r"^\[[A-Za-z ]{3,40}\]|invalid (parameter|value|link)|unrecognized parameter", re.IGNORECASE
)
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def is_task(body: Json) -> bool:
    """An error has no status, and a task always has one, be it empty."""
    return isinstance(body, dict) and "status" in body


def id_of(task: dict[str, Json]) -> str:
    found = task.get("id")
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return text if _TASK_ID.fullmatch(text) else ""


def read_task(task: dict[str, Json], task_id: str, spec: ModelSpec) -> Polled:
    match _text(task.get("status")).upper():
        case "" | "NOT_START":
            return Again(queued=True)
        case "IN_PROGRESS":
            return Again(_progress(task), preview=_link(task.get("imageUrl")))
        case "MODAL":
            return Parked()
        case "SUCCESS":
            return _result(task, task_id, spec)
        case "FAILURE":
            return Broken(_reason(_text(task.get("failReason")), spec))
        case "CANCEL":
            return Broken(TaskFailed("cancelled at the gateway"))
        case _:  # SUBMITTED, and words that nobody knows yet: until the job's own deadline
            return Again(_progress(task))


def _progress(task: dict[str, Json]) -> int:
    match = _PROGRESS.fullmatch(_text(task.get("progress")))
    return min(int(match[1]), 100) if match else -1


def _reason(words: str, spec: ModelSpec) -> GatewayError:
    """What Midjourney itself has against the prompt is told to the person, who can mend it; the rest is for the log."""
    error = from_words("", words, TaskFailed, model=spec.upstream)
    if type(error) is TaskFailed and _ABOUT_THE_PROMPT.search(words):
        return Declined(str(error), words=" ".join(words.replace("`", "").split())[:REASON_CHARS])
    return error


# --- results --------------------


def _result(task: dict[str, Json], task_id: str, spec: ModelSpec) -> Ready | Broken:
    """A description is words; everything else one picture, a grid of four or a single one."""
    action, texts = _text(task.get("action")).upper(), _texts(task)
    artifacts: tuple[Artifact, ...]
    if action == "DESCRIBE" or (not action and _NUMBER.match(texts)):
        artifacts = tuple(Artifact("text", text=text) for text in _pieces(texts))
    else:
        artifacts = _pictures(task, task_id, spec)
    if not artifacts:
        return Broken(NoResult("finished without a picture or words"))
    return Ready(artifacts, buttons=read_buttons(task.get("buttons"), spec))


def _pictures(task: dict[str, Json], task_id: str, spec: ModelSpec) -> tuple[Artifact, ...]:
    """The picture that the buttons belong to, with the gateway's own copy beside it; its tiles where only those are told."""
    told = task.get("imageUrl")
    own = spec.extra["image_path"].replace("{id}", task_id)
    if (link := _link(told)) or (_text(told) and own):
        return (Artifact("image", url=link, content=own),)
    tiles = task.get("imageUrls")
    listed = tiles if isinstance(tiles, list) else []
    links = (_link(tile.get("url") if isinstance(tile, dict) else tile) for tile in listed)
    return tuple(Artifact("image", url=link) for link in links if link)[:PICTURES_MOST]


def _texts(task: dict[str, Json]) -> str:
    """The words of a description: the first field that has any."""
    properties = task.get("properties")
    final = properties.get("finalPrompt") if isinstance(properties, dict) else None
    found = (_text(value) for value in (task.get("promptEn"), task.get("prompt"), final))
    return next((text for text in found if text), "")


def _pieces(text: str) -> list[str]:
    """The paragraphs behind 1️⃣ to 4️⃣; all of it when there are none."""
    plain = _MARKDOWN_LINK.sub(r"\1", text[: 4 * TEXTS_MOST * TEXT_CHARS])
    pieces = [" ".join(piece.split())[:TEXT_CHARS] for piece in _NUMBER.split(plain)]
    return [piece for piece in pieces if piece][:TEXTS_MOST]


def _link(value: Json) -> str:
    return value.strip() if isinstance(value, str) and is_url(value.strip()) else ""


def _text(value: Json) -> str:
    return value.strip() if isinstance(value, str) else ""
