"""One answer, ready to be put into a wire's words. Values only."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from bots.sandbox import answers
from bots.sandbox.faults import Speech


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the web that does not exist."""

    url: str
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class Thought:
    pieces: Sequence[str]
    redacted: bool = False

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Search:
    """The vendor's own search. `asks` without `finds`: the pause came between."""

    query: str
    pages: tuple[Page, ...]
    asks: bool = True
    finds: bool = True
    id: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(frozen=True, slots=True)
class Say:
    """Words; `pages` are what they rest on."""

    pieces: Sequence[str]
    pages: tuple[Page, ...] = ()

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Use:
    """A call of a tool; `arguments` are JSON text, as a model writes it."""

    name: str
    arguments: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def halves(self) -> tuple[str, str]:
        middle = len(self.arguments) // 2
        return self.arguments[:middle], self.arguments[middle:]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture within the answer; `data` is painted after the answer is made up."""

    prompt: str
    mime: str = "image/png"
    data: bytes = field(default=b"", repr=False)


NO_PICTURE = "(This format has no pictures in its answers.)"
"""What formats say that cannot show one."""

Item = Thought | Search | Say | Use | Picture


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer. `stop` in the words of chat completions (others: as they are); None = its mark is missing."""

    model: str
    items: tuple[Item, ...]
    speech: Speech
    stop: str | None = "stop"
    refusal: str = ""
    tokens_per_s: float = 0.0
    prompt_tokens: int = 0
    hidden_tokens: int = 0
    shows_usage: bool = True
    id: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def thought_tokens(self) -> int:
        thoughts = (item for item in self.items if isinstance(item, Thought))
        return self.hidden_tokens + sum(len(answers.split(piece)) for thought in thoughts for piece in thought.pieces)

    @property
    def said_tokens(self) -> int:
        return sum(_weight(item) for item in self.items)

    @property
    def searches(self) -> int:
        return sum(isinstance(item, Search) and item.finds for item in self.items)

    @property
    def text(self) -> str:
        return "".join(item.text for item in self.items if isinstance(item, Say))

    @property
    def thoughts(self) -> str:
        return "".join(item.text for item in self.items if isinstance(item, Thought))


_PICTURE_TOKENS = 1290  # gateway contract, chat 8.4


def _weight(item: Item) -> int:
    match item:
        case Say(pieces):
            return sum(len(answers.split(piece)) for piece in pieces)
        case Use(name, arguments):
            return len(answers.split(name)) + len(answers.split(arguments))
        case Picture():
            return _PICTURE_TOKENS
        case _:
            return 0


def deltas(turn: Turn) -> int:
    """About how many pieces the answer has on any wire."""
    return sum(len(item.pieces) if isinstance(item, Thought | Say) else 1 for item in turn.items)
