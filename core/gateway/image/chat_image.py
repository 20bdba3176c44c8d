"""Pictures by `POST /v1/chat/completions`: Gemini's text and image to image, and 即梦's chat form (gateway contract, images
4.1 and 5.1). Pure.

It is read as one long call, for an upstream that was not asked to stream may do so, and the other way round.
"""

from __future__ import annotations

import re

from core.catalog import ModelSpec
from core.errors import GatewayError, TaskFailed, Unsure
from core.gateway.extract import media_of
from core.gateway.failures import from_told, told_error
from core.gateway.image.bodies import chosen_of, pictures_of, words_of
from core.gateway.image.replies import outcome_of, parse_poll, to_poll
from core.gateway.options import data_uri, put, put_options
from core.gateway.wire import Broken, News, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json, Order

BLOCKS = True

__all__ = ["BLOCKS", "order_reader", "parse_poll", "parse_submit", "to_poll", "to_submit"]

# --- order --------------------


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    content = _content(order, words_of(order, spec))
    body: dict[str, Json] = {
        "model": spec.upstream,
        "stream": extra["stream"],
        "messages": [{"role": "user", "content": content}],
    }
    for name, value in extra["body"].items():
        put(body, name, value)
    put_options(body, chosen_of(order, spec), spec, extra["fields"])
    return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)


def _content(order: Order, prompt: str) -> Json:
    """Plain text, or with pictures a list of parts, the words first."""
    shown = [{"type": "image_url", "image_url": {"url": data_uri(part)}} for part in pictures_of(order)]
    return [{"type": "text", "text": prompt}, *shown] if shown else prompt


# --- answer --------------------


class PictureReader:
    """What the upstream tells beside the words (`media.outputs`) goes before what stands in them."""

    def __init__(self, order: Order, spec: ModelSpec) -> None:
        self._spec = spec
        self._asked = frozenset(re.findall(r"https?://\S+", order.prompt))
        self._outputs: list[Artifact] = []
        self._words: list[str] = []
        self._parts: list[Json] = []
        self._reason = ""
        self._error: GatewayError | None = None
        self._finished = False

    @property
    def finished(self) -> bool:
        return self._finished

    def feed(self, data: Json) -> None:
        if told := told_error(data):
            self._error = self._error or from_told(told, TaskFailed, model=self._spec.upstream)
            self._finished = True
            return
        if not isinstance(data, dict):
            return
        found, _ = media_of({name: data[name] for name in ("media", "data") if name in data})
        self._outputs += [artifact for artifact in found if artifact not in self._outputs]
        choices = data.get("choices")
        for choice in choices[:1] if isinstance(choices, list) else []:
            if isinstance(choice, dict):
                self._hear(choice)
        if data.get("object") == "chat.completion":
            self._finished = True

    def _hear(self, choice: dict[str, Json]) -> None:
        whole = choice.get("message")
        said = whole if isinstance(whole, dict) else choice.get("delta")
        if isinstance(said, dict):
            for content in (said.get("content"), said.get("images")):
                if isinstance(content, str):
                    self._words.append(content)
                elif isinstance(content, list):
                    self._parts += content
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self._reason = reason
        self._finished = self._finished or bool(self._reason) or isinstance(whole, dict)

    def news(self) -> News:
        """It tells nothing on the way."""
        return News()

    def outcome(self, *, complete: bool) -> Submitted:
        if self._error is not None:
            return Broken(self._error)
        if self._outputs:
            return Ready(tuple(self._outputs))
        if not complete:
            raise Unsure("the answer ended before its picture came")
        message = {"content": [*self._parts, "".join(self._words)]}
        answer = {"choices": [{"message": message, "finish_reason": self._reason}]}
        return outcome_of(answer, self._spec, self._asked)


def order_reader(order: Order, spec: ModelSpec) -> PictureReader:
    return PictureReader(order, spec)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """A whole answer in one piece. Raises Unsure when it is none."""
    reader = PictureReader(Order("image", spec.name, ""), spec)
    reader.feed(reply.body)
    return reader.outcome(complete=reader.finished)
