"""A whole answer of a model, collected from its stream: for work in the background that nobody watches. No I/O."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass

from core.values import (
    AnsweredBy,
    ChatEvent,
    Finished,
    Restarted,
    StopReason,
    TextDelta,
    Usage,
    UsageReport,
)


@dataclass(frozen=True, slots=True)
class Said:
    """`model`: the upstream's own name of what answered, "" = not told."""

    text: str
    usage: Usage = Usage()  # noqa: RUF009 # frozen
    model: str = ""
    reason: StopReason = StopReason.STOP


async def collected(events: AsyncIterable[ChatEvent]) -> Said:
    """The words of a stream that is read to its end; its errors pass. Thoughts, sources and pictures are left out."""
    pieces: list[str] = []
    usage, model, reason = Usage(), "", StopReason.STOP
    async for event in events:
        match event:
            case TextDelta(text):
                pieces.append(text)
            case UsageReport(told):
                usage |= told
            case AnsweredBy(name):
                model = name
            case Restarted():
                pieces.clear()
                usage = Usage()
            case Finished(ended):
                reason = ended
            case _:
                pass
    return Said("".join(pieces), usage, model, reason)
