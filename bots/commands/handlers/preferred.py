"""A person's preferences as buttons of /settings: each says how it is, and names what is to hold after a press, so that two
presses are as one."""

from __future__ import annotations

from bots.commands.owned import owned
from bots.commands.request import Request
from bots.outlet import Button
from core.assistant import CREDITS_ASKED, Preferences, preferences
from core.values import Json

SWITCHES = ("thoughts", "cost", "tools", "voice")
MEMORIES = ("private", "everywhere", "nowhere")
ON_OFF = ("on", "off")


def meant(name: str, value: str) -> Json | None:
    """What a button's words stand for, as it is stored; None for what no preference can be."""
    if value not in _values(name):
        return None
    if name in SWITCHES:
        return value == "on"
    return int(value) if name == "ask_above" else value


def _values(name: str) -> tuple[str, ...]:
    """What a preference may be, as buttons have it."""
    if name in SWITCHES:
        return ON_OFF
    if name == "ask_above":
        return tuple(map(str, CREDITS_ASKED))
    return MEMORIES if name == "memories" else ()


def rows(request: Request) -> list[tuple[Button, ...]]:
    """Switches in pairs, then what has more than two states: a press goes on to the next."""
    now = preferences(request.access.person)
    names = [name for name in SWITCHES if name != "voice" or can_speak(request)]
    switches = [_switch(request, now, name) for name in names]
    asked = _next(tuple(map(str, CREDITS_ASKED)), str(now.ask_above))
    return [
        *(tuple(switches[at : at + 2]) for at in range(0, len(switches), 2)),
        (Button(_asks(request, now.ask_above), owned(request, "set", "ask_above", asked)),),
        (
            Button(
                request.words("button-set-memories", where=now.memories),
                owned(request, "set", "memories", _next(MEMORIES, now.memories)),
            ),
        ),
    ]


def can_speak(request: Request) -> bool:
    """Whether there is a model that reads aloud."""
    return request.services.voices.model_for(request.access.person) is not None


def _switch(request: Request, now: Preferences, name: str) -> Button:
    on = bool(getattr(now, name))
    label = request.words(f"button-set-{name}", state="on" if on else "off")
    return Button(label, owned(request, "set", name, "off" if on else "on"))


def _asks(request: Request, above: int) -> str:
    return request.words(
        "button-set-ask", above=request.money(above * request.services.rules.credit) if above else "none"
    )


def _next(values: tuple[str, ...], now: str) -> str:
    """Behind the last comes the first; a value that is offered no more is followed by the first."""
    at = values.index(now) if now in values else -1
    return values[(at + 1) % len(values)]
