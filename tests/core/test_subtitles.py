"""Subtitles: their form, times, lines, and what must not break them."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from core.subtitles import LINE_WIDTH, Cue, spread, srt

TIME = r"\d\d:\d\d:\d\d,\d{3}"


def blocks(text: str) -> list[tuple[str, str, list[str]]]:
    """(number, times, lines) of each, as a player reads them."""
    found = []
    for block in text.strip().split("\n\n"):
        number, times, *lines = block.split("\n")
        assert re.fullmatch(f"{TIME} --> {TIME}", times)
        found.append((number, times, lines))
    return found


def test_the_form() -> None:
    told = srt([Cue(3725.5, 3727.25, "Second."), Cue(0.0, 1.2345, "First.")])
    assert told == "1\n00:00:00,000 --> 00:00:01,234\nFirst.\n\n2\n01:02:05,500 --> 01:02:07,250\nSecond.\n"


def test_long_words_are_several_blocks_of_two_lines_that_share_the_time() -> None:
    found = blocks(srt([Cue(10.0, 22.0, "some words of it " * 15)]))
    assert [number for number, _, _ in found] == [str(number) for number in range(1, len(found) + 1)]
    assert all(len(lines) <= 2 and max(map(len, lines)) <= LINE_WIDTH for _, _, lines in found)
    assert " ".join(line for _, _, lines in found for line in lines) == ("some words of it " * 15).strip()
    ends = [times.split(" --> ") for _, times, _ in found]
    assert (ends[0][0], ends[-1][1]) == ("00:00:10,000", "00:00:22,000")
    assert all(before[1] == after[0] for before, after in pairwise(ends))


def test_wide_characters_are_broken_anywhere_but_before_a_stop() -> None:
    text = "今天天气真好我们一起去海边散步吧，" * 4
    lines = [line for _, _, each in blocks(srt([Cue(0, 8, text)])) for line in each]
    assert "".join(lines) == text
    assert all(len(line) <= LINE_WIDTH // 2 + 1 and not line.startswith("，") for line in lines)


@pytest.mark.parametrize("text", ["1\n00:00:00,000 --> 00:00:09,000\nnot mine", "a\n\n2\nb", "x" * 500])
def test_words_cannot_make_blocks_of_their_own(text: str) -> None:
    found = blocks(srt([Cue(0, 2, text)]))
    assert all("-->" not in line for _, _, lines in found for line in lines)
    assert [number for number, _, _ in found] == [str(number) for number in range(1, len(found) + 1)]
    assert all(lines and all(lines) for _, _, lines in found)


def test_a_text_without_times_is_spread_by_its_sentences() -> None:
    cues = spread("One. A longer one follows it. 好的。", 100.0, 110.0)
    assert [cue.text for cue in cues] == ["One.", "A longer one follows it.", "好的。"]
    assert cues[0].start_s == 100.0
    assert cues[-1].end_s == pytest.approx(110.0)
    assert cues[1].end_s - cues[1].start_s > 2 * (cues[0].end_s - cues[0].start_s)
