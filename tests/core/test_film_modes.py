"""Which mode the files of a film mean, and the role of each."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog import load_catalog
from core.errors import WrongMix
from core.film_modes import arranged
from core.specs import Mode, ModelSpec
from core.values import Kind, Part

BASE = replace(load_catalog({}).default("video"), inputs=frozenset({"text", "image", "video", "audio"}), max_inputs=9)
ALL: tuple[Mode, ...] = get_args(Mode)
KINDS: dict[str, Kind] = {"p": "image", "f": "video", "s": "audio"}


def row(*modes: Mode) -> ModelSpec:
    return replace(BASE, modes=frozenset(modes or ALL))


def files(words: str) -> list[Part]:
    """ "p f:motion" = a picture and a film with a role."""
    return [Part(KINDS[word[0]], media=str(at), role=word[2:]) for at, word in enumerate(words.split())]


@pytest.mark.parametrize(
    ("given", "mode", "roles"),
    [
        ("", "text", ""),
        ("p", "image", "first_frame"),
        ("p p", "frames", "first_frame last_frame"),
        ("p p p", "references", "reference reference reference"),
        ("p:reference", "references", "reference"),
        ("p:last_frame p", "frames", "last_frame first_frame"),
        ("p p:last_frame", "frames", "first_frame last_frame"),
        ("p f", "motion", "first_frame motion"),
        ("p f:motion", "motion", "first_frame motion"),
        ("f", "edit", "video"),
        ("p s", "avatar", "first_frame voice"),
        ("f s", "lip_sync", "video voice"),
        ("p p f s", "omni", "reference reference reference reference"),
        ("s:reference p", "omni", "reference reference"),
    ],
)  # fmt: skip
def test_the_files_decide(given: str, mode: str, roles: str) -> None:
    found = arranged(row(), files(given), None, ())
    assert (found.mode, " ".join(part.role for part in found.inputs)) == (mode, roles)
    assert [part.media for part in found.inputs] == [part.media for part in files(given)]


@pytest.mark.parametrize(
    ("given", "able", "mode"),
    [
        ("p", ("references",), "references"),
        ("p p", ("text", "references"), "references"),
        ("p f", ("omni",), "omni"),
        ("p f", ("edit",), "edit"),
        ("f", ("extend",), "extend"),
        ("p s", ("omni", "text"), "omni"),
    ],
)
def test_of_several_meanings_the_one_that_the_model_can(given: str, able: tuple[Mode, ...], mode: str) -> None:
    assert arranged(row(*able), files(given), None, ()).mode == mode


def test_a_person_may_say_otherwise() -> None:
    assert arranged(row(), files("f"), "extend", ()).action == "extend"
    assert [part.role for part in arranged(row(), files("f f"), "extend", ()).inputs] == ["video", "video"]
    assert arranged(row(), files("p p"), "references", ()).action == ""
    assert arranged(row(), files("p f"), "omni", ()).mode == "omni"


@pytest.mark.parametrize(
    ("given", "wanted", "able"),
    [
        ("p", None, ("text",)),
        ("f", "edit", ("text", "image")),
        ("p", "edit", ALL),
        ("s", None, ALL),
        ("p p p", "frames", ALL),
    ],
)
def test_a_mix_that_the_model_cannot_names_others(given: str, wanted: Mode | None, able: tuple[Mode, ...]) -> None:
    if given == "s":
        given = "s:voice"
    with pytest.raises(WrongMix) as caught:
        arranged(row(*able), files(given), wanted, [replace(row(), name="other")])
    assert caught.value.params["allowed"] in {"other", "none"}


@given(
    st.lists(
        st.builds(
            lambda kind, role: f"{kind}{role}",
            st.sampled_from("pfs"),
            st.sampled_from(["", ":reference", ":voice", ":odd"]),
        ),
        max_size=5,
    ),
    st.one_of(st.none(), st.sampled_from(ALL)),
    st.sets(st.sampled_from(ALL), min_size=1),
)
def test_whatever_is_given_every_file_has_a_role_or_it_is_refused(
    words: list[str], wanted: Mode | None, able: set[Mode]
) -> None:
    inputs = files(" ".join(words))
    try:
        found = arranged(row(*able), inputs, wanted, ())
    except WrongMix:
        return
    assert found.mode in able
    assert len(found.inputs) == len(inputs)
    assert all(part.role for part in found.inputs)
    assert wanted in {None, found.mode}


def test_a_row_that_says_nothing_does_what_its_files_mean() -> None:
    silent = replace(BASE, modes=frozenset(), inputs=frozenset({"text", "image"}), max_inputs=2)
    for words, mode in (("", "text"), ("p", "image"), ("p p", "references")):
        assert arranged(silent, files(words), None, ()).mode == mode
