"""The bill of a turn: what to hold for it, what the hold buys, what it cost in the end. Pure."""

from __future__ import annotations

from dataclasses import replace

from core.prices import MILLION, chat_cost, estimate_tokens
from core.specs import ModelSpec
from core.values import Ending, Micros, Turn, Usage

FLOOR_TOKENS = 200
"""A hold must buy the input and at least this much of an answer."""


def bounds(spec: ModelSpec, input_tokens: int) -> tuple[Micros, Micros]:
    """The most that a turn can cost, and the least that makes sense to hold."""
    ceiling = chat_cost(spec, Usage(input_tokens=input_tokens, output_tokens=spec.max_output))
    floor = chat_cost(spec, Usage(input_tokens=input_tokens, output_tokens=_least(spec)))
    return ceiling, floor


def buys_answer(spec: ModelSpec, hold: Micros, input_tokens: int) -> bool:
    return _output_bought(spec, hold, input_tokens) >= _least(spec)


def max_tokens(spec: ModelSpec, hold: Micros, input_tokens: int) -> int:
    """What the hold buys beside the input; a request must ask for one token at least."""
    return max(1, _output_bought(spec, hold, input_tokens))


def cost(spec: ModelSpec, turn: Turn, input_tokens: int, thoughts: str = "") -> Micros:
    """Of an ended turn: by the gateway's usage where it told one, else the input and what came. Nothing came, a failure and
    a refusal (unless it cut off a real answer) are free."""
    if turn.ending is Ending.FAILED or not (turn.answer.strip() or thoughts.strip()):
        return 0
    if turn.ending is Ending.REFUSED and estimate_tokens(turn.answer) <= FLOOR_TOKENS:
        return 0
    usage = turn.usage
    came = usage.output_tokens or estimate_tokens(turn.answer) + estimate_tokens(thoughts)
    return chat_cost(spec, replace(usage, input_tokens=usage.input_tokens or input_tokens, output_tokens=came))


def _output_bought(spec: ModelSpec, hold: Micros, input_tokens: int) -> int:
    left = hold * MILLION - input_tokens * spec.price.input_per_million
    if left < 0:
        return 0
    if spec.price.output_per_million == 0:
        return spec.max_output
    return min(spec.max_output, left // spec.price.output_per_million)


def _least(spec: ModelSpec) -> int:
    return min(FLOOR_TOKENS, spec.max_output)
