"""Long answers as several messages: whole, in order, closed fences, within all limits."""

from __future__ import annotations

import random
import re
from itertools import islice

import pytest

from bots.format import fits
from bots.markdown import is_blank
from bots.outlet import Surface
from bots.splitting import Span, cut, settled, split
from bots.surfaces import DISCORD, TELEGRAM
from tests.delivery.samples import Writer, words_of

BOTH = pytest.mark.parametrize("surface", [TELEGRAM, DISCORD])


def check(text: str, surface: Surface, *, start: int = 0, odd: bool = False) -> list[Span]:
    spans = list(cut(text, surface, start))
    at = start
    for span in spans:
        assert span.start == at < span.end
        at = span.end
        assert not is_blank(span.rendered.text)
        assert fits(span.rendered, surface, surface.text_max)
        if surface is DISCORD and not odd:
            assert span.rendered.text.count("```") % 2 == 0
    assert is_blank(text[at:])
    return spans


@BOTH
@pytest.mark.parametrize("seed", range(80))
def test_any_answer_is_split_whole_and_in_order(surface: Surface, seed: int) -> None:
    text = Writer(seed).text(60, cut=seed % 4 == 0)
    spans = check(text, surface)
    shown = [word for span in spans for word in words_of(span.rendered.text)]
    beside = {word for span in spans for e in span.rendered.entities for word in words_of("".join(e.extra.values()))}
    assert set(words_of(text)) <= set(shown) | beside
    assert shown == [word for word in words_of(text) if word in set(shown)]


@BOTH
@pytest.mark.parametrize("seed", range(10))
def test_what_is_left_begins_where_a_part_ended(surface: Surface, seed: int) -> None:
    """Cutting goes on after any part as if it had not stopped; so a new process sends the same messages."""
    text = Writer(seed).text(60)
    spans = split(text, surface)
    for number, span in enumerate(spans[:-1], 1):
        assert list(islice(cut(text, surface, span.end), 2)) == spans[number : number + 2]


@BOTH
@pytest.mark.parametrize("seed", range(10))
def test_a_growing_answer_is_cut_as_it_fills_up(surface: Surface, seed: int) -> None:
    text = Writer(seed).text(40)
    spans: list[Span] = []
    start = 0
    for end in range(0, len(text), 97):
        span = next(cut(text[:end], surface, start), None)
        if span is not None and span.end < end:
            spans.append(span)
            start = span.end
    assert spans
    spans += check(text, surface, start=start)
    shown = [word for span in spans for word in words_of(span.rendered.text)]
    beside = {word for span in spans for e in span.rendered.entities for word in words_of("".join(e.extra.values()))}
    assert set(words_of(text)) <= set(shown) | beside
    assert shown == [word for word in words_of(text) if word in set(shown)]


@BOTH
def test_a_message_that_just_fits_is_not_cut(surface: Surface) -> None:
    for size in (surface.text_max - 1, surface.text_max):
        assert len(check("x" * size, surface)) == 1
        assert len(check("x" * size + "\n\n \u200b", surface)) == 1
    assert len(check("x" * (surface.text_max + 1), surface)) == 2


@BOTH
def test_length_is_counted_in_utf16(surface: Surface) -> None:
    half = surface.text_max // 2
    assert len(check("😀" * half, surface)) == 1
    assert len(check("😀" * (half + 1), surface)) == 2


@BOTH
def test_room_is_left_in_the_last_part(surface: Surface) -> None:
    text = "x" * surface.text_max
    spans = list(cut(text, surface, room=10))
    assert len(spans) == 2
    assert fits(spans[-1].rendered, surface, surface.text_max - 10)


@BOTH
def test_paragraphs_are_kept_whole_where_that_is_not_too_short(surface: Surface) -> None:
    text = "\n\n".join("word " * 60 for _ in range(60))
    for span in check(text, surface):
        assert text[span.end - 2 : span.end] == "\n\n" or span.end == len(text)


def test_a_fence_is_closed_and_opened_again_with_its_language() -> None:
    text = "```python\n" + "\n".join(f"line {number} of the program" for number in range(300)) + "\n```\nafter"
    spans = check(text, DISCORD)
    assert len(spans) > 3
    for span in spans[:-1]:
        assert span.rendered.text.startswith("```python\nline ") and span.rendered.text.endswith("\n```")
    assert spans[-1].rendered.text.endswith("```\nafter")
    for span in split(text, TELEGRAM):
        assert [entity.extra for entity in span.rendered.entities] == [{"language": "python"}]


def test_a_fence_in_a_list_keeps_to_the_margin_when_it_is_opened_again() -> None:
    code = "\n".join(f"      line{number} = {number}" for number in range(300))
    spans = check(f"1. one\n   - two\n      ```py\n{code}\n      ```\n\nafter **it**", TELEGRAM)
    assert len(spans) > 1
    assert spans[1].rendered.text.startswith("line")
    assert [entity.type for entity in spans[-1].rendered.entities] == ["pre", "bold"]


def test_a_cut_never_leaves_a_fence_with_nothing_in_it() -> None:
    for size in range(1880, 1960):
        spans = check("x" * 20 + " y" * (size // 2 - 10) + "\n```js\n" + "code();\n" * 200 + "```\n\nend", DISCORD)
        assert not any(re.search(r"```(?:js)?\n```", span.rendered.text) for span in spans)


def test_at_most_95_entities_in_a_message() -> None:
    spans = check(" ".join(f"**bold{number}**" for number in range(400)), TELEGRAM)
    assert all(len(span.rendered.entities) <= 95 for span in spans)
    assert len(spans) >= 5
    assert " ".join(span.rendered.text for span in spans).split() == [f"bold{number}" for number in range(400)]


def test_white_space_makes_no_part() -> None:
    assert split("", TELEGRAM) == []
    assert split(" \n\u200b\n ", DISCORD) == []
    text = "a" * 1950 + "\n" * 3000 + "b" * 1950 + " " * 5000 + "\n\n"
    assert [span.rendered.text[:1] for span in check(text, DISCORD)] == ["a", "b"]
    assert len(check("\n" * 9000 + "x", TELEGRAM)) == 1
    assert len(check(" " * 9000 + "x" + " " * 9000 + "y", TELEGRAM)) == 2


def test_a_symbol_of_several_characters_is_not_cut() -> None:
    family = "👩\u200d👩\u200d👧"
    for lead in range(8):
        spans = check("x" * lead + family * 1000, DISCORD)
        assert all(not span.rendered.text.startswith("\u200d") for span in spans)
        assert all(not span.rendered.text.endswith("\u200d") for span in spans)


def test_tables_split_between_rows() -> None:
    rows = "\n".join(f"| cell{number} | {'x' * 20} |" for number in range(200))
    spans = check(f"| a | b |\n|---|---|\n{rows}", DISCORD)
    shown = re.findall(r"cell\d+", " ".join(span.rendered.text for span in spans))
    assert shown == [f"cell{number}" for number in range(200)]


@pytest.mark.parametrize("text", ["see [link](htt", "see [link]", "see [li", "see ![pic](http://a.b/c", "see ["])
def test_a_link_that_has_only_begun_is_not_shown_yet(text: str) -> None:
    assert settled(text) == "see "


def test_what_is_complete_is_shown() -> None:
    for text in ("see [link](http://a.b) and", "a[1] = 2", "x" * 1000):
        assert settled(text) == text


def test_odd_sources_are_split_too() -> None:
    source = random.Random(3)
    marks = [
        "```",
        "~~~",
        "|",
        "\n",
        "\n\n",
        "    ",
        "> ",
        "- ",
        "<x>",
        "\r\n",
        "\ud83d",
        "\x00",
        "`",
        "**",
        "word ",
        "字",
    ]
    for _ in range(60):
        text = "".join(source.choice(marks) for _ in range(source.randrange(1, 6000)))
        for surface in (TELEGRAM, DISCORD):
            check(text, surface, odd=True)


@pytest.mark.parametrize("mark", ["#", "## ", "- ", "1.", "*", "**", "```", "> ", "_"])
def test_a_mark_without_its_words_waits(mark: str) -> None:
    assert settled(mark) == ""
    assert settled(f"some words\n{mark}") == "some words\n"
    assert settled(f"{mark} word") == f"{mark} word"
    assert settled(f"a {mark}") == f"a {mark}"
