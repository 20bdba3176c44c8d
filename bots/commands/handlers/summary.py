"""/summary: what the model is told in short of the older part of a long conversation."""

from __future__ import annotations

from collections.abc import Sequence

from bots.commands.owned import mine, owned, there
from bots.commands.request import Request
from bots.outlet import Button


async def show(request: Request) -> None:
    conversation = await request.services.chat.conversation(request.access)
    found = await request.services.summaries.of(request.access, conversation.head)
    if found is None:
        await request.tell("summary-none")
        return
    reset = Button(request.words("button-summary-reset"), owned(request, "summary", "ask", conversation.id))
    await request.tell("summary-now", text=found.text, buttons=((reset,),))


async def press(request: Request, ref: Sequence[str]) -> None:
    """`summary:ask:CONVERSATION:PERSON`, then `sure` or `keep` in place of `ask`."""
    deed, conversation_id = (*mine(request, ref), "", "")[:2]
    if deed == "ask":
        sure = Button(
            request.words("button-erase-sure"), owned(request, "summary", "sure", conversation_id), style="danger"
        )
        keep = Button(request.words("button-keep"), owned(request, "summary", "keep", conversation_id))
        await request.revise(request.words("summary-sure"), buttons=((sure, keep),))
    elif deed == "sure":
        access = await there(request, conversation_id)
        head = (await request.services.chat.conversation(access)).head
        await request.services.summaries.reset(access, head)
        await request.revise(request.words("summary-reset"))
    else:
        await request.revise(request.words("privacy-kept"))
