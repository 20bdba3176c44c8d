"""What a person asks of a model, checked against its row. Pure; each error says what to write instead."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import BadOption, NeedsInput, PromptTooLong, UnknownOption
from core.masks import ONLY, REGION, SHAPE, files_of
from core.specs import ModelSpec, OptionSpec
from core.storyboard import check_shots, dumped, loaded
from core.values import Order

SHOTS = "shots"
"""What is done when one order films several shots, and the option that says which."""


def check_bytes(spec: ModelSpec, prompt: str) -> None:
    """The bound of the model is in bytes; people are told of characters, of which this text has so many too many."""
    encoded = prompt.encode("utf-8", "replace")
    if spec.prompt_bytes and len(encoded) > spec.prompt_bytes:
        fitting = encoded[: spec.prompt_bytes].decode("utf-8", "ignore")
        raise PromptTooLong(limit=len(fitting), length=len(prompt))


def check_options(spec: ModelSpec, options: Mapping[str, str], action: str = "") -> dict[str, str]:
    """As the row writes them. What is done with a result may be about a region of it, whatever the row says of making one."""
    known: dict[str, OptionSpec] = {**({ONLY: REGION} if action else {}), **spec.options}
    chosen: dict[str, str] = {}
    for name, written in options.items():
        if name == action == SHOTS:
            shots = loaded(written)
            check_shots(spec, shots)
            chosen[name] = dumped(shots)
            continue
        option = known.get(name.lower())
        if option is None:
            raise UnknownOption(name=name[:60], allowed=", ".join(("model", *sorted(spec.options))))
        value = option.match(written)
        if value is None:
            raise BadOption(name=option.name, value=written[:60], allowed=option.allowed)
        chosen[option.name] = value
    return chosen


def check_region(order: Order) -> None:
    """A part of a picture needs the picture, and a shape the drawing."""
    region = order.options.get(ONLY)
    if region and not order.continues and not any(part.kind == "image" for part in files_of(order.inputs)):
        raise NeedsInput(command="edit")
    if region == SHAPE and all(part.role != SHAPE for part in order.inputs):
        raise NeedsInput(command=SHAPE)
