"""/chat, plain words, /new, /stop, and the buttons of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import inputs, parking
from bots.commands.request import Request
from core.errors import NothingRunning
from core.values import Asked, Part, Queued, Started


async def ask(request: Request) -> None:
    parts = await _question(request)
    request.incoming = replace(request.incoming, opening_id=await _opening(request))
    persona = request.options.get("persona", "")
    asked = await request.services.chat.ask(
        request.access,
        request.incoming,
        parts,
        model=request.options.get("model", ""),
        persona="" if persona.lower() == "none" else persona,
    )
    request.settled = True
    await begin(request, asked)


async def begin(request: Request, asked: Asked) -> None:
    """A started turn is run; one that joined another runs already; one that waits is told so, unless its own message
    is open on the platform and says that it is coming."""
    if isinstance(asked, Started):
        request.services.answers.start(asked.turn)
    elif isinstance(asked, Queued) and not request.incoming.opening_id:
        await request.delivered(request.words("chat-queued", position=asked.position))


async def edited(request: Request) -> None:
    async with request.services.store.read() as tx:
        known = await tx.conversations.turn_of_question(request.place, request.incoming.message_id)
    if known is None:
        return
    asked = await request.services.chat.edited(request.access, request.incoming, await _question(request))
    if asked is not None:
        request.settled = True
        await begin(request, asked)


async def new(request: Request) -> None:
    await request.services.chat.new(request.access)
    await parking.forget(request)
    await request.tell("new-done")


async def stop(request: Request) -> None:
    if not await request.services.chat.stop(request.access):
        raise NothingRunning
    if request.slash:  # a message needs no word: the answer itself shows that it was stopped
        await request.tell("stop-done", private=True)


async def press(request: Request, ref: Sequence[str]) -> None:
    """`turn:ID:stop` and `turn:ID:retry`."""
    turn_id, deed = (*ref, "", "")[:2]
    if deed == "retry":
        event_id = request.incoming.event_id
        asked = await request.services.chat.again(request.access, turn_id, event_id=event_id)
        request.settled = bool(event_id)
        await begin(request, asked)
    elif not await request.services.chat.stop(request.access, turn_id=turn_id):
        raise NothingRunning


async def _opening(request: Request) -> str:
    """Of a slash command: its own message, held open for the answer. Plain messages have none and wait for nothing."""
    if request.incoming.opening_id or not request.slash:
        return request.incoming.opening_id
    return await request.exchange.open()


async def _question(request: Request) -> tuple[Part, ...]:
    """Words first, then pictures. Somebody else's message that is replied to is part of the question."""
    files = await inputs.read(request, {"image"})
    reply, text = request.incoming.reply, request.text
    if reply and not reply.own and reply.text:
        quoted = "\n".join(f"> {line}" for line in reply.text.splitlines())
        text = f"{quoted}\n\n{text}".strip()
    return (*((Part("text", text=text),) if text else ()), *files)
