"""Names of files in the words of a film."""

from __future__ import annotations

import pytest

from bots.commands.roles import named
from core.errors import BadOption
from core.values import Part

A, B, C = (Part("image", media=letter) for letter in "abc")


@pytest.mark.parametrize(
    ("text", "files", "words", "roles"),
    [
        ("first: last: the door opens", (A, B), "the door opens", ["first_frame", "last_frame"]),
        ("last: first: the door opens", (A, B), "the door opens", ["last_frame", "first_frame"]),
        ("the door First: opens\nref： slowly", (A, B, C), "the door opens\nslowly", ["first_frame", "reference", ""]),
        ("首帧： 尾帧: 门开了", (A, B), "门开了", ["first_frame", "last_frame"]),
        ("first: a cat", (), "first: a cat", []),
        ("at first:sight, headfirst: yes", (A,), "at first:sight, headfirst: yes", [""]),
        ("motion:", (A,), "", ["motion"]),
    ],
)
def test_each_name_stands_for_the_next_file(text: str, files: tuple[Part, ...], words: str, roles: list[str]) -> None:
    found, parts = named(text, files)
    assert found == words
    assert [part.role for part in parts] == roles
    assert [part.media for part in parts] == [part.media for part in files]


def test_more_names_than_files() -> None:
    with pytest.raises(BadOption):
        named("first: last: it opens", (A,))
