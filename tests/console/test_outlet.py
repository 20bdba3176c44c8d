"""The terminal as a platform: text, files on the disk, buttons with numbers."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from bots.console.outlet import KEPT_MOST, ConsoleExchange, ConsoleOutlet
from bots.console.screen import Screen
from bots.outlet import Button, Form, MediaFile, MessageGone, Rendered, Unavailable
from bots.texts import Texts
from core.values import Attachment, Place, Sender

PLACE = Place("console", "console", private=True)
CANCEL = ((Button("Cancel", "job:a:cancel"),),)


class Terminal:
    def __init__(self, tmp_path: Path, *, live: bool = False) -> None:
        self.out = StringIO()
        self.results = tmp_path / "results"
        self.outlet = ConsoleOutlet(Screen(self.out, live=live), Texts(), "en", self.results)

    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


async def test_buttons_get_numbers_that_stay(terminal: Terminal) -> None:
    outlet = terminal.outlet
    first = await outlet.send(
        PLACE, Rendered("one"), buttons=((Button("A", "x:1"), Button("Site", url="https://e.org")),)
    )
    second = await outlet.send(PLACE, Rendered("two"), buttons=((Button("B", "x:2"),), (Button("C", "x:3"),)))
    assert terminal.lines() == ["one", "  #1 A   Site: https://e.org", "two", "  #2 B", "  #3 C"]
    assert outlet.button(1) == (Button("A", "x:1"), first)
    assert outlet.button(3) == (Button("C", "x:3"), second)
    assert outlet.button(4) is None


async def test_an_order_has_a_line_that_changes_until_it_ends(terminal: Terminal) -> None:
    outlet = terminal.outlet
    ack = await outlet.send(PLACE, Rendered("accepted"), buttons=CANCEL)
    await outlet.edit(PLACE, ack, Rendered("drawing\n10 %"), buttons=CANCEL)
    await outlet.edit(PLACE, ack, Rendered("drawing\n10 %"), buttons=CANCEL)
    await outlet.edit(PLACE, ack, Rendered("ready, see below"))
    assert terminal.lines() == ["accepted", "  #1 Cancel", "drawing · 10 %"]


async def test_an_edited_answer_is_written_when_it_is_whole(terminal: Terminal) -> None:
    outlet = terminal.outlet
    stop = ((Button("Stop", "turn:a:stop"),),)
    part = await outlet.send(PLACE, Rendered("The"), buttons=stop)
    await outlet.edit(PLACE, part, Rendered("The sky"), buttons=stop)
    await outlet.edit(PLACE, part, Rendered("The sky is blue."))
    assert terminal.lines() == ["The", "  #1 Stop", "The sky is blue."]
    with pytest.raises(MessageGone):
        await outlet.edit(PLACE, "of another session", Rendered("x"))


async def test_the_final_answer_ends_the_draft_and_results_wait_for_it(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, live=True)
    await terminal.outlet.draft(PLACE, 1, Rendered("The sky"))
    await terminal.outlet.send(PLACE, Rendered("It failed"), reply_to="line-1")
    await terminal.outlet.send(PLACE, Rendered("The sky is blue."))
    await terminal.outlet.send(PLACE, Rendered("next"))
    assert terminal.out.getvalue() == "The sky is blue.\nIt failed\nnext\n"


async def test_files_are_saved_under_free_names_and_deleted_again(terminal: Terminal, tmp_path: Path) -> None:
    source = tmp_path / "stored"
    source.write_bytes(b"\x89PNG")
    file = MediaFile("image", "../fox.png", "image/png", path=source)
    sent = await terminal.outlet.send_media(PLACE, (file,), Rendered("a fox"), buttons=((Button("Delete", "x"),),))
    await terminal.outlet.send_media(PLACE, (file,), Rendered(""))
    assert sorted(path.name for path in terminal.results.iterdir()) == ["fox-2.png", "fox.png"]
    assert (terminal.results / "fox.png").read_bytes() == b"\x89PNG"
    assert terminal.lines()[0] == "a fox"
    assert terminal.lines()[1] == f"Saved: {terminal.results / 'fox.png'}"
    assert sent.file_ids == ("",)
    await terminal.outlet.delete(PLACE, sent.message_ids[0])
    assert [path.name for path in terminal.results.iterdir()] == ["fox-2.png"]


async def test_a_preview_is_one_file_that_changes_and_goes(terminal: Terminal, tmp_path: Path) -> None:
    outlet = terminal.outlet
    ack = await outlet.send(PLACE, Rendered("accepted"), buttons=CANCEL)
    source = tmp_path / "stored"
    file = MediaFile("image", "preview.jpg", "image/jpeg", path=source)
    for percent in (30, 60):
        source.write_bytes(b"%d" % percent)
        assert await outlet.show_media(PLACE, ack, file, Rendered(f"drawing {percent} %"), buttons=CANCEL) == ""
    assert [path.read_bytes() for path in terminal.results.iterdir()] == [b"60"]
    await outlet.edit(PLACE, ack, Rendered("ready, see below"), drop_media=True)
    assert list(terminal.results.iterdir()) == []
    saved = f"Saved: {terminal.results / 'preview.jpg'}"
    assert terminal.lines() == ["accepted", "  #1 Cancel", saved, "drawing 30 %", "drawing 60 %"]
    with pytest.raises(MessageGone):
        await outlet.show_media(PLACE, "of another session", file, Rendered("x"))


async def test_several_files_are_one_message_with_its_buttons(terminal: Terminal, tmp_path: Path) -> None:
    source = tmp_path / "stored"
    source.write_bytes(b"\x89PNG")
    files = tuple(MediaFile("image", f"{name}.png", "image/png", path=source) for name in "ab")
    sent = await terminal.outlet.send_media(PLACE, files, Rendered("foxes"), buttons=CANCEL)
    assert len(sent.message_ids) == 1 and len(sent.file_ids) == 2
    saved = [f"Saved: {terminal.results / each.name}" for each in files]
    assert terminal.lines() == ["foxes", *saved, "  #1 Cancel"]


async def test_a_song_says_its_title_and_how_long_it_is(terminal: Terminal, tmp_path: Path) -> None:
    source = tmp_path / "stored"
    source.write_bytes(b"ID3")
    song = MediaFile("audio", "Road.mp3", "audio/mpeg", source, duration_s=128.9, title="Road", performer="Suno")
    await terminal.outlet.send_media(PLACE, (song,), Rendered("suno-v4"))
    assert terminal.lines()[:2] == ["suno-v4", "♪ Road – Suno (2:09)"]


async def test_a_question_is_printed(terminal: Terminal) -> None:
    exchange = ConsoleExchange(terminal.outlet, PLACE, Sender("console", "me"))
    assert await exchange.ask(Rendered("What else?"), Form("Words", "mj:1:press:2", ()))
    assert terminal.lines() == ["What else?"]


async def test_a_press_changes_its_message(terminal: Terminal) -> None:
    outlet, sender = terminal.outlet, Sender("console", "me")
    ack = await outlet.send(PLACE, Rendered("accepted"), buttons=CANCEL)
    await outlet.edit(PLACE, ack, Rendered("drawing"), buttons=CANCEL)
    await ConsoleExchange(outlet, PLACE, sender, ack).revise(Rendered("cancelled"))
    await ConsoleExchange(outlet, PLACE, sender).revise(Rendered("said"))
    assert terminal.lines() == ["accepted", "  #1 Cancel", "drawing", "cancelled", "said"]


async def test_files_of_this_machine_are_read(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(b"x" * 600_000)
    chunks = [chunk async for chunk in terminal.outlet.download(Attachment("image", str(path)))]
    assert b"".join(chunks) == b"x" * 600_000
    assert len(chunks) == 3
    with pytest.raises(Unavailable):
        await anext(aiter(terminal.outlet.download(Attachment("image", str(tmp_path / "gone.png")))))


async def test_old_messages_and_buttons_are_forgotten(terminal: Terminal) -> None:
    first = await terminal.outlet.send(PLACE, Rendered("first"), buttons=CANCEL)
    for _ in range(KEPT_MOST):
        await terminal.outlet.send(PLACE, Rendered("x"), buttons=CANCEL)
    assert terminal.outlet.button(1) is None
    with pytest.raises(MessageGone):
        await terminal.outlet.edit(PLACE, first, Rendered("y"))
