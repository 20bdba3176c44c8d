"""Which model reads aloud, and with which voice, for a person who names neither."""

from __future__ import annotations

from collections.abc import Mapping

from core.catalog import Catalog
from core.errors import BotError
from core.orders import Orders
from core.own_voices import VOICE
from core.plans import Rules
from core.specs import ModelSpec
from core.values import Access, Order, Person

CHOSEN = "speaker"
"""The key in a person's settings: {"model", "voice"}."""


def chosen_by(person: Person) -> tuple[str, str]:
    """(model, voice) that a person has chosen, "" for none."""
    told = person.settings.get(CHOSEN)
    if not isinstance(told, Mapping):
        return "", ""
    return str(told.get("model", "")), str(told.get("voice", ""))


def speaker(catalog: Catalog, rules: Rules, person: Person | None = None) -> ModelSpec | None:
    """The operator's choice, else the model of the voice that this person has chosen, else the default of those that read
    aloud; None: there is none."""
    for name in (rules.speech_model, chosen_by(person)[0] if person else ""):
        chosen = catalog.find(name) if name else None
        if chosen is not None and chosen.speaks and not chosen.hidden:
            return chosen
    usual = catalog.usual("speech")
    return usual or next((spec for spec in catalog.visible("audio") if spec.speaks), None)


async def voice_for(orders: Orders, access: Access, spec: ModelSpec) -> str:
    """The voice that this person has chosen, if the model knows it and they may have it now; else "": the model's own."""
    voice = chosen_by(access.person)[1]
    if not voice or VOICE not in spec.options:
        return ""
    try:
        order = await orders.voiced(access, Order("audio", spec.name, "", {VOICE: voice}))
    except BotError:
        return ""
    return order.options.get(VOICE, "")
