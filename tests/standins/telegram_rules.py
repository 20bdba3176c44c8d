"""What Telegram refuses: lengths, entity offsets, keyboards, media. Pure functions that raise ApiError.

What Telegram lets pass but a good bot never does (101 entities, a thumbnail that is thrown away, a video without its
size) is returned as sentences, and the stand-in keeps them as violations.
"""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image

from tests.standins.telegram_wire import ApiError, Form, Json, bad

TEXT_MAX = 4096
CAPTION_MAX = 1024
ENTITIES_KEPT = 100
PHOTO_MAX_BYTES = 10 << 20
FILE_MAX_BYTES = 50 << 20
LOCAL_FILE_MAX_BYTES = 2000 << 20
DOWNLOAD_MAX_BYTES = 20 << 20
THUMBNAIL_MAX_BYTES = 200_000
THUMBNAIL_MAX_SIDE = 320

ENTITY_TYPES = frozenset(
    [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    ]
)
_KEPT_FIRST = frozenset(
    ["code", "pre", "text_link", "blockquote", "expandable_blockquote", "date_time", "text_mention"]
)
CHAT_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
_BUTTON_ACTIONS = [
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
]
_REPLACING = frozenset({"photo", "video", "animation", "audio", "document"})
_COMMAND = re.compile(r"[a-z0-9_]{1,32}\Z")


def utf16_len(text: str) -> int:
    """Length as Telegram's offsets count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_cut(text: str, offset: int, length: int) -> str:
    """The stretch that an entity covers."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[2 * offset : 2 * (offset + length)].decode("utf-16-le", "surrogatepass")


def checked_text(text: str, entities: list[Any] | None, maximum: int) -> tuple[str, list[Json], list[str]]:
    """The text and entities as they will be shown, trimmed as the server trims, and the violations.

    Raises ApiError 400 for a text over `maximum` UTF-16 units, and for an entity outside the text or in mid-symbol.
    """
    checked = _checked_entities(text, entities or [])
    text, checked = _trimmed(text, checked)
    if utf16_len(text) > maximum:
        raise bad("message is too long" if maximum == TEXT_MAX else "message caption is too long")
    violations = []
    if len(checked) > ENTITIES_KEPT:
        violations.append(f"{len(checked)} entities in one message, {ENTITIES_KEPT} are kept")
        first = [entity for entity in checked if entity["type"] in _KEPT_FIRST]
        rest = [entity for entity in checked if entity["type"] not in _KEPT_FIRST]
        checked = sorted((first + rest)[:ENTITIES_KEPT], key=lambda entity: entity["offset"])
    return text, checked, violations


def _checked_entities(text: str, entities: list[Any]) -> list[Json]:
    if not entities:
        return []
    inside = _mid_symbol(text)
    size = utf16_len(text)
    for entity in entities:
        if not isinstance(entity, dict) or entity.get("type") not in ENTITY_TYPES:
            raise bad("can't parse entities: unsupported entity type")
        offset, length = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length <= 0:
            raise bad("ENTITY_BOUNDS_INVALID")
        if offset + length > size:
            raise bad(f"ENTITY_BOUNDS_INVALID: entity ends at {offset + length}, the text at {size}")
        if offset in inside or offset + length in inside:
            raise bad(f"entity {offset}..{offset + length} cuts a UTF-16 symbol")
        if entity["type"] == "text_link" and not entity.get("url"):
            raise bad("can't parse entities: text_link without a URL")
        if entity["type"] == "text_mention" and not isinstance((entity.get("user") or {}).get("id"), int):
            raise bad("can't parse entities: text_mention without a user")
    return [{key: value for key, value in entity.items() if value is not None} for entity in entities]


def _mid_symbol(text: str) -> set[int]:
    """Offsets that fall between the two halves of a surrogate pair."""
    if not text or max(text) <= "\uffff":
        return set()
    found, at = set(), 0
    for symbol in text:
        if symbol > "\uffff":
            found.add(at + 1)
            at += 1
        at += 1
    return found


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without white space at both ends, entities moved and clipped along."""
    bare = text.strip()
    if bare == text:
        return text, entities
    start = utf16_len(text[: len(text) - len(text.lstrip())])
    end = start + utf16_len(bare)
    kept = []
    for entity in entities:
        first, last = max(entity["offset"], start), min(entity["offset"] + entity["length"], end)
        if first < last:
            kept.append({**entity, "offset": first - start, "length": last - first})
    return bare, kept


def checked_keyboard(form: Form) -> tuple[list[list[Json]], list[str]]:
    """The inline keyboard of a call as rows of buttons, and the violations."""
    markup = form.mapping("reply_markup")
    if markup is None or "inline_keyboard" not in markup:
        return [], []
    rows = [[_checked_button(button) for button in row] for row in markup["inline_keyboard"] if row]
    violations = []
    if any(len(row) > 8 for row in rows):
        violations.append("more than 8 buttons in a row")
    if sum(map(len, rows)) > 100:
        raise bad("reply markup is too long")
    return rows, violations


def checked_force_reply(form: Form) -> Json | None:
    """The ForceReply of a call that sends a message; None when it has none."""
    markup = form.mapping("reply_markup")
    if markup is None or "force_reply" not in markup:
        return None
    if markup["force_reply"] is not True or "inline_keyboard" in markup:
        raise bad("can't parse reply keyboard markup JSON object")
    if not isinstance(markup.get("selective", False), bool):
        raise bad("can't parse reply markup: field selective must be a Boolean")
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= utf16_len(placeholder) <= 64:
        raise bad("reply markup: the placeholder must have 1-64 characters")
    return markup


def _checked_button(button: Json) -> Json:
    button = {key: value for key, value in button.items() if value is not None}
    if not button.get("text", "").strip():
        raise bad("inline keyboard button text must be non-empty")
    if sum(action in button for action in _BUTTON_ACTIONS) != 1:
        raise bad("text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not re.match(r"(https?|tg)://\S+\Z", button["url"]):
        raise bad("BUTTON_URL_INVALID")
    if "copy_text" in button and not 1 <= len(button["copy_text"].get("text", "")) <= 256:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    return button


def checked_commands(commands: list[Any]) -> None:
    """Raise ApiError 400 unless a list of commands is one Telegram would take."""
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.match(command.get("command", "")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")


def checked_size(kind: str, data: bytes, local: bool) -> None:
    """Raise for a file over what the kind may weigh: ApiError 400 for a photo, 413 for all else."""
    if kind == "photo" and len(data) > PHOTO_MAX_BYTES:
        size = f"file of size {len(data)} bytes is too big for a photo; the maximum size is {PHOTO_MAX_BYTES} bytes"
        raise bad(size)
    if len(data) > (LOCAL_FILE_MAX_BYTES if local else FILE_MAX_BYTES):
        raise ApiError(413, "Request Entity Too Large")
    if not data:
        raise bad("file must be non-empty")


def check_replacement(old: str, new: str, *, in_album: bool) -> None:
    """Raise ApiError 400 unless a message with media of kind `old` ("" = a text) may carry `new` instead."""
    if new not in _REPLACING:
        raise bad(f"can't parse InputMedia: type {new!r} is not known")
    if old and old not in _REPLACING:
        raise bad("there is no media in the message to edit")
    if in_album and {old, new} - {"photo", "video"} and old != new:
        raise bad("can't change media type in the album")


def photo_size(data: bytes) -> tuple[int, int]:
    """Width and height of a photo; ApiError 400 when it is no picture or of a shape that Telegram refuses."""
    size = _picture_size(data)
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or max(size) > 20 * min(size):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height


def thumbnail_faults(data: bytes) -> list[str]:
    """Why Telegram would throw this thumbnail away; empty when it would not."""
    size = _picture_size(data, ("JPEG",))
    if size is None:
        return ["a thumbnail that is no JPEG"]
    faults = []
    if len(data) > THUMBNAIL_MAX_BYTES:
        faults.append(f"a thumbnail of {len(data)} bytes")
    if max(size) > THUMBNAIL_MAX_SIDE:
        faults.append(f"a thumbnail of {size[0]}x{size[1]}")
    return faults


def media_faults(kind: str, data: bytes, details: Json) -> list[str]:
    """What would look wrong on a phone though Telegram takes the file."""
    faults = []
    if kind in {"video", "animation"} and data[4:8] != b"ftyp" and not data.startswith(b"GIF8"):
        faults.append(f"a {kind} that is no MP4")
    if kind == "video" and not all(details.get(name) for name in ("width", "height", "duration")):
        faults.append("a video without width, height and duration")
    if kind == "voice" and not data.startswith((b"OggS", b"ID3", b"\xff\xfb")) and data[4:8] != b"ftyp":
        faults.append("a voice note that is no Ogg, MP3 or M4A")
    return faults


def _picture_size(data: bytes, formats: tuple[str, ...] = ("PNG", "JPEG", "WEBP", "GIF")) -> tuple[int, int] | None:
    try:
        with Image.open(io.BytesIO(data), formats=formats) as picture:
            return picture.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
