"""Files in messages: what takes the place of a message's content, the words under it, and albums with their buttons below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from aiogram import Bot

from bots.outlet import AnswerLost, Button, Entity, Flooded, MediaFile, MessageGone, Rejected, Rendered, TooLarge
from bots.telegram.carriers import KEPT_MOST, Carriers
from bots.telegram.outlet import TelegramOutlet
from core.values import Place
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown
from tests.standins.telegram_faults import LOST_ANSWER, LOST_REQUEST, Fault, bad_request, too_many
from tests.telegram.bots import picture
from tests.telegram.test_outlet import MP4, at, file, outlet, seen

__all__ = ["outlet"]

STOP = ((Button("Stop", "job:1:cancel"),),)
MORE = ((Button("More", "job:1:again"),),)


def kind(shown: Shown) -> str:
    return shown.media.kind if shown.media else ""


async def test_an_acknowledgement_becomes_a_picture_that_grows(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    ack = await outlet.send(at(ann), Rendered("accepted"), buttons=STOP)
    half = file(tmp_path / "half.jpg", picture(20, 20, "JPEG"), mime="image/jpeg")
    first = await outlet.show_media(at(ann), ack, half, Rendered("42 %"), buttons=STOP)
    shown = seen(telegram, ann)
    assert (str(shown.message_id), shown.text, kind(shown)) == (ack, "42 %", "photo")
    assert shown.media is not None and shown.media.file_id == first and shown.button("Stop")
    more = file(tmp_path / "more.jpg", picture(30, 30, "JPEG"), mime="image/jpeg")
    second = await outlet.show_media(at(ann), ack, more, Rendered("80 %"))
    assert second != first and shown.media.data == picture(30, 30, "JPEG")
    assert (shown.text, shown.buttons) == ("80 %", [])
    await outlet.edit(at(ann), ack, Rendered("ready"), drop_media=True)  # the words change, the picture has to stay
    assert (shown.text, kind(shown), len(telegram.phone.from_bot(ann))) == ("ready", "photo", 1)
    assert telegram.violations == []


async def test_a_file_that_telegram_has_is_not_uploaded_again(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    ack = await outlet.send(at(ann), Rendered("accepted"))
    fox = file(tmp_path / "a.png", picture())
    known = await outlet.show_media(at(ann), ack, fox, Rendered("a fox"))
    again = replace(fox, path=None, file_id=known)
    assert await outlet.show_media(at(ann), ack, again, Rendered("a fox")) == known  # unchanged is success
    assert seen(telegram, ann).edits == 1
    stale = replace(fox, file_id="stale")
    assert await outlet.show_media(at(ann), ack, stale, Rendered("a fox")) not in {"", "stale", known}
    assert [len(call.file_sizes) for call in telegram.of("editMessageMedia")] == [1, 0, 0, 1]


async def test_each_kind_replaces_in_its_form(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    ack = await outlet.send(at(ann), Rendered("accepted"))
    files = [
        file(tmp_path / "b.png", picture(), as_document=True),
        file(tmp_path / "d.gif", b"GIF89a" + bytes(20), mime="image/gif"),
        file(tmp_path / "f.mp4", MP4, kind="video", mime="video/mp4", width=4, height=3, duration_s=2),
        file(tmp_path / "e.mp3", b"ID3", kind="audio", mime="audio/mpeg", duration_s=2, voice=True),
        file(tmp_path / "e.ogg", b"OggS", kind="audio", mime="audio/ogg", duration_s=2),
        file(tmp_path / "z.png", b"a new format"),
    ]
    kinds = []
    for each in files:
        assert await outlet.show_media(at(ann), ack, each, Rendered("x"))
        kinds.append(kind(seen(telegram, ann)))
    assert kinds == ["document", "animation", "video", "audio", "document", "document"]
    assert telegram.violations == []


async def test_what_cannot_be_shown(telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path) -> None:
    ann = telegram.phone.person()
    ack = await outlet.send(at(ann), Rendered("accepted"))
    fox = file(tmp_path / "a.png", picture())
    with pytest.raises(Rejected):
        await outlet.show_media(at(ann), ack, fox, Rendered("x" * 1025))
    telegram.faults.script("editMessageMedia", too_many(7), LOST_ANSWER, bad_request("file is too big"))
    for trouble in (Flooded, AnswerLost, TooLarge):
        with pytest.raises(trouble):
            await outlet.show_media(at(ann), ack, fox, Rendered("x"))
    voice = file(tmp_path / "e.ogg", b"OggS", kind="audio", mime="audio/ogg", duration_s=2)
    spoken = await outlet.send_media(at(ann), (voice,), Rendered(""))
    with pytest.raises(Rejected):
        await outlet.show_media(at(ann), spoken.message_ids[0], fox, Rendered("x"))
    telegram.phone.delete(telegram.phone.visible(ann)[0])
    with pytest.raises(MessageGone):
        await outlet.show_media(at(ann), ack, fox, Rendered("x"))


# --- words under files --------------------

EDITS = ("editMessageText", "editMessageCaption", "editMessageMedia")


def edits(telegram: TelegramStandIn) -> list[tuple[str, int]]:
    """The calls that changed a message, or were to, with how each was answered."""
    return [(call.method.removeprefix("editMessage"), call.status) for call in telegram.of(*EDITS)]


async def pictured(telegram: TelegramStandIn, outlet: TelegramOutlet, folder: Path) -> tuple[Place, str, Shown]:
    """An acknowledgement that became a picture."""
    ann = telegram.phone.person()
    ack = await outlet.send(at(ann), Rendered("accepted"), buttons=STOP)
    await outlet.show_media(at(ann), ack, file(folder / "half.png", picture()), Rendered("42 %"), buttons=STOP)
    return at(ann), ack, seen(telegram, ann)


async def test_words_under_a_picture_take_one_call(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    place, ack, shown = await pictured(telegram, outlet, tmp_path)
    await outlet.edit(place, ack, Rendered("60 %"), buttons=STOP)
    assert shown.text == "60 %" and shown.button("Stop")
    for _ in range(2):  # unchanged is success
        await outlet.edit(place, ack, Rendered("✓ ready"), drop_media=True)
    assert (shown.text, shown.buttons, kind(shown)) == ("✓ ready", [], "photo")
    assert edits(telegram) == [("Media", 200), ("Caption", 200), ("Caption", 200), ("Caption", 400)]
    sent = await outlet.send_media(place, pictures(tmp_path, 2), Rendered("two"), buttons=MORE)
    for message_id in sent.message_ids:
        await outlet.edit(place, message_id, Rendered("gone"))
    assert edits(telegram)[4:] == [("Caption", 200), ("Caption", 200), ("Text", 200)]


async def test_what_a_message_carries_is_found_out_when_nobody_remembers(
    telegram: TelegramStandIn, outlet: TelegramOutlet, bot: Bot, tmp_path: Path
) -> None:
    place, ack, shown = await pictured(telegram, outlet, tmp_path)
    restarted = TelegramOutlet(bot)
    for text in ("60 %", "✓ ready"):
        await restarted.edit(place, ack, Rendered(text))
    assert edits(telegram)[1:] == [("Text", 400), ("Caption", 200), ("Caption", 200)]
    shown.media = None  # what is remembered is wrong
    for text in ("a text", "still a text"):
        await restarted.edit(place, ack, Rendered(text))
    assert shown.text == "still a text"
    assert edits(telegram)[4:] == [("Caption", 400), ("Text", 200), ("Text", 200)]
    with pytest.raises(Rejected):
        await outlet.edit(place, ack, Rendered(" "))


async def test_so_many_messages_are_remembered() -> None:
    carriers, ann, bob = Carriers(), Place("telegram", "1", private=True), Place("telegram", "2", private=True)
    carriers.add(ann, "1")
    assert carriers.has(ann, "1") and not carriers.has(bob, "1")
    for number in range(KEPT_MOST):
        carriers.add(bob, str(number))
        carriers.add(ann, "1")  # a preview that goes on changing stays
    assert carriers.has(ann, "1") and carriers.has(bob, str(KEPT_MOST - 1)) and not carriers.has(bob, "0")


async def test_words_that_no_caption_takes_are_cut(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    place, ack, shown = await pictured(telegram, outlet, tmp_path)
    bold, link = Entity("bold", 0, 2000), Entity("text_link", 1023, 5, {"url": "https://example.org"})
    await outlet.edit(place, ack, Rendered("x" * 1024))
    assert shown.text == "x" * 1024
    await outlet.edit(place, ack, Rendered("x" * 1022 + "😀" * 500, (bold, link)), buttons=STOP)
    assert shown.text == "x" * 1022 + "…" and shown.button("Stop")
    assert shown.entities == [{"type": "bold", "offset": 0, "length": 1023}]
    assert telegram.violations == []


async def test_flood_control_in_the_middle_of_finding_out(
    telegram: TelegramStandIn, outlet: TelegramOutlet, bot: Bot, tmp_path: Path
) -> None:
    """What was learned is not asked for again when the call is repeated."""
    place, ack, shown = await pictured(telegram, outlet, tmp_path)
    restarted = TelegramOutlet(bot)
    telegram.faults.script("editMessageCaption", too_many(7))
    with pytest.raises(Flooded):
        await restarted.edit(place, ack, Rendered("✓ ready"))
    await restarted.edit(place, ack, Rendered("✓ ready"))
    assert edits(telegram)[1:] == [("Text", 400), ("Caption", 429), ("Caption", 200)]
    assert shown.text == "✓ ready"
    odd = file(tmp_path / "odd.png", b"a new format")
    telegram.faults.script("editMessageMedia", None, too_many(7))
    with pytest.raises(Flooded):  # refused as a photo, and the second try in another form came too soon
        await outlet.show_media(place, ack, odd, Rendered("80 %"))
    assert (shown.text, kind(shown)) == ("✓ ready", "photo")
    assert await outlet.show_media(place, ack, odd, Rendered("80 %"))
    assert (shown.text, kind(shown)) == ("80 %", "document")


async def test_an_acknowledgement_that_became_a_picture_and_was_deleted(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    place, ack, shown = await pictured(telegram, outlet, tmp_path)
    telegram.phone.delete(shown)
    with pytest.raises(MessageGone):
        await outlet.show_media(place, ack, file(tmp_path / "more.png", picture()), Rendered("80 %"))
    with pytest.raises(MessageGone):
        await outlet.edit(place, ack, Rendered("✓ ready"))
    assert edits(telegram)[1:] == [("Media", 400), ("Caption", 400)]


async def test_the_same_picture_with_the_same_words_is_no_change(
    telegram: TelegramStandIn, outlet: TelegramOutlet, bot: Bot, tmp_path: Path
) -> None:
    place, ack, shown = await pictured(telegram, outlet, tmp_path)
    assert shown.media is not None
    known = MediaFile("image", "half.png", "image/png", file_id=shown.media.file_id)
    restarted = TelegramOutlet(bot)
    assert await restarted.show_media(place, ack, known, Rendered("42 %"), buttons=STOP) == known.file_id
    await restarted.edit(place, ack, Rendered("✓ ready"))  # it is known to carry a picture by now
    assert edits(telegram)[1:] == [("Media", 400), ("Caption", 200)]
    await outlet.show_media(place, ack, known, Rendered("✓ ready"), buttons=MORE)  # other buttons alone are a change
    assert shown.button("More") and shown.edits == 3


# --- albums --------------------


def pictures(folder: Path, count: int, **fields: object) -> tuple[MediaFile, ...]:
    return tuple(file(folder / f"{n}.png", picture(40 + n, 30), **fields) for n in range(count))


def media_sizes(shown: Sequence[Shown]) -> list[int]:
    return [each.media.details["width"] for each in shown if each.media]


async def test_an_album_keeps_its_caption_and_the_buttons_follow_it(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    question = telegram.phone.say(ann, ann, "four foxes")
    sent = await outlet.send_media(
        at(ann), pictures(tmp_path, 4), Rendered("four foxes"), reply_to=str(question.message_id), buttons=MORE
    )
    shown = telegram.phone.from_bot(ann)
    assert [each.text for each in shown] == ["four foxes", "", "", "", "⬆"]
    assert [bool(each.buttons) for each in shown] == [False] * 4 + [True]
    files_first = tuple(str(each.message_id) for each in shown)
    assert sent.message_ids == files_first and len(sent.file_ids) == 4
    assert media_sizes(shown) == [40, 41, 42, 43]
    assert [each.reply_to for each in shown[:4]] == [question.message_id] * 4
    await outlet.edit(at(ann), sent.message_ids[-1], Rendered("Cancelled"))
    assert (shown[-1].text, shown[-1].buttons) == ("Cancelled", [])


@pytest.mark.parametrize("trouble", [too_many(7), LOST_REQUEST, bad_request("reply markup is too long")])
async def test_an_album_is_not_sent_twice_for_its_buttons(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path, trouble: Fault
) -> None:
    """Whoever sends it repeats what raised an error."""
    ann = telegram.phone.person()
    telegram.faults.script("sendMessage", trouble)
    sent = await outlet.send_media(at(ann), pictures(tmp_path, 2), Rendered("two"), buttons=MORE)
    assert len(sent.message_ids) == len(sent.file_ids) == 2
    telegram.faults.script("sendMediaGroup", too_many(7))
    with pytest.raises(Flooded):
        await outlet.send_media(at(ann), pictures(tmp_path, 2), Rendered("two"), buttons=MORE)
    assert [each.text for each in telegram.phone.from_bot(ann)] == ["two", ""]


async def test_a_reply_to_one_picture_of_an_album_names_it(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    sent = await outlet.send_media(at(ann), pictures(tmp_path, 3), Rendered("foxes"), buttons=MORE)
    third = telegram.phone.from_bot(ann)[2]
    reply = telegram.phone.say(ann, ann, "make it blue", reply_to=third)
    assert sent.message_ids.index(str(reply.reply_to)) == 2


async def test_one_picture_has_its_buttons_itself(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    await outlet.send_media(at(ann), pictures(tmp_path, 1), Rendered("a fox"), buttons=MORE)
    (shown,) = telegram.phone.from_bot(ann)
    assert (shown.text, kind(shown)) == ("a fox", "photo") and shown.button("More")


async def test_originals_are_an_album_of_documents(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    await outlet.send_media(at(ann), pictures(tmp_path, 3, as_document=True), Rendered("originals"))
    shown = telegram.phone.from_bot(ann)
    assert [kind(each) for each in shown] == ["document"] * 3 and len({each.album for each in shown}) == 1
    assert [each.media.data for each in shown if each.media] == [picture(40 + n, 30) for n in range(3)]


async def test_a_piece_of_an_album_takes_what_the_album_may_hold(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    sent = await outlet.send_media(at(ann), pictures(tmp_path, 2), Rendered("two"))
    other = file(tmp_path / "other.png", picture(99, 30))
    await outlet.show_media(at(ann), sent.message_ids[1], other, Rendered(""))
    assert media_sizes(telegram.phone.from_bot(ann)) == [40, 99]
    with pytest.raises(Rejected):
        await outlet.show_media(at(ann), sent.message_ids[1], replace(other, as_document=True), Rendered(""))


async def test_songs_are_audio_with_title_performer_and_cover(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann, cover = telegram.phone.person(), tmp_path / "cover.jpg"
    cover.write_bytes(picture(320, 320, "JPEG"))
    songs = tuple(
        file(
            tmp_path / f"Night Road {number}.mp3",
            b"ID3 song",
            kind="audio",
            mime="audio/mpeg",
            duration_s=128.92,
            title="夜路" * 60 if number == 2 else "夜路",
            performer="Suno",
            thumbnail=cover,
        )
        for number in (1, 2)
    )
    await outlet.send_media(at(ann), songs[:1], Rendered("one"), buttons=MORE)
    alone = seen(telegram, ann)
    await outlet.send_media(at(ann), songs, Rendered("two"), buttons=MORE)
    one, two, below = telegram.phone.from_bot(ann)[1:]
    told = {"duration": 129, "title": "夜路", "performer": "Suno"}
    for shown in (alone, one, two):
        assert shown.media is not None and shown.media.kind == "audio" and shown.media.thumbnail
    assert alone.media and told.items() <= alone.media.details.items() and alone.button("More")
    assert one.media and told.items() <= one.media.details.items() and one.album == two.album != ""
    assert two.media and two.media.details["title"] == "夜路" * 32
    assert below.button("More") and telegram.violations == []
