"""Seedance 2.0 by its standard route: `POST /v1/video/generations`, whose tasks answer in an envelope (gateway contract,
videos 2 and 5). Pure.

All seven modes are one call: what a film is made of stands in `content`, each file with a role.
"""

from __future__ import annotations

from dataclasses import replace

from core.catalog import ModelSpec
from core.errors import WrongInput, WrongMix
from core.gateway.options import check_together, checked_link, put, put_options, worded_prompt
from core.gateway.video.cast import FIRST, LAST, cast
from core.gateway.video.unified import parse_poll, parse_submit, to_poll, to_second_look
from core.gateway.wire import WireRequest
from core.values import Json, Order, Part

BLOCKS = False

__all__ = ["BLOCKS", "parse_poll", "parse_submit", "to_other_form", "to_poll", "to_second_look", "to_submit"]


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Raises BadInput for files that do not go together."""
    return _request(order, spec, nested=spec.extra["nested_content"], top_prompt=spec.extra["top_prompt"])


def to_other_form(order: Order, spec: ModelSpec, refusal: str) -> WireRequest | None:
    """With the prompt above the content where it was missed there, or else with links written the other way (videos 5.1)."""
    nested, top_prompt = spec.extra["nested_content"], spec.extra["top_prompt"]
    if "prompt is required" in refusal.lower():
        return None if top_prompt else _request(order, spec, nested=nested, top_prompt=True)
    if not cast(order, spec):
        return None
    return _request(order, spec, nested=not nested, top_prompt=top_prompt)


def _request(order: Order, spec: ModelSpec, *, nested: bool, top_prompt: bool) -> WireRequest:
    extra = spec.extra
    chosen = spec.chosen(order.options)
    named = extra["names"].get(chosen.get("resolution", ""))
    prompt = worded_prompt(order.prompt.strip() or extra["no_words"], chosen, spec)
    body: dict[str, Json] = {"model": named or spec.upstream, "content": _content(prompt, order, spec, nested)}
    if top_prompt:
        body["prompt"] = prompt
    for name, value in extra["body"].items():
        put(body, name, value)
    if named:  # it says the resolution
        del chosen["resolution"]
    put_options(body, chosen, spec, extra["fields"])
    return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)


def _content(prompt: str, order: Order, spec: ModelSpec, nested: bool) -> list[Json]:
    """The words, then the files in the order in which they came: prompts name them by their number."""
    files = cast(order, spec)
    _check(order, files, spec)
    items: list[Json] = [{"type": "text", "text": prompt}]
    for part in files:
        field, link = f"{part.kind}_url", {"url": checked_link(part, spec)}
        items.append({"type": field, **({field: link} if nested else link), "role": _role(part, files, spec)})
    return items


def _role(part: Part, files: tuple[Part, ...], spec: ModelSpec) -> str:
    """A first frame without a last one has a word of its own."""
    if part.role in {FIRST, LAST}:
        return str(spec.extra["roles"]["begin" if len(files) == 1 else part.role])
    return str(spec.extra["roles"][part.kind])


def _check(order: Order, files: tuple[Part, ...], spec: ModelSpec) -> None:
    check_together(replace(order, inputs=files), spec)
    for part in files:
        if part.kind not in spec.extra["roles"]:
            raise WrongInput(model=spec.name, kind=part.kind, allowed="none")
    if files and all(part.kind == "audio" for part in files):
        raise WrongMix("a sound alone", model=spec.name, mode="omni", able="yes", allowed="none")
