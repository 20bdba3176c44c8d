"""What Midjourney's gateway answers to an order: taken, queued, or refused, and why (gateway contract, images 7.2). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from core.catalog import ModelSpec
from core.errors import BadRequest, BannedWord, GatewayError, NoResult, RateLimited, Unsure, UpstreamDown
from core.gateway.failures import from_told, from_words, told_error
from core.gateway.wire import Accepted, Broken, Submitted
from core.values import Json

BUSY_S = 30.0
TAKEN = frozenset({1, 21, 22})
"""Taken; a window waits, or the same task is there already (which of them, its status tells); queued."""
BUSY = frozenset({23, 30})
DOWN = frozenset({5, 9})
BANNED = 24
LINKS_MOST = 5
WORD_CHARS = 40

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LINK = re.compile(r"https?://[^\s\"'<>`]{3,2000}", re.IGNORECASE)
_SEED = re.compile(r"\d{1,20}")
_QUEUE_FULL = re.compile(r"队列已满|queue (is )?full", re.IGNORECASE)


def read_submitted(body: Json, spec: ModelSpec) -> Submitted:
    """Raises Unsure when it was taken, or is said in no known way, and names no task."""
    code = _code(body)
    if code in TAKEN:
        if task_id := next(_task_ids(body.get("result")), ""):
            return Accepted(task_id)
        raise Unsure("taken, but without the id of a task")
    if code is not None:
        return Broken(_refusal(code, body, spec))
    if told := told_error(body):
        return Broken(from_told(told, BadRequest, model=spec.upstream))
    raise Unsure("a reply without a code")


def links_of(body: Json) -> tuple[str, ...]:
    """Of uploaded pictures. Raises what the upload was refused for, NoResult without a link."""
    links = body.get("result") if isinstance(body, dict) else None
    found = [link for link in _listed(links) if isinstance(link, str) and _LINK.fullmatch(link)]
    if _code(body) in TAKEN and found:
        return tuple(found[:LINKS_MOST])
    told = told_error(body)
    raise from_told(told, BadRequest) if told else NoResult("an upload without a link")


def seed_of(body: Json) -> str:
    """ "" = none."""
    seed = body.get("result") if _code(body) == 1 else None
    text = "" if isinstance(seed, bool) else str(seed).strip()
    return text if _SEED.fullmatch(text) else ""


def _refusal(code: int, body: dict[str, Json], spec: ModelSpec) -> GatewayError:
    words = body.get("description")
    words = words.strip() if isinstance(words, str) else ""
    detail = f"code {code}: {words[:200]}"
    if code in BUSY or _QUEUE_FULL.search(words):
        return RateLimited(detail, retry_after_s=BUSY_S)
    if code == BANNED:
        properties = body.get("properties")
        word = _word(properties.get("bannedWord") if isinstance(properties, dict) else None)
        return BannedWord(detail, word=word) if word else from_words("sensitive_words_detected", words, BadRequest)
    return from_words("", words, UpstreamDown if code in DOWN else BadRequest, model=spec.upstream)


def _word(value: Json) -> str:
    """Short, on one line, with nothing in it that could be markup."""
    text = unicodedata.normalize("NFKC", value) if isinstance(value, str) else ""
    return "".join(mark if mark.isalnum() or mark in " -'" else " " for mark in text)[:WORD_CHARS].strip()


def _code(body: Json) -> int | None:
    """None when it is no submit result."""
    code = body.get("code") if isinstance(body, dict) and not body.get("error") else None
    if isinstance(code, str) and code.strip().isdecimal() and len(code) < 8:
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _task_ids(result: Json) -> Iterator[str]:
    """A text, a bare number, a list, or several joined by commas."""
    for value in _listed(result):
        text = "" if isinstance(value, bool) else str(value)
        for task_id in text.split(","):
            if _TASK_ID.fullmatch(task_id.strip()):
                yield task_id.strip()


def _listed(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value[:20]
    return [value] if isinstance(value, str | int) else []
