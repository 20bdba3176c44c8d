"""The outlet against the stand-in: what people see, and what each kind of trouble is called."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from aiogram import Bot

from bots.outlet import (
    AnswerLost,
    Button,
    ChatGone,
    ChatMoved,
    Entity,
    Flooded,
    MediaFile,
    MessageGone,
    OutletError,
    Rejected,
    Rendered,
    TooLarge,
    Unavailable,
)
from bots.telegram.outlet import TelegramOutlet
from core.values import Attachment, Place
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown, User
from tests.standins.telegram_faults import (
    LOST_ANSWER,
    LOST_REQUEST,
    Page,
    bad_request,
    forbidden,
    server_error,
    too_many,
)
from tests.telegram.bots import open_bot, picture

MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(64)


@pytest.fixture
def outlet(bot: Bot) -> TelegramOutlet:
    return TelegramOutlet(bot)


def at(who: User | int, thread: str = "") -> Place:
    number = who if isinstance(who, int) else who.id
    return Place("telegram", str(number), thread, private=number > 0)


def file(path: Path, data: bytes, **fields: object) -> MediaFile:
    path.write_bytes(data)
    values: dict[str, object] = {"kind": "image", "name": path.name, "mime": "image/png", "path": path} | fields
    return MediaFile(**values)  # type: ignore[arg-type] # a test's shorthand


def seen(telegram: TelegramStandIn, who: User | int) -> Shown:
    shown = telegram.phone.last(who)
    assert shown is not None
    return shown


async def test_a_text_with_everything(telegram: TelegramStandIn, outlet: TelegramOutlet) -> None:
    ann = telegram.phone.person()
    question = telegram.phone.say(ann, ann, "how?")
    text = Rendered("print(1) 😀", (Entity("pre", 0, 8, {"language": "python"}),))
    buttons = ((Button("Again", "job:1:again", style="primary"), Button("Site", url="https://example.org")), ())
    sent = await outlet.send(at(ann), text, reply_to=str(question.message_id), buttons=buttons)
    shown = seen(telegram, ann)
    assert (sent, shown.text, shown.reply_to) == (str(shown.message_id), text.text, question.message_id)
    assert shown.entities == [{"type": "pre", "offset": 0, "length": 8, "language": "python"}]
    assert [[button["text"] for button in row] for row in shown.buttons] == [["Again", "Site"]]
    assert shown.buttons[0][0] == {"text": "Again", "callback_data": "job:1:again", "style": "primary"}
    assert not shown.preview
    telegram.phone.delete(question)
    await outlet.send(at(ann), Rendered("x"), reply_to=str(question.message_id))
    assert seen(telegram, ann).reply_to is None


async def test_edits(telegram: TelegramStandIn, outlet: TelegramOutlet) -> None:
    ann = telegram.phone.person()
    buttons = ((Button("Stop", "turn:1:stop"),),)
    sent = await outlet.send(at(ann), Rendered("one"), buttons=buttons)
    await outlet.edit(at(ann), sent, Rendered("one"), buttons=buttons)  # unchanged is success
    await outlet.edit(at(ann), sent, Rendered("two"))
    shown = seen(telegram, ann)
    assert (shown.text, shown.edits, shown.buttons) == ("two", 1, [])
    await outlet.delete(at(ann), sent)
    await outlet.delete(at(ann), sent)  # gone is what was wanted
    with pytest.raises(MessageGone):
        await outlet.edit(at(ann), sent, Rendered("three"))


async def test_the_words_of_a_picture_are_edited_as_its_caption(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    sent = await outlet.send_media(at(ann), (file(tmp_path / "a.png", picture()),), Rendered("a fox"))
    await outlet.edit(at(ann), sent.message_ids[0], Rendered("a red fox"))
    await outlet.edit(at(ann), sent.message_ids[0], Rendered("a red fox"))
    assert (seen(telegram, ann).text, seen(telegram, ann).edits) == ("a red fox", 1)


async def test_drafts_and_typing(telegram: TelegramStandIn, outlet: TelegramOutlet) -> None:
    ann = telegram.phone.person()
    group = telegram.phone.group("Owls", ann)
    await outlet.typing(at(ann))
    await outlet.typing(at(ann), "video")
    assert [action for _, action in telegram.phone.chat(ann).actions] == ["typing", "record_video"]
    await outlet.draft(at(ann), 5, Rendered(""))
    await outlet.draft(at(ann), 5, Rendered("so far", (Entity("bold", 0, 2),)), stop=True)
    draft = telegram.phone.draft(ann)
    assert draft is not None and (draft.text, draft.frames, draft.can_stop) == ("so far", 2, True)
    with pytest.raises(Rejected):
        await outlet.draft(at(group.id), 5, Rendered("x"))


async def test_topics(telegram: TelegramStandIn, outlet: TelegramOutlet) -> None:
    ann = telegram.phone.person()
    forum = telegram.phone.group("Owls", ann, forum=True)
    topic = telegram.phone.topic(forum)
    await outlet.send(at(forum.id, str(topic)), Rendered("x"))
    assert seen(telegram, forum.id).thread == topic
    forum.topics[topic] = False
    with pytest.raises(ChatGone):
        await outlet.send(at(forum.id, str(topic)), Rendered("x"))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (too_many(7), Flooded),
        (forbidden(), ChatGone),
        (bad_request("chat not found"), ChatGone),
        (bad_request("not enough rights to send text messages to the chat"), ChatGone),
        (bad_request("message is too long"), Rejected),
        (server_error(500), AnswerLost),
        (server_error(413), TooLarge),
        (server_error(401), Unavailable),
        (server_error(404), Rejected),
        (Page(), AnswerLost),
        (LOST_REQUEST, AnswerLost),
        (LOST_ANSWER, AnswerLost),
    ],
)
async def test_each_trouble_has_its_name(
    telegram: TelegramStandIn, outlet: TelegramOutlet, fault: object, kind: type[OutletError]
) -> None:
    ann = telegram.phone.person()
    telegram.faults.script("sendMessage", fault)  # type: ignore[arg-type] # one of the union
    with pytest.raises(kind) as raised:
        await outlet.send(at(ann), Rendered("x"))
    assert type(raised.value) is kind or issubclass(type(raised.value), kind)
    assert telegram.token.partition(":")[2] not in f"{raised.value!r}{raised.value}"
    if isinstance(raised.value, Flooded):
        assert raised.value.retry_after_s == 7


async def test_a_migrated_group_says_where_to(telegram: TelegramStandIn, outlet: TelegramOutlet) -> None:
    ann = telegram.phone.person()
    group = telegram.phone.group("Owls", ann, kind="group")
    new = telegram.phone.migrate(group, ann)
    with pytest.raises(ChatMoved) as moved:
        await outlet.send(at(group.id), Rendered("x"))
    assert moved.value.new_chat == str(new.id)


async def test_a_server_that_is_not_there_was_surely_not_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with open_bot(f"http://127.0.0.1:{taken.getsockname()[1]}", "1:nothing") as bot:
            with pytest.raises(Unavailable):
                await TelegramOutlet(bot).send(at(1), Rendered("x"))


async def test_an_empty_text_is_not_even_sent(telegram: TelegramStandIn, outlet: TelegramOutlet) -> None:
    ann = telegram.phone.person()
    with pytest.raises(Rejected):
        await outlet.send(at(ann), Rendered(" \n"))
    assert telegram.of("sendMessage") == []


# --- media --------------------


async def test_a_video_with_its_measures(telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path) -> None:
    ann = telegram.phone.person()
    thumbnail = tmp_path / "t.jpg"
    thumbnail.write_bytes(picture(320, 180, "JPEG"))
    film = file(tmp_path / "f.mp4", MP4, kind="video", mime="video/mp4", width=640, height=360, duration_s=4.2)
    film = replace(film, thumbnail=thumbnail)
    buttons = ((Button("Again", "job:1:again"),),)
    sent = await outlet.send_media(at(ann), (film,), Rendered("a cat"), buttons=buttons)
    shown = seen(telegram, ann)
    assert shown.media is not None and shown.media.kind == "video" and shown.media.data == MP4
    assert {name: shown.media.details[name] for name in ("width", "height", "duration")} == {
        "width": 640,
        "height": 360,
        "duration": 5,
    }
    assert shown.media.thumbnail == thumbnail.read_bytes() and shown.button("Again")
    assert sent.file_ids == (shown.media.file_id,)
    again = await outlet.send_media(at(ann), (replace(film, path=None, file_id=sent.file_ids[0]),), Rendered(""))
    assert again.file_ids == sent.file_ids and telegram.violations == []


async def test_each_kind_takes_its_form(telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path) -> None:
    ann = telegram.phone.person()
    files = [
        file(tmp_path / "a.png", picture()),
        file(tmp_path / "b.png", picture(), as_document=True),
        file(tmp_path / "c.png", picture(2100, 100), width=2100, height=100),  # too long for a photo
        file(tmp_path / "d.gif", b"GIF89a" + bytes(20), mime="image/gif"),
        file(tmp_path / "e.ogg", b"OggS", kind="audio", mime="audio/ogg", duration_s=2),
        file(tmp_path / "f.mp3", b"ID3", kind="audio", mime="audio/mpeg", duration_s=60),
        file(tmp_path / "g.md", b"# hi", kind="document", mime="text/markdown"),
    ]
    for each in files:
        await outlet.send_media(at(ann), (each,), Rendered("x"))
    kinds = [shown.media.kind for shown in telegram.phone.from_bot(ann) if shown.media]
    assert kinds == ["photo", "document", "document", "animation", "voice", "audio", "document"]
    assert telegram.violations == []


async def test_a_photo_over_ten_megabytes_goes_as_a_document(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    await outlet.send_media(at(ann), (file(tmp_path / "a.png", picture() + bytes(10 << 20)),), Rendered(""))
    media = seen(telegram, ann).media
    assert media is not None and media.kind == "document" and len(telegram.of("sendPhoto")) == 0


async def test_a_picture_that_telegram_refuses_goes_as_a_document(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    await outlet.send_media(at(ann), (file(tmp_path / "a.png", b"a new format"),), Rendered(""))
    media = seen(telegram, ann).media
    assert media is not None and media.kind == "document"


@pytest.mark.parametrize(
    ("mime", "data", "spoken", "kind"),
    [
        ("audio/mpeg", b"ID3", True, "voice"),
        ("audio/mpeg", b"ID3", False, "audio"),
        ("audio/ogg", b"OggS", True, "voice"),
    ],
)
async def test_spoken_words_are_a_voice_message(
    telegram: TelegramStandIn,
    outlet: TelegramOutlet,
    tmp_path: Path,
    mime: str,
    data: bytes,
    spoken: bool,
    kind: str,
) -> None:
    ann = telegram.phone.person()
    sound = file(tmp_path / "a", data, kind="audio", mime=mime, duration_s=2, voice=spoken)
    await outlet.send_media(at(ann), (sound,), Rendered("said"), buttons=((Button("Again", "job:1:again"),),))
    shown = seen(telegram, ann)
    assert shown.media is not None and shown.media.kind == kind
    assert telegram.violations == []


async def test_people_who_forbid_voice_get_a_file(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    telegram.faults.script("sendVoice", bad_request("VOICE_MESSAGES_FORBIDDEN"))
    voice = file(tmp_path / "e.ogg", b"OggS", kind="audio", mime="audio/ogg", duration_s=2)
    await outlet.send_media(at(ann), (voice,), Rendered(""))
    media = seen(telegram, ann).media
    assert media is not None and media.kind == "document"


async def test_a_file_id_that_is_no_good_any_more(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    await outlet.send_media(at(ann), (file(tmp_path / "a.png", picture(), file_id="stale"),), Rendered(""))
    assert seen(telegram, ann).media is not None
    with pytest.raises(Rejected):
        await outlet.send_media(at(ann), (MediaFile("image", "a.png", "image/png", file_id="stale"),), Rendered(""))


async def test_several_pictures_are_an_album_with_the_buttons_below(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    files = tuple(file(tmp_path / f"{n}.png", picture()) for n in range(3))
    sent = await outlet.send_media(at(ann), files, Rendered("three foxes"))
    shown = telegram.phone.from_bot(ann)
    assert {each.album for each in shown} == {shown[0].album} and shown[0].album
    assert [each.text for each in shown] == ["three foxes", "", ""] and len(sent.file_ids) == 3
    await outlet.send_media(at(ann), files, Rendered("again"), buttons=((Button("More", "job:1:again"),),))
    *album, last = telegram.phone.from_bot(ann)[3:]
    assert [each.text for each in album] == ["again", "", ""]
    assert (last.text, last.media, last.button("More")["callback_data"]) == ("⬆", None, "job:1:again")


async def test_twelve_pictures_and_a_song(telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path) -> None:
    ann = telegram.phone.person()
    files = [file(tmp_path / f"{n}.png", picture()) for n in range(12)]
    files.append(file(tmp_path / "f.mp3", b"ID3", kind="audio", mime="audio/mpeg", duration_s=60))
    sent = await outlet.send_media(at(ann), tuple(files), Rendered("all"))
    assert [len(call.file_sizes) for call in telegram.of("sendMediaGroup", "sendAudio")] == [10, 2, 1]
    assert len(sent.message_ids) == 13


async def test_too_much_for_telegram(telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path) -> None:
    ann = telegram.phone.person()
    film = file(tmp_path / "f.mp4", MP4 + bytes(50 << 20), kind="video", width=1, height=1, duration_s=1)
    with pytest.raises(TooLarge):
        await outlet.send_media(at(ann), (film,), Rendered(""))
    assert await outlet.file_limit(at(ann)) == 50 << 20


# --- downloads --------------------


async def test_downloads(telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path) -> None:
    media = telegram.state.store("document", b"word " * 50_000, "a.txt", {})
    found = b"".join([chunk async for chunk in outlet.download(Attachment("document", media.file_id))])
    assert found == media.data
    with pytest.raises(TooLarge):
        await anext(outlet.download(Attachment("document", media.file_id, size=60 << 20)))
    with pytest.raises(OutletError):
        await anext(outlet.download(Attachment("document", "nothing")))
    del telegram.state.files[media.file_id]
    telegram.state.files["other"] = media  # getFile works, the file itself is gone: 404 with the URL in aiohttp's words
    with pytest.raises(OutletError) as raised:
        await anext(outlet.download(Attachment("document", "other")))
    assert "stand-in-token" not in f"{raised.value!r}{raised.value.__cause__!r}"


async def test_downloads_from_a_local_server(tmp_path: Path) -> None:
    async with TelegramStandIn(local_folder=tmp_path) as telegram, open_bot(telegram.url, telegram.token) as bot:
        outlet = TelegramOutlet(bot, local=True)
        media = telegram.state.store("document", b"word " * 50_000, "a.txt", {})
        big = Attachment("document", media.file_id, size=60 << 20)
        assert b"".join([chunk async for chunk in outlet.download(big)]) == media.data
        assert outlet.surface.file_max_bytes == 2000 << 20


async def test_the_dm_of_a_person(outlet: TelegramOutlet) -> None:
    assert await outlet.private("501") == Place("telegram", "501", private=True)


async def test_albums_of_films_songs_and_papers(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    film = file(tmp_path / "f.mp4", MP4, kind="video", mime="video/mp4", width=64, height=36, duration_s=2)
    song = file(tmp_path / "s.mp3", b"ID3", kind="audio", mime="audio/mpeg", duration_s=60)
    paper = file(tmp_path / "p.md", b"# hi", kind="document", mime="text/markdown")
    for each in (film, song, paper):
        await outlet.send_media(at(ann), (each, each), Rendered("two", (Entity("bold", 0, 3),)))
    shown = telegram.phone.from_bot(ann)
    assert [each.media.kind for each in shown if each.media] == ["video"] * 2 + ["audio"] * 2 + ["document"] * 2
    assert [each.text for each in shown] == ["two", ""] * 3 and shown[0].entities
    assert telegram.violations == []


async def test_an_album_with_a_picture_that_telegram_refuses_goes_as_documents(
    telegram: TelegramStandIn, outlet: TelegramOutlet, tmp_path: Path
) -> None:
    ann = telegram.phone.person()
    files = (file(tmp_path / "a.png", picture()), file(tmp_path / "b.png", b"a new format"))
    await outlet.send_media(at(ann), files, Rendered("two"))
    assert [each.media.kind for each in telegram.phone.from_bot(ann) if each.media] == ["document"] * 2
    telegram.faults.script("sendMediaGroup", bad_request("GROUP_SEND_FAILED"))
    with pytest.raises(Rejected):
        await outlet.send_media(at(ann), files, Rendered("two"))
    with pytest.raises(Rejected):
        await outlet.send_media(at(ann), (MediaFile("image", "a.png", "image/png"),), Rendered(""))


async def test_a_local_file_that_is_gone(tmp_path: Path) -> None:
    async with TelegramStandIn(local_folder=tmp_path) as telegram, open_bot(telegram.url, telegram.token) as bot:
        telegram.faults.script("getFile", Page(status=200, text=_reply(_FILE)))
        with pytest.raises(Unavailable):
            await anext(TelegramOutlet(bot, local=True).download(Attachment("document", "x")))
        telegram.faults.script("getFile", Page(status=200, text=_reply(_NO_FILE)))
        with pytest.raises(Unavailable):
            await anext(TelegramOutlet(bot, local=True).download(Attachment("document", "x")))


_NO_FILE = {"file_id": "x", "file_unique_id": "u"}
_FILE = _NO_FILE | {"file_path": "/nowhere/x"}


def _reply(result: object) -> str:
    return json.dumps({"ok": True, "result": result})


async def test_a_message_that_may_not_be_deleted(telegram: TelegramStandIn, outlet: TelegramOutlet) -> None:
    ann = telegram.phone.person()
    group = telegram.phone.group("Owls", ann)
    said = telegram.phone.say(group, ann, "/chat hi")
    with pytest.raises(MessageGone):
        await outlet.delete(at(group.id), str(said.message_id))
    with pytest.raises(Rejected):
        telegram.faults.script("editMessageText", bad_request("something new"))
        await outlet.edit(at(group.id), str(said.message_id), Rendered("x"))
