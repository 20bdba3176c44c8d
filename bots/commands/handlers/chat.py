"""/chat, plain words, /new, /stop, /continue, and the buttons of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import inputs, parking
from bots.commands.request import Request
from core.errors import AnswerGone, NothingRunning
from core.questions import QUOTED
from core.values import Asked, Part, Queued, ReplyTo, Started


async def ask(request: Request, *, search: bool = False) -> None:
    """`search`: the web may be searched for this question, whatever holds for the conversation."""
    parts = await _question(request)
    request.incoming = replace(request.incoming, opening_id=await _opening(request))
    persona = request.options.get("persona", "")
    asked = await request.services.chat.ask(
        request.access,
        request.incoming,
        parts,
        model=request.options.get("model", ""),
        persona="" if persona.lower() == "none" else persona,
        search=search,
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


async def go_on(request: Request) -> None:
    """The rest of an answer that was cut short: of the one that is replied to, else of the last."""
    request.incoming = replace(request.incoming, opening_id=await _opening(request))
    asked = await request.services.chat.go_on(request.access, request.incoming)
    request.settled = True
    await begin(request, asked)


async def press(request: Request, ref: Sequence[str]) -> None:
    """`turn:ID:stop`, `turn:ID:retry` and `turn:ID:continue`."""
    turn_id, deed = (*ref, "", "")[:2]
    if deed == "continue":
        await _pressed_go_on(request, turn_id)
    elif deed == "retry":
        event_id = request.incoming.event_id
        asked = await request.services.chat.again(request.access, turn_id, event_id=event_id)
        request.settled = bool(event_id)
        await begin(request, asked)
    elif not await request.services.chat.stop(request.access, turn_id=turn_id):
        raise NothingRunning


async def _pressed_go_on(request: Request, turn_id: str) -> None:
    """As if the asker had replied to the message with the button."""
    message_id, ref = request.incoming.message_id, f"turn:{turn_id}"
    async with request.services.store.begin() as tx:
        turn = await tx.conversations.turn(turn_id)
        linked = await tx.conversations.linked(request.place, message_id)
        if turn is None or turn.person_id != request.access.person.id or linked not in {None, ref}:
            raise AnswerGone
        if linked is None:
            await tx.conversations.link(request.place, message_id, ref)
    request.incoming = replace(request.incoming, reply=ReplyTo(message_id, own=True))
    await go_on(request)


async def _opening(request: Request) -> str:
    """Of a slash command: its own message, held open for the answer. Plain messages have none and wait for nothing."""
    if request.incoming.opening_id or not request.slash:
        return request.incoming.opening_id
    return await request.exchange.open()


async def _question(request: Request) -> tuple[Part, ...]:
    """The message of a person that is replied to, which is data when it is somebody else's; the words; the files."""
    files = await inputs.asked(request)
    passed_on = QUOTED if request.incoming.forwarded else ""
    words = (Part("text", text=request.text, role=passed_on),) if request.text else ()
    reply = request.incoming.reply
    if reply is None or reply.own or not reply.text:
        return (*words, *files)
    role = "" if reply.author_id == request.incoming.sender.id else QUOTED
    return (Part("text", text=reply.text, role=role), *words, *files)
