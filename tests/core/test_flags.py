"""Flags in prompts: what people paste becomes options, what nobody allowed is refused by name, and nothing slips through."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.catalog import load_catalog
from core.errors import BadOption, SeveralAtOnce, UnknownOption
from core.flags import check_flags, defused, described, parted, zoomed

CATALOG = load_catalog()
SPEC = CATALOG.get("midjourney", "image")
NIJI = CATALOG.get("niji", "image")
PLAIN = CATALOG.get("gpt-image-2", "image")
URL = "https://cdn.example/a--b.png?ex=1&is=2"


@pytest.mark.parametrize(
    ("prompt", "words", "options"),
    [
        ("a pig --ar 3:2 --v 6.1", "a pig", {"ratio": "3:2", "version": "6.1"}),
        ("a pig —ar 3:2 –v 7", "a pig", {"ratio": "3:2", "version": "7"}),
        ("a pig --AR 3：2 --V 7", "a pig", {"ratio": "3:2", "version": "7"}),
        ("一只猪 －－ar 16:9", "一只猪", {"ratio": "16:9"}),
        ("a pig --v6 --s250 --tile", "a pig", {"version": "6", "stylize": "250", "tile": "on"}),
        ("a pig --stylize 750, in a hat", "a pig in a hat", {"stylize": "750"}),
        ("--aspect 1:2 a pig", "a pig", {"ratio": "1:2"}),
        ("a pig --no hats, red ties --c 10", "a pig", {"negative": "hats, red ties", "chaos": "10"}),
        (f"a pig --sref {URL} 123 random --sw 50", "a pig", {"sref": f"{URL} 123 random", "sw": "50"}),
        ("a pig --sref 123::2 in snow", "a pig in snow", {"sref": "123::2"}),
        (f"a pig --oref {URL}::2 --ow 400", "a pig", {"oref": f"{URL}::2", "ow": "400"}),
        ("a pig --ar 1:1 --ar 2:1", "a pig", {"ratio": "2:1"}),
        ("a pig --iw 1.75 --q 2 --w 3000 --seed 4294967295 --style raw", "a pig", None),
        ("a cat", "a cat", {}),
        ("  a  cat ", "  a  cat ", {}),
        ("A–C and 1990–2000 and Paris—city of light", "A–C and 1990–2000 and Paris—city of light", {}),
    ],
)
def test_pasted_flags_become_options(prompt: str, words: str, options: dict[str, str] | None) -> None:
    found = parted(SPEC, prompt)
    assert found[0] == words
    if options is not None:
        assert found[1] == options
    else:
        assert found[1] == {
            "iw": "1.75",
            "quality": "2",
            "weird": "3000",
            "seed": "4294967295",
            "style": "raw",
        }
    check_flags(SPEC, *found)


def test_only_the_rows_own_flags() -> None:
    assert parted(NIJI, "girl --niji 6 --ar 2:3") == ("girl", {"niji": "6", "ratio": "2:3"})
    assert parted(NIJI, "girl --v 7") == ("girl --v 7", {})
    assert parted(PLAIN, "a pig --ar 3:2") == ("a pig --ar 3:2", {})
    check_flags(PLAIN, "a pig --fast --v 9", {"ratio": "1:1"})


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a pig --fast", "--fast"),
        ("a pig --relax", "--relax"),
        ("a pig --turbo --ar 1:1", "--turbo"),
        ("a pig --repeat 40", "--repeat"),
        ("a pig --r 40", "--r"),
        ("a pig —turbo", "--turbo"),
        ("a pig –r 40", "--r"),
        ("a pig—turbo", "--turbo"),
        ("a pig--fast", "--fast"),
        ("a pig ---fast", "--fast"),
        ("a pig －－fast", "--fast"),
        ("a pig -\u200b-fast", "--fast"),
        ("a pig --\u200bfast", "--fast"),
        ("a pig \u200b--fast", "--fast"),
        ("--FAST", "--fast"),
        ("a pig\n--video", "--video"),
        ("a pig --niji 6", "--niji"),
        ("a pig --zoom 2", "--zoom"),
        (f"{URL} --stealth", "--stealth"),
        ("a pig —nonsense", "--nonsense"),
    ],
)
def test_other_flags_are_refused_by_name(prompt: str, name: str) -> None:
    words, options = parted(SPEC, prompt)
    with pytest.raises(UnknownOption) as caught:
        check_flags(SPEC, words, options)
    assert caught.value.params["name"] == name
    assert caught.value.params["allowed"].startswith("--ar, --v, --s, ")
    assert "niji" not in caught.value.params["allowed"]


@pytest.mark.parametrize(
    ("prompt", "name", "value"),
    [
        ("a pig --ar", "--ar", ""),
        ("a pig --ar wide", "--ar", "wide"),
        ("a pig --ar 0:1", "--ar", "0:1"),
        ("a pig --ar 15:1", "--ar", "15:1"),
        ("a pig --v 4", "--v", "4"),
        ("a pig --s 1001", "--s", "1001"),
        ("a pig --c -1", "--c", "-1"),
        ("a pig --iw 3.5", "--iw", "3.5"),
        ("a pig --seed 4294967296", "--seed", "4294967296"),
        ("a pig --sref http://x.y/z.png", "--sref", "http://x.y/z.png"),
        ("a pig --oref 123", "--oref", "123"),
        ("a pig --cref random", "--cref", "random"),
        ("a pig --no", "--no", ""),
    ],
)
def test_values_that_are_not_allowed(prompt: str, name: str, value: str) -> None:
    words, options = parted(SPEC, prompt)
    assert options == {}
    with pytest.raises(BadOption) as caught:
        check_flags(SPEC, words, options)
    assert (caught.value.params["name"], caught.value.params["value"]) == (name, value)
    assert caught.value.params["allowed"]


def test_options_smuggle_nothing_either() -> None:
    for option, words in (("negative", "hats --fast"), ("negative", "hats—turbo"), ("sref", "123 --r 4")):
        with pytest.raises(UnknownOption):
            check_flags(SPEC, "a pig", {option: words})
    check_flags(SPEC, "a pig", {"negative": "t-shirt, A–C", "sref": URL, "ratio": "16:9"})
    for option, words in (("sref", "javascript:1"), ("oref", f"{URL} x"), ("ratio", "wide"), ("sref", f"{URL} " * 6)):
        with pytest.raises(BadOption) as caught:
            check_flags(SPEC, "a pig", {option: words})
        assert caught.value.params["name"] == option


@pytest.mark.parametrize(
    ("prompt", "options", "words"),
    [
        ("a {red, blue} bird", {}, "{red, blue}"),
        ("a {red\n, {blue}} bird", {}, "{red\n, {blue}}"),
        ("a bird --ar {1:1, 2:3}", {}, "{1:1, 2:3}"),
        ("一只｛红，蓝｝鸟", {}, "｛红，蓝｝"),
        ("a bird", {"negative": "{hats, ties}"}, "{hats, ties}"),
        ("a {red", {"negative": "hats, ties}"}, "{red hats, ties}"),
    ],
)
def test_words_that_would_be_several_orders_are_refused(prompt: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(SeveralAtOnce) as caught:
        check_flags(SPEC, prompt, options)
    assert caught.value.params == {"words": words}
    check_flags(PLAIN, prompt, options)  # to whom braces mean nothing


@pytest.mark.parametrize("prompt", ["a {red} bird, and a cat", "a cat, a {", "} and, {", "red, blue"])
def test_other_braces_pass(prompt: str) -> None:
    check_flags(SPEC, prompt, {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a lighthouse in a storm --ar 16:9", "a lighthouse in a storm --ar 16:9"),
        ("a lighthouse --profile x7k2 --ar 16:9 --fast", "a lighthouse --ar 16:9"),
        ("a lighthouse --v 8.1 --s 250", "a lighthouse --s 250"),
        ("a lighthouse —turbo", "a lighthouse"),
        ("a lighthouse –painted in oil – at night", "a lighthouse painted in oil – at night"),
        ("a {red, white} lighthouse", "a (red, white) lighthouse"),
        ("a lighthouse", "a lighthouse"),
    ],
)
def test_a_description_is_without_flags_that_nobody_knows(text: str, words: str) -> None:
    assert described(SPEC, text) == words
    check_flags(SPEC, words, {})
    assert described(PLAIN, text) == text


@given(
    st.text(alphabet="ab 1:-—–{,}\u200b\n")
    | st.lists(st.sampled_from(["--ar", "1:1", "—fast", "--r", "{a, b}"])).map(" ".join)
)
def test_every_description_can_be_drawn(text: str) -> None:
    check_flags(SPEC, described(SPEC, text), {})


def test_a_custom_zoom_says_how_far() -> None:
    check_flags(SPEC, "castle --zoom 1.8", {}, "custom_zoom")
    assert zoomed("castle --zoom 1.8 at night") == ("castle at night", "1.8")
    assert zoomed("castle —zoom 2") == ("castle", "2")
    assert zoomed("castle") == ("castle", "")
    for wrong in ("castle --zoom 3", "castle --zoom", "castle --zoom 0.5", "castle --zoom x"):
        assert zoomed(wrong) == (wrong, "")
        with pytest.raises(BadOption) as caught:
            check_flags(SPEC, wrong, {}, "custom_zoom")
        assert caught.value.params["allowed"] == "1–2"
    with pytest.raises(UnknownOption):
        check_flags(SPEC, "castle --zoom 1.8", {}, "inpaint")


def test_what_is_sent_has_no_flags_and_whole_links() -> None:
    assert defused("a\npig --fast —turbo x－－y  z") == "a pig -fast -turbo x-y z"
    assert defused("https://x.y/a--b---c.png pig") == "https://x.y/a%2D-b%2D%2D-c.png pig"
    assert defused("t-shirt, Jean-Luc") == "t-shirt, Jean-Luc"


@pytest.mark.parametrize("piece", ["-", "-\u200b", "--a ", "—", "https://", "--no ", "--sref 1 ", "\u200b"])
def test_a_prompt_made_to_be_slow_is_not(piece: str) -> None:
    prompt = piece * (32_000 // len(piece))
    began = time.process_time()
    words, options = parted(SPEC, prompt)
    with suppress(UnknownOption, BadOption):
        check_flags(SPEC, words, options)
    defused(words)
    assert time.process_time() - began < 2


PIECES = st.sampled_from(
    [
        "--",
        "—",
        "–",
        "-",
        "－",
        "\u200b",
        "ar",
        "fast",
        "r",
        "no",
        "sref",
        " ",
        "\n",
        "16:9",
        "1",
        "https://x.y/a",
        "a",
        "猫",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
@example("---fast")
@example("-\u200b-fast")
@example("https://x.y/--fast")
@example("https://x.y/-－fast")
@example("-—fast")
def test_whatever_is_written_what_is_left_is_harmless(prompt: str) -> None:
    words, options = parted(SPEC, prompt)
    for text in (defused(words), *map(defused, options.values())):
        assert not re.search("--|[—–]|－", text)
    assert defused(defused(words)) == defused(words)
