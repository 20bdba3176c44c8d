"""Our values as aiogram's: entities, keyboards, replies, chats."""

from __future__ import annotations

from dataclasses import replace

from aiogram.types import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    User,
)

from bots.markdown import utf16_length
from bots.outlet import Button, Buttons, Entity, Rendered
from core.values import Place, Sender

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_PLACEHOLDER_MAX = 64
_MENTION = "text_mention"


def chat_id(place: Place) -> int:
    return int(place.chat)


def thread_id(place: Place) -> int | None:
    return int(place.thread) if place.thread else None


def entities(text: Rendered) -> list[MessageEntity] | None:
    if not text.entities:
        return None
    return [_entity(entity) for entity in text.entities]


def _entity(entity: Entity) -> MessageEntity:
    made = MessageEntity(type=entity.type, offset=entity.offset, length=entity.length)
    if entity.type == _MENTION:
        return made.model_copy(update={"user": User(id=int(entity.extra["user"]), is_bot=False, first_name="")})
    return made.model_copy(update=dict(entity.extra)) if entity.extra else made


def addressed(text: Rendered, person: Sender) -> Rendered:
    """With the person's name before it, as a link to them: they are mentioned whether they have an @name or not."""
    name = person.name or person.id
    before = utf16_length(name) + 2
    moved = (Entity(each.type, each.offset + before, each.length, each.extra) for each in text.entities)
    return Rendered(f"{name}: {text.text}", (Entity(_MENTION, 0, before - 2, {"user": person.id}), *moved))


def beginning(text: Rendered, most: int) -> Rendered:
    """As much of it as `most` UTF-16 units take, with "…" for the rest."""
    if utf16_length(text.text) <= most:
        return text
    end = most - 1
    kept = text.text.encode("utf-16-le")[: 2 * end].decode("utf-16-le", "ignore")
    marks = (replace(each, length=min(each.length, end - each.offset)) for each in text.entities if each.offset < end)
    return Rendered(f"{kept}…", tuple(marks))


def force_reply(place: Place, placeholder: str) -> ForceReply:
    """The person's field becomes a reply; in a group only that of whoever is replied to or mentioned."""
    return ForceReply(
        selective=None if place.private else True, input_field_placeholder=placeholder[:_PLACEHOLDER_MAX] or None
    )


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    rows = [[_button(button) for button in row] for row in buttons if row]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(text=button.label, url=button.url)
    return InlineKeyboardButton(text=button.label, callback_data=button.data, style=button.style or None)


def reply(message_id: str) -> ReplyParameters | None:
    """A reply that is sent as an ordinary message when what it answers is gone."""
    if not message_id:
        return None
    return ReplyParameters(message_id=int(message_id), allow_sending_without_reply=True)
