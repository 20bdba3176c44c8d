"""A model's price in words, for the picker and the command line."""

from __future__ import annotations

from collections.abc import Callable

from core.catalog import ModelSpec
from core.prices import chat_cost, quote
from core.values import Micros, Usage

TYPICAL = Usage(input_tokens=1000, output_tokens=500)
"""What the price of "an answer" means: a page of conversation, a few paragraphs back."""


def typical(spec: ModelSpec) -> Micros:
    return chat_cost(spec, TYPICAL)


def price_line(words: Callable[..., str], money: Callable[[Micros], str], spec: ModelSpec) -> str:
    """In words: "0.05 credits an answer", "4 credits each", "3 credits a second"."""
    if spec.kind == "chat":
        return words("price-answer", price=money(typical(spec)))
    if spec.price.per_second:
        rates = spec.price.rates.values()
        least = min(rates) if rates else spec.price.per_second
        return words("price-second", price=money(least))
    return words("price-each", price=money(quote(spec, {})))
