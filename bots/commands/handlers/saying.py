"""/say: a text, or the message that is replied to, read aloud."""

from __future__ import annotations

import asyncio

from bots.commands import owned
from bots.commands.handlers import media
from bots.commands.request import Request
from core.errors import EmptyPrompt
from core.reading_aloud import TEXT_CHARS
from core.spoken import spoken


async def say(request: Request) -> None:
    text = request.text or await _replied(request)
    if not text.strip():
        raise EmptyPrompt(command="say")
    options, event_id = dict(request.options), request.incoming.event_id
    model = options.pop("model", "")
    job = await request.services.saying.say(
        request.access, request.incoming.message_id, text, model, options, event_id=event_id
    )
    request.settled = bool(event_id)
    await media.acknowledge(request, job)


async def _replied(request: Request) -> str:
    """The words of the message that is replied to: of an answer of ours all of them, as they are heard."""
    kind, found_id = await owned.replied(request)
    if kind == "turn":
        async with request.services.store.read() as tx:
            turn = await tx.conversations.turn(found_id)
        if turn is not None and turn.answer:
            return await asyncio.to_thread(spoken, turn.answer, TEXT_CHARS)
    if kind == "job":
        async with request.services.store.read() as tx:
            job = await tx.jobs.get(found_id)
        words = [artifact.text for artifact in job.results if artifact.kind == "text"] if job else []
        if words:
            return "\n".join(words)
    reply = request.incoming.reply
    return reply.text if reply else ""
