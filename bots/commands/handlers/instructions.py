"""/system: a person's own words on how they want to be answered in this conversation."""

from __future__ import annotations

from collections.abc import Sequence

from bots.commands.owned import mine, owned, there
from bots.commands.request import Request
from bots.outlet import Button
from core.values import Access

NONE = frozenset({"none", "off", "无", "清除"})


async def system(request: Request) -> None:
    text = request.text.strip()
    if not text:
        await _show(request)
    elif text.lower() in NONE:
        await request.say(await _take_back(request, request.access))
    else:
        await request.services.chat.set_system(request.access, text)
        await request.tell("system-set")


async def press(request: Request, ref: Sequence[str]) -> None:
    """`system:none:CONVERSATION:PERSON`."""
    _, conversation_id = (*mine(request, ref), "", "")[:2]
    await request.revise(await _take_back(request, await there(request, conversation_id)))


async def _take_back(request: Request, access: Access) -> str:
    await request.services.chat.set_system(access, "")
    return request.words("system-off")


async def _show(request: Request) -> None:
    conversation = await request.services.chat.conversation(request.access)
    if not conversation.system:
        await request.tell("system-none")
        return
    button = Button(request.words("button-system-off"), owned(request, "system", "none", conversation.id))
    await request.tell("system-now", text=conversation.system, buttons=((button,),))
