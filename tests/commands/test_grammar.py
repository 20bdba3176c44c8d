"""How people type: options wherever phones and habits put them, and text that stays text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.commands.grammar import QUOTES, CommandLine, MissingValue, Parsed, command_line, parse
from core.errors import UnknownOption

NAMES = {"ratio": "ratio", "ar": "ratio", "比例": "ratio", "model": "model", "m": "model", "seconds": "seconds"}


@pytest.mark.parametrize(
    ("typed", "text", "options"),
    [
        ("a cat --ratio 9:16", "a cat", {"ratio": "9:16"}),
        ("a cat —ratio 9:16", "a cat", {"ratio": "9:16"}),
        ("a cat –ar 9:16 on the moon", "a cat on the moon", {"ratio": "9:16"}),
        ("--RATIO=9:16 a cat", "a cat", {"ratio": "9:16"}),
        ("a --ratio: 9:16 cat", "a cat", {"ratio": "9:16"}),
        ("猫 --比例 9：16", "猫", {"ratio": "9:16"}),
        ("猫 ——ar 1:1", "猫", {"ratio": "1:1"}),
        ("猫 ——很可爱", "猫 ——很可爱", {}),
        ('a --model "grok video 3" b', "a b", {"model": "grok video 3"}),
        ("a --model “grok 3” b", "a b", {"model": "grok 3"}),
        ("a --model 「可灵 3」 b", "a b", {"model": "可灵 3"}),
        ("a --model «x y» --m 'z w'", "a", {"model": "z w"}),
        ("a --model grok-video-3(线路W)", "a", {"model": "grok-video-3(线路W)"}),
        ("a -- --ratio 9:16", "a --ratio 9:16", {}),
        ("a --ratio 1:1 -- --model x", "a --model x", {"ratio": "1:1"}),
        ("a — b —", "a — b —", {}),
        ("rock—paper—ratio 9:16", "rock—paper—ratio 9:16", {}),
        ("a 'sign --model' --ar 1:1", "a 'sign --model'", {"ratio": "1:1"}),
        ("don't --ar 1:1 stop 'em", "don't stop 'em", {"ratio": "1:1"}),
        ("say ```\n--ratio 9:16\n``` --ar 1:1", "say ```\n--ratio 9:16\n```", {"ratio": "1:1"}),
        ("open ```--ratio 9:16", "open ```--ratio 9:16", {}),
        ("one\n--ratio 1:1\ntwo", "one\ntwo", {"ratio": "1:1"}),
        ("one --ratio 1:1\n\n  two", "one\n\n  two", {"ratio": "1:1"}),
        ("a --5 b --wow! -r 9:16", "a --5 b --wow! -r 9:16", {}),
        ("", "", {}),
    ],
)
def test_options_anywhere(typed: str, text: str, options: dict[str, str]) -> None:
    assert parse(typed, NAMES) == Parsed(text, options)


@pytest.mark.parametrize("typed", ["a --speed 9", "—speed 9 a", "a –speed=9"])
def test_an_unknown_option_lists_what_is_allowed(typed: str) -> None:
    with pytest.raises(UnknownOption) as caught:
        parse(typed, NAMES)
    assert caught.value.params == {"name": "speed", "allowed": "--ratio, --model, --seconds"}


@pytest.mark.parametrize(
    "typed", ["a --ratio", "a --ratio\n9:16", "a --ratio --model x", "a --ratio -- x", '--model "" a']
)
def test_an_option_needs_its_value_on_its_line(typed: str) -> None:
    with pytest.raises(MissingValue):
        parse(typed, NAMES)


@pytest.mark.parametrize(
    ("typed", "text", "options"),
    [
        ("--model x what is --ratio 3", "what is --ratio 3", {"model": "x"}),
        ("—model x —m y\nwhat", "what", {"model": "y"}),
        ("what --model x", "what --model x", {}),
        ("—Hello there", "—Hello there", {}),
        ("--speed 9 what", "--speed 9 what", {}),
        ("--model x -- --model y", "--model y", {"model": "x"}),
        ('"--model x" what', '"--model x" what', {}),
        ("```\n--model x\n```", "```\n--model x\n```", {}),
    ],
)
def test_chat_takes_options_only_before_the_first_word(typed: str, text: str, options: dict[str, str]) -> None:
    assert parse(typed, NAMES, "leading") == Parsed(text, options)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("/video a cat", CommandLine("video", "", "a cat")),
        ("  /Video@Our_Bot\n a\n b", CommandLine("video", "our_bot", "a\n b")),
        ("/new", CommandLine("new", "", "")),
        ("/usr/bin what", None),
        ("/", None),
        ("/5 x", None),
        ("a /new", None),
        ("/新 x", None),
    ],
)
def test_commands(typed: str, line: CommandLine | None) -> None:
    assert command_line(typed) == line


# --- for any text --------------------

MARKS = ("-", "—", "–", "~", *QUOTES, *"".join(QUOTES.values()))
word_characters = st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"], exclude_characters=MARKS)
plain_words = st.text(word_characters, min_size=1, max_size=8)
any_text = st.text(st.one_of(st.sampled_from(" \n\t-—–`~\"'“”「」=:mratio"), st.characters(codec="utf-8")), max_size=60)


@given(any_text, st.booleans())
def test_nothing_but_the_two_errors(text: str, leading: bool) -> None:
    try:
        parsed = parse(text, NAMES, "leading" if leading else "anywhere")
    except (UnknownOption, MissingValue):
        return
    assert len(parsed.text) <= len(text)
    assert set(parsed.options) <= set(NAMES.values())


@given(any_text.filter(lambda text: not any(dash in text for dash in ("--", "—", "–"))), st.booleans())
def test_a_text_without_dashes_is_untouched(text: str, leading: bool) -> None:
    assert parse(text, NAMES, "leading" if leading else "anywhere") == Parsed(text.strip(), {})


@given(st.lists(plain_words, min_size=1, max_size=6), st.data())
def test_an_option_is_found_at_any_boundary_and_leaves_the_words(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    dash = data.draw(st.sampled_from(["--", "—", "–"]))
    name = data.draw(st.sampled_from(["ratio", "ar", "比例", "RATIO"]))
    opening = data.draw(st.sampled_from(["", *QUOTES]))
    value = f"{opening}16:9 wide{QUOTES[opening][0]}" if opening else "16:9"
    typed = " ".join([*words[:at], f"{dash}{name} {value}", *words[at:]])
    assert parse(typed, NAMES) == Parsed(" ".join(words), {"ratio": "16:9 wide" if opening else "16:9"})


@given(st.lists(plain_words, min_size=1, max_size=5), any_text)
def test_in_chat_all_behind_the_first_word_stays(words: list[str], rest: str) -> None:
    text = f"{' '.join(words)} {rest}".strip()
    assert parse(f"--model x {text}", NAMES, "leading") == Parsed(text, {"model": "x"})


@given(any_text.filter(lambda text: "```" not in text and not text.startswith("`") and not text.endswith("`")))
def test_fenced_text_is_never_looked_into(text: str) -> None:
    block = f"```\n{text}\n```"
    assert parse(f"see {block} --ar 1:1", NAMES) == Parsed(f"see {block}", {"ratio": "1:1"})


@given(any_text)
def test_behind_two_dashes_alone_all_is_text(text: str) -> None:
    parsed = parse(f"a --ar 1:1 -- {text}", NAMES)
    assert parsed.options == {"ratio": "1:1"}
    assert parsed.text.startswith("a")
    assert parsed.text[1:].strip() == text.strip()


@pytest.mark.parametrize("hostile", ['"a ', '--m "x ', "```x ", "'", "“”", "— ", "--m x ", "~~~`"])
def test_a_long_hostile_text_takes_no_time(hostile: str) -> None:
    begun = time.process_time()
    parse(hostile * (120_000 // len(hostile)), NAMES)
    assert time.process_time() - begun < 2.0
