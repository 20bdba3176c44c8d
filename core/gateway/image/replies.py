"""What a reply that should hold pictures means: pictures, a refusal, or nothing. One reading for all families that draw in
one call (gateway contract, images 1.3, 4 and 5). Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from core.catalog import ModelSpec
from core.errors import BadRequest, Declined, GatewayError, Moderated, NoResult
from core.gateway.extract import media_of
from core.gateway.failures import Told, from_told, told_error
from core.gateway.wire import Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json

WORDS_CHARS = 200

_MODERATED = frozenset(
    [
        "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "MODEL_ARMOR", "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "CONTENT_FILTER",
    ]
)  # fmt: skip
_CUT_SHORT = frozenset({"MAX_TOKENS", "LENGTH"})


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    return outcome_of(reply.body, spec)


def outcome_of(body: Json, spec: ModelSpec, not_these: Collection[str] = ()) -> Submitted:
    """All pictures of a reply but those links; without one it is a failure. Of a group some may fail by themselves: each of
    those is a result without an address, so that nobody pays for it."""
    artifacts, words = media_of(body)
    artifacts = tuple(artifact for artifact in artifacts if artifact.url not in not_these or not artifact.url)
    told = told_error(body)
    if told and (not artifacts or body.get("error")):
        return Broken(from_told(told, BadRequest, model=spec.upstream))
    failed = _told_by_items(body)
    if artifacts:
        return Ready(artifacts + (Artifact("image"),) * len(failed))
    return Broken(_why(body, failed, words))


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")


# --- without a picture --------------------


def _why(body: Json, failed: list[Told], words: str) -> GatewayError:
    """What the machine says goes before what the model says."""
    outer = body if isinstance(body, dict) else {}
    if blocked := _blocked(outer.get("promptFeedback")):
        return from_told(Told("prompt_blocked", blocked), Moderated)
    reasons = list(_reasons(outer))
    for reason in reasons:
        if reason in _MODERATED:
            return Moderated(f"finish reason {reason}")
    if failed:
        return from_told(failed[0], NoResult)
    said = cleaned(words)
    if said and not _CUT_SHORT.intersection(reasons):
        return Declined(f"prose instead of a picture: {said}", words=said)
    return NoResult(f"no picture, finish reason {reasons[0]}" if reasons else "an empty reply")


def _blocked(feedback: Json) -> str:
    reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
    unsaid = not isinstance(reason, str) or reason.startswith("BLOCK_REASON")
    return "" if unsaid else str(reason)


def _reasons(body: dict[str, Json]) -> Iterator[str]:
    """Why it ended, in either spelling, in capitals."""
    for listed in (body.get("candidates"), body.get("choices")):
        for item in listed if isinstance(listed, list) else []:
            reason = (item.get("finishReason") or item.get("finish_reason")) if isinstance(item, dict) else None
            if isinstance(reason, str) and reason:
                yield reason[:100].upper()


def _told_by_items(body: Json) -> list[Told]:
    data = body.get("data") if isinstance(body, dict) else None
    items = data if isinstance(data, list) else [data]
    told = [told_error(item) for item in items[:50] if isinstance(item, dict) and item.get("error")]
    return [each for each in told if each is not None]


# --- what a model says, as a person may see it --------------------

_LABELLED = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()]{0,2000}\)")
_TAG = re.compile(r"<[^<>]{0,200}>")
_ADDRESS = re.compile(r"\w{1,20}://\S*|\b(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}\b(?:[/:?#]\S*)?", re.IGNORECASE | re.ASCII)
_COMMAND = re.compile(r"(?<!\S)/(?=\w)")
_MARKS = re.compile(r"[*_`~|#<>\[\]\\@]+")


def cleaned(words: str) -> str:
    """One short line without links, mentions, commands and markup: a model may have been told to write them."""
    for pattern, put in ((_LABELLED, r"\1"), (_TAG, " "), (_ADDRESS, " "), (_COMMAND, ""), (_MARKS, "")):
        words = pattern.sub(put, words)
    line = " ".join(words.split())
    line = "".join(letter for letter in line if unicodedata.category(letter)[0] != "C")
    if not any(letter.isalnum() for letter in line):
        return ""
    if len(line) <= WORDS_CHARS:
        return line
    head = line[: WORDS_CHARS - 1]
    whole_words = head.rpartition(" ")[0]
    return (whole_words if len(whole_words) > WORDS_CHARS // 2 else head) + "…"
