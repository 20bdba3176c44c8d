"""Runway by its vendor's own form: a picture that begins to move, or a film that is changed (gateway contract, videos
7.1). Pure.

Which of the two a model does is the row's `path`.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.catalog import ModelSpec
from core.errors import EmptyPrompt, NeedsInput, PromptTooLong, WrongInput
from core.gateway.options import check_together, checked_link, put, put_options, worded_prompt
from core.gateway.video.cast import own_film, wrong_mix
from core.gateway.video.unified import parse_poll, parse_submit, path_of
from core.gateway.wire import WireRequest
from core.values import Json, Order, Part

BLOCKS = False

__all__ = ["BLOCKS", "parse_poll", "parse_submit", "to_poll", "to_submit"]


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Raises BadInput for what the row cannot do, or not with these files, words and options."""
    check_together(order, spec)
    if order.action and order.action not in spec.modes:
        raise wrong_mix(spec, order.action, able=False)
    extra, chosen = spec.extra, spec.chosen(order.options)
    body: dict[str, Json] = {"model": spec.upstream}
    for name, value in extra["body"].items():
        put(body, name, value)
    _put_files(body, [part for part in (*own_film(order), *order.inputs) if part.data or part.url], spec)
    if prompt := worded_prompt(order.prompt.strip(), chosen, spec):
        body[extra["prompt_field"]] = _checked(prompt, spec)
    elif extra["needs_prompt"]:
        raise EmptyPrompt(command=order.kind)
    put_options(body, chosen, spec, extra["fields"])
    return WireRequest("POST", extra["path"], json=body, headers=_headers(spec), timeout_s=spec.submit_s)


def _checked(prompt: str, spec: ModelSpec) -> str:
    """The vendor counts as UTF-16 does."""
    length, most = len(prompt.encode("utf-16-le", "replace")) // 2, spec.extra["prompt_units"]
    if length > most:
        raise PromptTooLong(limit=most, length=length)
    return prompt


def _put_files(body: dict[str, Json], parts: Sequence[Part], spec: ModelSpec) -> None:
    """The film and what it is to look like; or the first frame, with the last one as a list."""
    fields = spec.extra["input_fields"]
    films = [part for part in parts if part.kind == "video"]
    pictures = [part for part in parts if part.kind == "image"]
    for part in parts:
        if part.kind not in {"image", "video"} or part.kind not in spec.inputs:
            raise WrongInput(model=spec.name, kind=part.kind, allowed="none")
    if not films and "edit" in spec.modes:
        raise wrong_mix(spec, "edit", able=True)
    if not parts:
        raise NeedsInput(command="video")
    for film in films[:1]:
        put(body, fields["video"], checked_link(film, spec))
    if films and pictures:
        put(body, fields["reference"], [{"type": "image", "uri": checked_link(part, spec)} for part in pictures])
    elif len(pictures) == 1 and pictures[0].role != "last_frame":
        put(body, fields["image"], checked_link(pictures[0], spec))
    elif pictures:
        put(body, fields["image"], [_frame(part, at, spec) for at, part in enumerate(pictures)])


def _frame(part: Part, at: int, spec: ModelSpec) -> Json:
    is_last = part.role == "last_frame" or (not part.role and at > 0)
    return {"uri": checked_link(part, spec), "position": "last" if is_last else "first"}


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    return WireRequest("GET", path_of(spec.extra["poll_path"], task_id), headers=_headers(spec))


def _headers(spec: ModelSpec) -> dict[str, str]:
    return {"X-Runway-Version": spec.extra["version"]}
