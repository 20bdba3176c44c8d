"""What an order of pictures says in fields, whichever form carries them: shared by the families of this folder. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from core.catalog import ModelSpec
from core.gateway.options import put, put_options, put_size, worded_prompt
from core.values import Json, Order, Part, Past

UNSEEN = frozenset({"shape", "mask"})
"""Roles of inputs that are no pictures to look at."""


def pictures_of(order: Order) -> list[Part]:
    """What the model is to look at, in the order in which it came."""
    return [part for part in order.inputs if part.data and part.kind == "image" and part.role not in UNSEEN]


def chosen_of(order: Order, spec: ModelSpec) -> dict[str, str]:
    """The options that hold. Where to change a picture means nothing without one."""
    chosen = spec.chosen(order.options)
    if not order.past and not pictures_of(order):
        chosen.pop("only", None)
    return chosen


def words_of(order: Order, spec: ModelSpec) -> str:
    """The prompt; of a button under a result, which makes it larger or varies it, the row's own words."""
    return _said(order.prompt, order.action, chosen_of(order, spec), spec)


def words_then(past: Past, spec: ModelSpec) -> str:
    """What was said in a former order, by the row as it is now."""
    return _said(past.prompt, past.action, spec.chosen(past.options), spec)


def _said(prompt: str, action: str, chosen: Mapping[str, str], spec: ModelSpec) -> str:
    words = {"upscale": spec.extra["upscale_prompt"], "vary": spec.extra["vary_prompt"]}.get(action, prompt)
    return worded_prompt(words, chosen, spec)


def body_of(order: Order, spec: ModelSpec) -> dict[str, Json]:
    """Model, prompt, what the row adds, and options where the row puts them (gateway contract, images 2, 3 and 6)."""
    extra = spec.extra
    chosen = chosen_of(order, spec)
    body: dict[str, Json] = {"model": spec.upstream, "prompt": words_of(order, spec)}
    for name, value in extra["body"].items():
        put(body, name, value)
    # a picture that is changed keeps its shape, unless another is asked for
    if "ratio" in chosen or not pictures_of(order):
        put_size(body, chosen, spec)
    put_options(body, chosen, spec, extra["fields"])
    return body
