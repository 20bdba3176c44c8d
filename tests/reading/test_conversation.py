"""Files and voice messages in private chats and groups: what is asked at once, what asks back, what is refused."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.questions import QUOTED, VOICE
from core.renditions import FileRenditions
from core.values import Attachment, Part, ReplyTo
from tests.commands import rig as rigs
from tests.commands.rig import BOB, GROUP, HeldClock, Rig
from tests.reading import samples
from tests.stores import open_test_store

VOICE_NOTE = Attachment("audio", "voice", mime="audio/ogg", what="voice", size=100, duration_s=1)
LETTER = Attachment("document", "pdf", mime="application/pdf", name="letter.pdf", size=100)
SONG = Attachment("audio", "voice", mime="audio/ogg", name="song.ogg")
PHOTO = Attachment("image", "photo", mime="image/png", name="photo.png")


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """With eyes that really look into files."""
    monkeypatch.setattr(rigs, "PlainEyes", FileRenditions)
    clock = HeldClock()
    async with open_test_store("sqlite", tmp_path, clock) as store:
        rig = Rig(store, clock, tmp_path / "media")
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "PNG")
        letter = samples.pdf("Dear owl")
        rig.outlet.files = {"photo": picture.getvalue(), "pdf": letter, "voice": samples.tune("ogg", "libopus", 0.2)}
        yield rig


def asked(rig: Rig) -> list[tuple[Part, ...]]:
    """Files without their bytes' names."""
    return [tuple(replace(part, media="", size=0) for part in turn.question) for turn in rig.answers.started]


def question(text: str) -> Part:
    return Part("text", text=text)


SPOKEN = Part("audio", mime="audio/ogg", role=VOICE)


async def test_a_voice_message_is_a_question_by_itself(rig: Rig) -> None:
    assert await rig.message("", attachments=(VOICE_NOTE,)) == []
    assert asked(rig) == [(SPOKEN,)]
    assert await rig.open_events() == []


async def test_in_a_group_only_one_that_answers_the_bot(rig: Rig) -> None:
    (hello,) = await rig.message("", GROUP, mentioned=True)
    await rig.message("", GROUP, attachments=(VOICE_NOTE,))
    await rig.message("", GROUP, attachments=(VOICE_NOTE,), reply=ReplyTo("9", author_id=BOB.id, text="hm"))
    assert asked(rig) == []
    await rig.message("", GROUP, attachments=(VOICE_NOTE,), reply=rigs.reply_to(hello))
    assert asked(rig) == [(SPOKEN,)]


async def test_somebody_elses_voice_message_is_data(rig: Rig) -> None:
    reply = ReplyTo("9", author_id=BOB.id, attachments=(VOICE_NOTE,))
    await rig.message("", GROUP, mentioned=True, reply=reply)
    assert asked(rig) == [(replace(SPOKEN, role=QUOTED),)]
    assert rig.answers.started[0].tainted


@pytest.mark.parametrize("spoken", [False, True], ids=["written", "spoken"])
async def test_a_document_without_words_waits_for_them(rig: Rig, spoken: bool) -> None:
    (said,) = await rig.message("", attachments=(LETTER,))
    assert "What would you like to know about it?" in said.text and said.buttons == ()
    assert asked(rig) == [] and await rig.open_events() == []
    await rig.message("" if spoken else "who wrote it?", attachments=(VOICE_NOTE,) if spoken else ())
    [parts] = asked(rig)
    letter, words = sorted(parts, key=lambda part: part.kind != "document")
    assert words == (SPOKEN if spoken else question("who wrote it?"))
    assert (letter.kind, letter.name, letter.mime) == ("document", "letter.pdf", "application/pdf")


async def test_a_picture_without_words_is_still_asked_about_with_buttons(rig: Rig) -> None:
    (said,) = await rig.message("", attachments=(PHOTO,))
    assert len(said.labels) == 3
    (mixed,) = await rig.message("", attachments=(PHOTO, SONG))
    assert mixed.buttons == ()


async def test_a_document_with_words_is_asked_at_once(rig: Rig) -> None:
    await rig.message("what is it?", attachments=(LETTER, PHOTO))
    [parts] = asked(rig)
    assert parts[0] == question("what is it?") and [part.kind for part in parts[1:]] == ["document", "image"]


async def test_the_parts_of_an_album_of_documents_are_one_question(rig: Rig) -> None:
    first = rig.incoming("compare them", attachments=(LETTER,), album="7")
    second = rig.incoming("", attachments=(replace(LETTER, name="other.pdf"),), album="7")
    rig.clock.free.clear()
    tasks = [asyncio.create_task(rig.handle(each)) for each in (first, second)]
    await asyncio.sleep(0)
    rig.clock.free.set()
    await asyncio.gather(*tasks)
    assert [[part.name or part.text for part in parts] for parts in asked(rig)] == [
        ["compare them", "letter.pdf", "other.pdf"]
    ]


async def test_a_reply_to_an_older_file_is_about_it(rig: Rig) -> None:
    await rig.message("sum it up", reply=ReplyTo("9", author_id="100", attachments=(LETTER,)))
    [parts] = asked(rig)
    assert [(part.kind, part.role) for part in parts] == [("text", ""), ("document", "")]


async def test_a_document_that_cannot_be_read_costs_nothing(rig: Rig) -> None:
    rig.outlet.files["pdf"] = samples.locked_pdf("1234")
    blind = next(spec for spec in rig.catalog.visible("chat") if "document" in spec.inputs)
    rig.take_away(blind.name, "document")
    (said,) = await rig.message(f"--model {blind.name} what is it?", attachments=(LETTER,))
    assert said.text == "“letter.pdf” is protected with a password. Please send it without one."
    assert asked(rig) == [] and await rig.open_events() == []
    rig.outlet.files["pdf"] = samples.pdf("Dear owl")
    await rig.message(f"--model {blind.name} what is it?", attachments=(LETTER,))
    [(_, letter)] = asked(rig)
    assert letter.text == "Dear owl"


async def test_a_voice_message_that_was_missed_is_answered_by_the_button(rig: Rig) -> None:
    late = replace(rig.incoming("", attachments=(VOICE_NOTE,)), received_ms=rig.clock.now_ms() - 3_600_000)
    await rig.journal(late)
    await rig.handle(late)
    await rig.dispatcher._away.told()
    note = rig.outlet.said[-1]
    await rig.press(note.data[0])
    assert asked(rig) == [(SPOKEN,)]
