"""Pictures by `POST /v1/images/generations` and `/v1/images/edits`: one blocking call, no task (gateway contract, images 2,
3, 5.1, 6, 8). Pure."""

from __future__ import annotations

from core.catalog import ModelSpec
from core.errors import BadRequest, Moderated, NoResult
from core.gateway.extract import media_of
from core.gateway.failures import Told, from_told, told_error
from core.gateway.options import (
    as_text,
    data_uri,
    form_file,
    put_options,
    put_size,
    worded_prompt,
)
from core.gateway.wire import Broken, Polled, Ready, Submitted, WireFile, WireReply, WireRequest
from core.values import Json, Order, Part


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """JSON without pictures; with them a form of real file parts, or JSON with data URIs where the row says so."""
    extra = spec.extra
    pictures = [part for part in order.inputs if part.data]
    body = _body(order, spec, with_pictures=bool(pictures))
    if not pictures:
        return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)
    if extra["edits"] == "json":
        links = [data_uri(part) for part in pictures]
        body[extra["json_field"]] = links[0] if len(links) == 1 else links
        return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)
    form = tuple((name, as_text(value)) for name, value in body.items())
    files = tuple(_file(number, part, spec) for number, part in enumerate(pictures, 1))
    return WireRequest("POST", extra["edit_path"], form=form, files=files, timeout_s=spec.submit_s)


def _body(order: Order, spec: ModelSpec, *, with_pictures: bool) -> dict[str, Json]:
    extra = spec.extra
    chosen = spec.chosen(order.options)
    body: dict[str, Json] = {"model": spec.upstream, "prompt": worded_prompt(order.prompt, chosen, spec)}
    body |= extra["body"] | extra["edit_body" if with_pictures else "generation_body"]
    put_size(body, chosen, spec)
    put_options(body, chosen, spec, extra["fields"])
    return body


def _file(number: int, part: Part, spec: ModelSpec) -> WireFile:
    field = spec.extra["mask_field" if part.role == "mask" else "file_field"]
    return form_file(field, number, part)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """All pictures of the reply. Without one it is a failure, and words in its place are usually a refusal."""
    if told := told_error(reply.body):
        return Broken(from_told(told, BadRequest, model=spec.upstream))
    artifacts, words = media_of(reply.body)
    if artifacts:
        return Ready(artifacts)
    if item := _told_by_item(reply.body):
        return Broken(from_told(item, NoResult))
    return Broken(Moderated(f"prose instead of a picture: {words[:200]}") if words else NoResult("an empty reply"))


def _told_by_item(body: Json) -> Told | None:
    """The error of an entry of `data`: one picture of a group may fail by itself."""
    data = body.get("data") if isinstance(body, dict) else None
    for item in data if isinstance(data, list) else []:
        if told := told_error(item):
            return told
    return None


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")
