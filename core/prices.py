"""What things cost, in micros of list price. The only file that imports genai-prices, and only when a price is missing."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from core.specs import WITH_FILM, ModelSpec, Price
from core.values import Micros, Usage

MILLION = 1_000_000
IMAGE_TOKENS = 1_000
"""What a picture in a question costs, about."""

UNKNOWN = Price(input_per_million=3 * MILLION, output_per_million=15 * MILLION, estimated=True)
"""For chat models nobody has a price of: that of a large model, so that the house does not pay for a guess."""


# --- tasks --------------------


def quote(
    spec: ModelSpec, options: Mapping[str, str], action: str = "", *, with_film: bool = False, text: str = ""
) -> Micros:
    """The exact price of a task: rate x seconds, rate x pictures or rate x characters of `text`, or of what else is done with
    one (`action`). `with_film`: one is among its files."""
    if action in spec.price.actions:
        return spec.price.actions[action]
    chosen = spec.chosen(options)
    price = spec.price
    known = {**chosen, WITH_FILM: WITH_FILM} if with_film else chosen
    key = " ".join(known[name] for name in price.by.split() if name in known)
    if price.per_million_chars:
        return max(1, -(-price.per_million_chars * spoken_chars(text) // MILLION))
    if price.per_second:
        return price.rates.get(key, price.per_second) * int(chosen["seconds"])
    return price.rates.get(key, price.each) * int(chosen.get("count", "1"))


def spoken_chars(text: str) -> int:
    """As vendors of speech bill them: a character of Chinese, Japanese or Korean counts as two."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def share(spec: ModelSpec, options: Mapping[str, str], price: Micros, found: int) -> Micros:
    """What of an order's `price` is owed when `found` results could be had: pictures that are priced one by one are paid for
    one by one, also where an upstream made fewer than were asked for."""
    wanted = asked_for(spec, options)
    return price * min(found, wanted) // wanted


def asked_for(spec: ModelSpec, options: Mapping[str, str]) -> int:
    """How many results were ordered."""
    return int(spec.chosen(options).get("count", "1"))


# --- chat --------------------


def chat_cost(spec: ModelSpec, usage: Usage) -> Micros:
    """The price of a turn, searches included, rounded up once. Without a rate of their own, cached tokens cost what all
    input costs."""
    price = spec.price
    cached = min(usage.cached_tokens, usage.input_tokens)
    total = (
        (usage.input_tokens - cached) * price.input_per_million
        + cached * (price.cached_per_million or price.input_per_million)
        + usage.output_tokens * price.output_per_million
    )
    return -(-total // MILLION) + usage.searches * price.per_search


def estimate_tokens(text: str) -> int:
    """About four characters a token for plain Latin text, one for everything else (Chinese, Cyrillic, emoji)."""
    plain = len(text.encode("ascii", "ignore"))
    return -(-plain // 4) + len(text) - plain


# --- prices nobody wrote down --------------------


@lru_cache(maxsize=1024)
def default_price(upstream: str) -> Price:
    """The vendor's list price by genai-prices' bundled table, or that of a large model. Always `estimated`."""
    from genai_prices import Usage as Tokens  # noqa: PLC0415 - 30 MB, and most runs never need it
    from genai_prices import calc_price  # noqa: PLC0415

    def rate(tokens: Tokens) -> Micros:
        # priced for 1,000 tokens, so that the surcharges of very long prompts stay out
        return int((calc_price(tokens, upstream).total_price * 1_000 * MILLION).to_integral_value(ROUND_CEILING))

    try:
        found = Price(
            input_per_million=rate(Tokens(input_tokens=1_000)),
            cached_per_million=rate(Tokens(input_tokens=1_000, cache_read_tokens=1_000)),
            output_per_million=rate(Tokens(output_tokens=1_000)),
            estimated=True,
        )
    except (LookupError, ValueError):
        return UNKNOWN
    return found if found.output_per_million > Decimal(0) else UNKNOWN
