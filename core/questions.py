"""A question and its pieces: what one message brought, what later messages added to it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.errors import EmptyPrompt, PromptTooLong
from core.limits import Limits
from core.values import Part, Turn

Question = tuple[Part, ...]

JOINED = "joined"
"""The role of pieces that came in other messages than the one that the turn answers, so that an edit leaves them alone."""


def check(parts: Question, limits: Limits) -> None:
    """Raises EmptyPrompt or PromptTooLong."""
    if not any(part.text.strip() or part.media for part in parts):
        raise EmptyPrompt(command="chat")
    length = length_of(parts)
    if length > limits.prompt_chars:
        raise PromptTooLong(limit=limits.prompt_chars, length=length)


def length_of(parts: Question) -> int:
    """In characters of text."""
    return sum(len(part.text) for part in parts)


def joined(question: Question, later: Question) -> Question:
    return (*question, *_marked(later))


def reworded(question: Question, parts: Question) -> Question:
    """The question after its own message was edited: in place of its old pieces, the new ones."""
    own = [number for number, part in enumerate(question) if part.role != JOINED]
    first = own[0] if own else 0
    return (*question[:first], *parts, *(part for part in question[first:] if part.role == JOINED))


def together(waiting: Sequence[Turn], limits: Limits) -> list[Turn]:
    """How many of the turns that wait, oldest first, make one question: those for the same model and persona, as long as
    the question stays short enough. A turn with a message of ours that is open for its answer is answered by itself."""
    first = waiting[0]
    taken = [first]
    length = length_of(first.question)
    for turn in waiting[1:]:
        length += length_of(turn.question)
        alike = (turn.model, turn.persona) == (first.model, first.persona)
        if not alike or first.opening_id or turn.opening_id or length > limits.joined_chars:
            break
        taken.append(turn)
    return taken


def merged(turns: Sequence[Turn]) -> Turn:
    """The first turn, asking what all ask, in answer to the last message."""
    *earlier, last = turns
    before = tuple(part for turn in earlier for part in _marked(turn.question))
    return replace(turns[0], question=(*before, *last.question), origin_id=last.origin_id)


def _marked(parts: Question) -> Question:
    return tuple(replace(part, role=JOINED) for part in parts)
