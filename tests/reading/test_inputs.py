"""The files of a message on their way into a question: checked, fetched, known by their bytes, marked by who speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bots.commands import inputs
from bots.commands.request import Request
from bots.outlet import OutletError
from core import questions
from core.catalog import load_catalog
from core.documents import OFFICE, PDF, PLAIN
from core.errors import BadFile, BadOption, BotError, CannotRead, FileLost, FilesTooLarge, FileTooLarge
from core.ledger import Purse
from core.limits import LIMITS
from core.orders import Orders
from core.plans import Rules
from core.ports import Store
from core.questions import QUOTED, VOICE
from core.renditions import FileRenditions
from core.values import Attachment, Incoming, Part, Place, ReplyTo, Sender
from storage.media import ObjectMedia
from tests.reading import samples

MB = 1024 * 1024
DM = Place("telegram", "100", private=True)
ANN = Sender("telegram", "100", "ann")
SPEECH = samples.tune("ogg", "libopus", 0.2)

VOICE_NOTE = Attachment("audio", "voice", mime="audio/ogg", what="voice")
ROUND_FILM = Attachment("video", "film", mime="video/mp4", what="video_note")
LETTER = Attachment("document", "pdf", mime="application/pdf", name="letter.pdf")
SONG = Attachment("audio", "voice", mime="audio/ogg", name="song.ogg")
STICKER = Attachment("document", "", what="sticker")


class Shelf:
    """The platform's files; counts what is fetched."""

    def __init__(self) -> None:
        self.files = {"voice": SPEECH, "pdf": samples.pdf("Dear owl"), "film": samples.film(0.3, sound=True)}
        self.fetched: list[str] = []
        self.trouble: Exception | None = None

    async def download(self, attachment: Attachment) -> AsyncIterator[bytes]:
        self.fetched.append(attachment.ref)
        if self.trouble:
            raise self.trouble
        yield self.files[attachment.ref]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def orders(store: Store, media: ObjectMedia) -> Orders:
    purse = Purse(store, Rules(), store.clock)
    return Orders(store, load_catalog(), purse, media, FileRenditions(media), store.clock, lambda: "id")


def request(orders: Orders, shelf: Shelf, *own: Attachment, reply: ReplyTo | None = None, **more: Any) -> Request:
    incoming = Incoming(DM, ANN, "1", attachments=own, reply=reply)
    services, exchange = SimpleNamespace(orders=orders), SimpleNamespace(outlet=shelf)
    return Request(cast("Any", services), cast("Any", exchange), cast("Any", None), incoming, lambda: "id", **more)


def replied(*files: Attachment, author: str = ANN.id, own: bool = False) -> ReplyTo:
    return ReplyTo("0", own=own, author_id=author, attachments=files)


async def refused(asking: Request) -> BotError:
    with pytest.raises(BotError) as caught:
        await inputs.asked(asking)
    return caught.value


# --- what a question may be about --------------------


async def test_every_kind_of_file_is_known_by_its_bytes(orders: Orders, shelf: Shelf) -> None:
    shelf.files |= {
        "csv": "名字,老鼠\n安,3\n".encode("gb18030"),
        "docx": samples.docx("owl"),
        "wrong": samples.film(0.3, sound=False),
    }
    files = (
        LETTER,
        Attachment("document", "csv", mime="text/csv", name="mice.csv"),
        Attachment("document", "docx", name="letter.docx"),
        Attachment("document", "wrong", mime="application/octet-stream", name="film.bin"),
        VOICE_NOTE,
        ROUND_FILM,
        SONG,
    )
    parts = await inputs.asked(request(orders, shelf, *files))
    assert [(part.kind, part.mime, part.name, part.role) for part in parts] == [
        ("document", PDF, "letter.pdf", ""),
        ("document", PLAIN, "mice.csv", ""),
        ("document", OFFICE[".docx"], "letter.docx", ""),
        ("video", "video/mp4", "film.bin", ""),
        ("audio", "audio/ogg", "", VOICE),
        ("video", "video/mp4", "", VOICE),
        ("audio", "audio/ogg", "song.ogg", ""),
    ]
    assert [part.size for part in parts] == [len(shelf.files[file.ref]) for file in files]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/пароль", "пароль"),
        ("C:\\a\\b.pdf", "b.pdf"),
        ("a\nb\u202efdp.pdf", "abfdp.pdf"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("  ", ""),
    ],
)
async def test_names_are_only_names(orders: Orders, shelf: Shelf, name: str, kept: str) -> None:
    (part,) = await inputs.asked(request(orders, shelf, replace(LETTER, name=name)))
    assert part.name == kept


@pytest.mark.parametrize("mime", ["image/png", "video/mp4", "audio/ogg"])
async def test_a_text_that_is_called_a_picture_or_a_film_is_refused(orders: Orders, shelf: Shelf, mime: str) -> None:
    shelf.files["pdf"] = b"just some words"
    kind = cast("Any", mime.partition("/")[0])
    assert isinstance(await refused(request(orders, shelf, replace(LETTER, kind=kind, mime=mime))), BadFile)


async def test_two_bytes_of_utf_16_are_no_sound(orders: Orders, shelf: Shelf) -> None:
    """The mark of that encoding looks like the beginning of an MP3."""
    shelf.files["pdf"] = ("owls fly at night\n" * 300).encode("utf-16")
    (part,) = await inputs.asked(request(orders, shelf, replace(LETTER, mime="text/plain", name="a.txt")))
    assert (part.kind, part.mime) == ("document", PLAIN)


# --- replies --------------------


async def test_a_reply_to_an_older_file_is_about_that_file(orders: Orders, shelf: Shelf) -> None:
    (mine,) = await inputs.asked(request(orders, shelf, reply=replied(LETTER)))
    assert (mine.kind, mine.role) == ("document", "")
    (theirs,) = await inputs.asked(request(orders, shelf, reply=replied(LETTER, author="200")))
    assert theirs == replace(mine, role=QUOTED)
    (ours,) = await inputs.asked(request(orders, shelf, reply=replied(ROUND_FILM, SONG, author="1", own=True)))
    assert (ours.kind, ours.role) == ("audio", "")  # its spoken answers are no files


async def test_who_speaks_decides_what_a_voice_message_may_do(orders: Orders, shelf: Shelf) -> None:
    own = await inputs.asked(request(orders, shelf, VOICE_NOTE))
    older = await inputs.asked(request(orders, shelf, reply=replied(VOICE_NOTE)))
    theirs = await inputs.asked(request(orders, shelf, reply=replied(VOICE_NOTE, author="200")))
    assert [part.role for part in (*own, *older, *theirs)] == [VOICE, VOICE, QUOTED]
    assert [questions.tainted(parts) for parts in (own, older, theirs)] == [False, False, True]
    assert questions.tainted(await inputs.asked(request(orders, shelf, LETTER)))


async def test_own_files_go_before_those_of_the_reply(orders: Orders, shelf: Shelf) -> None:
    parts = await inputs.asked(request(orders, shelf, SONG, reply=replied(LETTER)))
    assert [part.name for part in parts] == ["song.ogg"]
    assert await inputs.asked(request(orders, shelf, reply=replied(STICKER))) == ()


async def test_words_that_were_asked_for_may_be_spoken(orders: Orders, shelf: Shelf) -> None:
    parked = (Part("document", media="a", name="letter.pdf"),)
    parts = await inputs.asked(request(orders, shelf, VOICE_NOTE, inputs=parked))
    assert (parts[0], parts[1].role) == (parked[0], VOICE)
    assert await inputs.asked(request(orders, shelf, inputs=parked)) == parked


def test_what_needs_no_words() -> None:
    assert inputs.spoken((VOICE_NOTE,)) and inputs.spoken((ROUND_FILM,))
    assert not inputs.spoken((SONG, LETTER, STICKER, replace(VOICE_NOTE, ref="")))


# --- refusals --------------------


async def test_stickers_and_places_are_not_read(orders: Orders, shelf: Shelf) -> None:
    for what in ("sticker", "location"):
        error = await refused(request(orders, shelf, LETTER, Attachment("document", "", what=what)))
        assert isinstance(error, CannotRead) and error.params == {"what": what}
    assert shelf.fetched == []


async def test_sizes_are_checked_before_anything_is_fetched(orders: Orders, shelf: Shelf) -> None:
    one = await refused(request(orders, shelf, replace(VOICE_NOTE, size=21 * MB)))
    assert (type(one), one.params) == (FileTooLarge, {"size": 21 * MB, "limit": 20 * MB})
    all_of_it = await refused(request(orders, shelf, *[replace(LETTER, size=7 * MB)] * 3))
    assert (type(all_of_it), all_of_it.params) == (FilesTooLarge, {"size": 21 * MB, "limit": 20 * MB})
    many = await refused(request(orders, shelf, *[LETTER] * 11))
    assert (type(many), many.params) == (BadOption, {"name": "files", "value": "11", "allowed": "10"})
    reply = await refused(request(orders, shelf, reply=replied(replace(LETTER, size=21 * MB))))
    assert isinstance(reply, FileTooLarge)
    assert shelf.fetched == []


async def test_what_the_platform_says_of_sizes_is_not_believed(orders: Orders, shelf: Shelf) -> None:
    shelf.files["pdf"] = b"%PDF-" + bytes(12 * MB)
    error = await refused(request(orders, shelf, *[replace(LETTER, size=1)] * 3))
    assert (type(error), shelf.fetched) == (FilesTooLarge, ["pdf", "pdf"])
    shelf.files["pdf"] = bytes(LIMITS.input_bytes + 1)
    assert isinstance(await refused(request(orders, shelf, LETTER)), FileTooLarge)


async def test_a_file_that_the_platform_does_not_give(orders: Orders, shelf: Shelf) -> None:
    shelf.trouble = OutletError("gone")
    assert isinstance(await refused(request(orders, shelf, VOICE_NOTE)), FileLost)


async def test_orders_take_what_their_command_takes(orders: Orders, shelf: Shelf) -> None:
    for file, what in ((VOICE_NOTE, "voice"), (LETTER, "document"), (SONG, "audio"), (STICKER, "sticker")):
        with pytest.raises(CannotRead) as caught:
            await inputs.read(request(orders, shelf, file), {"image", "video"})
        assert caught.value.params == {"what": what}
    (part,) = await inputs.read(request(orders, shelf, reply=replied(LETTER, ROUND_FILM)), {"image", "video"})
    assert (part.kind, part.role) == ("video", "")
