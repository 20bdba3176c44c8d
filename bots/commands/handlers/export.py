"""/export: the conversation as it stands, as a file for the person."""

from __future__ import annotations

from pathlib import Path

from bots.commands.exporting import as_json, as_markdown
from bots.commands.request import Request
from bots.commands.sending import send_privately
from bots.commands.table import FORMATS
from core.errors import BadOption
from core.values import TurnState

MIMES = {"md": "text/markdown", "json": "application/json"}
_NAMES = {"markdown": "md", "": "md"}


async def export(request: Request) -> None:
    """Raises BadOption for another format."""
    written = request.text.strip().lower()
    form = _NAMES.get(written, written)
    if form not in FORMATS:
        raise BadOption(name="format", value=written[:40], allowed=", ".join(FORMATS))
    turns = [turn for turn in await request.services.chat.branch(request.access) if turn.state is not TurnState.DROPPED]
    if not turns:
        await request.tell("export-empty")
        return
    person_id, texts, locale = request.access.person.id, request.services.texts, request.locale

    def write(path: Path) -> None:
        if form == "json":
            text = as_json(turns, person_id)
        else:
            text = as_markdown(turns, person_id, request.words, lambda unix_s: texts.moment(unix_s, locale))
        path.write_text(text, encoding="utf-8", errors="replace")

    day = request.services.rules.day(request.services.clock.now_ms())
    await send_privately(request, f"conversation-{day}.{form}", MIMES[form], write, request.words("export-done"))
