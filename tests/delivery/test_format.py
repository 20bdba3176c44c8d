"""What models write, as each platform shows it: nothing vanishes, nothing is refused, nothing raises."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.format import fits, line_length, render, shown_as_is, with_line
from bots.markdown import draw_table, is_blank, sanitized, shown_width, utf16_length
from bots.outlet import Entity, Rendered, Surface
from bots.surfaces import CONSOLE, DISCORD, TELEGRAM
from tests.delivery.samples import Writer, words_of


def telegram(text: str) -> Rendered:
    return render(text, TELEGRAM)


def discord(text: str) -> str:
    return render(text, DISCORD).text


def styled(rendered: Rendered) -> list[tuple[str, str]]:
    raw = rendered.text.encode("utf-16-le")
    return [
        (entity.type, raw[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le"))
        for entity in rendered.entities
    ]


# --- Telegram --------------------


def test_styles_become_entities_with_utf16_offsets() -> None:
    rendered = telegram("😀 **bold** and `code`\n\n```python\nx = 1\n```")
    assert rendered.text == "😀 bold and code\n\nx = 1"
    assert styled(rendered) == [("bold", "bold"), ("code", "code"), ("pre", "x = 1")]
    assert rendered.entities[2].extra == {"language": "python"}
    assert rendered.entities[0].offset == 3


def test_chinese_bold_beside_quotation_marks() -> None:
    assert ("bold", "“引号”") in [(kind, text.strip("\u200a")) for kind, text in styled(telegram("**“引号”**后面"))]


@pytest.mark.parametrize(
    "text",
    [
        "<div>hello</div>",
        "a <think>deep</think> b",
        "<table><tr><td>cell</td></tr></table>",
        "<!-- note -->",
        "<details><summary>more</summary>\n\ntext\n\n</details>",
        "\\<b> and \\\\<i>",
    ],
)
def test_tags_are_shown(text: str) -> None:
    shown = telegram(text).text
    assert re.findall(r"[\w-]+", shown) == re.findall(r"[\w-]+", text)
    assert "<" in shown


def test_notes_and_link_definitions_are_shown() -> None:
    assert telegram("see [1]\n\n[1]: https://a.b/c\n[^x]: a note").text == "see [1]\n\n[1]: https://a.b/c\n[^x]: a note"


def test_links_keep_their_address_and_what_cannot_be_linked_is_shown() -> None:
    rendered = telegram('[ok](https://a.b/x_(y)) [file](main.py) [](https://e.f) [t](https://g.h "title")')
    assert rendered.text == "ok [file](main.py) [](https://e.f) t (title)"
    links = {entity.extra["url"] for entity in rendered.entities if entity.type == "text_link"}
    assert {"https://a.b/x_(y)", "https://g.h"} <= links


def test_bars_are_no_spoilers() -> None:
    rendered = telegram("a || b || c")
    assert rendered.text == "a || b || c" and rendered.entities == ()


def test_formulas_become_unicode_or_stay_as_written() -> None:
    assert telegram("so \\(x^2 + \\alpha\\) holds").text == "so x² + α holds"
    assert telegram("$\\unknown{abc}$ costs $5 or $6").text.startswith("\\unknown")
    assert telegram("\\[\n\\frac{a}{b}\n\\]").text == "a/b"


def test_code_is_left_alone() -> None:
    text = '```html\n<div a="x||y">[1]: \\(z\\)</div>\n```'
    assert telegram(text).text == '<div a="x||y">[1]: \\(z\\)</div>'
    assert telegram("`<b> || \\(x\\)`").text == "<b> || \\(x\\)"


def test_words_on_the_line_of_a_fence_are_shown() -> None:
    assert telegram('```python title="a.py"\nx\n```').text == 'title="a.py"\nx'
    assert telegram("text\n```hello").text == "text\n```hello"


@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD])
def test_tables_are_drawn_in_fixed_width_with_all_their_cells(surface: Surface) -> None:
    shown = render("| a | 名字 |\n|--|:-:|\n| **1** | 中文字 | 3 |\n| `x\\|y` | [l](http://u.v) |", surface)
    body = shown.text.strip("`\n")
    assert body.split("\n") == [
        "a   | 名字",
        "----+----------------+--",
        "1   | 中文字         | 3",
        "x|y | l (http://u.v)",
    ]


def test_columns_count_as_they_are_wide() -> None:
    assert [shown_width(text) for text in ("ab", "中文", "é", "e\u0301", "👍\ufe0f")] == [2, 4, 1, 1, 2]
    assert draw_table([["a" * 50, "b"], ["c", "d"]]).split("\n")[2] == "c" + " " * 39 + " | d"


# --- Discord --------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("#### Deep **one**", "**Deep one**"),
        ("### Three", "### Three"),
        ("see https://a.b/c.", "see <https://a.b/c>."),
        ("[t](https://a.b/c)", "[t](<https://a.b/c>)"),
        ("![alt](https://a.b/c.png)", "🖼 [alt](<https://a.b/c.png>)"),
        ("<https://a.b>", "<https://a.b>"),
        ("`https://a.b || x`", "`https://a.b || x`"),
        ("a || b || c", "a \\|\\| b \\|\\| c"),
        (">>> x = 1", "\\>>> x = 1"),
        ("~~~py\na ``` b\n~~~", "```py\na `\u200b`\u200b` b\n```"),
        ("````\n```\nx\n```\n````", "```\n`\u200b`\u200b`\nx\n`\u200b`\u200b`\n```"),
        ("```js\nhttps://a.b || c\n#### d\n```", "```js\nhttps://a.b || c\n#### d\n```"),
    ],
)
def test_discord_reads_what_was_meant(text: str, shown: str) -> None:
    assert discord(text) == shown


# --- all --------------------


@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD, CONSOLE])
def test_blank_texts_render_to_nothing_and_all_else_to_something(surface: Surface) -> None:
    for blank in ("", " \n\t", "\u200b\u2800\ufeff", "\x00"):
        assert render(blank, surface).text == ""
    for visible in ("```\n```", "---", "**", "<br>", "[]()", "> ", "![]()", "| |\n|-|"):
        assert not is_blank(render(visible, surface).text)


def test_control_characters_and_halves_of_characters_never_leave() -> None:
    assert sanitized("a\x1b[2Jb\x00\r\nc") == "a[2Jb\nc"
    assert sanitized("\ud83d\ude00 \ud83d") == "😀 \ufffd"
    assert telegram("\ud83d**x**").text == "\ufffdx"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.text(alphabet=st.sampled_from(list("ab1 \n\t#*_`~|<>[]()!$\\-+.=:/&;“中😀\u200d\u0301\ud83d\x00")), max_size=300)
)
def test_any_text_renders_to_something_a_platform_takes(text: str) -> None:
    for surface in (TELEGRAM, DISCORD, CONSOLE):
        rendered = render(text, surface)
        size = utf16_length(rendered.text)
        assert rendered.text == rendered.text.strip() or surface is CONSOLE
        assert is_blank(rendered.text) == is_blank(sanitized(text))
        for entity in rendered.entities:
            assert 0 <= entity.offset < entity.offset + entity.length <= size
        letters = re.findall("[ab]", sanitized(text).replace("&amp;", ""))
        shown = re.findall("[ab]", rendered.text + "".join("".join(e.extra.values()) for e in rendered.entities))
        assert sorted(letters) == sorted(shown) or len(shown) > len(letters)


@pytest.mark.parametrize("seed", range(150))
def test_no_word_of_a_random_answer_vanishes(seed: int) -> None:
    text = Writer(seed).text(12, cut=seed % 3 == 0)
    for surface in (TELEGRAM, DISCORD):
        rendered = render(text, surface)
        beside = "".join("".join(entity.extra.values()) for entity in rendered.entities)
        shown = words_of(rendered.text)
        kept = set(shown) | set(words_of(beside))
        assert set(words_of(text)) <= kept
        assert shown == [word for word in words_of(text) if word in set(shown)]  # in order, none twice


def test_words_of_a_person_are_shown_as_they_are() -> None:
    text = "a *b* _c_ `d` [e](f) <g> ~~h~~ ||i|| #j $k$ \\l @m 1. n - o"
    shown = shown_as_is(text, DISCORD)
    assert "**" not in shown.replace("\\*", "") and re.sub(r"\\(.)", r"\1", shown) == text
    assert shown_as_is(text, TELEGRAM) == text


def test_a_line_below_is_quiet() -> None:
    assert with_line(Rendered("😀"), "end", TELEGRAM) == Rendered("😀\n\nend", (Entity("italic", 4, 3),))
    assert with_line(Rendered("x"), "end", DISCORD).text == "x\n\n-# end"
    for surface in (TELEGRAM, DISCORD, CONSOLE):
        added = utf16_length(with_line(Rendered("x"), "end", surface).text) - 1
        assert added <= line_length("end")


def test_a_message_fits_by_length_and_by_entities() -> None:
    many = Rendered("x" * 200, tuple(Entity("bold", at, 1) for at in range(96)))
    assert not fits(many, TELEGRAM, 4096)
    assert fits(Rendered("😀" * 2048), TELEGRAM, 4096)
    assert not fits(Rendered("😀" * 2049), TELEGRAM, 4096)


def test_rendering_a_message_is_cheap_enough_for_the_loop() -> None:
    text = Writer(1).text(60)[:4000]
    begun = time.process_time()
    for _ in range(10):
        render(text, TELEGRAM)
    assert (time.process_time() - begun) / 10 < 0.05
