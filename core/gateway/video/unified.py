"""The unified video route, `POST /v1/videos` and its queries (gateway contract, videos 1 to 3, 4.2, 5.5, 6, 8). Pure.

What differs between the models behind it (where seconds, shape and pictures go, JSON or form, where links stand) is in
their rows.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from core.catalog import ModelSpec
from core.errors import BadRequest, GatewayError, NoResult, TaskFailed, Unsure
from core.gateway.extract import TaskView, read_task
from core.gateway.failures import from_told, from_words, told_error
from core.gateway.options import as_text, data_uri, form_file, put, put_options, put_size, worded_prompt
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json, Order, Part

BLOCKS = False

# --- order --------------------


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    pictures = [part for part in order.inputs if part.data]
    as_form = extra["force_multipart"] or (bool(pictures) and extra["inputs_as"] == "multipart")
    chosen = spec.chosen(order.options)
    body: dict[str, Json] = {"model": spec.upstream, "prompt": worded_prompt(order.prompt, chosen, spec)}
    for name, value in extra["body"].items():
        put(body, name, value)
    put_size(body, chosen, spec)
    put_options(body, chosen, spec, (extra["form_fields"] or extra["fields"]) if as_form else extra["fields"])
    if not as_form:
        _put_links(body, pictures, spec)
        return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)
    form = tuple((name, _form_value(value)) for name, value in body.items())
    fields = [_field(part, pictures, spec) for part in pictures]
    files = tuple(form_file(fields[at], at + 1, part) for at, part in enumerate(pictures))
    return WireRequest("POST", extra["path"], form=form, files=files, timeout_s=spec.submit_s)


def _put_links(body: dict[str, Json], pictures: list[Part], spec: ModelSpec) -> None:
    """Pictures as data URIs, in the order they came; a field whose name is that of `images` takes a list."""
    listed: list[str] = []
    for part in pictures:
        field = _field(part, pictures, spec)
        if field == spec.extra["input_fields"].get("images"):
            listed.append(data_uri(part))
            put(body, field, listed)
        else:
            put(body, field, data_uri(part))


def _field(part: Part, pictures: list[Part], spec: ModelSpec) -> str:
    """The field of a picture by its role; one without a role is `image`, or of `images` when there are several."""
    fields = spec.extra["input_fields"]
    plain = [other for other in pictures if not other.role]
    role = part.role or ("images" if len(plain) > 1 and "images" in fields else "image")
    return str(fields.get(role) or fields["image"])


def _form_value(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else as_text(value)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """A submit may be answered like a query, finished or failed already. Raises Unsure when it names no task."""
    view = read_task(reply.body, spec.extra["url_order"])
    if view.state == "failed":
        return Broken(_reason(view, spec))
    if told := told_error(reply.body):
        return Broken(from_told(told, BadRequest, model=spec.upstream))
    if view.state == "done" and (view.urls or view.id):
        return _ready(view, view.id, spec)
    if not view.id:
        raise Unsure("taken, but without the id of a task")
    return Accepted(view.id)


# --- task --------------------


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    return WireRequest("GET", _path(spec.extra["poll_path"], task_id))


def to_second_look(task_id: str, spec: ModelSpec) -> WireRequest | None:
    path = spec.extra["second_path"]
    return WireRequest("GET", _path(path, task_id)) if path else None


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    """Raises GatewayError when the reply tells an error of the query itself."""
    view = read_task(reply.body, spec.extra["url_order"])
    if view.state == "failed":
        return Broken(_reason(view, spec))
    if view.state == "done":
        return _ready(view, task_id, spec)
    if told := told_error(reply.body):
        raise from_told(told, BadRequest)
    return Again(progress=view.progress, queued=view.state == "queued")


def _reason(view: TaskView, spec: ModelSpec) -> GatewayError:
    return from_words(view.code, view.message, TaskFailed, model=spec.upstream)


def _ready(view: TaskView, task_id: str, spec: ModelSpec) -> Ready | Broken:
    """The best link, and the gateway's own address of the film beside it, should the link be dead."""
    content = _path(spec.extra["content_path"], task_id) if task_id else ""
    if not view.urls and not content:
        return Broken(NoResult("finished without a link"))
    return Ready((Artifact("video", url=view.urls[0] if view.urls else "", content=content),))


def _path(pattern: str, task_id: str) -> str:
    """An id of dots alone would be a step up in the path: it is escaped twice, and so names nothing."""
    escaped = quote(task_id, safe="")
    return pattern.replace("{id}", escaped if escaped.strip(".") else escaped.replace(".", "%252E"))
