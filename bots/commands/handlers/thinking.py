"""/think: how hard the conversation's model thinks before it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.commands.handlers import models
from bots.commands.owned import mine, owned
from bots.commands.request import Request
from bots.commands.table import THINKING
from bots.outlet import Button, Buttons
from core.errors import BadOption

PER_ROW = 3


async def think(request: Request) -> None:
    written = request.text.strip().lower()
    if not written:
        text, buttons = await _picker(request)
        await request.say(text, buttons=buttons)
        return
    await request.say(await _choose(request, NAMES.get(written, written)))


async def press(request: Request, ref: Sequence[str]) -> None:
    """`think:EFFORT:PERSON`."""
    words = mine(request, ref)
    await request.revise(await _choose(request, words[0] if words else "auto"))


def name_of(request: Request, effort: str) -> str:
    """ "" is "as it likes"."""
    return request.words(f"effort-{effort or 'auto'}")


async def _choose(request: Request, name: str) -> str:
    """Keep it, and say so. Raises BadOption for a word that is no effort, NoEffort for one that the model does not know."""
    if name not in THINKING:
        efforts = (await models.current(request)).efforts
        raise BadOption(name="effort", value=name[:40], allowed=", ".join(("auto", *efforts)))
    effort = "" if name == "auto" else name
    spec = await request.services.chat.choose_effort(request.access, effort)
    return request.words("think-chosen", effort=name, named=name_of(request, effort), model=spec.name)


async def _picker(request: Request) -> tuple[str, Buttons]:
    spec = await models.current(request)
    if not spec.efforts:
        able = [row.name for row in request.services.catalog.visible("chat") if row.efforts]
        named = ", ".join(able[: models.NEAR_MOST])
        return request.words("think-fixed", model=spec.name, models=named or "none"), ()
    chosen = (await request.services.chat.conversation(request.access)).effort
    now = chosen if chosen in spec.efforts else ""
    buttons = [
        Button(models.ticked(name_of(request, effort), effort == now), owned(request, "think", effort or "auto"))
        for effort in ("", *spec.efforts)
    ]
    rows = tuple(tuple(buttons[at : at + PER_ROW]) for at in range(0, len(buttons), PER_ROW))
    return request.words("think-picker", model=spec.name, effort=name_of(request, now)), rows


NAMES: Mapping[str, str] = {
    "default": "auto", "none": "off", "no": "off", "maximum": "max", "mid": "medium",
    "自动": "auto", "默认": "auto", "关": "off", "关闭": "off", "不思考": "off",
    "低": "low", "中": "medium", "中等": "medium", "高": "high", "最高": "max", "最大": "max",
}  # fmt: skip
"""Other words for the efforts."""
