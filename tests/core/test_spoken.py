"""What of an answer is read aloud."""

from __future__ import annotations

import pytest

from core.spoken import cut, spoken, words_of


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ("Hello **there**, *you*.", "Hello there, you."),
        ("# A heading\n\nand a text", "A heading.\nand a text."),
        ("- one\n- two\n    1. three", "one.\ntwo.\nthree."),
        ("Do this:\n\n```python\nprint(1)\n```\n\nDone!", "Do this:\nDone!"),
        ("Use `pip` now", "Use pip now."),
        ("See [the site](https://a.b/c) or https://x.y/z?q=1 (or www.w.org)", "See the site or (or )"),
        ("It rains [\\[1\\]](https://a.b), they say [\\[2\\]](https://c.d).", "It rains, they say."),
        ("It rains.\n\n1. [A page](https://a.b)\n2. [Another](https://c.d)", "It rains."),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nThat is all.", "That is all."),
        ("![a picture](http://a.b/c.png) <b>bold</b> $x^2$ here", "bold here."),
        ("Wow 🎉🎉 great ✅", "Wow great."),
        ("今天天气**很好**！\n\n我们去公园", "今天天气很好！\n我们去公园。"),
        ("It costs $5 and 3 * 4 = 12, a_b_c", "It costs $5 and 3 * 4 = 12, a_b_c."),
        ("bad \ud83d half\x00", "bad half."),
        ("```\nonly code\n```", ""),
        ("---\n\n…\n\n🎉", ""),
        ("", ""),
    ],
)
def test_words_alone(answer: str, heard: str) -> None:
    assert words_of(answer).rstrip(".") == heard.rstrip(".")


def test_lines_that_end_nowhere_get_a_stop() -> None:
    assert words_of("## Weather\n\n- rain\n- wind!") == "Weather.\nrain.\nwind!"


def test_cut_behind_a_sentence() -> None:
    text = "The first sentence. The second one? A third that is far too long to be read in full"
    assert cut(text, 50) == "The first sentence. The second one?"
    assert cut("你好。今天天气很好！我们去公园吧，好不好", 14) == "你好。今天天气很好！"
    assert cut("word " * 30, 22) == "word word word word"
    assert cut("x" * 30, 10) == "x" * 10
    assert cut("short", 5) == "short"


def test_a_long_answer_is_bounded() -> None:
    said = spoken("**Some** words, and more of them. " * 5_000, 1_500)
    assert 1_400 < len(said) <= 1_500
    assert said.endswith("of them.")
