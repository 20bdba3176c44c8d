"""What things cost."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from core.catalog import load_catalog
from core.prices import UNKNOWN, chat_cost, default_price, estimate_tokens, quote, share
from core.specs import ModelSpec, Price
from core.values import Usage

CATALOG = load_catalog()
CHAT = replace(CATALOG.default("chat"), price=Price(250_000, 25_000, 2_000_000))


@pytest.mark.parametrize(
    ("model", "options", "micros"),
    [
        ("kling-3.0", {}, 5 * 84_000),
        ("kling-3.0", {"seconds": "10", "sound": "on"}, 10 * 126_000),
        ("kling-3.0", {"seconds": "15", "resolution": "1080p", "sound": "on"}, 15 * 168_000),
        ("kling-o1", {"seconds": "10"}, 1_120_000),
        ("sora-2-8s", {"ratio": "16:9"}, 800_000),
        ("veo-3.1-fast-generate-preview", {}, 8 * 150_000),
        ("veo-3.1-fast-generate-preview", {"seconds": "4", "resolution": "4k"}, 4 * 350_000),
    ],
)
def test_videos(model: str, options: dict[str, str], micros: int) -> None:
    assert quote(CATALOG.get(model, "video"), options) == micros


@pytest.mark.parametrize(
    ("model", "options", "micros"),
    [
        ("gpt-image-2", {}, 53_000),
        ("gpt-image-2", {"quality": "high", "count": "3", "ratio": "1:1"}, 633_000),
        ("gpt-image-2", {"resolution": "4k"}, 212_000),
        ("gpt-image-2", {"resolution": "4k", "quality": "low", "count": "2"}, 48_000),
        ("midjourney", {}, 100_000),
        ("midjourney", {"quality": "0.5"}, 100_000),
        ("midjourney", {"quality": "2"}, 200_000),
        ("midjourney", {"quality": "4"}, 400_000),
        ("gemini-3.1-flash-image-preview", {}, 67_000),
        ("gemini-3.1-flash-image-preview", {"resolution": "4k"}, 151_000),
        ("gemini-3-pro-image-preview", {"resolution": "2k"}, 134_000),
        ("flux-kontext-max", {}, 80_000),
    ],
)
def test_pictures(model: str, options: dict[str, str], micros: int) -> None:
    assert quote(CATALOG.get(model, "image"), options) == micros


def test_what_else_is_done_with_a_picture_has_a_price_of_its_own() -> None:
    spec = replace(CATALOG.get("gpt-image-2", "image"), price=Price(each=100, actions={"upscale": 30}))
    assert [quote(spec, {"count": "4"}, action) for action in ("", "upscale", "zoom")] == [400, 30, 400]


def test_other_speeds_do_the_same_at_other_prices() -> None:
    usual = CATALOG.get("midjourney", "image").price
    for name, times in (("midjourney-relax", 0.5), ("midjourney-turbo", 2)):
        spec = CATALOG.find(name)
        assert spec and spec.price.estimated
        assert [quote(spec, options) for options in ({}, {"quality": "2"})] == [100_000 * times, 200_000 * times]
        assert spec.price.actions == {action: usual.actions[action] * times for action in usual.actions}


@pytest.mark.parametrize(
    ("count", "found", "owed"),
    [
        ("3", 3, 300),
        ("3", 2, 200),
        ("3", 1, 100),
        ("1", 1, 300),
        ("1", 4, 300),  # a call that makes four at once
        ("2", 3, 300),
    ],
)
def test_only_pictures_that_came_are_owed(count: str, found: int, owed: int) -> None:
    assert share(CATALOG.get("gpt-image-2", "image"), {"count": count}, 300, found) == owed


def test_a_film_is_owed_whole() -> None:
    assert share(CATALOG.get("kling-3.0", "video"), {"seconds": "10"}, 300, 1) == 300


@pytest.mark.parametrize(
    ("usage", "micros"),
    [
        (Usage(), 0),
        (Usage(input_tokens=1), 1),  # a quarter of a micro, rounded up
        (Usage(input_tokens=4, output_tokens=0), 1),
        (Usage(input_tokens=1_000_000, output_tokens=1_000_000), 2_250_000),
        (Usage(input_tokens=1_000_000, cached_tokens=1_000_000), 25_000),
        (Usage(input_tokens=10, cached_tokens=1_000_000), 1),
        (Usage(input_tokens=1, output_tokens=1), 3),  # 2.25, rounded up once
    ],
)
def test_chat(usage: Usage, micros: int) -> None:
    assert chat_cost(CHAT, usage) == micros


def test_without_a_rate_of_their_own_cached_tokens_cost_what_input_costs() -> None:
    spec = replace(CHAT, price=Price(input_per_million=1_000_000))
    assert chat_cost(spec, Usage(input_tokens=10, cached_tokens=10)) == 10


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("你好", 2), ("你好 world", 4), ("🦊", 1), ("\ud83e", 1)]
)
def test_estimates(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def draws(row: ModelSpec) -> bool:
    return "IMAGE" in str(row.extra.get("generation"))


@pytest.mark.parametrize("row", [row for row in CATALOG.visible("chat") if not draws(row)], ids=lambda row: row.name)
def test_the_rows_agree_with_the_vendors_lists(row: ModelSpec) -> None:
    listed = replace(default_price(row.upstream), estimated=False)
    assert listed == replace(row.price, per_search=0)  # the list that comes with the package knows no searches


def test_a_picture_in_an_answer_costs_what_it_costs_the_vendor() -> None:
    """1,290 tokens each (gateway contract, chat 8.4); the package's list knows the price of its words alone."""
    for row in filter(draws, CATALOG.visible("chat")):
        assert chat_cost(row, Usage(output_tokens=1_290)) == 38_700
        assert row.price.output_per_million > default_price(row.upstream).output_per_million


def test_prices_nobody_knows_are_those_of_a_large_model() -> None:
    assert default_price("house-model-nobody-knows") == UNKNOWN
    assert UNKNOWN.estimated


def test_the_price_table_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys; from core.catalog import load_catalog as load; load().learn(['x']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "core.prices" in done.stdout.split()
    assert "genai_prices" not in done.stdout.split()
