"""Sends to Telegram: implements bots.outlet.Outlet over aiogram's Bot. Calls are not paced here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

from aiogram import Bot
from aiogram.methods import (
    DeleteMessage,
    EditMessageCaption,
    EditMessageText,
    GetFile,
    SendChatAction,
    SendMessage,
    SendMessageDraft,
)

from bots.outlet import (
    Buttons,
    MediaFile,
    MessageGone,
    Rejected,
    Rendered,
    SentMedia,
    Surface,
    TooLarge,
    Unavailable,
)
from bots.surfaces import TELEGRAM
from bots.telegram import payloads
from bots.telegram.carriers import Carriers
from bots.telegram.failures import NO_CAPTION, NO_TEXT, NOT_MODIFIED, Refused, translated
from bots.telegram.media import MediaSender
from bots.telegram.surface import DOWNLOAD_MAX_BYTES, LOCAL_TELEGRAM, PLATFORM
from core.values import Attachment, Place

_DRAFT_S = 5  # a frame that comes after the final message would show as a ghost
_DOWNLOAD_S = 120
_CHUNK_BYTES = 64 * 1024
_ACTIONS = {"typing": "typing", "photo": "upload_photo", "video": "record_video", "audio": "record_voice"}


class TelegramOutlet:
    """One for each bot. `local`: behind a local Bot API server, with its limits and paths. `name`: the bot's @name."""

    def __init__(self, bot: Bot, *, local: bool = False, name: str = "") -> None:
        self._bot = bot
        self._name = name
        self._local = local
        self._carriers = Carriers()
        self._media = MediaSender(bot, self._carriers)

    @property
    def surface(self) -> Surface:
        return LOCAL_TELEGRAM if self._local else TELEGRAM

    async def send(
        self,
        place: Place,
        text: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> str:
        """A reply notifies whoever it answers, so `ping` adds nothing; Telegram knows no `nonce`."""
        method = SendMessage(
            chat_id=payloads.chat_id(place),
            message_thread_id=payloads.thread_id(place),
            text=_not_empty(text),
            entities=payloads.entities(text),
            link_preview_options=payloads.NO_PREVIEW,
            reply_parameters=payloads.reply(reply_to),
            reply_markup=payloads.keyboard(buttons),
        )
        with translated():
            return str((await self._bot(method)).message_id)

    async def ask(self, place: Place, text: Rendered, *, reply_to: str = "", placeholder: str = "") -> str:
        """A new message that opens a person's field as a reply to it. In a group: of whoever it replies to or mentions."""
        method = SendMessage(
            chat_id=payloads.chat_id(place),
            message_thread_id=payloads.thread_id(place),
            text=_not_empty(text),
            entities=payloads.entities(text),
            link_preview_options=payloads.NO_PREVIEW,
            reply_parameters=payloads.reply(reply_to),
            reply_markup=payloads.force_reply(place, placeholder),
        )
        with translated():
            return str((await self._bot(method)).message_id)

    async def edit(
        self, place: Place, message_id: str, text: Rendered, *, buttons: Buttons = (), drop_media: bool = False
    ) -> None:
        """Text, or the caption of a message with media, which cannot be taken away. Buttons that are not given go away."""
        _not_empty(text)
        carries = self._carriers.has(place, message_id)
        first, second = (_caption_edit, _text_edit) if carries else (_text_edit, _caption_edit)
        try:
            await self._change(first(place, message_id, text, buttons))
        except Refused as refused:
            if NO_TEXT in refused.words:
                self._carriers.add(place, message_id)
            elif NO_CAPTION in refused.words:
                self._carriers.drop(place, message_id)
            else:
                raise
            await self._change(second(place, message_id, text, buttons))

    async def _change(self, method: EditMessageText | EditMessageCaption) -> None:
        """Unchanged is success."""
        try:
            with translated():
                await self._bot(method)
        except Refused as refused:
            if NOT_MODIFIED not in refused.words:
                raise

    async def draft(self, place: Place, draft_id: int, text: Rendered, *, stop: bool = True) -> None:
        """Raises Rejected where there are no drafts (TEXTDRAFT_PEER_INVALID)."""
        method = SendMessageDraft(
            chat_id=payloads.chat_id(place),
            message_thread_id=payloads.thread_id(place),
            draft_id=draft_id,
            text=text.text or None,
            entities=payloads.entities(text),
            can_stop=stop or None,
            keep_on_stop=stop or None,
        )
        with translated():
            await self._bot(method, request_timeout=_DRAFT_S)

    async def typing(self, place: Place, what: Literal["typing", "photo", "video", "audio"] = "typing") -> None:
        method = SendChatAction(
            chat_id=payloads.chat_id(place), message_thread_id=payloads.thread_id(place), action=_ACTIONS[what]
        )
        with translated():
            await self._bot(method, request_timeout=_DRAFT_S)

    async def send_media(
        self,
        place: Place,
        files: tuple[MediaFile, ...],
        caption: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> SentMedia:
        """One message, or albums where there are several. Albums carry no buttons: these stand on a message below."""
        return await self._media.send(place, files, caption, reply_to=reply_to, buttons=buttons)

    async def show_media(
        self, place: Place, message_id: str, file: MediaFile, caption: Rendered, *, buttons: Buttons = ()
    ) -> str:
        """Not over a voice note; a piece of an album takes files of the album's kind alone. Else it raises Rejected."""
        return await self._media.show(place, message_id, file, caption, buttons)

    async def delete(self, place: Place, message_id: str) -> None:
        """A message that is gone already is success."""
        try:
            with translated():
                await self._bot(DeleteMessage(chat_id=payloads.chat_id(place), message_id=int(message_id)))
        except MessageGone as gone:
            if "not found" not in str(gone):
                raise

    async def private(self, sender_id: str) -> Place:
        """Always the person's own chat; whether it is open shows with the first message."""
        return Place(PLATFORM, sender_id, private=True)

    def start_link(self, code: str) -> str:
        return f"https://t.me/{self._name}?start={code}" if self._name else ""

    async def file_limit(self, place: Place) -> int:
        return self.surface.file_max_bytes

    async def download(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """Raises TooLarge over 20 MB (a local server gives more), Unavailable when it breaks."""
        if attachment.size > DOWNLOAD_MAX_BYTES and not self._local:
            raise TooLarge(f"{attachment.size} bytes")
        with translated():
            path = (await self._bot(GetFile(file_id=attachment.ref))).file_path
        if not path:
            raise Unavailable("no path for the file")
        chunks = _read(Path(path)) if self._local else self._fetch(path)
        async for chunk in chunks:
            yield chunk

    async def _fetch(self, path: str) -> AsyncIterator[bytes]:
        url = self._bot.session.api.file_url(self._bot.token, path)
        with translated():
            async for chunk in self._bot.session.stream_content(url, timeout=_DOWNLOAD_S, chunk_size=_CHUNK_BYTES):
                yield chunk


def _text_edit(place: Place, message_id: str, text: Rendered, buttons: Buttons) -> EditMessageText:
    return EditMessageText(
        chat_id=payloads.chat_id(place),
        message_id=int(message_id),
        text=text.text,
        entities=payloads.entities(text),
        link_preview_options=payloads.NO_PREVIEW,
        reply_markup=payloads.keyboard(buttons),
    )


def _caption_edit(place: Place, message_id: str, text: Rendered, buttons: Buttons) -> EditMessageCaption:
    words = payloads.beginning(text, TELEGRAM.caption_max)
    return EditMessageCaption(
        chat_id=payloads.chat_id(place),
        message_id=int(message_id),
        caption=words.text,
        caption_entities=payloads.entities(words),
        reply_markup=payloads.keyboard(buttons),
    )


async def _read(path: Path) -> AsyncIterator[bytes]:
    """A file of a local Bot API server."""
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise Unavailable(type(error).__name__) from None
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk


def _not_empty(text: Rendered) -> str:
    if not text.text.strip():
        raise Rejected("an empty text")
    return text.text
