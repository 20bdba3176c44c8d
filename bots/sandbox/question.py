"""A question as the sandbox understands it, whichever wire it came by. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Medium = Literal["image", "document", "audio", "video"]

Fields = Mapping[str, object]
"""A JSON object from outside."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file beside the question. `size` in bytes; 0 = a link, which is not followed. `words`: of its text, if plain."""

    kind: Medium
    mime: str
    size: int = 0
    name: str = ""
    pixels: tuple[int, int] | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A function that may be called."""

    name: str
    description: str
    parameters: Fields


@dataclass(frozen=True, slots=True)
class Called:
    """A call since the last question, with what it answered."""

    name: str
    result: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """`earlier`: messages before it, `before`: the end of their text. `choice` of tools: "auto", "none", "any", or a name.

    `thinks`: words of thinking are wanted; `hides`: it thinks, but keeps them to itself. `limit` in tokens, thinking
    included. `begun`: what the model said of this answer before (it is to go on), None = nothing. `paused`: the search in
    whose middle it stopped. `references`: pictures to be changed.
    """

    text: str
    model: str = ""
    earlier: int = 0
    before: str = ""
    system: str = ""
    attached: tuple[Attached, ...] = ()
    offers: tuple[Offer, ...] = ()
    done: tuple[Called, ...] = ()
    choice: str = "auto"
    parallel: bool = True
    thinks: bool = False
    hides: bool = False
    search: bool = False
    schema: Fields | None = None
    limit: int | None = None
    prompt_tokens: int = 0
    shows_usage: bool = True
    begun: str | None = None
    paused: str = ""
    pictures: bool = False
    references: tuple[bytes, ...] = field(default=(), repr=False)
