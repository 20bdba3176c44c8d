"""A question and its pieces: what one message brought, what later messages added to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.errors import EmptyPrompt, PromptTooLong
from core.limits import Limits
from core.values import Part, Turn

Question = tuple[Part, ...]

JOINED = "joined"
"""In the role of pieces that came in other messages than the one that the turn answers, so that an edit leaves them alone."""


QUOTED = "quoted"
"""In the role of somebody else's message that the question is about: data, not the person's own words."""

VOICE = "voice"
"""In the role of a sound that the person spoke into the chat themselves."""

CONTINUE = "continue"
"""The role of our own words that ask a model to go on with a cut answer."""


def tainted(parts: Question) -> bool:
    """Whether strangers may speak in it: files that carry words, and other people's messages."""
    return any(is_quoted(part) or (part.kind not in {"text", "image"} and VOICE not in part.role) for part in parts)


def is_quoted(part: Part) -> bool:
    return QUOTED in part.role


def check(parts: Question, limits: Limits) -> None:
    """Raises EmptyPrompt or PromptTooLong."""
    if not any(part.text.strip() or part.media for part in parts):
        raise EmptyPrompt(command="chat")
    length = length_of(parts)
    if length > limits.prompt_chars:
        raise PromptTooLong(limit=limits.prompt_chars, length=length)


def length_of(parts: Question) -> int:
    """In characters of what was written; the text of files does not count."""
    return sum(len(part.text) for part in parts if part.kind == "text")


def joined(question: Question, later: Question) -> Question:
    return (*question, *_marked(later))


def reworded(question: Question, parts: Question) -> Question:
    """The question after its own message was edited: in place of its old pieces, the new ones."""
    own = [number for number, part in enumerate(question) if not part.role.startswith(JOINED)]
    first = own[0] if own else 0
    return (*question[:first], *parts, *(part for part in question[first:] if part.role.startswith(JOINED)))


def same(one: Question, other: Question) -> bool:
    """Whether both say the same: what was read out of a file since is no change."""
    return [_own(part) for part in one] == [_own(part) for part in other]


def _own(part: Part) -> Part:
    return replace(part, text="") if part.media else part


def with_words(question: Question, written: Mapping[str, str]) -> Question:
    """With the words of its files that are known already."""
    return tuple(
        replace(part, text=written[part.media]) if not part.text and part.media in written else part
        for part in question
    )


def like(turn: Turn, old: Turn) -> Turn:
    """Asked of the same model in the same way."""
    return replace(turn, model=old.model, persona=old.persona, system=old.system, effort=old.effort, search=old.search)


def together(waiting: Sequence[Turn], limits: Limits) -> list[Turn]:
    """How many of the turns that wait, oldest first, make one question: those for the same model and persona, as long as
    the question stays short enough. A turn with a message of ours that is open for its answer is answered by itself."""
    first = waiting[0]
    taken = [first]
    length = length_of(first.question)
    for turn in waiting[1:]:
        length += length_of(turn.question)
        alike = asked_of(turn) == asked_of(first)
        if not alike or first.opening_id or turn.opening_id or length > limits.joined_chars:
            break
        taken.append(turn)
    return taken


def asked_of(turn: Turn) -> tuple[str, str, str, str, bool]:
    """The model and how it is asked: only questions that agree in it can be asked together."""
    return turn.model, turn.persona, turn.system, turn.effort, turn.search


def merged(turns: Sequence[Turn]) -> Turn:
    """The first turn, asking what all ask, in answer to the last message."""
    *earlier, last = turns
    before = tuple(part for turn in earlier for part in _marked(turn.question))
    return replace(turns[0], question=(*before, *last.question), origin_id=last.origin_id)


def _marked(parts: Question) -> Question:
    return tuple(
        part if part.role.startswith(JOINED) else replace(part, role=f"{JOINED} {part.role}".strip()) for part in parts
    )
