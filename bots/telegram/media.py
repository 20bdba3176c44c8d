"""Files on their way to Telegram: single messages, albums, what takes the place of a message's content, and a second try in
another form when one is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from aiogram import Bot
from aiogram.methods import EditMessageMedia, SendMediaGroup, SendMessage, TelegramMethod
from aiogram.types import Message

from bots.outlet import Buttons, MediaFile, OutletError, Rendered, SentMedia
from bots.telegram import payloads
from bots.telegram.carriers import Carriers
from bots.telegram.failures import BAD_FILE_ID, BAD_PHOTO, NO_VOICE, NOT_MODIFIED, Refused, translated
from bots.telegram.forms import Form, Wrapping, album_item, form_of, replacement, single
from bots.telegram.surface import ALBUM_MAX
from core.values import Place

log = logging.getLogger(__name__)

_UPLOAD_S = 300
_BELOW = Rendered("⬆")  # carries the buttons of an album, which takes none
_NOTHING = Rendered("")
_ALBUMS = {"photo": "pictures", "video": "pictures", "document": "document", "audio": "audio"}

Result = TypeVar("Result")


class MediaSender:
    """Sends files in their native form; a form that Telegram refuses is sent once more as a plain document. `carriers`: told
    of each message with media."""

    def __init__(self, bot: Bot, carriers: Carriers) -> None:
        self._bot = bot
        self._carriers = carriers

    async def send(
        self, place: Place, files: tuple[MediaFile, ...], caption: Rendered, *, reply_to: str, buttons: Buttons
    ) -> SentMedia:
        """All files, in order; the caption on the first, the buttons on the only message, or on one below the albums."""
        forms = [(await form_of(file), file) for file in files]
        groups = _grouped(forms)
        if len(groups) == 1 and len(groups[0]) == 1:
            return self._sent(place, [await self._single(place, *groups[0][0], caption, reply_to, buttons)])
        messages: list[Message] = []
        for number, group in enumerate(groups):
            messages += await self._group(place, group, caption if number == 0 else _NOTHING, reply_to)
        sent = self._sent(place, messages)
        if not buttons:
            return sent
        try:
            last = await self._below(place, buttons)
        except OutletError as error:  # a second try would bring the files once more
            log.warning("the buttons below an album are missing: %s", error)
            return sent
        return replace(sent, message_ids=(*sent.message_ids, str(last.message_id)))

    async def show(self, place: Place, message_id: str, file: MediaFile, caption: Rendered, buttons: Buttons) -> str:
        """Let a message carry this file; Telegram's id of it."""

        def edit(form: Form, file: MediaFile) -> EditMessageMedia:
            return EditMessageMedia(
                chat_id=payloads.chat_id(place),
                message_id=int(message_id),
                media=replacement(form, file, caption),
                reply_markup=payloads.keyboard(buttons),
            )

        try:
            changed = await self._in_some_form(await form_of(file), file, edit)
        except Refused as refused:
            if NOT_MODIFIED not in refused.words:
                raise
            known = file.file_id
        else:
            known = _file_id(changed) if isinstance(changed, Message) else ""
        self._carriers.add(place, message_id)
        return known

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
        return await self._in_some_form(form, file, lambda form, file: single(form, file, wrapping))

    async def _in_some_form(
        self, form: Form, file: MediaFile, call: Callable[[Form, MediaFile], TelegramMethod[Result]]
    ) -> Result:
        """As it is; uploaded where its id is no good any more; as a document where its own form is refused."""
        try:
            return await self._call(call(form, file))
        except Refused as refused:
            if file.file_id and file.path is not None and BAD_FILE_ID in refused.words:
                return await self._call(call(form, replace(file, file_id="")))
            if form == "document" or not _wants_document(refused, form):
                raise
            return await self._call(call("document", file))

    async def _call(self, method: TelegramMethod[Result]) -> Result:
        with translated():
            return await self._bot(method, request_timeout=_UPLOAD_S)

    async def _below(self, place: Place, buttons: Buttons) -> Message:
        return await self._call(
            SendMessage(
                chat_id=payloads.chat_id(place),
                message_thread_id=payloads.thread_id(place),
                text=_BELOW.text,
                reply_markup=payloads.keyboard(buttons),
            )
        )

    def _sent(self, place: Place, messages: list[Message]) -> SentMedia:
        for message in messages:
            self._carriers.add(place, str(message.message_id))
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
