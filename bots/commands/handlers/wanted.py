"""The words that a button asked for have come: as the next message, as a reply, or in a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import asking
from bots.commands.handlers import follow_up, media, midjourney
from bots.commands.parking import Wanted
from bots.commands.request import Request
from core.errors import JobGone


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
        await midjourney.wanted(request, wanted)
    elif not await follow_up.wanted(request, wanted):
        await media.answer(request, wanted)
