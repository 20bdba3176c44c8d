"""A conversation as a file: Markdown to read, or JSON with all that is kept of it. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from bots.markdown import sanitized
from core.questions import CONTINUE, QUOTED, VOICE
from core.values import Artifact, Json, Part, Turn

FILE_BYTES = 8 * 1024 * 1024
"""What every platform takes in one file. Of a longer conversation the oldest part is left out."""

RULE = "\n\n---\n\n"

Words = Callable[..., str]
"""`words(key, **params)` in the person's language."""


def as_markdown(turns: Sequence[Turn], person_id: str, words: Words, moment: Callable[[float], str]) -> str:
    """`moment`: a time in seconds as people read it."""
    pieces = _newest(turns, lambda turn: _told(turn, person_id, words, moment))
    head = [f"# {words('export-title')}"]
    if len(pieces) < len(turns):
        head.append(words("export-left-out", count=len(turns) - len(pieces)))
    return RULE.join(["\n\n".join(head), *pieces]) + "\n"


def as_json(turns: Sequence[Turn], person_id: str) -> str:
    pieces = _newest(turns, lambda turn: json.dumps(_kept(turn, person_id), ensure_ascii=False))
    return f'{{"left_out": {len(turns) - len(pieces)}, "turns": [\n' + ",\n".join(pieces) + "\n]}\n"


def _newest(turns: Sequence[Turn], tell: Callable[[Turn], str]) -> list[str]:
    """Of as many of the last turns as a file holds."""
    size, pieces = 0, list[str]()
    for turn in reversed(turns):
        piece = tell(turn)
        size += len((piece + RULE).encode("utf-8", "replace"))
        if size > FILE_BYTES:
            break
        pieces.append(piece)
    return pieces[::-1]


# --- Markdown --------------------


def _told(turn: Turn, person_id: str, words: Words, moment: Callable[[float], str]) -> str:
    who = words("export-you" if turn.person_id == person_id else "export-other")
    lines = [f"**{who}** · {moment(turn.created_ms / 1000)}", *(_part(part, words) for part in turn.question)]
    if turn.answer or turn.media:
        lines += [f"**{turn.model}**", sanitized(turn.answer), *(_picture(artifact, words) for artifact in turn.media)]
    return "\n\n".join(line for line in lines if line)


def _part(part: Part, words: Words) -> str:
    if CONTINUE in part.role:
        return f"*{words('export-continued')}*"
    if part.kind == "text":
        text = sanitized(part.text)
        return "\n".join(f"> {line}" for line in text.splitlines()) if QUOTED in part.role else text
    named = sanitized(part.name) or words(f"export-{part.kind}")
    if VOICE in part.role and part.text:
        return f"[{named}] {sanitized(part.text)}"
    return f"[{named}]"


def _picture(artifact: Artifact, words: Words) -> str:
    return f"[{words(f'export-{artifact.kind}')}]"


# --- JSON --------------------


def _kept(turn: Turn, person_id: str) -> Json:
    return {
        "time": datetime.fromtimestamp(turn.created_ms / 1000, UTC).isoformat(),
        "asked_by_you": turn.person_id == person_id,
        "question": [_file(part) if part.media else {"text": part.text, "role": part.role} for part in turn.question],
        "model": turn.model,
        "persona": turn.persona,
        "effort": turn.effort,
        "search": turn.search,
        "thoughts": turn.thoughts,
        "answer": turn.answer,
        "pictures": [{"mime": each.mime, "size": each.size} for each in turn.media],
        "tools": [{"tool": deed.tool, "did": deed.text} for deed in turn.deeds],
        "ending": str(turn.ending or ""),
        "tokens": asdict(turn.usage),
    }


def _file(part: Part) -> Json:
    """What was read out of a document is the document's; what was said is the person's."""
    said = part.text if part.kind in {"audio", "video"} else ""
    return {"kind": part.kind, "name": part.name, "mime": part.mime, "size": part.size, "role": part.role, "said": said}
