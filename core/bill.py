"""The bill of a turn: what to hold for it, what the hold buys, what it cost in the end. Pure."""

from __future__ import annotations

from dataclasses import replace

from core.prices import MILLION, chat_cost, estimate_tokens
from core.specs import ModelSpec
from core.values import Ending, Micros, Turn, Usage

FLOOR_TOKENS = 200
"""A hold must buy the input and at least this much of an answer."""

ROUNDS_HELD = 3
"""With tools a model reads everything again after each round: the hold is for so many."""

SEARCHES_HELD = 5


def bounds(spec: ModelSpec, input_tokens: int, *, tools: bool = False, search: bool = False) -> tuple[Micros, Micros]:
    """The most that is held for a turn, and the least that makes sense to hold."""
    most = Usage(
        input_tokens=input_tokens * (ROUNDS_HELD if tools else 1),
        output_tokens=spec.max_output,
        searches=SEARCHES_HELD if search else 0,
    )
    least = Usage(input_tokens=input_tokens, output_tokens=_least(spec), searches=1 if search else 0)
    return chat_cost(spec, most), chat_cost(spec, least)


def buys_answer(spec: ModelSpec, hold: Micros, input_tokens: int) -> bool:
    return _output_bought(spec, hold, input_tokens) >= _least(spec)


def max_tokens(spec: ModelSpec, hold: Micros, input_tokens: int) -> int:
    """What the hold buys beside the input; a request must ask for one token at least."""
    return max(1, _output_bought(spec, hold, input_tokens))


def filled(usage: Usage, input_tokens: int, said: str) -> Usage:
    """The usage of one call, with an estimate in place of what the gateway did not tell. `said`: all that came."""
    came = usage.output_tokens or estimate_tokens(said)
    guessed = not usage.input_tokens or (came > 0 and not usage.output_tokens)
    return replace(
        usage,
        input_tokens=usage.input_tokens or input_tokens,
        output_tokens=came,
        estimated=usage.estimated or guessed,
    )


def cost(spec: ModelSpec, turn: Turn) -> Micros:
    """Of an ended turn, by its usage. Nothing came, a failure and a refusal (unless it cut off a real answer) are free."""
    came = turn.answer.strip() or turn.thoughts.strip() or turn.media or turn.deeds or turn.ending is Ending.LENGTH
    if turn.ending is Ending.FAILED or not came:
        return 0
    if turn.ending is Ending.REFUSED and estimate_tokens(turn.answer) <= FLOOR_TOKENS:
        return 0
    return chat_cost(spec, turn.usage)


def _output_bought(spec: ModelSpec, hold: Micros, input_tokens: int) -> int:
    left = hold * MILLION - input_tokens * spec.price.input_per_million
    if left < 0:
        return 0
    if spec.price.output_per_million == 0:
        return spec.max_output
    return min(spec.max_output, left // spec.price.output_per_million)


def _least(spec: ModelSpec) -> int:
    return min(FLOOR_TOKENS, spec.max_output)
