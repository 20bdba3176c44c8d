"""Which of Telegram's forms a file takes, and the call that sends it in this form."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Literal

from aiogram.methods import SendAnimation, SendAudio, SendDocument, SendPhoto, SendVideo, SendVoice, TelegramMethod
from aiogram.types import (
    FSInputFile,
    InputMediaAnimation,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaLivePhoto,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
)

from bots.outlet import Buttons, MediaFile, Rejected, Rendered
from bots.surfaces import TELEGRAM
from bots.telegram import payloads
from bots.telegram.surface import PHOTO_RATIO_MAX, PHOTO_SIDES_MAX
from core.values import Place

_NOTES = frozenset({"audio/ogg", "audio/opus"})
"""No music to Telegram, whatever they hold."""
_SPOKEN = frozenset({"audio/mpeg", "audio/mp4"})
_NAME_CHARS = 64
"""Of a title or a performer: more is cut off in the player."""

Form = Literal["photo", "video", "animation", "audio", "voice", "document"]


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What goes around a file, whatever its form."""

    place: Place
    caption: Rendered
    reply_to: str
    buttons: Buttons


async def form_of(file: MediaFile) -> Form:
    """The native form of a file; a document when Telegram would refuse that or spoil it."""
    if file.as_document:
        return "document"
    match file.kind:
        case "image":
            if file.mime == "image/gif":
                return "animation"
            return "photo" if await _fits_photo(file) else "document"
        case "video":
            return "video"
        case "audio":
            return "voice" if file.mime in _NOTES or (file.voice and file.mime in _SPOKEN) else "audio"
        case _:
            return "document"


async def _fits_photo(file: MediaFile) -> bool:
    """At most 10 MB, 10,000 pixels in both sides together, 1:20. Sizes that are not known are left to Telegram."""
    if file.path is not None and not file.file_id:
        size = (await asyncio.to_thread(file.path.stat)).st_size
        if size > TELEGRAM.photo_max_bytes:
            return False
    longer, shorter = max(file.width, file.height), min(file.width, file.height)
    return file.width + file.height <= PHOTO_SIDES_MAX and (not shorter or longer <= PHOTO_RATIO_MAX * shorter)


def single(form: Form, file: MediaFile, wrapping: Wrapping) -> TelegramMethod[Message]:
    """The call that sends one file."""
    around = {
        "message_thread_id": payloads.thread_id(wrapping.place),
        "caption": wrapping.caption.text or None,
        "caption_entities": payloads.entities(wrapping.caption),
        "reply_parameters": payloads.reply(wrapping.reply_to),
        "reply_markup": payloads.keyboard(wrapping.buttons),
    }
    return _bare(form, file, payloads.chat_id(wrapping.place)).model_copy(update=around)


def _bare(form: Form, file: MediaFile, chat_id: int) -> TelegramMethod[Message]:
    source, seconds, thumbnail = _source(file), _seconds(file), _thumbnail(file)
    width, height = file.width or None, file.height or None
    match form:
        case "photo":
            return SendPhoto(chat_id=chat_id, photo=source)
        case "video":
            return SendVideo(
                chat_id=chat_id,
                video=source,
                width=width,
                height=height,
                duration=seconds,
                thumbnail=thumbnail,
                supports_streaming=True,
            )
        case "animation":
            return SendAnimation(chat_id=chat_id, animation=source, width=width, height=height, thumbnail=thumbnail)
        case "voice":
            return SendVoice(chat_id=chat_id, voice=source, duration=seconds)
        case "audio":
            return SendAudio(
                chat_id=chat_id,
                audio=source,
                duration=seconds,
                performer=_performer(file),
                title=_title(file),
                thumbnail=thumbnail,
            )
        case "document":
            return SendDocument(
                chat_id=chat_id, document=source, thumbnail=thumbnail, disable_content_type_detection=True
            )


Item = InputMediaPhoto | InputMediaVideo | InputMediaDocument | InputMediaAudio | InputMediaLivePhoto


def replacement(form: Form, file: MediaFile, caption: Rendered) -> Item | InputMediaAnimation:
    """What a message that is there takes in. A message cannot become a voice note."""
    match form:
        case "animation":
            return InputMediaAnimation(
                media=_source(file),
                caption=caption.text or None,
                caption_entities=payloads.entities(caption),
                width=file.width or None,
                height=file.height or None,
                thumbnail=_thumbnail(file),
            )
        case "voice":
            return album_item("audio" if file.mime in _SPOKEN else "document", file, caption)
        case _:
            return album_item(form, file, caption)


def album_item(form: Form, file: MediaFile, caption: Rendered) -> Item:
    """One piece of an album."""
    source, seconds, thumbnail = _source(file), _seconds(file), _thumbnail(file)
    words, marks = caption.text or None, payloads.entities(caption)
    match form:
        case "photo":
            return InputMediaPhoto(media=source, caption=words, caption_entities=marks)
        case "video":
            return InputMediaVideo(
                media=source,
                caption=words,
                caption_entities=marks,
                width=file.width or None,
                height=file.height or None,
                duration=seconds,
                supports_streaming=True,
                thumbnail=thumbnail,
            )
        case "audio":
            return InputMediaAudio(
                media=source,
                caption=words,
                caption_entities=marks,
                duration=seconds,
                performer=_performer(file),
                title=_title(file),
                thumbnail=thumbnail,
            )
        case _:
            return InputMediaDocument(
                media=source,
                caption=words,
                caption_entities=marks,
                thumbnail=thumbnail,
                disable_content_type_detection=True,
            )


def _source(file: MediaFile) -> str | FSInputFile:
    if file.file_id:
        return file.file_id
    if file.path is None:
        raise Rejected("a file without bytes")
    return FSInputFile(file.path, filename=file.name or None)


def _thumbnail(file: MediaFile) -> FSInputFile | None:
    return FSInputFile(file.thumbnail, "thumbnail.jpg") if file.thumbnail and not file.file_id else None


def _seconds(file: MediaFile) -> int | None:
    return max(1, math.ceil(file.duration_s)) if file.duration_s else None


def _title(file: MediaFile) -> str | None:
    return file.title[:_NAME_CHARS] or file.name.rpartition(".")[0] or file.name or None


def _performer(file: MediaFile) -> str | None:
    return file.performer[:_NAME_CHARS] or None
