"""/model and /persona: pickers, and choosing by name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress

from bots.commands import table
from bots.commands.request import Request
from bots.outlet import Button, Buttons
from bots.pricing import price_line, typical
from core.catalog import ModelSpec
from core.errors import UnknownModel

PER_PAGE = 8
PERSONAS_MOST = 20
LABEL_CHARS = 48
NEAR_MOST = 8


def price(request: Request, spec: ModelSpec) -> str:
    return price_line(request.words, request.money, spec)


def mark(name: str) -> str:
    """A model's name for a button: names hold what button data cannot."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def ticked(label: str, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


# --- models --------------------


async def current(request: Request) -> ModelSpec:
    """Who answers the conversation's next question. Raises UnknownModel when there is nobody at all."""
    name = (await request.services.chat.conversation(request.access)).model
    if name:
        with suppress(UnknownModel):
            return request.services.catalog.get(name, "chat")
    return request.services.catalog.default("chat")


async def model(request: Request) -> None:
    name = request.text or request.options.get("model", "")
    if not name:
        text, buttons = await _picker(request, 0)
        await request.say(text, buttons=buttons)
        return
    try:
        await _choose(request, name)
    except UnknownModel:
        raise await _unknown(request, name) from None


async def _choose(request: Request, name: str) -> None:
    spec = await request.services.chat.choose_model(request.access, name)
    await request.tell("model-chosen", model=spec.name, price=price(request, spec))


async def _unknown(request: Request, name: str) -> UnknownModel:
    """With names that look like it; a picture or video model is chosen in its own command."""
    names = [spec.name for spec in request.services.catalog.visible("chat")]
    close = table.near(name, names, NEAR_MOST) or names[:NEAR_MOST]
    return UnknownModel(name=name[:100], allowed=", ".join(close))


async def page(request: Request, ref: Sequence[str]) -> None:
    """`models:PAGE`."""
    number = int(ref[0]) if ref and ref[0].isdecimal() else 0
    text, buttons = await _picker(request, number)
    await request.revise(text, buttons=buttons)


async def press_model(request: Request, ref: Sequence[str]) -> None:
    """`model:MARK`."""
    specs = request.services.catalog.visible("chat")
    spec = next((each for each in specs if ref and mark(each.name) == ref[0]), None)
    if spec is None:
        raise UnknownModel(name="?", allowed=", ".join(each.name for each in specs[:NEAR_MOST]))
    await request.services.chat.choose_model(request.access, spec.name)
    await request.revise(request.words("model-chosen", model=spec.name, price=price(request, spec)))


async def _picker(request: Request, number: int) -> tuple[str, Buttons]:
    specs = request.services.catalog.visible("chat")
    answering = (await current(request)).name
    last = max(0, (len(specs) - 1) // PER_PAGE)
    number = min(number, last)
    shown = specs[number * PER_PAGE : (number + 1) * PER_PAGE]
    rows = [(Button(_label(request, spec, answering), f"model:{mark(spec.name)}"),) for spec in shown]
    turns = [Button("‹", f"models:{number - 1}")] if number else []
    if number < last:
        turns.append(Button("›", f"models:{number + 1}"))
    text = request.words("model-picker", model=answering, page=number + 1, pages=last + 1)
    return text, (*rows, *((tuple(turns),) if turns else ()))


def _label(request: Request, spec: ModelSpec, answering: str) -> str:
    name = spec.name if len(spec.name) <= LABEL_CHARS else spec.name[: LABEL_CHARS - 1] + "…"
    tick = "✓ " if spec.name == answering else ""
    about = "≈" if spec.price.estimated else ""
    return f"{tick}{name} · {about}{request.services.texts.credits(typical(spec))}"


# --- personas --------------------


async def persona(request: Request) -> None:
    name = request.text or request.options.get("persona", "")
    if not name:
        text, buttons = await _personas(request)
        await request.say(text, buttons=buttons)
        return
    known = {each.lower(): each for each in request.services.rules.personas}
    chosen = "" if name.lower() == "none" else known.get(name.lower(), name)
    await request.services.chat.choose_persona(request.access, chosen)
    await request.say(_persona_chosen(request, chosen))


async def list_personas(request: Request, ref: Sequence[str]) -> None:
    text, buttons = await _personas(request)
    await request.revise(text, buttons=buttons)


async def press_persona(request: Request, ref: Sequence[str]) -> None:
    """`persona:MARK`; `persona:none`."""
    names = request.services.rules.personas
    chosen = next((name for name in names if ref and mark(name) == ref[0]), "")
    await request.services.chat.choose_persona(request.access, chosen)
    await request.revise(_persona_chosen(request, chosen))


def _persona_chosen(request: Request, name: str) -> str:
    return request.words("persona-chosen", persona=name) if name else request.words("persona-off")


async def _personas(request: Request) -> tuple[str, Buttons]:
    personas = request.services.rules.personas
    if not personas:
        return request.words("persona-none-known"), ()
    chosen = (await request.services.chat.conversation(request.access)).persona
    rows = [(Button(ticked(request.words("persona-no"), not chosen), "persona:none"),)]
    for name, each in list(personas.items())[:PERSONAS_MOST]:
        rows.append((Button(ticked((each.title or name)[:LABEL_CHARS], name == chosen), f"persona:{mark(name)}"),))
    return request.words("persona-picker"), tuple(rows)
