"""The words that a button asked for have come: as the next message, as a reply, or in a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import asking, inputs
from bots.commands.handlers import film_orders, follow_up, media, midjourney_questions, songs, storyboard
from bots.commands.parking import Wanted
from bots.commands.request import Request
from core.errors import JobGone
from core.songs import REWRITE
from core.values import Incoming


def is_answered_by(wanted: Wanted, incoming: Incoming) -> bool:
    """By words, a question also by what is spoken, a film's new sound by a sound; a drawing may come before its words."""
    if incoming.text:
        return True
    if wanted.deed == "ask":
        return inputs.spoken(incoming.attachments)
    if wanted.deed == "sound":
        return any(each.kind == "audio" for each in incoming.attachments)
    return bool(incoming.attachments) and midjourney_questions.wants_drawing(wanted)


async def form(request: Request, ref: Sequence[str]) -> None:
    """`wanted:DEED:REF` of a form that was filled in."""
    wanted = Wanted.parse(":".join(ref))
    if wanted is None:
        raise JobGone
    request.incoming = replace(request.incoming, text=request.fields.get(asking.WORDS, "").strip())
    await fulfil(request, wanted)


async def fulfil(request: Request, wanted: Wanted) -> None:
    """Raises what orders raise."""
    if wanted.deed == "mj":
        await midjourney_questions.wanted(request, wanted)
    elif wanted.deed == REWRITE:
        await songs.wanted(request, wanted)
    elif wanted.deed in storyboard.DEEDS:
        await storyboard.answer(request, wanted)
    elif wanted.deed == storyboard.REDO:
        await storyboard.reworded(request, wanted)
    elif not await film_orders.wanted(request, wanted) and not await follow_up.wanted(request, wanted):
        await media.answer(request, wanted)
