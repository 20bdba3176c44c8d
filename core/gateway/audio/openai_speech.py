"""Text to speech by the OpenAI form, whose reply is the file itself (gateway contract, audio 3.10, 6). One blocking call, no
task. Pure."""

from __future__ import annotations

from copy import deepcopy

from core.catalog import ModelSpec
from core.errors import BadRequest, NoResult, PromptTooLong
from core.gateway.failures import from_told, told_error
from core.gateway.options import put_options, worded_prompt
from core.gateway.wire import Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json, Order

BLOCKS = True
TAKES_BYTES = True


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Raises PromptTooLong."""
    extra, chosen = spec.extra, spec.chosen(order.options)
    text = worded_prompt(order.prompt, chosen, spec)
    if len(text) > extra["text_chars"]:
        raise PromptTooLong(limit=extra["text_chars"], length=len(text))
    body: dict[str, Json] = {"model": spec.upstream, "input": text, **deepcopy(extra["body"])}
    put_options(body, chosen, spec, extra["fields"])
    return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """Whatever is said of its type: JSON is an error, all else the sound, which is looked into later."""
    if told := told_error(reply.body):
        return Broken(from_told(told, BadRequest, model=spec.upstream))
    if not reply.content:
        return Broken(NoResult(f"{spec.name}: no sound in the reply"))
    return Ready((Artifact("audio", data=reply.content, mime="audio/mpeg"),))


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")
