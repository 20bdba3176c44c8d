"""Midjourney: tasks that are submitted, looked at, pressed on and, when they wait in a window, answered (gateway contract,
images 7). Pure.

Here is what is sent. What comes back is read by `midjourney_replies.py` (submit results), `midjourney_task.py` (tasks) and
`midjourney_buttons.py`; what is a flag is known to `core/flags.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.catalog import ModelSpec
from core.errors import (
    BadOption,
    BadRequest,
    EmptyPrompt,
    FileTooLarge,
    GatewayError,
    NoResult,
    SourceGone,
    UpstreamDown,
)
from core.flags import as_flags, defused, parted, zoomed
from core.gateway.failures import from_told, told_error
from core.gateway.image.midjourney_replies import links_of, read_submitted, seed_of
from core.gateway.image.midjourney_task import id_of, is_task, read_task
from core.gateway.options import data_uri
from core.gateway.wire import Polled, Submitted, WireReply, WireRequest
from core.values import Json, Order, Part

BLOCKS = False

FETCH_S = 20.0
SEED_S = 75.0
BLEND_LEAST, BLEND_MOST = 2, 5
MEGABYTE = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"

# --- orders --------------------


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Imagine, blend or describe, or the press of a button. Raises BadInput for what it cannot be made from, and SourceGone
    when the task that is pressed on is not known."""
    if order.press:
        return _post("action", _press(order), spec)
    if order.action == "blend":
        return _post("blend", _blend(order, spec), spec)
    if order.action == "describe":
        return _post("describe", _describe(order, spec), spec)
    prompt = _worded(order.prompt, order, spec)
    pictures = [data_uri(part) for part in _pictures(order, spec)]
    return _post("imagine", {"botType": spec.extra["bot"], "prompt": prompt, "base64Array": pictures}, spec)


def _post(name: str, body: dict[str, Json], spec: ModelSpec) -> WireRequest:
    path = f"{spec.extra['path_prefix']}/mj/submit/{name}"
    return WireRequest("POST", path, json={**body, "state": ""}, timeout_s=spec.submit_s)


def _press(order: Order) -> dict[str, Json]:
    """The button's id exactly as it came; nobody builds one."""
    task_id = order.past[-1].task_id if order.past else ""
    if not task_id:
        raise SourceGone("the task of the pressed button is not known")
    return {"chooseSameChannel": True, "taskId": task_id, "customId": order.press}


def _blend(order: Order, spec: ModelSpec) -> dict[str, Json]:
    pictures = [data_uri(part) for part in _pictures(order, spec)]
    if not BLEND_LEAST <= len(pictures) <= BLEND_MOST:
        raise BadOption(name="files", value=str(len(pictures)), allowed=f"{BLEND_LEAST}–{BLEND_MOST}")
    shape = _dimensions(order.options.get("ratio", ""))
    return {"botType": spec.extra["bot"], "base64Array": pictures, "dimensions": shape}


def _dimensions(ratio: str) -> str:
    """A blend has three shapes; the nearest one is taken."""
    width, _, height = ratio.partition(":")
    if not (width.isdecimal() and height.isdecimal()) or int(width) == int(height):
        return "SQUARE"
    return "LANDSCAPE" if int(width) > int(height) else "PORTRAIT"


def _describe(order: Order, spec: ModelSpec) -> dict[str, Json]:
    pictures = _pictures(order, spec)
    if len(pictures) != 1:
        raise BadOption(name="files", value=str(len(pictures)), allowed="1")
    body: dict[str, Json] = {"botType": spec.extra["bot"], "base64": data_uri(pictures[0])}
    language = spec.chosen(order.options).get("language")
    return {**body, "language": language} if language else body


def _pictures(order: Order, spec: ModelSpec) -> list[Part]:
    """The pictures that are meant as such. Raises FileTooLarge for one that the wire does not take."""
    found = [part for part in order.inputs if part.data and part.role not in {"mask", "shape"}]
    most = spec.extra["picture_bytes"]
    if largest := max((len(part.data) for part in found if len(part.data) > most), default=0):
        raise FileTooLarge(size=f"{largest / MEGABYTE:.1f} MB", limit=f"{most / MEGABYTE:.0f} MB")
    return found


def _worded(prompt: str, order: Order, spec: ModelSpec, *more: str) -> str:
    """The words and the flags behind them. Flags that are the row's own may stand in the words too, the order's options
    count more; what else looks like one is made harmless."""
    words, pasted = parted(spec, prompt)
    words = defused(words)
    if not words:
        raise EmptyPrompt(command=order.kind)
    flags = as_flags(spec, spec.chosen({**pasted, **order.options}))
    return " ".join(piece for piece in (words, flags, *more) if piece)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    return read_submitted(reply.body, spec)


# --- pictures that an order names --------------------


def to_upload(order: Order, spec: ModelSpec) -> WireRequest | None:
    """Pictures that are there for their style or for who is in them go up first; those of the prompt go with the order."""
    if not _used_for(order, spec):
        return None
    pictures = [data_uri(part) for part in _pictures(order, spec)]
    path = spec.extra["path_prefix"] + spec.extra["upload_path"]
    return WireRequest("POST", path, json={"base64Array": pictures}, timeout_s=spec.submit_s)


def parse_upload(reply: WireReply, order: Order, spec: ModelSpec) -> Order:
    option = _used_for(order, spec)
    links = " ".join((order.options.get(option, ""), *links_of(reply.body))).strip()
    rest = tuple(part for part in order.inputs if part.role in {"mask", "shape"})
    return replace(order, options={**order.options, option: links}, inputs=rest)


def _used_for(order: Order, spec: ModelSpec) -> str:
    """The option that the order's pictures belong to; "" = none, or none that the row has."""
    if order.press or order.action or not any(part.data for part in order.inputs):
        return ""
    option = str(spec.extra["uses"].get(spec.chosen(order.options).get("use", ""), ""))
    return option if option in spec.options else ""


# --- tasks --------------------


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    return WireRequest("GET", f"{spec.extra['path_prefix']}/mj/task/{task_id}/fetch", timeout_s=FETCH_S)


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    """Raises TaskExpired when there is no such task: right after the submit that may change, later it is final (7.4)."""
    if is_task(reply.body):
        return read_task(reply.body, task_id, spec)
    raise _no_task(reply)


def to_poll_many(task_ids: Sequence[str], spec: ModelSpec) -> WireRequest:
    path = f"{spec.extra['path_prefix']}/mj/task/list-by-condition"
    return WireRequest("POST", path, json={"ids": list(task_ids)}, timeout_s=FETCH_S)


def parse_poll_many(reply: WireReply, spec: ModelSpec) -> Mapping[str, Polled]:
    """Tasks that are unknown are simply missing, and the order is any. Raises BadRequest for what is no list at all."""
    if not isinstance(reply.body, list):
        told = told_error(reply.body)
        raise from_told(told, BadRequest) if told else BadRequest(f"HTTP {reply.status} without a list")
    tasks = {id_of(body): body for body in reply.body if is_task(body)}
    return {task_id: read_task(body, task_id, spec) for task_id, body in tasks.items() if task_id}


def _no_task(reply: WireReply) -> GatewayError:
    told = told_error(reply.body)
    return from_told(told, BadRequest) if told else UpstreamDown(f"HTTP {reply.status} without a task")


# --- windows --------------------


def to_confirm(order: Order, task_id: str, spec: ModelSpec) -> WireRequest:
    """The words of the window, and for a region its mask (7.9): white is repainted, and only PNG is understood. Without words
    it goes on with those of the picture. Raises BadRequest without a mask where one is needed."""
    prompt = order.prompt or (order.past[-1].prompt if order.past else "")
    body: dict[str, Json] = {"taskId": task_id}
    if order.action == "inpaint":
        body |= {"prompt": defused(parted(spec, prompt)[0]), "maskBase64": _mask(order)}
    elif order.action == "custom_zoom":
        words, zoom = zoomed(prompt)
        body["prompt"] = _worded(words, order, spec, f"--zoom {zoom or spec.extra['zoom']}")
    else:
        body["prompt"] = _worded(prompt, order, spec)
    return _post("modal", body, spec)


def _mask(order: Order) -> str:
    mask = next((part for part in order.inputs if part.role == "mask"), None)
    if mask is None or not mask.data.startswith(PNG):
        raise BadRequest("a region without a mask as PNG")
    return data_uri(replace(mask, mime="image/png"))


def parse_confirm(reply: WireReply, spec: ModelSpec) -> Submitted:
    return read_submitted(reply.body, spec)


# --- seeds --------------------


def to_seed(task_id: str, spec: ModelSpec) -> WireRequest:
    """The gateway may need a minute for it."""
    return WireRequest("GET", f"{spec.extra['path_prefix']}/mj/task/{task_id}/image-seed", timeout_s=SEED_S)


def parse_seed(reply: WireReply) -> str:
    """Raises NoResult when there is none."""
    if seed := seed_of(reply.body):
        return seed
    told = told_error(reply.body)
    raise from_told(told, NoResult) if told else NoResult("a seed that is no number")
