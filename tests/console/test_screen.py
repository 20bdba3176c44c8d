"""What the terminal shows, on a terminal and in a pipe."""

from __future__ import annotations

import re
from io import StringIO

import pytest

from bots.console.screen import Screen, clean, fitted, width


def shown(raw: str) -> list[str]:
    """What stands on a terminal after all that: knows the three sequences that are used."""
    lines, at = [""], 0
    for piece in re.findall(r"\x1b\[K|\x1b\[1A|\r|\n|[^\r\n\x1b]+", raw):
        if piece == "\n":
            at += 1
            if at == len(lines):
                lines.append("")
        elif piece == "\x1b[1A":
            at -= 1
        elif piece == "\x1b[K":
            lines[at] = ""
        elif piece != "\r":
            lines[at] += piece
    return lines


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    monkeypatch.setenv("COLUMNS", "40")
    return StringIO()


def test_a_growing_text_is_written_as_it_comes(out: StringIO) -> None:
    screen = Screen(out, live=True)
    for text in ("The", "The sky", "The sky\nis blue"):
        screen.grow(text)
    screen.grown("The sky\nis blue.\n  #1 Again")
    screen.line("next")
    assert out.getvalue() == "The sky\nis blue.\n  #1 Again\nnext\n"


def test_a_text_that_changes_its_last_line_is_mended_in_place(out: StringIO) -> None:
    screen = Screen(out, live=True)
    screen.grow("one\ntwo *thr")
    screen.grow("one\ntwo three")
    screen.grown("one\ntwo three!")
    assert shown(out.getvalue()) == ["one", "two three!", ""]


def test_a_fence_that_was_closed_for_the_preview_is_opened_again(out: StringIO) -> None:
    screen = Screen(out, live=True)
    for code in ("def", "def greet(", "def greet():\n    retur", "def greet():\n    return 1"):
        screen.grow(f"Look:\n```python\n{code}\n```")
    screen.grown("Look:\n```python\ndef greet():\n    return 1\n```")
    assert shown(out.getvalue()) == ["Look:", "```python", "def greet():", "    return 1", "```", ""]


def test_a_text_that_begins_again_is_written_anew(out: StringIO) -> None:
    screen = Screen(out, live=True)
    screen.grow("one\ntwo")
    screen.grown("other\nwords")
    assert shown(out.getvalue())[-3:] == ["other", "words", ""]


def test_others_wait_while_a_text_grows(out: StringIO) -> None:
    screen = Screen(out, live=True)
    screen.grow("half")
    screen.line("a result")
    screen.status("job", "50 %")
    screen.grown("half and half")
    assert shown(out.getvalue()) == ["half and half", "a result", "50 %", ""]


def test_things_on_their_way_stand_above_the_prompt_and_are_redrawn(out: StringIO) -> None:
    screen = Screen(out, live=True, typed=lambda: "half a li")
    screen.prompt("› ")
    out.write("› half a li")  # as the line editor does
    screen.status("a", "film 10 %")
    screen.status("b", "picture\nwaiting")
    screen.line("a result")
    screen.status("a", "film 20 %")
    assert shown(out.getvalue()) == ["a result", "film 20 %", "picture · waiting", "› half a li"]
    screen.settle("a")
    screen.settle("unknown")
    assert shown(out.getvalue())[:3] == ["a result", "picture · waiting", "› half a li"]
    out.write("ne\n")
    screen.submitted("half a line")
    screen.line("answer")
    assert [line for line in shown(out.getvalue()) if line] == [
        "a result",
        "› half a line",
        "answer",
        "picture · waiting",
    ]


def test_a_line_on_its_way_never_wraps(out: StringIO) -> None:
    screen = Screen(out, live=True)
    screen.status("a", "制作中" * 20)
    (line, rest) = shown(out.getvalue())
    assert width(line) <= 39
    assert rest == ""


def test_in_a_pipe_nothing_is_redrawn(out: StringIO) -> None:
    screen = Screen(out, live=False)
    screen.grow("half")
    screen.grown("half and half")
    for percent in (*range(0, 100, 5), 100):
        screen.status("job", f"In the making {'▰' * (percent // 10)} {percent} % · {percent} s")
    screen.settle("job")
    lines = out.getvalue().splitlines()
    assert lines[0] == "half and half"
    assert [line.split("%")[0].split()[-1] for line in lines[1:]] == ["0", "25", "50", "75", "100"]
    assert "\x1b" not in out.getvalue()


def test_a_model_cannot_steer_the_terminal() -> None:
    assert clean("a\x1b[2Jb\x07\x9b31mc\r\nd\te") == "a[2Jb31mc\nd    e"


def test_width_of_wide_characters() -> None:
    assert width("a中🎬") == 5
    assert fitted("a中b", 3) == "a中"
