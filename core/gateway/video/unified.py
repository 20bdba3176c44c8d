"""The unified video route, `POST /v1/videos` and its queries (gateway contract, videos 1 to 3, 4.2, 5.5, 6, 7.2, 8). Pure.

What differs between the models behind it (where seconds, shape and files go, JSON or form, where links stand) is in their
rows. What only Kling is told is in `kling_metadata.py`.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from core.catalog import ModelSpec
from core.errors import BadRequest, GatewayError, NoResult, SourceGone, TaskFailed, Unsure, WrongInput
from core.gateway.extract import TaskView, read_task
from core.gateway.failures import from_told, from_words, told_error
from core.gateway.options import (
    as_text,
    check_together,
    checked_link,
    form_file,
    put,
    put_options,
    put_size,
    worded_prompt,
)
from core.gateway.video.cast import own_film, wrong_mix
from core.gateway.video.kling_metadata import film_use, put_face, put_files, put_scene, put_shots, seal
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json, Order, Part

BLOCKS = False

# --- order --------------------


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Raises BadInput for what the row cannot do, or not with these files and options; SourceGone."""
    check_together(order, spec)
    if order.action == "remix":
        return _remix(order, spec)
    order = replace(order, inputs=(*own_film(order), *order.inputs))
    for part in order.inputs:
        if part.kind not in spec.inputs:
            raise WrongInput(model=spec.name, kind=part.kind, allowed="none")
    parts = [part for part in order.inputs if part.data or part.url]
    as_files = spec.extra["inputs_as"] == "multipart" and any(part.data for part in parts)
    if spec.extra["force_multipart"] or as_files:
        return _form(_body(order, spec, spec.extra["form_fields"] or spec.extra["fields"]), order, parts, spec)
    body = _body(order, spec, spec.extra["fields"])
    _put_links(body, order, parts, spec)
    seal(body, spec)
    return WireRequest("POST", spec.extra["path"], json=body, timeout_s=spec.submit_s)


def _remix(order: Order, spec: ModelSpec) -> WireRequest:
    """Another film after the gateway's own copy of one (videos 3.1)."""
    if not spec.extra["remix_path"]:
        raise wrong_mix(spec, "remix", able=False)
    if not order.past or not order.past[-1].task_id:
        raise SourceGone(f"{spec.name}: no task to remix")
    former = order.past[-1]
    words = order.prompt if order.prompt.strip() else former.prompt
    path = path_of(spec.extra["remix_path"], former.task_id)
    return WireRequest("POST", path, json={"prompt": words}, timeout_s=spec.submit_s)


def _body(order: Order, spec: ModelSpec, fields: dict[str, Json]) -> dict[str, Json]:
    """All but the files."""
    chosen = spec.chosen(order.options)
    words = order.prompt if order.prompt.strip() or order.action == "shots" else spec.extra["no_words"]
    body: dict[str, Json] = {"model": spec.upstream, "prompt": worded_prompt(words, chosen, spec)}
    for name, value in spec.extra["body"].items():
        put(body, name, value)
    put_size(body, chosen, spec)
    put_options(body, chosen, spec, fields)
    put_scene(body, order, spec)
    if order.action == "shots":
        put_shots(body, order, spec)
    return body


def _form(body: dict[str, Json], order: Order, parts: list[Part], spec: ModelSpec) -> WireRequest:
    """Files as files; a link without one as text."""
    seal(body, spec)
    form = [(name, as_text(value)) for name, value in body.items()]
    fields = [_field(part, parts, order, spec) for part in parts]
    form += [(field, part.url) for field, part in zip(fields, parts, strict=True) if not part.data]
    files = [form_file(fields[at], at + 1, part) for at, part in enumerate(parts) if part.data]
    return WireRequest("POST", spec.extra["path"], form=tuple(form), files=tuple(files), timeout_s=spec.submit_s)


def _put_links(body: dict[str, Json], order: Order, parts: list[Part], spec: ModelSpec) -> None:
    """Files as links or data URIs, in the order they came; a field whose name is that of `images` takes a list."""
    if order.action == "lip_sync" and spec.extra["face"]:
        put_face(body, order, spec)
        return
    use = film_use(order, spec)
    if use is not None:
        put_files(body, parts, use, spec)
        return
    listed: list[Json] = []
    for part in parts:
        field = _field(part, parts, order, spec)
        link = checked_link(part, spec)
        if field == spec.extra["input_fields"].get("images"):
            listed.append(link)
            put(body, field, listed)
        else:
            put(body, field, link)


def _field(part: Part, parts: list[Part], order: Order, spec: ModelSpec) -> str:
    """The field of a file by its role; a picture without a role is `image`, or of `images` when there are several. Raises
    WrongInput when the row has none."""
    fields = spec.extra["input_fields"]
    if part.kind == "image":
        plain = [other for other in parts if other.kind == "image" and not other.role]
        role, other_role = "images" if len(plain) > 1 and "images" in fields else "image", "image"
    else:
        role, other_role = {"video": "video", "audio": "voice"}.get(part.kind, ""), "reference"
        role = "motion" if part.kind == "video" and order.action == "motion" else role
    field = fields.get(part.role or role) or fields.get(other_role)
    if not field:
        raise WrongInput(f"{spec.name}: {part.role}", model=spec.name, kind=part.kind, allowed="none")
    return str(field)


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
    return WireRequest("GET", path_of(spec.extra["poll_path"], task_id))


def to_second_look(task_id: str, spec: ModelSpec) -> WireRequest | None:
    path = spec.extra["second_path"]
    return WireRequest("GET", path_of(path, task_id)) if path else None


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
    content = path_of(spec.extra["content_path"], task_id) if task_id else ""
    if not view.urls and not content:
        return Broken(NoResult("finished without a link"))
    return Ready((Artifact("video", url=view.urls[0] if view.urls else "", content=content),))


def path_of(pattern: str, task_id: str) -> str:
    """The id in its place. One of dots alone would be a step up in the path: it is escaped twice, and so names nothing."""
    escaped = quote(task_id, safe="")
    return pattern.replace("{id}", escaped if escaped.strip(".") else escaped.replace(".", "%252E"))
