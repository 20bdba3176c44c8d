"""/transcribe: what is said in a recording or a film, as text or as subtitles. Nothing is written down unasked."""

from __future__ import annotations

from bots.commands import inputs
from bots.commands.handlers import media
from bots.commands.handlers.assets import shown_result
from bots.commands.request import Request
from core.errors import NeedsInput
from core.transcribing import LANGUAGE
from core.transcripts import TIMES
from core.values import Kind

KINDS: frozenset[Kind] = frozenset({"audio", "video"})


async def transcribe(request: Request) -> None:
    """Of the file that is sent along, else of that in the message that is replied to, which is answered then."""
    await request.exchange.open()
    result = None if request.incoming.attachments else await shown_result(request, KINDS)
    files = (result,) if result else await inputs.read(request, KINDS)
    if not files:
        raise NeedsInput(command="transcribe")
    reply, event_id = request.incoming.reply, request.incoming.event_id
    own = bool(request.incoming.attachments) or reply is None
    options = request.options
    job = await request.services.transcribing.place(
        request.access,
        request.incoming.message_id if own or reply is None else reply.message_id,
        files[0],
        model=options.get("model", ""),
        times=options.get(TIMES, request.text).strip().lower() in {"on", "srt"},
        language=options.get(LANGUAGE, "").strip(),
        event_id=event_id,
    )
    request.settled = bool(event_id)
    await media.acknowledge(request, job)
