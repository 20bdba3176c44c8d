"""Our values as aiogram's: entities, keyboards, replies, chats."""

from __future__ import annotations

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)

from bots.outlet import Button, Buttons, Entity, Rendered
from core.values import Place

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


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
    return made.model_copy(update=dict(entity.extra)) if entity.extra else made


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
