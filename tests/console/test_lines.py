"""Lines from a pipe in any cut, and what is in a line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bots.console.lines import PipedLines, in_thread, read


async def lines_of(chunks: list[bytes]) -> list[str]:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stream, os.fdopen(writing, "wb", buffering=0) as pipe:
        lines, found = PipedLines(stream), []
        for chunk in chunks:
            pipe.write(chunk)
        pipe.close()
        while (line := await lines.next("")) is not None:
            found.append(line)
    return found


@pytest.mark.parametrize("cut", range(14))
async def test_any_cut_gives_the_same_lines(cut: int) -> None:
    raw = "/image 猫\r\n\nend".encode()
    assert await lines_of([raw[:cut], raw[cut:]]) == ["/image 猫", "", "end"]


async def test_no_input_at_all() -> None:
    assert await lines_of([]) == []


async def test_what_is_no_text_is_read_all_the_same() -> None:
    assert await lines_of([b"\xff\xfe\n"]) == ["\ufffd\ufffd"]


async def test_a_failure_in_the_thread_reaches_the_reader() -> None:
    def fail() -> str:
        raise EOFError

    with pytest.raises(EOFError):
        await in_thread(fail)


def test_paths_of_files_come_out_as_attachments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.png").write_bytes(b"png")
    (tmp_path / "my film.mp4").write_bytes(b"mp4!")
    (tmp_path / "notes").write_bytes(b"x")
    line = read("/edit ./photo.png make it blue")
    assert line.text == "/edit make it blue"
    (file,) = line.attachments
    assert (file.kind, file.mime, file.name, file.size, file.ref) == ("image", "image/png", "photo.png", 3, "photo.png")
    assert read(f"/edit {tmp_path}/photo.png x").attachments[0].name == "photo.png"
    assert read('/video "my film.mp4" faster').attachments[0].kind == "video"
    assert read("what is in @notes and photo.png?").text == "what is in and photo.png?"
    assert read("see photo.png").text == "see"


def test_words_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").write_bytes(b"x")
    for typed in (
        "/image a  red   fox",
        "read notes",
        "either/or",
        "gone.png",
        "@nobody",
        "~~~/x",
        "x" * 5000 + ".png",
    ):
        line = read(typed)
        assert (line.text, line.attachments, line.button) == (typed, (), None)


@pytest.mark.parametrize(("typed", "number"), [("#7", 7), (" #12 ", 12), ("#", None), ("#7 x", None), ("# 7", None)])
def test_buttons_by_number(typed: str, number: int | None) -> None:
    assert read(typed).button == number
