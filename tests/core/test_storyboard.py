"""The shots of a storyboard: what a row allows of their lengths, and how others are made to fit."""

from __future__ import annotations

from typing import Any

import pytest

from core.catalog import load_catalog
from core.errors import BadOption
from core.specs import ModelSpec
from core.storyboard import Shot, check_shots, dumped, fitted_lengths, lengths, loaded, offered, together

ROWS: dict[str, dict[str, Any]] = {
    "listed": {"options": {"seconds": {"values": ["8", "4", "auto"], "default": "8"}}},
    "ranged": {"options": {"seconds": {"least": 3, "most": 6, "default": "5"}}},
    "fixed": {},
    "shots": {"modes": ["text", "shots"], "options": {"seconds": {"values": ["3", "5", "10"], "default": "5"}}},
    "dancer": {"modes": ["motion"], "needs_input": True},
}
CONFIG = {
    "models": {
        name: {"kind": "video", "family": "unified_video", "upstream": name, "price": {"each": 1}, **row}
        for name, row in ROWS.items()
    }
}
CATALOG = load_catalog(CONFIG)


def row(name: str) -> ModelSpec:
    return CATALOG.get(name, "video")


def shots(*seconds: int) -> tuple[Shot, ...]:
    return tuple(Shot("a cat", each) for each in seconds)


def fitted(name: str, *seconds: int) -> list[int]:
    found = fitted_lengths(row(name), shots(*seconds))
    check_shots(row(name), found)
    return [shot.seconds for shot in found]


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("listed", (4, 8)), ("ranged", (3, 4, 5, 6)), ("fixed", ()), ("shots", tuple(range(1, 11)))],
)
def test_what_a_row_allows(name: str, allowed: tuple[int, ...]) -> None:
    assert lengths(row(name)) == allowed
    assert together(row(name)) == (name == "shots")


def test_who_films_storyboards() -> None:
    names = ("listed", "dancer", "shots", "fixed")
    assert [spec.name for spec in offered(map(row, names))] == ["listed", "shots", "fixed"]


def test_lengths_that_are_nearest() -> None:
    assert fitted("listed", 1, 6, 7, 60) == [4, 4, 8, 8]
    assert fitted("ranged", 0, 1, 9) == [5, 3, 6], "0: what the row films by itself"
    assert fitted("fixed", 5, 0) == [0, 0]


@pytest.mark.parametrize(
    ("wished", "found"),
    [
        ((2, 2), [2, 1]),  # 4 lies between 3 and 5: the shorter
        ((4, 1), [4, 1]),
        ((30, 10), [8, 2]),
        ((1, 1, 1, 1), [2, 1, 1, 1]),
        ((1,) * 6, [2, 2, 2, 2, 1, 1]),
        ((100, 1, 1), [8, 1, 1]),
        ((0, 0), [5, 5]),  # each what the row films by itself
    ],
)
def test_shots_of_one_order_share_an_allowed_length(wished: tuple[int, ...], found: list[int]) -> None:
    assert sorted(fitted("shots", *wished), reverse=True) == found
    assert sum(found) in {3, 5, 10}


@pytest.mark.parametrize("count", range(1, 7))
@pytest.mark.parametrize("seconds", [0, 1, 2, 7, 3_600])
@pytest.mark.parametrize("name", ["listed", "ranged", "fixed", "shots", "kling-3.0"])
def test_whatever_is_wished_fits(name: str, seconds: int, count: int) -> None:
    fitted(name, *[seconds] * (count - 1), 1)


@pytest.mark.parametrize(
    ("name", "wrong", "option", "allowed"),
    [
        ("listed", (), "shots", "1–6"),
        ("listed", shots(*[4] * 7), "shots", "1–6"),
        ("listed", shots(5), "seconds", "4, 8"),
        ("ranged", shots(2), "seconds", "3–6"),
        ("shots", shots(0, 3), "seconds", "1–10"),
        ("shots", shots(2, 2), "seconds", "3–10"),
        ("listed", (Shot(" ", 4),), "prompt", "1–512"),
        ("listed", (Shot("x" * 513, 4),), "prompt", "1–512"),
    ],
)
def test_what_is_refused(name: str, wrong: tuple[Shot, ...], option: str, allowed: str) -> None:
    with pytest.raises(BadOption) as caught:
        check_shots(row(name), wrong)
    assert caught.value.params["name"] == option
    if name != "shots" or option != "seconds" or wrong == shots(0, 3):
        assert caught.value.params["allowed"] == allowed


def test_shots_are_kept_as_text() -> None:
    kept = (Shot("Eine Katze “sitzt”\n", 4), Shot("猫", 0))
    assert loaded(dumped(kept)) == kept


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "{}", "[1]", "[[]]", '[{"prompt": 1, "seconds": 1}]', '[{"prompt": "x"}]', '[{"seconds": 1}]',
        '[{"prompt": "x", "seconds": "1"}]', '[{"prompt": "x", "seconds": 1.5}]', '[{"prompt": "x", "seconds": true}]',
        '[{"prompt": "x", "seconds": -1}]', '[{"prompt": "x", "seconds": 1e9}]', "[" * 100_000, "1" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_such_text(text: str) -> None:
    with pytest.raises(BadOption):
        loaded(text)
