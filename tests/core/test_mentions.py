"""`@name` in the words of a film."""

from __future__ import annotations

import pytest

from core.mentions import SIGNS_MOST, is_name, mentions
from core.values import Asset, Place


def asset(name: str) -> Asset:
    return Asset(name, "p1", name, "image", "a" * 64, "image/png", 9, Place("telegram", "1"), 0, state="active")


MINE = [asset(name) for name in ("cat", "cat-2", "小猫", "Ёжик", "猫_b")]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("@cat runs, @CAT.", ["cat", "cat"]),
        ("@cat-2 and @cat", ["cat-2", "cat"]),
        ("@category @cats @cat-3 @cat_ bob@cat a.@cat @dog", []),
        ("让@小猫跳过＠cat跑", ["小猫", "cat"]),
        ("@ёжик, @猫_B!", ["Ёжик", "猫_b"]),
        ("@", []),
        ("(@cat)'s @@cat", ["cat", "cat"]),
    ],
)
def test_who_is_named(words: str, named: list[str]) -> None:
    assert [mention.asset.name for mention in mentions(words, MINE)] == named


def test_a_text_of_signs_is_bounded() -> None:
    assert len(mentions("@cat " * 10_000, MINE)) == SIGNS_MOST


def test_what_may_be_a_name() -> None:
    assert all(is_name(name) for name in ("cat", "小猫", "a-b_c", "7up", "नमस्ते", "x" * 32))
    bad = ("", "a b", "a.b", "a:b", "@a", "7", "image1", "图2", "IMG3", "x" * 33, "a\nb", "\u202ea", "a\u200b")
    assert not any(is_name(name) for name in bad)
