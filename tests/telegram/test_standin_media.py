"""The Telegram stand-in's files: what it takes, refuses and hands back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
)
from aiogram.types import (
    BufferedInputFile,
    ForceReply,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
    ReplyParameters,
)

from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import open_bot, picture

MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64


def upload(data: bytes, name: str = "file.bin") -> BufferedInputFile:
    return BufferedInputFile(data, name)


async def test_media(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    sent = await bot.send_photo(ann.id, upload(picture(), 'red "é".png'), caption="c" * 1024)
    assert sent.photo is not None and (sent.photo[-1].width, sent.photo[-1].height) == (40, 30)
    again = await bot.send_photo(ann.id, sent.photo[-1].file_id)
    assert again.photo is not None and again.photo[-1].file_id == sent.photo[-1].file_id
    film = await bot.send_video(
        ann.id, upload(MP4), width=4, height=3, duration=2, thumbnail=upload(picture(32, 32, "JPEG"))
    )
    assert film.video is not None and (film.video.width, film.video.duration) == (4, 2)
    voice = await bot.send_voice(ann.id, upload(b"OggS"), duration=1)
    song = await bot.send_audio(ann.id, upload(b"ID3", "song.mp3"), title="Song", duration=9)
    paper = await bot.send_document(ann.id, upload(b"text", "notes.md"))
    motion = await bot.send_animation(ann.id, upload(MP4))
    assert voice.voice and song.audio and paper.document and motion.animation
    assert paper.document.file_name == "notes.md"
    shown = telegram.phone.visible(ann)
    assert [s.media.kind for s in shown if s.media] == [
        "photo",
        "photo",
        "video",
        "voice",
        "audio",
        "document",
        "animation",
    ]
    assert shown[0].media is not None and shown[0].media.name == 'red "é".png'
    assert telegram.violations == []


@pytest.mark.parametrize(
    "data", [b"no picture", picture(2100, 100), picture() + bytes(10 << 20)], ids=["text", "ribbon", "heavy"]
)
async def test_photos_it_refuses(telegram: TelegramStandIn, bot: Bot, data: bytes) -> None:
    ann = telegram.phone.person()
    with pytest.raises(TelegramBadRequest):
        await bot.send_photo(ann.id, upload(data))


async def test_other_media_it_refuses(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    with pytest.raises(TelegramEntityTooLarge):
        await bot.send_video(ann.id, upload(MP4 + bytes(50 << 20)), width=1, height=1, duration=1)
    with pytest.raises(TelegramBadRequest, match="caption is too long"):
        await bot.send_photo(ann.id, upload(picture()), caption="c" * 1025)
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await bot.send_photo(ann.id, "https://example.org/x.png")
    with pytest.raises(TelegramBadRequest, match="non-empty"):
        await bot.send_document(ann.id, upload(b""))


async def test_albums(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    photo = InputMediaPhoto(media=upload(picture()), caption="both")
    film = InputMediaVideo(media=upload(MP4), width=1, height=1, duration=1)
    paper = InputMediaDocument(media=upload(b"x", "a.md"))
    with pytest.raises(TelegramBadRequest, match="2-10"):
        await bot.send_media_group(ann.id, [photo])
    with pytest.raises(TelegramBadRequest, match="mixed"):
        await bot.send_media_group(ann.id, [photo, paper])
    sent = await bot.send_media_group(ann.id, [photo, film])
    shown = telegram.phone.visible(ann)
    assert [message.message_id for message in sent] == [s.message_id for s in shown]
    assert shown[0].album == shown[1].album and [s.text for s in shown] == ["both", ""]


async def test_files_are_fetched_back(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    data = picture()
    telegram.phone.album(ann, ann, [data, data], caption="what is this? 😀 /image")
    telegram.phone.document(ann, ann, b"small", "big.zip", "application/zip", size=60 << 20)
    telegram.phone.voice(ann, ann)
    telegram.phone.sticker(ann, ann)
    first, second, paper, voice, sticker = [update.message for update in await bot.get_updates()]
    assert first and second and paper and voice and sticker and first.photo and paper.document
    assert first.media_group_id == second.media_group_id and first.caption_entities is not None
    assert first.caption_entities[0].extract_from(first.caption or "") == "/image"
    assert paper.document.file_size == 60 << 20 and voice.voice and sticker.sticker
    target = io.BytesIO()
    await bot.download(first.photo[-1].file_id, target)
    assert target.getvalue() == data
    huge = telegram.state.store("document", bytes((20 << 20) + 1), "huge", {})
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(huge.file_id)


async def test_a_local_server_gives_paths(tmp_path: Path) -> None:
    async with TelegramStandIn(local_folder=tmp_path) as telegram, open_bot(telegram.url, telegram.token) as bot:
        media = telegram.state.store("document", b"data", "x", {})
        file = await bot.get_file(media.file_id)
        assert file.file_path == str(tmp_path / media.file_id) and (tmp_path / media.file_id).read_bytes() == b"data"


async def test_a_message_takes_another_file(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    text = await bot.send_message(ann.id, "wait")
    photo = InputMediaPhoto(media=upload(picture()), caption="here")
    edited = await bot.edit_message_media(photo, chat_id=ann.id, message_id=text.message_id)
    assert isinstance(edited, Message) and edited.photo and edited.caption == "here" and edited.text is None
    known = InputMediaPhoto(media=edited.photo[-1].file_id, caption="here")
    with pytest.raises(TelegramBadRequest, match="not modified"):
        await bot.edit_message_media(known, chat_id=ann.id, message_id=text.message_id)
    again = InputMediaPhoto(media=known.media, caption="still here")
    await bot.edit_message_media(again, chat_id=ann.id, message_id=text.message_id)
    with pytest.raises(TelegramBadRequest, match="caption is too long"):
        long = InputMediaPhoto(media=upload(picture()), caption="c" * 1025)
        await bot.edit_message_media(long, chat_id=ann.id, message_id=text.message_id)
    with pytest.raises(TelegramBadRequest, match="no text in the message"):
        await bot.edit_message_text("text again", chat_id=ann.id, message_id=text.message_id)
    assert [shown.text for shown in telegram.phone.visible(ann)] == ["still here"]


async def test_what_other_files_it_refuses(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    photo, paper = InputMediaPhoto(media=upload(picture())), InputMediaDocument(media=upload(b"x", "a.md"))
    voice = await bot.send_voice(ann.id, upload(b"OggS"), duration=1)
    with pytest.raises(TelegramBadRequest, match="no media in the message"):
        await bot.edit_message_media(photo, chat_id=ann.id, message_id=voice.message_id)
    pictures = await bot.send_media_group(ann.id, [photo, photo])
    papers = await bot.send_media_group(ann.id, [paper, paper])
    for message, media in ((pictures[0], paper), (papers[0], photo)):
        with pytest.raises(TelegramBadRequest, match="media type in the album"):
            await bot.edit_message_media(media, chat_id=ann.id, message_id=message.message_id)
    film = InputMediaVideo(media=upload(MP4), width=1, height=1, duration=1)
    await bot.edit_message_media(film, chat_id=ann.id, message_id=pictures[0].message_id)
    said = telegram.phone.say(ann, ann, "mine")
    with pytest.raises(TelegramBadRequest, match="can't be edited"):
        await bot.edit_message_media(photo, chat_id=ann.id, message_id=said.message_id)


async def test_a_forced_reply(telegram: TelegramStandIn, bot: Bot) -> None:
    ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob")
    group = telegram.phone.group("Owls", ann, bob)
    said = telegram.phone.say(group, bob, "/mj")
    for placeholder in ("", "p" * 65):
        with pytest.raises(TelegramBadRequest, match="placeholder"):
            wrong = ForceReply.model_construct(force_reply=True, input_field_placeholder=placeholder)
            await bot.send_message(group.id, "?", reply_markup=wrong)
    answers = ReplyParameters(message_id=said.message_id)
    sent = await bot.send_message(group.id, "?", reply_markup=ForceReply(selective=True), reply_parameters=answers)
    shown = telegram.phone.asked(group, bob)
    assert shown is not None and shown.message_id == sent.message_id and telegram.phone.asked(group, ann) is None
    with pytest.raises(TelegramBadRequest, match="can't be edited"):
        await bot.edit_message_text("never mind", chat_id=group.id, message_id=sent.message_id)
    await bot.send_message(group.id, "all of you?", reply_markup=ForceReply())
    everybody = telegram.phone.asked(group, ann)
    assert everybody is not None and everybody.text == "all of you?"
