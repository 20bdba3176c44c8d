"""Files on their way to Telegram: single messages, albums, and a second try in another form when one is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from aiogram import Bot
from aiogram.methods import SendMediaGroup, SendMessage, TelegramMethod
from aiogram.types import Message

from bots.outlet import Buttons, MediaFile, Rendered, SentMedia
from bots.telegram import payloads
from bots.telegram.failures import BAD_FILE_ID, BAD_PHOTO, NO_VOICE, Refused, translated
from bots.telegram.forms import Form, Wrapping, album_item, form_of, single
from bots.telegram.surface import ALBUM_MAX
from core.values import Place

_UPLOAD_S = 300
_BELOW = Rendered("⬆")  # carries the buttons of an album that has no words
_NOTHING = Rendered("")
_ALBUMS = {"photo": "pictures", "video": "pictures", "document": "document", "audio": "audio"}


class MediaSender:
    """Sends files in their native form; a form that Telegram refuses is sent once more as a plain document."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(
        self, place: Place, files: tuple[MediaFile, ...], caption: Rendered, *, reply_to: str, buttons: Buttons
    ) -> SentMedia:
        """All files, in order; the caption and the buttons on the only message, or on one below the albums."""
        forms = [(await form_of(file), file) for file in files]
        groups = _grouped(forms)
        if len(groups) == 1 and len(groups[0]) == 1:
            return _sent([await self._single(place, *groups[0][0], caption, reply_to, buttons)])
        messages: list[Message] = []
        below = bool(buttons)
        for number, group in enumerate(groups):
            words = caption if number == 0 and not below else _NOTHING
            messages += await self._group(place, group, words, reply_to)
        sent = _sent(messages)
        if not below:
            return sent
        last = await self._below(place, caption, buttons)
        return replace(sent, message_ids=(*sent.message_ids, str(last.message_id)))

    async def _group(
        self, place: Place, group: list[tuple[Form, MediaFile]], caption: Rendered, reply_to: str
    ) -> list[Message]:
        if len(group) == 1:
            return [await self._single(place, *group[0], caption, reply_to, ())]
        try:
            return await self._album(place, group, caption, reply_to)
        except Refused as refused:
            if group[0][0] == "document" or not _wants_document(refused, "photo"):
                raise
            return await self._album(place, [("document", file) for _, file in group], caption, reply_to)

    async def _album(
        self, place: Place, group: list[tuple[Form, MediaFile]], caption: Rendered, reply_to: str
    ) -> list[Message]:
        items = [album_item(form, file, caption if at == 0 else _NOTHING) for at, (form, file) in enumerate(group)]
        method = SendMediaGroup(
            chat_id=payloads.chat_id(place),
            message_thread_id=payloads.thread_id(place),
            media=items,
            reply_parameters=payloads.reply(reply_to),
        )
        with translated():
            return await self._bot(method, request_timeout=_UPLOAD_S)

    async def _single(
        self, place: Place, form: Form, file: MediaFile, caption: Rendered, reply_to: str, buttons: Buttons
    ) -> Message:
        wrapping = Wrapping(place, caption, reply_to, buttons)
        try:
            return await self._call(single(form, file, wrapping))
        except Refused as refused:
            if file.file_id and file.path is not None and BAD_FILE_ID in refused.words:
                return await self._call(single(form, replace(file, file_id=""), wrapping))
            if form == "document" or not _wants_document(refused, form):
                raise
            return await self._call(single("document", file, wrapping))

    async def _call(self, method: TelegramMethod[Message]) -> Message:
        with translated():
            return await self._bot(method, request_timeout=_UPLOAD_S)

    async def _below(self, place: Place, caption: Rendered, buttons: Buttons) -> Message:
        words = caption if caption.text else _BELOW
        return await self._call(
            SendMessage(
                chat_id=payloads.chat_id(place),
                message_thread_id=payloads.thread_id(place),
                text=words.text,
                entities=payloads.entities(words),
                link_preview_options=payloads.NO_PREVIEW,
                reply_markup=payloads.keyboard(buttons),
            )
        )


def _sent(messages: list[Message]) -> SentMedia:
    return SentMedia(tuple(str(m.message_id) for m in messages), tuple(_file_id(m) for m in messages))


def _file_id(message: Message) -> str:
    """Telegram's own id of the file; it names a picture's largest form."""
    if message.photo:
        return message.photo[-1].file_id
    found = message.animation or message.video or message.audio or message.voice or message.document
    return found.file_id if found else ""


def _grouped(forms: list[tuple[Form, MediaFile]]) -> list[list[tuple[Form, MediaFile]]]:
    """Neighbours that may share an album, at most ten at a time; voice notes and animations stand alone."""
    groups: list[list[tuple[Form, MediaFile]]] = []
    for album, run in groupby(forms, key=lambda pair: _ALBUMS.get(pair[0], "")):
        items = list(run)
        step = ALBUM_MAX if album else 1
        groups += [items[at : at + step] for at in range(0, len(items), step)]
    return groups


def _wants_document(refused: Refused, form: Form) -> bool:
    if form == "photo":
        return any(words in refused.words for words in BAD_PHOTO)
    return form == "voice" and NO_VOICE in refused.words
