"""What was written down of the pieces of a recording, as one text or as subtitles. Pure.

The whole is a job of `core/handmade.py` whose inputs name the pieces: `Part.name` says from where to where each reaches, in
seconds ("600.000 1198.250"), and the role USUAL that any model may write it down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import BotError, NoResult, SourceFailed, SourceGone
from core.orders import OF_JOB
from core.subtitles import Cue, spread, srt
from core.values import Job, Json, Part

USUAL = "usual"
TIMES = "times"
MESSAGE_CHARS = 3_000
"""A longer text is a file."""
SHOWN_CHARS = 700
"""Of a text that is a file, so much is shown beside it."""
GAPS = "transcript-gaps"
"""The sentence of a text of which some pieces are missing: gone, made."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """`file`: the subtitles, or a text that is too long for a message, "" for none, with its type in `mime`. `gone`: so many
    of `made` pieces are missing, and marked in the text."""

    text: str
    file: str
    mime: str
    gone: int
    made: int

    @property
    def gaps(self) -> dict[str, Json]:
        return {"gone": self.gone, "made": self.made} if self.gone else {}


def part_of(piece_id: str, start_s: float, end_s: float, *, usual: bool) -> Part:
    """How the whole names a piece."""
    return Part(
        "audio", media=f"{OF_JOB}{piece_id}", name=f"{start_s:.3f} {end_s:.3f}", role=USUAL if usual else ""
    )  # fmt: skip


def joined(job: Job, found: Mapping[str, Job | None]) -> Transcript:
    """The pieces in their order, with a mark where one is missing. Raises why the first failed when all are missing."""
    texts: list[str] = []
    cues: list[Cue] = []
    failure: BotError | None = None
    gone = 0
    for part in job.inputs:
        start_s, end_s = _reach(part)
        piece = found.get(part.media.removeprefix(OF_JOB))
        text = _text(piece)
        if piece is None or not text:
            failure, gone = failure or _why(job, part, piece), gone + 1
            text = f"[… {_clock(start_s)}–{_clock(end_s)} …]"
            cues.append(Cue(start_s, end_s, text))
        else:
            cues += _cues(piece, text, start_s, end_s)
        texts.append(text)
    if failure is not None and gone == len(texts):
        raise failure
    whole = "\n".join(texts)
    if job.options.get(TIMES) == "on":
        return Transcript(_beginning(whole), srt(cues), "application/x-subrip", gone, len(texts))
    if len(whole) > MESSAGE_CHARS:
        return Transcript(_beginning(whole), whole, "text/plain", gone, len(texts))
    return Transcript(whole, "", "", gone, len(texts))


def _reach(part: Part) -> tuple[float, float]:
    start, _, end = part.name.partition(" ")
    return float(start), float(end)


def _text(piece: Job | None) -> str:
    results = piece.results if piece is not None else ()
    return next((made.text.strip() for made in results if made.kind == "text"), "")


def _why(job: Job, part: Part, piece: Job | None) -> BotError:
    said = f"{job.id}: no words of {part.media}"
    if piece is None:
        return SourceGone(said)
    return SourceFailed(said, key=piece.error_key, told=piece.error_params) if piece.error_key else NoResult(said)


def _cues(piece: Job, text: str, start_s: float, end_s: float) -> list[Cue]:
    """By the times that the model told, else spread over the piece."""
    told = [
        Cue(start_s + start, min(start_s + end, end_s), words)
        for start, end, words in _told(piece.transcript)
        if start_s + start < end_s
    ]
    return told or spread(text, start_s, end_s)


def _told(transcript: str) -> Sequence[tuple[float, float, str]]:
    """As `core/gateway/audio/openai_transcription.py` leaves them."""
    try:
        return [(float(start), float(end), str(words)) for start, end, words in json.loads(transcript or "[]")]
    except (ValueError, TypeError):
        return []


def _beginning(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS].rstrip()}…"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
