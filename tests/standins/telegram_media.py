"""The part of the stand-in's methods that has to do with files, and what all sending methods share."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.standins import telegram_rules as rules
from tests.standins.telegram_chats import Chat, Media, Shown, State
from tests.standins.telegram_wire import Form, Json, bad

_KINDS = ("photo", "video", "document", "audio", "voice", "animation")
_DETAILS = {
    "video": ("width", "height", "duration"),
    "animation": ("width", "height", "duration"),
    "audio": ("duration", "title", "performer"),
    "voice": ("duration",),
}
_NEEDED = {
    "video": ("width", "height", "duration"),
    "animation": ("width", "height", "duration"),
    "audio": ("duration",),
}
_MIME = {"video": "video/mp4", "animation": "video/mp4", "audio": "audio/mpeg", "voice": "audio/ogg"}


class MediaMethods:
    """Sending files, albums, and reading them back."""

    def __init__(self, state: State, violate: Callable[[str], None], local: bool) -> None:
        self.state = state
        self.violate = violate
        self.local = local
        self.local_folder: Path | None = None  # where a local Bot API server keeps files
        self.privacy_mode = True
        self._albums = itertools.count(1)

    def media_table(self) -> dict[str, Callable[[Form], Any]]:
        """sendPhoto, sendVideo, ..."""
        return {f"send{kind.title()}": functools.partial(self._send, kind) for kind in _KINDS}

    def _send(self, kind: str, form: Form) -> Json:
        chat = self.state.writable(form.required("chat_id"))
        details = {name: form.integer(name) for name in ("width", "height", "duration")}
        named = {name: form.text(name) for name in ("title", "performer", "thumbnail") if form.text(name)}
        media = self.media_of(kind, form.text(kind), details | named, form)
        text, entities = self.text_of(form, "caption", "caption_entities", rules.CAPTION_MAX)
        return self.state.wire(self.post(chat, form, text=text, entities=entities, media=media))

    def send_group(self, form: Form) -> list[Json]:
        """An album: 2-10 items, kinds mixed only among photos and videos, no buttons."""
        chat = self.state.writable(form.required("chat_id"))
        items = form.items("media") or []
        if form.text("reply_markup"):
            raise bad("an album has no reply_markup")
        if not 2 <= len(items) <= 10:
            raise bad("group send must contain 2-10 items")
        kinds = {str(item.get("type")) for item in items}
        if not (kinds <= {"photo", "video"} or kinds in ({"document"}, {"audio"})):
            raise bad(f"{' and '.join(sorted(kinds))} can't be mixed in an album")
        album = f"album-{next(self._albums)}"
        prepared = []
        for item in items:
            media = self.media_of(item["type"], str(item.get("media", "")), item, form)
            caption = str(item.get("caption") or "")
            prepared.append((media, *self.checked(caption, item.get("caption_entities"), rules.CAPTION_MAX)))
        posted = [
            self.post(chat, form, text=text, entities=entities, media=media, album=album)
            for media, text, entities in prepared
        ]
        return [self.state.wire(shown) for shown in posted]

    def post(self, chat: Chat, form: Form, **content: object) -> Shown:
        """A message of the bot, with the reply, topic and buttons that the form names."""
        replied = self._replied(chat, form)
        thread = self.state.topic(chat, form.integer("message_thread_id"))
        if thread is None and replied is not None:
            thread = self.state.topic(chat, replied.thread)
        buttons = self.keyboard(form)
        forces = rules.checked_force_reply(form)
        preview = form.mapping("link_preview_options") or {}
        return self.state.post(
            chat,
            self.state.bot,
            reply_to=replied.message_id if replied else None,
            thread=thread,
            buttons=buttons,
            forces=forces,
            preview=not preview.get("is_disabled"),
            silent=form.flag("disable_notification"),
            **content,
        )

    def _replied(self, chat: Chat, form: Form) -> Shown | None:
        reply = form.mapping("reply_parameters")
        if reply is None:
            return None
        if reply.get("chat_id") not in (None, chat.id):
            raise bad("the stand-in knows no replies across chats")
        replied = chat.messages.get(int(reply.get("message_id") or 0))
        if replied is None and not reply.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        return replied

    def keyboard(self, form: Form) -> list[list[Json]]:
        """The checked inline keyboard."""
        buttons, faults = rules.checked_keyboard(form)
        for fault in faults:
            self.violate(fault)
        return buttons

    def text_of(self, form: Form, name: str, marks: str, maximum: int) -> tuple[str, list[Json]]:
        """The checked text or caption of a form."""
        if form.text("parse_mode"):
            self.violate("a parse_mode: it makes the server ignore the entities and read model text as markup")
        return self.checked(form.text(name), form.items(marks), maximum)

    def checked(self, text: str, entities: list[Any] | None, maximum: int) -> tuple[str, list[Json]]:
        """A checked text."""
        if not text and not entities:
            return "", []
        shown, kept, faults = rules.checked_text(text, entities, maximum)
        for fault in faults:
            self.violate(fault)
        return shown, kept

    def media_of(self, kind: str, source: str, given: Json, form: Form) -> Media:
        """The file that `source` names: an upload (attach://key) or a known file_id. Links are not fetched here."""
        if kind not in _KINDS:
            raise bad(f"type {kind!r} of media is not known")
        if not source.startswith("attach://"):
            known = self.state.files.get(source)
            if known is None or kind not in {known.kind, "document"}:
                raise bad("wrong file identifier/HTTP URL specified")
            return known
        upload = form.files.get(source.removeprefix("attach://"))
        if upload is None:
            raise bad(f"{kind} not found in the request")
        rules.checked_size(kind, upload.data, self.local)
        details = {name: given[name] for name in _DETAILS.get(kind, ()) if given.get(name) is not None}
        for fault in rules.media_faults(kind, upload.data, details):
            self.violate(fault)
        if kind == "photo":
            details["width"], details["height"] = rules.photo_size(upload.data)
        details = dict.fromkeys(_NEEDED.get(kind, ()), 0) | details
        if kind in _MIME:
            details["mime_type"] = _MIME[kind]
        thumbnail = self._thumbnail(given, form)
        return self.state.store(kind, upload.data, upload.name, details, thumbnail)

    def _thumbnail(self, given: Json, form: Form) -> bytes | None:
        source = str(given.get("thumbnail") or "")
        if not source:
            return None
        upload = form.files.get(source.removeprefix("attach://"))
        faults = ["a thumbnail that was not uploaded"] if upload is None else rules.thumbnail_faults(upload.data)
        for fault in faults:
            self.violate(fault)
        return upload.data if upload is not None and not faults else None

    def get_file(self, form: Form) -> Json:
        """Where a file can be fetched; over 20 MB only from a local server."""
        media = self.state.files.get(form.text("file_id"))
        if media is None:
            raise bad("invalid file_id")
        reply: Json = {"file_id": media.file_id, "file_unique_id": f"u{media.file_id}", "file_size": len(media.data)}
        if self.local_folder is not None:
            path = self.local_folder / media.file_id
            path.write_bytes(media.data)
            return reply | {"file_path": str(path)}
        if len(media.data) > rules.DOWNLOAD_MAX_BYTES:
            raise bad("file is too big")
        return reply | {"file_path": f"files/{media.file_id}"}
