"""The buttons under a result of Midjourney: its id tells what each does and asks (gateway contract, images 7.7). Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from core.catalog import ModelSpec
from core.values import Json, RemoteButton

BUTTONS_MOST = 25
LABEL_CHARS = 40
ID_CHARS = 300

_ACTIONS: tuple[tuple[str, str, Literal["", "words", "region"]], ...] = (
    (r"MJ::Inpaint::", "inpaint", "region"),
    (r"MJ::CustomZoom::", "custom_zoom", "words"),
    (r"MJ::Outpaint::", "zoom", ""),
    (r"MJ::JOB::pan_", "pan", ""),
    (r"MJ::JOB::reroll::", "reroll", ""),
    (r"MJ::JOB::(low_|high_)?variation::", "variation", ""),
    (r"MJ::JOB::upsample", "upscale", ""),
)


def read_buttons(listed: Json, spec: ModelSpec) -> tuple[RemoteButton, ...]:
    """Those that the gateway does not refuse, once each, in their order. Their style only says what was pressed before."""
    found: dict[str, RemoteButton] = {}
    for item in listed if isinstance(listed, list) else []:
        button = _button(item)
        if button is not None and not _is_hidden(button.id, spec):
            found.setdefault(button.id, button)
        if len(found) == BUTTONS_MOST:
            break
    return tuple(found.values())


def _button(item: Json) -> RemoteButton | None:
    """None for what has no id or nothing to show. The id is sent back as it came, so one that is too long is none."""
    custom_id = item.get("customId") if isinstance(item, dict) else None
    if not isinstance(custom_id, str) or not 0 < len(custom_id) <= ID_CHARS or not custom_id.isprintable():
        return None
    label = f"{_emoji(item.get('emoji'))} {_plain(item.get('label'))}".strip()[:LABEL_CHARS]
    if not label:
        return None
    for pattern, action, asks in _ACTIONS:
        if re.match(pattern, custom_id, re.IGNORECASE):
            return RemoteButton(custom_id, label, action, asks)
    return RemoteButton(custom_id, label, "other")


def _is_hidden(custom_id: str, spec: ModelSpec) -> bool:
    folded = custom_id.casefold()
    return any(str(words).casefold() in folded for words in spec.extra["hidden_buttons"])


def _emoji(value: Json) -> str:
    """Some are names of the platform's own pictures (`upscale_1`), which show nowhere else."""
    text = _plain(value)[:8]
    real = any(unicodedata.category(mark) in {"So", "Sm", "Me"} for mark in text)
    return text if real and not re.search("[A-Za-z_]", text) else ""


def _plain(value: Json) -> str:
    """On one line, without what does not print; the joints of emoji stay."""
    if not isinstance(value, str):
        return ""
    kept = (mark for mark in value[:200] if mark.isprintable() or mark == "\u200d" or mark.isspace())
    return " ".join("".join(kept).split())
