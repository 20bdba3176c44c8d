"""What we send to Discord, as JSON. Pure functions; the limits they keep are Discord's own."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Final

from bots.outlet import Button, Buttons, Field, Form
from core.values import Json

EPHEMERAL: Final = 1 << 6
SUPPRESS_EMBEDS: Final = 1 << 2
VOICE_MESSAGE: Final = 1 << 13
_ROW, _BUTTON, _LINK = 1, 2, 5
_SELECT, _TEXT_INPUT, _LABEL, _PARAGRAPH = 3, 4, 18, 2
_STYLES = {"": 2, "primary": 1, "success": 3, "danger": 4}
_NO_PINGS: Json = {"parse": []}
_NONCE_MAX = 25
_CONTENT_MAX = 2000
BUTTONS_PER_ROW, ROWS_MAX, LABEL_MAX = 5, 5, 80
FIELDS_MAX, FIELD_MAX, CHOICES_MAX = 5, 4000, 25
_TITLE_MAX, _CHOICE_MAX = 45, 100


def components(buttons: Buttons) -> list[Json]:
    """Rows of buttons; rows and buttons beyond Discord's limit are dropped, longer rows are broken."""
    rows = [row[start : start + BUTTONS_PER_ROW] for row in buttons for start in range(0, len(row), BUTTONS_PER_ROW)]
    return [{"type": _ROW, "components": [_button(button) for button in row]} for row in rows[:ROWS_MAX]]


def _button(button: Button) -> Json:
    body: Json = {"type": _BUTTON, "label": button.label[:LABEL_MAX]}
    if button.url:
        return body | {"style": _LINK, "url": button.url}
    return body | {"style": _STYLES[button.style], "custom_id": button.data}


def modal(form: Form) -> Json:
    """A window with a form, the answer to an interaction."""
    fields = [_field(field) for field in form.fields[:FIELDS_MAX]]
    return {"title": cut(form.title, _TITLE_MAX), "custom_id": form.data, "components": fields}


def _field(field: Field) -> Json:
    inner = _select(field) if field.choices else _text_input(field)
    return {"type": _LABEL, "label": cut(field.label, _TITLE_MAX), "component": inner}


def _text_input(field: Field) -> Json:
    most = min(field.most, FIELD_MAX)
    body: Json = {
        "type": _TEXT_INPUT,
        "custom_id": field.name,
        "style": _PARAGRAPH,
        "required": field.required,
        "max_length": most,
    }
    return body | ({"value": cut(field.value, most)} if field.value else {})


def _select(field: Field) -> Json:
    options = [
        {"value": value, "label": cut(label, _CHOICE_MAX), "default": value == field.value}
        for value, label in field.choices[:CHOICES_MAX]
    ]
    least = 1 if field.required else 0
    return {
        "type": _SELECT,
        "custom_id": field.name,
        "required": field.required,
        "min_values": least,
        "max_values": 1,
        "options": options,
    }


def edited(text: str, buttons: Buttons) -> Json:
    return {"content": text, "components": components(buttons), "allowed_mentions": _NO_PINGS}


def answer(text: str, buttons: Buttons, *, private: bool) -> Json:
    """The body of an interaction's answer or follow-up."""
    body: Json = edited(text, buttons) | {"flags": SUPPRESS_EMBEDS | (EPHEMERAL if private else 0)}
    return body


def message(text: str, buttons: Buttons, *, reply_to: str = "", ping: str = "", nonce: str = "") -> Json:
    """A new message. A reply notifies whoever it answers; without one, `ping` is notified by a mention before the text.

    A reply target that is no message of Discord (a slash command has none) or is deleted sends without reply.
    """
    replies = reply_to.isdigit()
    body: Json = {
        "content": text,
        "components": components(buttons),
        "flags": SUPPRESS_EMBEDS,
        "nonce": short_nonce(nonce),
        "enforce_nonce": True,
        "allowed_mentions": {"parse": [], "users": [ping] if ping else [], "replied_user": bool(ping) or replies},
    }
    if replies:
        body["message_reference"] = {"message_id": reply_to, "fail_if_not_exists": False}
    elif ping and units(text) + len(ping) + 4 <= _CONTENT_MAX:
        body["content"] = f"<@{ping}> {text}".rstrip()
    return body


def units(text: str) -> int:
    """Length in UTF-16 units, the strictest way to count."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> str:
    """Its beginning, of at most so many UTF-16 units."""
    return text.encode("utf-16-le", "replace")[: 2 * most].decode("utf-16-le", "ignore")


def short_nonce(nonce: str) -> str:
    """At most 25 characters, the same for the same nonce; a random one for none (the library repeats after a 5xx)."""
    if not nonce:
        return secrets.token_hex(12)
    if len(nonce) <= _NONCE_MAX:
        return nonce
    return hashlib.sha256(nonce.encode()).hexdigest()[:_NONCE_MAX]


def described(names: Sequence[str]) -> list[Json]:
    """The `attachments` of a message with uploads, in the order of its files."""
    return [{"id": index, "filename": name} for index, name in enumerate(names)]


def voice_message(name: str, seconds: float, waveform: str, *, reply_to: str = "", nonce: str = "") -> Json:
    """A voice message: one file and nothing else, neither words nor buttons."""
    body = message("", (), reply_to=reply_to, nonce=nonce)
    del body["content"], body["components"]
    described_file = {"id": 0, "filename": name, "duration_secs": round(seconds, 2), "waveform": waveform}
    return body | {"flags": VOICE_MESSAGE, "attachments": [described_file]}
